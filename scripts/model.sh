#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks each model in tests/model/ exhaustively with spin: scripts/model.sh [name...]
# The head of a model lists its variants: " * holds: -DOPTIONS" must have no error, and
# " * fails: -DPLANT_..." has a mistake planted that spin must find. Each is one case. What must hold
# in the end is asserted by each model's monitor, so invalid end states are left to it (-E).
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- tests/model/*.pml

# check model wanted options
check() {
	name=$(basename "$1" .pml)
	optimize=-O1
	[ "$2" = fails ] && optimize=-O0 # found at once: compiling is the work
	rm -rf "$work/run" && mkdir "$work/run"
	(
		cd "$work/run" || exit 1
		# shellcheck disable=SC2086 # options are words
		spin $3 -a "$OLDPWD/$1" &&
			gcc $optimize -w -DSAFETY -DVECTORSZ=4096 -DMEMLIM=2000 -o pan pan.c &&
			timeout 300 ./pan -n -E -w22 -m2000000
	) >"$work/out" 2>&1
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out" | head -1)
	if ! grep -q 'State-vector' "$work/out" ||
		grep -q 'max search depth too small\|out of memory\|VECTORSZ is too small' "$work/out"; then
		verdict=incomplete
	elif grep -q 'errors: 0' "$work/out"; then
		verdict=holds
	else
		verdict=fails
	fi
	if [ $verdict = "$2" ]; then
		echo "ok   $name $3: $verdict ($states states)"
		passed=$((passed + 1))
	else
		echo "FAIL $name $3: $verdict, but it should be: $2"
		sed 's/^/     /' "$work/out" | head -40
		failed=$((failed + 1))
	fi
}

for model in "$@"; do
	[ -e "$model" ] || model=tests/model/$model.pml
	sed -n '1,/\*\//s/^ \* \(holds\|fails\): *//p' "$model" >"$work/options"
	sed -n '1,/\*\//s/^ \* \(holds\|fails\):.*/\1/p' "$model" >"$work/wanted"
	[ -s "$work/wanted" ] || {
		echo "FAIL $model: lists no variant"
		failed=$((failed + 1))
	}
	paste -d' ' "$work/wanted" "$work/options" >"$work/list"
	while read -r wanted options; do
		check "$model" "$wanted" "$options"
	done <"$work/list"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
