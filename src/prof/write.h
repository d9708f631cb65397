/* SPDX-License-Identifier: MIT */
/*
 * write: from what the stores counted to profile files.
 *
 * Numbers become words here: addresses become functions, label pointers become texts. Of more than
 * PROF_ACTORS_MAX actors those with the largest weight keep their name, the others become
 * "other:<type>": readers need memory per label set.
 *
 *	file            sample types                                                    default
 *	*_cpu.prof      samples/count cpu/nanoseconds [cycles/cycles, if counted]       cpu
 *	*_mem.prof      alloc_objects/count alloc_space/bytes inuse_objects/count       alloc_space
 *	                inuse_space/bytes
 *	*_msg.prof      messages/count bytes/bytes mailbox_wait/nanoseconds             mailbox_wait
 *	                processing/nanoseconds
 *
 * Values are those of a cut (cut.h); the stores go on being written meanwhile.
 * Threads: outside, one at a time. Memory comes from malloc.
 */
#ifndef AKTI_PROF_WRITE_H
#define AKTI_PROF_WRITE_H

#include "prof/cut.h"
#include <akt/profile.h>

struct profile;

#define PROF_ACTORS_MAX 10000u

/* What a file says beside its samples. */
struct prof_file {
	char phase[AKT_PROFILE_NAME_MAX + 1]; /* the start of its name */
	char node[AKT_PROFILE_NAME_MAX + 1];  /* "": none */
	char dir[AKT_PROFILE_DIR_MAX + 1];
	int64_t time_ns;      /* wall clock when it began */
	int64_t duration_ns;  /* recorded time */
	int64_t cpu_clock_ns; /* CPU time of the whole process meanwhile */
	unsigned hz;
	uint64_t memory_every;
	uint32_t messages_every;
	bool cycles; /* of handlers, exactly, beside CPU samples */
	bool raw;    /* without names */
	bool in_use; /* of memory, what is in use is shown first */
};

/* Build the profile of a cut, symbolized. Errors: NOMEM; *ret_profile is NULL. */
int akti_prof_build_cpu(struct profile **ret_profile, const struct prof_file *about,
			const struct prof_cut *cut);
int akti_prof_build_heap(struct profile **ret_profile, const struct prof_file *about,
			 const struct prof_cut *cut);
int akti_prof_build_messages(struct profile **ret_profile, const struct prof_file *about,
			     const struct prof_cut *cut);

#define PROF_PATH_MAX (AKT_PROFILE_DIR_MAX + 2 * AKT_PROFILE_NAME_MAX + 32)

/* DIR/PHASE[.NODE]_SUFFIX.prof; suffix: cpu, mem or msg. */
void akti_prof_path(const struct prof_file *about, const char *suffix,
		    char ret_path[PROF_PATH_MAX]);

/* Write a file; NULL: memory was out. What goes wrong is said on stderr. Errors: IO, NOMEM. */
int akti_prof_write_file(struct profile *profile, const char *path);

#endif
