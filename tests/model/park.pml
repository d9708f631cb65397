/* SPDX-License-Identifier: MIT */
/*
 * Parking and waking: src/sched/park.c with push_ring, search and inject of take.c, with a store
 * buffer for what a worker puts into its ring. The inlines are named after the functions they mirror.
 *
 * In it: WORKERS workers, OUT tasks from outside into inject, INNER tasks that turns push into their
 * own ring, sleepers that get up by themselves (a timer of theirs) TIMERS times; epoch and futex;
 * idle, searching, wakes; the light barrier of push_ring against the heavy one of park. With LONG, a
 * turn ends only when all tasks have begun. All that is pushed, and all in inject, is worth a wake-up
 * (sched.h, short turns): what is not is the watch's. Not in it: hands and the watch (watch.pml), commands,
 * how long a search spins, how rings work (tests/unit/queue).
 *
 * Proved, when nothing can move any more: no task is queued while a worker sleeps, no search and no
 * wake-up is left counted when all sleep.
 *
 * holds: -DWORKERS=2 -DOUT=1 -DINNER=1 -DTIMERS=1
 * holds: -DWORKERS=2 -DOUT=2 -DINNER=0 -DTIMERS=1
 * holds: -DWORKERS=2 -DOUT=2 -DINNER=0 -DTIMERS=0 -DLONG
 * holds: -DWORKERS=3 -DOUT=1 -DINNER=2 -DTIMERS=0 -DLONG -DASLEEP
 * fails: -DWORKERS=2 -DOUT=1 -DINNER=0 -DTIMERS=0 -DPLANT_NO_RECHECK
 * fails: -DWORKERS=2 -DOUT=1 -DINNER=1 -DTIMERS=0 -DPLANT_LIGHT_ONLY -DLONG
 * fails: -DWORKERS=2 -DOUT=1 -DINNER=1 -DTIMERS=0 -DPLANT_TOO_QUIET -DLONG
 * fails: -DWORKERS=2 -DOUT=2 -DINNER=0 -DTIMERS=1 -DPLANT_NO_ADOPT_AT_PARK
 * fails: -DWORKERS=2 -DOUT=1 -DINNER=0 -DTIMERS=0 -DPLANT_EPOCH_LATE
 * fails: -DWORKERS=2 -DOUT=2 -DINNER=0 -DTIMERS=0 -DLONG -DPLANT_NO_CHAIN
 * fails: -DWORKERS=2 -DOUT=2 -DINNER=0 -DTIMERS=0 -DLONG -DPLANT_PARK_FORGETS
 * fails: -DWORKERS=3 -DOUT=1 -DINNER=2 -DTIMERS=0 -DLONG -DASLEEP -DPLANT_NO_CHAIN_BARRIER
 */

#ifdef ASLEEP
#define AT_FIRST 1
#else
#define AT_FIRST 0
#endif

byte idle = WORKERS * AT_FIRST, searching = 0, wakes = 0, epoch = 0;
byte inject = 0;
byte ring[WORKERS];
byte buffered[WORKERS]; /* pushed, but still in the owner's store buffer */
bool asleep[WORKERS] = AT_FIRST;
byte inner_left = INNER, timers_left = TIMERS;
byte begun = 0;

/* --- memory ------------------------------------------------------------------------------------ */

inline flush(w) { atomic { ring[w] = ring[w] + buffered[w]; buffered[w] = 0 } }

inline akti_plat_heavy_barrier() {
	atomic {
		i = 0;
		do
		:: i < WORKERS -> ring[i] = ring[i] + buffered[i]; buffered[i] = 0; i++
		:: else -> break
		od;
		i = 0
	}
}

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

/* --- park.c ------------------------------------------------------------------------------------ */

/* me: the worker whose buffer a locked instruction empties, or WORKERS for the world outside. */
inline akti_sched_wake_one(me) {
	if
	:: idle == 0 || searching != 0
	:: else ->
		atomic {
			if :: me < WORKERS -> flush(me) :: else fi;
			if
			:: searching == 0 -> searching = 1; won = true
			:: else -> won = false
			fi
		};
		if
		:: won -> wakes++; epoch++; akti_plat_wake_one()
		:: else
		fi
	fi
}

/* The waker has counted a search, which is the adopter's from now on. */
inline adopt_search() { /* -> adopted */
	atomic {
		if
		:: wakes > 0 -> wakes--; adopted = true
		:: else -> adopted = false
		fi
	}
}

inline akti_sched_work_left() { /* -> found */
	found = (inject > 0);
	i = 0;
	do
	:: i < WORKERS && !found -> found = (ring[i] > 0); i++
	:: else -> i = 0; break
	od
}

inline akti_sched_see_pushed() { /* quiet */
#ifdef PLANT_TOO_QUIET
	if :: quiet + 1 < WORKERS -> akti_plat_heavy_barrier() :: else fi;
#else
	if :: quiet < WORKERS -> akti_plat_heavy_barrier() :: else fi;
#endif
	quiet = 0
}

inline sleep_on_epoch() {
	if
	:: !asleep[_pid]
	:: atomic { asleep[_pid] && timers_left > 0 -> timers_left--; asleep[_pid] = false }
	fi
}

inline akti_sched_park(was_searching) {
#ifndef PLANT_EPOCH_LATE
	seen_epoch = epoch;
#endif
	atomic { idle++; flush(_pid) };
	if
	:: was_searching -> searching--
	:: else
	fi;
#ifndef PLANT_LIGHT_ONLY
	quiet = idle;
	akti_sched_see_pushed();
#endif
#ifdef PLANT_NO_ADOPT_AT_PARK
	adopted = false;
#else
	adopt_search();
#endif
	if
	:: !adopted ->
#ifdef PLANT_NO_RECHECK
		found = false;
#else
		akti_sched_work_left();
#endif
		if
		:: !found ->
#ifdef PLANT_EPOCH_LATE
			seen_epoch = epoch;
#endif
			/* sleep_on_epoch */
			atomic { if :: epoch == seen_epoch -> asleep[_pid] = true :: else fi };
			sleep_on_epoch();
			adopt_search()
		:: else ->
			found = false;
#ifndef PLANT_PARK_FORGETS
			/* Who saw us search relied on us to wake the next: we search on. */
			atomic { searching++; adopted = true }
#endif
		fi
	:: else
	fi;
	idle--
}

/* --- take.c ------------------------------------------------------------------------------------ */

inline akti_sched_find() { /* -> task */
	task = false;
	if
	:: inject > 0 -> /* take_injected looks again under the mutex */
		atomic { if :: inject > 0 -> inject--; task = true :: else fi }
	:: else
	fi;
	i = 0;
	do
	:: i < WORKERS && !task ->
		if
		:: i != _pid && ring[i] > 0 ->
			atomic { if :: ring[i] > 0 -> ring[i]--; task = true :: else fi }
		:: else
		fi;
		i++
	:: else -> i = 0; break
	od
}

inline end_search() {
	atomic { searching--; last_one = (searching == 0); flush(_pid) };
#ifdef PLANT_NO_CHAIN
	last_one = false;
#endif
	quiet = idle;
	if
	:: last_one && quiet > 0 ->
		quiet++;
#ifndef PLANT_NO_CHAIN_BARRIER
		akti_sched_see_pushed();
#endif
		akti_sched_work_left();
		if :: found -> akti_sched_wake_one(_pid) :: else fi;
		found = false
	:: else
	fi;
	quiet = 0;
	last_one = false
}

inline take_from_ring() { /* the own one; -> task */
	atomic {
		if
		:: ring[_pid] + buffered[_pid] > 0 -> flush(_pid); ring[_pid]--; task = true
		:: else -> task = false
		fi
	}
}

/* may: this worker counts as searching. */
inline search() { /* -> task */
	do
	:: true ->
		take_from_ring();
		if :: task -> break :: else fi;
		akti_sched_find();
		if :: task -> break :: else fi;
		if
		:: !may && searching * 2 < WORKERS -> atomic { searching++; flush(_pid); may = true }
		:: else
		fi;
		if
		:: may -> akti_sched_find() /* spin */
		:: else
		fi;
		if :: task -> break :: else fi;
		akti_sched_park(may);
		may = adopted;
		adopted = false;
		seen_epoch = 0;
		won = false
	od;
	if
	:: may -> may = false; end_search()
	:: else
	fi
}

inline push_ring() {
	buffered[_pid]++;
	/* the light barrier */
	akti_sched_wake_one(_pid)
}

/* One turn: it may push tasks, and may be long. */
inline turn() {
	begun++;
	do
	:: atomic { inner_left > 0 -> inner_left-- }; push_ring()
	:: break
	od;
#ifdef LONG
	begun == OUT + INNER - inner_left /* all that are or will be queued */
#endif
}

/* The workers are the processes 0 to WORKERS - 1. */
active [WORKERS] proctype worker()
{
	byte seen_epoch, i, quiet;
	bool won, adopted, found, task, may, last_one;

#ifdef ASLEEP
	sleep_on_epoch();
	adopt_search();
	idle--;
	may = adopted;
	adopted = false;
#endif
	do
	:: true ->
		search();
		seen_epoch = 0; won = false;
		task = false;
		turn()
	od
}

/* akti_sched_submit from outside */
active proctype outside()
{
	byte n = 0;
	bool won;

	do
	:: n < OUT -> inject++; akti_sched_wake_one(WORKERS); n++
	:: else -> break
	od
}

/* Stores leave the buffers when they like. */
active proctype memory()
{
end:	do
	:: atomic { buffered[0] > 0 -> flush(0) }
	:: atomic { buffered[1] > 0 -> flush(1) }
#if WORKERS > 2
	:: atomic { buffered[2] > 0 -> flush(2) }
#endif
	od
}

active proctype monitor()
{
	byte i = 0, sleepers = 0, queued = inject;

	atomic {
		timeout;
		queued = inject;
		do
		:: i < WORKERS ->
			if :: asleep[i] -> sleepers++ :: else fi;
			queued = queued + ring[i];
			i++
		:: else -> break
		od;
		assert(sleepers == 0 || queued == 0);
		assert(sleepers < WORKERS || (searching == 0 && wakes == 0 && idle == WORKERS))
	}
}
