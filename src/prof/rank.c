/* SPDX-License-Identifier: MIT */
/* See rank.h. */
#include "prof/rank.h"
#include "prof/cpu.h"
#include "prof/heap.h"
#include "prof/messages.h"
#include "base/hash.h"

#include <akt/error.h>
#include <stdlib.h>

#define SLOTS_FIRST 1024u

/* A tick weighs as many cycles as 10 ms of a 2 GHz clock: good enough to sort by. */
#define CYCLES_PER_TICK 20000000u

static struct ranked_actor *place_of(const struct prof_rank *rank, const akt_type *type,
				     uint64_t actor)
{
	uint64_t at = akti_hash_u64(actor ^ ((uintptr_t)type << 7)) & rank->mask;

	while (rank->at[at].actor != 0 &&
	       (rank->at[at].actor != actor || rank->at[at].type != type))
		at = (at + 1) & rank->mask;
	return &rank->at[at];
}

static int grow(struct prof_rank *rank)
{
	struct prof_rank larger = { .mask = rank->at == NULL ? SLOTS_FIRST - 1 : 2 * rank->mask + 1,
				    .count = rank->count };

	larger.at = calloc(larger.mask + 1, sizeof(*larger.at));
	if (larger.at == NULL)
		return AKT_ERR_NOMEM;
	for (uint64_t i = 0; rank->at != NULL && i <= rank->mask; i++) {
		if (rank->at[i].actor != 0)
			*place_of(&larger, rank->at[i].type, rank->at[i].actor) = rank->at[i];
	}
	free(rank->at);
	*rank = larger;
	return 0;
}

static uint64_t weight_of(const struct prof_cut *cut, const struct prof_bucket *bucket)
{
	int64_t values[PROF_VALUES];

	akti_prof_cut_values(cut, bucket, values);
	switch (bucket->key.what) {
	case PROF_CPU:
		return (uint64_t)values[CPU_TICKS] * CYCLES_PER_TICK;
	case PROF_CYCLES:
		return (uint64_t)values[CYCLES_SUM];
	default:
		if (bucket->key.what >= PROF_MESSAGES)
			return (uint64_t)(values[MESSAGES_COUNT] + values[MESSAGES_WAIT] +
					  values[MESSAGES_PROCESSING]);
		return (uint64_t)values[HEAP_ALLOC_BYTES];
	}
}

static int add(struct prof_rank *rank, const akt_type *type, uint64_t actor, uint64_t weight)
{
	struct ranked_actor *place;

	if (weight == 0 || actor == 0 || actor == PROF_ACTOR_OTHER)
		return 0;
	if ((rank->at == NULL || 2 * (rank->count + 1) > rank->mask) && grow(rank) < 0)
		return AKT_ERR_NOMEM;
	place = place_of(rank, type, actor);
	if (place->actor == 0)
		rank->count++;
	place->type = type;
	place->actor = actor;
	place->weight += weight;
	return 0;
}

/* Owners of memory are among the actors that a file names. */
static int add_owners(struct prof_rank *rank, const struct prof_held *held)
{
	int r = 0;

	for (size_t i = 0; held != NULL && i < held->part_count && r == 0; i++) {
		const struct held_part *part = &held->parts[i];

		r = add(rank, part->type, part->actor, (uint64_t)part->bytes);
	}
	return r;
}

static int heavier_first(const void *a, const void *b)
{
	const struct ranked_actor *left = *(struct ranked_actor *const *)a;
	const struct ranked_actor *right = *(struct ranked_actor *const *)b;

	if (left->weight != right->weight)
		return left->weight > right->weight ? -1 : 1;
	return left->actor < right->actor ? -1 : left->actor > right->actor;
}

static int fold(struct prof_rank *rank, uint64_t keep)
{
	struct ranked_actor **sorted = calloc(rank->count, sizeof(struct ranked_actor *));
	uint64_t count = 0;

	if (sorted == NULL)
		return AKT_ERR_NOMEM;
	for (uint64_t i = 0; i <= rank->mask; i++) {
		if (rank->at[i].actor != 0)
			sorted[count++] = &rank->at[i];
	}
	qsort(sorted, count, sizeof(struct ranked_actor *), heavier_first);
	for (uint64_t i = keep; i < count; i++)
		sorted[i]->folded = true;
	rank->folded = count - keep;
	free(sorted);
	return 0;
}

int akti_prof_rank_init(struct prof_rank *rank, const struct prof_cut *cut, uint64_t keep)
{
	*rank = (struct prof_rank){ 0 };
	for (const struct prof_bucket *at = akti_prof_cut_newest(cut); at != NULL; at = at->older) {
		if (add(rank, at->key.type, at->key.actor, weight_of(cut, at)) < 0)
			return AKT_ERR_NOMEM;
	}
	if (add_owners(rank, cut->held) < 0)
		return AKT_ERR_NOMEM;
	return rank->count > keep ? fold(rank, keep) : 0;
}

void akti_prof_rank_fini(struct prof_rank *rank)
{
	free(rank->at);
	*rank = (struct prof_rank){ 0 };
}

uint64_t akti_prof_rank_of(const struct prof_rank *rank, const akt_type *type, uint64_t actor)
{
	const struct ranked_actor *place;

	if (rank->folded == 0 || actor == 0 || actor == PROF_ACTOR_OTHER)
		return actor;
	place = place_of(rank, type, actor);
	return place->actor != 0 && !place->folded ? actor : PROF_ACTOR_OTHER;
}
