#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: each public header compiles alone, twice included, with strict warnings, as C11, C17 and
# C++17, by gcc and clang. Not: that it links.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
strict='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wcast-qual -Werror -fsyntax-only'

try() {
	header=$1
	shift
	# shellcheck disable=SC2086
	if "$@" $strict -Iinclude; then
		passed=$((passed + 1))
	else
		echo "headers: $header fails with: $*"
		failed=$((failed + 1))
	fi
}

for header in include/akt/*.h; do
	name=akt/$(basename "$header")
	if [ "$name" = akt/protobuf-c.h ] && ! pkg-config --exists libprotobuf-c; then
		echo "headers: $name needs libprotobuf-c, which is not here"
		continue
	fi
	printf '#include <%s>\n#include <%s>\nextern int akt_header_alone;\n' "$name" "$name" >"$work/one.c"
	cp "$work/one.c" "$work/one.cc"
	for standard in c11 c17; do
		try "$name" gcc -std=$standard -Wstrict-prototypes "$work/one.c"
		command -v clang >/dev/null && try "$name" clang -std=$standard -Weverything \
			-Wno-padded -Wno-reserved-identifier -Wno-unused-macros "$work/one.c"
	done
	command -v g++ >/dev/null && try "$name" g++ -std=c++17 "$work/one.cc"
	command -v clang++ >/dev/null && try "$name" clang++ -std=c++17 "$work/one.cc"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
