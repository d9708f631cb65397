/* SPDX-License-Identifier: MIT */
/*
 * Pools: a magazine allocator per size class (see mem.h).
 *
 *	thread          depot (one per class, a mutex)          slabs
 *	loaded list --- full magazines: list of lists  <---     bump pointer per thread and class,
 *	spare magazine  loose blocks of ended threads           cut from regions of address space
 *
 * A thread holds at most two magazines per class. Allocation order: loaded, spare, depot, slab.
 * Word 0 of a free block links its list, word 1 of a magazine's first block links the depot's.
 * The budget counts what is to the left of the depots (budget.h).
 */
#include "mem/budget.h"
#include "plat/plat.h"
#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

_Atomic(const struct mem_hook *) akti_mem_hook;

#ifdef AKTI_MEM_PASSTHROUGH
/* The nth allocation from now on fails; with MEM_FAIL_FOREVER in akti_mem_fail_mode, all later ones
 * too. 0: none. For tests of what happens when memory is out. */
_Atomic int64_t akti_mem_fail_in;
_Atomic bool akti_mem_fail_forever;

static bool told_to_fail(void)
{
	int64_t left = atomic_load_explicit(&akti_mem_fail_in, memory_order_relaxed);

	if (akti_likely(left == 0))
		return false;
	if (left < 0)
		return true;
	left = atomic_fetch_sub(&akti_mem_fail_in, 1);
	if (left == 1 && atomic_load(&akti_mem_fail_forever))
		atomic_store(&akti_mem_fail_in, -1);
	return left == 1;
}

void *akti_mem_alloc(size_t size_bytes, enum mem_kind kind)
{
	void *block = NULL;

	if (!akti_mem_charge(size_bytes, kind))
		return NULL;
	if (!told_to_fail())
		block = malloc(size_bytes);
	if (block == NULL) {
		akti_mem_discharge(size_bytes);
		akti_mem_note_out();
		return NULL;
	}
	akti_mem_note_alloc(block, size_bytes, kind);
	return block;
}

void akti_mem_free(void *block, size_t size_bytes)
{
	akti_mem_note_free(block);
	akti_mem_discharge(size_bytes);
	free(block);
}
#else

#define MEM_SLAB_BYTES ((size_t)65536)
#define MEM_REGION_BYTES ((size_t)256 * 1024 * 1024)
#define MEM_GROW_BYTES ((size_t)1024 * 1024)

static const uint32_t class_bytes[MEM_CLASSES] = {
	16,   32,   48,   64,    128,   192,   256,   320,   384,   448,   512,   640,
	768,  896,  1024, 1280,  1536,  1792,  2048,  2560,  3072,  3584,  4096,  5120,
	6144, 7168, 8192, 10240, 12288, 14336, 16384, 20480, 24576, 28672, 32768,
};

const uint8_t akti_mem_small_class[MEM_SMALL_MAX / 16 + 1] = {
	0,  0,  1,  2,  3,  4,  4,  4,  4,  5,  5,  5,  5,  6,  6,  6,  6,  7,  7,  7,  7,  8,
	8,  8,  8,  9,  9,  9,  9,  10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12,
	12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14, 14,
};

struct depot {
	_Alignas(AKTI_LINES) struct plat_mutex mutex;
	_Atomic(void *) magazines;
	void *loose;
};

AKTI_TLS struct mem_cache akti_mem_caches[MEM_CLASSES];
static AKTI_TLS bool cache_registered;
static struct depot depots[MEM_CLASSES];
static struct plat_mutex region_mutex;
static struct plat_region region; /* the newest; older ones are full and never closed */
static size_t region_used;
static pthread_once_t pools_once = PTHREAD_ONCE_INIT;

static void init_pools(void)
{
	for (unsigned c = 0; c < MEM_CLASSES; c++)
		akti_plat_mutex_init(&depots[c].mutex, PLAT_RANK_DEPOT);
	akti_plat_mutex_init(&region_mutex, PLAT_RANK_DEPOT + 1);
}

static unsigned large_class(size_t size_bytes)
{
	/* 1024 is class 14; each doubling above has four classes, each a quarter wider. */
	unsigned log2 = 63u - (unsigned)__builtin_clzll(size_bytes - 1);
	unsigned quarter = (unsigned)((size_bytes - 1) >> (log2 - 2)) & 3u;

	return 15u + (log2 - 10u) * 4u + quarter;
}

/* Blocks per magazine: 64, or as many as make 64 KiB. */
static const uint8_t magazine_blocks[MEM_CLASSES] = {
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 51, 42, 36,
	32, 25, 21, 18, 16, 12, 10, 9,  8,  6,  5,  4,  4,  3,  2,  2,  2,
};

AKTI_INLINE int32_t magazine_of(unsigned class)
{
	return magazine_blocks[class];
}

static void *link_of(void *block)
{
	void *next;

	memcpy(&next, block, sizeof(next));
	return next;
}

static void set_link(void *block, void *next)
{
	memcpy(block, &next, sizeof(next));
}

static char *new_slab(size_t size_bytes)
{
	char *slab = NULL;

	akti_plat_lock(&region_mutex);
	if (region.start == NULL || region_used + size_bytes > region.size_bytes) {
		struct plat_region fresh;

		if (akti_plat_region_open(&fresh, MEM_REGION_BYTES) == 0) {
			region = fresh;
			region_used = 0;
		}
	}
	if (region.start != NULL && region_used + size_bytes <= region.size_bytes) {
		size_t until = akti_round_up(region_used + size_bytes, MEM_GROW_BYTES);

		if (akti_plat_region_grow(&region, until) == 0) {
			slab = region.start + region_used;
			region_used += size_bytes;
		}
	}
	akti_plat_unlock(&region_mutex);
	return slab;
}

static void flush_class(unsigned class, struct mem_cache *cache)
{
	struct depot *depot = &depots[class];
	void *block = cache->loaded;
	size_t flushed = 0;

	akti_plat_lock(&depot->mutex);
	while (block != NULL) {
		void *next = link_of(block);

		flushed++;
		set_link(block, depot->loose);
		depot->loose = block;
		block = next;
	}
	if (cache->spare != NULL) {
		((void **)cache->spare)[1] = akti_load_rlx(&depot->magazines);
		akti_store_rlx(&depot->magazines, cache->spare);
		flushed += (size_t)magazine_of(class);
	}
	while (cache->bump_end - cache->bump >= (ptrdiff_t)class_bytes[class]) {
		set_link(cache->bump, depot->loose);
		depot->loose = cache->bump;
		cache->bump += class_bytes[class];
		flushed++;
	}
	akti_plat_unlock(&depot->mutex);
	akti_mem_discharge(flushed * class_bytes[class]);
	memset(cache, 0, sizeof(*cache));
}

/* A thread ends: its blocks go to the depot. */
static void flush_thread(void *arg)
{
	struct mem_cache *mine = arg;

	for (unsigned c = 0; c < MEM_CLASSES; c++) {
		if (mine[c].loaded != NULL || mine[c].spare != NULL || mine[c].bump != NULL)
			flush_class(c, &mine[c]);
		mine[c].room = 0; /* the next free registers the thread again */
	}
	cache_registered = false;
}

static void register_thread(void)
{
	(void)pthread_once(&pools_once, init_pools);
	cache_registered = true;
	for (unsigned c = 0; c < MEM_CLASSES; c++)
		akti_mem_caches[c].room = magazine_of(c);
	akti_plat_at_thread_exit(PLAT_EXIT_MEM, flush_thread, akti_mem_caches);
}

/* Fill cache->loaded from the depot; it has been charged for a magazine, and what is not there is
 * taken off again. */
static void load_from_depot(unsigned class, struct mem_cache *cache)
{
	struct depot *depot = &depots[class];
	int32_t missing = magazine_of(class);
	void *magazine;

	akti_plat_lock(&depot->mutex);
	magazine = akti_load_rlx(&depot->magazines);
	if (magazine != NULL) {
		akti_store_rlx(&depot->magazines, ((void **)magazine)[1]);
		cache->loaded = magazine;
		cache->room = 0;
		missing = 0;
	} else {
		while (depot->loose != NULL && cache->room > 0) {
			void *block = depot->loose;

			depot->loose = link_of(block);
			set_link(block, cache->loaded);
			cache->loaded = block;
			cache->room--;
			missing--;
		}
	}
	akti_plat_unlock(&depot->mutex);
	akti_mem_discharge((size_t)missing * class_bytes[class]);
}

/* Cut a new slab. False: none is to be had. */
static bool bump_from_slab(unsigned class, struct mem_cache *cache, enum mem_kind kind)
{
	size_t slab_bytes = MEM_SLAB_BYTES;
	size_t blocks_bytes;

	if (class_bytes[class] > 4096)
		slab_bytes = (size_t)class_bytes[class] * 8;
	blocks_bytes = slab_bytes - slab_bytes % class_bytes[class];
	if (!akti_mem_charge(blocks_bytes, kind))
		return false;
	cache->bump = new_slab(slab_bytes);
	cache->bump_end = cache->bump == NULL ? NULL : cache->bump + slab_bytes;
	if (cache->bump != NULL)
		return true;
	akti_mem_discharge(blocks_bytes);
	akti_mem_note_out();
	return false;
}

AKTI_NOINLINE void *akti_mem_refill(unsigned class, enum mem_kind kind)
{
	struct mem_cache *cache = &akti_mem_caches[class];
	bool cut;
	void *block;

	if (!cache_registered)
		register_thread();
	cut = cache->bump_end - cache->bump >= (ptrdiff_t)class_bytes[class];
	if (cache->spare != NULL) {
		cache->loaded = cache->spare;
		cache->room = 0;
		cache->spare = NULL;
	} else if ((akti_load_rlx(&depots[class].magazines) != NULL || !cut) &&
		   akti_mem_charge((size_t)magazine_of(class) * class_bytes[class], kind)) {
		load_from_depot(class, cache);
	}
	if (cache->loaded != NULL) {
		block = cache->loaded;
		cache->loaded = link_of(block);
		cache->room++;
		return block;
	}
	if (!cut && !bump_from_slab(class, cache, kind))
		return NULL;
	block = cache->bump;
	cache->bump += class_bytes[class];
	return block;
}

/* The loaded magazine is full: it becomes the spare, and the old spare goes to the depot. */
AKTI_NOINLINE void akti_mem_spill(unsigned class)
{
	struct mem_cache *cache = &akti_mem_caches[class];

	if (!cache_registered) {
		register_thread(); /* the thread's first free: its caches did not know their size */
		cache->room--;
		return;
	}
	if (cache->spare != NULL) {
		struct depot *depot = &depots[class];

		akti_plat_lock(&depot->mutex);
		((void **)cache->spare)[1] = akti_load_rlx(&depot->magazines);
		akti_store_rlx(&depot->magazines, cache->spare);
		akti_plat_unlock(&depot->mutex);
		akti_mem_discharge((size_t)magazine_of(class) * class_bytes[class]);
	}
	cache->spare = cache->loaded;
	cache->loaded = NULL;
	cache->room = magazine_of(class) - 1;
}

/* From malloc. */
static void *alloc_huge(size_t size_bytes, enum mem_kind kind)
{
	void *block;

	if (!akti_mem_charge(size_bytes, kind))
		return NULL;
	block = malloc(size_bytes);
	if (block == NULL) {
		akti_mem_discharge(size_bytes);
		akti_mem_note_out();
	}
	return block;
}

void *akti_mem_alloc_large(size_t size_bytes, enum mem_kind kind)
{
	struct mem_cache *cache;
	void *block;

	if (size_bytes > MEM_POOLED_MAX)
		return alloc_huge(size_bytes, kind);
	cache = &akti_mem_caches[large_class(size_bytes)];
	block = cache->loaded;
	if (block == NULL)
		return akti_mem_refill(large_class(size_bytes), kind);
	cache->loaded = link_of(block);
	cache->room++;
	return block;
}

void akti_mem_free_large(void *block, size_t size_bytes)
{
	struct mem_cache *cache;

	if (size_bytes > MEM_POOLED_MAX) {
		free(block);
		akti_mem_discharge(size_bytes);
		return;
	}
	cache = &akti_mem_caches[large_class(size_bytes)];
	if (--cache->room < 0)
		akti_mem_spill(large_class(size_bytes));
	set_link(block, cache->loaded);
	cache->loaded = block;
}
#endif
