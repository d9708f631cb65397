/* SPDX-License-Identifier: MIT */
/*
 * memo: stacks that a thread walked before and finds unchanged.
 *
 * Where a walk leads depends on the registers, the unwind table and the words it reads of the
 * stack. A memo keeps these words; if all of them still stand, the walk would end the same, and
 * comparing them takes a tenth of the time. Nothing is guessed. Belongs to one thread and not to
 * its signal handler.
 *
 *	set by sp -> 4 memos, the oldest is replaced
 */
#ifndef AKTI_PROF_MEMO_H
#define AKTI_PROF_MEMO_H

#include "prof/store.h"
#include "prof/unwind.h"

#define MEMO_SETS 16u
#define MEMO_WAYS 4u

struct memo {
	struct prof_regs regs;
	const void *table;
	const struct prof_stack *stack; /* NULL: free */
	struct walk_trace trace;
};

struct memos {
	struct memo memo[MEMO_SETS][MEMO_WAYS];
	uint32_t oldest[MEMO_SETS];
	uint32_t generation; /* of the store that the stacks are in */
	struct cfi_cache cache;
};

/* The stack of the caller's caller, in store; NULL when the store is full. regs are those of the
 * caller, whose own frame is left out. */
const struct prof_stack *akti_prof_memo_stack(struct memos *memos, struct prof_regs regs,
					      uintptr_t stack_end, struct prof_store *store);

#endif
