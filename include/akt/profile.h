/* SPDX-License-Identifier: MIT */
/*
 * Profiles of a bounded part of a run: which actor and which message burn the CPU and hold the memory.
 *
 *	akt_profile *p;
 *	int r = akt_profile_begin(&p, "checkout", AKT_PROFILE_CPU | AKT_PROFILE_MEMORY, NULL);
 *	...
 *	r = akt_profile_end(p);         writes checkout_cpu.prof and checkout_mem.prof
 *
 * or, until the end of a block:
 *
 *	AKT_PROFILE_SECTION("checkout", AKT_PROFILE_ALL);
 *
 * A section is of the whole process: what any thread does between its begin and its end is in it, also
 * what actors do for others meanwhile. Sections may be nested and may overlap; one collector serves them
 * all. A sample's label "phase" is the name of the section that began last among those that are open;
 * outside of sections it is start, run or shutdown, as the system is, or none. So the file of an outer
 * section tells the inner ones apart.
 *
 * Files are those of `akt pprof` and `go tool pprof` (docs/formats/profile.md), each replaced whole:
 *
 *	PHASE_cpu.prof  PHASE_mem.prof  PHASE_msg.prof          in a cluster PHASE.NODE_cpu.prof
 *
 * Addresses get their names when a file is written. AKT_PROFILE_SYMBOLIZE=0 in the environment leaves them
 * as they are, to be named from the program later.
 *
 * A phase that has a switch, as those of the runtime have, is a section only when its switch is set:
 *
 *	akt_profile *p = akt_profile_phase("query");    AKT_PROFILE_QUERY=1 in the environment, or
 *	...                                             the guide's GOAKT_PROFILE_QUERY=1
 *	akt_profile_end(p);
 *
 * Its sections add up: the files hold all of them so far. The phase "shutdown" is the runtime's own
 * (docs/guide/profiling.md).
 *
 * What it costs: nothing while no section is open but a branch that is there anyhow; open, see
 * docs/internals/performance.md. A child of fork is not profiled. SIGPROF is used while CPU time is
 * sampled; if the program has a handler of its own for it, that stays, and the file has no samples.
 */
#ifndef AKT_PROFILE_H
#define AKT_PROFILE_H

#include <akt/export.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to record. */
enum akt_profile_what {
	AKT_PROFILE_CPU = 1 << 0, /* *_cpu.prof: time, by samples */
	AKT_PROFILE_MEMORY =
		1 << 1, /* *_mem.prof: allocations, and what of them is in use at the end */
	AKT_PROFILE_MESSAGES =
		1 << 2, /* *_msg.prof: who sends what to whom, and how long it waits */
	AKT_PROFILE_CYCLES =
		1 << 3, /* CPU, and beside the samples the exact cycles of each handler:
			   shows what is shorter than a tick. Two looks at the time-stamp counter
			   for each message, so not in AKT_PROFILE_ALL */
};
#define AKT_PROFILE_ALL 7u

typedef struct akt_profile_options {
	size_t size;      /* sizeof(akt_profile_options); AKT_PROFILE_OPTIONS sets it */
	const char *dir;  /* of the files; NULL: AKT_PROFILE_DIR, or the working directory */
	const char *node; /* goes into the files' names; NULL: none */
	unsigned hz;      /* samples per second of CPU time; 0: AKT_PROFILE_HZ, or 100 */
	uint64_t
		memory_every; /* bytes from sample to sample on average; 1: each allocation; 0: 512 KiB */
	uint32_t messages_every; /* messages from one that is timed to the next; 1: each; 0: 64 */
} akt_profile_options;

#define AKT_PROFILE_OPTIONS                                                                        \
	{                                                                                          \
		sizeof(akt_profile_options), NULL, NULL, 0, 0, 0                                   \
	}

#define AKT_PROFILE_HZ_MAX 1000u                        /* samples per second */
#define AKT_PROFILE_MEMORY_EVERY ((uint64_t)512 * 1024) /* bytes */
#define AKT_PROFILE_MESSAGES_EVERY 64u
#define AKT_PROFILE_NAME_MAX 64u     /* bytes in the name of a phase or a node, the NUL excluded */
#define AKT_PROFILE_DIR_MAX 1000u    /* bytes in the name of a directory, likewise */
#define AKT_PROFILE_OPEN_MAX 64u     /* sections open at one time */
#define AKT_PROFILE_PHASES_MAX 1024u /* different names of phases in the life of a process */

typedef struct akt_profile akt_profile;

/* Open a section. Of two that are open, the finer rate holds for both; each sample weighs what it
 * stands for. phase: letters, digits, '-', '_' and '.', copied, as what options point to is.
 * Threads: any thread, handlers included; some microseconds for each thread of the process. Errors:
 * INVALID (a name that is none, a directory whose name is too long, what is nothing or unknown, hz above AKT_PROFILE_HZ_MAX), LIMIT (too
 * many sections or names), NOMEM, UNSUPPORTED (a child of fork). *ret_profile is NULL then. */
AKT_API int akt_profile_begin(akt_profile **ret_profile, const char *phase, unsigned what,
			      const akt_profile_options *options);

/* Close a section and write its files; workers go on meanwhile. What cannot be written is said on
 * stderr and by the result, and the other files are written all the same. The section is gone in any
 * case. NULL is fine: 0.
 * Threads: any thread; in a handler, the actor's worker does nothing else until the files are written.
 * Errors: NOMEM, IO (of the first file that failed). */
AKT_API int akt_profile_end(akt_profile *profile);

/* A section of a phase that has a switch: NULL unless the environment variable AKT_PROFILE_PHASE, or
 * GOAKT_PROFILE_PHASE, is 1 or true; PHASE stands for the name in capitals, '-' and '.' as '_'. CPU
 * time, cycles and memory are recorded, memory each allocation. What goes wrong is said on stderr.
 * Threads: as akt_profile_begin. Cost: a branch if no switch of any phase was on when it was first called. */
AKT_API akt_profile *akt_profile_phase(const char *phase);

/* A section until the end of the enclosing block, however it is left but by a raise, exit or longjmp. */
#define AKT_PROFILE_SECTION(phase, what)                                                           \
	__attribute__((cleanup(akt_profile_leave_), unused)) akt_profile *AKT_PROFILE_NAME_(       \
		__LINE__) = akt_profile_enter_(phase, what)
#define AKT_PROFILE_NAME_(line) AKT_PROFILE_JOIN_(akt_profile_section_, line)
#define AKT_PROFILE_JOIN_(a, b) a##b
AKT_API akt_profile *akt_profile_enter_(const char *phase, unsigned what);
AKT_API void akt_profile_leave_(akt_profile **profile);

#ifdef __cplusplus
}
#endif
#endif
