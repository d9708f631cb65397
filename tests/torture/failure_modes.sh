#!/bin/sh
# SPDX-License-Identifier: MIT
# Plants the failure modes of docs/internals/failure-modes.md into a copy of the sources, one after the
# other, and expects the unit test that is named there to find each:
# tests/torture/failure_modes.sh [name...]
#
# plant.sh does the same for the protocols of the mailbox and of parking, in the interleave build. Here
# the copy is an ordinary build, threads and all, or the one whose pools hand every block to malloc. A
# test that hangs has found its plant too. Without a plant each of the tests must pass; a plant that
# does not apply any more is a failure. Nightly. AKT_TEST_SEEDS (50).
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
only=" $* "
export AKT_TEST_SEEDS="${AKT_TEST_SEEDS:-50}" MALLOC_PERTURB_=165
flags="-std=gnu11 -D_GNU_SOURCE -O1 -g -w -fno-strict-aliasing -Iinclude -Isrc"
libraries="-lcheck -lsubunit -lm -lrt -lpthread -lz -ldl"

result() {
	if [ "$1" = good ]; then
		echo "ok   $2"
		passed=$((passed + 1))
	else
		echo "FAIL $2"
		failed=$((failed + 1))
	fi
}

# compile dir flags files...: an object for each in dir, named by its path
compile() {
	dir=$1 more=$2
	shift 2
	for file in "$@"; do
		echo "$(echo "$file" | tr / -).o $file"
	done | (cd "$dir" && xargs -P "$(nproc)" -n 2 sh -c "gcc $flags $more -c -o \"\$0\" \"\$1\"")
}

# A flavour is compiled whole once; "pooled" or "passthrough".
flavour() {
	[ -d "$work/$1" ] && return
	mkdir "$work/$1"
	cp -r src include "$work/$1"
	flavour_flags "$1"
	# shellcheck disable=SC2046
	compile "$work/$1" "$more" $(echo src/*/*.c)
}
flavour_flags() {
	more=
	[ "$1" = pooled ] || more=-DAKTI_MEM_PASSTHROUGH=1
}

# link dir flavour test: the test program of the objects in dir
link_test() {
	fixture=$root/tests/unit/actor/fixture.c
	case $3 in queue/* | sched/*) fixture= ;; esac
	flavour_flags "$2"
	# shellcheck disable=SC2086
	(cd "$1" && gcc $flags $more -I"$root/tests/unit" -I"$root/tests/unit/actor" -o test \
		"$root/tests/unit/$3.c" $fixture "$root/tests/unit/harness.c" ./*.o $libraries) 2>&1
}

run() {
	(cd "$1" && env ${2:+AKT_TEST_NAME=$2} timeout 40 ./test) >"$1/out" 2>&1
}

# plant name flavour test test-name file sed-script
plant() {
	case $only in "  " | *" $1 "*) ;; *) return ;; esac
	flavour "$2"
	dir=$work/$1
	mkdir "$dir"
	cp -r src include "$dir"
	cp "$work/$2"/*.o "$dir"
	if ! { link_test "$dir" "$2" "$3" >"$dir/log" && run "$dir" "$4" &&
		grep -q 'Checks: [1-9]' "$dir/out"; }; then
		result bad "$1: without a plant $3 $4 fails"
		tail -n 3 "$dir/log" "$dir/out"
		return
	fi
	sed -i -E -z "$6" "$dir/$5"
	cmp -s "$5" "$dir/$5" && {
		result bad "$1: the plant does not apply to $5"
		return
	}
	# A header is in many files, a source in one.
	case $5 in
	*.h) again=$(cd "$dir" && echo src/*/*.c) ;;
	*) again=$5 ;;
	esac
	flavour_flags "$2"
	# shellcheck disable=SC2086
	if ! { compile "$dir" "$more" $again && link_test "$dir" "$2" "$3"; } >"$dir/log" 2>&1; then
		result bad "$1: the planted copy does not compile"
		head -5 "$dir/log"
		return
	fi
	if run "$dir" "$4"; then
		result bad "$1: not found by $3 $4"
	else
		why=$(grep -a -m1 -o 'Assertion .*\|Received signal.*\|timeout expired\|invariant.*' "$dir/out")
		result good "$1: found by $3 $4: ${why:-it hung}"
	fi
	rm -rf "$dir"
}

# 3: two take the same from a ring.
plant ring_twice pooled queue/test_ring '' src/queue/ring.h \
	's/if \(akti_cas_acqrel\(&ring->head, &head, head \+ n\)\) .. R2 ../akti_store_rel(\&ring->head, head + n);/'
# 4: a worker sleeps again after it was told to quit.
plant quit_unheard pooled sched/test_sched '' src/sched/sched.c \
	's/akti_store_sc\(&sched->quitting, true\);/;/'
# 5: a shutdown from an actor waits for that actor.
plant stop_inside pooled actor/test_actor blocking_calls_are_refused_on_a_worker src/system/shutdown.c \
	's/if \(akti_worker_self != NULL && akti_worker_self->sched == &actors->sched\)\n\t\treturn AKT_ERR_THREAD;//'
# 6: who is left at the deadline is not said.
plant left_unsaid pooled actor/test_actor what_is_left_at_the_deadline_is_listed src/system/shutdown.c \
	's/report->left_count = list_left\([^;]*;//'
# 7: an actor is born into a system that stops.
plant late_birth pooled actor/test_actor '' src/actor/life.c \
	's/if \(akti_unlikely\(phase != ACTORS_OPEN\)[^;]*;/;/'
# 8: a stop hook without a start.
plant stop_unstarted pooled actor/test_actor a_start_that_fails_is_tried_within_the_limit_and_owes_no_stop \
	src/actor/life.c 's/return cell->started && cell->type->stop != NULL;/return cell->type->stop != NULL;/'
# 9: one for all restarts only who failed.
plant culprit_only pooled actor/test_group each_strategy_restarts_whom_it_names_in_order src/actor/group.c \
	's/if \(parent->type->strategy == AKT_ONE_FOR_ALL\)/if (false)/'
# 10: the window of restarts never slides.
plant window_stands pooled actor/test_failure restarts_are_counted_in_a_sliding_window src/super/super.c \
	's/now - restarts->at_ns\[restarts->oldest\] <= within_ns/now > 0/'
plant window_short pooled actor/test_failure the_window_ends_after_its_last_nanosecond src/super/super.c \
	's/now - restarts->at_ns\[restarts->oldest\] <= within_ns/now - restarts->at_ns[restarts->oldest] < within_ns/'
# 11, 14: the name of who has ended stays his.
plant name_kept pooled actor/test_actor a_name_is_held_by_one_until_its_end src/actor/life.c \
	's/akti_registry_release\(&actors->names, akti_name_place\(cell\)\);/;/'
# 16: an answer goes to whoever asks now.
plant next_asker pooled actor/test_exclusive a_late_answer_reaches_no_later_question src/actor/ask.c \
	's/while \(\*link != NULL && \(uint32_t\)\(\*link\)->id != id\)/while (false)/'
# 17: a message is given back before its handler has run.
plant early_release passthrough actor/test_actor messages_arrive_once_and_in_order src/actor/turn.c \
	's/\tr = run\(ctx, cell->state, msg\);/\takti_msg_release(msg); akt_msg *kept = malloc(64); (void)kept; r = run(ctx, cell->state, msg);/'
# 18: a bound refuses what the runtime sends.
plant bound_for_all pooled actor/test_mailbox answers_reach_a_full_mailbox src/actor/deliver.c \
	's/if \(!\(to & MSG_FLAGS\) && !akti_gate_enter/if (!akti_gate_enter/'
# 19: a send waits for room.
plant send_waits pooled actor/test_mailbox '' src/actor/deliver.c \
	's/if \(!\(to & MSG_FLAGS\) && !akti_gate_enter\(([^;]*)\)\n\t\treturn overflown/while (!(to \& MSG_FLAGS) \&\& !akti_gate_enter(\1)\n\t\t;\n\tif (false)\n\t\treturn overflown/'
# 20: a watch on who has ended is never answered.
plant watch_of_the_dead pooled actor/test_failure '' src/actor/deliver.c \
	's/akti_signal_make_gone\(msg\);\n\t\t\(void\)akti_deliver\(actors, ctx, msg->from, msg\);/;/'
# 21: timers outlive their incarnation.
plant stale_timer pooled actor/test_timer timers_end_with_their_incarnation src/actor/life.c \
	's/akti_ask_release_all\(ctx, cell\);\n\t\takti_own_end/akti_own_end/'
# 22: a dead letter costs memory.
plant dead_leak pooled system/test_limits a_storm_of_dead_letters_costs_nothing src/actor/deliver.c \
	's/akti_msg_release\(msg\);\n\t\treturn;/return;/'
# Two lanes: an order waits for its place among the messages.
plant one_lane pooled actor/test_lanes only_stop_suspend_resume_and_restart_overtake_messages src/actor/turn.c \
	's/if \(akti_unlikely\(ctl & CTL_ATTEND\)\)/if (akti_unlikely((ctl \& CTL_ATTEND) \&\& (node == NULL || node == \&cell->ctl_node || (ctl \& CTL_UNSTEADY))))/'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
