#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: each example in TIPS of akt-pprof(1) works on profiles of the demo and of an example, and says
# something. Not: that what it says is right. Usage: tips.sh BUILD_DIR MAN_PAGE
set -u
build=$(realpath "$1")
page=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
PATH=$build:$PATH
checks=0 failures=0

fail() {
	failures=$((failures + 1))
	echo "tips: $*"
}

AKT_PROFILE_SHUTDOWN=1 akt demo -transfers 500000 >out 2>&1 || fail "the demo: $(tail -1 out)"
"$build/examples/18-sections" >out 2>&1 || fail "18-sections: $(tail -1 out)"
for name in before after run1 run2 run3; do cp shutdown_cpu.prof "${name}_cpu.prof"; done
cp shutdown_mem.prof early_mem.prof
cp shutdown_mem.prof late_mem.prof

sed -n '/^\.Sh TIPS/,/^\.Sh [^T]/s/^\.Dl //p' "$page" >examples
while read -r example; do
	case $example in *-http=*) continue ;; esac # serves until it is stopped: web_test.py
	checks=$((checks + 1))
	case $example in
	*-output=*)
		file=${example##*-output=}
		file=${file%% *}
		eval "$example" >out 2>&1 </dev/null || fail "$example: $(tail -1 out)"
		[ -s "$file" ] || fail "$example: wrote no $file"
		;;
	*)
		eval "$example" >out 2>err </dev/null || fail "$example: status $?: $(tail -1 err)"
		[ "$(wc -c <out)" -gt 30 ] || fail "$example: says nothing"
		;;
	esac
done <examples
[ "$checks" -ge 10 ] || fail "$checks examples were found in $page"
echo "$checks examples, $failures failures"
[ "$failures" -eq 0 ]
