/* SPDX-License-Identifier: MIT */
/*
 * events: the last things that happened on each thread, for the crash record.
 *
 * A ring per thread, made at its first event and only while records are on. Its thread writes, the
 * recorder reads from a signal handler of any thread, while others still write:
 *
 *	E1  note: serial = 0; fields; store serial (rel) <-> record: load serial (acq), fields, serial
 *
 * An event whose serial is 0 or has changed is left out. The fields are relaxed atomics.
 * A ring whose thread has ended keeps its events until another thread takes it.
 */
#ifndef AKTI_CRASH_EVENTS_H
#define AKTI_CRASH_EVENTS_H

#include "crash/format.h"
#include "prof/label.h"

#define CRASH_EVENTS 128u /* kept per thread; a power of two */

/* node and actor 0: nobody. */
struct crash_event {
	enum crash_event_kind kind;
	int32_t error;
	uint64_t node;
	uint64_t actor;
	const akt_type *type;
	const akt_msg_type *msg;
	const void *code;
};

/* Keep an event on the calling thread. Only while records are on.
 * Threads: any thread. Cost: a look at the clock and nine stores; the first one maps 12 KiB. */
void akti_crash_note(const struct crash_event *event);

/* --- for the recorder --------------------------------------------------------------------------- */

struct crash_slot {
	_Atomic uint64_t serial; /* counts from 1; 0: empty, or being written */
	_Atomic int64_t time_ns;
	_Atomic uint64_t node;
	_Atomic uint64_t actor;
	_Atomic(const akt_type *) type;
	_Atomic(const akt_msg_type *) msg;
	_Atomic uintptr_t code;
	_Atomic uint32_t kind;
	_Atomic int32_t error;
};
_Static_assert(sizeof(struct crash_slot) == 64, "a line");

struct crash_thread {
	struct crash_thread *next; /* constant */
	_Atomic bool taken;
	_Atomic uint32_t tid;
	_Atomic(const struct prof_label *) label; /* NULL: the thread has ended */
	uint64_t serial;                          /* of the newest event; the thread's own */
	struct crash_slot slot[CRASH_EVENTS];
};

/* All rings there ever were, newest first. Threads: any thread, signal-safe. */
const struct crash_thread *akti_crash_threads(void);

#endif
