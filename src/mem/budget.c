/* SPDX-License-Identifier: MIT */
#include "mem/budget.h"
#include "plat/plat.h"

/* Read and written as a hint is: nothing is published through them, so nothing interleaves here. */
static _Alignas(AKTI_LINES) _Atomic uint64_t used_bytes;
static _Atomic uint64_t max_bytes_now; /* 0: none */

static struct plat_mutex budgets_mutex;
static struct mem_budget *budgets; /* under it */
static pthread_once_t budgets_once = PTHREAD_ONCE_INIT;

static AKTI_TLS bool refused;

static void init_budgets(void)
{
	akti_plat_mutex_init(&budgets_mutex, PLAT_RANK_BUDGET);
}

/* Under the mutex. */
static void apply_smallest(void)
{
	uint64_t smallest = 0;

	for (const struct mem_budget *b = budgets; b != NULL; b = b->next) {
		if (smallest == 0 || b->max_bytes < smallest)
			smallest = b->max_bytes;
	}
	atomic_store_explicit(&max_bytes_now, smallest, memory_order_relaxed);
}

void akti_mem_budget_begin(struct mem_budget *budget, uint64_t max_bytes)
{
	(void)pthread_once(&budgets_once, init_budgets);
	budget->max_bytes = max_bytes;
	akti_plat_lock(&budgets_mutex);
	budget->next = budgets;
	budgets = budget;
	apply_smallest();
	akti_plat_unlock(&budgets_mutex);
}

void akti_mem_budget_end(struct mem_budget *budget)
{
	struct mem_budget **link = &budgets;

	akti_plat_lock(&budgets_mutex);
	while (*link != budget)
		link = &(*link)->next;
	*link = budget->next;
	apply_smallest();
	akti_plat_unlock(&budgets_mutex);
}

uint64_t akti_mem_used(void)
{
	return atomic_load_explicit(&used_bytes, memory_order_relaxed);
}

uint64_t akti_mem_max(void)
{
	return atomic_load_explicit(&max_bytes_now, memory_order_relaxed);
}

bool akti_mem_over_budget(void)
{
	return refused;
}

bool akti_mem_charge(size_t bytes, enum mem_kind kind)
{
	uint64_t most = akti_mem_max();
	uint64_t before = atomic_fetch_add_explicit(&used_bytes, bytes, memory_order_relaxed);

	if (akti_likely(kind != MEM_MESSAGE || most == 0 || before + bytes <= most))
		return true;
	akti_mem_discharge(bytes);
	refused = true;
	return false;
}

void akti_mem_discharge(size_t bytes)
{
	(void)atomic_fetch_sub_explicit(&used_bytes, bytes, memory_order_relaxed);
}

void akti_mem_note_out(void)
{
	refused = false;
}
