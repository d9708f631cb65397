/* SPDX-License-Identifier: MIT */
/*
 * stacks: where the stacks of threads end that never told us.
 *
 * A copy of the writable ranges of /proc/self/maps, taken when the collector is armed: the range
 * that holds a thread's stack pointer ends where its stack does, or a little later. An address in
 * no range may be walked to the end of its page.
 */
#ifndef AKTI_PROF_STACKS_H
#define AKTI_PROF_STACKS_H

#include "base/base.h"

/* Read the ranges anew. Threads: outside, one at a time. */
void akti_prof_stacks_refresh(void);

/* Up to where the stack that sp points into may be read. Threads: any thread, signal-safe. */
uintptr_t akti_prof_stacks_end(uintptr_t sp);

/* The same for the running thread, exactly. Threads: outside a signal. */
uintptr_t akti_prof_stacks_end_here(void);

#endif
