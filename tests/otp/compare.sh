#!/bin/sh
# SPDX-License-Identifier: MIT
# Random scripts of crashes on akt's groups and on Erlang's own supervisor; the traces of starts and stops
# must be the same. tests/otp/compare.sh TRACE [scripts] [seed]
#
# Two differences are explained and taken out. A crashed Erlang process terminates before its supervisor
# hears of it, a failed actor when its turn to halt has come: so of each crash, the first stop of the
# crashed child is left out on both sides. At birth, akt's children start side by side.
set -u
here=$(cd "$(dirname "$0")" && pwd)
trace=$1 scripts=${2:-200} seed=${3:-1}
command -v escript >/dev/null 2>&1 || {
	echo "otp: escript is not installed (erlang-base): the comparison is skipped"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -v scripts="$scripts" -v seed="$seed" 'BEGIN {
	srand(seed)
	split("one_for_one one_for_all rest_for_one", strategies)
	for (s = 0; s < scripts; s++) {
		kids = 1 + int(rand() * 6)
		print "begin", strategies[1 + int(rand() * 3)], 2 + int(rand() * 12), kids
		lines = 3 + int(rand() * 12)
		for (i = 0; i < lines; i++) {
			r = rand()
			kid = int(rand() * kids)
			if (r < 0.7) print "crash", kid
			else if (r < 0.85) print "refuse", kid, 1 + int(rand() * 3)
			else print "end", kid
		}
	}
}' >"$work/scripts"
"$trace" <"$work/scripts" >"$work/akt" || exit 1
escript "$here/trace.escript" <"$work/scripts" >"$work/otp" || exit 1
for side in akt otp; do
	awk '/^begin/ { dead = 0; sub(/: .*/, ":") }
		dead { next } # what follows the end of a supervisor says nothing
		/ dead$/ { dead = 1 }
		/^crash/ {
			kid = sprintf("%c", 97 + $2)
			at = index($0, ": ")
			head = substr($0, 1, at + 1)
			tail = substr($0, at + 2)
			sub(kid, "", tail)
			print head tail
			next
		}
		{ print }' "$work/$side" >"$work/$side.plain"
done
if diff "$work/akt.plain" "$work/otp.plain" >"$work/diff"; then
	echo "$scripts passed, 0 failed"
else
	head -20 "$work/diff"
	echo "otp: akt (<) and Erlang (>) differ; seed $seed"
	echo "0 passed, 1 failed"
	exit 1
fi
