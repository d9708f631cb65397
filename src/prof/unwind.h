/* SPDX-License-Identifier: MIT */
/*
 * unwind: the stack of a thread, from its registers, inside a signal handler or not.
 *
 * Frame pointers alone lose frames on Debian: gcc drops the frame of leaf functions whatever it is
 * told, and libc has none at all, so what called qsort or memcpy vanishes. Therefore the rows of
 * .eh_frame are read once, outside any handler, into sorted tables (cfi.c), and a walk is a binary
 * search per frame: no lock, no allocation, no loader call. Where a module has no rows the frame
 * pointer serves. libunwind and backtrace() were rejected: both can hang in a handler.
 *
 * A walk reads words only between the stack pointer (and its red zone) and the end of the stack it is
 * given. It ends well at a frame whose rules say that it has no caller (_start, clone); it is
 * truncated wherever else it ends.
 *
 * Proved by tests/unit/prof/test_unwind.c: callers of leaf functions, memcpy, qsort, bsearch.
 */
#ifndef AKTI_PROF_UNWIND_H
#define AKTI_PROF_UNWIND_H

#include "base/base.h"
#include "base/hash.h"

/* Frames kept of one stack; deeper ones are truncated. */
#define PROF_FRAMES_MAX 64u

struct prof_regs {
	uintptr_t pc;
	uintptr_t sp;
	uintptr_t fp;
	uintptr_t lr; /* link register; 0 where there is none */
};

/* How to find the caller of a pc: the row of the greatest row.pc <= pc. */
enum cfi_base {
	CFI_NONE = 0,     /* no rule: try the frame pointer */
	CFI_SP = 1,       /* cfa = sp + cfa_off */
	CFI_FP = 2,       /* cfa = fp + cfa_off */
	CFI_FP_DEREF = 3, /* cfa = *(fp + cfa_off): realigned stacks */
	CFI_PLT = 4,      /* cfa = sp + 8 + ((pc & 15) >= cfa_off ? 8 : 0) */
};
enum cfi_saved {
	CFI_SAME = 0, /* still in its register */
	CFI_AT_CFA = 1,
	CFI_AT_FP = 2,
	CFI_UNDEFINED = 3, /* of the return address: no caller */
};

struct cfi_row {
	uint32_t pc; /* from the start of the module */
	int32_t cfa_off;
	int32_t fp_off;
	int32_t ra_off;
	uint8_t cfa; /* enum cfi_base */
	uint8_t fp;  /* enum cfi_saved */
	uint8_t ra;
	uint8_t reserved;
};

struct cfi_module {
	uintptr_t start;
	uintptr_t end;
	const void *header; /* identity: where its .eh_frame_hdr is */
	struct cfi_row *rows;
	uint32_t count;
};

/* Rows of pcs lately asked for; belongs to one thread and not to its signal handler. */
#define PROF_CACHE_SLOTS 512u
struct cfi_cache {
	struct {
		uintptr_t pc;
		const struct cfi_row *row;
	} slot[PROF_CACHE_SLOTS];
	const void *table; /* the table the rows are from */
};

/* What a walk read of the stack, in order. With the same registers, table and words, another walk
 * would find the same. */
#define PROF_TRACE_MAX 96u
struct walk_word {
	uintptr_t at;
	uintptr_t value;
};
struct walk_trace {
	uint32_t count; /* over PROF_TRACE_MAX: the rest is not kept */
	struct walk_word word[PROF_TRACE_MAX];
};

/* What a walk outside of signals may use and leave behind; either may be NULL. */
struct walk_memory {
	struct cfi_cache *cache;
	struct walk_trace *trace;
};

/* Read the unwind tables of all loaded modules that are new since the last time. Tables already
 * handed out stay valid for ever. Returns the number of modules with rows. Threads: outside, one
 * at a time. Cost: about 2 ms the first time, a loader call after that. */
unsigned akti_prof_cfi_refresh(void);

/* Walk from regs up to the address end; pcs[0] is regs.pc, the rest are return addresses.
 * memory may be NULL. Returns the count, at least 1. Threads: any thread, signal-safe. */
uint32_t akti_prof_walk(struct prof_regs regs, uintptr_t end, uintptr_t *pcs, uint32_t max,
			struct walk_memory *memory, bool *ret_truncated);

/* The registers here and now, in the function that this is inlined into. */
AKTI_INLINE struct prof_regs akti_prof_regs_here(void)
{
	struct prof_regs regs = { 0, 0, 0, 0 };

#if defined(__x86_64__)
	__asm__ volatile("movq %%rbp, %0\n\tmovq %%rsp, %1\n\tleaq 0(%%rip), %2"
			 : "=&r"(regs.fp), "=&r"(regs.sp), "=&r"(regs.pc));
#elif defined(__aarch64__)
	__asm__ volatile("mov %0, x29\n\tmov %1, x30\n\tmov %2, sp\n\tadr %3, ."
			 : "=&r"(regs.fp), "=&r"(regs.lr), "=&r"(regs.sp), "=&r"(regs.pc));
#endif
	return regs;
}

/* Do not touch but to compare: for cfi.c, unwind.c and memo.c. */
struct cfi_table {
	uint32_t count;
	struct cfi_module modules[]; /* sorted by start */
};
extern _Atomic(const struct cfi_table *) akti_prof_cfi;

#endif
