/* SPDX-License-Identifier: MIT */
/* See heap.h. Nothing here runs in a signal handler; the tick's handler may interrupt all of it. */
#include "prof/heap.h"
#include "prof/blackbox.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/memo.h"
#include "prof/names.h"
#include "prof/prof.h"
#include "prof/recorder.h"
#include "prof/stacks.h"
#include "prof/user.h"
#include "base/hash.h"

#include <akt/error.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define SHARDS 64u
#define SHARD_FIRST 64u    /* entries: a page */
#define FILTER_SLOTS 1024u /* of a shard */

/* What a recorded block stands for. */
struct weight {
	int64_t objects; /* in parts of HEAP_OBJECT */
	int64_t bytes;
};

struct live {
	void *block;                /* NULL: free */
	struct prof_bucket *bucket; /* NULL: only the flight recorder knows it */
	struct weight weight;
	const akt_type *owner_type;
	uint64_t owner; /* 0: nobody has been told of */
	uint32_t era;
	uint64_t flight; /* its serial in the flight recorder; 0: not there */
};

/* Open addressing without tombstones: what follows a freed entry moves up. At most half full. The
 * filter counts the live blocks of a slot, and stays at its largest number once it was there. */
struct shard {
	pthread_mutex_t mutex;
	struct live *at;
	size_t mask;
	size_t used;
	_Atomic uint16_t filter[FILTER_SLOTS];
} __attribute__((aligned(AKTI_LINES)));

/* What a thread keeps from one allocation to the next. */
struct heap_thread {
	uintptr_t stack_end;
	struct memos memos;
};

/* The rates of the newest two limits; a limit other than all and none comes once. The third from now
 * takes the place of the first: it has no limit meanwhile. */
static struct {
	_Atomic int64_t limit;
	_Atomic uint64_t every;
} rates[2] = { { .limit = MEM_WATCH_NONE }, { .limit = MEM_WATCH_NONE } };
static uint64_t current_every;
static int64_t next_limit = 1; /* above each thread's `until` */

struct heap_state akti_prof_heap;
static struct shard shards[SHARDS];
static _Atomic uint32_t current_era;
static _Atomic uint64_t next_seed; /* 0: by chance */
static AKTI_TLS struct heap_thread *heap_thread;
static AKTI_TLS uint64_t random_state; /* 0: not drawn yet */
static AKTI_TLS struct weight due_weight;

static void *map_bytes(size_t size_bytes)
{
	void *at =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* --- live blocks ------------------------------------------------------------------------------ */

static uint64_t hash_of(const void *block)
{
	return akti_hash_u64((uintptr_t)block >> 4);
}

static struct shard *shard_of(uint64_t hash)
{
	return &shards[hash >> 58]; /* 64 of them */
}

/* Where block is, or the free entry where it belongs. */
static struct live *place_of(struct live *entries, size_t mask, const void *block)
{
	size_t at = hash_of(block) & mask;

	while (entries[at].block != NULL && entries[at].block != block)
		at = (at + 1) & mask;
	return &entries[at];
}

static bool grow(struct shard *shard)
{
	size_t mask = shard->at == NULL ? SHARD_FIRST - 1 : 2 * shard->mask + 1;
	struct live *larger = map_bytes((mask + 1) * sizeof(*larger));

	if (larger == NULL)
		return false;
	for (size_t i = 0; shard->at != NULL && i <= shard->mask; i++) {
		if (shard->at[i].block != NULL)
			*place_of(larger, mask, shard->at[i].block) = shard->at[i];
	}
	if (shard->at != NULL)
		(void)munmap(shard->at, (shard->mask + 1) * sizeof(*larger));
	shard->at = larger;
	shard->mask = mask;
	return true;
}

/* Take the entry out; a later one that it kept from its own place moves into the hole. */
static void erase(struct shard *shard, size_t hole)
{
	size_t at = hole;

	for (;;) {
		size_t home;

		shard->at[hole].block = NULL;
		do {
			at = (at + 1) & shard->mask;
			if (shard->at[at].block == NULL)
				return;
			home = hash_of(shard->at[at].block) & shard->mask;
		} while (((at - home) & shard->mask) < ((at - hole) & shard->mask));
		shard->at[hole] = shard->at[at];
		hole = at;
	}
}

static _Atomic uint16_t *filter_of(struct shard *shard, uint64_t hash)
{
	return &shard->filter[(hash >> 48) % FILTER_SLOTS];
}

/* With the mutex: one more or one less. */
static void filter_add(struct shard *shard, const void *block, int n)
{
	_Atomic uint16_t *slot = filter_of(shard, hash_of(block));
	unsigned count = atomic_load_explicit(slot, memory_order_relaxed);

	if (count != UINT16_MAX)
		atomic_store_explicit(slot, (uint16_t)(count + (unsigned)n), memory_order_relaxed);
}

/* The block is live. One that already was died without our knowing. */
static bool enter(void *block, struct prof_bucket *bucket, struct weight weight, uint64_t flight)
{
	struct shard *shard = shard_of(hash_of(block));
	bool room;

	(void)pthread_mutex_lock(&shard->mutex);
	room = (shard->at != NULL && 2 * (shard->used + 1) <= shard->mask) || grow(shard);
	if (room) {
		struct live *live = place_of(shard->at, shard->mask, block);

		if (live->block == NULL) {
			shard->used++;
			filter_add(shard, block, 1);
		}
		*live = (struct live){
			.block = block,
			.bucket = bucket,
			.weight = weight,
			.era = atomic_load_explicit(&current_era, memory_order_relaxed),
			.flight = flight,
		};
	}
	(void)pthread_mutex_unlock(&shard->mutex);
	return room;
}

/* --- gaps and weights ------------------------------------------------------------------------- */

/* More than 0 and at most 1. */
static double draw(void)
{
	if (akti_unlikely(random_state == 0)) {
		uint64_t start = atomic_load_explicit(&next_seed, memory_order_relaxed);

		start = start != 0 ? atomic_fetch_add_explicit(&next_seed, 1, memory_order_relaxed)
				   : akti_plat_random();
		random_state = akti_hash_u64(start) | 1;
	}
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (double)((random_state >> 11) + 1) / 9007199254740992.0; /* 2^53 */
}

/* Bytes before the one that is hit: geometric, every on average, less than 40 * (every + 1). */
static int64_t draw_gap(uint64_t every)
{
	return (int64_t)(-log(draw()) / log1p(1.0 / (double)every));
}

static struct weight weight_of(size_t size_bytes, uint64_t every)
{
	double k = size_bytes == 0 ? 1.0 : (double)size_bytes;
	double seen = -expm1(-k * log1p(1.0 / (double)every));

	return (struct weight){ llround((double)HEAP_OBJECT / seen),
				llround((double)size_bytes / seen) };
}

/* The limit now, and the rate that belongs to it. */
static int64_t read_rate(uint64_t *ret_every)
{
	for (;;) {
		int64_t limit = atomic_load_explicit(&akti_mem_watch.limit, memory_order_acquire);

		if (limit == MEM_WATCH_NONE || limit == MEM_WATCH_ALL)
			return limit;
		for (unsigned i = 0; i < 2; i++) {
			if (atomic_load_explicit(&rates[i].limit, memory_order_acquire) != limit)
				continue;
			*ret_every = atomic_load_explicit(&rates[i].every, memory_order_acquire);
			if (atomic_load_explicit(&rates[i].limit, memory_order_acquire) == limit)
				return limit;
		}
	}
}

/* --- the hook --------------------------------------------------------------------------------- */

static void thread_ends(void *arg)
{
	akti_prof_thread_leave();
	heap_thread = NULL;
	(void)munmap(arg, sizeof(struct heap_thread));
}

/* A thread that was born after the collector was armed is met here first: it is sampled from its
 * first allocation on. */
static struct heap_thread *thread_here(void)
{
	if (heap_thread == NULL) {
		struct heap_thread *thread = map_bytes(sizeof(*thread));

		if (thread == NULL)
			return NULL;
		thread->stack_end = akti_prof_stacks_end_here();
		heap_thread = thread;
		akti_plat_at_thread_exit(PLAT_EXIT_PROF, thread_ends, thread);
		akti_prof_thread_enter();
	}
	return heap_thread;
}

/* size_bytes have been taken off *until. */
static bool is_due(int64_t *until, size_t size_bytes)
{
	uint64_t every = 0;
	int64_t limit = read_rate(&every), left;

	if (limit == MEM_WATCH_NONE)
		return false;
	if (limit == MEM_WATCH_ALL) {
		due_weight = (struct weight){ HEAP_OBJECT, (int64_t)size_bytes };
		return true;
	}
	left = *until + (int64_t)size_bytes - limit;
	if (left < 0) {
		(void)thread_here();
		left = draw_gap(every);
	}
	if (left >= (int64_t)size_bytes) {
		*until = limit + left - (int64_t)size_bytes;
		return false;
	}
	*until = limit + draw_gap(every);
	due_weight = weight_of(size_bytes, every);
	return true;
}

static bool due(size_t size_bytes)
{
	return is_due(&akti_mem_local.until, size_bytes);
}

/* False: it is not in the table. */
static bool record_of(struct heap_thread *thread, void *block, uint16_t kind, struct weight weight,
		      struct prof_regs regs)
{
	struct prof_store *store = akti_prof_heap.store;
	struct prof_key key = { .what = (uint16_t)(PROF_HEAP + kind) };
	struct prof_bucket *bucket = NULL;
	uint64_t flight = 0;
	bool storing;

	akti_prof_store_label(&key);
	key.stack = akti_prof_memo_stack(&thread->memos, regs, thread->stack_end, store);
	if (key.stack != NULL && akti_blackbox_is_on())
		flight = akti_blackbox_allocated(&key, weight.objects, weight.bytes);
	storing = atomic_load_explicit(&akti_prof_heap.storing, memory_order_relaxed);
	if (storing && key.stack != NULL)
		bucket = akti_prof_store_bucket(store, &key);
	if (bucket == NULL && storing) {
		(void)atomic_fetch_add_explicit(&store->lost,
						(uint64_t)akti_prof_heap_objects(weight.objects),
						memory_order_relaxed);
	} else if (bucket != NULL) {
		akti_prof_store_add(bucket, HEAP_ALLOC_OBJECTS, weight.objects);
		akti_prof_store_add(bucket, HEAP_ALLOC_BYTES, weight.bytes);
	}
	if (bucket == NULL && flight == 0)
		return false;
	if (block != NULL && enter(block, bucket, weight, flight))
		return true;
	(void)atomic_fetch_add_explicit(&akti_prof_heap.untracked, 1, memory_order_relaxed);
	return false;
}

/* Called right where the block was made; regs are the caller's. False: it is not in the table. */
static bool record(void *block, uint16_t kind, struct weight weight, struct prof_regs regs)
{
	struct heap_thread *thread = thread_here();
	bool known;

	if (thread == NULL)
		return false;
	akti_prof_record_begin();
	known = record_of(thread, block, kind, weight, regs);
	akti_prof_record_end();
	return known;
}

static void allocated(void *block, size_t size_bytes, enum mem_kind kind)
{
	struct prof_regs regs = akti_prof_regs_here();

	(void)size_bytes;
	(void)record(block, (uint16_t)kind, due_weight, regs);
}

/* False: it was not in the table. */
static bool leave(void *block)
{
	uint64_t hash = hash_of(block);
	struct shard *shard = shard_of(hash);
	bool found = false;

	if (atomic_load_explicit(filter_of(shard, hash), memory_order_relaxed) == 0)
		return false;
	(void)pthread_mutex_lock(&shard->mutex);
	if (shard->at != NULL) {
		struct live *live = place_of(shard->at, shard->mask, block);

		found = live->block != NULL;
		if (found) {
			if (live->flight != 0)
				akti_blackbox_freed(live->flight);
			filter_add(shard, block, -1);
			erase(shard, (size_t)(live - shard->at));
			shard->used--;
		}
	}
	(void)pthread_mutex_unlock(&shard->mutex);
	return found;
}

static void freed(void *block)
{
	(void)leave(block);
}

void akti_prof_heap_own(const void *block, const akt_type *type, uint64_t actor)
{
	uint64_t hash = hash_of(block);
	struct shard *shard = shard_of(hash);
	struct live *live;

	if (atomic_load_explicit(filter_of(shard, hash), memory_order_relaxed) == 0)
		return;
	actor = akti_prof_name_of(actor);
	(void)pthread_mutex_lock(&shard->mutex);
	if (shard->at != NULL) {
		live = place_of(shard->at, shard->mask, block);
		if (live->block != NULL) {
			live->owner_type = type;
			live->owner = actor;
		}
	}
	(void)pthread_mutex_unlock(&shard->mutex);
}

/* --- the user's malloc (user.h) --------------------------------------------------------------- */

struct akt_heap_watch akt_heap_watch_ = { .limit = MEM_WATCH_NONE };

void akt_heap_linked_(void)
{
	akti_prof_heap.user_linked = true;
}

void akt_heap_allocated_(int64_t *until, void *block, size_t size_bytes)
{
	struct prof_regs regs = akti_prof_regs_here();

	/* Where it is not the user's, `until` stays below the limit: a new gap begins behind it. */
	if (akti_mem_local.quiet++ == 0 && is_due(until, size_bytes) &&
	    record(block, HEAP_KIND_MALLOC, due_weight, regs))
		(void)atomic_fetch_add_explicit(&akt_heap_watch_.live, 1, memory_order_relaxed);
	akti_mem_local.quiet--;
}

void akt_heap_freed_(void *block)
{
	if (leave(block))
		(void)atomic_fetch_sub_explicit(&akt_heap_watch_.live, 1, memory_order_relaxed);
}

/* --- the controller --------------------------------------------------------------------------- */

int akti_prof_heap_create(void)
{
	if (akti_prof_heap.store != NULL)
		return 0;
	akti_prof_heap.store = akti_prof_store_create(PROF_HEAP_STORE_BYTES, 0);
	if (akti_prof_heap.store == NULL)
		return AKT_ERR_NOMEM;
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&shards[i].mutex, NULL);
	return 0;
}

/* A limit that no thread has been near, for this rate. */
static int64_t make_limit(uint64_t every)
{
	static unsigned turn;
	unsigned i = turn++ % 2;
	int64_t limit = next_limit;

	AKT_ASSERT(limit < INT64_MAX / 2); /* after a million changes, if all to the largest */
	next_limit += 40 * ((int64_t)every + 1);
	atomic_store_explicit(&rates[i].limit, MEM_WATCH_NONE, memory_order_release);
	atomic_store_explicit(&rates[i].every, every, memory_order_release);
	atomic_store_explicit(&rates[i].limit, limit, memory_order_release);
	return limit;
}

void akti_prof_heap_set_every(uint64_t bytes)
{
	static const struct mem_hook hook = { due, allocated, freed };
	uint64_t every = bytes > PROF_HEAP_EVERY_MAX ? PROF_HEAP_EVERY_MAX : bytes;
	int64_t limit;

	if (every == current_every)
		return;
	current_every = every;
	limit = every == 0 ? MEM_WATCH_NONE : every == 1 ? MEM_WATCH_ALL : make_limit(every);
	akti_mem_set_watch(&hook, limit);
	atomic_store_explicit(&akt_heap_watch_.limit, limit, memory_order_release);
}

void akti_prof_heap_in_child(void)
{
	akti_mem_set_watch(NULL, MEM_WATCH_NONE);
	atomic_store_explicit(&akt_heap_watch_.limit, MEM_WATCH_NONE, memory_order_relaxed);
	atomic_store_explicit(&akt_heap_watch_.live, 0, memory_order_relaxed);
}

uint32_t akti_prof_heap_era(void)
{
	return 1 + atomic_fetch_add_explicit(&current_era, 1, memory_order_relaxed);
}

static struct heap_live look_at(const struct live *live)
{
	const struct prof_key *key = &live->bucket->key;
	struct heap_live look = { live->bucket, live->weight.objects, live->weight.bytes, NULL, 0 };

	if (akti_prof_heap_travels(key->what)) {
		look.owner_type = live->owner != 0 ? live->owner_type : key->type;
		look.owner = live->owner != 0 ? live->owner : key->actor;
	}
	return look;
}

void akti_prof_heap_live(uint32_t era, void (*fn)(void *arg, const struct heap_live *live),
			 void *arg)
{
	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *shard = &shards[i];

		(void)pthread_mutex_lock(&shard->mutex);
		for (size_t at = 0; shard->at != NULL && at <= shard->mask; at++) {
			const struct live *live = &shard->at[at];

			if (live->block != NULL && live->bucket != NULL && live->era >= era) {
				const struct heap_live look = look_at(live);

				fn(arg, &look);
			}
		}
		(void)pthread_mutex_unlock(&shard->mutex);
	}
}

void akti_prof_heap_forget(void)
{
	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *shard = &shards[i];

		(void)pthread_mutex_lock(&shard->mutex);
		for (size_t at = 0; shard->at != NULL && at <= shard->mask; at++)
			shard->at[at].bucket = NULL;
		(void)pthread_mutex_unlock(&shard->mutex);
	}
}

void akti_prof_heap_seed(uint64_t seed)
{
	atomic_store_explicit(&next_seed, seed, memory_order_relaxed);
	random_state = 0;
}
