/* SPDX-License-Identifier: MIT */
/*
 * mem: memory for messages, actor states and what belongs to them.
 *
 * Size-class pools with a cache per thread, in the manner of Bonwick's magazines (USENIX 2001): a
 * thread allocates from and frees to lists of its own, without an atomic instruction; lists of
 * MEM_MAGAZINE blocks move between threads through a depot, so a block freed far from where it was
 * born costs one lock per MEM_MAGAZINE blocks. Blocks are 64-byte aligned from 64 bytes on: no two
 * messages share a line. Sanitizer and Valgrind builds hand every block to malloc instead, so that
 * they see each of them.
 *
 * The pools belong to the process, as malloc does: a message may be made before a system exists.
 * Memory is kept for reuse.
 */
#ifndef AKTI_MEM_H
#define AKTI_MEM_H

#include "base/atomic.h"
#include <stddef.h>

/* What a block is for: the label "kind" in memory profiles. The budget (budget.h) refuses none but
 * MEM_MESSAGE. */
enum mem_kind {
	MEM_MESSAGE = 0,
	MEM_STATE = 1,
	MEM_CELL = 2,
	MEM_NAME = 3,
	MEM_ASK = 4,
	MEM_OTHER = 5,
	MEM_SIGNAL = 6, /* a message of the runtime's own */
	MEM_KINDS = 7,
};

/* Blocks of up to this size come from pools, larger ones from malloc. */
#define MEM_POOLED_MAX 32768u

/* Allocation and free seen one by one, for the memory profile. The functions run on the thread
 * that allocates or frees, right after the one and right before the other; they must not call mem.
 */
struct mem_hook {
	void (*allocated)(void *block, size_t size_bytes, enum mem_kind kind);
	void (*freed)(void *block);
};
/* Set once, before the first system starts; NULL: nothing is seen. */
extern AKTI_SHARED _Atomic(const struct mem_hook *) akti_mem_hook;

/* The same two events, for memory that other modules hand out themselves (cells). */
AKTI_INLINE void akti_mem_note_alloc(void *block, size_t size_bytes, enum mem_kind kind)
{
	const struct mem_hook *hook = atomic_load_explicit(&akti_mem_hook, memory_order_acquire);

	if (akti_unlikely(hook != NULL))
		hook->allocated(block, size_bytes, kind);
}

AKTI_INLINE void akti_mem_note_free(void *block)
{
	const struct mem_hook *hook = atomic_load_explicit(&akti_mem_hook, memory_order_acquire);

	if (akti_unlikely(hook != NULL))
		hook->freed(block);
}

/* --- the fast path, for the compiler to put in place ------------------------------------------ */

#ifdef AKTI_MEM_PASSTHROUGH
void *akti_mem_alloc(size_t size_bytes, enum mem_kind kind);
void akti_mem_free(void *block, size_t size_bytes);
AKTI_INLINE void *akti_mem_try_line(void)
{
	return NULL;
}
#else
/* Classes: 16, 32, 48, 64, then multiples of 64 to 512, then four steps per doubling. */
#define MEM_CLASSES 35u
#define MEM_SMALL_MAX 1024u /* sizes up to here find their class in one look */

struct mem_cache {
	void *loaded; /* free blocks, linked by their first word */
	int32_t room; /* blocks that loaded lacks of a magazine */
	void *spare;  /* a full magazine or NULL */
	char *bump;   /* the rest of a slab */
	char *bump_end;
};

extern AKTI_SHARED AKTI_TLS struct mem_cache akti_mem_caches[MEM_CLASSES];
/* Class by (size + 15) / 16. */
extern AKTI_SHARED const uint8_t akti_mem_small_class[MEM_SMALL_MAX / 16 + 1];
#define MEM_CLASS_LINE 3u   /* blocks of MEM_LINE_BYTES: most messages */
#define MEM_LINE_BYTES 64u

void *akti_mem_refill(unsigned class, enum mem_kind kind);
/* room has gone below 0: make room, for the block to come as well. */
void akti_mem_spill(unsigned class);
void *akti_mem_alloc_large(size_t size_bytes, enum mem_kind kind);
void akti_mem_free_large(void *block, size_t size_bytes);

AKTI_INLINE unsigned akti_mem_class(size_t size_bytes)
{
	if (akti_likely(size_bytes <= MEM_LINE_BYTES && size_bytes > MEM_LINE_BYTES - 16))
		return MEM_CLASS_LINE;
	return akti_mem_small_class[(size_bytes + 15) / 16];
}

/* A block of MEM_LINE_BYTES if there is one at hand and nobody watches, else NULL: then
 * akti_mem_alloc. Lets a caller keep its slow path out of the way. */
AKTI_INLINE void *akti_mem_try_line(void)
{
	struct mem_cache *cache = &akti_mem_caches[MEM_CLASS_LINE];
	void *block = cache->loaded;

	if (akti_unlikely(block == NULL ||
			  atomic_load_explicit(&akti_mem_hook, memory_order_relaxed) != NULL))
		return NULL;
	cache->loaded = *(void **)block;
	cache->room++;
	return block;
}

/* A block of at least size_bytes, uninitialised; NULL when memory is out, or for MEM_MESSAGE the
 * budget: akti_mem_over_budget tells which.
 * Threads: any thread. Errors: NULL. */
AKTI_INLINE void *akti_mem_alloc(size_t size_bytes, enum mem_kind kind)
{
	void *block;

	if (akti_unlikely(size_bytes > MEM_SMALL_MAX)) {
		block = akti_mem_alloc_large(size_bytes, kind);
	} else {
		unsigned class = akti_mem_class(size_bytes);
		struct mem_cache *cache = &akti_mem_caches[class];

		block = cache->loaded;
		if (akti_likely(block != NULL)) {
			cache->loaded = *(void **)block;
			cache->room++;
		} else {
			block = akti_mem_refill(class, kind);
		}
	}
	if (akti_likely(block != NULL))
		akti_mem_note_alloc(block, size_bytes, kind);
	return block;
}

/* Give back a block with the size it was asked with. Threads: any thread, not only the one that
 * allocated. */
AKTI_INLINE void akti_mem_free(void *block, size_t size_bytes)
{
	akti_mem_note_free(block);
	if (akti_unlikely(size_bytes > MEM_SMALL_MAX)) {
		akti_mem_free_large(block, size_bytes);
	} else {
		unsigned class = akti_mem_class(size_bytes);
		struct mem_cache *cache = &akti_mem_caches[class];

		/* Before the push: a thread that hovers at the edge does not trade at each call. */
		if (akti_unlikely(--cache->room < 0))
			akti_mem_spill(class);
		*(void **)block = cache->loaded;
		cache->loaded = block;
	}
}
#endif

#endif
