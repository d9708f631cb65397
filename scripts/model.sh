#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks each model in tests/model/ exhaustively with spin: scripts/model.sh [name...]
# A model whose name ends in -bad has a known mistake in it: spin must find that. A model may give
# options in its first lines:  /* pan: -m100000 -a */  /* cc: -DSAFETY */
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- tests/model/*.pml

option() {
	sed -n "1,40s|.*$1: *\([^*]*\)\*/.*|\1|p" "$2" | head -1
}

for model in "$@"; do
	[ -e "$model" ] || continue
	name=$(basename "$model" .pml)
	path=$PWD/$model
	cc_options=$(option cc "$model")
	pan_options=$(option pan "$model")
	mkdir -p "$work/$name"
	# shellcheck disable=SC2086 # options are words
	(
		cd "$work/$name" && spin -a "$path" &&
			gcc -O2 -w ${cc_options:--DSAFETY} -DNOFAIR -o pan pan.c &&
			timeout 300 ./pan -n ${pan_options:--m1000000}
	) >"$work/$name/out" 2>&1
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/$name/out" | head -1)
	if ! grep -q 'State-vector' "$work/$name/out" ||
		grep -q 'max search depth too small\|out of memory' "$work/$name/out"; then
		verdict=incomplete
	elif grep -q 'errors: 0' "$work/$name/out"; then
		verdict=holds
	else
		verdict=error
	fi
	wanted=holds
	case $name in *-bad) wanted=error ;; esac
	if [ $verdict = $wanted ]; then
		echo "ok   $name: $verdict ($states states)"
		passed=$((passed + 1))
	else
		echo "FAIL $name: $verdict"
		sed 's/^/     /' "$work/$name/out" | head -40
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
