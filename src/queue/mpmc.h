/* SPDX-License-Identifier: MIT */
/*
 * mpmc: a bounded ring. Any thread puts; one owner takes; a putter that finds it full may take too,
 * to make room by giving up the oldest. After Vyukov's bounded queue, with the room counted by two
 * positions instead of in each slot, so that the bound is exact and need not be a power of two.
 *
 *	head -----------------> tail          positions count up for ever; slot = position & mask
 *	[ taken ][ 7 ][ 8 ][ .. ][ free ]     a slot holds a node and seq = its position + 1
 *
 * Topology: put, steal from any thread; peek, take_at, close, open by the owner. Put and take are
 * lock-free. An owner that finds a position claimed and not yet written sees an empty ring: whoever
 * wrote it says so afterwards (what wakes the owner is not this queue's business).
 *
 *	field         written by                           line
 *	tail          putters by CAS; CLOSED by the owner  its own
 *	slots, mask,  open                                 their own, between: two lines that are
 *	most                                               written are never fetched as a pair
 *	head_seen     putters; never beyond head           theirs: it changes once a round
 *	head          takers by CAS                        its own
 *	inside        thieves                              head's: they go on to it
 *	slot          the putter of its position           two fields, four slots a line
 *
 * Edges:
 *   Q1 put: store seq (sc) <-> take: load seq (acq; peek: sc): the node, and all its sender wrote
 *   Q2 take: CAS head (acqrel) <-> put: load head (acq), or by way of head_seen (rel, acq): the slot
 *      has been read and may be written.
 *      A taker copies the slot before its CAS; had it been overwritten, head had moved and the CAS fails
 *   Q3 open: store tail (rel) <-> put: CAS tail (acqrel), steal: load tail (sc): slots, mask and most
 *   Q4 close: or tail (sc), load inside (sc) <-> steal: add inside (sc), load tail (sc): either the
 *      owner waits for the thief or the thief sees CLOSED (store buffers: all four are sc)
 *   Q5 put: store seq (sc), then whatever it looks at (sc) <-> owner: clears that (sc), then peek
 *      loads seq (sc): so either the putter sees that it must wake the owner or the owner sees the node
 *
 * Linearisation: put at its CAS, FULL at its load of head (tail was at least that far, so the ring
 * was full then); take and steal at their CAS.
 *
 * Reclamation: struct mpmc is never freed while a thread may look at it (its owner's problem; gates
 * are never). Slots are: a putter touches them only under a claimed position, and close waits until
 * every claimed position has been written and taken. Positions go on through open, so a putter that
 * slept since an earlier tenant either fails its CAS or finds the ring as empty as it believed.
 *
 * Full: put says so. Not supported: growing; the length but for a moment.
 * Cost: put one CAS on tail, a locked store to the slot, three loads of lines that stay; take one CAS.
 * Proved by: tests/unit/queue/test_mpmc.c, with real threads and in the interleave build;
 * tests/unit/actor/test_mailbox_stress.c on top.
 */
#ifndef AKTI_MPMC_H
#define AKTI_MPMC_H

#include "queue/mpsc.h"

#define MPMC_CLOSED (UINT64_C(1) << 63)

struct mpmc_slot {
	_Atomic uint64_t seq;
	_Atomic(struct mpsc_node *) node;
};

struct mpmc {
	_Alignas(AKTI_LINE) _Atomic uint64_t tail;
	_Alignas(AKTI_LINE) _Atomic(struct mpmc_slot *) slots;
	_Atomic uint64_t mask;
	_Atomic uint64_t most;
	_Atomic uint64_t head_seen;
	_Alignas(AKTI_LINE) _Atomic uint64_t head;
	_Atomic uint32_t inside;
};
_Static_assert(sizeof(struct mpmc) == 192, "what is only read lies between what is written");

enum mpmc_put {
	MPMC_PUT = 0,
	MPMC_FULL = 1,
	MPMC_SHUT = 2, /* closed */
};

/* Bytes of slots for so many nodes: the next power of two. */
size_t akti_mpmc_slots_bytes(uint64_t most);

/* Zeroed or closed: take at most so many nodes from now on, in zeroed slots. The one who set up what
 * the queue leads to. */
void akti_mpmc_open(struct mpmc *q, struct mpmc_slot *slots, uint64_t most);

/* Admit nobody any more. Owner. Afterwards akti_mpmc_drain until it is done. */
void akti_mpmc_close(struct mpmc *q);
/* Closed: a node, or NULL when there will be none any more, nor a thread at the slots. Owner. */
struct mpsc_node *akti_mpmc_drain(struct mpmc *q);

/* Where the next node will be put. */
AKTI_INLINE uint64_t mpmc_tail(struct mpmc *q)
{
	return akti_load_acq(&q->tail) & ~MPMC_CLOSED;
}

/* Where the next node will be taken. */
AKTI_INLINE uint64_t mpmc_head(struct mpmc *q)
{
	return akti_load_acq(&q->head);
}

/* Whether the ring is full up to tail. Head is looked at only when what was last seen of it does not
 * tell, about once a round: so its line stays with the takers. */
AKTI_INLINE bool mpmc_is_full(struct mpmc *q, uint64_t tail)
{
	int64_t most = (int64_t)akti_load_rlx(&q->most);
	uint64_t head;

	if (akti_likely((int64_t)(tail - akti_load_acq(&q->head_seen)) < most)) /* Q2 */
		return false;
	head = akti_load_acq(&q->head); /* Q2 */
	akti_store_rel(&q->head_seen, head);
	return (int64_t)(tail - head) >= most;
}

/* Full: *ret_tail is for akti_mpmc_steal. Any thread. */
AKTI_INLINE enum mpmc_put mpmc_put(struct mpmc *q, struct mpsc_node *node, uint64_t *ret_tail)
{
	uint64_t tail = akti_load_acq(&q->tail);
	struct mpmc_slot *slot;

	do {
		*ret_tail = tail;
		if (tail & MPMC_CLOSED)
			return MPMC_SHUT;
		if (mpmc_is_full(q, tail))
			return MPMC_FULL;
	} while (!akti_cas_acqrel(&q->tail, &tail, tail + 1)); /* Q3 */
	slot = akti_load_rlx(&q->slots) + (tail & akti_load_rlx(&q->mask));
	akti_store_rlx(&slot->node, node);
	akti_store_sc(&slot->seq, tail + 1); /* Q1, Q5 */
	return MPMC_PUT;
}

/* Whether a node can be taken, and its position. Owner. */
AKTI_INLINE bool mpmc_peek(struct mpmc *q, uint64_t *ret_position)
{
	uint64_t head = akti_load_acq(&q->head);
	struct mpmc_slot *slot;
	uint64_t seq;

	for (;;) {
		uint64_t seen = head;

		slot = akti_load_rlx(&q->slots) + (head & akti_load_rlx(&q->mask));
		seq = akti_load_sc(&slot->seq); /* Q1, Q5 */
		*ret_position = head;
		if (seq == head + 1)
			return true;
		head = akti_load_acq(&q->head);
		if (head == seen)
			return false;
	}
}

/* The node at a position that can be taken; NULL: somebody else had it. */
AKTI_INLINE struct mpsc_node *mpmc_take_at(struct mpmc *q, uint64_t position)
{
	struct mpmc_slot *slot = akti_load_rlx(&q->slots) + (position & akti_load_rlx(&q->mask));
	struct mpsc_node *node = akti_load_rlx(&slot->node);

	return akti_cas_acqrel(&q->head, &position, position + 1) ? node : NULL; /* Q2 */
}

/* The oldest, for a putter that has met MPMC_FULL at that tail; NULL: try to put again. While tail is
 * what it was, the ring is the one that was full, and has had no newer node. Any thread. */
struct mpsc_node *akti_mpmc_steal(struct mpmc *q, uint64_t tail);

#endif
