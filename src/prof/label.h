/* SPDX-License-Identifier: MIT */
/*
 * label: what runs on this thread right now, for whoever samples it.
 *
 * Samples are taken on the thread itself, in its signal handler or where it allocates. There the
 * runtime is asked what it is at (akti_prof_who), which it knows anyway: so labels cost a message
 * nothing but one store, the message's type, and may be recorded always.
 *
 * Other threads look too (akti_label_read). For them what runs is published out of line while
 * akti_prof_on says so: serial makes it a seqlock, odd while something runs. The
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
 *
 * A thread that runs no actors but works for one publishes its type by hand (actor/block.c).
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

/* What this thread runs: an actor's handler or hook, or what the runtime did after it for its sake. */
struct prof_who {
	const akt_type *type;
	uint64_t actor; /* slot << 32 | generation; 0: none */
	const akt_msg_type *msg;
};

/* Set by the floor that runs actors. Fills it; leaves it as it is on a thread that runs none.
 * Signal-safe. NULL: nothing runs actors. */
typedef void (*prof_who_fn)(struct prof_who *who);
extern AKTI_SHARED _Atomic(prof_who_fn) akti_prof_who;

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
