/* SPDX-License-Identifier: MIT */
/* mpmc: the rare ends of a ring, see mpmc.h. */
#include "queue/mpmc.h"

static uint64_t slots_for(uint64_t most)
{
	uint64_t slots = 1;

	while (slots < most)
		slots *= 2;
	return slots;
}

size_t akti_mpmc_slots_bytes(uint64_t most)
{
	return (size_t)slots_for(most) * sizeof(struct mpmc_slot);
}

void akti_mpmc_open(struct mpmc *q, struct mpmc_slot *slots, uint64_t most)
{
	akti_store_rlx(&q->slots, slots);
	akti_store_rlx(&q->mask, slots_for(most) - 1);
	akti_store_rlx(&q->most, most);
	akti_store_rel(&q->tail, akti_load_rlx(&q->tail) & ~MPMC_CLOSED); /* Q3 */
}

void akti_mpmc_close(struct mpmc *q)
{
	(void)akti_or_sc(&q->tail, MPMC_CLOSED); /* Q4 */
}

struct mpsc_node *akti_mpmc_drain(struct mpmc *q)
{
	for (unsigned turn = 0;; turn++) {
		struct mpsc_node *node;
		uint64_t position;

		if (mpmc_peek(q, &position)) {
			node = mpmc_take_at(q, position);
			if (node != NULL)
				return node;
		} else if (position == mpmc_tail(q) && akti_load_sc(&q->inside) == 0) { /* Q4 */
			return NULL;
		} else {
			akti_mpsc_wait_turn(turn); /* somebody is between claim and write */
		}
	}
}

struct mpsc_node *akti_mpmc_steal(struct mpmc *q, uint64_t tail)
{
	struct mpsc_node *node = NULL;
	uint64_t position;

	(void)akti_add_sc(&q->inside, 1); /* Q4 */
	if (akti_load_sc(&q->tail) == tail && !(tail & MPMC_CLOSED) && mpmc_peek(q, &position))
		node = mpmc_take_at(q, position);
	(void)akti_sub_sc(&q->inside, 1);
	return node;
}
