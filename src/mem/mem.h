/* SPDX-License-Identifier: MIT */
/*
 * mem: memory for messages, actor states and what belongs to them.
 *
 * Size-class pools with a cache per thread, in the manner of Bonwick's magazines (USENIX 2001): a
 * thread allocates from and frees to magazines of its own, without an atomic instruction; full ones
 * move between threads through a depot, so a block freed far from where it was
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
#include <stdbool.h>
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
	MEM_SIGNAL = 6,  /* a message of the runtime's own */
	MEM_ARENA = 7,   /* what an actor takes for itself (akt_alloc) */
	MEM_MAILBOX = 8, /* a mailbox that is more than its cell */
	MEM_TIMER = 9,
	MEM_KINDS = 10,
};

/* Blocks of up to this size come from pools, larger ones that are not seen from malloc. */
#define MEM_POOLED_MAX 262144u

/* --- who watches ------------------------------------------------------------------------------ */

/*
 * Allocations seen one by one, for the memory profile: all of them, or one now and then.
 *
 * Each thread counts the bytes that it asks for down from where `until` stands. Where it falls below
 * `limit`, `due` says whether this block is to be seen, and moves `until`. MEM_WATCH_NONE and
 * MEM_WATCH_ALL are limits that it always or never keeps; a watcher that takes samples raises the
 * limit above what any `until` can be whenever its rate changes, so that each thread asks anew.
 *
 * Blocks that are seen lie in a range of addresses of their own, below akti_mem_watched_end, and others
 * above it: so freeing one of the others costs a comparison.
 *
 * The functions run on the thread that allocates or frees, right after the one and right before the
 * other; they must not call mem. `allocated` follows the `due` that was true, unless memory is out;
 * block is NULL if there was no room in the range, and so its free will not be seen. `freed` also gets
 * blocks that were never seen.
 */
struct mem_hook {
	bool (*due)(size_t size_bytes);
	void (*allocated)(void *block, size_t size_bytes, enum mem_kind kind);
	void (*freed)(void *block);
};

#define MEM_WATCH_NONE INT64_MIN
#define MEM_WATCH_ALL INT64_MAX
#define MEM_LINE_BYTES 64u

struct mem_watch {
	_Atomic int64_t limit;
	_Atomic int64_t line_limit; /* of `until` before a block of MEM_LINE_BYTES is taken off */
	_Atomic(const struct mem_hook *) hook; /* NULL: never was one */
};
extern AKTI_SHARED struct mem_watch akti_mem_watch;

/* Set before main, and not atomic for that: so it is compared where it lies. Always above NULL; no more
 * than that where this process has its memory in the way of such a range (under Valgrind, for one). */
extern AKTI_SHARED uintptr_t akti_mem_watched_end;

/* From now on the hook is asked below this limit, up to MEM_WATCH_ALL - MEM_LINE_BYTES or one of the
 * two above. A hook stays, because blocks that it has seen are still to be freed: one may only follow
 * another when all that was seen is gone. Threads: any thread, one at a time. */
void akti_mem_set_watch(const struct mem_hook *hook, int64_t limit);

/* --- what a thread keeps ---------------------------------------------------------------------- */

/* Free blocks of one class, by their addresses: so who takes or gives one touches no other. Who takes one
 * asks for the line of the one that is MEM_AHEAD further down, in time; the words before the first block
 * are there for that. */
#define MEM_AHEAD 4
#define MEM_MAGAZINE 64u
struct mem_magazine {
	struct mem_magazine *next; /* in a depot */
	void *ahead[MEM_AHEAD - 1];
	void *blocks[MEM_MAGAZINE];
};

/* The two magazines of a thread and a class. All 0: it has none yet. */
struct mem_cache {
	void **top;   /* above the block that is taken next */
	void **floor; /* the first of the loaded magazine */
	void **full;  /* where it ends; a class of large blocks does not use it all */
	struct mem_magazine *spare;
	bool spare_full; /* or else empty */
	char *bump;      /* the rest of a slab */
	char *bump_end;
};

/* Classes: 16, 32, 48, 64, then multiples of 64 to 512, then four steps per doubling. */
#define MEM_CLASSES 47u

struct mem_local {
#ifndef AKTI_MEM_PASSTHROUGH
	struct mem_cache caches[MEM_CLASSES];
#endif
	int64_t until;
	unsigned quiet; /* above 0: what the thread takes from malloc is not the user's doing */
};
extern AKTI_SHARED AKTI_TLS struct mem_local akti_mem_local;

/* The variable is changed where it lies, by one instruction; left alone, compilers load it, change it
 * and store it, which are three. */
#define AKTI_MEM_IN_PLACE(variable) __asm__("" : "+m"(variable))

/* Count so many bytes. True: ask the hook. */
AKTI_INLINE bool akti_mem_count(size_t size_bytes)
{
	akti_mem_local.until -= (int64_t)size_bytes;
	AKTI_MEM_IN_PLACE(akti_mem_local.until);
	return akti_mem_local.until <
	       atomic_load_explicit(&akti_mem_watch.limit, memory_order_relaxed);
}

/* The same two events, for memory that other modules hand out themselves (cells). */
void akti_mem_noted(void *block, size_t size_bytes, enum mem_kind kind);

AKTI_INLINE void akti_mem_note_alloc(void *block, size_t size_bytes, enum mem_kind kind)
{
	if (akti_unlikely(akti_mem_count(size_bytes)))
		akti_mem_noted(block, size_bytes, kind);
}

AKTI_INLINE void akti_mem_note_free(void *block)
{
	const struct mem_hook *hook =
		atomic_load_explicit(&akti_mem_watch.hook, memory_order_acquire);

	if (akti_unlikely(hook != NULL))
		hook->freed(block);
}

/* --- the fast path, for the compiler to put in place ------------------------------------------ */

/* Whether block is NULL, or may be one that the hook has seen: who must look for NULL anyhow sees both
 * by one comparison. */
AKTI_INLINE bool akti_mem_stands_out(const void *block)
{
#ifdef AKTI_MEM_PASSTHROUGH
	return block == NULL ||
	       atomic_load_explicit(&akti_mem_watch.hook, memory_order_relaxed) != NULL;
#else
	return (uintptr_t)block < akti_mem_watched_end;
#endif
}

#ifdef AKTI_MEM_PASSTHROUGH
void *akti_mem_alloc(size_t size_bytes, enum mem_kind kind);
void akti_mem_free(void *block, size_t size_bytes);
AKTI_INLINE void *akti_mem_try_line(void)
{
	return NULL;
}
#else
#define MEM_SMALL_MAX 1024u /* sizes up to here find their class in one look */

/* Class by (size + 15) / 16. */
extern AKTI_SHARED const uint8_t akti_mem_small_class[MEM_SMALL_MAX / 16 + 1];
#define MEM_CLASS_LINE 3u   /* blocks of MEM_LINE_BYTES: most messages */

void *akti_mem_refill(unsigned class, enum mem_kind kind);
/* As akti_mem_free where the loaded magazine is full, or there is none. */
void akti_mem_spill(unsigned class, void *block);
void *akti_mem_alloc_large(size_t size_bytes, enum mem_kind kind);
void akti_mem_free_large(void *block, size_t size_bytes);
/* The hook is to be asked. */
void *akti_mem_alloc_closely(size_t size_bytes, enum mem_kind kind);
/* The block lies below akti_mem_watched_end. */
void akti_mem_free_closely(void *block, size_t size_bytes);

AKTI_INLINE unsigned akti_mem_class(size_t size_bytes)
{
	if (akti_likely(size_bytes <= MEM_LINE_BYTES && size_bytes > MEM_LINE_BYTES - 16))
		return MEM_CLASS_LINE;
	return akti_mem_small_class[(size_bytes + 15) / 16];
}

/* From a loaded magazine that is not empty, or to one that is not full. */
AKTI_INLINE void *akti_mem_pop(struct mem_cache *cache)
{
	void **top = cache->top - 1;

	__builtin_prefetch(top[-MEM_AHEAD], 1);
	cache->top = top;
	return *top;
}

AKTI_INLINE void akti_mem_push(struct mem_cache *cache, void *block)
{
	*cache->top++ = block;
}

/* A block of MEM_LINE_BYTES if there is one at hand and it is not to be seen, else NULL: then
 * akti_mem_alloc with the same size. Lets a caller keep its slow path out of the way. */
AKTI_INLINE void *akti_mem_try_line(void)
{
	struct mem_cache *cache = &akti_mem_local.caches[MEM_CLASS_LINE];

	if (akti_unlikely(cache->top == cache->floor ||
			  akti_mem_local.until < atomic_load_explicit(&akti_mem_watch.line_limit,
								      memory_order_relaxed)))
		return NULL;
	AKTI_MEM_IN_PLACE(akti_mem_local.until);
	akti_mem_local.until -= MEM_LINE_BYTES;
	return akti_mem_pop(cache);
}

/* A block of at least size_bytes, uninitialised; NULL when memory is out, or for MEM_MESSAGE the
 * budget: akti_mem_over_budget tells which.
 * Threads: any thread. Errors: NULL. */
AKTI_INLINE void *akti_mem_alloc(size_t size_bytes, enum mem_kind kind)
{
	struct mem_cache *cache;
	unsigned class;

	if (akti_unlikely(akti_mem_count(size_bytes)))
		return akti_mem_alloc_closely(size_bytes, kind);
	if (akti_unlikely(size_bytes > MEM_SMALL_MAX))
		return akti_mem_alloc_large(size_bytes, kind);
	class = akti_mem_class(size_bytes);
	cache = &akti_mem_local.caches[class];
	if (akti_unlikely(cache->top == cache->floor))
		return akti_mem_refill(class, kind);
	return akti_mem_pop(cache);
}

/* Give back a block with the size it was asked with. Threads: any thread, not only the one that
 * allocated. */
AKTI_INLINE void akti_mem_free(void *block, size_t size_bytes)
{
	if (akti_unlikely((uintptr_t)block < akti_mem_watched_end)) {
		akti_mem_free_closely(block, size_bytes);
	} else if (akti_unlikely(size_bytes > MEM_SMALL_MAX)) {
		akti_mem_free_large(block, size_bytes);
	} else {
		unsigned class = akti_mem_class(size_bytes);
		struct mem_cache *cache = &akti_mem_local.caches[class];

		if (akti_unlikely(cache->top == cache->full))
			akti_mem_spill(class, block);
		else
			akti_mem_push(cache, block);
	}
}
#endif

#endif
