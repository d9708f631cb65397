/* SPDX-License-Identifier: MIT */
/*
 * fde: the unwind program of one function, run once and written down as rows.
 *
 * .eh_frame holds, per function, a small program (an FDE, with a common beginning, the CIE) that
 * gives for every pc where the frame begins (CFA) and where the caller's registers were put. Only
 * what a walk needs is kept: the CFA, the return address and the frame pointer. Rules that a
 * signal handler could not follow (DW_OP programs) become CFI_NONE, but for two that compilers and
 * linkers really emit: realigned stacks and the lazy PLT.
 *
 * Reads memory of the process between given bounds; wrong input gives wrong rows, never a wild
 * read. Threads: any thread.
 */
#ifndef AKTI_PROF_FDE_H
#define AKTI_PROF_FDE_H

#include "prof/unwind.h"

/* Encodings of pointers (Linux Standard Base, "DWARF Extensions"). */
enum {
	PE_ABSPTR = 0x00,
	PE_UDATA4 = 0x03,
	PE_UDATA8 = 0x04,
	PE_SDATA4 = 0x0b,
	PE_SDATA8 = 0x0c,
	PE_PCREL = 0x10,
	PE_DATAREL = 0x30,
};

struct bytes {
	const uint8_t *at;
	const uint8_t *end;
};

/* Rows being written: one growing mapping. */
struct rows {
	struct cfi_row *at;
	uint32_t count;
	uint32_t capacity;
};

/* A pointer in one of the encodings that gcc, clang and ld use; 0, and the input used up, when it
 * is another one. */
uint64_t akti_prof_fde_pointer(struct bytes *in, uint8_t encoding, uint64_t data_base);

/* Append the rows of the FDE at fde, whose bytes end before limit; start is the address that row
 * pcs count from. A last row without rules stands at the function's end. */
void akti_prof_fde_rows(const uint8_t *fde, const uint8_t *limit, uintptr_t start,
			struct rows *rows);

#endif
