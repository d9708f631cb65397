/* SPDX-License-Identifier: MIT */
/* See held.h. */
#include "prof/held.h"
#include "base/hash.h"
#include "prof/heap.h"

#include <akt/error.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROOM_FIRST ((size_t)1024)

struct looking {
	struct prof_held *held;
	int error;
};

static struct held_part *map_parts(size_t room)
{
	void *at = mmap(NULL, room * sizeof(struct held_part), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void unmap_parts(struct held_part *parts, size_t room)
{
	if (parts != NULL)
		(void)munmap(parts, room * sizeof(*parts));
}

/* Where that part is, or the free place where it belongs. */
static struct held_part *place_of(struct held_part *parts, size_t mask,
				  const struct held_part *part)
{
	uint64_t hash = akti_hash_mix(part->actor ^ (uintptr_t)part->type, 0x9E3779B97F4A7C15u);
	size_t at = akti_hash_u64(hash ^ part->bucket) & mask;

	while (parts[at].objects != 0 &&
	       (parts[at].bucket != part->bucket || parts[at].actor != part->actor ||
		parts[at].type != part->type))
		at = (at + 1) & mask;
	return &parts[at];
}

static bool grow(struct prof_held *held)
{
	size_t room = held->parts == NULL ? ROOM_FIRST : 2 * (held->mask + 1);
	struct held_part *larger = map_parts(room);

	if (larger == NULL)
		return false;
	for (size_t i = 0; held->parts != NULL && i <= held->mask; i++) {
		if (held->parts[i].objects != 0)
			*place_of(larger, room - 1, &held->parts[i]) = held->parts[i];
	}
	unmap_parts(held->parts, held->mask + 1);
	held->parts = larger;
	held->mask = room - 1;
	return true;
}

static bool add_part(struct prof_held *held, const struct held_part *part)
{
	struct held_part *place;

	if ((held->parts == NULL || 2 * (held->part_count + 1) > held->mask) && !grow(held))
		return false;
	place = place_of(held->parts, held->mask, part);
	if (place->objects == 0) {
		held->part_count++;
		*place = *part;
	} else {
		place->objects += part->objects;
		place->bytes += part->bytes;
	}
	return true;
}

/* Under a lock of the table of live blocks. */
static void add(void *arg, const struct heap_live *live)
{
	struct looking *looking = arg;
	struct prof_held *held = looking->held;
	const uint32_t bucket = live->bucket->index;
	const struct held_part part = { bucket, live->owner_type, live->owner, live->objects,
					live->bytes };

	if (bucket >= held->count)
		return;
	held->sums[bucket][0] += live->objects;
	held->sums[bucket][1] += live->bytes;
	if (akti_prof_heap_travels(live->bucket->key.what) && !add_part(held, &part))
		looking->error = AKT_ERR_NOMEM;
}

static int in_order(const void *a, const void *b)
{
	const struct held_part *left = a, *right = b;

	if (left->bucket != right->bucket)
		return left->bucket < right->bucket ? -1 : 1;
	if (left->actor != right->actor)
		return left->actor < right->actor ? -1 : 1;
	return left->type < right->type ? -1 : left->type > right->type;
}

static void sort(struct prof_held *held)
{
	size_t n = 0;

	for (size_t i = 0; held->parts != NULL && i <= held->mask; i++) {
		if (held->parts[i].objects != 0)
			held->parts[n++] = held->parts[i];
	}
	if (n > 1)
		qsort(held->parts, n, sizeof(*held->parts), in_order);
}

int akti_prof_held_look(struct prof_held *held, uint32_t era, uint32_t buckets)
{
	struct looking looking = { held, 0 };

	*held = (struct prof_held){ 0 };
	if (buckets == 0)
		return 0;
	held->sums = calloc(buckets, sizeof(*held->sums));
	if (held->sums == NULL)
		return AKT_ERR_NOMEM;
	held->count = buckets;
	akti_prof_heap_live(era, add, &looking);
	if (looking.error < 0)
		akti_prof_held_free(held);
	else
		sort(held);
	return looking.error;
}

void akti_prof_held_free(struct prof_held *held)
{
	free(held->sums);
	unmap_parts(held->parts, held->mask + 1);
	*held = (struct prof_held){ 0 };
}

size_t akti_prof_held_parts(const struct prof_held *held, uint32_t bucket,
			    const struct held_part **ret_first)
{
	size_t low = 0, high = held->part_count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (held->parts[middle].bucket < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	end = low;
	while (end < held->part_count && held->parts[end].bucket == bucket)
		end++;
	*ret_first = end == low ? NULL : &held->parts[low];
	return end - low;
}
