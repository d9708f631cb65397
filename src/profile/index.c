/* SPDX-License-Identifier: MIT */
/* The index: growth and clearing. */
#include "profile/index.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_SLOTS_MIN 64u
#define INDEX_SLOTS_MAX (1u << 31)

static void place(struct index *index, struct index_slot slot)
{
	uint32_t at = slot.hash & index->mask;

	while (index->slots[at].entry != 0)
		at = (at + 1) & index->mask;
	index->slots[at] = slot;
}

static int grow(struct index *index)
{
	struct index old = *index;
	uint32_t old_count = old.slots != NULL ? old.mask + 1 : 0;
	uint32_t count = old.slots != NULL ? 2 * old_count : INDEX_SLOTS_MIN;

	if (old_count >= INDEX_SLOTS_MAX)
		return AKT_ERR_LIMIT;
	index->slots = calloc(count, sizeof(*index->slots));
	if (index->slots == NULL) {
		*index = old;
		return AKT_ERR_NOMEM;
	}
	index->mask = count - 1;
	for (uint32_t i = 0; i < old_count; i++)
		if (old.slots[i].entry != 0)
			place(index, old.slots[i]);
	free(old.slots);
	return 0;
}

int akti_index_insert(struct index *index, uint64_t hash, uint32_t entry)
{
	if (index->slots == NULL || index->used >= (index->mask + 1) / 2) {
		int r = grow(index);

		if (r < 0)
			return r;
	}
	place(index, (struct index_slot){ (uint32_t)(hash ^ (hash >> 32)), entry + 1 });
	index->used++;
	return 0;
}

void akti_index_clear(struct index *index)
{
	if (index->slots != NULL)
		memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof(*index->slots));
	index->used = 0;
}

void akti_index_fini(struct index *index)
{
	free(index->slots);
	*index = (struct index){ 0 };
}
