/* SPDX-License-Identifier: MIT */
/*
 * index: from a hash to the numbers of table entries, for tables that hold their own keys.
 *
 * Open addressing, linear probing, at most half full. A slot is the hash and the entry's number;
 * the caller compares keys, for only he knows them:
 *
 *	struct index_probe probe = akti_index_probe(&table->index, hash);
 *	uint32_t entry;
 *	while ((entry = akti_index_next(&probe)) != INDEX_NONE)
 *		if (same(&table->at[entry], key))
 *			return entry;
 *	...append the entry...; akti_index_insert(&table->index, hash, entry);
 */
#ifndef AKTI_PROFILE_INDEX_H
#define AKTI_PROFILE_INDEX_H

#include "base/hash.h"

#define INDEX_NONE UINT32_MAX

struct index_slot {
	uint32_t hash;
	uint32_t entry; /* number + 1; 0: free */
};

struct index {
	struct index_slot *slots;
	uint32_t mask; /* slot count - 1; 0 before the first insert */
	uint32_t used;
};

struct index_probe {
	const struct index *index;
	uint32_t hash;
	uint32_t at;
};

AKTI_INLINE struct index_probe akti_index_probe(const struct index *index, uint64_t hash)
{
	uint32_t folded = (uint32_t)(hash ^ (hash >> 32));

	return (struct index_probe){ index, folded, folded & index->mask };
}

/* The next entry that may be the one sought; INDEX_NONE: there is none. */
AKTI_INLINE uint32_t akti_index_next(struct index_probe *probe)
{
	const struct index *index = probe->index;

	if (index->slots == NULL)
		return INDEX_NONE;
	for (;;) {
		const struct index_slot *slot = &index->slots[probe->at];

		if (slot->entry == 0)
			return INDEX_NONE;
		probe->at = (probe->at + 1) & index->mask;
		if (slot->hash == probe->hash)
			return slot->entry - 1;
	}
}

/* Add an entry that is not there. Errors: NOMEM, LIMIT (2^30 entries). */
int akti_index_insert(struct index *index, uint64_t hash, uint32_t entry);

/* Forget all entries, keep the memory. */
void akti_index_clear(struct index *index);

void akti_index_fini(struct index *index);

#endif
