/* SPDX-License-Identifier: MIT */
/* following: what a worker knows of the message that it handles, see follow.h. */
#ifndef AKTI_FOLLOWING_H
#define AKTI_FOLLOWING_H

#include "actor/flight.h"
#include "prof/messages.h"

struct following {
	uint32_t
		parent; /* the chain in which the message being handled was sent; 0: none is followed */
	uint32_t chain; /* the same with its receiver; 0: not needed yet */
	const akt_msg_type *msg;
	uint64_t end_ticks; /* of the handler before, if that was a timed one; else 0 */
	struct sampler sampler;
	struct prof_bucket *bucket; /* of a timed one; else NULL */
	uint64_t begin_ticks;
	uint32_t weight;
	uint64_t end_turns; /* the worker's turns and what else it had done, at end_ticks */
	uint64_t end_elsewhere;
	struct prof_writer writer;
};

#endif
