/* SPDX-License-Identifier: MIT */
/*
 * registry: names of actors. A hash table in shards, each under a mutex; the claim of a name is the
 * insertion, so two births never both have it. A shard is open-addressed with linear probing, and the
 * hashes lie in it: to claim a name among a million touches no other name. Taking one out moves those
 * behind it back to where they are looked for (Knuth, The Art of Computer Programming 3, 6.4, algorithm
 * R), so nothing marks where one was.
 *
 * A name hangs on its actor too. Whoever does not own the actor reads it there under the lock of the
 * name's shard, whose number hangs beside it. Both are written under that lock, first the number, then
 * the name; the name is taken off under it before it is freed. So a reader that holds the lock of shard
 * s, sees a name and then the number s has a name of s that cannot be freed: had it seen a name of
 * another shard, that shard's number was stored before (rel) and is seen (acq), and the number s cannot
 * have come back since, for who stores it needs the reader's lock.
 */
#ifndef AKTI_REGISTRY_H
#define AKTI_REGISTRY_H

#include "plat/plat.h"
#include <akt/actor.h>

#define REGISTRY_SHARDS 64u

struct name {
	uint64_t hash;
	akt_ref ref;
	uint32_t length;
	char text[];
};

/* Where a name hangs. */
struct name_place {
	struct name **name;
	_Atomic uint8_t *shard;
};

struct registry_entry {
	uint64_t hash;
	struct name *name; /* NULL: free */
};

struct registry {
	uint64_t seed;
	struct registry_shard {
		_Alignas(AKTI_LINES) struct plat_mutex mutex;
		struct registry_entry *entries;
		uint32_t room;  /* a power of two, or 0 */
		uint32_t count; /* below room, so that a search ends */
	} shards[REGISTRY_SHARDS];
};

void akti_registry_init(struct registry *registry, uint64_t seed);
void akti_registry_fini(struct registry *registry);

/* Errors: INVALID, NOMEM, EXISTS (then *ret_holder is set). On success the name hangs at place. */
int akti_registry_claim(struct registry *registry, const char *text, akt_ref ref,
			struct name_place place, akt_ref *ret_holder);
void akti_registry_release(struct registry *registry, struct name_place place);
/* Copy the name that hangs at place, if it is that of generation gen. Its length; 0: there is none.
 * Threads: any thread. */
size_t akti_registry_read(struct registry *registry, struct name_place place, uint32_t gen,
			  char *text);
/* Call fn for each name. fn holds the lock of its shard. Threads: any thread. */
void akti_registry_each(struct registry *registry,
			void (*fn)(void *arg, akt_ref ref, const char *text), void *arg);
akt_ref akti_registry_find(struct registry *registry, const char *text);

#endif
