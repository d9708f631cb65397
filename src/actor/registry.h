/* SPDX-License-Identifier: MIT */
/*
 * registry: names of actors. A hash table in shards, each under a mutex; the claim of a name is the
 * insertion, so two births never both have it.
 */
#ifndef AKTI_REGISTRY_H
#define AKTI_REGISTRY_H

#include "plat/plat.h"
#include <akt/ref.h>

#define REGISTRY_SHARDS 64u

struct name {
	struct name *next;
	uint64_t hash;
	akt_ref ref;
	uint32_t length;
	char text[];
};

struct registry {
	uint64_t seed;
	struct registry_shard {
		_Alignas(AKTI_LINES) struct plat_mutex mutex;
		struct name **buckets;
		uint32_t room; /* a power of two, or 0 */
		uint32_t count;
	} shards[REGISTRY_SHARDS];
};

void akti_registry_init(struct registry *registry, uint64_t seed);
void akti_registry_fini(struct registry *registry);

/* Errors: INVALID, NOMEM, EXISTS (then *ret_holder is set). On success *ret_name is the entry. */
int akti_registry_claim(struct registry *registry, const char *text, akt_ref ref,
			struct name **ret_name, akt_ref *ret_holder);
void akti_registry_release(struct registry *registry, struct name *name);
akt_ref akti_registry_find(struct registry *registry, const char *text);

#endif
