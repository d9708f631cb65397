/* SPDX-License-Identifier: MIT */
/*
 * rank: which actors of a cut are heavy enough to keep their name in a file.
 *
 * One pass over the cut sums the weight of each (type, actor); if there are more than keep of
 * them, the lightest ones are folded into their type. Weight is cycles for handlers, ticks where
 * there are none, bytes on the heap, made and held, waits of messages.
 *
 * Threads: outside. Memory comes from malloc.
 */
#ifndef AKTI_PROF_RANK_H
#define AKTI_PROF_RANK_H

#include "prof/cut.h"

struct ranked_actor {
	const akt_type *type;
	uint64_t actor; /* 0: free */
	uint64_t weight;
	bool folded;
};

struct prof_rank {
	struct ranked_actor *at; /* open addressing, at most half full */
	uint64_t mask;
	uint64_t count;
	uint64_t folded;
};

/* Errors: NOMEM; fini is then still allowed. */
int akti_prof_rank_init(struct prof_rank *rank, const struct prof_cut *cut, uint64_t keep);
void akti_prof_rank_fini(struct prof_rank *rank);

/* actor, or PROF_ACTOR_OTHER when it is folded. */
uint64_t akti_prof_rank_of(const struct prof_rank *rank, const akt_type *type, uint64_t actor);

#endif
