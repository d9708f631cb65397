/* SPDX-License-Identifier: MIT */
/*
 * heap: blocks that the runtime's pools hand out, where they were asked for and for whom.
 *
 * Each byte that is asked for is as likely as any other to be the one at which a block is recorded: one
 * of `every` on average, so the gaps between them are geometric. A block of k bytes is recorded with
 * probability p = 1 - (every / (every + 1))^k and then stands for 1 / p blocks like it: sums are right on
 * average, at each place and for each size, and of what is much larger than `every` nothing is
 * missed. (tcmalloc's weight, every + k - f with f bytes left to the sample, has this for its mean and
 * scatters more.) The error of a sum of M bytes is about sqrt(M * every). Rate 1: each block, exactly.
 *
 *	limit    -------- L1 ---------- L2 ------------------- L3 ---->     each change raises it
 *	until       <- a thread's gap, counted down by mem.h ->
 *
 * A thread whose `until` is below the limit draws a gap anew: it was never here, or the rate is another
 * one now. Gaps have no memory, so the first one may begin anywhere, and what is recorded is right
 * while rates change and threads run.
 *
 * A recorded block adds to the bucket of its (stack, labels, kind) and enters the table of live blocks;
 * its free takes it out. The table is split into shards by address, each with a mutex of its own
 * that is held over nothing else; it grows by mmap, never by mem or malloc. A filter of counters says
 * without a lock that a block is not in it. Blocks born before the sampler was on are not known and
 * their frees pass by. What was recorded while it is off now goes out of the table all the same.
 *
 * Of a message the table also knows who has it. Each send tells of blocks whose address says that they
 * may be in it (mem.h), before the message is the receiver's; what was never sent is its maker's.
 *
 * A stack seen before costs about 1 ns a frame: each thread keeps what its last walks read (memo.h).
 * Proved by test_heap.c, test_sampling.c, test_owner.c.
 */
#ifndef AKTI_PROF_HEAP_H
#define AKTI_PROF_HEAP_H

#include "mem/mem.h"
#include "prof/store.h"

#define PROF_HEAP_STORE_BYTES ((size_t)512 * 1024 * 1024)
/* A larger distance is taken for this one. */
#define PROF_HEAP_EVERY_MAX ((uint64_t)1 << 36)

/* Values of PROF_HEAP buckets; what is in use is asked of the table of live blocks. Objects are in parts
 * of HEAP_OBJECT, because a sample may stand for one and a half. */
enum { HEAP_ALLOC_OBJECTS = 0, HEAP_ALLOC_BYTES = 1 };
#define HEAP_OBJECT ((int64_t)1 << 16)

/* After enum mem_kind: the user's malloc, if the program links akt-heap (user.h). */
#define HEAP_KIND_MALLOC MEM_KINDS

/* Whether what, of a bucket's key, is blocks that travel from actor to actor. */
AKTI_INLINE bool akti_prof_heap_travels(uint16_t what)
{
	return what == PROF_HEAP + MEM_MESSAGE || what == PROF_HEAP + MEM_SIGNAL;
}

AKTI_INLINE int64_t akti_prof_heap_objects(int64_t parts)
{
	return (parts + HEAP_OBJECT / 2) >> 16;
}

struct heap_state {
	struct prof_store *store; /* its stacks also serve the flight recorder */
	_Atomic bool storing;     /* a section records: blocks are counted there */
	_Atomic uint64_t
		untracked; /* blocks whose free will not be seen: there was no room for it */
	bool user_linked;  /* the program links akt-heap */
};
extern struct heap_state akti_prof_heap;

/* Make the store. Errors: NOMEM. Once. Threads: outside, as all below; one at a time. */
int akti_prof_heap_create(void);

/* Record blocks, one for so many bytes on average; 1: each; 0: none. Threads that run follow at their
 * next allocation. */
void akti_prof_heap_set_every(uint64_t bytes);

/* Blocks born from now on have a larger number of birth; it is returned. */
uint32_t akti_prof_heap_era(void);

/* A block that lives: what it stands for, objects in parts of HEAP_OBJECT, and who has it if it travels,
 * as in a bucket's key. */
struct heap_live {
	const struct prof_bucket *bucket;
	int64_t objects;
	int64_t bytes;
	const akt_type *owner_type;
	uint64_t owner;
};

/* Call fn for each block that was born in that era or later and lives. fn holds a lock of the table: it
 * must use neither mem nor malloc. */
void akti_prof_heap_live(uint32_t era, void (*fn)(void *arg, const struct heap_live *live),
			 void *arg);

/* The message in this block is about to be that actor's (slot << 32 | generation). Blocks that are not in
 * the table are welcome. Threads: any thread, whoever owns the message. */
void akti_prof_heap_own(const void *block, const akt_type *type, uint64_t actor);

/* The store is about to be emptied: of what lives nothing is known there any more. Nobody records. */
void akti_prof_heap_forget(void);

/* What this thread takes from malloc from now on is not the user's doing, until as many have said
 * false. */
AKTI_INLINE void akti_prof_heap_quiet(bool on)
{
	akti_mem_local.quiet += on ? 1u : -1u;
}

/* After fork: nothing more is recorded. */
void akti_prof_heap_in_child(void);

/* For tests: threads that draw for the first time draw the same gaps in each run. */
void akti_prof_heap_seed(uint64_t seed);

#endif
