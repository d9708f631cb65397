/* SPDX-License-Identifier: MIT */
/*
 * sums: a profile by actor. CPU profiles and message profiles carry the labels "actor" and
 * "actor_type" (docs/formats/profile.md); what a profile has of one actor is added up, and the profile
 * is kept for who asks what that one did.
 */
#ifndef TOP_SUMS_H
#define TOP_SUMS_H

#include "pprof/ground/buffer.h"
#include "profile/model.h"

enum sums_kind { SUMS_CPU, SUMS_MESSAGES };

struct sum {
	const char *label; /* the actor's; of a type, the type's */
	int64_t count;     /* samples taken; messages */
	int64_t value_ns;  /* CPU time; how long all of these messages waited */
	int64_t sampled;   /* messages that were timed */
};

struct sums {
	struct profile *profile; /* NULL: there is none */
	int64_t duration_ns;
	uint32_t count_index, value_index; /* among the values of a sample */
	struct sum *actors;                /* by label */
	struct sum *types;
	size_t actor_count, type_count;
	struct sum all;
};

/* False with a text: these bytes are no profile of that kind. every: messages for each that is timed. */
bool sums_read(struct sums *sums, enum sums_kind kind, const struct buffer *bytes, int64_t every,
	       struct buffer *error);
void sums_fini(struct sums *sums);

/* NULL: nothing of it. */
const struct sum *sums_of_actor(const struct sums *sums, const char *label);
const struct sum *sums_of_type(const struct sums *sums, const char *type);

/* The first of those with most, at most max; returns how many. by_value: by time, else by count. */
size_t sums_most(const struct sums *sums, bool by_value, const struct sum **most, size_t max);

/* --- what one actor did ---------------------------------------------------------------------------- */

struct share {
	const char *name;
	int64_t flat, cum; /* of CPU time */
};

/* Its functions, those with most of its own time first; freed by the caller. *ret_count 0: nothing. */
struct share *sums_functions(const struct sums *sums, const char *label, size_t *ret_count);
/* Who sent to it: frames "Type.message", flat being messages. */
struct share *sums_senders(const struct sums *sums, const char *label, size_t *ret_count);

#endif
