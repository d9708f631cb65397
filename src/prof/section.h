/* SPDX-License-Identifier: MIT */
/*
 * section: a bounded part of a run that is profiled, see <akt/profile.h>. One collector serves them
 * all; what a section recorded is the difference of two looks (cut.h).
 *
 *	run           pause        run                   pause
 *	from = look   at = look    from += look - at     at = look
 *	              write                              write
 *
 * The collector is set by all sections that run: the finest rates hold. Everything here but
 * akti_section_write is called under the collector's mutex (prof.c).
 */
#ifndef AKTI_PROF_SECTION_H
#define AKTI_PROF_SECTION_H

#include "prof/cut.h"
#include "prof/write.h"
#include <akt/profile.h>

enum section_store { SECTION_CPU, SECTION_HEAP, SECTION_MESSAGES, SECTION_STORES };

struct akt_profile {
	struct akt_profile *next; /* of those that run */
	struct prof_file about;
	unsigned what;
	uint16_t label; /* its phase; PROF_PHASE_NONE: samples keep the system's own */
	bool begun;     /* for the first time */
	bool runs;
	bool adds_up;   /* of a phase with a switch: */
	unsigned depth; /* how often it was begun and has not ended */
	struct akt_profile *next_phase;
	int error;                          /* of the last pause: then there is nothing to write */
	uint32_t era;                       /* of the heap: of blocks born since it was begun */
	int64_t stretch_ns, stretch_cpu_ns; /* clocks when this stretch began */
	struct prof_look from[SECTION_STORES];
	struct prof_look at[SECTION_STORES]; /* when it was paused */
	struct prof_held held;               /* then */
};

/* A name that may be part of a file's: of a phase, of a node. */
bool akti_section_name_valid(const char *name);

/* It runs. Errors: NOMEM; it does not, then. */
int akti_section_run(struct akt_profile *section);

/* It does not run any more, and what it recorded is set down. */
void akti_section_pause(struct akt_profile *section);

/* Write the files of a section that does not run. Errors: those of the first file that failed; each
 * is said. Threads: any thread, with or without the mutex; the section is nobody else's meanwhile. */
int akti_section_write(const struct akt_profile *section);

/* The same under names of the caller's, one for each kind, in the order of enum akt_profile_what;
 * NULL: not that one. */
int akti_section_write_as(const struct akt_profile *section, const char *const *paths);

/* One of its files in memory, from malloc; what: one of enum akt_profile_what. Errors: NOMEM, INVALID
 * (it was not recorded). Threads: as above. */
int akti_section_encode(const struct akt_profile *section, unsigned what, void **ret_bytes,
			size_t *ret_size);

/* What the oldest section that runs and records that has recorded so far, as one that does not run and
 * records nothing else; akti_section_fini frees it. It runs on. Errors: NOTFOUND, NOMEM. */
int akti_section_snapshot(unsigned what, struct akt_profile *ret_section);

/* The process ends: stop recording, and say which sections were never ended. */
void akti_section_abandon(void);

/* Free what a section holds that does not run, but not the section. */
void akti_section_fini(struct akt_profile *section);

/* Timers for new threads, unwind tables of new modules. */
void akti_section_refresh(void);

/* None is to be written nor to go on: if no section runs, empty stores that are worn. That of messages only
 * while there is no system. */
void akti_section_empty(void);

/* The flight recorder begins, or ends. Errors: NOMEM. */
int akti_section_fly(bool on);

/* Sections that run. */
unsigned akti_section_count(void);

#endif
