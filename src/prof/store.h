/* SPDX-License-Identifier: MIT */
/*
 * store: what was recorded: stacks, each once, and counters under (stack, labels), each once.
 *
 *	heads of stacks    [h] -> stack -> stack -> NULL      a stack never moves nor goes
 *	heads of buckets   [h] -> bucket -> bucket -> NULL    its counters grow
 *	memory             [ heads | node | node | ... used ->      size ]
 *
 * Entries are only ever added: a new node is filled, then hung before the head of its chain by
 * compare-and-swap (E1 release); a reader follows heads, or all buckets from the newest on (E1 acquire). If the head moved meanwhile
 * the chain is searched again; the node that was not needed is lost, a few bytes. Lock-free, so
 * the signal handler writes here directly, also when it interrupts a writer: there are no rings
 * to drain, nothing is lost at thread exit, and a store fills with distinct stacks, not with time.
 * Memory is one mapping, reserved at creation and touched as it is used (the first part at once,
 * so that handlers meet no page fault).
 *
 * When full, nothing more is recorded and the caller's weight is added to `lost`. Beyond
 * PROF_BUCKETS_FINE buckets, new ones no longer tell actors apart.
 *
 * Threads: all calls any thread, signal-safe, except create and empty. Proved by test_store.c.
 */
#ifndef AKTI_PROF_STORE_H
#define AKTI_PROF_STORE_H

#include "prof/label.h"

#define PROF_BUCKETS_FINE 131072u
#define PROF_VALUES 4u

/* Bit of an actor label: the rest is the number of a name (names.h). */
#define PROF_ACTOR_NAMED ((uint64_t)1 << 63)
/* An actor that is no longer told apart from others of its type. */
#define PROF_ACTOR_OTHER UINT64_MAX

/* What a bucket counts; on the heap there is one per enum mem_kind, of messages one per writer. */
enum prof_what { PROF_CPU = 0, PROF_CYCLES = 1, PROF_HEAP = 2, PROF_MESSAGES = 64 };

struct prof_stack {
	struct prof_stack *next;
	uint64_t hash;
	uint32_t count;
	uint32_t truncated;
	uintptr_t pcs[];
};

struct prof_key {
	const struct prof_stack *stack;
	const akt_type *type;
	uint64_t actor;
	const akt_msg_type *msg;
	uint16_t what;  /* enum prof_what, + enum mem_kind, + what messages.h says */
	uint16_t phase; /* enum prof_phase, or a section's, see phase.h */
	uint32_t hash;  /* of the rest; set by the store */
};

struct prof_bucket {
	struct prof_bucket *next;
	struct prof_key key;
	_Atomic int64_t value[PROF_VALUES];
	struct prof_bucket *older; /* of all buckets */
	uint32_t index;            /* 0, 1, ... in the order of their making */
};

#define STORE_STACK_HEADS 8192u
#define STORE_BUCKET_HEADS 131072u

struct prof_store {
	size_t size_bytes;
	size_t touched_bytes;
	uint32_t generation; /* counted up whenever it is emptied */
	_Atomic size_t used_bytes;
	_Atomic uint64_t lost;         /* weight that found no room */
	_Atomic uint64_t lost_ns;      /* of ticks, and their time: rates change */
	_Atomic uint32_t bucket_count; /* also of those that were not needed */
	_Atomic uint64_t anonymous;    /* records that came after PROF_BUCKETS_FINE */
	_Atomic(struct prof_stack *) stacks[STORE_STACK_HEADS];
	_Atomic(struct prof_bucket *) newest; /* of all; E1 */
	_Atomic(struct prof_bucket *) buckets[STORE_BUCKET_HEADS];
};

/* Reserve size_bytes and touch the first touched_bytes. Errors: NULL. */
struct prof_store *akti_prof_store_create(size_t size_bytes, size_t touched_bytes);

void akti_prof_store_destroy(struct prof_store *store);

/* Forget everything; what was made of it is void. Nobody records, see recorder.h. Threads: outside. */
void akti_prof_store_empty(struct prof_store *store);

/* Whether it is worth to be emptied when it can be. */
AKTI_INLINE bool akti_prof_store_is_worn(const struct prof_store *store)
{
	return atomic_load_explicit(&store->bucket_count, memory_order_relaxed) >
		       PROF_BUCKETS_FINE / 4 ||
	       atomic_load_explicit(&store->used_bytes, memory_order_relaxed) >
		       store->size_bytes / 4;
}

/* The one stack of these pcs; NULL when full. */
const struct prof_stack *akti_prof_store_stack(struct prof_store *store, const uintptr_t *pcs,
					       uint32_t count, bool truncated);

/* The one bucket of this key; NULL when full. Sets key->hash, and key->actor to PROF_ACTOR_OTHER
 * when the bucket is a new one beyond PROF_BUCKETS_FINE. */
struct prof_bucket *akti_prof_store_bucket(struct prof_store *store, struct prof_key *key);

/* Fill all of a key but stack and what from the labels of this thread. */
void akti_prof_store_label(struct prof_key *key);

AKTI_INLINE void akti_prof_store_add(struct prof_bucket *bucket, unsigned value, int64_t n)
{
	(void)atomic_fetch_add_explicit(&bucket->value[value], n, memory_order_relaxed);
}

#endif
