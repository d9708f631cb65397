/* SPDX-License-Identifier: MIT */
/*
 * cut: what a store counted between two looks at it.
 *
 * Counters only grow and several sections share them. So a section looks at all of them when it
 * begins and again when it ends; the difference is its own. A section that adds up over several
 * stretches moves its first look forward by what it did not see in between.
 *
 *	look     index of a bucket -> its values          a bucket made later has zeros
 *	cut      from, to, and on the heap what is held of what was born since
 *
 * Threads: outside, one at a time. Memory comes from malloc.
 */
#ifndef AKTI_PROF_CUT_H
#define AKTI_PROF_CUT_H

#include "prof/held.h"

struct prof_look {
	uint32_t count; /* buckets that were there */
	uint64_t lost;  /* weight that the store had no room for */
	uint64_t lost_ns;
	int64_t (*values)[PROF_VALUES];
};

/* Errors: NOMEM; look is empty then. store may be NULL: an empty look. */
int akti_prof_look(struct prof_look *look, const struct prof_store *store);
void akti_prof_look_free(struct prof_look *look);

/* The same as if nothing had been counted between the looks before and now. Frees both.
 * Errors: NOMEM; from is as it was. */
int akti_prof_look_skip(struct prof_look *from, struct prof_look *before, struct prof_look *now);

struct prof_cut {
	const struct prof_store *store;
	const struct prof_look *from;
	const struct prof_look *to;
	const struct prof_held *held; /* NULL: no heap */
};

AKTI_INLINE uint64_t akti_prof_cut_lost(const struct prof_cut *cut)
{
	return cut->to->lost - cut->from->lost;
}

AKTI_INLINE uint64_t akti_prof_cut_lost_ns(const struct prof_cut *cut)
{
	return cut->to->lost_ns - cut->from->lost_ns;
}

void akti_prof_cut_values(const struct prof_cut *cut, const struct prof_bucket *bucket,
			  int64_t ret_values[PROF_VALUES]);

/* The newest bucket of the cut, and so on by ->older; those that came after it are left out. */
const struct prof_bucket *akti_prof_cut_newest(const struct prof_cut *cut);

#endif
