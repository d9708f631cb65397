/* SPDX-License-Identifier: MIT */
/*
 * Pools: a magazine allocator per size class (see mem.h).
 *
 *	thread          depot (one per class, a mutex)          slabs
 *	loaded     ---  full magazines                 <---     bump pointer per thread and class,
 *	spare           loose blocks of ended threads           cut from regions of address space
 *
 * A thread holds two magazines per class, the spare one of them full or empty: so a thread that hovers
 * at the edge of one does not trade at each call. Allocation order: loaded, spare, depot, slab. Empty
 * magazines serve all classes. Word 0 of a loose block links the next.
 * The budget counts what is to the left of the depots (budget.h).
 */
#include "mem/budget.h"
#include "plat/plat.h"
#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

struct mem_watch akti_mem_watch = { .limit = MEM_WATCH_NONE, .line_limit = MEM_WATCH_NONE };
AKTI_TLS struct mem_local akti_mem_local;

void akti_mem_set_watch(const struct mem_hook *hook, int64_t limit)
{
	bool between = limit != MEM_WATCH_NONE && limit != MEM_WATCH_ALL;

	atomic_store_explicit(&akti_mem_watch.hook, hook, memory_order_release);
	atomic_store_explicit(&akti_mem_watch.limit, limit, memory_order_release);
	atomic_store_explicit(&akti_mem_watch.line_limit,
			      between ? limit + (int64_t)MEM_LINE_BYTES : limit,
			      memory_order_release);
}

static const struct mem_hook *watcher(void)
{
	return atomic_load_explicit(&akti_mem_watch.hook, memory_order_acquire);
}

AKTI_COLD void akti_mem_noted(void *block, size_t size_bytes, enum mem_kind kind)
{
	const struct mem_hook *hook = watcher();

	if (hook != NULL && hook->due(size_bytes))
		hook->allocated(block, size_bytes, kind);
}

/* What is noted as a block of ours is not noted as one of the user's as well. The compiler thinks that
 * malloc reads nothing of ours. */
static void *quiet_malloc(size_t size_bytes)
{
	void *block;

	akti_mem_local.quiet++;
	__asm__ volatile("" ::: "memory");
	block = malloc(size_bytes);
	__asm__ volatile("" ::: "memory");
	akti_mem_local.quiet--;
	return block;
}

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
	bool seen = akti_mem_count(size_bytes) && watcher() != NULL && watcher()->due(size_bytes);
	void *block = NULL;

	if (!akti_mem_charge(size_bytes, kind))
		return NULL;
	if (!told_to_fail())
		block = quiet_malloc(size_bytes);
	if (block == NULL) {
		akti_mem_discharge(size_bytes);
		akti_mem_note_out();
		return NULL;
	}
	if (seen)
		watcher()->allocated(block, size_bytes, kind);
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
#define MEM_GROW_BYTES ((size_t)256 * 1024)

static const uint32_t class_bytes[MEM_CLASSES] = {
	16,    32,    48,    64,    128,   192,    256,    320,    384,    448,    512,    640,
	768,   896,   1024,  1280,  1536,  1792,   2048,   2560,   3072,   3584,   4096,   5120,
	6144,  7168,  8192,  10240, 12288, 14336,  16384,  20480,  24576,  28672,  32768,  40960,
	49152, 57344, 65536, 81920, 98304, 114688, 131072, 163840, 196608, 229376, 262144,
};

const uint8_t akti_mem_small_class[MEM_SMALL_MAX / 16 + 1] = {
	0,  0,  1,  2,  3,  4,  4,  4,  4,  5,  5,  5,  5,  6,  6,  6,  6,  7,  7,  7,  7,  8,
	8,  8,  8,  9,  9,  9,  9,  10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12,
	12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14, 14,
};

struct depot {
	_Alignas(AKTI_LINES) struct plat_mutex mutex;
	_Atomic(struct mem_magazine *) full;
	void *loose;
};

static AKTI_TLS bool cache_registered;
static struct depot depots[MEM_CLASSES];
static struct {
	_Alignas(AKTI_LINES) struct plat_mutex mutex;
	struct mem_magazine *magazines;
	char *bump, *bump_end;
} empty;
static struct plat_mutex region_mutex;
static struct plat_region region; /* the newest; older ones are full and never closed */
static size_t region_used;
static pthread_once_t pools_once = PTHREAD_ONCE_INIT;

static void init_pools(void)
{
	for (unsigned c = 0; c < MEM_CLASSES; c++)
		akti_plat_mutex_init(&depots[c].mutex, PLAT_RANK_DEPOT);
	akti_plat_mutex_init(&empty.mutex, PLAT_RANK_DEPOT + 1);
	akti_plat_mutex_init(&region_mutex, PLAT_RANK_DEPOT + 2);
}

static unsigned large_class(size_t size_bytes)
{
	/* 1024 is class 14; each doubling above has four classes, each a quarter wider. */
	unsigned log2 = 63u - (unsigned)__builtin_clzll(size_bytes - 1);
	unsigned quarter = (unsigned)((size_bytes - 1) >> (log2 - 2)) & 3u;

	return 15u + (log2 - 10u) * 4u + quarter;
}

/* Blocks per magazine: 64, or as many as make 64 KiB; at least 2. */
static const uint8_t magazine_blocks[MEM_CLASSES] = {
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 51,
	42, 36, 32, 25, 21, 18, 16, 12, 10, 9,  8,  6,  5,  4,  4,  3,
	2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
};

AKTI_INLINE size_t magazine_of(unsigned class)
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

/* --- magazines --------------------------------------------------------------------------------- */

static struct mem_magazine *take(struct mem_magazine **list)
{
	struct mem_magazine *magazine = *list;

	if (magazine != NULL)
		*list = magazine->next;
	return magazine;
}

static void put(struct mem_magazine **list, struct mem_magazine *magazine)
{
	magazine->next = *list;
	*list = magazine;
}

static struct mem_magazine *take_full(struct depot *depot)
{
	struct mem_magazine *magazine = akti_load_rlx(&depot->full);

	if (magazine != NULL)
		akti_store_rlx(&depot->full, magazine->next);
	return magazine;
}

static void put_full(struct depot *depot, struct mem_magazine *magazine)
{
	magazine->next = akti_load_rlx(&depot->full);
	akti_store_rlx(&depot->full, magazine);
}

/* An empty one: used before, or cut. NULL: memory is out. */
static struct mem_magazine *take_empty(void)
{
	struct mem_magazine *magazine;

	akti_plat_lock(&empty.mutex);
	magazine = take(&empty.magazines);
	if (magazine == NULL) {
		if (empty.bump_end - empty.bump < (ptrdiff_t)sizeof(*magazine)) {
			empty.bump = new_slab(MEM_SLAB_BYTES);
			empty.bump_end = empty.bump == NULL ? NULL : empty.bump + MEM_SLAB_BYTES;
		}
		if (empty.bump != NULL) {
			magazine = (struct mem_magazine *)(void *)empty.bump;
			empty.bump += sizeof(*magazine);
		}
	}
	akti_plat_unlock(&empty.mutex);
	return magazine;
}

static void put_empty(struct mem_magazine *magazine)
{
	akti_plat_lock(&empty.mutex);
	put(&empty.magazines, magazine);
	akti_plat_unlock(&empty.mutex);
}

static struct mem_magazine *loaded_of(const struct mem_cache *cache)
{
	return akti_container_of(cache->floor, struct mem_magazine, blocks);
}

static void load(struct mem_cache *cache, unsigned class, struct mem_magazine *magazine, bool full)
{
	cache->floor = magazine->blocks;
	cache->full = magazine->blocks + magazine_of(class);
	cache->top = full ? cache->full : cache->floor;
}

static void put_loose(struct depot *depot, void *block)
{
	set_link(block, depot->loose);
	depot->loose = block;
}

static void flush_class(unsigned class, struct mem_cache *cache)
{
	struct depot *depot = &depots[class];
	size_t flushed = (size_t)(cache->top - cache->floor);

	akti_plat_lock(&depot->mutex);
	while (cache->top > cache->floor)
		put_loose(depot, *--cache->top);
	if (cache->spare != NULL && cache->spare_full) {
		put_full(depot, cache->spare);
		cache->spare = NULL;
		flushed += magazine_of(class);
	}
	while (cache->bump_end - cache->bump >= (ptrdiff_t)class_bytes[class]) {
		put_loose(depot, cache->bump);
		cache->bump += class_bytes[class];
		flushed++;
	}
	akti_plat_unlock(&depot->mutex);
	if (cache->floor != NULL)
		put_empty(loaded_of(cache));
	if (cache->spare != NULL)
		put_empty(cache->spare);
	akti_mem_discharge(flushed * class_bytes[class]);
	memset(cache, 0, sizeof(*cache));
}

/* A thread ends: its blocks go to the depot. */
static void flush_thread(void *arg)
{
	struct mem_cache *mine = arg;

	for (unsigned c = 0; c < MEM_CLASSES; c++) {
		if (mine[c].floor != NULL || mine[c].bump != NULL)
			flush_class(c, &mine[c]);
	}
	cache_registered = false;
}

/* The thread's first block of this class: its magazines. False: memory is out. */
static AKTI_COLD bool open_cache(unsigned class)
{
	struct mem_cache *cache = &akti_mem_local.caches[class];
	struct mem_magazine *first;

	(void)pthread_once(&pools_once, init_pools);
	if (!cache_registered) {
		cache_registered = true;
		akti_plat_at_thread_exit(PLAT_EXIT_MEM, flush_thread, akti_mem_local.caches);
	}
	first = take_empty();
	cache->spare = first == NULL ? NULL : take_empty();
	if (cache->spare == NULL) {
		if (first != NULL)
			put_empty(first);
		return false;
	}
	load(cache, class, first, false);
	return true;
}

/* The spare magazine, which is what load wants, for the loaded one, which is not. */
static void swap(struct mem_cache *cache, unsigned class)
{
	struct mem_magazine *loaded = loaded_of(cache);

	load(cache, class, cache->spare, cache->spare_full);
	cache->spare = loaded;
	cache->spare_full = !cache->spare_full;
}

/* Fill the loaded magazine, which is empty, from the depot; it has been charged for a full one, and
 * what is not there is taken off again. */
static void load_from_depot(unsigned class, struct mem_cache *cache)
{
	struct depot *depot = &depots[class];
	size_t missing = magazine_of(class);
	struct mem_magazine *full;

	akti_plat_lock(&depot->mutex);
	full = take_full(depot);
	for (; full == NULL && depot->loose != NULL && missing > 0; missing--) {
		void *block = depot->loose;

		depot->loose = link_of(block);
		akti_mem_push(cache, block);
	}
	akti_plat_unlock(&depot->mutex);
	if (full != NULL) {
		put_empty(loaded_of(cache));
		load(cache, class, full, true);
		missing = 0;
	}
	akti_mem_discharge(missing * class_bytes[class]);
}

/* Cut a new slab. False: none is to be had. */
static bool bump_from_slab(unsigned class, struct mem_cache *cache, enum mem_kind kind)
{
	size_t slab_bytes = MEM_SLAB_BYTES;
	size_t blocks_bytes;

	if (class_bytes[class] > 4096)
		slab_bytes = (size_t)class_bytes[class] * (class_bytes[class] > 32768 ? 2 : 8);
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
	struct mem_cache *cache = &akti_mem_local.caches[class];
	bool cut;
	void *block;

	if (akti_unlikely(cache->floor == NULL) && !open_cache(class)) {
		akti_mem_note_out();
		return NULL;
	}
	cut = cache->bump_end - cache->bump >= (ptrdiff_t)class_bytes[class];
	if (cache->spare_full) {
		swap(cache, class);
	} else if ((akti_load_rlx(&depots[class].full) != NULL || !cut) &&
		   akti_mem_charge((size_t)magazine_of(class) * class_bytes[class], kind)) {
		load_from_depot(class, cache);
	}
	if (cache->top != cache->floor)
		return akti_mem_pop(cache);
	if (!cut && !bump_from_slab(class, cache, kind))
		return NULL;
	block = cache->bump;
	cache->bump += class_bytes[class];
	return block;
}

/* The spare one is full too: to the depot with it, for an empty one. False: there is none. */
static bool trade_full(unsigned class, struct mem_cache *cache)
{
	struct depot *depot = &depots[class];
	struct mem_magazine *fresh = take_empty();

	if (fresh == NULL)
		return false;
	akti_plat_lock(&depot->mutex);
	put_full(depot, cache->spare);
	akti_plat_unlock(&depot->mutex);
	akti_mem_discharge((size_t)magazine_of(class) * class_bytes[class]);
	cache->spare = fresh;
	cache->spare_full = false;
	return true;
}

AKTI_NOINLINE void akti_mem_spill(unsigned class, void *block)
{
	struct mem_cache *cache = &akti_mem_local.caches[class];

	if (cache->floor == NULL ? open_cache(class)
				 : !cache->spare_full || trade_full(class, cache)) {
		if (cache->top == cache->full)
			swap(cache, class);
		akti_mem_push(cache, block);
		return;
	}
	/* No memory for a magazine. */
	akti_plat_lock(&depots[class].mutex);
	put_loose(&depots[class], block);
	akti_plat_unlock(&depots[class].mutex);
	akti_mem_discharge(class_bytes[class]);
}

/* From malloc. */
static void *alloc_huge(size_t size_bytes, enum mem_kind kind)
{
	void *block;

	if (!akti_mem_charge(size_bytes, kind))
		return NULL;
	block = quiet_malloc(size_bytes);
	if (block == NULL) {
		akti_mem_discharge(size_bytes);
		akti_mem_note_out();
	}
	return block;
}

static void *alloc_of(unsigned class, enum mem_kind kind)
{
	struct mem_cache *cache = &akti_mem_local.caches[class];

	return cache->top == cache->floor ? akti_mem_refill(class, kind) : akti_mem_pop(cache);
}

static void free_of(unsigned class, void *block)
{
	struct mem_cache *cache = &akti_mem_local.caches[class];

	if (cache->top == cache->full)
		akti_mem_spill(class, block);
	else
		akti_mem_push(cache, block);
}

void *akti_mem_alloc_large(size_t size_bytes, enum mem_kind kind)
{
	if (size_bytes > MEM_POOLED_MAX)
		return alloc_huge(size_bytes, kind);
	return alloc_of(large_class(size_bytes), kind);
}

void akti_mem_free_large(void *block, size_t size_bytes)
{
	if (size_bytes > MEM_POOLED_MAX) {
		akti_mem_note_free(block);
		free(block);
		akti_mem_discharge(size_bytes);
		return;
	}
	free_of(large_class(size_bytes), block);
}

/* --- blocks that are seen ---------------------------------------------------------------------- */

/*
 * One list per class, under a mutex, cut from pages of a range where Linux maps nothing by itself; only
 * brk may lie below it, in a program without PIE. The range is reserved for the first such block.
 *
 * What is larger than the pools' blocks has a place here too, up to the next power of two of addresses.
 * Once it is free, its pages stay for the next one up to a sum, and beyond that are the kernel's to take:
 * to have them again costs several times what it costs to fill them.
 */
#define WATCHED_AT ((uintptr_t)1 << 38)
#define WATCHED_BYTES ((size_t)64 * 1024 * 1024 * 1024)
#define WATCHED_SLAB_BYTES ((size_t)4096)

struct watched {
	void *free;
	char *bump, *bump_end;
};
#define WATCHED_CLASSES (MEM_CLASSES + 13u) /* the last is of 2 GiB */
#define WATCHED_LARGE_LOG2 19u              /* the first beyond the pools' is of 512 KiB */
#define WATCHED_KEPT_BYTES ((size_t)64 * 1024 * 1024)
static struct watched watched[WATCHED_CLASSES];
static _Atomic size_t watched_kept; /* by free blocks beyond the pools' sizes */
static struct plat_mutex watched_mutex;
static struct plat_region watched_region;
static size_t watched_used;
static pthread_once_t watched_once = PTHREAD_ONCE_INIT;

uintptr_t akti_mem_watched_end = 1;

/* What Linux maps by itself lies just below the first stack. */
__attribute__((constructor)) static void set_watched_end(void)
{
	uintptr_t stack = (uintptr_t)__builtin_frame_address(0);

	if (stack > WATCHED_AT + 2 * WATCHED_BYTES)
		akti_mem_watched_end = WATCHED_AT + WATCHED_BYTES;
}

/* Half of it where all would be too much for the process's limit, and so on. */
static void open_watched(void)
{
	size_t size_bytes = akti_mem_watched_end < WATCHED_AT ? 0 : WATCHED_BYTES;

	akti_plat_mutex_init(&watched_mutex, PLAT_RANK_DEPOT);
	for (; size_bytes >= MEM_GROW_BYTES; size_bytes /= 2) {
		if (akti_plat_region_open_at(&watched_region, WATCHED_AT, size_bytes) == 0)
			return;
	}
}

/* WATCHED_CLASSES or more: it is too large. */
static unsigned class_of(size_t size_bytes)
{
	unsigned log2;

	if (size_bytes <= MEM_SMALL_MAX)
		return akti_mem_class(size_bytes);
	if (size_bytes <= MEM_POOLED_MAX)
		return large_class(size_bytes);
	log2 = 64u - (unsigned)__builtin_clzll(size_bytes - 1);
	return MEM_CLASSES + (log2 < WATCHED_LARGE_LOG2 ? 0 : log2 - WATCHED_LARGE_LOG2);
}

static size_t watched_bytes(unsigned class)
{
	return class < MEM_CLASSES ? class_bytes[class]
				   : (size_t)1 << (WATCHED_LARGE_LOG2 + class - MEM_CLASSES);
}

/* What the budget counts. */
static size_t charge_of(size_t size_bytes, unsigned class)
{
	return class < MEM_CLASSES ? class_bytes[class] : size_bytes;
}

static bool is_watched(const void *block)
{
	uintptr_t start = (uintptr_t)watched_region.start;

	return (uintptr_t)block - start < watched_region.size_bytes;
}

/* With the mutex. False: the range is full, or memory is out. */
static bool cut_watched(unsigned class)
{
	size_t blocks = class < MEM_CLASSES ? 4 : 1;
	size_t size_bytes = akti_round_up(blocks * watched_bytes(class), WATCHED_SLAB_BYTES);
	size_t until = akti_round_up(watched_used + size_bytes, MEM_GROW_BYTES);

	if (akti_plat_region_grow(&watched_region, until) < 0)
		return false;
	watched[class].bump = watched_region.start + watched_used;
	watched[class].bump_end = watched[class].bump + size_bytes;
	watched_used += size_bytes;
	return true;
}

/* Word 1 of a free block: what of its bytes is in watched_kept. */
static size_t *kept_of(void *block)
{
	return (size_t *)block + 1;
}

static void keep_or_not(void *block, size_t size_bytes)
{
	size_t kept = size_bytes;

	if (akti_load_rlx(&watched_kept) + size_bytes > WATCHED_KEPT_BYTES) {
		akti_plat_pages_free(block, size_bytes);
		kept = 0;
	}
	*kept_of(block) = kept;
	(void)akti_add_sc(&watched_kept, kept);
}

static void *take_watched(unsigned class)
{
	struct watched *from = &watched[class];
	void *block = NULL;

	if (class >= WATCHED_CLASSES)
		return NULL;
	(void)pthread_once(&watched_once, open_watched);
	akti_plat_lock(&watched_mutex);
	if (from->free != NULL) {
		block = from->free;
		from->free = link_of(block);
		if (class >= MEM_CLASSES)
			(void)akti_sub_sc(&watched_kept, *kept_of(block));
	} else if (from->bump_end - from->bump >= (ptrdiff_t)watched_bytes(class) ||
		   cut_watched(class)) {
		block = from->bump;
		from->bump += watched_bytes(class);
	}
	akti_plat_unlock(&watched_mutex);
	return block;
}

/* As akti_mem_alloc, unseen. */
static void *alloc_unseen(size_t size_bytes, enum mem_kind kind)
{
	if (size_bytes > MEM_SMALL_MAX)
		return akti_mem_alloc_large(size_bytes, kind);
	return alloc_of(akti_mem_class(size_bytes), kind);
}

static void *alloc_seen(size_t size_bytes, enum mem_kind kind)
{
	unsigned class = class_of(size_bytes);
	void *block;

	if (!akti_mem_charge(charge_of(size_bytes, class), kind))
		return NULL;
	block = take_watched(class);
	if (block != NULL)
		return block;
	akti_mem_discharge(charge_of(size_bytes, class));
	/* From malloc its free is seen as well, and only its owner is not. */
	return size_bytes > MEM_POOLED_MAX ? alloc_huge(size_bytes, kind) : NULL;
}

AKTI_NOINLINE void *akti_mem_alloc_closely(size_t size_bytes, enum mem_kind kind)
{
	const struct mem_hook *hook = watcher();
	void *block;

	if (hook == NULL || !hook->due(size_bytes))
		return alloc_unseen(size_bytes, kind);
	block = alloc_seen(size_bytes, kind);
	if (block != NULL) {
		hook->allocated(block, size_bytes, kind);
		return block;
	}
	block = alloc_unseen(size_bytes, kind);
	if (block != NULL)
		hook->allocated(NULL, size_bytes, kind);
	return block;
}

static void free_unseen(void *block, size_t size_bytes)
{
	if (size_bytes > MEM_SMALL_MAX)
		akti_mem_free_large(block, size_bytes);
	else
		free_of(akti_mem_class(size_bytes), block);
}

AKTI_NOINLINE void akti_mem_free_closely(void *block, size_t size_bytes)
{
	unsigned class = class_of(size_bytes);

	if (!is_watched(block) && class >= MEM_CLASSES) {
		akti_mem_free_large(block, size_bytes);
		return;
	}
	akti_mem_note_free(block);
	if (!is_watched(block)) {
		free_unseen(block, size_bytes);
		return;
	}
	if (class >= MEM_CLASSES)
		keep_or_not(block, watched_bytes(class));
	akti_plat_lock(&watched_mutex);
	set_link(block, watched[class].free);
	watched[class].free = block;
	akti_plat_unlock(&watched_mutex);
	akti_mem_discharge(charge_of(size_bytes, class));
}
#endif
