#!/bin/sh
# SPDX-License-Identifier: MIT
# make compare-raw: akt beside the raw probe, which has mailboxes, pools and workers, but no names, no
# supervision, no time-outs and no counters. The distance is what those cost on this machine.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
ninja -C "$build" bench/mini >/dev/null 2>&1 || {
	echo "compare-raw: bench/mini does not build here" >&2
	exit 1
}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

raw() {
	"$build/bench/mini" "$@" | sed -n 's/^RESULT //p' | sort -u -k1,1
}

for threads in 1 2; do
	echo "== raw probe, $threads thread(s)"
	raw $threads pingpong 2000000
	raw $threads ring 503 2000000
	raw $threads countw 2 2000000 1000
	raw $threads fjthr 1000 1000
	raw $threads ask 1000000
	raw $threads mem 1000000
done
echo "== akt"
"$build/akt" bench -cpu=1,2 \
	-bench='PingPong|ThreadRing|FanIn|ForkJoin|Ask|Tell|Footprint_1000000|ShutdownLatency_1000000' \
	'-run=^$' ./bench
