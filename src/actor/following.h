/* SPDX-License-Identifier: MIT */
/* following: what a worker knows of the message that it handles, see follow.h. */
#ifndef AKTI_FOLLOWING_H
#define AKTI_FOLLOWING_H

#include "actor/flight.h"
#include "prof/messages.h"

struct following {
	/* The newest message that was followed to its handler. It is the one being handled while the
	 * worker has processed as many messages as when it began: so nothing is cleared after it. */
	uint64_t serial;
	uint32_t parent; /* the chain in which it was sent; 0: there was none yet */
	uint32_t chain;  /* the same with its receiver; 0: not needed yet */
	const akt_msg_type *msg;
	struct sampler sampler;
	/* If it is timed, else bucket is NULL. */
	struct prof_bucket *bucket;
	uint64_t begin_ticks;
	uint32_t weight;
	/* When the newest timed one had been handled, how many had been processed then, and what else
	 * the worker had done. */
	uint64_t end_ticks;
	uint64_t end_serial;
	uint64_t end_elsewhere;
	struct prof_writer writer;
};

#endif
