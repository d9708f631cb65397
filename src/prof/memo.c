/* SPDX-License-Identifier: MIT */
/* See memo.h. */
#include "prof/memo.h"

/* Frames kept: the store's memory is better spent on different stacks. */
#define FRAMES_MAX 48u

static uint32_t set_of(uintptr_t sp)
{
	return (uint32_t)(akti_hash_u64(sp) % MEMO_SETS);
}

/* The words lie between sp and the end of the stack, as they did when sp was the same before. */
AKTI_RAW static bool stands(const struct memo *memo, const struct prof_regs *regs,
			    const void *table)
{
	if (memo->stack == NULL || memo->table != table || memo->regs.sp != regs->sp ||
	    memo->regs.fp != regs->fp || memo->regs.pc != regs->pc || memo->regs.lr != regs->lr)
		return false;
	for (uint32_t i = 0; i < memo->trace.count; i++) {
		const struct walk_word *word = &memo->trace.word[i];

		if (*(const volatile uintptr_t *)word->at != word->value)
			return false;
	}
	return true;
}

static const struct prof_stack *walk(struct memos *memos, struct memo *memo, struct prof_regs regs,
				     uintptr_t stack_end, struct prof_store *store)
{
	struct walk_memory memory = { &memos->cache, &memo->trace };
	uintptr_t pcs[FRAMES_MAX + 1];
	const struct prof_stack *stack;
	bool truncated;
	uint32_t count;

	memo->stack = NULL;
	memo->trace.count = 0;
	count = akti_prof_walk(regs, stack_end, pcs, FRAMES_MAX + 1, &memory, &truncated);
	stack = akti_prof_store_stack(store, pcs + 1, count - 1, truncated);
	if (memo->trace.count <= PROF_TRACE_MAX)
		memo->stack = stack;
	return stack;
}

static void forget(struct memos *memos, const struct prof_store *store)
{
	for (uint32_t set = 0; set < MEMO_SETS; set++) {
		for (uint32_t i = 0; i < MEMO_WAYS; i++)
			memos->memo[set][i].stack = NULL;
	}
	memos->generation = store->generation;
}

const struct prof_stack *akti_prof_memo_stack(struct memos *memos, struct prof_regs regs,
					      uintptr_t stack_end, struct prof_store *store)
{
	const void *table = atomic_load_explicit(&akti_prof_cfi, memory_order_acquire);
	uint32_t set = set_of(regs.sp);
	struct memo *memo;

	if (memos->generation != store->generation)
		forget(memos, store);
	for (uint32_t i = 0; i < MEMO_WAYS; i++) {
		if (stands(&memos->memo[set][i], &regs, table))
			return memos->memo[set][i].stack;
	}
	memo = &memos->memo[set][memos->oldest[set]++ % MEMO_WAYS];
	memo->regs = regs;
	memo->table = table;
	return walk(memos, memo, regs, stack_end, store);
}
