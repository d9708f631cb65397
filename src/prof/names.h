/* SPDX-License-Identifier: MIT */
/*
 * names: what named actors are called, for as long as the process lives.
 *
 * Two tables. One maps an actor of the systems that run now to the number of its name; it is
 * emptied when no system is left, because the next one uses the same slots. The other holds each
 * name once and for ever; its numbers are what buckets keep, so a file written long after an actor
 * died still names it.
 *
 * Looking up is lock-free and signal-safe: an entry's name is stored before its actor (E1). Adding
 * takes a mutex of its own that is held over nothing else. Actors beyond PROF_NAMES_MAX names are
 * labelled by their slot. Two systems alive at once use one numbering: an actor of the one may
 * bear the name of the other's if slot and generation agree.
 */
#ifndef AKTI_PROF_NAMES_H
#define AKTI_PROF_NAMES_H

#include "base/base.h"

/* Actors with a name at one time, and different names ever. */
#define PROF_NAMES_MAX 65536u

/* Errors: NOMEM. Before the others are called; again does nothing. Threads: outside. */
int akti_prof_names_create(void);

/* Threads: any thread. */
void akti_prof_name_add(uint64_t actor, const char *name);

/* What a bucket keeps for this actor: PROF_ACTOR_NAMED with a number, or actor itself.
 * Threads: any thread, signal-safe. */
uint64_t akti_prof_name_of(uint64_t actor);

/* The name of a PROF_ACTOR_NAMED. Threads: any thread. */
const char *akti_prof_name_text(uint64_t actor);

/* No system runs: forget which actor has which name. Threads: outside. */
void akti_prof_names_forget(void);

#endif
