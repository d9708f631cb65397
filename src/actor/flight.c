/* SPDX-License-Identifier: MIT */
/* See flight.h. */
#include "actor/flight.h"
#include "actor/actors.h"
#include "base/hash.h"
#include <math.h>

#define NUMBER_OF(to) ((uint32_t)(to) >> MSG_STAMP_SHIFT)
#define ABOVE_FLAGS ((uint64_t)(UINT32_MAX << MSG_STAMP_SHIFT))

_Static_assert(AKT_LATENCY_IN_FLIGHT_MAX <= 1u << MSG_STAMP_BITS, "a number fits the header");

void akti_flights_init(struct flights *flights)
{
	*flights = (struct flights){ 0 };
	akti_plat_mutex_init(&flights->mutex, PLAT_RANK_IO);
}

void akti_flights_fini(struct flights *flights)
{
	for (uint32_t i = 0; i < FLIGHT_CHUNKS && flights->chunks[i] != NULL; i++)
		akti_mem_free(flights->chunks[i], FLIGHTS_PER_CHUNK * sizeof(struct flight));
	akti_plat_mutex_fini(&flights->mutex);
}

static struct flight *new_chunk(void)
{
	struct flight *chunk = akti_mem_alloc(FLIGHTS_PER_CHUNK * sizeof(*chunk), MEM_OTHER);

	for (uint32_t i = 0; chunk != NULL && i < FLIGHTS_PER_CHUNK; i++)
		chunk[i].sent_ns = FLIGHT_NO_SAMPLE;
	return chunk;
}

/* Up to count free numbers; returns how many. */
static uint32_t refill(struct flights *flights, uint32_t *numbers, uint32_t count)
{
	uint32_t got = 0;

	akti_plat_lock(&flights->mutex);
	for (; got < count && flights->free != 0; got++) {
		numbers[got] = flights->free - 1;
		flights->free = akti_flight_at(flights, numbers[got])->next;
	}
	for (; got < count && flights->used < AKT_LATENCY_IN_FLIGHT_MAX; got++) {
		struct flight **chunk = &flights->chunks[flights->used / FLIGHTS_PER_CHUNK];

		if (*chunk == NULL)
			*chunk = new_chunk();
		if (*chunk == NULL)
			break;
		numbers[got] = flights->used++;
	}
	akti_plat_unlock(&flights->mutex);
	return got;
}

static void spill(struct flights *flights, const uint32_t *numbers, uint32_t count)
{
	akti_plat_lock(&flights->mutex);
	for (uint32_t i = 0; i < count; i++) {
		akti_flight_at(flights, numbers[i])->next = flights->free;
		flights->free = numbers[i] + 1;
	}
	akti_plat_unlock(&flights->mutex);
}

bool akti_flights_refill(struct flights *flights, struct flight_list *own)
{
	own->count = refill(flights, own->numbers, FLIGHTS_TRADED);
	return own->count > 0;
}

void akti_flights_spill(struct flights *flights, struct flight_list *own)
{
	own->count -= FLIGHTS_TRADED;
	spill(flights, own->numbers + own->count, FLIGHTS_TRADED);
}

uint64_t akti_flight_take(struct actors *actors, akt_ctx *ctx, uint64_t to)
{
	struct flight_list *own = ctx != NULL ? &ctx->flights : NULL;
	struct flight *flight;
	uint32_t number;

	if (to & MSG_TIMED)
		return to;
	if (akti_unlikely(own == NULL)) {
		if (refill(&actors->flights, &number, 1) == 0)
			return to;
	} else {
		if (own->count == 0 && !akti_flights_refill(&actors->flights, own))
			return to;
		number = akti_flight_pop(own);
	}
	flight = akti_flight_at(&actors->flights, number);
	flight->weight = 0;
	flight->parent = to & MSG_CHAINED ? NUMBER_OF(to) : 0;
	return (to & ~(ABOVE_FLAGS | MSG_CHAINED)) | MSG_TIMED |
	       (uint64_t)number << MSG_STAMP_SHIFT;
}

struct flight akti_flight_end(struct actors *actors, akt_ctx *ctx, akt_msg *msg)
{
	uint32_t number = NUMBER_OF(msg->to);
	struct flight *at = akti_flight_at(&actors->flights, number);
	struct flight flight = *at;

	at->sent_ns = FLIGHT_NO_SAMPLE;
	if (akti_unlikely(ctx == NULL))
		spill(&actors->flights, &number, 1);
	else
		akti_flight_push(&actors->flights, &ctx->flights, number);
	msg->to &= ~(ABOVE_FLAGS | MSG_TIMED);
	if (flight.parent != 0)
		msg->to |= MSG_CHAINED | flight.parent << MSG_STAMP_SHIFT;
	return flight;
}

uint32_t akti_flight_position(struct flights *flights, uint64_t to)
{
	return to & MSG_TIMED ? akti_flight_at(flights, NUMBER_OF(to))->position : NUMBER_OF(to);
}

/* --- samplers ----------------------------------------------------------------------------------- */

/* Geometric with mean every, at least 1. */
void akti_sampler_draw(struct sampler *sampler, const struct actors *actors, uint32_t every)
{
	double uniform;

	sampler->every = every;
	sampler->ahead = every == 0 ? UINT64_MAX : 1;
	if (every <= 1)
		return;
	if (sampler->random == 0)
		sampler->random =
			actors->options.seed != 0 ? actors->options.seed : akti_plat_random();
	sampler->random = akti_hash_u64(sampler->random + UINT64_C(0x9E3779B97F4A7C15));
	uniform = ((double)(sampler->random >> 11) + 0.5) / 9007199254740992.0; /* in (0, 1) */
	sampler->ahead = (uint64_t)(log(uniform) / log1p(-1.0 / every)) + 1;
}
