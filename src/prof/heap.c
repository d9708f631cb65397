/* SPDX-License-Identifier: MIT */
/* See heap.h. Nothing here runs in a signal handler; the tick's handler may interrupt all of it. */
#include "prof/heap.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/memo.h"
#include "prof/prof.h"
#include "prof/stacks.h"
#include "base/hash.h"

#include <akt/error.h>
#include <pthread.h>
#include <sys/mman.h>

#define SHARDS 64u
#define SHARD_FIRST 1024u

struct live {
	void *block; /* NULL: free */
	struct prof_bucket *bucket;
	size_t size_bytes;
	uint32_t era;
};

/* Open addressing without tombstones: what follows a freed entry moves up. At most half full. */
struct shard {
	pthread_mutex_t mutex;
	struct live *at;
	size_t mask;
	size_t used;
} __attribute__((aligned(AKTI_LINES)));

/* What a thread keeps from one allocation to the next. */
struct heap_thread {
	uintptr_t stack_end;
	struct memos memos;
};

struct heap_state akti_prof_heap;
static struct shard shards[SHARDS];
static _Atomic uint32_t current_era;
static _Atomic bool recording;
static AKTI_TLS struct heap_thread *heap_thread;

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
	return &shards[hash >> 58];
}

/* Where block is, or the free entry where it belongs. */
static size_t place_of(const struct shard *shard, const void *block)
{
	size_t at = hash_of(block) & shard->mask;

	while (shard->at[at].block != NULL && shard->at[at].block != block)
		at = (at + 1) & shard->mask;
	return at;
}

static bool grow(struct shard *shard)
{
	struct shard larger = { .mask = shard->at == NULL ? SHARD_FIRST - 1 : 2 * shard->mask + 1 };

	larger.at = map_bytes((larger.mask + 1) * sizeof(struct live));
	if (larger.at == NULL)
		return false;
	for (size_t i = 0; shard->at != NULL && i <= shard->mask; i++) {
		if (shard->at[i].block != NULL)
			larger.at[place_of(&larger, shard->at[i].block)] = shard->at[i];
	}
	if (shard->at != NULL)
		(void)munmap(shard->at, (shard->mask + 1) * sizeof(struct live));
	shard->at = larger.at;
	shard->mask = larger.mask;
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

/* The block is live. One that already was died without our knowing. */
static bool enter(void *block, struct prof_bucket *bucket, size_t size_bytes)
{
	struct shard *shard = shard_of(hash_of(block));
	bool room;

	(void)pthread_mutex_lock(&shard->mutex);
	room = (shard->at != NULL && 2 * (shard->used + 1) <= shard->mask) || grow(shard);
	if (room) {
		struct live *live = &shard->at[place_of(shard, block)];

		shard->used += live->block == NULL;
		*live = (struct live){ block, bucket, size_bytes,
				       atomic_load_explicit(&current_era, memory_order_relaxed) };
	}
	(void)pthread_mutex_unlock(&shard->mutex);
	return room;
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

static void allocated(void *block, size_t size_bytes, enum mem_kind kind)
{
	struct prof_store *store = akti_prof_heap.store;
	struct prof_regs regs = akti_prof_regs_here();
	struct prof_key key = { .what = (uint16_t)(PROF_HEAP + kind) };
	struct prof_bucket *bucket = NULL;
	struct heap_thread *thread;

	if (!atomic_load_explicit(&recording, memory_order_relaxed) ||
	    (thread = thread_here()) == NULL)
		return;
	akti_prof_store_label(&key);
	key.stack = akti_prof_memo_stack(&thread->memos, regs, thread->stack_end, store);
	if (key.stack != NULL)
		bucket = akti_prof_store_bucket(store, &key);
	if (bucket == NULL) {
		(void)atomic_fetch_add_explicit(&store->lost, 1, memory_order_relaxed);
		return;
	}
	akti_prof_store_add(bucket, HEAP_ALLOC_OBJECTS, 1);
	akti_prof_store_add(bucket, HEAP_ALLOC_BYTES, (int64_t)size_bytes);
	if (!enter(block, bucket, size_bytes))
		(void)atomic_fetch_add_explicit(&akti_prof_heap.untracked, 1, memory_order_relaxed);
}

static void freed(void *block)
{
	struct shard *shard = shard_of(hash_of(block));
	size_t at;

	(void)pthread_mutex_lock(&shard->mutex);
	if (shard->at != NULL) {
		at = place_of(shard, block);
		if (shard->at[at].block != NULL) {
			erase(shard, at);
			shard->used--;
		}
	}
	(void)pthread_mutex_unlock(&shard->mutex);
}

int akti_prof_heap_create(void)
{
	akti_prof_heap.store = akti_prof_store_create(PROF_HEAP_STORE_BYTES, 0);
	if (akti_prof_heap.store == NULL)
		return AKT_ERR_NOMEM;
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&shards[i].mutex, NULL);
	return 0;
}

void akti_prof_heap_set_every(uint64_t bytes)
{
	static const struct mem_hook hook = { allocated, freed };

	/* The hook stays: a block that was recorded may be freed at any time. */
	atomic_store_explicit(&recording, bytes != 0, memory_order_relaxed);
	if (bytes != 0)
		atomic_store_explicit(&akti_mem_hook, &hook, memory_order_release);
}

uint32_t akti_prof_heap_era(void)
{
	return 1 + atomic_fetch_add_explicit(&current_era, 1, memory_order_relaxed);
}

void akti_prof_heap_live(uint32_t era,
			 void (*fn)(void *arg, const struct prof_bucket *bucket, int64_t objects,
				    int64_t bytes),
			 void *arg)
{
	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *shard = &shards[i];

		(void)pthread_mutex_lock(&shard->mutex);
		for (size_t at = 0; shard->at != NULL && at <= shard->mask; at++) {
			const struct live *live = &shard->at[at];

			if (live->block != NULL && live->era >= era)
				fn(arg, live->bucket, 1, (int64_t)live->size_bytes);
		}
		(void)pthread_mutex_unlock(&shard->mutex);
	}
}
