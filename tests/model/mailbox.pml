/* SPDX-License-Identifier: MIT */
/*
 * The mailbox's hand-shake: src/queue/mpsc.h with what turn.c, deliver.c, tree.c and life.c make of
 * it, under interleaving (memory orders: mailbox_orders.pml). The inlines are named after the
 * functions they mirror.
 *
 * In it: one slot with two tenants (generations 1 and 2), two senders, two workers, who asks one of
 * them to stop, the first one's child that ends and reports (CHILD), its parent that stops it in place
 * (CLAIM), the shutdown walk, which closes first and opens again where it cannot end (WALK), a
 * spawner that gives the slot its second tenant, messages freed after their handler or taken in it,
 * closing against late senders and late requests.
 * Not in it: restarts, suspension, gates, asks, more than two workers or one child; an actor that
 * fails or stops itself; names that are taken (unborn); the budget is one message.
 *
 * Proved, by assertions and, when nothing can move any more, by the monitor: every message is
 * handled or dead-lettered once, by the tenant it was for; one owner at a time; who gave the queue
 * up touches it no more; a freed node is written by nobody; ctl_node is never taken for a message;
 * nothing is left queued in a mailbox that nobody will run; who was asked to stop has ended.
 *
 * It found two mistakes in deliver.c's refused(): PLANT_CTL_DROPPED, a sender that the walk's closing
 * had refused took a ctl_node that was queued behind its message for another message; and
 * PLANT_GEN_OF_MESSAGE, it queued it again in the generation that the message was for, which may be
 * the former tenant's, and so gave up the request to this one.
 *
 * holds: -DFIRST=2 -DSECOND=1
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL
 * holds: -DFIRST=1 -DSECOND=1 -DCLAIM
 * holds: -DFIRST=1 -DSECOND=1 -DWALK
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DCHILD -DREUSE
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DCHILD -DCLAIM
 * holds: -DFIRST=1 -DSECOND=1 -DCHILD -DWALK
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL -DWALK
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DCHILD -DWALK -DREUSE
 * holds: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE -DBORN_IDLE
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DCHILD -DREUSE -DBORN_IDLE
 * holds: -DFIRST=1 -DSECOND=0 -DCONTROL -DCHILD -DWALK -DREUSE -DBORN_IDLE
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE -DBORN_IDLE -DPLANT_BORN_TWICE
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_IDLE_STORE
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_NO_AWAIT
 * fails: -DFIRST=1 -DSECOND=1 -DPLANT_TOUCH
 * fails: -DFIRST=1 -DSECOND=1 -DCLAIM -DPLANT_CLAIM_RESETS
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DPLANT_WRITE_CLOSED
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DPLANT_NO_RECLOSE
 * fails: -DFIRST=1 -DSECOND=1 -DCONTROL -DREUSE -DPLANT_NO_GENERATION
 * fails: -DFIRST=1 -DSECOND=0 -DCONTROL -DCLAIM -DPLANT_CLOSE_QUEUED
 * fails: -DFIRST=0 -DSECOND=0 -DCONTROL -DCHILD -DPLANT_NO_FINAL
 * fails: -DFIRST=0 -DSECOND=0 -DCONTROL -DWALK -DPLANT_NO_INSIST
 * fails: -DFIRST=0 -DSECOND=0 -DCHILD -DWALK -DPLANT_NO_INSIST
 * fails: -DFIRST=1 -DSECOND=0 -DCONTROL -DWALK -DPLANT_CTL_DROPPED
 * fails: -DFIRST=1 -DSECOND=0 -DCONTROL -DWALK -DREUSE -DPLANT_GEN_OF_MESSAGE
 * fails: -DFIRST=1 -DSECOND=0 -DCHILD -DPLANT_UNATTENDED
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
bool live = true, ending = false, final = false;
bool stop_asked = false, child_asked = false, queued = false;
bool stopping = false; /* mode, and CTL_UNSTEADY: the owner's */

/* The first tenant's child is in its list; lies on its stack of ended children. */
#ifdef CHILD
bool has_child = true;
#else
bool has_child = false;
#endif
bool child_ended = false;

bool submitted = false; /* the scheduler has the cell's task */
bool given = false;     /* the slot is free */
bool shutdown = false;  /* the phase */

/* Ghosts. */
byte owner = NOBODY;
byte told = 0; /* generation of who was asked to stop */
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

inline drop(node) { /* deliver.c: drop_refused, drop_control; -> met */
	if
	:: node == CTL_NODE -> met = true
	:: else -> dead_letter(node)
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
			:: won -> drop(n); break
			:: else -> next[n] != NONE; nx = next[n]
			fi
		:: else
		fi;
		drop(n);
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

inline mpsc_close_idle() { /* -> won */
	atomic {
		if
		:: last == IDLE -> last = CLOSED; assert(owner == NOBODY); owner = _pid; won = true
		:: else -> won = false
		fi
	}
}

inline mpsc_open(opener) { /* as BUSY, until it is done; opener: the owner before */
	do
	:: true ->
		first = NONE;
		atomic {
			if
			:: last == CLOSED -> last = BUSY; assert(owner == opener); owner = _pid; break
			:: else -> last == CLOSED
			fi
		}
	od
}

inline mpsc_open_idle() {
	do
	:: true ->
		first = NONE;
		atomic {
			if
			:: last == CLOSED -> last = IDLE; assert(owner == NOBODY); break
			:: else -> last == CLOSED
			fi
		}
	od
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

/* --- the actor: cell.h, tree.c, life.c --------------------------------------------------------- */

inline release(node) { atomic { assert(!freed[node]); freed[node] = true } }

inline dead_letter(node) {
	assert(node >= MSG);
	dead[node]++;
	release(node)
}

inline akti_cell_may_end() { /* -> won */
	atomic {
		mine;
#ifdef PLANT_CLOSE_QUEUED
		won = true;
#else
		won = !queued;
#endif
#ifndef PLANT_NO_FINAL
		if :: won -> final = true :: else fi
#endif
	}
}

inline akti_tree_reap() {
	atomic {
		mine;
		if
		:: child_ended -> child_ended = false; has_child = false
		:: else
		fi
	}
}

/* With descend, which reaps, and tells the child; when that ends is its own affair. */
inline begin_stop() {
	atomic { mine; stopping = true; ending = true };
	akti_tree_reap()
}

inline akti_life_end_closed() {
	assert(!has_child && !child_ended);
	/* the stop hook, then ctl in one store */
	atomic {
		mine;
		gen++;
		live = false; ending = false; final = false;
		stop_asked = false; child_asked = false; queued = false
	}
}

/* Once the system stops, nobody gets the slot. */
inline akti_life_give() {
	if
	:: shutdown
	:: else -> given = true
	fi
}

inline akti_life_end() {
	akti_life_end_closed();
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
	akti_life_give()
}

/* --- the actor's turn: turn.c ------------------------------------------------------------------ */

inline handle(node) { /* -> taken */
	assert(node >= MSG);
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

inline attend() { /* -> ended */
	atomic { stop = stop_asked; reap = child_asked; stop_asked = false; child_asked = false };
	if
	:: reap -> akti_tree_reap(); reap = false
	:: else
	fi;
	if
	:: stop && !stopping -> begin_stop()
	:: else
	fi;
	stop = false;
	if
	:: !has_child && stopping ->
		akti_cell_may_end();
		if
		:: won -> akti_life_end(); ended = true
		:: else
		fi
	:: else
	fi
}

/* What ctl says before each message. */
#define ASKS (stop_asked || child_asked)
#ifdef PLANT_UNATTENDED
#define ATTEND (ASKS || stopping)
#else
#define ATTEND (ASKS || stopping || queued)
#endif

proctype worker()
{
	byte node, nx, n, newest;
	bool won, taken, ended, stop, reap;

idle_worker:
end:	atomic { submitted -> submitted = false; assert(owner == WAKING); owner = _pid };
	ended = false;
	node = first; /* run_messages */
	do
	:: true ->
again:		if
		:: atomic { ATTEND ->
			/* look_closer */
			if
			:: ASKS || stopping -> taken = true
			:: else -> taken = false
			fi };
			if
			:: taken ->
				if :: node != NONE -> set_first(node) :: else fi;
				attend();
				if :: ended -> break :: else fi;
				if :: ASKS -> goto again :: else fi
			:: else
			fi;
			if
			:: node == CTL_NODE -> /* take_ctl_node */
				mpsc_advance(CTL_NODE, BUSY);
				queued = false;
				node = nx;
				goto again
			:: else
			fi
		:: atomic { !(ATTEND) }
		fi;
		if
		:: node == NONE -> /* give_up */
			mpsc_rest();
			if
			:: won -> ended = true; break
			:: else -> first != NONE; node = first
			fi
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

/* --- senders and requests: deliver.c ----------------------------------------------------------- */

/* ctl_node met a closed mailbox, and is out of it again. */
inline insist(g) {
	assert(shutdown);
	do
	:: gen != g || final -> break
	:: else ->
		mpsc_push(CTL_NODE);
		if
		:: prev == CLOSED -> akti_mpsc_reclose(CTL_NODE)
		:: prev == IDLE -> submit(); break
		:: else -> break
		fi
	od;
	met = false
}

/* A message was refused, and what came behind it; but a request stands. */
inline refused(node) {
	akti_mpsc_reclose(node);
#ifdef PLANT_CTL_DROPPED
	assert(!met)
#else
	if
#ifdef PLANT_GEN_OF_MESSAGE
	:: met -> insist(g)
#else
	:: met -> insist(gen)
#endif
	:: else
	fi
#endif
}

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
		:: prev == CLOSED -> refused(node)
#endif
		:: else
		fi
	fi
}

proctype sender(byte begin; byte count; byte g)
{
	byte prev, nx, n, i = 0;
	bool won, met;

	do
	:: i < count -> akti_deliver(begin + i, g); i++
	:: else -> break
	od
}

/* CTL_CHILD or CTL_STOP */
inline akti_control(g, child) {
	atomic {
		if
		:: gen != g || !live || final || (ending && !child) -> won = false
		:: else ->
			won = !queued;
			queued = true;
			if
			:: child -> child_asked = true
			:: else -> stop_asked = true; told = g
			fi
		fi
	};
	if
	:: won ->
		mpsc_push(CTL_NODE);
		if
		:: prev == IDLE -> submit()
		:: prev == CLOSED -> /* control_refused */
			akti_mpsc_reclose(CTL_NODE);
#ifdef PLANT_NO_INSIST
			met = false
#else
			insist(g)
#endif
		:: else
		fi
	:: else
	fi
}

#if defined(CONTROL) || defined(CHILD)
/* Somebody who wants an actor to stop; or the first one's child, on a turn of its own: akti_tree_ended. */
proctype requester(bool child)
{
	byte prev, nx, n;
	bool won, met;
	byte g = 1;

	if
	:: child -> child_ended = true
#ifdef REUSE
	:: !child -> g = 2
#endif
	:: !child
	fi;
	/* The actor may reap its child now, and end. */
	akti_control(g, child)
}
#endif

/* --- stopping in place: tree.c ----------------------------------------------------------------- */

inline let_go() {
	mpsc_rest();
	if
	:: won
	:: else -> atomic { mine; owner = WAKING }; submit()
	fi
}

#ifdef CLAIM
/* The slot's own parent stops: tell_children. */
proctype parent()
{
	byte prev, nx, n, newest;
	bool won, met;

	mpsc_claim();
	if
	:: !won -> akti_control(1, false)
	:: else ->
		begin_stop();
		if
		:: !has_child -> akti_cell_may_end()
		:: else -> won = false
		fi;
		if
		:: won -> akti_life_end()
		:: else -> let_go()
		fi
	fi
}

#endif

#ifdef WALK
/* The shutdown walk: stop_slot, stop_claimed. */
proctype walker()
{
	byte prev, nx, n, newest, g;
	bool won, met;

	shutdown = true;
	atomic {
		if
		:: !live || ending -> goto out
		:: else -> g = gen
		fi
	};
	mpsc_close_idle();
	if
	:: !won -> akti_control(g, false); goto out
	:: else
	fi;
	if
	:: !has_child -> akti_cell_may_end()
	:: else -> won = false
	fi;
	if
	:: won ->
		stopping = true;
		akti_life_end_closed();
		atomic { mine; owner = NOBODY };
		goto out
	:: else
	fi;
	mpsc_open(_pid);
	begin_stop();
	if
	:: !has_child -> akti_cell_may_end()
	:: else -> won = false
	fi;
	if
	:: won -> akti_life_end()
	:: else -> let_go()
	fi;
out:	skip
}
#endif

#ifdef REUSE
/* life.c: birth of the second tenant, and a message to it */
proctype spawner()
{
	bool won;

end:	given;
	given = false;
	stopping = false;
#ifdef BORN_IDLE
	/* Nobody waits for its start: all is done before it is there, and nothing after. */
	live = true;
	mpsc_open_idle();
#ifdef PLANT_BORN_TWICE
	let_go();
#endif
#else
	live = true;
	mpsc_open(NOBODY);
	/* let_live */
	let_go();
#endif
	run sender(MSG + 3, 1, 2)
}
#endif

active proctype monitor()
{
	byte i = MSG;

	atomic {
		run worker();
		run worker();
		run sender(MSG, FIRST, 1);
		if :: SECOND > 0 -> run sender(MSG + FIRST, SECOND, 1) :: else fi;
#ifdef CONTROL
		run requester(false);
#endif
#ifdef CHILD
		run requester(true);
#endif
#ifdef CLAIM
		run parent();
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
	assert(!child_ended);
	assert(gen > told);
#if defined(CLAIM) || defined(WALK)
	assert(gen > 1);
#endif
	do
	:: i < NODES ->
		assert(handled[i] + dead[i] == sent[i]);
		assert(freed[i] == sent[i]);
		i++
	:: else -> break
	od
}
