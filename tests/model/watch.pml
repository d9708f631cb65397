/* SPDX-License-Identifier: MIT */
/*
 * The watch: sleep_on_epoch, take_watch, retire_watch, leave_watch and watch_look of
 * src/sched/park.c against akti_sched_want_watch of take.c. A task in the hand of a worker that is in
 * a long turn must be taken out by a sleeper.
 *
 * In it: WORKERS workers; tasks from outside, of which BRIEF end at once, FULL put a task into their
 * own worker's hand before a turn that lasts until that task has begun, and PLAIN last until all
 * those have begun (with TIMER, the turn that fills its hand comes from a timer of a sleeper, which
 * gets up without the epoch); parking, futex, searching and wakes as in park.pml; the watch's
 * time-out, which comes when it would change something. Not in it: rings, batches, commands, store
 * buffers (leave_watch has the heavy barrier, its other sides a locked instruction). A ring of short turns,
 * for which nobody is woken, is filled, guarded and looked at as a hand is, but its tasks are stolen.
 *
 * Proved, when nothing can move any more: no hand has a task in it while another worker sleeps.
 *
 * holds: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0
 * holds: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0 -DTIMER
 * nightly: -DWORKERS=3 -DBRIEF=0 -DFULL=1 -DPLAIN=1 -DASLEEP
 * fails: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0 -DTIMER -DPLANT_NO_RECHECK
 * fails: -DWORKERS=2 -DBRIEF=0 -DFULL=1 -DPLAIN=0 -DASLEEP -DPLANT_NO_CALL
 * fails: -DWORKERS=3 -DBRIEF=0 -DFULL=1 -DPLAIN=1 -DASLEEP -DPLANT_NO_SUCCESSOR
 */

#define OUT (BRIEF + FULL + PLAIN)

#define NOBODY 0
#define AWAKE 1
#define APPOINTED 2

#ifdef ASLEEP
#define AT_FIRST 1
#else
#define AT_FIRST 0
#endif
#ifdef TIMER
bool timer_left = true;
#else
bool timer_left = false;
#endif

byte idle = WORKERS * AT_FIRST, searching = 0, wakes = 0, epoch = 0, watch = 0;
byte n_brief = 0, n_full = 0, n_plain = 0; /* in inject, by kind */
byte hand[WORKERS];
bool asleep[WORKERS] = AT_FIRST;
byte hands_begun = 0; /* tasks that lay in hands */

#define injected (n_brief + n_full + n_plain > 0)

inline akti_plat_wake_one() {
	atomic {
		if
		:: asleep[0] -> asleep[0] = false
		:: asleep[1] -> asleep[1] = false
#if WORKERS > 2
		:: asleep[2] -> asleep[2] = false
#endif
		:: else
		fi
	}
}

inline akti_sched_wake_one() {
	if
	:: idle == 0 || searching != 0
	:: else ->
		atomic { if :: searching == 0 -> searching = 1; won = true :: else -> won = false fi };
		if
		:: won -> wakes++; epoch++; akti_plat_wake_one()
		:: else
		fi
	fi
}

inline adopt_search() { /* -> adopted */
	atomic { if :: wakes > 0 -> wakes--; adopted = true :: else -> adopted = false fi }
}

inline akti_sched_appoint_watch() {
	if
	:: idle == 0
	:: else ->
		atomic { if :: watch == NOBODY -> watch = APPOINTED; won = true :: else -> won = false fi };
		if
		:: won -> epoch++; akti_plat_wake_one()
		:: else
		fi
	fi
}

inline take_watch() { /* -> mine */
	atomic { if :: watch == APPOINTED -> watch = AWAKE; mine = true :: else fi };
	if
	:: !mine && idle < WORKERS ->
		atomic { if :: watch == NOBODY -> watch = AWAKE; mine = true :: else fi }
	:: else
	fi
}

/* Another's hand with something in it: -> victim, or WORKERS. */
inline full_hand() {
	atomic {
		victim = 0;
		do
		:: victim < WORKERS && (victim == _pid || hand[victim] == 0) -> victim++
		:: else -> break
		od
	}
}

inline retire_watch() { /* -> mine: still the watch */
	if
	:: idle != WORKERS
	:: else ->
		watch = NOBODY;
#ifdef PLANT_NO_RECHECK
		mine = false;
#else
		if
		:: idle == WORKERS -> mine = false
		/* Somebody began to run: it may have seen the watch still there. */
		:: else -> atomic { if :: watch == NOBODY -> watch = AWAKE :: else -> mine = false fi }
		fi
#endif
	fi
}

#define hand_waits(w) (w != _pid && hand[w] > 0)
#if WORKERS > 2
#define some_hand (hand_waits(0) || hand_waits(1) || hand_waits(2))
#else
#define some_hand (hand_waits(0) || hand_waits(1))
#endif

inline leave_watch() {
	watch = NOBODY;
	mine = false;
#ifndef PLANT_NO_SUCCESSOR
	full_hand();
	if
	:: victim < WORKERS -> akti_sched_appoint_watch()
	:: else
	fi
#endif
}

inline sleep_on_epoch() { /* -> task, or kind: of a timer */
	do
	:: true ->
		if
		:: !asleep[_pid] ->
			/* Woken, or the epoch had moved. */
			if :: !mine -> take_watch() :: else fi;
			seen_epoch = epoch;
			if
			:: !mine || wakes > 0 || injected -> break
			:: else -> atomic { if :: epoch == seen_epoch -> asleep[_pid] = true :: else fi }
			fi
		:: atomic { asleep[_pid] && timer_left -> timer_left = false };
			asleep[_pid] = false;
			kind = 2;
			break
		/* The time-out, where it makes a difference: */
		:: atomic { asleep[_pid] && mine && (idle == WORKERS || some_hand) -> skip };
			retire_watch();
			if
			:: mine ->
				full_hand();
				if
				:: victim < WORKERS -> /* take_over, under the hand's lock */
					atomic {
						if
						:: hand[victim] > 0 -> hand[victim]--; task = true
						:: else
						fi
					}
				:: else
				fi;
				if :: task || wakes > 0 || injected -> asleep[_pid] = false; break :: else fi
			:: else
			fi;
			/* The futex looks at the epoch again. */
			atomic { if :: epoch != seen_epoch -> asleep[_pid] = false :: else fi }
		fi
	od;
	if
	:: mine -> leave_watch()
	:: else
	fi
}

inline akti_sched_park(searching_too) { /* -> adopted; task: from a stuck hand */
	seen_epoch = epoch;
	idle++;
	if :: searching_too -> searching-- :: else fi;
	adopt_search();
	if
	:: !adopted && injected -> atomic { searching++; adopted = true }
	:: !adopted && !injected ->
		mine = false;
		take_watch();
		atomic { if :: epoch == seen_epoch -> asleep[_pid] = true :: else fi };
		sleep_on_epoch();
		adopt_search()
	:: else
	fi;
	idle--;
	took = task
}

inline take_injected() { /* -> kind, 0: none */
	atomic {
		if
		:: n_brief > 0 -> n_brief--; kind = 1
		:: n_full > 0 -> n_full--; kind = 2
		:: n_plain > 0 -> n_plain--; kind = 3
		:: else -> kind = 0
		fi
	}
}

inline end_search() {
	atomic { searching--; won = (searching == 0) };
	if
	:: won && injected -> akti_sched_wake_one()
	:: else
	fi;
	won = false
}

/* The workers are the processes 0 to WORKERS - 1. */
active [WORKERS] proctype worker()
{
	byte seen_epoch, victim, kind;
	bool won, mine, task, took, adopted, may;

#ifdef ASLEEP
	sleep_on_epoch();
	adopt_search();
	may = adopted;
	idle--;
	if :: task -> akti_sched_wake_one(); hands_begun++ :: else fi;
#endif
	do
	:: true ->
		seen_epoch = 0; victim = 0; won = false; took = false; task = false; adopted = false;
		atomic { if :: hand[_pid] > 0 -> hand[_pid]--; task = true :: else fi };
		if
		:: task || kind > 0
		:: else ->
			take_injected();
			if
			:: kind == 0 && !may && searching * 2 < WORKERS ->
				atomic { searching++; may = true };
				take_injected()
			:: else
			fi;
			if
			:: kind == 0 -> akti_sched_park(may); may = adopted
			:: else
			fi
		fi;
		if
		:: (task || kind > 0) && may -> may = false; end_search()
		:: else
		fi;
		if
		:: took -> akti_sched_wake_one(); hands_begun++
		:: task && !took -> hands_begun++
		:: kind == 2 ->
			/* akti_sched_submit_here: into the own hand */
			kind = 0;
			hand[_pid]++;
#ifndef PLANT_NO_CALL
			if
			:: watch == NOBODY -> akti_sched_appoint_watch()
			:: else
			fi;
#endif
			hands_begun == FULL
		:: kind == 3 -> kind = 0; hands_begun == FULL
		:: else -> kind = 0
		fi
	od
}

active proctype outside()
{
	bool won;

	do
	:: atomic { n_brief < BRIEF && n_full + n_plain == 0 -> n_brief++ }; akti_sched_wake_one(); break
	:: BRIEF == 0 -> break
	od;
	do
#ifdef TIMER
	:: break
#else
	:: atomic { true -> n_full = n_full + FULL }; akti_sched_wake_one(); break
#endif
	od;
	if
	:: PLAIN > 0 -> n_plain = n_plain + PLAIN; akti_sched_wake_one()
	:: else
	fi
}

active proctype monitor()
{
	byte i = 0, sleepers = 0, stuck = 0;

	atomic {
		timeout;
		do
		:: i < WORKERS ->
			sleepers = sleepers + asleep[i];
			stuck = stuck + hand[i];
			i++
		:: else -> break
		od;
		assert(sleepers == 0 || (stuck == 0 && !injected));
		assert(hands_begun == FULL || timer_left)
	}
}
