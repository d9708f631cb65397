#!/bin/sh
# SPDX-License-Identifier: MIT
# make demo: the bank, then the shutdown profiles as docs/guide/profiling.md makes them, then the
# guide's criteria with what was measured here. Non-zero when a sum is wrong or a limit is missed.
# Everything it writes lies in build/demo. `demo.sh BUILD profiles` ends before the criteria.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${1:-build}" && pwd)
PATH=$build:$PATH
out=$build/demo
rm -rf "$out"
mkdir -p "$out" && cd "$out" || exit 1
failed=0

title() {
	printf '\n== %s\n' "$1"
}

# Runs and shows a command as one would type it.
show() {
	printf '\n$ %s\n' "$*"
	"$@" || {
		echo "demo: that failed"
		failed=1
	}
}

# The same of a filter that may match nothing: akt pprof says so with exit status 3.
show_or_none() {
	printf '\n$ %s\n' "$*"
	"$@"
	case $? in
	0) ;;
	3) echo 'demo: nothing was allocated there, which is the good answer' ;;
	*)
		echo 'demo: that failed'
		failed=1
		;;
	esac
}

# The value before a unit in the result line of a benchmark.
metric() {
	awk -v name="$2" -v unit="$3" '$1 ~ "^" name "(-[0-9]+)?$" {
		for (i = 3; i < NF; i++) if ($(i + 1) == unit) print $i }' "$1" | tail -1
}

# criterion what limit unit measured-value source
rows=$out/verdicts
: >"$rows"
judge() {
	verdict=ok
	if [ -z "$4" ]; then
		verdict=MISSING
	elif ! awk -v v="$4" -v l="$2" 'BEGIN { exit !(v + 0 < l + 0) }'; then
		verdict=MISSED
	fi
	[ $verdict = ok ] || failed=1
	printf '%-44s < %-8s %-12s %s\n' "$1" "$2 $3" "${4:-none} $3" "$verdict" >>"$rows"
}

title 'A bank of supervised actors that fail on purpose'
show akt demo
title 'The same with one cent too many: the sums must notice'
if akt demo -transfers 2000 -sabotage >"$out/sabotage" 2>&1; then
	echo 'demo: nobody noticed'
	failed=1
else
	grep WRONG "$out/sabotage"
fi

title 'Profiles of a shutdown'
export AKT_PROFILE_SHUTDOWN=1
show akt bench -bench=BenchmarkGCAllocationsDuringShutdown '-run=^$' ./bench
show akt bench -bench=BenchmarkShutdownLatency_1000Actors '-run=^$' ./bench
unset AKT_PROFILE_SHUTDOWN
show akt pprof -top -nodecount=12 shutdown_cpu.prof
show akt pprof -top -nodecount=8 -tagfocus=phase=shutdown shutdown_cpu.prof
show akt pprof -top -nodecount=12 shutdown_mem.prof
show_or_none akt pprof -top -nodecount=8 -tagfocus=phase=shutdown shutdown_mem.prof
show akt pprof -png -tagroot=actor_type -output=shutdown_cpu.png shutdown_cpu.prof
show akt pprof -png -output=shutdown_mem.png shutdown_mem.prof
for picture in shutdown_cpu.png shutdown_mem.png; do
	if [ -s "$picture" ]; then
		echo "$out/$picture"
	else
		echo "demo: no $picture"
		failed=1
	fi
done

# What is measured hangs on the machine: a test wants no more.
[ "${2:-}" != profiles ] || exit $failed

title 'The criteria, measured without a profiler'
akt bench -bench='BenchmarkGCAllocationsDuringShutdown|BenchmarkShutdownLatency_1000Actors$' \
	'-run=^$' ./bench >"$out/bench.txt" 2>&1 || failed=1
akt bench -bench=BenchmarkStartStopGrowth -benchtime=500x '-run=^$' ./bench >>"$out/bench.txt" 2>&1 ||
	failed=1
grep -E '^(Benchmark|---|FAIL)' "$out/bench.txt"
judge 'GC allocations during shutdown, 1,000 actors' 1 MB \
	"$(metric "$out/bench.txt" BenchmarkGCAllocationsDuringShutdown_1000Actors MB/alloc)"
judge 'Memory leaks: growth over 500 systems' 512 KB \
	"$(metric "$out/bench.txt" BenchmarkStartStopGrowth KB-growth)"
judge 'CPU usage: shutdown of 1,000 actors' 100 ms \
	"$(metric "$out/bench.txt" BenchmarkShutdownLatency_1000Actors ms/shutdown)"
printf '\n%-44s %-10s %-12s %s\n' criterion limit measured verdict
cat "$rows"
[ $failed -eq 0 ] || printf '\ndemo: FAILED\n'
exit $failed
