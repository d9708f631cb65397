/* SPDX-License-Identifier: MIT */
/*
 * phase: what part of the run a sample belongs to: its label "phase".
 *
 * A number in each record. Small ones are a system's own state (enum prof_phase in label.h), larger
 * ones names that sections brought; a name keeps its number while the process lives.
 *
 * Threads: looking up any thread and signal-safe, adding under the collector's mutex.
 */
#ifndef AKTI_PROF_PHASE_H
#define AKTI_PROF_PHASE_H

#include "prof/label.h"

/* That of the newest open section; PROF_PHASE_NONE: none is open, the system's own holds. */
extern _Atomic uint16_t akti_prof_phase_now;

/* The number of a name; 0: there are AKT_PROFILE_PHASES_MAX, or memory is out. */
uint16_t akti_prof_phase_number(const char *name);

const char *akti_prof_phase_text(uint16_t phase);

#endif
