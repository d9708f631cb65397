#!/bin/sh
# SPDX-License-Identifier: MIT
# How the tree reads: format, lint, and the house's own rules. scripts/style.sh [check...]
# Each check is one case; the last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
checks='floors banned spdx size covered headers format tidy cppcheck spelling shell man manual'
[ $# -gt 0 ] && checks=$*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)
passed=0 failed=0

c_files() {
	git ls-files 'src/*.c' 'tools/*.c' 'examples/*.c'
}

floors() { python3 scripts/house.py floors; }
banned() { python3 scripts/house.py banned; }
spdx() { python3 scripts/house.py spdx; }
size() { python3 scripts/house.py size; }
manual() { python3 scripts/house.py manual; }
covered() { python3 scripts/house.py covered; }
headers() { tests/system/headers.sh; }
format() { scripts/format.sh --check; }

tidy() {
	[ -e build/compile_commands.json ] || scripts/setup.sh build || return 1
	# Which files the build knows; unity of flags with the real build.
	c_files | while read -r file; do
		grep -q "/$file\"\|\.\./$file\"" build/compile_commands.json && echo "$file"
	done | xargs -r -P "$jobs" -n 4 clang-tidy-14 -p build --quiet 2>/dev/null >"$work/tidy"
	grep -A3 -E 'warning:|error:' "$work/tidy"
	! grep -qE 'warning:|error:' "$work/tidy"
}

cppcheck() {
	# shellcheck disable=SC2046 # names without spaces
	command cppcheck --quiet -j "$jobs" --std=c11 --enable=warning,portability,performance \
		--inline-suppr --error-exitcode=1 --template='{file}:{line}: {id}: {message}' \
		--suppressions-list=scripts/cppcheck.supp -D_GNU_SOURCE -D__x86_64__ -D__linux__ \
		-D__GNUC__=12 -Iinclude -Isrc $(c_files)
}

spelling() {
	git ls-files | grep -v -E '\.(prof|png|gz|pb)$|/go\.sum$|^fuzz/corpus|^bench/raw/|testdata|golden' |
		xargs codespell -q 3 -I scripts/codespell.words
}

shell() {
	git ls-files | while read -r file; do
		case $file in *.sh | .ci/run) echo "$file" ;; esac
	done | xargs shellcheck -x -S warning
}

man() {
	pages=$(git ls-files 'man/*.[1-8]')
	# shellcheck disable=SC2086
	[ -z "$pages" ] || mandoc -T lint -W warning $pages
}

# All at once; their verdicts in order.
for check in $checks; do
	{
		"$check"
		echo $? >"$work/$check.status"
	} >"$work/$check.out" 2>&1 &
done
wait
for check in $checks; do
	if [ "$(cat "$work/$check.status")" = 0 ]; then
		echo "ok   $check"
		passed=$((passed + 1))
		[ "$check" = size ] && sed 's/^/     /' "$work/size.out"
	else
		echo "FAIL $check"
		sed 's/^/     /' "$work/$check.out"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
