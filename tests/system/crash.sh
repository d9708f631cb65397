#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: processes that die of real faults end by the same signal, leave one record that names actor,
# message, handler and place, and core files and former handlers still work; records are off unless
# asked for; akt crash reads records that are whole, cut at any length, of stripped programs, of other
# builds, and refuses what is none. Not: other machines than this one.
set -u
build=$(cd "$1" && pwd)
victim=$build/tests/system/crash-victim
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset AKT_CRASH_DIR

finish() {
	printf '%s passed, %s failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %s skipped' "$skipped"
	echo
	[ "$failed" -eq 0 ]
	exit
}

if "$victim" sanitized; then
	echo "crash: the sanitizer owns the signals of faults"
	skipped=1
	finish
fi

# verdict what status
verdict() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "crash: $1"
		sed 's/^/    said: /' said 2>/dev/null
		head -40 report 2>/dev/null | sed 's/^/    report: /'
		failed=$((failed + 1))
	fi
}

# dies mode "status": run it with records on; $record is the record
dies() {
	mode=$1
	rm -rf records report
	mkdir records
	AKT_CRASH_DIR=$work/records "$victim" status "$mode" >said 2>&1
	grep -qx -- "$2" said
	verdict "$mode: the status is not: $2" $?
	record=$(ls records/*.crash 2>/dev/null)
}

# reports: one record, complete, that akt crash can read
reports() {
	[ -f "$record" ] && "$build/akt" crash "$record" >report 2>&1 && ! grep -q 'cut short' report
	verdict "$mode: there is no whole record" $?
}

says() { # pattern: a line of the report
	grep -Eq -- "$1" report
	verdict "$mode: the report has no line like: $1" $?
}

says_not() {
	! grep -Eq -- "$1" report
	verdict "$mode: the report has a line like: $1" $?
}

# in_handler: the four names that matter
in_handler() {
	says '^actor     patient #[0-9]+\.1@[0-9a-f]+$'
	says '^type      victim$'
	says '^message   crash\.poke$'
	says '^handler   on_poke at tests/system/crash\.c:[0-9]+$'
	says '#[0-9]+ .* on_poke at tests/system/crash\.c:[0-9]+$'
	says 'handle  *#[0-9]+\.1 victim  crash\.poke$'
}

# Off unless asked for.
"$victim" status null >said 2>&1
grep -qx 'signal 11' said && [ "$(wc -l <said)" -eq 1 ] && [ -z "$(ls ./*.crash 2>/dev/null)" ]
verdict 'something is written although nothing was asked for' $?

dies null 'signal 11'
reports
says '^SIGSEGV \(11\): the address is not mapped, 0x0$'
in_handler
says '#0 .* read_nothing at tests/system/crash\.c:'
says 'handle  *#[0-9]+\.1 victim  crash\.idle$'
says ' spawn  '
says '^  rax  '
says 'crash-victim  [0-9a-f]{40}$'
grep -q "^akt: SIGSEGV: crash record $work/records/crash-victim-[0-9]*-[0-9]*.crash$" said
verdict 'null: where the record is was not said' $?
[ "$(stat -c %a "$record")" = 600 ]
verdict 'null: others may read the record' $?
cp "$record" whole
cp report whole.report

dies overflow 'signal 11'
reports
in_handler
says '#0 .* sink at '
says 'not recorded \.\.\.$'
says '#[0-9]+ .* overflow at '

dies abort 'signal 6'
reports
says '^SIGABRT \(6\): raised by the process$'
in_handler
says ' abort '

dies divide 'signal 8'
reports
says '^SIGFPE \(8\): integer division by zero'
in_handler

dies trap 'signal 4'
reports
in_handler

dies call 'signal 11'
reports
in_handler
says '#0   0x000000000000  \[unknown\]$'
says '#1 .* on_poke at '

# The heap is damaged and malloc's lock is held: nothing of the recorder needs either.
dies malloc 'signal 6'
reports
in_handler
says ' in_malloc at '

dies start 'signal 11'
reports
says '^actor     late '
says '^message   none: a hook was running$'
says '^handler   start_and_die at '
says ' start  *#[0-9]+\.1 stillborn$'

# A thread that is none of akt's, while a worker is in a handler.
dies foreign 'signal 11'
reports
says '^actor     none'
says ' on_thread at tests/system/crash\.c:'
says '^  thread [0-9]+: #0\.1 spinner handles crash\.idle in on_busy at '

dies busy 'signal 11'
reports
in_handler
says '^  thread [0-9]+: #0\.1 spinner handles crash\.idle in on_busy at '

# Two workers in the same instant: one record, the other thread is in it.
dies both 'signal 11'
reports
says '^message   crash\.poke$'
says '^  thread [0-9]+: #[01]\.1 victim handles crash\.poke in on_poke at '

# The recorder itself faults, again and again: what it cannot read is missing, no more.
dies broken 'signal 11'
reports
says '^actor     patient '
says '^message   crash\.poke$'
says '^handler   on_poke at '
says '#0 .* read_nothing at '
says '^not recorded: 1 of names \(SIGSEGV while it was read\)$'
says '^not recorded: [0-9]+ of events'

dies fds 'signal 11'
reports
in_handler

dies sent 'signal 7'
reports
says '^SIGBUS \(7\): raised by the process$'
says '^actor     none'

# Handlers that were there before: called, with the fault's own siginfo; ignored stays ignored.
dies chain 'signal 11'
reports
in_handler
grep -qx 'former handler' said
verdict 'chain: the former handler was not called' $?
dies ignored 'exit 0'
[ -z "$record" ]
verdict 'ignored: an ignored signal left a record' $?
dies none 'exit 0'
[ -z "$record" ]
verdict 'none: a record without a crash' $?

# Directories that cannot be used are said, and the program goes on.
AKT_CRASH_DIR=$work/nowhere "$victim" status none >said 2>&1
grep -qx 'exit 0' said && grep -q '^akt: AKT_CRASH_DIR=.*/nowhere: no crash records: input or output failed' said
verdict 'a directory that is not there is not said' $?

# Core files, where the kernel writes them into the working directory.
mode=core
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ] && [ "$(sed -n "s/^Max core file size *[^ ]* *\([^ ]*\) .*/\1/p" /proc/self/limits)" != 0 ]; then
	AKT_CRASH_DIR=$work/records "$victim" status core >said 2>&1
	grep -qx 'signal 11 core' said
	verdict 'core: no core file was written' $?
	if command -v gdb >/dev/null; then
		gdb -nx -batch -ex 'frame 0' "$victim" core* >report 2>&1
		says '^#0 .* read_nothing'
	fi
	rm -f core*
else
	echo 'crash: core files go elsewhere on this machine: not looked at'
	skipped=$((skipped + 1))
fi

# Without debug information the symbols serve, without symbols the addresses.
cp "$victim" plain
for how in -g -s; do
	strip "$how" plain
	mode="strip $how"
	rm -rf records
	mkdir records
	AKT_CRASH_DIR=$work/records ./plain null >said 2>&1
	record=$(ls records/*.crash)
	reports
	says '^actor     patient '
	says '^message   crash\.poke$'
	if [ "$how" = -g ]; then
		says '^handler   on_poke$'
		says '#0 .* read_nothing$'
	else
		says '^handler   \[plain\]\+0x[0-9a-f]+$'
		says '#0 .* \[plain\]\+0x[0-9a-f]+$'
	fi
done

# The program's file: gone, elsewhere, another build.
mode=gone
rm plain
reports
says 'plain  [0-9a-f]{40}  no names: the file is not there$'
mode=elsewhere
sed "s|$victim|$(echo "$victim" | tr a-z A-Z)|g" whole >moved
"$build/akt" crash moved >report 2>&1
says '^handler   \[CRASH-VICTIM\]\+0x'
"$build/akt" crash -exe="$victim" moved >report 2>&1
says '^handler   on_poke at tests/system/crash\.c:'
mode='another build'
"$build/akt" crash -exe=/bin/sh moved >report 2>&1
says 'no names: the file is another build$'
says '^handler   \[CRASH-VICTIM\]\+0x'

# Cut at every length, a record is read or refused, and never more is claimed than is there.
mode='cut'
length=0 status=0
size=$(stat -c %s whole)
while [ "$length" -lt "$size" ]; do
	head -c "$length" whole >part
	"$build/akt" crash part >report 2>&1
	got=$?
	if [ "$length" -lt 16 ]; then
		[ $got -eq 1 ] || status=1
	else
		[ $got -eq 0 ] && grep -q 'cut short' report || status=1
	fi
	length=$((length + 37))
done
verdict 'a record that was cut' $status
mode=json
"$build/akt" crash -json whole >json
python3 - json >said 2>&1 <<'PY'
import json, sys
crash = json.load(open(sys.argv[1]))
assert crash['signal_name'] == 'SIGSEGV' and crash['complete'] is True
assert crash['actor']['name'] == 'patient' and crash['actor']['type'] == 'victim'
assert crash['actor']['message'] == 'crash.poke'
assert crash['actor']['handler']['symbols'][0]['function'] == 'on_poke'
assert crash['frames'][0]['symbols'][0]['file'] == 'tests/system/crash.c'
assert any(e['what'] == 'handle' and e['message'] == 'crash.poke' for e in crash['events'])
assert any(len(m['build_id']) == 40 for m in crash['modules'])
PY
verdict 'the JSON does not say so' $?
"$build/akt" crash -all - <whole >report 2>&1
cmp -s report whole.report
verdict 'standard input is read otherwise' $?
echo 'no record' >part
"$build/akt" crash part >said 2>&1
[ $? -eq 1 ] && grep -q 'it is no crash record' said
verdict 'a file that is none is taken' $?
"$build/akt" crash nowhere >said 2>&1
[ $? -eq 1 ] && grep -q 'nowhere: No such file' said
verdict 'a file that is not there' $?
"$build/akt" crash >said 2>&1
[ $? -eq 2 ] && grep -q '^usage: akt crash' said
verdict 'no file is no wrong use' $?
finish
