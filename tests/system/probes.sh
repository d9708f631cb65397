#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: the library has a probe of provider akt for each event of a crash record, by its name, and
# `handled`, each with five arguments; no others; and each is on the page about them. Not: that a tracer
# can use them. Skipped (77) where the build has none.
set -u
build=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
lib=$build/src/libakt.so
command -v readelf >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

fail() {
	echo "probes: $*"
	failed=$((failed + 1))
}

readelf -n "$lib" >"$work/notes"
grep -q 'NT_STAPSDT' "$work/notes" || { [ "$2" = no ] && exit 77; }
# "name arguments" of each; the name follows the provider.
awk '/Provider: /{ours = $2 == "akt"} ours && /Name: /{name = $2} ours && /Arguments: /{print name, NF - 1}' \
	"$work/notes" | sort -u >"$work/found"
{
	sed -n 's/^\tX([0-9]*, [A-Z]*, \([a-z]*\)).*/\1 5/p' src/crash/format.h
	echo 'handled 5'
} | sort >"$work/wanted"
if [ "$(wc -l <"$work/wanted")" -ge 9 ] && diff "$work/wanted" "$work/found"; then
	passed=$((passed + 1))
else
	fail 'the notes are not those of the table'
fi
while read -r name _; do
	if grep -q "^| \`$name\` |" docs/internals/probes.md; then
		passed=$((passed + 1))
	else
		fail "$name is not in docs/internals/probes.md"
	fi
done <"$work/wanted"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
