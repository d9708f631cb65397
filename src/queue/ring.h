/* SPDX-License-Identifier: MIT */
/*
 * ring: a worker's run queue. The owner pushes at the tail; the owner and thieves take from the
 * head, up to half at a time, by one CAS. The scheme is that of Go's and Tokio's schedulers.
 *
 *	head ---------------> tail
 *	[ taken ][ x ][ x ][ x ][ free ]      slots are indices modulo RING_SLOTS
 *
 *	field   written by                line
 *	head    owner and thieves, CAS    first pair
 *	tail    owner                     second pair, with the slots behind it
 *	slots   owner
 *
 * Edges: R1 push: store tail (rel) <-> take: load tail (acq): the slot's content.
 *        R2 take: CAS head (acqrel) <-> push: load head (acq): the slot is free to be written.
 * A take copies the slots before its CAS; a slot cannot be overwritten in between without head
 * having moved, which makes the CAS fail. Indices are 32 bits and wrap; a thief that sleeps through
 * exactly 2^32 takes would be fooled, at 10^8 takes a second that is 43 s inside four instructions.
 *
 * Full: push refuses; the scheduler then moves half to its global queue.
 * Proved by: tests/unit/queue/test_ring.c (each item once, wrap-around), the interleave build.
 */
#ifndef AKTI_RING_H
#define AKTI_RING_H

#include "base/atomic.h"

#define RING_SLOTS 256u

struct ring {
	_Alignas(AKTI_LINES) _Atomic uint32_t head;
	_Alignas(AKTI_LINES) _Atomic uint32_t tail;
	_Atomic(void *) slots[RING_SLOTS];
};

AKTI_INLINE bool ring_empty(struct ring *ring)
{
	return akti_load_acq(&ring->tail) == akti_load_acq(&ring->head);
}

/* Any thread, and soon out of date. */
AKTI_INLINE uint32_t ring_length(struct ring *ring)
{
	uint32_t head = akti_load_acq(&ring->head);
	uint32_t length = akti_load_acq(&ring->tail) - head;

	return length > RING_SLOTS ? 0 : length;
}

/* Owner. False: full. */
AKTI_INLINE bool ring_push(struct ring *ring, void *item)
{
	uint32_t head = akti_load_acq(&ring->head); /* R2 */
	uint32_t tail = akti_load_rlx(&ring->tail);

	if (akti_unlikely(tail - head >= RING_SLOTS))
		return false;
	akti_store_rlx(&ring->slots[tail % RING_SLOTS], item);
	akti_store_rel(&ring->tail, tail + 1); /* R1 */
	return true;
}

/* Take half of what is there, rounded up, at most max. Owner and thieves. Returns how many. */
AKTI_INLINE uint32_t ring_take(struct ring *ring, void **ret_items, uint32_t max)
{
	uint32_t head = akti_load_acq(&ring->head);

	for (;;) {
		uint32_t tail = akti_load_acq(&ring->tail); /* R1 */
		uint32_t n = tail - head;

		if ((int32_t)n <= 0)
			return 0;
		n = n - n / 2;
		if (n > max)
			n = max;
		for (uint32_t i = 0; i < n; i++)
			ret_items[i] = akti_load_rlx(&ring->slots[(head + i) % RING_SLOTS]);
		if (akti_cas_acqrel(&ring->head, &head, head + n)) /* R2 */
			return n;
	}
}

#endif
