/* SPDX-License-Identifier: MIT */
/*
 * write: from the stores to shutdown_cpu.prof and shutdown_mem.prof.
 *
 * Numbers become words here: addresses become functions, label pointers become texts. Of more than
 * PROF_ACTORS_MAX actors those with the largest weight keep their name, the others become
 * "other:<type>": readers need memory per label set.
 *
 *	file            sample types                                                    default
 *	*_cpu.prof      samples/count cpu/nanoseconds cycles/cycles                     cpu
 *	*_mem.prof      alloc_objects/count alloc_space/bytes inuse_objects/count       alloc_space
 *	                inuse_space/bytes
 *
 * The stores go on being written meanwhile; each counter is read once.
 * Threads: outside, one at a time. Memory comes from malloc.
 */
#ifndef AKTI_PROF_WRITE_H
#define AKTI_PROF_WRITE_H

#include "prof/store.h"

#define PROF_ACTORS_MAX 10000u

struct prof_section {
	const char *name; /* the phase, and the start of the file's name */
	const char *dir;
	int64_t time_ns;      /* wall clock at its start */
	int64_t duration_ns;  /* recorded time */
	int64_t cpu_clock_ns; /* CPU time of the whole process meanwhile */
};

/* Errors: NOMEM, IO. Each says so on stderr and goes on with the next file. */
int akti_prof_write_cpu(const struct prof_section *section);
int akti_prof_write_heap(const struct prof_section *section);

#endif
