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

#include "actor/cell.h"
#include "queue/fair.h"
#include "queue/heap.h"

struct actors;

/* Hangs on rare->mailbox while CTL_SORTED is set. Owner. */
struct mailbox {
	enum akt_mailbox kind;
	union {
		struct heap heap;
		struct fair fair;
	};
};

/* Whether the type asks for anything. */
AKTI_INLINE bool akti_mailbox_special(const akt_type *type)
{
	return type->mailbox_messages_max != 0 || type->mailbox_bytes_max != 0 ||
	       type->mailbox != AKT_MAILBOX_FIFO;
}

/* Whether what it asks for makes sense. */
bool akti_mailbox_valid(const akt_type *type);

/* Make it for a cell that nobody has a reference of; *ret_flags goes into its ctl.
 * Errors: NOMEM. */
int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags);
/* The actor ends: what is left goes to the dead letters. Owner. */
void akti_mailbox_end(akt_ctx *ctx, struct cell *cell);
/* Undo akti_mailbox_make; nothing was put. */
void akti_mailbox_unmake(struct cell *cell);

/* Cannot fail: without memory the order gets coarser, see heap.h and fair.h. */
AKTI_INLINE void akti_mailbox_put(struct mailbox *mailbox, akt_msg *msg)
{
	if (mailbox->kind == AKT_MAILBOX_PRIORITY)
		akti_heap_put(&mailbox->heap, &msg->node);
	else
		akti_fair_put(&mailbox->fair, msg->from, &msg->node);
}

/* The next message, hanging on nothing; NULL: none. */
AKTI_INLINE akt_msg *akti_mailbox_take(struct mailbox *mailbox)
{
	struct mpsc_node *node = mailbox->kind == AKT_MAILBOX_PRIORITY
					 ? akti_heap_take(&mailbox->heap)
					 : akti_fair_take(&mailbox->fair);

	return node != NULL ? akti_msg_of(node) : NULL;
}

#endif
