/* SPDX-License-Identifier: MIT */
/*
 * label: what runs on this thread right now, for whoever samples it.
 *
 * The dispatcher writes, a signal handler on the same thread and the heap recorder read: plain
 * stores in program order are enough between a thread and its own signal handler, the fields are
 * relaxed atomics so that no compiler tears or drops them. While nobody watches only phase is
 * written: what runs is published out of line (akti_prof_on).
 *
 * Other threads look too (akti_label_read): serial makes it a seqlock, odd while something runs. The
 * fields are stored with release and loaded with acquire, so who saw one of a later handler sees the
 * serial that was stored before it.
 *
 *	field    written by                      "none" is
 *	type     the dispatcher, per message     NULL
 *	actor    the dispatcher, per message     0 (slot << 32 | generation)
 *	node     the dispatcher, per message     0 (the actor's system)
 *	name     the dispatcher, per message     NULL: anonymous
 *	msg      the dispatcher, per message     NULL: a hook runs
 *	code     the dispatcher, per message     0 (the handler or hook)
 *	begin    the dispatcher, per message     (time-stamp counter)
 *	serial   the dispatcher, per message     even
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
	_Atomic uint64_t begin;
	_Atomic uint64_t serial;
	_Atomic(const _Atomic uint8_t *) phase; /* the system's current enum prof_phase */
};

extern AKTI_SHARED AKTI_TLS struct prof_label akti_prof_label;

/* What another thread runs. */
struct prof_running {
	const akt_type *type;
	uint64_t actor;
	const akt_msg_type *msg;
	uintptr_t code;
	uint64_t begin;
	uint64_t serial;
};

/* False: nothing, or it has just changed. Threads: any thread; label must not end meanwhile. */
AKTI_INLINE bool akti_label_read(const struct prof_label *label, struct prof_running *ret_running)
{
	struct prof_running *running = ret_running;

	running->serial = akti_load_acq(&label->serial);
	running->type = akti_load_acq(&label->type);
	running->actor = akti_load_acq(&label->actor);
	running->msg = akti_load_acq(&label->msg);
	running->code = akti_load_acq(&label->code);
	running->begin = akti_load_acq(&label->begin);
	return (running->serial & 1) != 0 && akti_load_acq(&label->serial) == running->serial;
}

#endif
