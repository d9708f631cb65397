#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: disasm and weblist lay the weights of a profile on the instructions and lines of a program,
# wherever it was loaded and wherever it is now; another build is refused; a missing objdump is said;
# hostile names stay text. Not: how objdump spells instructions; disasm's layout against Go (agree.sh).
# Usage: code.sh AKT_PPROF SOURCE_DIR; exit 77: skipped, no compiler, objdump or Python.
set -u
ours=$(realpath "$1")
source=$(realpath "$2")
for program in cc objdump readelf python3; do
	command -v $program >/dev/null || { echo "skipped: no $program"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
	echo "$*"
	failures=$((failures + 1))
}
export PPROF_BINARY_PATH="$work/none" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C
unset PPROF_TOOLS
mkdir "$work/src" "$work/found" "$work/tools"
cp "$source/code.c" "$work/src"
cd "$work/src" || exit 1
cc -g -O1 -Wl,--build-id -o "$work/code" "$work/src/code.c" || exit 1
id=$(readelf -n "$work/code" | awk '/Build ID/ { print $3 }')
# profile NAME FILE BUILD_ID BASE
profile() {
	python3 "$source/code_profile.py" "$work/code" "$2" "$3" "$work/$1" "$4" "$work/src/code.c"
}
profile high "$work/code" "$id" 0x555555554000
profile low "$work/code" "$id" 0
profile moved /gone/code "$id" 0
profile other "$work/code" 0123456789 0
profile hostile '/gone/<script>alert(1)<b>&"' "" 0

# Each line: an awk program that must find something in what a command prints.
has() {
	awk "BEGIN { found = 0 } $1 END { exit !found }" "$work/out" || fail "no $1 in: $2"
}
asks() {
	wanted=$1
	shift
	"$ours" "$@" >"$work/out" 2>"$work/err" </dev/null
	[ $? -eq "$wanted" ] || { fail "not status $wanted: $*"; cat "$work/err"; }
}

for f in high low; do
	asks 0 -disasm='^work$' "$work/$f"
	has '/^Total: / { found = 1 }' "disasm"
	has '/^ROUTINE =+ work$/ { found = 1 }' "disasm"
	has '/\(flat, cum\) .*% of Total$/ { found = 1 }' "disasm"
	# All samples of the function are on its instructions.
	# shellcheck disable=SC2016 # of awk
	has '/^ROUTINE/ { getline; total = $1 + 0; next } { sum += $1 }
		END { found = total > 0 && sum == total }' "disasm $f"
	has '/;work code\.c:[0-9]+$/ { found = 1 }' "disasm"
done
asks 0 -disasm=. -intel_syntax -focus=idle "$work/low"
has '/ROUTINE =+ idle/ { found = 1 }' "disasm of all"
asks 0 -disasm="0x$(awk 'NR == 4 { print $3 }' "$work/out" | tr -d :)" "$work/low"
asks 2 -disasm=0x1 "$work/low"
asks 2 -disasm=nothing_has_this_name "$work/low"

# Where the program is: not here, in the directories of pprof, named first.
asks 2 -disasm=work "$work/moved"
grep -q 'PPROF_BINARY_PATH' "$work/err" || fail "no word on where to put the program"
asks 0 -disasm=work "$work/code" "$work/moved"
for place in code "$id/any" "$(echo "$id" | sed 's/^\(..\)/\1\//').debug" gone/code; do
	mkdir -p "$work/found/$(dirname "$place")"
	cp "$work/code" "$work/found/$place"
	PPROF_BINARY_PATH="$work/none:$work/found" "$ours" -disasm=work "$work/moved" >"$work/out" 2>&1 ||
		fail "not found as $place"
	rm -r "$work/found"
done
asks 2 -disasm=work "$work/other"
grep -q 'build-id mismatch' "$work/err" || fail "another build is taken"

# Where objdump is.
ln -s "$(command -v objdump)" "$work/tools/objdump"
asks 0 -disasm=work -tools="objdump:$work/tools" "$work/low"
asks 0 -disasm=work -tools="$work/none,$work/tools" "$work/low"
asks 2 -disasm=work -tools="$work/none" "$work/low"
grep -q 'apt-get install binutils' "$work/err" || fail "no hint at binutils"
env PPROF_TOOLS="$work/none" "$ours" -disasm=work "$work/low" >/dev/null 2>&1 && fail "PPROF_TOOLS"

asks 0 -weblist='^work$' -output="$work/page.html" "$work/high"
cp "$work/page.html" "$work/out"
has '/<summary>.*sum \+= mix\(i\)/ { found = 1 }' "weblist: a line that opens"
has '/class="c".*2654435761u.*code\.c:7/ { found = 1 }' "weblist: the inlined call"
has '/<html lang/ { found = 1 }' "weblist"
grep -Eq '(src|href)="?(http|//)' "$work/page.html" && fail "the page loads something"
asks 0 -weblist=. -output="$work/page.html" "$work/hostile"
grep -q '<script>alert' "$work/page.html" && fail "a name became part of the page"
grep -q '&lt;script&gt;alert(1)' "$work/page.html" || fail "the name is gone"
printf 'disasm work >%s\nweblist ^work$ >%s\n' "$work/d" "$work/w" | "$ours" "$work/low" >/dev/null 2>&1
grep -q '^ROUTINE' "$work/d" || fail "disasm at the prompt"
grep -q '</html>' "$work/w" || fail "weblist at the prompt"
[ "$failures" -eq 0 ]
