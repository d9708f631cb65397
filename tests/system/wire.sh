#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: protoc reads the .proto text that akt prints, and with it the bytes that akt writes, every
# field by its name, and writes the same bytes, which akt reads. Not: more than one version of protoc.
# Skipped (77) without protoc.
set -u
peer=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
command -v protoc >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

fail() {
	echo "wire: $*"
	failed=$((failed + 1))
}

"$peer" proto >"$work/everything.proto" || fail 'no .proto text'
if diff tests/unit/wire/everything.proto "$work/everything.proto"; then
	passed=$((passed + 1))
else
	fail 'the printed text is not that of tests/unit/wire/everything.proto'
fi

with_protoc() {
	protoc -I"$work" -Iinclude "$@" test.wire.everything "$work/everything.proto"
}

seed=1
while [ $seed -le 40 ] && [ $failed -eq 0 ]; do
	"$peer" random $seed >"$work/akt" &&
		with_protoc --decode >"$work/text" <"$work/akt" &&
		with_protoc --encode >"$work/protoc" <"$work/text" &&
		"$peer" echo >"$work/again" <"$work/protoc" || fail "seed $seed: a step failed"
	# An unknown field is printed by its number.
	grep -q '^ *[0-9]' "$work/text" && fail "seed $seed: protoc does not know a field"
	cmp "$work/akt" "$work/protoc" || fail "seed $seed: protoc writes other bytes"
	cmp "$work/akt" "$work/again" || fail "seed $seed: akt reads something else"
	passed=$((passed + 1))
	seed=$((seed + 1))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
