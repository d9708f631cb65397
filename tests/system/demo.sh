#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: the bank's sums come out right with real workers and with seeds, a seed repeats the run,
# and a cent too many is noticed. Not: how fast it is.
set -u
build=$1
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
transfers=${AKT_DEMO_TRANSFERS:-20000}

check() {
	if [ "$2" -eq "$3" ]; then
		passed=$((passed + 1))
	else
		echo "demo: $1: exit status $2, wanted $3"
		cat "$work/out"
		failed=$((failed + 1))
	fi
}

demo() {
	"$build/tools/demo/akt-demo" "$@" >"$work/out" 2>&1
}

for workers in 1 2 4; do
	demo -workers $workers -transfers "$transfers" -failures 5000
	check "$workers workers" $? 0
done
for seed in 1 2 3 4 5; do
	demo -seed $seed -transfers 2000 -failures 20000
	check "seed $seed" $? 0
	grep -v ' in [0-9.]* s' "$work/out" >"$work/first"
	demo -seed $seed -transfers 2000 -failures 20000
	grep -v ' in [0-9.]* s' "$work/out" | diff "$work/first" - >"$work/diff"
	check "seed $seed repeats" $? 0
done
demo -transfers 2000 -sabotage
check 'a cent from nowhere' $? 1
demo -transfers 2000 -failures 0
check 'no failures' $? 0
demo -transfers many
check 'a wrong command line' $? 2
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
