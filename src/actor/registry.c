/* SPDX-License-Identifier: MIT */
#include "actor/registry.h"
#include "base/hash.h"
#include "mem/mem.h"
#include <string.h>

#define ROOM_MIN 16u

static size_t bytes_of(uint32_t length)
{
	return sizeof(struct name) + length + 1;
}

static struct registry_shard *shard_of(struct registry *registry, uint64_t hash)
{
	return &registry->shards[hash >> 58];
}

void akti_registry_init(struct registry *registry, uint64_t seed)
{
	memset(registry, 0, sizeof(*registry));
	registry->seed = seed;
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++)
		akti_plat_mutex_init(&registry->shards[i].mutex, PLAT_RANK_REGISTRY);
}

void akti_registry_fini(struct registry *registry)
{
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++) {
		struct registry_shard *shard = &registry->shards[i];

		for (uint32_t b = 0; b < shard->room; b++) {
			struct name *name = shard->buckets[b];

			while (name != NULL) {
				struct name *next = name->next;

				akti_mem_free(name, bytes_of(name->length));
				name = next;
			}
		}
		if (shard->buckets != NULL)
			akti_mem_free(shard->buckets, shard->room * sizeof(struct name *));
		akti_plat_mutex_fini(&shard->mutex);
	}
}

/* Make room for one more; a full table that cannot grow goes on with longer chains. */
static void grow(struct registry_shard *shard)
{
	uint32_t room = shard->room == 0 ? ROOM_MIN : shard->room * 2;
	struct name **buckets;

	if (shard->count < shard->room)
		return;
	buckets = akti_mem_alloc(room * sizeof(struct name *), MEM_NAME);
	if (buckets == NULL)
		return;
	memset(buckets, 0, room * sizeof(struct name *));
	for (uint32_t b = 0; b < shard->room; b++) {
		struct name *name = shard->buckets[b];

		while (name != NULL) {
			struct name *next = name->next;
			struct name **head = &buckets[name->hash & (room - 1)];

			name->next = *head;
			*head = name;
			name = next;
		}
	}
	if (shard->buckets != NULL)
		akti_mem_free(shard->buckets, shard->room * sizeof(struct name *));
	shard->buckets = buckets;
	shard->room = room;
}

static struct name *find(struct registry_shard *shard, uint64_t hash, const char *text)
{
	struct name *name;

	if (shard->room == 0)
		return NULL;
	name = shard->buckets[hash & (shard->room - 1)];
	while (name != NULL && !(name->hash == hash && strcmp(name->text, text) == 0))
		name = name->next;
	return name;
}

int akti_registry_claim(struct registry *registry, const char *text, akt_ref ref,
			struct name_place place, akt_ref *ret_holder)
{
	size_t length = strnlen(text, AKT_NAME_MAX + 1);
	uint64_t hash = akti_hash_bytes(text, length, registry->seed);
	struct registry_shard *shard = shard_of(registry, hash);
	struct name *name;
	struct name *holder;
	int r = 0;

	if (length == 0 || length > AKT_NAME_MAX)
		return AKT_ERR_INVALID;
	name = akti_mem_alloc(bytes_of((uint32_t)length), MEM_NAME);
	if (name == NULL)
		return AKT_ERR_NOMEM;
	name->hash = hash;
	name->ref = ref;
	name->length = (uint32_t)length;
	memcpy(name->text, text, length + 1);
	akti_plat_lock(&shard->mutex);
	holder = find(shard, hash, text);
	if (holder != NULL) {
		*ret_holder = holder->ref;
		r = AKT_ERR_EXISTS;
	} else {
		grow(shard);
		if (shard->room == 0) {
			r = AKT_ERR_NOMEM;
		} else {
			struct name **head = &shard->buckets[hash & (shard->room - 1)];

			name->next = *head;
			*head = name;
			shard->count++;
			akti_store_rel(place.shard, (uint8_t)(shard - registry->shards));
			akti_publish(place.name, name);
		}
	}
	akti_plat_unlock(&shard->mutex);
	if (r < 0)
		akti_mem_free(name, bytes_of(name->length));
	return r;
}

size_t akti_registry_read(struct registry *registry, struct name_place place, uint32_t gen,
			  char *text)
{
	for (;;) {
		uint8_t number = akti_load_acq(place.shard);
		struct registry_shard *shard = &registry->shards[number];
		const struct name *name;
		size_t length = 0;
		bool kept;

		akti_plat_lock(&shard->mutex);
		name = akti_peek(place.name);
		kept = akti_load_acq(place.shard) == number;
		if (name != NULL && kept && name->ref.gen == gen) {
			length = name->length;
			memcpy(text, name->text, length + 1);
		}
		akti_plat_unlock(&shard->mutex);
		if (name == NULL || kept)
			return length;
	}
}

void akti_registry_release(struct registry *registry, struct name_place place)
{
	struct name *name = *place.name;
	struct registry_shard *shard = shard_of(registry, name->hash);
	struct name **link;

	akti_plat_lock(&shard->mutex);
	link = &shard->buckets[name->hash & (shard->room - 1)];
	while (*link != name)
		link = &(*link)->next;
	*link = name->next;
	shard->count--;
	akti_publish(place.name, NULL);
	akti_plat_unlock(&shard->mutex);
	akti_mem_free(name, bytes_of(name->length));
}

akt_ref akti_registry_find(struct registry *registry, const char *text)
{
	size_t length = strnlen(text, AKT_NAME_MAX + 1);
	uint64_t hash = akti_hash_bytes(text, length, registry->seed);
	struct registry_shard *shard = shard_of(registry, hash);
	struct name *name;
	akt_ref ref = { 0, 0, 0 };

	akti_plat_lock(&shard->mutex);
	name = find(shard, hash, text);
	if (name != NULL)
		ref = name->ref;
	akti_plat_unlock(&shard->mutex);
	return ref;
}

void akti_registry_each(struct registry *registry,
			void (*fn)(void *arg, akt_ref ref, const char *text), void *arg)
{
	for (unsigned i = 0; i < REGISTRY_SHARDS; i++) {
		struct registry_shard *shard = &registry->shards[i];

		akti_plat_lock(&shard->mutex);
		for (uint32_t b = 0; b < shard->room; b++) {
			for (const struct name *at = shard->buckets[b]; at != NULL; at = at->next)
				fn(arg, at->ref, at->text);
		}
		akti_plat_unlock(&shard->mutex);
	}
}
