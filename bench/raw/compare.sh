#!/bin/sh
# SPDX-License-Identifier: MIT
# How far is akt from the raw floor of this machine? bench/raw/compare.sh [build] [rounds]
#
# The raw probe (mini.c) has mailboxes, pools and workers, but no names, no supervision, no time-outs
# and no counters; it is built with the flags of akt. Both are measured in the same run, in turn, each
# time in a fresh process. A round's ratio compares what was measured side by side; what counts is the
# median of the rounds' ratios, for a shared machine changes its speed within minutes.
# Exit status 1: a limit is missed.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build} rounds=${2:-9}
ninja -C "$build" akt-bench bench/mini >/dev/null || {
	echo "compare-raw: akt-bench and bench/mini do not build in $build" >&2
	exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
values=$work/values
messages=4000000

# raw key result threads probe arguments...: the number on that RESULT line of the probe.
# A rate becomes ns per message.
raw() {
	key=$1 wanted=$2
	shift 2
	"$build/bench/mini" "$@" >"$work/out" 2>&1 || echo "compare-raw: mini $* failed" >&2
	awk -v key="$key" -v wanted="$wanted" '$1 == "RESULT" && $2 == wanted {
		print key, ($4 == "per_s" ? 1e9 / $3 : $3) }' "$work/out" >>"$values"
}

# akt key unit workers time benchmark
akt() {
	"$build/akt-bench" "-bench=^Benchmark$5\$" "-cpu=$3" "-benchtime=$4" >"$work/out" 2>&1 || {
		echo "compare-raw: $5 failed" >&2
		grep -A 2 -e '--- FAIL' "$work/out" >&2
	}
	awk -v key="$1" -v unit="$2" '/^Benchmark/ {
		for (i = 3; i < NF; i++) if ($(i + 1) == unit) print key, $i }' "$work/out" >>"$values"
}

round=1
while [ "$round" -le "$rounds" ]; do
	[ -t 2 ] && printf '\rcompare-raw: round %s of %s' "$round" "$rounds" >&2
	raw ping1-raw pingpong 1 pingpong $((messages / 2))
	akt ping1-akt ns/op 1 ${messages}x PingPong
	raw ping2-raw pingpong 2 pingpong $((messages / 2))
	akt ping2-akt ns/op 2 ${messages}x PingPong
	raw ring-raw ring 1 ring 503 $messages
	akt ring-akt ns/op 1 ${messages}x ThreadRing
	raw stop-raw stop1000000 1 mem 1000000
	akt stop-akt ms/last-hook 1 1x ShutdownLatency_1000000Actors
	raw small-raw stop1000 1 mem 1000
	akt small-akt ms/last-hook 1 20x ShutdownLatency_1000Actors
	raw rss-raw mem1000000 1 mem 1000000
	akt rss-akt rss-bytes/actor 1 1x ActorMemoryFootprint_1000000Actors
	round=$((round + 1))
done
[ -t 2 ] && printf '\r\033[K' >&2

awk -v rounds="$rounds" '
function sorted(key, list,    i, j, t) {
	for (i = 1; i <= count[key]; i++) list[i] = all[key, i]
	for (i = 2; i <= count[key]; i++)
		for (j = i; j > 1 && list[j] < list[j - 1]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
}
function middle(list, n) {
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function range(key,    list) {
	if (!(key in count)) return "none"
	sorted(key, list)
	return sprintf("%.4g (%.4g-%.4g)", middle(list, count[key]), list[1], list[count[key]])
}
function row(what, key, against, limit, unit,    i, list, value, shown, verdict) {
	verdict = "MISSING"
	if (count[key "-akt"] == rounds && (against == "" || count[against] == rounds)) {
		for (i = 1; i <= rounds; i++)
			all["row", i] = all[key "-akt", i] / (against == "" ? 1 : all[against, i])
		count["row"] = rounds
		sorted("row", list)
		value = middle(list, rounds)
		verdict = value <= limit ? "ok" : "MISSED"
	}
	if (verdict != "ok") missed = 1
	shown = against == "" ? "-" : sprintf("%.2f", value)
	printf "%-30s %-24s %-24s %6s  %-10s %s\n", what, range(key "-akt"), range(key "-raw"), \
		shown, "<= " limit unit, verdict
}
{ all[$1, ++count[$1]] = $2 + 0 }
END {
	printf "medians (min-max) of %d rounds; ratio: median of the rounds\n", rounds
	printf "%-30s %-24s %-24s %6s  %-10s %s\n", "", "akt", "raw", "ratio", "limit", "verdict"
	row("ping-pong, 1 worker, ns", "ping1", "ping1-raw", 2.0, "x")
	row("ring of 503, 1 worker, ns", "ring", "ring-raw", 2.0, "x")
	row("ping-pong, 2 to 1 workers, ns", "ping2", "ping1-akt", 1.15, "x")
	row("stop 1,000,000 actors, ms", "stop", "stop-raw", 2.5, "x")
	row("stop 1,000 actors, ms", "small", "", 1, " ms")
	row("resident per idle actor, B", "rss", "", 192, " B")
	exit missed
}' "$values"
