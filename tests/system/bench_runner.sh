#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: akt bench takes go test's flags and patterns, prints what benchstat and go's JSON readers
# read, says which benchmark fails, is skipped or hangs, and runs shared objects on its own runtime.
# Not: that the numbers are right, nor the built-in benchmarks beyond their names and one run.
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out err=$work/err
unset AKT_PROFILE_SHUTDOWN GOAKT_PROFILE_SHUTDOWN

finish() {
	printf '%s passed, %s failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %s skipped' "$skipped"
	echo
	[ "$failed" -eq 0 ]
	exit
}

# verdict what status
verdict() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "bench_runner: $1"
		sed 's/^/    out: /' "$out"
		sed 's/^/    err: /' "$err"
		failed=$((failed + 1))
	fi
}

# run what exit-status arguments...
run() {
	what=$1 wanted=$2
	shift 2
	"$build/akt" bench "$@" >"$out" 2>"$err" </dev/null
	status=$?
	[ $status -eq "$wanted" ]
	verdict "$what: exit status $status, want $wanted" $?
}

says() { # pattern: standard output has such a line
	grep -Eq -- "$1" "$out"
	verdict "$what: no line like: $1" $?
}

says_not() {
	! grep -Eq -- "$1" "$out"
	verdict "$what: a line like: $1" $?
}

complains() {
	grep -Fq -- "$1" "$err"
	verdict "$what: standard error does not say: $1" $?
}

counts() { # number pattern
	found=$(grep -Ec -- "$2" "$out")
	[ "$found" -eq "$1" ]
	verdict "$what: $found lines, want $1, like: $2" $?
}

tab=$(printf '\t')
ns="$tab *[0-9.]+ ns/op"

# --- without a benchmark of our own
run 'nothing asked' 2
complains '-bench=.'
run 'help' 0 -help
says '^usage: akt bench'
run 'unknown flag' 2 -bonch=.
complains 'flag provided but not defined: -bonch'
run 'bad pattern' 2 '-bench=('
complains 'missing'
run 'no match' 1 '-run=^$' -bench=NoSuchBenchmark ./bench
complains 'no benchmark matches "NoSuchBenchmark"'
run 'no such path' 2 -bench=. "$work/none.so"
complains 'No such file'
run 'list of the built-in set' 0 -list=. ./bench
says '^BenchmarkTell$'
says '^BenchmarkShutdownLatency_1000Actors$'
says '^BenchmarkGCAllocationsDuringShutdown_1000Actors$'
says '^BenchmarkActorMemoryFootprint$'
says "^ok  ${tab}akt/bench$tab"
run 'list of some' 0 '-list=^BenchmarkTell'
counts 2 '^Benchmark'
run 'a directory without objects is the built-in set' 0 -list=Ask "$root/bench"
says '^BenchmarkAsk$'
run 'a built-in benchmark' 0 '-run=^$' '-bench=^BenchmarkPingPong$' -benchtime=100x -cpu=1 ./bench
says "^BenchmarkPingPong *$tab *100$ns\$"
run 'short leaves out shutdown' 0 -short -bench='ShutdownLatency_100Actors|Footprint$' -benchtime=1x
counts 2 '^--- SKIP: Benchmark'
run 'the allocation control' 0 -bench=Shutdown_Control -benchtime=2x -cpu=1
says '[0-9] bytes/alloc'

# --- a shared object
mkdir "$work/set"
object=$work/set/traits.so
cc=${CC:-cc}
if ! command -v "$cc" >/dev/null; then
	echo 'bench_runner: no C compiler: the rest is skipped'
	skipped=$((skipped + 1))
	finish
fi
"$cc" -std=gnu11 -O1 -Wall -Wextra -Werror -shared -fPIC -I"$root/include" \
	"$root/tests/system/bench_runner.c" -o "$object" >"$out" 2>"$err"
what='build a shared object'
verdict "$what" $?

run 'names of an object' 0 -list=. "$object"
counts 10 '^Benchmark'
says "^ok  $tab.*/traits${tab}[0-9.]+s\$"
run 'an object in a directory' 0 -list=Naps "$work/set"
says '^BenchmarkNaps$'

run 'header and footer' 0 -bench=Naps -benchtime=100x -cpu=1 "$object"
says '^goos: linux$'
says '^goarch: [a-z0-9]+$'
says '^pkg: .*/traits$'
says '^PASS$'
says "^ok  $tab.*/traits${tab}[0-9]+\.[0-9]{3}s\$"
says "^BenchmarkNaps *$tab *100$ns$tab *1\.500 a-unit$tab *2\.500 z-unit\$"
run 'names carry the workers' 0 -bench=Workers -benchtime=1x -cpu=1,3 "$object"
says "^BenchmarkWorkers *$tab.* 1\.000 workers"
says "^BenchmarkWorkers-3 *$tab.* 3\.000 workers"
run 'count' 0 -bench=Workers -benchtime=5x -count=3 -cpu=2 "$object"
counts 3 "^BenchmarkWorkers-2 *$tab *5$tab"
run 'benchtime as a time' 0 -bench=Naps -benchtime=200ms -cpu=1 "$object"
n=$(awk '/^BenchmarkNaps/ { print $2 }' "$out")
[ "${n:-0}" -gt 100 ] && [ "$n" -le 2400 ]
verdict "$what: n is ${n:-none}" $?
run 'allocations' 0 -bench=Allocates -benchtime=1000x -benchmem -cpu=1 "$object"
says ' 1000 B/op'
says ' 3 allocs/op'

run 'processor time' 0 -bench=Naps -benchtime=100x -cputime -cpu=1 "$object"
says "ns/op$tab *1\.500 a-unit$tab *[0-9.]+ cpu-ns/op$tab *2\.500 z-unit\$"

run 'sub-benchmarks' 0 -bench=Sizes -benchtime=2x -cpu=2 "$object"
says "^BenchmarkSizes/size=64-2 *$tab.*MB/s"
says "^BenchmarkSizes/two_words-2 *$tab"
says "^BenchmarkSizes/size=64#01-2 *$tab"
says_not "^BenchmarkSizes(-2)? "
run 'one sub-benchmark' 0 -bench=Sizes/1024 -benchtime=2x "$object"
counts 1 '^Benchmark'
run 'no such sub-benchmark' 1 -bench=Sizes/none -benchtime=2x "$object"
complains 'no benchmark matches'

run 'a failure' 1 -bench=Fails -benchtime=10x "$object"
says '^--- FAIL: BenchmarkFails$'
says '^    reason 17$'
says '^FAIL$'
says "^FAIL$tab.*/traits$tab"
says_not '^(PASS|ok)'
run 'a failure on the way' 1 -bench='Breaks|Workers' -benchtime=10x -cpu=2 "$object"
says '^--- FAIL: BenchmarkBreaks-2$'
says '^BenchmarkWorkers-2 '
run 'a skip' 0 -bench=Skips "$object"
says '^--- SKIP: BenchmarkSkips$'
says '^    not "today"$'
run 'short' 0 -bench=Short -benchtime=1x -short "$object"
says '^--- SKIP: BenchmarkShort$'
run 'verbose' 0 -v -bench=Workers -benchtime=1x -cpu=2 "$object"
says '^BenchmarkWorkers$'
says '^BenchmarkWorkers-2 '
run 'timeout' 2 -bench=Hangs -timeout=200ms "$object"
complains 'timed out after 200ms'
complains 'BenchmarkHangs'
run 'the runtime of the runner' 0 -bench=Runtime -benchtime=2x -cpu=2 "$object"
says "^BenchmarkRuntime-2 *$tab *2$ns\$"

# --- profiles
run 'profiles' 0 -bench='^BenchmarkPingPong$' -benchtime=100x -cpu=2 -cpuprofile="$work/cpu.prof" \
	-memprofile "$work/mem.prof" -memprofilerate=1
"$build/akt" pprof -top -sample_index=alloc_objects "$work/mem.prof" >"$out" 2>"$err"
verdict "$what: not read" $?
says '^Type: alloc_objects$'
says '^ *5[01] .* on_p[io]ng$'
[ -s "$work/cpu.prof" ]
verdict "$what: no CPU profile" $?
run 'each message' 0 -bench='^BenchmarkPingPong$' -benchtime=100x -cpu=2 -msgprofile="$work/msg.prof" -msgprofilerate=1
"$build/akt" pprof -tags -sample_index=messages "$work/msg.prof" >"$out" 2>"$err"
verdict "$what: not read" $?
says '^ *5[01] .*: bench\.ping$'
run 'a profile that cannot be written' 1 -bench=Runtime -benchtime=2x -cpu=2 -cpuprofile="$work/no/cpu.prof" "$object"
complains 'no/cpu.prof: input or output failed'

# --- what others read
run 'json' 1 -json -bench='Naps|Skips|Fails|Sizes/64' -benchtime=3x -cpu=2 "$object"
if command -v jq >/dev/null; then
	jq -e -s 'all(.Action and .Package and .Time) and
		(.[0].Action == "start") and (.[-1].Action == "fail") and (.[-1].Elapsed >= 0) and
		any(.Action == "skip" and .Test == "BenchmarkSkips") and
		any(.Action == "fail" and .Test == "BenchmarkFails") and
		any(.Action == "run" and .Test == "BenchmarkSizes/size=64") and
		any(.Test == "BenchmarkNaps" and (.Output // "" | test("^BenchmarkNaps-2 .*ns/op")))' \
		"$out" >/dev/null
	verdict "$what: not the events of go test -json" $?
else
	echo 'bench_runner: no jq: JSON is skipped'
	skipped=$((skipped + 1))
fi

benchstat=$(command -v benchstat || echo "${HOME:-}/go/bin/benchstat")
if [ -x "$benchstat" ]; then
	run 'for benchstat' 0 -benchmem -bench='Naps|Sizes|Workers' -benchtime=5x -count=6 -cpu=1,2 "$object"
	cp "$out" "$work/old.txt"
	"$benchstat" "$work/old.txt" "$out" >"$work/table" 2>"$err"
	verdict 'benchstat: refused' $?
	[ ! -s "$err" ]
	verdict 'benchstat: complained' $?
	cp "$work/table" "$out"
	what='benchstat'
	says 'sec/op'
	says 'a-unit'
	says 'Sizes/size=1024-2'
	says 'B/op'
else
	echo 'bench_runner: no benchstat: skipped (go install golang.org/x/perf/cmd/benchstat@latest)'
	skipped=$((skipped + 1))
fi
finish
