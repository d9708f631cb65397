/* SPDX-License-Identifier: MIT */
/* table: slots for cells. A worker keeps a list of its own and trades SLOTS_TRADED at a time. */
#include "actor/cell.h"
#include <akt/error.h>

#define SLOTS_TRADED 64u
#define SLOTS_KEPT (2 * SLOTS_TRADED)
#define TABLE_GROW_BYTES ((size_t)256 * 1024)

int akti_table_init(struct table *table, uint32_t slots_max)
{
	int r = akti_plat_region_open(&table->region, (size_t)slots_max * sizeof(struct cell));

	if (r < 0)
		return r;
	table->cells = (struct cell *)(void *)table->region.start;
	table->slots_max = slots_max;
	table->used = 0;
	table->reach = 0;
	table->looked_at = false;
	table->ready = 0;
	table->free.first = CELL_NONE;
	table->free.count = 0;
	akti_plat_mutex_init(&table->mutex, PLAT_RANK_CELLS);
	return 0;
}

void akti_table_fini(struct table *table)
{
	akti_plat_mutex_fini(&table->mutex);
	akti_plat_region_close(&table->region);
}

static void push_slot(struct table *table, struct slot_list *list, uint32_t slot)
{
	akti_table_cell(table, slot)->ended_next = list->first;
	list->first = slot;
	list->count++;
}

static uint32_t pop_slot(struct table *table, struct slot_list *list)
{
	uint32_t slot = list->first;

	list->first = akti_table_cell(table, slot)->ended_next;
	list->count--;
	return slot;
}

/* Up to count fresh slots into list. Holds the mutex. */
static void grow(struct table *table, struct slot_list *list, uint32_t count)
{
	uint32_t used = akti_load_rlx(&table->used);

	if (count > table->slots_max - used)
		count = table->slots_max - used;
	if (used + count > table->ready) {
		size_t bytes = akti_round_up((size_t)(used + count) * sizeof(struct cell),
					     TABLE_GROW_BYTES);

		if (akti_plat_region_grow(&table->region, bytes) < 0)
			return;
		table->ready = (uint32_t)(bytes / sizeof(struct cell));
	}
	/* Highest first, so that they are handed out in the order of memory. */
	for (uint32_t i = count; i-- > 0;) {
		struct cell *cell = akti_table_cell(table, used + i);

		cell->slot = used + i;
		akti_store_rlx(&cell->ctl, UINT64_C(1) << 32);
		akti_store_rlx(&cell->box.last, MPSC_CLOSED);
		push_slot(table, list, used + i);
	}
	akti_store_rel(&table->used, used + count);
	if (!table->looked_at)
		akti_store_rel(&table->reach, used + count);
}

void akti_table_look(struct table *table, bool on)
{
	akti_plat_lock(&table->mutex);
	table->looked_at = on;
	akti_store_rel(&table->reach, on ? 0 : akti_load_rlx(&table->used));
	akti_plat_unlock(&table->mutex);
}

static AKTI_NOINLINE void refill(struct table *table, struct slot_list *list, uint32_t count)
{
	akti_plat_lock(&table->mutex);
	while (table->free.count > 0 && list->count < count)
		push_slot(table, list, pop_slot(table, &table->free));
	if (list->count == 0)
		grow(table, list, count);
	akti_plat_unlock(&table->mutex);
}

struct cell *akti_table_take(struct table *table, struct slot_list *local)
{
	struct slot_list one = { CELL_NONE, 0 };

	if (local == NULL) {
		refill(table, &one, 1);
		local = &one;
	} else if (akti_unlikely(local->count == 0)) {
		refill(table, local, SLOTS_TRADED);
	}
	if (akti_unlikely(local->count == 0))
		return NULL;
	return akti_table_cell(table, pop_slot(table, local));
}

static AKTI_NOINLINE void spill(struct table *table, struct slot_list *list, uint32_t keep)
{
	akti_plat_lock(&table->mutex);
	while (list->count > keep)
		push_slot(table, &table->free, pop_slot(table, list));
	akti_plat_unlock(&table->mutex);
}

void akti_table_give(struct table *table, struct slot_list *local, struct cell *cell)
{
	uint64_t ctl = akti_load_rlx(&cell->ctl);
	struct slot_list one = { CELL_NONE, 0 };

	if (akti_ctl_gen(ctl) == UINT32_MAX)
		return; /* retired */
	if (local == NULL) {
		push_slot(table, &one, akti_table_slot(table, cell));
		spill(table, &one, 0);
		return;
	}
	push_slot(table, local, akti_table_slot(table, cell));
	if (akti_unlikely(local->count > SLOTS_KEPT))
		spill(table, local, SLOTS_TRADED);
}
