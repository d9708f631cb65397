/* SPDX-License-Identifier: MIT */
/*
 * top: of all actors those that lead in something, for who looks at a large system again and again (akt
 * top): a page of the tree instead of all of it, and sums for each type.
 *
 * Leading are, for each of enum top_key, the `most` with the highest number, if it is not 0; the first
 * `most` of the tree; and who was asked for by name or reference, TOP_ALSO_MAX at most. Each is told once,
 * in the order of the tree.
 *
 * It is fed by akt_system_actors. Cost: some comparisons an actor; a leader is copied when it leads.
 */
#ifndef AKTI_DEBUG_TOP_H
#define AKTI_DEBUG_TOP_H

#include "debug/types.h"
#include <akt/observe.h>

#define TOP_MOST_MAX 1000u
#define TOP_ALSO_MAX 64u

enum top_key {
	TOP_WAITING, /* messages in mailbox and stash */
	TOP_RUNNING, /* how long its handler runs */
	TOP_MEMORY,
	TOP_FAILURES, /* and restarts */
	TOP_KEYS
};

/* Sums of a type. */
struct top_type {
	uint64_t actors;
	uint64_t running;
	uint64_t queued;
	uint64_t mailbox; /* these and the following: what is known */
	uint64_t memory;
	uint64_t failures;
	uint64_t restarts;
};

struct top;

/* also: who is wanted, "@SLOT.GEN" or a name as in a path, between commas; "" for nobody. Who is none is
 * passed over. Errors: NOMEM. */
int akti_top_create(akt_system *sys, uint32_t most, const char *also, struct top **ret_top);
void akti_top_destroy(struct top *top);

/* A visit of akt_system_actors; arg: the struct top. */
void akti_top_see(void *arg, const akt_actor_info *info);
/* Memory was out: not all were seen. */
bool akti_top_failed(const struct top *top);

void akti_top_tell(struct top *top, void (*visit)(void *arg, const akt_actor_info *info),
		   void *arg);
/* The sums are numbered as the types are. */
const struct top_type *akti_top_types(const struct top *top, const struct types **ret_types);

#endif
