#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: a seed gives the same run, event by event, twice in one process and in two, and whether gcc
# or clang has built akt and the program, with or without optimisation; another seed gives another.
# AKT_TEST_BUILDS names other builds than "gcc:-O0 clang:-O0". Not: that the runs are right.
set -u
program=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
seeds=${AKT_TEST_SEEDS:-200}
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "seeded: $name"
		failed=$((failed + 1))
	fi
}

flags="-std=gnu11 -D_GNU_SOURCE -w -fno-strict-aliasing -Iinclude -Isrc"
# build compiler level: the program of both in $work
build() {
	mkdir "$work/$1$2"
	for file in src/*/*.c tests/system/seeded.c; do
		echo "$work/$1$2/$(echo "$file" | tr / -).o $file"
	done | xargs -P "$(nproc)" -n 2 sh -c "$1 $2 $flags -c -o \"\$0\" \"\$1\"" &&
		"$1" -o "$work/$1$2/seeded" "$work/$1$2"/*.o -lz -ldl -lpthread -lm
}

check "it runs" "$program" 1 "$seeds" >"$work/first"
"$program" 1 "$seeds" >"$work/again"
check "the same in another process" cmp "$work/first" "$work/again"
check "all seeds" test "$(wc -l <"$work/first")" -eq "$seeds"
check "no seed is like another" test "$(cut -d' ' -f2 "$work/first" | sort -u | wc -l)" -eq "$seeds"
# 7 comes after six others there, alone here.
check "the same whatever was before" test "$("$program" 7)" = "$(sed -n 7p "$work/first")"
for one in ${AKT_TEST_BUILDS:-gcc:-O0 clang:-O0}; do
	compiler=${one%%:*} level=${one#*:}
	if ! command -v "$compiler" >/dev/null; then
		skipped=$((skipped + 1))
		continue
	fi
	check "$compiler $level builds it" build "$compiler" "$level"
	"$work/$compiler$level/seeded" 1 "$seeds" >"$work/out"
	check "the same from $compiler $level" cmp "$work/first" "$work/out"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
