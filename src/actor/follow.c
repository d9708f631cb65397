/* SPDX-License-Identifier: MIT */
/* See follow.h. */
#include "actor/follow.h"
#include "actor/ask.h"
#include <akt/fd.h>

static AKTI_TLS struct sampler outside; /* of a thread that is no worker */

/* In a seeded system the clock, which stands still while anything can run. */
AKTI_INLINE bool in_ns(const struct actors *actors)
{
	return actors->options.seed != 0;
}

AKTI_INLINE uint64_t ticks_now(const struct actors *actors)
{
	return akti_unlikely(in_ns(actors)) ? (uint64_t)actors->sched.virtual_ns
					    : akti_prof_cycles();
}

/* The chain of what a worker sends outside of handlers. msg is NULL or gone. */
static uint32_t chain_of_hook(akt_ctx *ctx)
{
	enum prof_root what = ctx->msg == NULL ? PROF_ROOT_HOOK : PROF_ROOT_EARLIER;

	if (ctx->cell == NULL)
		return PROF_ROOT_OUTSIDE;
	return akti_prof_chain(&ctx->following.writer, PROF_ROOT_NONE, ctx->cell->type,
			       (const akt_msg_type *)(uintptr_t)what);
}

/* The chain of what a worker handles. */
AKTI_INLINE uint32_t chain_here(akt_ctx *ctx)
{
	struct following *following = &ctx->following;

	if (akti_unlikely(following->parent == 0))
		return chain_of_hook(ctx);
	if (following->chain == 0)
		following->chain = akti_prof_chain(&following->writer, following->parent,
						   ctx->cell->type, following->msg);
	return following->chain;
}

/* A worker's message is to be timed. */
AKTI_INLINE uint64_t time_here(struct actors *actors, akt_ctx *ctx, uint64_t to, uint32_t every)
{
	struct flight_list *own = &ctx->flights;
	struct flight *flight;
	uint32_t number;

	if (akti_unlikely(own->count == 0) && !akti_flights_refill(&actors->flights, own)) {
		akti_prof_messages_count(&ctx->following.writer, MESSAGES_UNTIMED, every);
		return to;
	}
	number = own->numbers[--own->count];
	flight = akti_flight_at(&actors->flights, number);
	flight->sent_ns = FLIGHT_NO_SAMPLE;
	flight->weight = every;
	flight->parent = (uint32_t)to >> MSG_STAMP_SHIFT;
	akti_prof_messages_count(&ctx->following.writer, MESSAGES_SENT, every);
	to = (to & (GEN_MASK | MSG_FLAGS)) | MSG_TIMED | (uint64_t)number << MSG_STAMP_SHIFT;
	flight->sent_ticks = ticks_now(actors);
	return to;
}

static uint64_t time_outside(struct actors *actors, uint64_t to, uint32_t every)
{
	struct flight *flight;

	to = akti_flight_take(actors, NULL, to);
	if (!(to & MSG_TIMED)) {
		akti_prof_messages_count(NULL, MESSAGES_UNTIMED, every);
		return to;
	}
	akti_prof_messages_count(NULL, MESSAGES_SENT, every);
	flight = akti_flight_at(&actors->flights, (uint32_t)to >> MSG_STAMP_SHIFT);
	flight->weight = every;
	flight->sent_ticks = ticks_now(actors);
	return to;
}

static uint64_t time_it(struct actors *actors, akt_ctx *ctx, uint64_t to)
{
	struct sampler *sampler = ctx != NULL ? &ctx->following.sampler : &outside;
	uint32_t every = akti_load_rlx(&akti_prof_messages.every);

	if (akti_unlikely(sampler->every != every)) {
		akti_sampler_draw(sampler, actors, every);
		if (--sampler->ahead > 0)
			return to;
	}
	sampler->ahead = 1;
	if (every != 1)
		akti_sampler_draw(sampler, actors, every);
	return akti_likely(ctx != NULL) ? time_here(actors, ctx, to, every)
					: time_outside(actors, to, every);
}

uint64_t akti_follow_send(struct actors *actors, akt_ctx *ctx, uint64_t to, const akt_msg *msg)
{
	struct sampler *sampler = ctx != NULL ? &ctx->following.sampler : &outside;
	uint32_t parent;

	if (to & MSG_TIMER)
		parent = PROF_ROOT_TIMER;
	else if (msg->type == &akt_message_akt_fd_ready)
		parent = PROF_ROOT_DESCRIPTOR;
	else
		parent = ctx != NULL ? chain_here(ctx) : PROF_ROOT_OUTSIDE;
	to |= MSG_CHAINED | parent << MSG_STAMP_SHIFT;
	if (sampler->every == akti_load_rlx(&akti_prof_messages.every) && --sampler->ahead != 0)
		return to;
	return time_it(actors, ctx, to);
}

/* What the worker does between two turns that follow each other is no more than a turn. */
static uint64_t elsewhere(const akt_ctx *ctx)
{
	return akti_counter_read(&ctx->worker->steals) + akti_counter_read(&ctx->worker->parks);
}

static uint64_t begin_ticks(akt_ctx *ctx, uint64_t sent_ticks, uint64_t end_ticks)
{
	const struct following *following = &ctx->following;

	if (sent_ticks <= end_ticks && !in_ns(ctx->actors) && !ctx->actors->options.driven &&
	    akti_counter_read(&ctx->worker->turns) - following->end_turns <= 1 &&
	    elsewhere(ctx) == following->end_elsewhere)
		return end_ticks;
	return ticks_now(ctx->actors);
}

/* What is counted of msg: a delayed message to oneself is the one that brings it. */
static const akt_msg *counted(const akt_msg *msg)
{
	const struct ask *ask;

	if (akti_likely(!(msg->to & MSG_TIMER)))
		return msg;
	ask = akti_ask_of_msg((akt_msg *)(uintptr_t)msg);
	return ask->kind == ASK_SEND && ask->to == ask->asker ? ask->msg : msg;
}

/* A timed message has come, and its handler begins. NULL: no room. */
AKTI_INLINE struct prof_bucket *arrived(struct prof_bucket *bucket, uint32_t bytes, uint32_t weight,
					int64_t waited)
{
	if (akti_unlikely(bucket == NULL)) {
		akti_prof_messages_lose(weight);
		return NULL;
	}
	akti_prof_messages_add(bucket, MESSAGES_COUNT, weight);
	akti_prof_messages_add(bucket, MESSAGES_BYTES, (int64_t)weight * bytes);
	if (akti_likely(waited > 0)) /* the counters of two processors may differ */
		akti_prof_messages_add(bucket, MESSAGES_WAIT, weight * waited);
	return bucket;
}

int64_t akti_follow_begin(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	struct following *following = &ctx->following;
	uint64_t end_ticks = following->end_ticks;
	const akt_msg *message = counted(msg);
	struct prof_bucket *bucket;
	const struct flight *flight;
	struct flight_list *own = &ctx->flights;
	uint32_t number = (uint32_t)msg->to >> MSG_STAMP_SHIFT;
	int64_t sent_ns;

	following->end_ticks = 0;
	following->msg = message->type;
	if (!(msg->to & MSG_TIMED)) {
		following->parent = msg->to & MSG_CHAINED ? number : 0;
		return FLIGHT_NO_SAMPLE;
	}
	flight = akti_flight_at(&ctx->actors->flights, number);
	following->parent = flight->parent;
	following->weight = flight->weight;
	sent_ns = flight->sent_ns;
	if (akti_unlikely(own->count == FLIGHTS_KEPT))
		akti_flights_spill(&ctx->actors->flights, own);
	own->numbers[own->count++] = number;
	msg->to &= GEN_MASK | MSG_FLAGS | MSG_COUNTED;
	if (following->parent == 0)
		return sent_ns;
	msg->to |= MSG_CHAINED | following->parent << MSG_STAMP_SHIFT;
	if (following->weight == 0)
		return sent_ns;
	/* The flight has been given back, to this worker's own list: it stands until the next send. */
	following->begin_ticks = begin_ticks(ctx, flight->sent_ticks, end_ticks);
	following->chain =
		akti_prof_chain(&following->writer, following->parent, cell->type, message->type);
	bucket = akti_prof_messages_bucket(&following->writer, following->chain,
					   akti_address_of_cell(ctx->actors, cell),
					   in_ns(ctx->actors));
	following->bucket = arrived(bucket, akti_msg_payload_bytes(message), following->weight,
				    (int64_t)(following->begin_ticks - flight->sent_ticks));
	return sent_ns;
}

void akti_follow_end(akt_ctx *ctx, int r)
{
	struct following *following = &ctx->following;

	if (akti_likely(r >= 0))
		akti_follow_end_untimed(ctx);
	if (following->bucket == NULL)
		return;
	following->end_ticks = ticks_now(ctx->actors);
	following->end_turns = akti_counter_read(&ctx->worker->turns);
	following->end_elsewhere = elsewhere(ctx);
	akti_prof_messages_add(following->bucket, MESSAGES_PROCESSING,
			       (int64_t)(following->end_ticks - following->begin_ticks) *
				       following->weight);
	following->bucket = NULL;
}

void akti_follow_collected(struct actors *actors, struct cell *cell, akt_msg *msg)
{
	struct flight flight;
	struct prof_bucket *bucket;
	uint32_t chain;

	if (!(msg->to & MSG_TIMED))
		return;
	flight = akti_flight_end(actors, NULL, msg);
	if (flight.weight == 0)
		return;
	chain = akti_prof_chain_make(NULL, flight.parent, cell->type, msg->type);
	bucket = akti_prof_messages_find(NULL, chain, 0, akti_prof_phase_here(), in_ns(actors));
	(void)arrived(bucket, akti_msg_payload_bytes(msg), flight.weight,
		      (int64_t)(ticks_now(actors) - flight.sent_ticks));
}

void akti_follow_lost(struct actors *actors, akt_ctx *ctx, akt_msg *msg,
		      enum prof_messages_fate fate)
{
	struct flight flight = akti_flight_end(actors, ctx, msg);

	if (flight.weight != 0)
		akti_prof_messages_count(ctx != NULL ? &ctx->following.writer : NULL, fate,
					 flight.weight);
}
