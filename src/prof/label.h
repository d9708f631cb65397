/* SPDX-License-Identifier: MIT */
/*
 * label: what runs on this thread right now, for whoever samples it.
 *
 * The dispatcher writes, a signal handler on the same thread and the heap recorder read: plain
 * stores in program order are enough between a thread and its own signal handler, the fields are
 * relaxed atomics so that no compiler tears or drops them. While nobody watches only phase is
 * written: what runs is published out of line (akti_prof_on).
 *
 *	field    written by                      "none" is
 *	type     the dispatcher, per message     NULL
 *	actor    the dispatcher, per message     0 (slot << 32 | generation)
 *	node     the dispatcher, per message     0 (the actor's system)
 *	name     the dispatcher, per message     NULL: anonymous
 *	msg      the dispatcher, per message     NULL: a hook runs
 *	code     the dispatcher, per message     0 (the handler or hook)
 *	phase    points into the system          NULL: a thread that is not inside akt
 */
#ifndef AKTI_PROF_LABEL_H
#define AKTI_PROF_LABEL_H

#include "base/atomic.h"
#include <akt/actor.h>

enum prof_phase {
	PROF_PHASE_NONE = 0,
	PROF_PHASE_START = 1,
	PROF_PHASE_RUN = 2,
	PROF_PHASE_SHUTDOWN = 3,
	PROF_PHASES = 4,
};

struct prof_label {
	_Atomic(const akt_type *) type;
	_Atomic uint64_t actor;
	_Atomic uint64_t node;
	_Atomic(const char *) name;
	_Atomic(const akt_msg_type *) msg;
	_Atomic uintptr_t code;
	_Atomic(const _Atomic uint8_t *) phase; /* the system's current enum prof_phase */
};

extern AKTI_SHARED AKTI_TLS struct prof_label akti_prof_label;

#endif
