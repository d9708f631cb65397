/* SPDX-License-Identifier: MIT */
/*
 * prof: collecting. CPU samples, exact handler cycles and allocations of the runtime's pools,
 * labelled with the actor, its type, the message and the phase, for the sections that are open
 * (section.h).
 *
 * One collector serves the process, because the profiling signal is the process's. The phase
 * "shutdown" is a section of its own under AKT_PROFILE_SHUTDOWN=1 (or the guide's own
 * GOAKT_PROFILE_SHUTDOWN=1): it runs while any system does, adds up until the process ends, and is
 * written anew each time the last system has stopped.
 *
 * Files hold names, so actor types and message types must stay where they are until the files are
 * written: a module that defines some is unloaded only after its systems have stopped and any hold
 * was released. Ticks come to akt's own threads, to those of the user that live when a section or a
 * system begins, and to later ones from their first allocation from a pool on. Of two systems alive at
 * once, actors with the same slot and generation share a label.
 *
 * Off, the price is one predictable branch on akti_prof_on per turn and per pool operation.
 * The recording path takes no lock that a signal handler could meet, and allocates only memory of
 * its own, taken with mmap.
 */
#ifndef AKTI_PROF_H
#define AKTI_PROF_H

#include "prof/label.h"
#include <akt/profile.h>

/* Who watches each handler, a bit each. Not 0: what runs is published to akti_prof_label, out of line.
 * Read with relaxed loads: a handler that runs as it is set is not seen. */
enum prof_watcher {
	PROF_WATCH_CYCLES = 1u << 0,  /* cycles of handlers are counted */
	PROF_WATCH_CRASH = 1u << 1,   /* events are kept for a crash record (crash/events.h) */
	PROF_WATCH_OBSERVE = 1u << 2, /* other threads want to see it, see akti_prof_observe */
	PROF_WATCH_SEEDED = 1u << 3,  /* from here up: how many seeded systems there are */
};
extern AKTI_SHARED _Atomic uint32_t akti_prof_on;

/* PROF_DIVERTED while akti_prof_on is not 0, else 0: a bit that makes each message another than the plain ones
 * a worker looks for first, so that these need no branch for it (actor/turn.c). Whoever changes
 * akti_prof_on calls akti_prof_divert. */
#define PROF_DIVERTED ((uint64_t)1 << 6)
extern AKTI_SHARED _Atomic uint64_t akti_prof_diverted;
void akti_prof_divert(void);

AKTI_INLINE bool akti_prof_watched_by(enum prof_watcher who)
{
	return (atomic_load_explicit(&akti_prof_on, memory_order_relaxed) & (unsigned)who) != 0;
}

/* The collector takes samples, of CPU time or of allocations: threads come and go in its sight. */
extern _Atomic bool akti_prof_sampling;

/* A seeded system begins and ends: what happens in it is hashed (actor/trace.c).
 * Threads: any thread. */
AKTI_INLINE void akti_prof_seeded_begin(void)
{
	(void)atomic_fetch_add_explicit(&akti_prof_on, PROF_WATCH_SEEDED, memory_order_relaxed);
	akti_prof_divert();
}
AKTI_INLINE void akti_prof_seeded_end(void)
{
	(void)atomic_fetch_sub_explicit(&akti_prof_on, PROF_WATCH_SEEDED, memory_order_relaxed);
	akti_prof_divert();
}

/* A system as the collector knows it. */
struct prof_source {
	struct prof_source *next;
	void (*tell_names)(void *arg); /* calls akti_prof_actor_named for each named actor */
	void *arg;
	bool flies; /* it wants the flight recorder */
};

/* A system starts: read the environment the first time, open the section "shutdown" if its switch is
 * set. Never fails: what cannot be armed is said on stderr and in the files. Call before its workers
 * start; source stays until the system has stopped; NULL: it has no names. Threads: outside. */
void akti_prof_system_started(struct prof_source *source);

/* A system has stopped, its workers are joined: when it was the last one, write the files.
 * Threads: outside. */
void akti_prof_system_stopped(struct prof_source *source);

/* Whether systems have the flight recorder that do not say otherwise. Threads: outside. */
bool akti_prof_flies(void);

/* akt_profile_begin, but samples keep the system's own phase: for those who look from outside. */
int akti_profile_begin_unlabelled(akt_profile **ret_profile, const char *name, unsigned what,
				  const akt_profile_options *options);

/* Close a section into memory, from malloc, instead of its files; what: one of enum akt_profile_what.
 * Errors: NOMEM, INVALID (it was not recorded), UNSUPPORTED. Threads: as akt_profile_end. */
int akti_profile_end_to(akt_profile *profile, unsigned what, void **ret_bytes, size_t *ret_size);

/* Close a section and write its files under these names, one for each kind in the order of enum
 * akt_profile_what; NULL: not that one. Errors and threads: as akt_profile_end. */
int akti_profile_end_as(akt_profile *profile, const char *const *paths);

/* Its files get no names: for who looks at labels alone, and often. */
void akti_profile_spare_names(akt_profile *profile);

/* Readers of its memory show first what is in use, not what was allocated. */
void akti_profile_show_in_use(akt_profile *profile);

/* What the oldest open section that records this has recorded so far, likewise; it goes on. in_use: as
 * akti_profile_show_in_use. Errors: NOTFOUND (none is open), NOMEM, UNSUPPORTED. Threads: as
 * akt_profile_end. */
int akti_profile_snapshot_to(unsigned what, bool in_use, void **ret_bytes, size_t *ret_size);

/* What the collector has done so far, and what it could not. Threads: any thread. */
struct prof_counts {
	unsigned sections;         /* open now */
	uint64_t cpu_lost;         /* weight of what found no room: ticks and cycles; */
	uint64_t memory_lost;      /* blocks and bytes; */
	uint64_t memory_untracked; /* blocks of which it is not known whether they were freed */
};
void akti_prof_counts(struct prof_counts *ret_counts);

/* Between these two, akti_prof_system_stopped writes nothing; the second one writes. For programs
 * that start and stop systems many times, as benchmarks do. Threads: outside. */
void akti_prof_hold(void);
void akti_prof_release(void);

/* Read the unwind tables of modules that were loaded since the last time. Threads: outside. */
void akti_prof_unwind_refresh(void);

/* The running thread becomes, and ceases to be, one of akt's: its CPU timer is made and
 * armed. Leaving, what its timer still owed it is recorded. Nothing when the collector is off. */
void akti_prof_thread_enter(void);
void akti_prof_thread_leave(void);

/* An actor with a name was born: remember the name for the label "actor", for the actor may be
 * dead when the file is written. Nothing unless profiled. Threads: any thread. */
void akti_prof_actor_named(uint64_t actor, const char *name);

/* One handler or hook has run on this thread under its labels: cycles by the time-stamp counter.
 * code is the function that ran. Only while akti_prof_on. Threads: workers. */
void akti_prof_handler_ran(const void *code, uint64_t cycles);

/* What runs is published from now on, for other threads to see; until as many have said false. */
void akti_prof_observe(bool on);

/* The time-stamp counter. */
AKTI_INLINE uint64_t akti_prof_cycles(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#else
	return 0;
#endif
}

#endif
