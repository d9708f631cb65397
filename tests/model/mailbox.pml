/* SPDX-License-Identifier: MIT */
/*
 * The mailbox's hand-shake: src/queue/mpsc.h with what turn.c, deliver.c, tree.c and life.c make of
 * it, under interleaving (memory orders: mailbox_orders.pml). The inlines are named after the
 * functions they mirror.
 *
 * In it: one slot with two tenants (generations 1 and 2), two senders, two workers, a stopper that
 * uses ctl_node or claims (stop walk), a spawner that gives the slot its second tenant, messages
 * freed after their handler or taken in it, closing against late senders.
 * Not in it: children, restarts, asks, more than two workers; the budget is one message.
 *
 * Proved, by assertions and, when nothing can move any more, by the monitor: every message is
 * handled or dead-lettered once, by the tenant it was for; one owner at a time; who gave the queue
 * up touches it no more; a freed node is written by nobody; nothing is left queued in a mailbox that
 * nobody will run.
 *
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL
 * holds: -DFIRST=1 -DSECOND=1 -DWALK
 * holds: -DFIRST=2 -DSECOND=1
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DWALK -DREUSE
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_IDLE_STORE
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_NO_AWAIT
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_TOUCH
 * fails: -DFIRST=1 -DSECOND=1 -DWALK -DPLANT_CLAIM_RESETS
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DPLANT_WRITE_CLOSED
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DPLANT_NO_RECLOSE
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE -DPLANT_NO_GENERATION
 * fails: -DFIRST=1 -DSECOND=0 -DCONTROL -DWALK -DPLANT_CLOSE_QUEUED
 * fails: -DFIRST=2 -DSECOND=1 -DPLANT_NO_DETACH
 */

/* last, first and next: a state or a node. */
#define NONE 0
#define IDLE 0
#define BUSY 1
#define CLOSED 2
#define CTL_NODE 3
#define MSG 4 /* messages are nodes from here on */
#define NODES 8

#define NOBODY 255
#define WAKING 254 /* a pusher was told MPSC_WOKE, or the task is queued */

byte last = IDLE;
byte first = NONE;
byte next[NODES];

/* ctl */
byte gen = 1;
bool live = true, ending = false, stop_asked = false, queued = false;
bool stopping = false; /* mode: the owner's */

bool submitted = false; /* the scheduler has the cell's task */
bool given = false;     /* the slot is free */

/* Ghosts. */
byte owner = NOBODY;
byte to_gen[NODES];
byte handled[NODES];
byte dead[NODES];
bool freed[NODES];
bool sent[NODES];

#define mine assert(owner == _pid)

inline set_first(value) { mine; first = value }

inline submit() {
	atomic { assert(owner == WAKING); assert(!submitted); submitted = true }
}

/* --- mpsc.h: any thread ------------------------------------------------------------------------ */

inline mpsc_push(node) { /* -> prev says what it was */
	next[node] = NONE;
	atomic {
		prev = last;
		last = node;
		if
		:: prev == IDLE -> assert(owner == NOBODY); owner = WAKING
		:: else
		fi
	};
	if
	:: prev == IDLE || prev == BUSY -> first = node
#ifdef PLANT_WRITE_CLOSED
	:: prev == CLOSED -> next[prev] = node; prev = BUSY
#else
	:: prev == CLOSED
#endif
	:: else -> assert(!freed[prev]); next[prev] = node
	fi
}

inline akti_mpsc_reclose(head) {
	n = head;
	do
	:: true ->
		nx = next[n];
		if
		:: nx == NONE ->
			atomic {
				if
				:: last == n -> last = CLOSED; won = true
				:: else -> won = false
				fi
			};
			if
			:: won -> dead_letter(n); break
			:: else -> next[n] != NONE; nx = next[n]
			fi
		:: else
		fi;
		dead_letter(n);
		n = nx
	od
}

inline mpsc_claim() { /* -> won */
	atomic {
		if
		:: last == IDLE -> last = BUSY; assert(owner == NOBODY); owner = _pid; won = true
		:: else -> won = false
		fi
	}
#ifdef PLANT_CLAIM_RESETS
	if
	:: won -> first = NONE
	:: else
	fi
#endif
}

/* --- mpsc.h: the owner ------------------------------------------------------------------------- */

inline mpsc_advance(node, rest) { /* -> nx */
	nx = next[node];
	if
	:: nx != NONE
	:: else ->
#ifndef PLANT_TOUCH
		set_first(NONE);
#endif
#ifdef PLANT_IDLE_STORE
		won = (last == node);
		if
		:: won -> mine; atomic { last = rest; if :: rest == IDLE -> owner = NOBODY :: else fi }
		:: else
		fi;
#else
		atomic {
			if
			:: last == node ->
				mine;
				last = rest;
				won = true;
				if
				:: rest == IDLE -> owner = NOBODY
				:: else
				fi
			:: else -> won = false
			fi
		};
#endif
#ifdef PLANT_TOUCH
		if :: won -> first = NONE :: else fi;
#endif
		if
		:: won
#ifndef PLANT_NO_AWAIT
		:: else -> next[node] != NONE; nx = next[node]
#else
		:: else
#endif
		fi
	fi
}

inline mpsc_rest() { /* -> won */
	atomic {
		if
		:: last == BUSY -> mine; last = IDLE; owner = NOBODY; won = true
		:: else -> won = false
		fi
	}
}

/* --- the actor: turn.c, life.c ----------------------------------------------------------------- */

inline release(node) { atomic { assert(!freed[node]); freed[node] = true } }

inline dead_letter(node) {
	assert(node >= MSG);
	dead[node]++;
	release(node)
}

inline akti_life_end() {
	mine;
	atomic { gen++; live = false; ending = false; stop_asked = false };
	/* drop_mailbox, akti_mpsc_close */
	atomic {
		mine;
		newest = last;
		assert(newest != CLOSED);
		last = CLOSED;
		owner = NOBODY
	};
	if
	:: newest == BUSY || newest == IDLE
	:: else ->
		first != NONE;
		n = first;
		do
		:: n == newest -> dead_letter(n); break
		:: else -> next[n] != NONE; nx = next[n]; dead_letter(n); n = nx
		od
	fi;
	given = true
}

inline handle(node) { /* -> taken */
	taken = false;
	if
#ifndef PLANT_NO_GENERATION
	:: to_gen[node] != gen || stopping ->
#else
	:: stopping ->
#endif
		mpsc_advance(node, BUSY);
		dead_letter(node);
		taken = true
	:: else ->
		assert(to_gen[node] == gen);
		handled[node]++;
		if
		:: true /* it is freed when its handler is through */
		:: true -> /* akti_detach_current: it may be queued elsewhere, here freed at once */
#ifdef PLANT_NO_DETACH
			release(node);
			mpsc_advance(node, BUSY);
#else
			mpsc_advance(node, BUSY);
			release(node);
#endif
			taken = true
		fi
	fi
}

proctype worker()
{
	byte node, nx, n, newest;
	bool won, taken, ended;

idle_worker:
end:	atomic { submitted -> submitted = false; assert(owner == WAKING); owner = _pid };
	ended = false;
	node = first; /* run_messages */
	do
	:: true ->
		if
		:: stop_asked || stopping ->
			if :: node != NONE -> set_first(node) :: else fi;
			/* attend */
			atomic {
				if
				:: stop_asked && !stopping -> stopping = true; ending = true
				:: else
				fi;
				stop_asked = false
			};
#ifdef PLANT_CLOSE_QUEUED
			akti_life_end(); ended = true; break
#else
			if
			:: !queued -> akti_life_end(); ended = true; break
			:: else
			fi
#endif
		:: else
		fi;
		if
		:: node == NONE -> /* give_up */
			mpsc_rest();
			if
			:: won -> ended = true; break
			:: else -> first != NONE; node = first
			fi
		:: node == CTL_NODE -> /* take_ctl_node */
			mpsc_advance(CTL_NODE, BUSY);
			queued = false;
			node = nx
		:: else -> /* handle_node */
			handle(node);
			if
			:: taken -> node = nx
			:: else ->
				mpsc_advance(node, IDLE);
				release(node);
				node = nx;
				if :: node == NONE -> ended = true; break :: else fi
			fi;
			/* the budget is spent */
			if :: node != NONE -> set_first(node) :: else fi;
			break
		fi
	od;
	if
	:: ended
	:: else -> /* akti_sched_requeue */
		atomic { mine; owner = WAKING };
		submit()
	fi;
	node = 0; nx = 0; n = 0; newest = 0; won = false; taken = false;
	goto idle_worker
}

/* deliver.c: akti_deliver */
inline akti_deliver(node, g) {
	sent[node] = true;
	if
	:: atomic { (gen != g || !live || ending) -> dead_letter(node) }
	:: atomic { !(gen != g || !live || ending) -> to_gen[node] = g };
		mpsc_push(node);
		if
		:: prev == IDLE -> submit()
#ifdef PLANT_NO_RECLOSE
		:: prev == CLOSED -> last = CLOSED
#else
		:: prev == CLOSED -> akti_mpsc_reclose(node)
#endif
		:: else
		fi
	fi
}

proctype sender(byte begin; byte count)
{
	byte prev, nx, n, i = 0;
	bool won;

	do
	:: i < count -> akti_deliver(begin + i, 1); i++
	:: else -> break
	od
}

/* deliver.c: akti_control(gen, CTL_STOP) */
inline akti_control(g) {
	atomic {
		if
		:: gen != g || !live || ending -> won = false
		:: else -> won = !queued; stop_asked = true; queued = true
		fi
	};
	if
	:: won ->
		mpsc_push(CTL_NODE);
		assert(prev != CLOSED);
		if :: prev == IDLE -> submit() :: else fi
	:: else
	fi
}

proctype stopper()
{
	byte prev;
	bool won;

	akti_control(1)
}

/* tree.c: stop_slot */
proctype walker()
{
	byte prev, nx, n, newest;
	bool won;

	if
	:: atomic { (!live || ending || gen != 1) -> goto out }
	:: atomic { live && !ending && gen == 1 }
	fi;
	mpsc_claim();
	if
	:: !won -> akti_control(1)
	:: else ->
		if
		:: atomic { !stopping -> mine; stopping = true; ending = true };
			if
#ifdef PLANT_CLOSE_QUEUED
			:: true -> akti_life_end(); goto out
#else
			:: !queued -> akti_life_end(); goto out
#endif
			:: queued
			fi
		:: stopping
		fi;
		/* let_go */
		mpsc_rest();
		if
		:: won
		:: else -> atomic { mine; owner = WAKING }; submit()
		fi
	fi;
out:	skip
}

#ifdef REUSE
/* life.c: birth of the second tenant, and a message to it */
proctype spawner()
{
	byte prev, nx, n;
	bool won;

end:	given;
	given = false;
	stopping = false;
	live = true;
	/* mpsc_open(BUSY) */
	do
	:: true ->
		first = NONE;
		atomic {
			if
			:: last == CLOSED -> last = BUSY; assert(owner == NOBODY); owner = _pid; break
			:: else -> last == CLOSED
			fi
		}
	od;
	/* let_live */
	mpsc_rest();
	if
	:: won
	:: else -> atomic { mine; owner = WAKING }; submit()
	fi;
	akti_deliver(MSG + 3, 2)
}
#endif

active proctype monitor()
{
	byte i = MSG;

	atomic {
		run worker();
		run worker();
		run sender(MSG, FIRST);
		if :: SECOND > 0 -> run sender(MSG + FIRST, SECOND) :: else fi;
#ifdef CONTROL
		run stopper();
#endif
#ifdef WALK
		run walker();
#endif
#ifdef REUSE
		run spawner();
#endif
	}
	timeout;
	assert(last == IDLE || last == CLOSED);
	assert(!submitted && !queued && owner == NOBODY);
	assert(last == CLOSED || live);
	do
	:: i < NODES ->
		assert(handled[i] + dead[i] == sent[i]);
		assert(freed[i] == sent[i]);
		i++
	:: else -> break
	od
}
