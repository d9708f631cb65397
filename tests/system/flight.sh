#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: the flight recorder's files say, after the fact, which actor and message used the CPU, what holds
# memory and what went wrong; they come when asked for, by a signal, by the watchdog and by overload, and in
# the crash record; where it is off nothing is there, and where it cannot write the program goes on. Not:
# what it costs.
set -u
build=$(cd "$1" && pwd)
victim=$build/tests/system/flight-victim
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset AKT_FLIGHT_DIR AKT_FLIGHT_SIGNAL AKT_CRASH_DIR AKT_PROFILE_DIR
export AKT_FLIGHT=1 # in builds for sanitizers too

verdict() { # what status
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "flight: $1"
		sed 's/^/    said: /' said 2>/dev/null
		ls -l . files 2>/dev/null | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# flies mode cause [variable=value...]: the files of that cause are there, and nothing else
flies() {
	mode=$1 cause=$2
	shift 2
	rm -rf files
	mkdir files
	# shellcheck disable=SC2086 # a word each
	env "$@" "$victim" $mode >said 2>&1
	verdict "$mode: it ended with $?" $?
	[ "$(ls files | sed 's/\.[0-9]*_/._/')" = "flight-$cause._cpu.prof
flight-$cause._event.prof
flight-$cause._mem.prof" ]
	verdict "$mode: not those three files" $?
}

shows() { # what: the analyzer's words in it
	what=$1 file=$2 pattern=$3
	shift 3
	"$build/akt" pprof "$@" files/*_"$file".prof >shown 2>&1
	grep -Eq -- "$pattern" shown
	status=$?
	[ $status -eq 0 ] || cat shown
	verdict "$mode: $what" $status
}

flies "dump files" asked
shows 'the hot actor is not on top' cpu '\( ?[89][0-9]\.[0-9]*%\): hot|\(  100%\): hot' -tags
shows 'its function is not there' cpu 'burn_cpu' -top
shows 'the message is not there' cpu 'test\.burn' -tags
shows 'what it allocated is not there' mem 'on_burn' -top -sample_index=alloc_space
shows 'the failure is not told' event '^# .*fail +burner cold, test\.fail' -comments
shows 'the dead letter is not counted' event ' 1 .*: gone' -tags

flies signal signal AKT_FLIGHT_DIR=files AKT_FLIGHT_SIGNAL=USR2
flies watchdog watchdog AKT_FLIGHT_DIR=files
shows 'the overrun is not told' event '^# .*overrun +burner hot, test\.burn .*for [0-9]+ ms' -comments
[ "$(grep -c 'flight recorder: wrote' said)" = 1 ]
verdict 'the watchdog wrote again within a minute' $?
flies overload overload AKT_FLIGHT_DIR=files
shows 'the overload is not told' event '^# .*overload' -comments

# Off: no recorder, no handler of ours.
AKT_FLIGHT=0 "$victim" none files >said 2>&1
verdict "off: it ended with $?" $?
grep -q '^dump: not found' said || grep -q '^dump: no such' said
verdict 'off: there is something to dump' $?

# Where it cannot write the program goes on.
AKT_FLIGHT_DIR=$work/nowhere AKT_FLIGHT_SIGNAL=NONE "$victim" watchdog >said 2>&1
verdict "nowhere: it ended with $?" $?
grep -q 'AKT_FLIGHT_SIGNAL=NONE is no signal' said && grep -q 'cannot write .*nowhere' said
verdict 'nowhere: it was not said' $?

# In the crash record. A sanitizer owns the signals of faults.
if ! "$build/tests/system/crash-victim" sanitized; then
	mkdir records
	AKT_CRASH_DIR=$work/records "$victim" crash >said 2>&1
	"$build/akt" crash records/*.crash >report 2>&1
	grep -Eq '^ +[0-9.]+ s +(100|[89][0-9])\.[0-9] %  burner  test\.burn  ' report
	verdict 'crash: where the time went is not said' $?
	grep -Eq '^ .* s  fail     burner cold, test\.fail' report
	verdict 'crash: the failure is not told' $?
	rm -rf files
	mkdir files
	grep -Eq "^ +[0-9.]+ MB +(100|[89][0-9])\.[0-9] %  burner  test\.burn  on_burn" report
	verdict 'crash: what holds memory is not said' $?
	"$build/akt" crash -cpu=files/crash_cpu.prof -mem=files/crash_mem.prof records/*.crash
	verdict 'crash: there is no profile of it' $?
	shows 'the hot actor is not in the profile' cpu ': hot' -tags
	shows 'its function is not there' cpu 'burn_cpu' -top
	shows 'its memory is not there' mem 'on_burn' -top -sample_index=inuse_space
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
