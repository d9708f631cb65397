#!/bin/sh
# SPDX-License-Identifier: MIT
# Plants known mistakes into a copy of the sources and expects the tests of the interleave build to
# find each: tests/torture/plant.sh [name...]
#
# It is the test of the tests. Each plant is a sed script on one file; a program of the interleave
# build then runs through seeds and must fail (a lost wake-up, a broken invariant, a lost message, a
# crash or a hang). The copy without a plant must pass the same. A plant that does not apply any more
# is a failure: the sources have moved on, and the script must follow. AKT_TEST_PLANT_SEEDS (300).
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
seeds=${AKT_TEST_PLANT_SEEDS:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
only=" $* "
programs="handshake sched mpsc driven biased"

flags="-std=gnu11 -D_GNU_SOURCE -O1 -g -w -fno-strict-aliasing -DAKTI_INTERLEAVE=1
	-DAKTI_MEM_PASSTHROUGH=1 -Iinclude -Isrc"

# compile dir files...: an object for each in dir, named by its path
compile() {
	dir=$1
	shift
	for file in "$@"; do
		echo "$(echo "$file" | tr / -).o $file"
	done | (cd "$dir" && xargs -P "$(nproc)" -n 2 sh -c "gcc $(echo "$flags" | tr -d '\n') -c -o \"\$0\" \"\$1\"")
}

# build dir program
build() {
	case $2 in
	handshake) main=torture/handshake.c ;;
	mpsc | biased) main=unit/queue/test_$2.c ;;
	*) main=unit/sched/test_$2.c ;;
	esac
	# shellcheck disable=SC2086
	(cd "$1" && gcc $flags -I"$root/tests/unit" -o "$2" "$root/tests/$main" "$root/tests/unit/harness.c" ./*.o \
		-lcheck -lsubunit -lm -lrt -lpthread -lz -ldl) 2>&1
}

# The part of a program that is about what is planted.
cases() {
	case $1 in
	sched) echo park ;;
	*) echo "$1" ;;
	esac
}

# run dir program: its verdict is its exit code
run() {
	(cd "$1" && CK_DEFAULT_TIMEOUT=50 CK_RUN_CASE=$(cases "$2") AKT_TEST_SEEDS=$((seeds * ${3:-1})) \
		timeout $((60 * ${3:-1})) ./"$2") \
		>"$1/$2.out" 2>&1
}

result() {
	if [ "$1" = good ]; then
		echo "ok   $2"
		passed=$((passed + 1))
	else
		echo "FAIL $2"
		failed=$((failed + 1))
	fi
}

# plant name program file sed-script [times]: found if the program fails within so many times the seeds
plant() {
	case $only in "  " | *" $1 "*) ;; *) return ;; esac
	dir=$work/$1
	mkdir "$dir"
	cp -r "$work/none/src" "$work/none/include" "$work"/none/*.o "$dir"
	sed -i -E -z "$4" "$dir/$3"
	if cmp -s "$work/none/$3" "$dir/$3"; then
		result bad "$1: the plant does not apply to $3"
		return
	fi
	# A header is in many files, a source in one.
	case $3 in
	*.h) again=$(echo src/*/*.c) ;;
	*) again=$3 ;;
	esac
	# shellcheck disable=SC2086 # names without spaces
	if ! { compile "$dir" $again && build "$dir" "$2"; } >"$dir/log" 2>&1; then
		result bad "$1: the planted copy does not compile"
		head -5 "$dir/log"
		return
	fi
	if run "$dir" "$2" "${5:-1}"; then
		result bad "$1: not found by $2 in $((seeds * ${5:-1})) seeds"
	else
		why=$(tr '\r' '\n' <"$dir/$2.out" | grep -a -m1 -o 'nobody can run[^.]*\|broken invariant.*\|Assertion .*\|Received signal.*\|timeout expired')
		result good "$1: found by $2: ${why:-it crashed or hung}"
	fi
	rm -rf "$dir"
}

mkdir "$work/none"
cp -r src include "$work/none"
# shellcheck disable=SC2046
{ compile "$work/none" $(echo src/*/*.c) &&
	for program in $programs; do build "$work/none" $program || break; done; } >"$work/log" 2>&1
for program in $programs; do
	[ -x "$work/none/$program" ] && continue
	cat "$work/log"
	echo "0 passed, 1 failed"
	exit 1
done
if [ "$only" = "  " ]; then
	for program in $programs; do
		if run "$work/none" $program; then
			result good "without a plant $program passes"
		else
			result bad "without a plant $program fails"
			tail -5 "$work/none/$program.out"
		fi
	done
fi

mpsc=src/queue/mpsc.h
# Going idle by a load and a store: what comes in between is lost.
plant idle_store handshake $mpsc 's/if \(akti_cas_acqrel\(&q->last, &seen, rest\)\)/if (akti_load_acq(\&q->last) == seen \&\& (akti_store_rel(\&q->last, rest), true))/'
plant rest_store handshake $mpsc 's/return akti_cas_acqrel\(&q->last, &busy, MPSC_IDLE\);/return akti_load_acq(\&q->last) == busy \&\& (akti_store_rel(\&q->last, MPSC_IDLE), true);/'
# Not waiting for the link of a pusher that has swapped last.
plant no_await handshake $mpsc 's/return NULL;\n\treturn mpsc_await_next\(node\);/return NULL;\n\treturn akti_load_acq(\&node->next);/'
# Touching the mailbox after it was given up.
plant touch handshake $mpsc 's/\takti_store_rlx\(&q->first, NULL\);\n(\tif \(akti_cas_acqrel\(&q->last, &seen, rest\)\)[^\n]*\n)\t\treturn NULL;/\1\t\treturn akti_store_rlx(\&q->first, NULL), NULL;/'
# The claim that resets first after its CAS: a pusher was there before.
plant claim_resets mpsc $mpsc 's/return akti_cas_acqrel\(&q->last, &idle, MPSC_BUSY\);/if (!akti_cas_acqrel(\&q->last, \&idle, MPSC_BUSY))\n\t\treturn false;\n\takti_store_rlx(\&q->first, NULL);\n\treturn true;/'
# A late sender that closes by a store, over who queued behind it.
plant reclose_store mpsc src/queue/mpsc.c 's/next == NULL && akti_cas_acqrel\(&q->last, &seen, MPSC_CLOSED\)/next == NULL \&\& (akti_store_rel(\&q->last, MPSC_CLOSED), seen != NULL)/'
# A message to the slot's former tenant is handled by the new one.
plant no_generation handshake src/actor/turn.c 's/msg->to != plain \|\|/(msg->to \& MSG_FLAGS) ||/'
# The slot is given away while ctl_node is in the mailbox, or when a child's report may still come.
plant close_queued handshake src/actor/cell.h 's/if \(ctl & CTL_QUEUED\)\n\t\t\treturn false;/;/'
plant no_final handshake src/actor/cell.h 's/ while \(!akti_cas_acqrel\(&cell->ctl, &ctl, ctl \| CTL_FINAL\)\)/ while (false)/'
# ctl_node, refused by the walk's closing, is not queued again; or it is taken for a message: behind
# one that was refused, or when it comes.
plant no_insist handshake src/actor/deliver.c 's/(drop_refused, &drop\);\n)\tinsist\(actors, cell, gen\);/\1/'
plant ctl_dropped handshake src/actor/deliver.c 's/if \(node == &drop->cell->ctl_node\)/if (false)/'
plant unattended handshake src/actor/cell.h 's/\(CTL_ASKS \| CTL_UNSTEADY \| CTL_QUEUED/(CTL_ASKS | CTL_UNSTEADY/'
# Who waits for quiet does not wait for threads that have pushed and have yet to make an actor run.
plant nobody_inside handshake src/system/system.c 's/\.held_back = akti_outside_is_any/.held_back = NULL/'
# Sleeping without a last look; wake-ups not adopted, so that a search counts for ever.
plant no_recheck sched src/sched/park.c 's/if \(!adopted && akti_sched_work_left\(sched\)\)/if (false)/'
# What was found at the last look is not searched for: who saw the search relied on it.
plant forgets sched src/sched/park.c 's/\(void\)akti_add_sc\(&sched->searching, 1\);\n\t\tadopted = true;/;/'
plant no_adopt sched src/sched/park.c 's/adopted = adopt_search\(sched\)/adopted = false/g'
plant no_adopt_at_park sched src/sched/park.c 's/adopted = adopt_search\(sched\)/adopted = false/'
# The epoch read when it is too late.
plant epoch_late sched src/sched/park.c 's/sleep_on_epoch\(worker, epoch\)/sleep_on_epoch(worker, akti_load_sc(\&sched->epoch))/'
# Driven: nobody rings; or the bell is emptied when the worker has taken its last look already.
plant no_bell driven src/sched/park.c 's/if \(sched->config\.door != NULL\)\n\t\takti_plat_poll_ring\(sched->config\.door\);\n\telse\n\t\takti_plat_wake/akti_plat_wake/'
plant late_look driven src/sched/driven.c 's/\t\(void\)sched->config\.look\(sched->config\.arg\);\n(.*)(\tsched->config\.loop\(worker\);\n)/\1\2\t(void)sched->config.look(sched->config.arg);\n/'
# The owner walks in on a thief: without a look, or without being seen when it has waited for one.
biased=src/queue/biased.h
plant owner_blind biased $biased 's/(void biased_enter[^}]*)\tif \(akti_unlikely\(akti_load_acq\(&lock->wanted\) != 0\)\)[^;]*;/\1;/'
plant owner_unseen biased src/queue/biased.c 's/\(void\)akti_xchg_sc\(&lock->inside, 1\);/;/'
plant owner_unheard biased src/queue/biased.c 's/ while \(akti_load_sc\(&lock->wanted\) & BIASED_THIEF\);/ while (false);/'
# The thief does not look whether the owner is in; or it forgets that the owner must be careful.
plant thief_blind biased $biased 's/if \(akti_load_sc\(&lock->inside\) == 0\)/if (true)/'
plant thief_hasty biased $biased 's/(akti_store_rel\(&lock->wanted, )akti_load_rlx\(&lock->wanted\) & BIASED_CAREFUL/\10/'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
