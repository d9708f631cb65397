/* SPDX-License-Identifier: MIT */
/* The table of texts: an index over bytes that lie in chunks. */
#include "profile/strings.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (64u << 10)
#define TEXT_BYTES_MAX (1u << 30)

struct strings_chunk {
	struct strings_chunk *older;
	size_t used_bytes;
	size_t size_bytes;
	char bytes[];
};

struct strings *akti_strings_create(void)
{
	struct strings *strings = calloc(1, sizeof(*strings));
	uint32_t number;

	if (strings == NULL)
		return NULL;
	strings->users = 1;
	if (akti_strings_intern(strings, "", 0, &number) < 0) {
		akti_strings_unref(strings);
		return NULL;
	}
	return strings;
}

void akti_strings_unref(struct strings *strings)
{
	if (strings == NULL || --strings->users > 0)
		return;
	while (strings->chunk != NULL) {
		struct strings_chunk *older = strings->chunk->older;

		free(strings->chunk);
		strings->chunk = older;
	}
	akti_index_fini(&strings->index);
	free(strings->at);
	free(strings);
}

static char *chunk_take(struct strings *strings, size_t size_bytes)
{
	struct strings_chunk *chunk = strings->chunk;

	if (chunk == NULL || chunk->size_bytes - chunk->used_bytes < size_bytes) {
		size_t room = size_bytes > CHUNK_BYTES ? size_bytes : CHUNK_BYTES;

		chunk = malloc(sizeof(*chunk) + room);
		if (chunk == NULL)
			return NULL;
		chunk->older = strings->chunk;
		chunk->used_bytes = 0;
		chunk->size_bytes = room;
		strings->chunk = chunk;
	}
	chunk->used_bytes += size_bytes;
	return &chunk->bytes[chunk->used_bytes - size_bytes];
}

static int append(struct strings *strings, const char *bytes, size_t size_bytes, uint64_t hash)
{
	char *copy;
	int r;

	if (size_bytes > TEXT_BYTES_MAX || strings->count == INDEX_NONE - 1)
		return AKT_ERR_LIMIT;
	if (strings->count == strings->capacity) {
		uint32_t capacity = strings->capacity != 0 ? 2 * strings->capacity : 256;
		struct text *at = reallocarray(strings->at, capacity, sizeof(*at));

		if (at == NULL)
			return AKT_ERR_NOMEM;
		strings->at = at;
		strings->capacity = capacity;
	}
	copy = chunk_take(strings, size_bytes + 1);
	if (copy == NULL)
		return AKT_ERR_NOMEM;
	if (size_bytes > 0)
		memcpy(copy, bytes, size_bytes);
	copy[size_bytes] = '\0';
	r = akti_index_insert(&strings->index, hash, strings->count);
	if (r < 0)
		return r;
	strings->at[strings->count++] = (struct text){ copy, size_bytes };
	return 0;
}

int akti_strings_intern(struct strings *strings, const char *bytes, size_t size_bytes,
			uint32_t *ret_number)
{
	uint64_t hash = akti_hash_bytes(bytes, size_bytes, 0);
	struct index_probe probe = akti_index_probe(&strings->index, hash);
	uint32_t number;
	int r;

	while ((number = akti_index_next(&probe)) != INDEX_NONE) {
		const struct text *text = &strings->at[number];

		if (text->size_bytes == size_bytes && memcmp(text->bytes, bytes, size_bytes) == 0) {
			*ret_number = number;
			return 0;
		}
	}
	r = append(strings, bytes, size_bytes, hash);
	if (r < 0)
		return r;
	*ret_number = strings->count - 1;
	return 0;
}
