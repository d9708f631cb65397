/* SPDX-License-Identifier: MIT */
/* fair: see fair.h. */
#include "queue/fair.h"
#include "mem/mem.h"
#include <string.h>

void akti_fair_init(struct fair *fair)
{
	memset(fair, 0, sizeof(*fair));
	fair->buckets = fair->few;
	fair->bucket_count = FAIR_BUCKETS_MIN;
}

void akti_fair_fini(struct fair *fair)
{
	AKT_ASSERT(fair->turns == NULL);
	if (fair->buckets != fair->few)
		akti_mem_free(fair->buckets, fair->bucket_count * sizeof(*fair->buckets));
}

static struct fair_lane **bucket_of(struct fair_lane **buckets, uint32_t count, uint64_t key)
{
	/* Fibonacci hashing: the upper bits of the product depend on all of the key. */
	return &buckets[(uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (count - 1)];
}

/* Twice the buckets; without memory the chains get longer. */
static void grow(struct fair *fair)
{
	uint32_t count = fair->bucket_count * 2;
	struct fair_lane **buckets = akti_mem_alloc(count * sizeof(*buckets), MEM_MAILBOX);

	if (buckets == NULL)
		return;
	memset(buckets, 0, count * sizeof(*buckets));
	for (uint32_t b = 0; b < fair->bucket_count; b++) {
		struct fair_lane *lane = fair->buckets[b];

		while (lane != NULL) {
			struct fair_lane *chain = lane->chain;
			struct fair_lane **bucket = bucket_of(buckets, count, lane->key);

			lane->chain = *bucket;
			*bucket = lane;
			lane = chain;
		}
	}
	if (fair->buckets != fair->few)
		akti_mem_free(fair->buckets, fair->bucket_count * sizeof(*buckets));
	fair->buckets = buckets;
	fair->bucket_count = count;
}

static struct fair_lane *find(const struct fair *fair, uint64_t key)
{
	struct fair_lane *lane = *bucket_of(fair->buckets, fair->bucket_count, key);

	while (lane != NULL && lane->key != key)
		lane = lane->chain;
	return lane;
}

/* A lane for a key that has none; the shared one if it must be. */
static struct fair_lane *open_lane(struct fair *fair, uint64_t key)
{
	struct fair_lane **bucket;
	struct fair_lane *lane;

	if (fair->shared.first != NULL || fair->lanes == FAIR_LANES_MAX)
		return &fair->shared;
	lane = akti_mem_alloc(sizeof(*lane), MEM_MAILBOX);
	if (lane == NULL)
		return &fair->shared;
	if (fair->lanes++ == fair->bucket_count)
		grow(fair);
	bucket = bucket_of(fair->buckets, fair->bucket_count, key);
	lane->key = key;
	lane->first = NULL;
	lane->chain = *bucket;
	*bucket = lane;
	return lane;
}

static void close_lane(struct fair *fair, struct fair_lane *lane)
{
	struct fair_lane **link;

	if (lane == &fair->shared)
		return;
	link = bucket_of(fair->buckets, fair->bucket_count, lane->key);
	while (*link != lane)
		link = &(*link)->chain;
	*link = lane->chain;
	fair->lanes--;
	akti_mem_free(lane, sizeof(*lane));
}

/* The lane has nodes: its turn is after all others'. */
static void queue_lane(struct fair *fair, struct fair_lane *lane)
{
	lane->turn = NULL;
	if (fair->turns_last != NULL)
		fair->turns_last->turn = lane;
	else
		fair->turns = lane;
	fair->turns_last = lane;
}

void akti_fair_put(struct fair *fair, uint64_t key, struct mpsc_node *node)
{
	struct fair_lane *lane = find(fair, key);

	if (lane == NULL)
		lane = open_lane(fair, key);
	akti_store_rlx(&node->next, NULL);
	if (lane->first == NULL) {
		lane->first = node;
		queue_lane(fair, lane);
	} else {
		akti_store_rlx(&lane->last->next, node);
	}
	lane->last = node;
}

struct mpsc_node *akti_fair_take(struct fair *fair)
{
	struct fair_lane *lane = fair->turns;
	struct mpsc_node *node;

	if (lane == NULL)
		return NULL;
	fair->turns = lane->turn;
	if (fair->turns == NULL)
		fair->turns_last = NULL;
	node = lane->first;
	lane->first = akti_load_rlx(&node->next);
	if (lane->first != NULL)
		queue_lane(fair, lane);
	else
		close_lane(fair, lane);
	return node;
}

uint32_t akti_fair_count(const struct fair *fair, uint32_t max)
{
	uint32_t count = 0;

	for (const struct fair_lane *lane = fair->turns; lane != NULL; lane = lane->turn)
		for (struct mpsc_node *node = lane->first; node != NULL && count < max;
		     node = akti_load_rlx(&node->next))
			count++;
	return count;
}
