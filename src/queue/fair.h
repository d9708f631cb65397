/* SPDX-License-Identifier: MIT */
/*
 * fair: nodes in lanes, one for each key; the lanes take turns, one node each, and within a lane the
 * order is that of the puts. One owner.
 *
 *	turns --> [lane 7] --> [lane 3] --> [lane 9] <-- turns_last       buckets: key --> lane
 *	             |            |            |
 *	           nodes        nodes        nodes
 *
 * A lane lives while it has nodes, so the memory follows the number of keys that wait, not of those
 * ever seen. Putting never fails: beyond FAIR_LANES_MAX lanes, or when memory is out, nodes of keys
 * without a lane share one, first come, first served; while that one has nodes, no key gets a lane of
 * its own, so the order within a key holds.
 *
 * Proved by: tests/unit/queue/test_fair.c, with and without memory.
 */
#ifndef AKTI_FAIR_H
#define AKTI_FAIR_H

#include "queue/mpsc.h"

#define FAIR_LANES_MAX 65536u
#define FAIR_BUCKETS_MIN 16u

struct fair_lane {
	struct fair_lane *chain; /* the next in its bucket */
	struct fair_lane *turn;  /* whose turn is next */
	uint64_t key;
	struct mpsc_node *first;
	struct mpsc_node *last;
};

struct fair {
	struct fair_lane *turns;
	struct fair_lane *turns_last;
	struct fair_lane **buckets;
	uint32_t bucket_count; /* a power of two */
	uint32_t lanes;
	struct fair_lane shared; /* of keys without a lane */
	struct fair_lane *few[FAIR_BUCKETS_MIN];
};

void akti_fair_init(struct fair *fair);
/* It must be empty. */
void akti_fair_fini(struct fair *fair);

void akti_fair_put(struct fair *fair, uint64_t key, struct mpsc_node *node);
/* The next; NULL: empty. Allocates nothing. */
struct mpsc_node *akti_fair_take(struct fair *fair);
/* How many there are; at most max are counted. */
uint32_t akti_fair_count(const struct fair *fair, uint32_t max);

#endif
