#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: each kind of file that akt writes, from a section, from the switch, from the flags of akt bench
# and of akt demo, is read without a word by akt pprof and by `go tool pprof` when the program and its
# library are gone; both read the same; files without names are named by both from the program. Not: that
# the numbers are true. Without Go its questions are skipped.
set -u
build=$(cd "$1" && pwd)
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go=${GO:-/usr/local/go/bin/go}
[ -x "$go" ] || go=$(command -v go || true)
export GOFLAGS=-mod=mod GOTOOLCHAIN=local HOME="$work" GOCACHE="${GOCACHE:-/tmp/akt-agree-cache}"
export TZ=UTC LC_ALL=C
ours=$build/tools/pprof/akt-pprof
theirs=
[ -z "$go" ] || theirs=$("$go" tool -n pprof) || theirs=

check() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "readback: $1"
		failed=$((failed + 1))
	fi
}

# Programs and library where nothing is left of them afterwards.
mkdir "$work/bin" "$work/src" "$work/files"
cp "$build/examples/18-sections" "$build/tools/demo/akt-demo" "$build/akt-bench" "$work/bin"
cp "$build/src/libakt.so.0" "$work/src"
export LD_LIBRARY_PATH="$work/src"
cd "$work/files" || exit 1

# runs what program arguments...
runs() {
	what=$1
	shift
	"$@" >"$work/out" 2>&1
	status=$?
	check "$what: exit status $status: $(cat "$work/out")" $status
}

runs 'a section' ../bin/18-sections
runs 'the switch' env AKT_PROFILE_SHUTDOWN=1 ../bin/akt-demo -transfers 500 -failures 0 -messages
runs 'the flags' ../bin/akt-bench -bench='^BenchmarkAsk$' -run='^$' -benchtime=200000x \
	-cpuprofile=bench_cpu.prof -memprofile=bench_mem.prof -memprofilerate=1 -msgprofile=bench_msg.prof
mkdir raw
runs 'without names' env -C raw AKT_PROFILE_SYMBOLIZE=0 ../../bin/18-sections

# Without names: numbers, or names to both who have the program.
"$ours" -top -addresses -symbolize=none -sample_index=cycles raw/sale_cpu.prof >"$work/out" 2>"$work/err"
grep -q ' 0000[0-9a-f]\{12\}' "$work/out" && ! grep -q on_item "$work/out" && [ ! -s "$work/err" ]
check "without names: akt pprof prints something else: $(cat "$work/out" "$work/err")" $?
"$ours" -top -sample_index=cycles raw/sale_cpu.prof >"$work/out" 2>"$work/err"
grep -q ' on_item$' "$work/out" && [ ! -s "$work/err" ]
check "without names: akt pprof does not find on_item: $(cat "$work/out" "$work/err")" $?
if [ -n "$theirs" ]; then
	"$theirs" -top -sample_index=cycles "$work/bin/18-sections" raw/sale_cpu.prof >"$work/out" 2>&1
	grep -q ' on_item$' "$work/out"
	check "without names: Go does not find on_item: $(cat "$work/out")" $?
	"$theirs" -traces -sample_index=cycles raw/sale_cpu.prof >"$work/out" 2>&1 # by its mapping
	grep -q ' on_item$' "$work/out"
	check "without names: Go does not find on_item itself: $(cat "$work/out")" $?
else
	skipped=$((skipped + 2))
fi

rm -r "${work:?}/bin" "$work/src"
unset LD_LIBRARY_PATH

# reads who file: all of its reports, without a word on stderr
reads() {
	case $2 in # a value of which there is some; of a short run there may be no ticks
	sale_cpu.prof | raw/sale_cpu.prof | shutdown_cpu.prof) index=cycles ;;
	*_cpu.prof) index=samples ;;
	*_mem.prof) index=alloc_space ;;
	*) index=messages ;;
	esac
	for report in -raw -top -tags -traces -comments "-sample_index=$index -peek ." '-tree -lines' -dot; do
		# shellcheck disable=SC2086 # words
		"$1" $report "$2" >"$work/out" 2>"$work/err"
		status=$?
		[ $status -eq 0 ] && [ -s "$work/out" ] && [ ! -s "$work/err" ]
		check "$1 $report $2: exit status $status: $(head -5 "$work/err")" $?
	done
}

for file in sale_cpu sale_mem rush_msg shutdown_cpu shutdown_mem bank_msg bench_cpu bench_mem bench_msg; do
	reads "$ours" $file.prof
	"$ours" -raw $file.prof >"$work/ours" 2>/dev/null
	if [ -z "$theirs" ]; then
		skipped=$((skipped + 1))
		continue
	fi
	reads "$theirs" $file.prof
	"$theirs" -raw $file.prof >"$work/theirs" 2>/dev/null
	cmp -s "$work/ours" "$work/theirs"
	check "$file.prof: akt pprof -raw is not that of Go" $?
done
[ -n "$theirs" ] || echo "readback: go is not here: its questions are skipped"

# names file function report...: it is in the report, though its program is gone
names() {
	"$ours" -top -nodefraction=0 -sample_index="$3" "$1" 2>&1 | grep -q " $2"
	check "$1: no $2" $?
}

names sale_cpu.prof on_item cycles
names sale_mem.prof sell alloc_space
names rush_msg.prof till.shop.item messages
for file in *_cpu.prof *_mem.prof; do
	"$ours" -raw "$file" | grep -q "^1: .* $work/bin/.* \[FN\]\[FL\]\[LN\]\[IN\]$"
	check "$file: the program has no lines" $?
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
