/* SPDX-License-Identifier: MIT */
/*
 * The watch: sleep_on_epoch, take_watch, retire_watch, leave_watch and watch_look of
 * src/sched/park.c against akti_sched_want_watch of take.c. A task in the hand of a worker that is in
 * a long turn must be taken out by a sleeper. So must one in inject, for which nobody was woken since the
 * worker that took last (the taker) was thought to have it done soon.
 *
 * In it: WORKERS workers; tasks from outside, of which BRIEF end at once, FULL put a task into their
 * own worker's hand before a turn that lasts until that task has begun, and PLAIN last until all
 * those and all from outside have begun; with TIMER, a turn of that kind (2: FULL, 3: PLAIN) comes from a
 * timer of a sleeper, which gets up without the epoch; whether the taker counts as quick, left open each time
 * that somebody asks; parking, futex, searching and wakes as in park.pml; the watch's time-out, which
 * comes when it would change something. Not in it: rings, batches, commands, store
 * buffers (leave_watch has the heavy barrier, its other sides a locked instruction). A ring of short turns,
 * for which nobody is woken, is filled, guarded and looked at as a hand is, but its tasks are stolen.
 *
 * Proved, when nothing can move any more: no task lies in a hand or in inject while another worker sleeps.
 *
 * holds: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0
 * holds: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0 -DTIMER=2
 * holds: -DWORKERS=2 -DBRIEF=0 -DFULL=0 -DPLAIN=2
 * nightly: -DWORKERS=2 -DBRIEF=1 -DFULL=0 -DPLAIN=2
 * sampled: -DWORKERS=3 -DBRIEF=0 -DFULL=1 -DPLAIN=1 -DASLEEP
 * sampled: -DWORKERS=3 -DBRIEF=0 -DFULL=0 -DPLAIN=2 -DTIMER=3 -DASLEEP
 * fails: -DWORKERS=2 -DBRIEF=1 -DFULL=1 -DPLAIN=0 -DTIMER=2 -DPLANT_NO_RECHECK
 * fails: -DWORKERS=2 -DBRIEF=0 -DFULL=1 -DPLAIN=0 -DASLEEP -DPLANT_NO_CALL
 * fails: -DWORKERS=3 -DBRIEF=0 -DFULL=1 -DPLAIN=1 -DASLEEP -DPLANT_NO_SUCCESSOR
 * fails: -DWORKERS=2 -DBRIEF=1 -DFULL=0 -DPLAIN=1 -DPLANT_TRUSTS_SLEEPER
 * fails: -DWORKERS=2 -DBRIEF=0 -DFULL=0 -DPLAIN=2 -DPLANT_TRUSTS_UNWATCHED
 * fails: -DWORKERS=2 -DBRIEF=0 -DFULL=0 -DPLAIN=2 -DPLANT_ENDS_UNWATCHED
 * fails: -DWORKERS=3 -DBRIEF=0 -DFULL=0 -DPLAIN=2 -DTIMER=3 -DASLEEP -DPLANT_LEAVES_INJECT
 */

#ifdef TIMER
#define OUT (BRIEF + PLAIN)
#else
#define OUT (BRIEF + FULL + PLAIN)
#endif

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
#define TIMER 2
#define NO_TIMER
bool timer_left = false;
#endif

byte idle = WORKERS * AT_FIRST, searching = 0, wakes = 0, watch = 0;
byte n_brief = 0, n_full = 0, n_plain = 0; /* in inject, by kind */
byte hand[WORKERS];
bool asleep[WORKERS] = AT_FIRST;
bool moved[WORKERS]; /* epoch, since the worker has read it */
byte hands_begun = 0; /* tasks that lay in hands */

byte begun = 0;       /* tasks from inject */
byte taker = WORKERS; /* who took last, while awake */

#define injected (n_brief + n_full + n_plain > 0)

/* akti_inject_is_left; also whether one that was just put there is not done soon. Within atomic. */
inline is_left() { /* -> left */
	if
	:: injected -> left = true
	:: !injected || taker < WORKERS -> left = false
	fi
}

/* epoch is bumped, and one sleeper woken. */
inline akti_sched_wake() {
	atomic {
		moved[0] = true;
		moved[1] = true
#if WORKERS > 2
		;
		moved[2] = true
#endif
	}
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
		:: won -> won = false; wakes++; akti_sched_wake()
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
		:: won -> won = false; akti_sched_wake()
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

#ifdef PLANT_LEAVES_INJECT
#define left_behind false
#else
#define left_behind (injected && idle < WORKERS)
#endif

inline leave_watch() {
	watch = NOBODY;
	mine = false;
#ifndef PLANT_NO_SUCCESSOR
	full_hand();
	if
	:: victim < WORKERS || left_behind -> victim = 0; akti_sched_appoint_watch()
	:: else -> victim = 0
	fi
#endif
}

inline akti_sched_want_watch() {
	if
	:: watch == NOBODY -> akti_sched_appoint_watch()
	:: else
	fi
}

inline sleep_on_epoch() { /* -> task, or kind: of a timer */
	do
	:: true ->
		if
		:: !asleep[_pid] ->
			/* Woken, or the epoch had moved. */
			if :: !mine -> take_watch() :: else fi;
			moved[_pid] = false;
			atomic { is_left() };
			if
			:: !mine || wakes > 0 || left -> left = false; break
			:: else -> atomic { if :: !moved[_pid] -> asleep[_pid] = true :: else fi }
			fi
		/* Whom a wake-up finds in the futex, it wakes: then the epoch is looked at. */
		:: atomic { asleep[_pid] && timer_left -> timer_left = false; asleep[_pid] = false };
			kind = TIMER;
			break
		/* The time-out, where it makes a difference: */
		:: atomic { asleep[_pid] && mine && (idle == WORKERS || some_hand || injected) -> skip };
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
						fi;
						victim = 0
					}
				:: else -> victim = 0
				fi;
				if :: task || wakes > 0 || injected -> asleep[_pid] = false; break :: else fi
			:: else
			fi;
			/* The futex looks at the epoch again. */
			atomic { if :: moved[_pid] -> asleep[_pid] = false :: else fi }
		fi
	od;
	if
	:: mine -> leave_watch()
	:: else
	fi
}

inline akti_sched_park(searching_too) { /* -> adopted; task: from a stuck hand */
	moved[_pid] = false;
	idle++;
	if :: searching_too -> searching-- :: else fi;
	adopt_search();
	if
	:: adopted
	:: else ->
		atomic {
#ifndef PLANT_TRUSTS_SLEEPER
			if :: taker == _pid -> taker = WORKERS :: else fi;
#endif
			is_left()
		}
	fi;
	if
	:: !adopted && left -> atomic { searching++; adopted = true; left = false }
	:: !adopted && !left ->
		mine = false;
		take_watch();
		atomic { if :: !moved[_pid] -> asleep[_pid] = true :: else fi };
		sleep_on_epoch();
		adopt_search()
	:: else
	fi;
	atomic { idle--; took = task }
}

inline take_injected() { /* -> kind, 0: none */
	atomic {
		if
		:: n_brief > 0 -> n_brief--; kind = 1
		:: n_full > 0 -> n_full--; kind = 2
		:: n_plain > 0 -> n_plain--; kind = 3
		:: else -> kind = 0
		fi;
		if :: kind > 0 -> taker = _pid; begun++ :: else fi
	}
}

inline end_search() {
	atomic { searching--; won = (searching == 0) };
	atomic { is_left() };
	if
	:: won && left -> akti_sched_wake_one()
#ifndef PLANT_ENDS_UNWATCHED
	:: won && !left && injected -> akti_sched_want_watch()
#endif
	:: else
	fi;
	left = false;
	won = false
}

/* The workers are the processes 0 to WORKERS - 1. */
active [WORKERS] proctype worker()
{
	byte victim, kind;
	bool won, mine, task, took, adopted, may, left;

#ifdef ASLEEP
	sleep_on_epoch();
	adopt_search();
	may = adopted;
	idle--;
	if :: task -> akti_sched_wake_one(); hands_begun++ :: else fi;
#endif
	do
	:: true ->
		victim = 0; won = false; took = false; task = false; adopted = false;
		left = false;
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
			akti_sched_want_watch();
#endif
			hands_begun == FULL
		:: kind == 3 -> kind = 0; hands_begun == FULL && begun == OUT
		:: else -> kind = 0
		fi
	od
}

/* So many tasks of a kind into inject. */
inline submit_elsewhere(queue, count) {
	do
	:: n < count ->
		atomic { queue++; is_left(); n++ };
		if
		:: left -> akti_sched_wake_one()
#ifndef PLANT_TRUSTS_UNWATCHED
		:: else -> akti_sched_want_watch()
#else
		:: else
#endif
		fi
	:: else -> atomic { n = 0; left = false; break }
	od
}

active proctype outside()
{
	byte n = 0;
	bool won, left;

	submit_elsewhere(n_brief, BRIEF);
#ifdef NO_TIMER
	submit_elsewhere(n_full, FULL);
#endif
	submit_elsewhere(n_plain, PLAIN)
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
