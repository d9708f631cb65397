/* SPDX-License-Identifier: MIT */
/*
 * held: what is in use at one moment, by bucket, and of messages also by who has them.
 *
 *	sums     index of a bucket -> objects, bytes
 *	parts    (index of a bucket, owner) -> objects, bytes       of buckets that travel; they add up
 *	         to the sum; in the order of the index
 *
 * Parts are found by a hash while they are summed, and sorted at the end: there are as many as pairs of
 * a place that makes messages and a mailbox that has some, or as blocks, whichever is less. Buckets with
 * the owner in their key were rejected: a block changes hands and would take its past with it.
 *
 * Threads: outside, one at a time. Memory comes from malloc and, under the locks of the table of live
 * blocks, from mmap. Proved by test_owner.c.
 */
#ifndef AKTI_PROF_HELD_H
#define AKTI_PROF_HELD_H

#include "prof/store.h"

/* Objects are in parts of HEAP_OBJECT. */
struct held_part {
	uint32_t bucket;
	const akt_type *type; /* as in a bucket's key: of who has it; */
	uint64_t actor;       /* 0: nobody */
	int64_t objects;      /* 0: free */
	int64_t bytes;
};

struct prof_held {
	uint32_t count; /* buckets */
	int64_t (*sums)[2];
	struct held_part *parts;
	size_t part_count;
	size_t mask; /* room - 1 */
};

/* Look at what was born in that era or later, in the first so many buckets. Errors: NOMEM; held is empty
 * then. */
int akti_prof_held_look(struct prof_held *held, uint32_t era, uint32_t buckets);
void akti_prof_held_free(struct prof_held *held);

/* The parts of a bucket; returns how many. */
size_t akti_prof_held_parts(const struct prof_held *held, uint32_t bucket,
			    const struct held_part **ret_first);

#endif
