#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: every command answers on every file of the corpus without a crash and with the expected
# status, also where Go is absent; bad input is refused with one line. Not: what the answers are.
set -u
ours=$(realpath "$1")
corpus=$(realpath "$2")/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
	echo "$*"
	failures=$((failures + 1))
}
expect() {
	wanted=$1
	shift
	"$ours" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$wanted" ] || {
		fail "status $status, not $wanted: $*"
		head -5 "$work/err"
	}
	[ "$wanted" -ne 2 ] || [ "$(grep -c '^akt pprof: ' "$work/err")" -eq 1 ] ||
		fail "no single error line: $*"
}
for f in "$corpus"/*.prof; do
	filtered=0
	"$ours" -traces -tagroot=actor -focus=. "$f" 2>&1 | grep -q 'matched no samples' && filtered=3
	for c in top tree traces tags raw comments dot callgrind proto topproto html; do
		expect 0 -$c "$f"
		expect "$filtered" -$c -tagroot=actor -focus=. -lines -cum -mean "$f"
	done
	expect 0 -top -diff_base="$f" "$f"
	expect 0 -top "$f" "$f"
	head -c 40 "$f" >"$work/cut"
	expect 2 -top "$work/cut"
	printf 'top\ntags\npeek .\ntree 3\nhelp\no\nlist nothing\nmean=1\nraw >%s\n' "$work/x" |
		"$ours" "$f" >/dev/null 2>&1 || fail "the prompt ended badly on $f"
done
for f in "$corpus"/bad/*.prof; do
	expect 2 -top "$f"
done
printf '' >"$work/empty"
expect 2 -top "$work/empty"
expect 2 -top "$0"
expect 2 -top /nonexistent
expect 2 -top
expect 2 -nonsense "$corpus/deep.prof"
expect 2 -top -tree "$corpus/deep.prof"
expect 2 -top -http=: "$corpus/deep.prof"
expect 2 -top -no_browser "$corpus/deep.prof"
expect 2 -http=nowhere "$corpus/deep.prof"
expect 2 -top -focus='(' "$corpus/deep.prof"
expect 2 -top -unit "$work/none" -sample_index=7 "$corpus/deep.prof"
expect 0 -help
if command -v dot >/dev/null; then
	expect 0 -png -output="$work/x.png" "$corpus/deep.prof"
	expect 0 -svg -output="$work/x.svg" "$corpus/deep.prof"
	grep -q 'viewport' "$work/x.svg" || fail "the svg cannot be moved"
fi
env PATH=/nonexistent "$ours" -png -output="$work/y.png" "$corpus/deep.prof" 2>"$work/err" &&
	fail "png without dot"
grep -q 'apt-get install graphviz' "$work/err" || fail "no hint at graphviz"
[ "$failures" -eq 0 ]
