/* SPDX-License-Identifier: MIT */
/*
 * The mailbox's memory orders: the edges E1 to E4 of src/queue/mpsc.h.
 *
 * Store buffers alone would not show a missing release behind an exchange, so this model keeps what
 * C11 defines: happens-before. Each tracked write is an event; each process has the set of events
 * that happen before its next step; each location carries the set that its last release store (or
 * the release sequence that it belongs to) published; a load or a read-modify-write with acquire
 * adopts that set. To read plain data whose write is not in the reader's set is a race, that is, a
 * store still in a buffer; to store to an atomic without knowing its last store leaves their order
 * open, that is, the older one may come out of its buffer last. Both are assertions.
 *
 * Tracked: payloads; the actor's own data; first; next. In it: an opener (E4), two senders, two
 * workers, late senders' reclose. Not in it: claims, ctl, stale values of acquire loads (a load that
 * comes too early sees what a store that comes too late would show).
 *
 * holds: -DTWICE=1
 * nightly: -DTWICE=2 -DONE_WORKER
 * fails: -DTWICE=2 -DPLANT_E1_STORE_RELAXED
 * fails: -DTWICE=2 -DPLANT_E1_LOAD_RELAXED
 * fails: -DTWICE=1 -DPLANT_E2_STORE_RELAXED
 * fails: -DTWICE=2 -DPLANT_E2_LOAD_RELAXED
 * fails: -DTWICE=1 -DPLANT_E3_REST_RELAXED
 * fails: -DTWICE=1 -DPLANT_E3_REST_NO_RELEASE
 * fails: -DTWICE=2 -DPLANT_E3_PUSH_RELAXED
 * fails: -DTWICE=1 -DPLANT_E4_OPEN_RELAXED
 */

#define NONE 0
#define IDLE 0
#define BUSY 1
#define CLOSED 2
#define MSG 3
#define NODES 6

#define PROCESSES 7

byte last = CLOSED;
byte first = NONE;
byte next[NODES];
byte submitted = 0; /* how often the task is queued: at most once */

/* Happens-before. */
int known[PROCESSES];            /* by process */
int at_last, at_first, at_task;  /* published at a location */
int at_next[NODES];
int payload_event[NODES], next_event[NODES];
int data_event, first_event;     /* of the actor's own data; of the last store to first */
byte events = 0;

byte handled[NODES];
byte dropped[NODES];
bool sent[NODES];

#define me known[_pid]
#define event (1 << events)

/* A write of tracked plain data or to a tracked atomic. */
inline wrote(which) { assert(events < 31); which = event; me = me | event; events++ }

inline load(place, published, acquire) { atomic { seen = place; me = me | (acquire -> published : 0) } }

inline set_first(value, release) {
	atomic {
		assert((first_event & me) == first_event);
		wrote(first_event);
		first = value;
		at_first = (release -> me : 0)
	}
}

inline set_next(node, value, release) {
	atomic {
		assert((next_event[node] & me) == next_event[node]);
		wrote(next_event[node]);
		next[node] = value;
		at_next[node] = (release -> me : 0)
	}
}

/* A read-modify-write goes on with the release sequence that it finds. */
inline rmw(published, acquire, release) {
	me = me | (acquire -> published : 0);
	published = published | (release -> me : 0)
}

#ifdef PLANT_E1_STORE_RELAXED
#define E1_REL false
#else
#define E1_REL true
#endif
#ifdef PLANT_E1_LOAD_RELAXED
#define E1_ACQ false
#else
#define E1_ACQ true
#endif
#ifdef PLANT_E2_STORE_RELAXED
#define E2_REL false
#else
#define E2_REL true
#endif
#ifdef PLANT_E2_LOAD_RELAXED
#define E2_ACQ false
#else
#define E2_ACQ true
#endif
#ifdef PLANT_E3_REST_RELAXED
#define REST false, false
#else
#ifdef PLANT_E3_REST_NO_RELEASE
#define REST true, false
#else
#define REST true, true
#endif
#endif
#ifdef PLANT_E3_PUSH_RELAXED
#define PUSH false, false
#else
#define PUSH true, true
#endif
#ifdef PLANT_E4_OPEN_RELAXED
#define OPEN false, false
#else
#define OPEN true, true
#endif

/* The scheduler's queue is a mutex or a ring: release to acquire. */
inline submit() { atomic { assert(submitted == 0); submitted = 1; at_task = me } }

inline mpsc_push(node) {
	set_next(node, NONE, false);
	atomic { prev = last; last = node; rmw(at_last, PUSH) };
	if
	:: prev == IDLE || prev == BUSY -> set_first(node, E2_REL)
	:: prev == CLOSED
	:: else -> set_next(prev, node, E1_REL)
	fi
}

inline cas_last(from, to, acquire, release) {
	atomic {
		if
		:: last == from -> last = to; rmw(at_last, acquire, release); won = true
		:: else -> me = me | at_last; won = false
		fi
	}
}

inline await_next(node) {
	atomic { next[node] != NONE; load(next[node], at_next[node], E1_ACQ) }
}

inline mpsc_advance(node, rest) { /* -> seen */
	load(next[node], at_next[node], E1_ACQ);
	if
	:: seen != NONE
	:: else ->
		set_first(NONE, false);
		cas_last(node, rest, REST);
		if
		:: won
		:: else -> await_next(node)
		fi
	fi
}

inline akti_mpsc_reclose(head) {
	node = head;
	do
	:: true ->
		load(next[node], at_next[node], true);
		if
		:: seen == NONE ->
			atomic {
				if
				:: last == node -> last = CLOSED; rmw(at_last, true, true); won = true
				:: else -> won = false
				fi
			};
			if
			:: won -> drop(node); break
			:: else -> await_next(node)
			fi
		:: else
		fi;
		drop(node);
		node = seen
	od
}

inline read_payload(n) { assert((payload_event[n] & me) == payload_event[n]) }
inline drop(n) { atomic { read_payload(n); dropped[n]++ } }

/* What only the owner reads and writes. */
inline touch_data() { atomic { assert((data_event & me) == data_event); wrote(data_event) } }

proctype sender(byte begin; byte count)
{
	byte prev, seen, node, i = 0;
	bool won;

	do
	:: i < count ->
		atomic { sent[begin + i] = true; wrote(payload_event[begin + i]) };
		mpsc_push(begin + i);
		if
		:: prev == IDLE -> submit()
		:: prev == CLOSED -> akti_mpsc_reclose(begin + i)
		:: else
		fi;
		i++
	:: else -> break
	od
}

proctype worker()
{
	byte node, seen;
	bool won;

again:
end:	atomic { submitted > 0 -> submitted = 0; me = me | at_task };
	load(first, at_first, E2_ACQ);
	node = seen;
	do
	:: node == NONE -> /* give_up */
		cas_last(BUSY, IDLE, REST);
		if
		:: won -> break
		:: else -> atomic { first != NONE; load(first, at_first, E2_ACQ) }; node = seen
		fi
	:: else ->
		touch_data();
		atomic { read_payload(node); handled[node]++ };
		if
		:: mpsc_advance(node, IDLE);
			node = seen;
			if :: node == NONE -> break :: else fi
		:: mpsc_advance(node, BUSY); node = seen
		fi
	od;
	node = 0;
	seen = 0;
	won = false;
	goto again
}

/* life.c: birth, let_live */
proctype opener()
{
	byte seen;
	bool won = false;

	touch_data();
	do
	:: won -> break
	:: else -> last == CLOSED; set_first(NONE, false); cas_last(CLOSED, IDLE, OPEN)
	od
}

active proctype monitor()
{
	byte i = MSG;

	atomic {
		run worker();
#ifndef ONE_WORKER
		run worker();
#endif
		run opener();
		run sender(MSG, 1);
		run sender(MSG + 1, TWICE)
	}
	timeout;
	assert(last == IDLE && submitted == 0);
	do
	:: i < NODES -> assert(handled[i] + dropped[i] == sent[i]); i++
	:: else -> break
	od
}
