/* SPDX-License-Identifier: MIT */
/* Ids to tickets. */
#include "profile/ids.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_MIN 4096u
#define TICKETS_MAX (1u << 30)

static uint32_t find(const struct ids *ids, uint64_t id, uint64_t hash)
{
	struct index_probe probe = akti_index_probe(&ids->index, hash);
	uint32_t ticket;

	if (id < ids->small_count && ids->small[id] != 0)
		return ids->small[id] - 1;
	while ((ticket = akti_index_next(&probe)) != INDEX_NONE)
		if (ids->id_of[ticket] == id)
			break;
	return ticket;
}

static int grow_small(struct ids *ids, uint64_t id)
{
	uint32_t count = (uint32_t)(2 * id + SMALL_MIN);
	uint32_t *small = reallocarray(ids->small, count, sizeof(*small));

	if (small == NULL)
		return AKT_ERR_NOMEM;
	memset(small + ids->small_count, 0, (count - ids->small_count) * sizeof(*small));
	ids->small = small;
	ids->small_count = count;
	return 0;
}

static int grow_tickets(struct ids *ids)
{
	uint32_t capacity = ids->capacity != 0 ? 2 * ids->capacity : 256;
	uint64_t *id_of = reallocarray(ids->id_of, capacity, sizeof(*id_of));
	uint32_t *place_of;

	if (id_of == NULL)
		return AKT_ERR_NOMEM;
	ids->id_of = id_of;
	place_of = reallocarray(ids->place_of, capacity, sizeof(*place_of));
	if (place_of == NULL)
		return AKT_ERR_NOMEM;
	ids->place_of = place_of;
	ids->capacity = capacity;
	return 0;
}

int akti_ids_ticket(struct ids *ids, uint64_t id, uint32_t *ret_ticket)
{
	uint64_t hash = akti_hash_u64(id);
	uint32_t ticket = find(ids, id, hash);
	int r = 0;

	if (ticket != INDEX_NONE) {
		*ret_ticket = ticket;
		return 0;
	}
	if (ids->count == TICKETS_MAX)
		return AKT_ERR_LIMIT;
	if (ids->count == ids->capacity)
		r = grow_tickets(ids);
	if (r == 0 && id >= ids->small_count && id / 8 < (uint64_t)ids->count + SMALL_MIN)
		r = grow_small(ids, id);
	if (r == 0 && id < ids->small_count)
		ids->small[id] = ids->count + 1;
	else if (r == 0)
		r = akti_index_insert(&ids->index, hash, ids->count);
	if (r < 0)
		return r;
	ids->id_of[ids->count] = id;
	ids->place_of[ids->count] = INDEX_NONE;
	*ret_ticket = ids->count++;
	return 0;
}

bool akti_ids_in_order(const struct ids *ids)
{
	for (uint32_t i = 0; i < ids->count; i++)
		if (ids->place_of[i] != i)
			return false;
	return true;
}

void akti_ids_fini(struct ids *ids)
{
	free(ids->small);
	free(ids->id_of);
	free(ids->place_of);
	akti_index_fini(&ids->index);
}
