/* SPDX-License-Identifier: MIT */
/*
 * The walk. See unwind.h for why it is a table and not a library.
 *
 * Runs in the SIGPROF handler: no lock, no allocation, no libc. Stack words are read through
 * volatile by functions that sanitizers leave alone: redzones lie between frames.
 */
#include "prof/unwind.h"
#include "base/atomic.h"

_Atomic(const struct cfi_table *) akti_prof_cfi;

/* Below the stack pointer the kernel leaves this much alone. gcc's rules rely on it: after
 * "pop %rbp" they still say that the register lies where it was pushed. */
#if defined(__x86_64__)
#define RED_ZONE 128u
#else
#define RED_ZONE 0u
#endif

/* No code of a process lies outside of these: what a wrong walk finds often does. */
#define PC_MIN 4096u
#define PC_MAX (((uintptr_t)1 << 56) - 1)

/* A stack range that may be read, and what was read of it. */
struct bounds {
	uintptr_t low;
	uintptr_t end;
	struct walk_trace *trace; /* or NULL */
};

AKTI_INLINE bool readable(const struct bounds *bounds, uintptr_t at)
{
	return at >= bounds->low && at <= bounds->end - sizeof(uintptr_t) && (at & 7) == 0;
}

AKTI_INLINE uintptr_t word_at(const struct bounds *bounds, uintptr_t at)
{
	uintptr_t value = *(const volatile uintptr_t *)at;
	struct walk_trace *trace = bounds->trace;

	if (trace != NULL) {
		if (trace->count < PROF_TRACE_MAX)
			trace->word[trace->count] = (struct walk_word){ at, value };
		trace->count++;
	}
	return value;
}

/* Signed pointers of aarch64 carry a code in the upper bits. */
AKTI_INLINE uintptr_t plain_pc(uintptr_t pc)
{
#if defined(__aarch64__)
	return pc & 0x0000FFFFFFFFFFFFu;
#else
	return pc;
#endif
}

AKTI_RAW static const struct cfi_row *find_row(const struct cfi_table *table, uintptr_t pc)
{
	const struct cfi_module *module = NULL;
	uint32_t low = 0, high = table->count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (pc < table->modules[mid].start) {
			high = mid;
		} else if (pc >= table->modules[mid].end) {
			low = mid + 1;
		} else {
			module = &table->modules[mid];
			break;
		}
	}
	if (module == NULL || module->count == 0)
		return NULL;
	pc -= module->start;
	if (module->rows[0].pc > pc)
		return NULL;
	low = 0;
	high = module->count;
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (module->rows[mid].pc <= pc)
			low = mid;
		else
			high = mid;
	}
	return &module->rows[low];
}

AKTI_RAW static const struct cfi_row *cached_row(const struct cfi_table *table, uintptr_t pc,
						 struct cfi_cache *cache)
{
	uint32_t at = (uint32_t)((pc * 0x9E3779B97F4A7C15u) >> 55);

	static_assert(PROF_CACHE_SLOTS == 1u << 9, "at takes the upper 9 bits");
	if (cache == NULL)
		return find_row(table, pc);
	if (cache->table != table) {
		for (uint32_t i = 0; i < PROF_CACHE_SLOTS; i++)
			cache->slot[i].pc = 0;
		cache->table = table;
	}
	if (cache->slot[at].pc != pc) {
		cache->slot[at].row = find_row(table, pc);
		cache->slot[at].pc = pc;
	}
	return cache->slot[at].row;
}

/* regs becomes the caller's by the frame record that fp points at. */
AKTI_RAW static bool step_by_frame_pointer(struct prof_regs *regs, const struct bounds *bounds)
{
	uintptr_t fp = regs->fp;

	if (fp < regs->sp || !readable(bounds, fp) || !readable(bounds, fp + 8))
		return false;
	regs->pc = word_at(bounds, fp + 8);
	regs->fp = word_at(bounds, fp);
	regs->sp = fp + 16;
	regs->lr = 0;
	return true;
}

AKTI_RAW static bool find_cfa(const struct cfi_row *row, const struct prof_regs *regs,
			      const struct bounds *bounds, uintptr_t *ret_cfa)
{
	uintptr_t cfa = 0;

	switch ((enum cfi_base)row->cfa) {
	case CFI_SP:
		cfa = regs->sp + (uintptr_t)(intptr_t)row->cfa_off;
		break;
	case CFI_FP:
		cfa = regs->fp + (uintptr_t)(intptr_t)row->cfa_off;
		break;
	case CFI_FP_DEREF:
		cfa = regs->fp + (uintptr_t)(intptr_t)row->cfa_off;
		if (!readable(bounds, cfa))
			return false;
		cfa = word_at(bounds, cfa);
		break;
	case CFI_PLT:
		cfa = regs->sp + 8 + ((regs->pc & 15) >= (uintptr_t)row->cfa_off ? 8u : 0u);
		break;
	case CFI_NONE:
		return false;
	}
	*ret_cfa = cfa;
	return cfa >= regs->sp && cfa <= bounds->end && (cfa & 7) == 0;
}

/* regs becomes the caller's by a row of the table. */
AKTI_RAW static bool step_by_row(const struct cfi_row *row, struct prof_regs *regs,
				 const struct bounds *bounds)
{
	uintptr_t cfa, at, fp = regs->fp, ra = regs->lr;

	if (!find_cfa(row, regs, bounds, &cfa))
		return false;
	if (row->ra == CFI_AT_CFA) {
		at = cfa + (uintptr_t)(intptr_t)row->ra_off;
		if (!readable(bounds, at))
			return false;
		ra = word_at(bounds, at);
	} else if (cfa == regs->sp && ra == 0) {
		return false; /* no progress: the link register was used up */
	}
	if (row->fp != CFI_SAME) {
		at = (row->fp == CFI_AT_FP ? fp : cfa) + (uintptr_t)(intptr_t)row->fp_off;
		if (!readable(bounds, at))
			return false;
		fp = word_at(bounds, at);
	}
	regs->pc = ra;
	regs->sp = cfa;
	regs->fp = fp;
	regs->lr = 0;
	return true;
}

AKTI_RAW uint32_t akti_prof_walk(struct prof_regs regs, uintptr_t end, uintptr_t *pcs, uint32_t max,
				 struct walk_memory *memory, bool *ret_truncated)
{
	const struct cfi_table *table = atomic_load_explicit(&akti_prof_cfi, memory_order_acquire);
	const struct bounds bounds = { regs.sp - RED_ZONE, end,
				       memory == NULL ? NULL : memory->trace };
	struct cfi_cache *cache = memory == NULL ? NULL : memory->cache;
	uint32_t count = 0;

	*ret_truncated = true;
	while (count < max) {
		uintptr_t pc = count == 0 ? regs.pc : regs.pc - 1;
		const struct cfi_row *row = NULL;

		pcs[count++] = regs.pc;
		if (end < 64 || regs.sp >= end)
			break;
		if (table != NULL)
			row = cached_row(table, pc, cache);
		if (row != NULL && row->ra == CFI_UNDEFINED) {
			*ret_truncated = false;
			break;
		}
		if ((row == NULL || !step_by_row(row, &regs, &bounds)) &&
		    !step_by_frame_pointer(&regs, &bounds))
			break;
		regs.pc = plain_pc(regs.pc);
		if (regs.pc == 0)
			*ret_truncated = false;
		if (regs.pc < PC_MIN || regs.pc > PC_MAX)
			break;
	}
	return count;
}
