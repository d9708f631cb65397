/* SPDX-License-Identifier: MIT */
/*
 * follow: the actors' half of the message profile (prof/messages.h).
 *
 *	send     while it is on, the table says that no slot is for plain senders (cell.h, reach): so each
 *	         message comes by deliver_closely, and off it costs nothing. There it gets the chain of what
 *	         its sender handles, MSG_CHAINED, or, one in so many, a flight with that and the time
 *	handled  the receiver makes its own chain of that one and itself when it first needs it: to send,
 *	         or because the message is timed. Its handler is called from where all are, for a second
 *	         place would be foretold worse; so the end of a timed one is seen by CTX_TIMED
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

enum follow_send {
	FOLLOW_OTHER = 0, /* nothing was done: akti_follow_send */
	FOLLOW_DONE = 1,
	FOLLOW_TIME = 2, /* then akti_follow_time */
};

/* The same in the common case: from a handler, with a chain that is known. */
AKTI_INLINE enum follow_send akti_follow_send_here(akt_ctx *ctx, uint64_t *to)
{
	struct following *following = &ctx->following;
	uint32_t chain = following->chain;

	if (akti_unlikely(following->serial != akti_counter_read(&ctx->tally.processed)) ||
	    akti_unlikely(following->sampler.every != akti_load_rlx(&akti_prof_messages.every)))
		return FOLLOW_OTHER;
	if (chain == 0) {
		chain = akti_prof_chain_seen(&following->writer, following->parent, ctx->cell->type,
					     following->msg);
		if (akti_unlikely(chain == 0))
			return FOLLOW_OTHER;
		following->chain = chain;
	}
	*to |= MSG_CHAINED | chain << MSG_STAMP_SHIFT;
	return akti_likely(--following->sampler.ahead != 0) ? FOLLOW_DONE : FOLLOW_TIME;
}

/* to, of a worker's message, with a flight and the time. */
uint64_t akti_follow_time(struct actors *actors, akt_ctx *ctx, uint64_t to);

/* The same in the common case: each message is timed. No calls, so that who calls needs no frame. False:
 * it is another, and nothing was done. */
AKTI_INLINE bool akti_follow_time_each(struct actors *actors, akt_ctx *ctx, uint64_t *to)
{
	struct following *following = &ctx->following;
	struct flight_list *own = &ctx->flights;
	struct flight *flight;
	uint32_t number;

	if (akti_unlikely(following->sampler.every != 1) || akti_unlikely(own->count == 0) ||
	    akti_unlikely(following->writer.number == 0) ||
	    akti_unlikely(following->writer.fates == NULL) ||
	    akti_unlikely(actors->options.seed != 0))
		return false;
	following->sampler.ahead = 1;
	number = akti_flight_pop(own);
	flight = akti_flight_at(&actors->flights, number);
	flight->weight = 1;
	flight->parent = (uint32_t)*to >> MSG_STAMP_SHIFT;
	akti_count(&following->writer.fates->value[MESSAGES_SENT], 1);
	*to = (*to & GEN_MASK) | MSG_TIMED | number << MSG_STAMP_SHIFT;
	flight->sent_ticks = akti_prof_cycles();
	return true;
}

/* The handler of msg, which is MSG_CHAINED or MSG_TIMED, is about to run. Returns when it was sent if it
 * is a sample of latency.h, else FLIGHT_NO_SAMPLE. Own turn. */
int64_t akti_follow_begin(akt_ctx *ctx, struct cell *cell, akt_msg *msg);
/* It has run, or raised. Nothing, if it was not timed. */
void akti_follow_end(akt_ctx *ctx);

/* The newest message that was handled has failed, and is followed until that is dealt with. */
void akti_follow_failing(akt_ctx *ctx);
void akti_follow_failed(akt_ctx *ctx);

/* akti_follow_begin of one that was sent in chain parent and is not timed. */
AKTI_INLINE void akti_follow_begin_untimed(akt_ctx *ctx, uint32_t parent, const akt_msg_type *msg)
{
	ctx->following.serial = akti_counter_read(&ctx->tally.processed);
	ctx->following.parent = parent;
	ctx->following.chain = 0;
	ctx->following.msg = msg;
}

/* akti_follow_begin in the common case of MSG_TIMED: msg is neither a clock's nor a sample of latency.h,
 * and its like has come before. akti_follow_end is due when the handler's scope ends. False: it is
 * another, and nothing was done. */
bool akti_follow_begin_timed(akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* msg, an answer to a thread outside, has been collected there. */
void akti_follow_collected(struct actors *actors, struct cell *cell, akt_msg *msg);
/* msg, which is MSG_TIMED, will not be handled: dead or dropped. ctx: NULL outside. */
void akti_follow_lost(struct actors *actors, akt_ctx *ctx, akt_msg *msg,
		      enum prof_messages_fate fate);

#endif
