/* SPDX-License-Identifier: MIT */
/*
 * mailbox: what a type's table may ask of its mailbox beyond the plain list, made at birth.
 *
 * Limits are the senders' business and lie in the slot's gate (gate.h). Another order is the
 * owner's: senders queue to the same list, the word in it decides who runs as ever, and the owner
 * takes everything over from there into a structure of its own before it chooses the next message.
 * So no kind of order adds anything to what threads share.
 *
 *	senders --> box (mpsc) --> owner: put --> [ heap | lanes ] --> owner: take --> handler
 *
 * Orders to stop, restart or suspend travel in ctl and overtake all of it. What the runtime says to
 * itself (MSG_SIGNAL) is heard when it is taken over: its order among its like is that of the list.
 */
#ifndef AKTI_MAILBOX_H
#define AKTI_MAILBOX_H

#include "actor/gate.h"
#include "queue/fair.h"
#include "queue/heap.h"

struct actors;

/*
 * A ring (AKT_MAILBOX_RING, AKT_OVERFLOW_DROP_OLDEST) takes the place of the list for what users send.
 * It lies in the gate, for senders reach into it:
 *
 *	senders ---------> ring (mpmc) -----------------\
 *	answers, signals -> box (mpsc) -> owner: heap ---> owner: take --> handler
 *
 * Still one word decides who runs: a sender that has put into the ring sets CTL_MAIL, once until the
 * owner clears it, and that request wakes the owner as any other does. What comes through the box
 * carries the ring's tail of the moment it was queued, and has its turn when head gets there: so it
 * keeps its place among what its sender put into the ring before and after. (Unless its sender is
 * stopped between the two for as long as 2^23 other messages take.)
 */

/* Hangs on rare->mailbox while CTL_SORTED is set. Owner. */
struct mailbox {
	enum akt_mailbox kind;
	union {
		struct heap heap; /* by priority, or, beside a ring, by its position */
		struct fair fair;
	};
	struct gate *gate; /* with a ring, else NULL */
	struct flights *flights;
};

/* Whether users' messages go through a ring. */
AKTI_INLINE bool akti_mailbox_is_ring(const akt_type *type)
{
	return type->mailbox == AKT_MAILBOX_RING || type->overflow == AKT_OVERFLOW_DROP_OLDEST;
}

/* Whether the type asks for anything. */
AKTI_INLINE bool akti_mailbox_special(const akt_type *type)
{
	return type->mailbox_messages_max != 0 || type->mailbox_bytes_max != 0 ||
	       type->mailbox != AKT_MAILBOX_FIFO || type->overflow != AKT_OVERFLOW_REJECT;
}

/* Whether what it asks for makes sense. */
bool akti_mailbox_valid(const akt_type *type);

/* Make it for a cell that nobody has a reference of; *ret_flags goes into its ctl.
 * Errors: NOMEM. */
int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags);
/* The actor ends: what is left goes to the dead letters. Owner; ctx may be NULL. */
void akti_mailbox_end(struct actors *actors, akt_ctx *ctx, struct cell *cell);

/* Cannot fail: without memory the order gets coarser, see heap.h and fair.h. */
AKTI_INLINE void akti_mailbox_put(struct mailbox *mailbox, akt_msg *msg)
{
	if (mailbox->kind == AKT_MAILBOX_FAIR)
		akti_fair_put(&mailbox->fair, msg->from, &msg->node);
	else
		akti_heap_put(&mailbox->heap, &msg->node);
}

/* Whether the ring, if there is one, has a message, and where the next is or will be. Before what was queued beside it is
 * taken over: so all that must come before that message has been seen. */
AKTI_INLINE bool akti_mailbox_peek(struct mailbox *mailbox, uint64_t *ret_position)
{
	return mailbox->gate != NULL && mpmc_peek(&mailbox->gate->ring, ret_position);
}

/* The next message, hanging on nothing; NULL: none yet, or a sender has displaced it. ready, position:
 * from akti_mailbox_peek. */
akt_msg *akti_mailbox_take(struct mailbox *mailbox, bool ready, uint64_t position);

/* The owner has found nothing: senders to the ring must wake it from now on. False: there is
 * something after all. */
bool akti_mailbox_rest(struct mailbox *mailbox, struct cell *cell);

#endif
