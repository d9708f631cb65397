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

static size_t entries_bytes(uint32_t room)
{
	return room * sizeof(struct registry_entry);
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

		for (uint32_t e = 0; e < shard->room; e++) {
			struct name *name = shard->entries[e].name;

			if (name != NULL)
				akti_mem_free(name, bytes_of(name->length));
		}
		if (shard->entries != NULL)
			akti_mem_free(shard->entries, entries_bytes(shard->room));
		akti_plat_mutex_fini(&shard->mutex);
	}
}

/* The entry of text, or the free one where it belongs. There is room. */
static struct registry_entry *search(const struct registry_shard *shard, uint64_t hash,
				     const char *text)
{
	uint32_t at = (uint32_t)hash & (shard->room - 1);

	for (;; at = (at + 1) & (shard->room - 1)) {
		struct registry_entry *entry = &shard->entries[at];

		if (entry->name == NULL ||
		    (entry->hash == hash && strcmp(entry->name->text, text) == 0))
			return entry;
	}
}

/* Make room for one more; without memory for a larger table it goes on in the one there is, until that
 * is full. False: it is. */
static bool make_room(struct registry_shard *shard)
{
	struct registry_shard larger = { .room = shard->room == 0 ? ROOM_MIN : shard->room * 2 };

	if (shard->count + 1 <= shard->room - shard->room / 4 && shard->room > 0)
		return true;
	larger.entries = akti_mem_alloc(entries_bytes(larger.room), MEM_NAME);
	if (larger.entries == NULL)
		return shard->count + 1 < shard->room;
	memset(larger.entries, 0, entries_bytes(larger.room));
	for (uint32_t e = 0; e < shard->room; e++) {
		const struct registry_entry *entry = &shard->entries[e];
		uint32_t at = (uint32_t)entry->hash & (larger.room - 1);

		if (entry->name == NULL)
			continue;
		while (larger.entries[at].name != NULL)
			at = (at + 1) & (larger.room - 1);
		larger.entries[at] = *entry;
	}
	if (shard->entries != NULL)
		akti_mem_free(shard->entries, entries_bytes(shard->room));
	shard->entries = larger.entries;
	shard->room = larger.room;
	return true;
}

static struct name *find(const struct registry_shard *shard, uint64_t hash, const char *text)
{
	return shard->room == 0 ? NULL : search(shard, hash, text)->name;
}

static void take_out(struct registry_shard *shard, const struct name *name)
{
	uint32_t last = shard->room - 1;
	uint32_t hole = (uint32_t)name->hash & last;

	while (shard->entries[hole].name != name)
		hole = (hole + 1) & last;
	for (uint32_t at = (hole + 1) & last; shard->entries[at].name != NULL;
	     at = (at + 1) & last) {
		uint32_t home = (uint32_t)shard->entries[at].hash & last;

		if (((at - home) & last) < ((at - hole) & last))
			continue;
		shard->entries[hole] = shard->entries[at];
		hole = at;
	}
	shard->entries[hole].name = NULL;
	shard->count--;
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
	} else if (!make_room(shard)) {
		r = AKT_ERR_NOMEM;
	} else {
		*search(shard, hash, text) = (struct registry_entry){ hash, name };
		shard->count++;
		akti_store_rel(place.shard, (uint8_t)(shard - registry->shards));
		akti_publish(place.name, name);
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

	akti_plat_lock(&shard->mutex);
	take_out(shard, name);
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
		for (uint32_t e = 0; e < shard->room; e++) {
			const struct name *name = shard->entries[e].name;

			if (name != NULL)
				fn(arg, name->ref, name->text);
		}
		akti_plat_unlock(&shard->mutex);
	}
}
