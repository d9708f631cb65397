/* SPDX-License-Identifier: MIT */
/*
 * follow: the actors' half of the message profile (prof/messages.h).
 *
 *	send     while it is on, the table says that no slot is for plain senders (cell.h, reach): so each
 *	         message comes by deliver_closely, and off it costs nothing. There it gets the chain of what
 *	         its sender handles, MSG_CHAINED, or, one in so many, a flight with that and the time
 *	handled  the receiver makes its own chain of that one and itself when it first needs it: to send,
 *	         or because the message is timed
 *	ended    a dead letter or a drop gives the flight back and is counted
 *
 * What the runtime says to itself (MSG_SIGNAL) is not followed. The owner makes the chain and not the
 * sender, because the receiver's type is on the second line of its cell, and its owner's.
 *
 * Two looks at the time-stamp counter cost as much as a message, so one is spared where that is right:
 * if the worker went on from the handler before, and the message had been sent by then, its handler
 * begins where that one has ended.
 *
 * Proved by: tests/unit/observe/test_follow.c.
 */
#ifndef AKTI_FOLLOW_H
#define AKTI_FOLLOW_H

#include "actor/actors.h"

/* msg->to of a message about to be queued: to, with what is to be known of it. ctx: NULL outside. */
uint64_t akti_follow_send(struct actors *actors, akt_ctx *ctx, uint64_t to, const akt_msg *msg);

/* The same in the common case: from a handler, with a chain that is known, and not to be timed. False:
 * it is another, and nothing was done. */
AKTI_INLINE bool akti_follow_send_plain(akt_ctx *ctx, uint64_t *to)
{
	struct following *following = &ctx->following;
	uint32_t chain = following->chain;

	if (akti_likely(chain == 0)) {
		chain = akti_prof_chain_seen(&following->writer, following->parent, ctx->cell->type,
					     following->msg);
		if (akti_unlikely(chain == 0))
			return false;
		following->chain = chain;
	}
	if (akti_unlikely(following->sampler.every != akti_load_rlx(&akti_prof_messages.every)) ||
	    akti_unlikely(following->sampler.ahead <= 1))
		return false;
	following->sampler.ahead--;
	*to |= MSG_CHAINED | chain << MSG_STAMP_SHIFT;
	return true;
}

/* The handler of msg, which is MSG_CHAINED or MSG_TIMED, is about to run. Returns when it was sent if it
 * is a sample of latency.h, else FLIGHT_NO_SAMPLE. Own turn. */
int64_t akti_follow_begin(akt_ctx *ctx, struct cell *cell, akt_msg *msg);
/* It has run, or raised. r < 0: it has failed: it is followed until that is dealt with, and then
 * akti_follow_end_untimed. */
void akti_follow_end(akt_ctx *ctx, int r);

/* The same of one that is not MSG_TIMED. */
AKTI_INLINE void akti_follow_begin_untimed(akt_ctx *ctx, const akt_msg *msg)
{
	ctx->following.parent = (uint32_t)msg->to >> MSG_STAMP_SHIFT;
	ctx->following.msg = msg->type;
	ctx->following.end_ticks = 0;
}

AKTI_INLINE void akti_follow_end_untimed(akt_ctx *ctx)
{
	ctx->following.parent = 0;
	ctx->following.chain = 0;
}

/* msg, an answer to a thread outside, has been collected there. */
void akti_follow_collected(struct actors *actors, struct cell *cell, akt_msg *msg);
/* msg, which is MSG_TIMED, will not be handled: dead or dropped. ctx: NULL outside. */
void akti_follow_lost(struct actors *actors, akt_ctx *ctx, akt_msg *msg,
		      enum prof_messages_fate fate);

#endif
