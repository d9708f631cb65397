/* SPDX-License-Identifier: MIT */
/*
 * flight: what is known of a message on its way and has no place in its header.
 *
 * The 24 bits of a header above the flags (message.h) hold one thing at a time: the place in a ring
 * beside which the message was queued, the chain in which it was sent (follow.h), or, if it is to be
 * timed, the number of a flight, which has room for all of that. Who queues a message takes a flight;
 * who handles it, or whoever ends it otherwise, gives it back.
 *
 * Flights come from chunks that are never given back before the system ends. A worker keeps some
 * numbers of its own and trades FLIGHTS_TRADED at a time under the mutex; other threads take and give
 * one at a time. No more than AKT_LATENCY_IN_FLIGHT_MAX are out: beyond, messages are not timed.
 *
 * Proved by: tests/unit/observe/test_latency.c, tests/unit/observe/test_follow.c.
 */
#ifndef AKTI_FLIGHT_H
#define AKTI_FLIGHT_H

#include "plat/plat.h"
#include <akt/observe.h>

#define FLIGHTS_PER_CHUNK 4096u
#define FLIGHT_CHUNKS (AKT_LATENCY_IN_FLIGHT_MAX / FLIGHTS_PER_CHUNK)
#define FLIGHTS_TRADED 64u
#define FLIGHTS_KEPT (2 * FLIGHTS_TRADED)

struct actors;
struct akt_ctx;
struct akt_msg;

struct flight {
	int64_t sent_ns; /* of a sample of latency.h; FLIGHT_NO_SAMPLE: it is none, as if free */
	uint64_t sent_ticks; /* for the message profile, if weight is not 0 */
	uint32_t weight;     /* messages that it stands for there */
	uint32_t parent;     /* the chain in which it was sent; 0: none */
	uint32_t position;   /* beside a ring */
	uint32_t next;       /* free: the next + 1 */
};
#define FLIGHT_NO_SAMPLE INT64_MIN

struct flights {
	struct plat_mutex mutex;
	struct flight *chunks[FLIGHT_CHUNKS];
	uint32_t used; /* numbers ever handed out */
	uint32_t free; /* the first + 1 */
};

/* A worker's own. */
struct flight_list {
	uint32_t count;
	uint32_t numbers[FLIGHTS_KEPT];
};

void akti_flights_init(struct flights *flights);
void akti_flights_fini(struct flights *flights);

/* Some free numbers for a worker that has none left; away with some of one that has too many. */
bool akti_flights_refill(struct flights *flights, struct flight_list *own);
void akti_flights_spill(struct flights *flights, struct flight_list *own);

/* to, msg->to of a message about to be queued, with a flight; what it carried is in there. Unchanged
 * and not MSG_TIMED: there is none. ctx: NULL on a thread that is no worker. */
uint64_t akti_flight_take(struct actors *actors, struct akt_ctx *ctx, uint64_t to);
/* msg, which is MSG_TIMED, has come down: its flight, given back. msg carries its chain from now on. */
struct flight akti_flight_end(struct actors *actors, struct akt_ctx *ctx, struct akt_msg *msg);

AKTI_INLINE struct flight *akti_flight_at(struct flights *flights, uint32_t number)
{
	return &flights->chunks[number / FLIGHTS_PER_CHUNK][number % FLIGHTS_PER_CHUNK];
}

/* A free number for a worker's message; own->count is not 0. */
AKTI_INLINE uint32_t akti_flight_pop(struct flight_list *own)
{
	return own->numbers[--own->count];
}

AKTI_INLINE void akti_flight_push(struct flights *flights, struct flight_list *own, uint32_t number)
{
	if (akti_unlikely(own->count == FLIGHTS_KEPT))
		akti_flights_spill(flights, own);
	own->numbers[own->count++] = number;
}

/* The place in a ring of a message that was queued beside it with to. */
uint32_t akti_flight_position(struct flights *flights, uint64_t to);

/* Which of a thread's messages are samples: each with the same chance, by a count that is drawn anew
 * from the geometric distribution whenever it has run down. */
struct sampler {
	uint64_t ahead; /* messages until the next sample, that one included */
	uint64_t random;
	uint32_t every; /* it was drawn for */
};
/* every: 0: none for a very long time. */
void akti_sampler_draw(struct sampler *sampler, const struct actors *actors, uint32_t every);

/* Whether this message is one. The seed decides in a seeded system, and turns do not notice. */
AKTI_INLINE bool akti_sampler_hits(struct sampler *sampler, const struct actors *actors,
				   uint32_t every)
{
	if (akti_unlikely(sampler->every != every))
		akti_sampler_draw(sampler, actors, every);
	if (akti_likely(--sampler->ahead > 0))
		return false;
	akti_sampler_draw(sampler, actors, every);
	return true;
}

#endif
