/* SPDX-License-Identifier: MIT */
/*
 * heap: every block that the runtime's pools hand out, where it was asked for and for whom.
 *
 * Rate 1: nothing is sampled, so counts are exact and what is in use at the end is what leaked. A
 * block's allocation adds to the bucket of its (stack, labels, kind) and enters the table of live
 * blocks; its free takes it out. The table is split
 * into shards by address, each with a mutex of its own that is held over nothing else; it grows by
 * mmap, never by mem or malloc. Blocks born before the collector was armed are not known and their
 * frees pass by.
 *
 * A stack seen before costs about 1 ns a frame: each thread keeps what its last walks read (memo.h).
 * Proved by test_heap.c.
 */
#ifndef AKTI_PROF_HEAP_H
#define AKTI_PROF_HEAP_H

#include "prof/store.h"

#define PROF_HEAP_STORE_BYTES ((size_t)512 * 1024 * 1024)

/* Values of PROF_HEAP buckets. What is in use is asked of the table of live blocks. */
enum { HEAP_ALLOC_OBJECTS = 0, HEAP_ALLOC_BYTES = 1 };

struct heap_state {
	struct prof_store *store;
	_Atomic uint64_t untracked; /* blocks that found no room in the table of live ones */
};
extern struct heap_state akti_prof_heap;

/* Make the store. Errors: NOMEM. Once. Threads: outside, as all below; one at a time. */
int akti_prof_heap_create(void);

/* Record blocks, one for so many bytes on average; 1: each; 0: none. */
void akti_prof_heap_set_every(uint64_t bytes);

/* Blocks born from now on have a larger number of birth; it is returned. */
uint32_t akti_prof_heap_era(void);

/* Call fn for each block that was born in that era or later and lives. fn holds a lock of the table. */
void akti_prof_heap_live(uint32_t era,
			 void (*fn)(void *arg, const struct prof_bucket *bucket, int64_t objects,
				    int64_t bytes),
			 void *arg);

#endif
