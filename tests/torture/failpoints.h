/* SPDX-License-Identifier: MIT */
/*
 * Failpoints: what the library asks the system for can be made to fail, at the seam between the two.
 * A program linked with -Wl,--wrap for each name of AKT_FAILPOINTS in tests/unit/torture/meson.build calls
 * these instead: those calls that akt's own objects make, and no others.
 *
 * In builds whose pools hand each block to malloc (sanitizers, Valgrind) every allocation of akt is such
 * a call; in others what the pools cannot give is.
 */
#ifndef TEST_FAILPOINTS_H
#define TEST_FAILPOINTS_H

#include <stdbool.h>
#include <stdint.h>

/* What fails. */
enum fail_what {
	FAIL_NOTHING,
	FAIL_MEMORY,  /* malloc, calloc, realloc, aligned_alloc, mmap, mprotect */
	FAIL_THREADS, /* pthread_create */
};

/* The nth call from now on fails (from 1), with all after it if on. Threads: any thread. */
void fail_from(enum fail_what what, uint64_t nth, bool on);
/* In between nothing fails, and nothing is counted. */
void fail_pause(void);
void fail_resume(void);
/* Nothing fails any more. Returns how many calls have failed since fail_from. */
uint64_t fail_never(void);

#endif
