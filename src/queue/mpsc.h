/* SPDX-License-Identifier: MIT */
/*
 * mpsc: the mailbox. Many senders, one consumer at a time, and who runs next decided in one word.
 *
 * An MCS-style list (Mellor-Crummey and Scott, TOCS 1991) without a stub: `last` is the newest node
 * or one of three states, so "is anybody consuming?" and "what is queued?" cannot disagree.
 *
 *	last == IDLE (NULL)   empty, nobody consumes; first is NULL
 *	last == BUSY          empty, a consumer owns the queue; first is NULL
 *	last == CLOSED        nothing may be queued
 *	last == node          node is the newest; a consumer owns the queue or is about to be made
 *
 *	first --> [node] --next--> [node] --next--> [node] <-- last
 *
 * Topology: push from any thread; take, detach, rest, close by the one owner. Push is wait-free; the
 * owner may meet a pusher that has swapped `last` but not linked yet, and waits for that one store.
 *
 *	field   written by                        read by     line
 *	last    everybody, by exchange or CAS     everybody   the owner's, see cell.h
 *	first   the pusher that found IDLE or     the owner   same
 *	        BUSY; the owner
 *	next    the pusher behind the node        the owner   the node's own
 *
 * Becoming owner: the pusher whose exchange returned IDLE is told MPSC_WOKE and must see to it that
 * a consumer runs; or mpsc_claim turns IDLE into BUSY.
 *
 * Edges:
 *   E1 push: store prev->next (rel)     <-> owner: load node->next (acq)
 *   E2 push: store first (rel)          <-> owner: load first (acq)
 *   E3 rest: CAS last node->IDLE (acqrel) <-> push: exchange last (acqrel): what the owner wrote
 *      before it gave up is seen by the next owner, through the pusher that made it
 *   E4 open: CAS last CLOSED->.. (acqrel) <-> push: exchange last (acqrel): the fields of a fresh
 *      actor are seen by whoever queues to it
 *
 * Linearisation: push at its exchange; rest, claim, close and open at their exchange or CAS.
 *
 * A node may be freed or queued elsewhere when it has been detached: its next is known, or `last`
 * no longer names it. Until then a pusher may still write its next. This is why a message that is
 * taken or forwarded in its handler is detached first, while the common case, a message freed after
 * its handler, pays a single CAS that detaches and rests at once.
 *
 * After rest has given the queue up, the owner touches nothing of it: another owner may run.
 *
 * Closed: who pushes onto CLOSED has swapped the state out. It alone then owns what follows its
 * node; mpsc_reclose drops that and puts CLOSED back.
 *
 * Not supported: removal from the middle; length. Memory is the nodes' own.
 * Cost: push one exchange; a drained turn one CAS; detach from an empty queue one CAS.
 * Proved by: tests/unit/queue (order, states), tests/model/mailbox.pml (lost wake-up, use after
 * giving up; store buffers), the interleave build's 200 seeds.
 */
#ifndef AKTI_MPSC_H
#define AKTI_MPSC_H

#include "base/atomic.h"

struct mpsc_node {
	_Atomic(struct mpsc_node *) next;
};

struct mpsc {
	_Atomic(struct mpsc_node *) last;
	_Atomic(struct mpsc_node *) first; /* next to consume; NULL: not known */
};

#define MPSC_IDLE ((struct mpsc_node *)0)
#define MPSC_BUSY ((struct mpsc_node *)1)
#define MPSC_CLOSED ((struct mpsc_node *)2)

enum mpsc_pushed {
	MPSC_QUEUED = 0,  /* an owner will find it */
	MPSC_WOKE = 1,    /* the caller must make an owner run */
	MPSC_REFUSED = 2, /* it was closed: call mpsc_reclose */
};

/* Spin once on a store that another thread is about to make; gives the processor away now and
 * then, for that thread may have been taken off it. */
void akti_mpsc_wait_turn(unsigned turn);

/* Queue the chain head..tail, linked by next; tail->next is overwritten. Any thread. */
AKTI_INLINE enum mpsc_pushed mpsc_push_chain(struct mpsc *q, struct mpsc_node *head,
					     struct mpsc_node *tail)
{
	struct mpsc_node *prev;

	akti_store_rlx(&tail->next, NULL);
	prev = akti_xchg_acqrel(&q->last, tail); /* E3, E4 */
	if (akti_likely(prev == MPSC_IDLE)) {
		akti_store_rel(&q->first, head); /* E2 */
		return MPSC_WOKE;
	}
	if (akti_likely(prev > MPSC_CLOSED)) {
		akti_store_rel(&prev->next, head); /* E1 */
		return MPSC_QUEUED;
	}
	if (prev == MPSC_CLOSED)
		return MPSC_REFUSED;
	akti_store_rel(&q->first, head); /* E2 */
	return MPSC_QUEUED;
}

AKTI_INLINE enum mpsc_pushed mpsc_push(struct mpsc *q, struct mpsc_node *node)
{
	return mpsc_push_chain(q, node, node);
}

/* Become the owner of an idle queue. Any thread. */
AKTI_INLINE bool mpsc_claim(struct mpsc *q)
{
	struct mpsc_node *idle = MPSC_IDLE;

	return akti_cas_acqrel(&q->last, &idle, MPSC_BUSY); /* E3 */
}

/* Close an idle queue for good, without having owned it. Any thread. */
AKTI_INLINE bool mpsc_close_idle(struct mpsc *q)
{
	struct mpsc_node *idle = MPSC_IDLE;

	return akti_cas_acqrel(&q->last, &idle, MPSC_CLOSED); /* E3 */
}

/* The successor of a node that is known to have one. Owner. */
AKTI_INLINE struct mpsc_node *mpsc_await_next(struct mpsc_node *node)
{
	struct mpsc_node *next;

	for (unsigned turn = 0; (next = akti_load_acq(&node->next)) == NULL; turn++) /* E1 */
		akti_mpsc_wait_turn(turn);
	return next;
}

/* The node to consume next, still attached; NULL: empty for now. Owner. */
AKTI_INLINE struct mpsc_node *mpsc_first(struct mpsc *q)
{
	return akti_load_acq(&q->first); /* E2 */
}

/* Move on from node: the next one, or NULL when node was the newest. In that case the queue has
 * been given up (rest == IDLE) or kept empty (rest == BUSY). node is detached. Owner. */
AKTI_INLINE struct mpsc_node *mpsc_advance(struct mpsc *q, struct mpsc_node *node,
					   struct mpsc_node *rest)
{
	struct mpsc_node *next = akti_load_acq(&node->next); /* E1 */
	struct mpsc_node *seen = node;

	if (next != NULL)
		return next;
	/* Before the CAS: whoever queues to an empty mailbox writes first, and nobody else may. */
	akti_store_rlx(&q->first, NULL);
	if (akti_cas_acqrel(&q->last, &seen, rest)) /* E3 */
		return NULL;
	return mpsc_await_next(node);
}

/* Give up a queue with nothing attached (first is NULL). False: something has come, and first is
 * or soon will be set; the caller is still the owner. */
AKTI_INLINE bool mpsc_rest(struct mpsc *q)
{
	struct mpsc_node *busy = MPSC_BUSY;

	return akti_cas_acqrel(&q->last, &busy, MPSC_IDLE); /* E3 */
}

/* Refuse from now on. Returns the oldest node not yet consumed, or NULL; *ret_last is the newest.
 * Owner, with nothing attached. Afterwards nobody owns the queue. */
struct mpsc_node *akti_mpsc_close(struct mpsc *q, struct mpsc_node **ret_last);

/* After MPSC_REFUSED for the chain that begins with head: hand it, and what was queued behind it,
 * to drop, one node at a time, and close again. Any thread. */
void akti_mpsc_reclose(struct mpsc *q, struct mpsc_node *head,
		       void (*drop)(void *arg, struct mpsc_node *node), void *arg);

/* Open a closed queue as idle or busy. False: somebody is closing it again just now.
 * Whoever set up what the queue leads to. */
AKTI_INLINE bool mpsc_open(struct mpsc *q, struct mpsc_node *as)
{
	struct mpsc_node *closed = MPSC_CLOSED;

	akti_store_rlx(&q->first, NULL);
	return akti_cas_acqrel(&q->last, &closed, as); /* E4 */
}

#endif
