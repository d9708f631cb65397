#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: what akt pprof can beyond pprof, on profiles with known numbers: commands as words, tables by
# label, diff and its conditions, leaks, messages and their verdicts, the exit status. Not: the rates
# of false alarms of the test of noise, which tests/unit/pprof has.
# Usage: beyond.sh AKT_PPROF SOURCE_DIR; exit 77: skipped.
set -u
ours=$(realpath "$1")
source=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C
command -v python3 >/dev/null || { echo "skipped: python3 is not here"; exit 77; }
PYTHONDONTWRITEBYTECODE=1 python3 "$source/make_beyond.py" "$work" || exit 1
cd "$work" || exit 1
checks=0 failures=0
fail() {
	echo "$*"
	failures=$((failures + 1))
	sed 's/^/    /' out err | head -40
}
# ask STATUS ARGUMENT...: what it prints is in out and err.
ask() {
	wanted=$1
	shift
	asked=$*
	checks=$((checks + 1))
	"$ours" "$@" -unit=auto >out 2>err
	status=$?
	[ "$status" -eq "$wanted" ] || fail "status $status, not $wanted: $asked"
	[ "$wanted" -ne 2 ] || [ "$(grep -c '^akt pprof: ' err)" -eq 1 ] || fail "no single error line: $asked"
}
# says TEXT: a line of the answer is this one, blanks aside.
says() {
	checks=$((checks + 1))
	sed -e 's/[[:space:]][[:space:]]*/ /g' -e 's/^ //' -e 's/ $//' out | grep -qxF -- "$1" ||
		fail "nowhere \"$1\": $asked"
}
# has REGEX, warns REGEX, lacks REGEX: of the answer, of standard error.
has() {
	checks=$((checks + 1))
	grep -Eq -- "$1" out || fail "nothing like \"$1\": $asked"
}
warns() {
	checks=$((checks + 1))
	grep -Eq -- "$1" err || fail "no word of \"$1\": $asked"
}
lacks() {
	checks=$((checks + 1))
	grep -Eq -- "$1" out && fail "\"$1\": $asked"
}

# --- a command as a word
"$ours" -top -unit=auto old.prof >expected
ask 0 top old.prof
cmp -s expected out || fail "top FILE is not -top FILE"
"$ours" -peek hash -unit=auto old.prof >expected
ask 0 peek hash old.prof
cmp -s expected out || fail "peek REGEX FILE is not -peek REGEX FILE"
"$ours" -top -cum -unit=auto -nodecount=2 old.prof >expected
ask 0 -cum top2 old.prof
cmp -s expected out || fail "top2 FILE is not -top -nodecount=2 FILE"
cp new.prof top
"$ours" -top -unit=auto top old.prof >expected
ask 0 -top top old.prof
cmp -s expected out || fail "a file of the name of a command is not read"
ask 0 -proto -output=x.pb.gz top
rm top
ask 2 peek
ask 2 top
ask 2 top -tree old.prof

# --- by label
ask 0 top -by actor_type old.prof
says "1000 10s 55.56% 55.56% hasher"
says "704 7.04s 39.11% 94.67% sorter"
says "96 960ms 5.33% 100% (no actor_type)"
ask 0 top -by=actor_type,msg -trim=false old.prof
says "4~ 40ms 0.22% 100% sorter stop"
ask 0 top -by actor -nodecount=1 old.prof
says "704 7.04s 39.11% 39.11% sorter-1"
says "Showing top 1 nodes out of 4"
ask 0 top -by actor -focus=hash -sample_index=samples old.prof
says "600 600 33.33% 33.33% hasher-1"
lacks sorter
ask 0 -text -by phase old.prof
says "1800 18s 100% 100% run"
ask 3 top -by nonsense old.prof
warns "No sample has the label nonsense; there are: actor, actor_type, msg, phase"
ask 2 tree -by actor old.prof
ask 2 top -by , old.prof
ask 2 top -by a,b,c,d,e,f,g,h,i old.prof
ask 0 top -by actor_type uncounted.prof
has "counts no events"
lacks "~"
# A heap profile: 40 hits of 16000 bytes stand for about 1331 objects.
ask 0 top -by kind -trim=false heap_new.prof
has "^ +400 +.* message$"
has "^ +3~ .* arena$|^ +98 .* arena$"
ask 0 top -by kind heap_exact.prof
has "each was recorded"
lacks "~"
ask 0 top -by actor -trim=false talk_msg.prof
has "one in 4"
has "^ +9~ .* rare-1$"

# At the prompt it lasts for one command, or as an option until it is cleared.
printf 'unit=auto\ntop -by actor_type\ntop 1\nby=msg\ntop\nby=\ntop 1\no\ntop -by\n' | "$ours" old.prof >out 2>err
asked=prompt
says "1000 10s 55.56% 55.56% hasher"
says "1700 17s 94.44% 94.44% job"
[ "$(grep -c ' hash$' out)" -eq 2 ] || fail "by lasts at the prompt"
warns 'by += +"" +//: not in pprof'
warns '-by needs label keys'

# --- colour
checks=$((checks + 2))
if command -v script >/dev/null; then
	script -qec "TERM=xterm $ours top -by msg -trim=false old.prof" /dev/null </dev/null >out
	grep -q "$(printf '\033')\[90m *4~.*stop" out || fail "few samples are not grey on a terminal"
	script -qec "TERM=xterm NO_COLOR=1 $ours top -by msg -trim=false old.prof" /dev/null </dev/null >out
	grep -q "$(printf '\033')" out && fail "NO_COLOR is not honoured"
fi

# --- diff
ask 0 diff old.prof new.prof
says "Old: old.prof, duration 30s, total 18s in 1800 samples"
says "New: new.prof, duration 30s, total 20.24s in 2024 samples"
says "10s 13s +3s +30.0% 10s 13s +3s +30.0% hash"
says "2s 0 -2s gone 2s 0 -2s gone vanished"
says "0 1s +1s new 0 1s +1s new fresh"
says "5.04s 5.28s +240ms +4.8%~ 5.04s 5.28s +240ms +4.8%~ sort"
says "0 0 0 0% 18s 20.24s +2.24s +12.4% main"
lacks "per s"
cp out expected
ask 0 -diff old.prof new.prof
cmp -s expected out || fail "-diff is not diff"
ask 0 diff -diff_base=old.prof new.prof
cmp -s expected out || fail "diff with -diff_base is not diff OLD NEW"
ask 0 diff -nodecount=1 -cum old.prof new.prof
says "Showing 1 of 7, by the change of cum; ~ may be chance (99 % level)"
ask 0 diff -focus=hash -sample_index=samples old.prof new.prof
says "1000 1300 +300 +30.0% 1000 1300 +300 +30.0% hash"
lacks vanished
ask 0 diff -tagfocus=actor=hasher-1 old.prof new.prof
says "6s 9s +3s +50.0% 6s 9s +3s +50.0% hash"
ask 0 diff -taghide=. -relative_percentages old.prof new.prof
says "10s 13s +3s +30.0% 10s 13s +3s +30.0% hash"
ask 0 diff -by actor old.prof new.prof
says "6s 9s +3s +50.0% 600/900 hasher-1"
says "4s 4s 0 0% 400/400 hasher-2"
says "960ms 960ms 0 0% 96/96 (no actor)"
ask 0 diff -by actor_type,msg -trim=false old.prof new.prof
says "40ms 80ms +40ms +100%~ 4/8 sorter stop"
ask 0 diff -normalize old.prof new.prof
has "New is scaled to the total of old: by 0.8893"
says "10s 11.56s +1.56s +15.6% 10s 11.56s +1.56s +15.6% hash"
# 30 s against 60 s: twice the total, the same rate.
ask 0 diff old.prof long.prof
says "10s 20s +10s +100% 10s 20s +10s +100% 0% hash"
has "The durations differ"
ask 0 diff -per_second old.prof long.prof
says "333.33ms/s 333.33ms/s 0 0% 333.33ms/s 333.33ms/s 0 0% hash"
ask 2 diff -per_second old.prof untimed.prof
# The same time from ten times as many samples is no change, and no matter of chance.
ask 0 diff -fail_if='total > +0%' old.prof fine.prof
ask 0 diff -fail_if='cum(sort) > +2%' old.prof finer.prof
says "fail_if cum(sort) > +2%: not significant: needs about 38537 samples, has 5784: 5.04s to 5.28s, +240ms (+4.8%)"
# A function that calls itself counts once: handle, called by handle.
ask 0 diff -focus=handle deeper.prof deeper.prof
says "200ms 200ms 0 0% 200ms 200ms 0 0% handle"
ask 0 diff uncounted.prof uncounted2.prof
lacks "~"
ask 2 diff old.prof
ask 2 diff old.prof new.prof long.prof
ask 2 diff old.prof heap_old.prof
ask 2 diff -normalize -per_second old.prof new.prof
ask 2 diff old.prof nonexistent.prof
printf 'diff\n' | "$ours" old.prof >out 2>err
warns 'two profiles are needed'

# --- conditions
ask 1 diff --fail-if 'cum(hash) > +5%' old.prof new.prof
says "fail_if cum(hash) > +5%: met: 10s to 13s, +3s (+30.0%)"
ask 1 diff -fail_if='flat(hash)>=+3s' old.prof new.prof
ask 0 diff -fail_if='flat(hash) > +3s' old.prof new.prof
says "fail_if flat(hash) > +3s: not met: 10s to 13s, +3s (+30.0%)"
ask 0 diff -fail_if='flat(main) > +1ms' old.prof new.prof
ask 1 diff -fail_if='cum(^main$) > +2000ms' old.prof new.prof
ask 1 diff -fail_if='total > +12%' old.prof new.prof
ask 0 diff -fail_if='total > +12.5%' old.prof new.prof
ask 1 diff -fail_if='cum(vanished) < -50%' old.prof new.prof
ask 1 diff -fail_if='cum(fresh) > +1000%' old.prof new.prof
ask 1 diff -fail_if='cum(nonsense) > +1%' -fail_if='cum((ha|xx)[s)]h) > +1%' old.prof new.prof
ask 3 diff -fail_if='cum(nonsense) > +1%' old.prof new.prof
warns "cum\(nonsense\) > \+1%: nothing matches"
# 504 and 528 samples: z = 0.747, so (2.576 / 0.747)^2 times as many are needed.
ask 0 diff -fail_if='cum(sort) > +2%' old.prof new.prof
has "not significant: needs about 1226[0-9] samples, has 1032"
ask 1 diff -fail_if='cum(sort) > +2%' --fail-if-noise old.prof new.prof
ask 1 diff -by actor -fail_if='flat(hasher-1) > +40%' old.prof new.prof
ask 0 diff -by actor -fail_if='cum(hasher-2) > +0%' old.prof new.prof
ask 1 diff -sample_index=samples -fail_if='cum(hash) > +250' old.prof new.prof
ask 0 diff -per_second -fail_if='cum(hash) > +5%' old.prof long.prof
ask 1 diff -fail_if='cum(hash) > +5%' old.prof long.prof
# wrong CONDITION TEXT
wrong() {
	ask 2 diff -fail_if="$1" old.prof new.prof
	warns "$2"
}
wrong 'sum(x) > +1%' 'column 1: expected cum'
wrong 'cum x > +1%' 'column 5: expected \('
wrong 'cum(x > +1%' 'column 5: no \) closes'
wrong 'cum() > +1%' 'column 5: the regular expression is empty'
wrong 'cum(*) > +1%' 'column 5: .*quantifier'
wrong 'cum(x) = +1%' 'column 8: expected >'
wrong 'cum(x) <= +1%' 'column 9: expected >'
wrong 'cum(x) > 1%' 'column 10: a change begins with'
wrong 'cum(x) > +%' 'column 10: expected a number'
wrong 'cum(x) > +1% x' 'column 14: this is more'
wrong 'cum(x) > +1e999%' 'column 10: the number is too large'
wrong 'cum(hash) > +5' 'needs a unit'
wrong 'cum(hash) > +5MB' 'MB is no unit of cpu'
wrong 'cum(hash) > +5weeks' 'weeks is no unit of cpu'
ask 2 diff -mean -fail_if='total > +1%' old.prof new.prof
ask 2 diff -fail_if='total > +1%' uncounted.prof uncounted2.prof
ask 2 top -fail_if='total > +1%' old.prof

# --- leaks
ask 0 leaks heap_new.prof
has "^[0-9.]+MB in [0-9]+ objects are in use; most, 203.06MB, is held by printer-1 \(message\), allocated at make_receipt /src/make_receipt.c:22\.$"
has "^ +64MB .* 1  store-1 +state +store +table /src/table.c:15$"
has "printer-1 +message +seller +make_receipt /src/make_receipt.c:22$"
has "~ clerk-1"
ask 0 leaks heap_old.prof heap_new.prof
has "^In use has grown: .*MB before, .*MB now, \+.*MB; most, \+.*, is held by printer-1 \(message\), allocated at make_receipt"
has "store-1 +state"
has " 64MB +64MB +0  store-1 +state"
has "~ store-1 +arena"
ask 0 leaks -tagfocus=kind=arena -nodecount=1 heap_new.prof
lacks message
ask 0 leaks heap_none.prof
says "Nothing of what was recorded is in use: no leak in it."
ask 0 leaks heap_exact.prof
says "Every allocation was recorded."
ask 2 leaks old.prof
warns "leaks: this is no memory profile"
ask 2 leaks -sample_index=alloc_space heap_new.prof
ask 0 leaks -sample_index=inuse_objects heap_new.prof
has "^ +48688 .* store-1 +arena"
ask 2 leaks heap_old.prof heap_new.prof heap_new.prof

# --- messages: verdict ACTOR TEXT, of the line below the actor's.
verdict() {
	checks=$((checks + 1))
	grep -A1 -- "  $1-1 ($1)" out | grep -Eq "^ +$2" || fail "$1 is not $2: $asked"
}
ask 0 messages talk_msg.prof
verdict flooded "flooded: 80 messages wait"
verdict computing "busy 80 % of the time: CPU-bound or blocked"
verdict blocked "busy 80 %"
verdict starved "starved"
verdict fine "fine"
verdict rare "too few: 9 messages"
verdict heavy "too few: 10 messages were timed, some of which took long"
has "75 % from front.request"
has "no actor: answers"
has "^ +4000 +400 +390.62kB +5ms +20s +10us +0.4%  starved-1"
ask 0 messages talk_msg.prof talk_cpu.prof
verdict flooded flooded
verdict computing "CPU-bound: computes 80 %"
verdict blocked "blocked: on a CPU for 13 % of its processing|blocked: on a CPU for 12 %"
has "The CPU profile is of 20s"
cp out expected
ask 0 messages talk_cpu.prof talk_msg.prof
cmp -s expected out || fail "the order of the two files matters"
ask 0 messages -nodecount=2 talk_msg.prof
has "Showing 2 of 8 actors"
ask 0 messages -tagfocus=actor=starved-1 talk_msg.prof
verdict starved "starved"
ask 2 messages old.prof
ask 2 messages talk_msg.prof heap_old.prof
ask 2 messages talk_msg.prof talk_cpu.prof old.prof

# --- the limits of verdicts are those of the manual
grep -Eo 'X\([a-z_]+, [0-9.]+' "$source/../../tools/pprof/answer/verdict.h" | tr -d ',' | sed 's/X(//' >limits
[ "$(grep -c '' limits)" -ge 10 ] || fail "the table of limits is not found"
while read -r name value; do
	checks=$((checks + 1))
	grep -qx ".It $name Ta $value" "$source/../../man/akt-pprof.1" ||
		fail "the manual does not say $name = $value"
done <limits

# --- nothing has changed in any file from itself, and none does harm
for file in "$source"/corpus/*.prof; do
	ask 0 diff "$file" "$file"
	has "^Showing "
	lacks " (\+[^ ]+|-?[0-9.]*[1-9]%~?|gone) "
	ask 2 leaks "$file"
	ask 2 messages "$file"
done
# What cannot be cut out of a condition is refused wherever it is cut.
condition='cum(a[)]b) >= +1.5ms'
while [ -n "$condition" ]; do
	condition=${condition%?}
	"$ours" diff -fail_if="$condition" old.prof new.prof >out 2>err
	status=$?
	checks=$((checks + 1))
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ] || fail "status $status of fail_if '$condition'"
done

# --- the status
ask 0 -top -focus=hash old.prof
for filter in focus ignore hide show show_from tagfocus tagignore tagshow taghide tagroot tagleaf; do
	ask 3 -top -$filter=nonsense old.prof
	warns "matched no samples"
done
ask 2 -top nonexistent
ask 2 -top -focus='(' old.prof
ask 0 -help
has "^  Not in pprof:$"
checks=$((checks + 1))
[ -e /dev/full ] && { "$ours" -help >/dev/full 2>/dev/null; [ $? -eq 2 ] || fail "a full disk is not told"; }
echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
