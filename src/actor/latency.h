/* SPDX-License-Identifier: MIT */
/*
 * latency: how long messages wait and how long their handlers run, by samples.
 *
 * Whether a message is a sample is decided when it is sent (struct sampler, flight.h): each is one with
 * the same chance, whatever the others were, and most pay a decrement. The same samples measure both
 * times.
 *
 *	send    actors born under AKT_OBSERVE_LATENCY have CTL_WATCHED, one more way to differ in deliver()
 *	queued  MSG_TIMED: the time cannot lie in the message, whose header is full, so it lies in a flight
 *	handled the turn gives the flight back; also the dead letters do
 *
 * Histograms lie in a table of (actor type, message type) that is only added to: found without a lock,
 * counted by relaxed adds, read while they change.
 *
 * Proved by: tests/unit/observe/test_latency.c.
 */
#ifndef AKTI_LATENCY_H
#define AKTI_LATENCY_H

#include "actor/actors.h"
#include <akt/observe.h>

#define SERIES_ROOM (2 * AKT_LATENCY_SERIES_MAX)

struct times {
	_Atomic uint64_t counts[AKT_HISTOGRAM_BUCKETS];
	_Atomic int64_t max_ns;
};

struct series {
	const akt_type *actor_type;
	const akt_msg_type *msg_type;
	struct times waited;
	struct times ran;
};

struct latency {
	struct plat_mutex mutex; /* of adding a series */
	uint32_t every;
	uint32_t series_count;
	_Atomic uint64_t lost; /* samples for which there was no place */
	_Atomic(struct series *) series[SERIES_ROOM];
};

/* Errors: NOMEM. */
int akti_latency_start(struct actors *actors);
void akti_latency_stop(struct actors *actors);

/* msg->to of a message about to be queued: with a flight, if it is to be a sample. */
uint64_t akti_latency_send(struct actors *actors, akt_ctx *ctx, uint64_t to);
/* A sample is about to be handled: count its wait. NULL: no place. Own turn. */
struct series *akti_latency_arrived(struct actors *actors, const struct cell *cell,
				    const akt_msg *msg, int64_t waited_ns);
void akti_latency_ran(struct series *series, int64_t ns);

#endif
