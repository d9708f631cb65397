#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks each model in tests/model/ exhaustively with spin: scripts/model.sh [name...]
# The head of a model lists its variants: " * holds: -DOPTIONS" must have no error, and
# " * fails: -DPLANT_..." has a mistake planted that spin must find. With AKT_TEST_NIGHTLY=1 only, because they
# have millions of states: " * nightly: -DOPTIONS" must have no error either, and " * sampled: -DOPTIONS" none in
# what a bit for each state remembers of more than memory holds (-DBITSTATE: a state may be taken for another
# one and passed over). Each is one case, and as many run at once as there are processors. What must hold in
# the end is asserted by each model's monitor, so invalid end states are left to it (-E).
set -u
cd "$(dirname "$0")/.." || exit 1

# --one model wanted options: one case, in a folder of its own; its verdict is its last line.
if [ "${1:-}" = --one ]; then
	model=$PWD/$2 wanted=$3 options=$4
	name=$(basename "$model" .pml)
	how='-O1 -DMEMLIM=2000' table=22 limit=300
	case $wanted in
	fails) how='-O0 -DMEMLIM=2000' ;; # found at once: compiling is the work
	nightly) how='-O2 -DCOLLAPSE -DMEMLIM=8000' limit=1800 wanted=holds ;;
	sampled) how='-O2 -DBITSTATE' table=33 limit=1800 ;;
	esac
	run=$(mktemp -d)
	trap 'rm -rf "$run"' EXIT
	cd "$run" || exit 1
	{
		# shellcheck disable=SC2086 # options are words
		spin $options -a "$model" &&
			gcc $how -w -DSAFETY -DVECTORSZ=4096 -o pan pan.c &&
			timeout $limit ./pan -n -E -w$table -m2000000
	} >out 2>&1
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' out | head -1)
	if ! grep -q 'State-vector' out ||
		grep -q 'max search depth too small\|out of memory\|VECTORSZ is too small' out; then
		verdict=incomplete
	elif grep -q 'errors: 0' out && grep -q 'Search not completed' out; then
		verdict=incomplete # it met its limit of memory or time
	elif grep -q 'errors: 0' out && grep -q 'Bit statespace' out; then
		verdict=sampled
	elif grep -q 'errors: 0' out; then
		verdict=holds
	else
		verdict=fails
	fi
	if [ $verdict = "$wanted" ]; then
		echo "ok   $name $options: $verdict ($states states)"
	else
		echo "FAIL $name $options: $verdict, but it should be: $wanted" "$(head -40 out | tr '\n' '|')"
	fi
	exit 0
fi

[ $# -gt 0 ] || set -- tests/model/*.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
also=holds
[ -z "${AKT_TEST_NIGHTLY:-}" ] || also='nightly\|sampled'
for model in "$@"; do
	[ -e "$model" ] || model=tests/model/$model.pml
	if ! sed -n "1,/\*\//s/^ \* \(holds\|fails\|$also\): *\(.*\)/\1 \2/p" "$model" |
		grep .; then
		echo none none
	fi | while read -r wanted options; do
		printf '%s\0%s\0%s\0' "$model" "$wanted" "$options"
	done
done >"$work/cases"
xargs -0 -n 3 -P "$(nproc)" scripts/model.sh --one <"$work/cases" | tee "$work/out" | tr '|' '\n'
passed=$(grep -c '^ok ' "$work/out")
failed=$(($(tr -cd '\0' <"$work/cases" | wc -c) / 3 - passed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
