#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: every command of the guide works, in order, from the root of the tree, and every prompt session
# answers without an error. Not: that the prose is true.
#
#	```bash      one case; what it exports, the next one has
#	```console   "$ command", then "(pprof) command" lines, which it gets on its standard input
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
guide=${2:-$root/docs/guide/profiling.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"
complaints='[Uu]nrecognized|[Nn]o matches|could not|[Ff]ailed|[Ee]rror|parse|akt pprof: '

# Each block and session as a file; a list of "kind line file [command file]" in their order.
awk -v out="$work" '
function finish_session() {
	if (session == "") return
	close(input)
	print session >(out "/command-" line)
	close(out "/command-" line)
	print "session", line
	session = ""
}
/^ *```(bash|console)$/ {
	kind = $0; sub(/.*```/, "", kind); indent = match($0, /`/) - 1; line = NR; block = ""
	next
}
kind != "" && /^ *```$/ {
	if (kind == "bash") {
		printf "%s", block >(out "/command-" line)
		close(out "/command-" line)
		print "block", line
	} else
		finish_session()
	kind = ""
	next
}
kind == "bash" { block = block substr($0, indent + 1) "\n"; next }
kind == "console" && /^ *\$ / {
	finish_session()
	session = $0; sub(/^ *\$ /, "", session); line = NR; input = out "/input-" NR
	printf "" >input
	next
}
kind == "console" && /^ *\(pprof\) / { sub(/^ *\(pprof\) /, ""); print >input; next }
' "$guide" >"$work/list"

passed=0 failed=0
: >"$work/env"
cd "$work/here" || exit 1
# The root of the repository, as far as reading goes: `list` finds its sources.
for directory in src bench tools examples; do
	ln -s "$root/$directory" .
done
ln -s "$build" build
while read -r kind line; do
	{
		echo ". '$work/env'"
		echo 'set -e'
		cat "$work/command-$line"
		[ "$kind" = session ] || echo "export -p >'$work/env'"
	} >"$work/run"
	input=/dev/null
	[ "$kind" = session ] && input=$work/input-$line
	env -i HOME="$HOME" PATH="$build:$PATH" bash "$work/run" <"$input" >"$work/out" 2>&1
	status=$?
	# A wrong command at the prompt does not end the session, so its words are looked for.
	if [ "$kind" = session ] && grep -E "^(\(pprof\) )*($complaints)" "$work/out" >/dev/null; then
		status=99
	fi
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "guide: line $line: exit status $status"
		sed 's/^/    /' "$work/out" | head -60
		failed=$((failed + 1))
	fi
done <"$work/list"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
