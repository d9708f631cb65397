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

/* Whether the worker handles what it followed last. */
AKTI_INLINE bool is_followed(const akt_ctx *ctx)
{
	return ctx->following.parent != 0 &&
	       ctx->following.serial == akti_counter_read(&ctx->tally.processed);
}

/* The chain of what a worker handles. */
static uint32_t chain_here(akt_ctx *ctx)
{
	struct following *following = &ctx->following;

	if (!is_followed(ctx))
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
	number = akti_flight_pop(own);
	flight = akti_flight_at(&actors->flights, number);
	flight->weight = every;
	flight->parent = (uint32_t)to >> MSG_STAMP_SHIFT;
	akti_prof_messages_count(&ctx->following.writer, MESSAGES_SENT, every);
	to = (to & (GEN_MASK | MSG_FLAGS)) | MSG_TIMED | (uint64_t)number << MSG_STAMP_SHIFT;
	flight->sent_ticks = ticks_now(actors);
	return to;
}

uint64_t akti_follow_time(struct actors *actors, akt_ctx *ctx, uint64_t to)
{
	struct sampler *sampler = &ctx->following.sampler;
	uint32_t every = sampler->every;

	sampler->ahead = 1;
	if (every != 1)
		akti_sampler_draw(sampler, actors, every);
	return time_here(actors, ctx, to, every);
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
AKTI_INLINE uint64_t elsewhere(const akt_ctx *ctx)
{
	return akti_counter_read(&ctx->worker->steals) + akti_counter_read(&ctx->worker->parks);
}

AKTI_INLINE uint64_t begin_ticks(const akt_ctx *ctx, uint64_t sent_ticks)
{
	const struct following *following = &ctx->following;

	if (sent_ticks <= following->end_ticks && following->serial == following->end_serial &&
	    elsewhere(ctx) == following->end_elsewhere && !ctx->actors->options.driven &&
	    !in_ns(ctx->actors))
		return following->end_ticks;
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

/* The handler of message, which was followed a moment ago, is timed. */
AKTI_INLINE void begin_timed(akt_ctx *ctx, struct cell *cell, const akt_msg *message,
			     uint64_t sent_ticks, uint32_t weight)
{
	struct following *following = &ctx->following;
	const uint64_t actor = akti_address_of_cell(ctx->actors, cell);
	const struct prof_arrival *arrival =
		akti_prof_arrival_seen(&following->writer, following->parent, message->type, actor);

	if (arrival == NULL)
		arrival = akti_prof_arrival_make(&following->writer, following->parent, cell->type,
						 message->type, actor, in_ns(ctx->actors));
	following->chain = arrival->chain;
	following->bucket = arrival->bucket;
	if (akti_unlikely(arrival->bucket == NULL)) {
		akti_prof_messages_lose(weight);
		return;
	}
	following->weight = weight;
	following->begin_ticks = begin_ticks(ctx, sent_ticks);
	akti_prof_messages_came(arrival->bucket, weight, akti_msg_payload_bytes(message),
				(int64_t)(following->begin_ticks - sent_ticks));
}

int64_t akti_follow_begin(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	const akt_msg *message = counted(msg);
	struct flight flight;

	if (!(msg->to & MSG_TIMED)) {
		if (msg->to & MSG_CHAINED)
			akti_follow_begin_untimed(ctx, (uint32_t)msg->to >> MSG_STAMP_SHIFT,
						  message->type);
		return FLIGHT_NO_SAMPLE;
	}
	flight = akti_flight_end(ctx->actors, ctx, msg);
	if (flight.parent == 0)
		return flight.sent_ns;
	akti_follow_begin_untimed(ctx, flight.parent, message->type);
	if (flight.weight != 0)
		begin_timed(ctx, cell, message, flight.sent_ticks, flight.weight);
	return flight.sent_ns;
}

/* No calls: a frame for them would be a tenth of it. */
bool akti_follow_begin_timed(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	struct following *following = &ctx->following;
	struct flight_list *own = &ctx->flights;
	const uint32_t number = (uint32_t)msg->to >> MSG_STAMP_SHIFT;
	const struct flight *flight = akti_flight_at(&ctx->actors->flights, number);
	const uint32_t parent = flight->parent;
	const uint32_t weight = flight->weight;
	const struct prof_arrival *arrival =
		akti_prof_arrival_seen(&following->writer, parent, msg->type,
				       (msg->to & GEN_MASK) | cell->slot);

	/* Seen is only what was sent in a chain. */
	if (akti_unlikely(arrival == NULL) || akti_unlikely(weight == 0) ||
	    akti_unlikely(flight->sent_ns != FLIGHT_NO_SAMPLE) ||
	    akti_unlikely(own->count == FLIGHTS_KEPT))
		return false;
	ctx->state |= CTX_TIMED;
	akti_follow_begin_untimed(ctx, parent, msg->type);
	following->chain = arrival->chain;
	following->bucket = arrival->bucket;
	following->weight = weight;
	following->begin_ticks = begin_ticks(ctx, flight->sent_ticks);
	akti_prof_messages_came(arrival->bucket, weight, akti_msg_payload_bytes(msg),
				(int64_t)(following->begin_ticks - flight->sent_ticks));
	own->numbers[own->count++] = number;
	msg->to = (msg->to & GEN_MASK) | MSG_CHAINED | parent << MSG_STAMP_SHIFT;
	return true;
}

void akti_follow_end(akt_ctx *ctx)
{
	struct following *following = &ctx->following;

	if (following->bucket == NULL)
		return;
	following->end_ticks = ticks_now(ctx->actors);
	following->end_serial = following->serial + 1;
	following->end_elsewhere = elsewhere(ctx);
	akti_prof_messages_add(following->bucket, MESSAGES_PROCESSING,
			       (int64_t)(following->end_ticks - following->begin_ticks) *
				       following->weight);
	following->bucket = NULL;
}

void akti_follow_failing(akt_ctx *ctx)
{
	struct following *following = &ctx->following;

	akti_follow_end(ctx);
	if (following->serial + 1 == akti_counter_read(&ctx->tally.processed))
		following->serial++; /* it has been counted */
}

void akti_follow_failed(akt_ctx *ctx)
{
	ctx->following.serial = UINT64_MAX;
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
	if (bucket == NULL)
		akti_prof_messages_lose(flight.weight);
	else
		akti_prof_messages_came(bucket, flight.weight, akti_msg_payload_bytes(msg),
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
