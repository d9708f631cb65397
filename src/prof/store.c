/* SPDX-License-Identifier: MIT */
/* See store.h. Atomics are used by their own names: a signal handler must not interleave. */
#include "prof/store.h"
#include "base/hash.h"
#include "prof/names.h"
#include "prof/phase.h"

#include <sys/mman.h>

/* Memory is zeros. */
static void set_up(struct prof_store *store, size_t size_bytes, size_t touched_bytes)
{
	for (size_t at = 0; at < touched_bytes && at < size_bytes; at += 4096)
		((volatile char *)store)[at] = 0;
	store->size_bytes = size_bytes;
	store->touched_bytes = touched_bytes;
	store->used_bytes = akti_round_up(sizeof(*store), AKTI_LINE);
}

struct prof_store *akti_prof_store_create(size_t size_bytes, size_t touched_bytes)
{
	struct prof_store *store = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (store == MAP_FAILED)
		return NULL;
	set_up(store, size_bytes, touched_bytes);
	return store;
}

void akti_prof_store_destroy(struct prof_store *store)
{
	if (store != NULL)
		(void)munmap(store, store->size_bytes);
}

void akti_prof_store_empty(struct prof_store *store)
{
	const uint32_t generation = store->generation + 1;
	const size_t size_bytes = store->size_bytes, touched_bytes = store->touched_bytes;

	if (madvise(store, size_bytes, MADV_DONTNEED) != 0)
		return; /* it goes on as it is */
	set_up(store, size_bytes, touched_bytes);
	store->generation = generation;
}

static void *take(struct prof_store *store, size_t size_bytes)
{
	size_t at;

	size_bytes = akti_round_up(size_bytes, AKTI_LINE);
	if (atomic_load_explicit(&store->used_bytes, memory_order_relaxed) + size_bytes >
	    store->size_bytes)
		return NULL;
	at = atomic_fetch_add_explicit(&store->used_bytes, size_bytes, memory_order_relaxed);
	if (at + size_bytes > store->size_bytes)
		return NULL;
	return (char *)store + at;
}

static bool same_stack(const struct prof_stack *stack, uint64_t hash, const uintptr_t *pcs,
		       uint32_t count)
{
	if (stack->hash != hash || stack->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (stack->pcs[i] != pcs[i])
			return false;
	}
	return true;
}

const struct prof_stack *akti_prof_store_stack(struct prof_store *store, const uintptr_t *pcs,
					       uint32_t count, bool truncated)
{
	uint64_t hash = akti_hash_u64(((uint64_t)count << 1) | truncated);
	struct prof_stack *node = NULL, *first;
	_Atomic(struct prof_stack *) *head;

	for (uint32_t i = 0; i < count; i++)
		hash = akti_hash_u64(hash ^ pcs[i]);
	head = &store->stacks[hash % STORE_STACK_HEADS];
	first = atomic_load_explicit(head, memory_order_acquire); /* E1 */
	for (;;) {
		for (struct prof_stack *at = first; at != NULL; at = at->next) {
			if (same_stack(at, hash, pcs, count))
				return at;
		}
		if (node == NULL) {
			node = take(store, sizeof(*node) + count * sizeof(pcs[0]));
			if (node == NULL)
				return NULL;
			node->hash = hash;
			node->count = count;
			node->truncated = truncated;
			for (uint32_t i = 0; i < count; i++)
				node->pcs[i] = pcs[i];
		}
		node->next = first;
		if (atomic_compare_exchange_strong_explicit(head, &first, node,
							    memory_order_acq_rel, /* E1 */
							    memory_order_acquire))
			return node;
	}
}

static uint32_t hash_key(const struct prof_key *key)
{
	uint64_t hash = akti_hash_mix((uintptr_t)key->stack, 0x9E3779B97F4A7C15u);

	hash = akti_hash_mix(hash ^ (uintptr_t)key->type, 0xD6E8FEB86659FD93u);
	hash = akti_hash_mix(hash ^ key->actor, 0xA0761D6478BD642Fu);
	hash ^= ((uint64_t)key->what << 32) | key->phase;
	hash = akti_hash_mix(hash ^ (uintptr_t)key->msg, 0xE7037ED1A0B428DBu);
	return (uint32_t)(hash ^ (hash >> 32));
}

static bool same_key(const struct prof_key *a, const struct prof_key *b)
{
	return a->hash == b->hash && a->stack == b->stack && a->actor == b->actor &&
	       a->type == b->type && a->msg == b->msg && a->what == b->what && a->phase == b->phase;
}

/* Whether a new bucket must fold its actor: key is then the one to look for. */
static bool fold(struct prof_store *store, struct prof_key *key)
{
	if (key->actor == 0 || key->actor == PROF_ACTOR_OTHER ||
	    atomic_load_explicit(&store->bucket_count, memory_order_relaxed) < PROF_BUCKETS_FINE)
		return false;
	key->actor = PROF_ACTOR_OTHER;
	(void)atomic_fetch_add_explicit(&store->anonymous, 1, memory_order_relaxed);
	return true;
}

static struct prof_bucket *new_bucket(struct prof_store *store, const struct prof_key *key)
{
	struct prof_bucket *node = take(store, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->key = *key;
	node->index = atomic_fetch_add_explicit(&store->bucket_count, 1, memory_order_relaxed);
	return node;
}

static void hang_on_all(struct prof_store *store, struct prof_bucket *node)
{
	node->older = atomic_load_explicit(&store->newest, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&store->newest, &node->older, node,
						      memory_order_release, /* E1 */
						      memory_order_relaxed)) {
	}
}

struct prof_bucket *akti_prof_store_bucket(struct prof_store *store, struct prof_key *key)
{
	_Atomic(struct prof_bucket *) *head;
	struct prof_bucket *node = NULL, *first;

	key->hash = hash_key(key);
	head = &store->buckets[key->hash % STORE_BUCKET_HEADS];
	first = atomic_load_explicit(head, memory_order_acquire); /* E1 */
	for (;;) {
		for (struct prof_bucket *at = first; at != NULL; at = at->next) {
			if (same_key(&at->key, key))
				return at;
		}
		if (node == NULL) {
			if (fold(store, key))
				return akti_prof_store_bucket(store, key);
			node = new_bucket(store, key);
			if (node == NULL)
				return NULL;
		}
		node->next = first;
		if (atomic_compare_exchange_strong_explicit(head, &first, node,
							    memory_order_acq_rel, /* E1 */
							    memory_order_acquire)) {
			hang_on_all(store, node);
			return node;
		}
	}
}

void akti_prof_store_label(struct prof_key *key)
{
	const struct prof_label *label = &akti_prof_label;
	const _Atomic uint8_t *phase = atomic_load_explicit(&label->phase, memory_order_relaxed);
	prof_who_fn ask = atomic_load_explicit(&akti_prof_who, memory_order_relaxed);
	struct prof_who who = {
		.type = atomic_load_explicit(&label->type, memory_order_relaxed),
		.actor = atomic_load_explicit(&label->actor, memory_order_relaxed),
		.msg = atomic_load_explicit(&label->msg, memory_order_relaxed),
	};

	if (who.type == NULL && ask != NULL)
		ask(&who);
	key->type = who.type;
	key->msg = who.msg;
	key->actor = who.actor == 0 ? 0 : akti_prof_name_of(who.actor);
	key->phase = atomic_load_explicit(&akti_prof_phase_now, memory_order_relaxed);
	if (key->phase == PROF_PHASE_NONE && phase != NULL)
		key->phase = atomic_load_explicit(phase, memory_order_relaxed);
}
