/* SPDX-License-Identifier: MIT */
/*
 * budget: how much of its memory the process gives to the messages of its users.
 *
 * What threads hold is counted: blocks in use, and what lies ready in a thread's caches; not what
 * waits in the depots. So the fast paths count nothing: the count moves when a magazine goes between
 * a thread and a depot, when a slab is cut, and with each block too large for the pools. A build that
 * hands blocks to malloc counts each of them.
 *
 * Beyond the limit only a block of MEM_MESSAGE is refused, and only when its thread has none ready:
 * what the runtime needs to go on, and so to empty the mailboxes, it always gets.
 *
 * The pools belong to the process, so the smallest limit of the live systems holds for all of it.
 */
#ifndef AKTI_MEM_BUDGET_H
#define AKTI_MEM_BUDGET_H

#include "mem/mem.h"

struct mem_budget {
	uint64_t max_bytes;
	struct mem_budget *next;
};

/* From now until its end max_bytes, not 0, is one of the limits. The budget stays where it is.
 * Threads: any thread. */
void akti_mem_budget_begin(struct mem_budget *budget, uint64_t max_bytes);
void akti_mem_budget_end(struct mem_budget *budget);

/* Bytes that are counted now, and the limit that holds; 0: none. Threads: any thread. */
uint64_t akti_mem_used(void);
uint64_t akti_mem_max(void);

/* Whether the calling thread's newest failed allocation was refused for the budget; if not, memory
 * was out. */
bool akti_mem_over_budget(void);

/* The newest failure had another reason than the budget. */
void akti_mem_note_out(void);

/* mem's own. Count bytes for a block of this kind; false: refused. Take bytes off the count. */
bool akti_mem_charge(size_t bytes, enum mem_kind kind);
void akti_mem_discharge(size_t bytes);

#endif
