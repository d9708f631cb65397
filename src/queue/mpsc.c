/* SPDX-License-Identifier: MIT */
/* mpsc: the rare ends of a mailbox, see mpsc.h. */
#include "queue/mpsc.h"
#include <sched.h>

#define MPSC_SPINS 64u

void akti_mpsc_wait_turn(unsigned turn)
{
	akti_pause();
#ifndef AKTI_INTERLEAVE
	if (turn % MPSC_SPINS == MPSC_SPINS - 1)
		(void)sched_yield();
#else
	(void)turn;
#endif
}

struct mpsc_node *akti_mpsc_close(struct mpsc *q, struct mpsc_node **ret_last)
{
	struct mpsc_node *last = akti_xchg_acqrel(&q->last, MPSC_CLOSED);
	struct mpsc_node *first;

	AKT_ASSERT(last != MPSC_CLOSED);
	*ret_last = NULL;
	if (last == MPSC_BUSY || last == MPSC_IDLE)
		return NULL;
	for (unsigned turn = 0; (first = akti_load_acq(&q->first)) == NULL; turn++) /* E2 */
		akti_mpsc_wait_turn(turn);
	*ret_last = last;
	return first;
}

void akti_mpsc_reclose(struct mpsc *q, struct mpsc_node *head,
		       void (*drop)(void *arg, struct mpsc_node *node), void *arg)
{
	struct mpsc_node *node = head;

	for (;;) {
		struct mpsc_node *next = akti_load_acq(&node->next); /* E1 */
		struct mpsc_node *seen = node;

		if (next == NULL && akti_cas_acqrel(&q->last, &seen, MPSC_CLOSED)) {
			drop(arg, node);
			return;
		}
		if (next == NULL)
			next = mpsc_await_next(node);
		drop(arg, node);
		node = next;
	}
}
