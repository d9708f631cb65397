/* SPDX-License-Identifier: MIT */
/*
 * blackbox: the flight recorder. The last minute of CPU samples, heap samples and events, kept always and
 * written only when somebody wants to know what came before (akt/flight.h).
 *
 *	cpu      [ sample | sample | ... ]     a ring each, of entries of one size
 *	heap     [ sample | sample | ... ]     an entry: serial, then words
 *	events   [ event | event | ... ]
 *
 * Sections keep counters that only grow (store.h). That is no way to forget, so here each sample lies for
 * itself, with its stack and its labels, and the newest takes the place of the oldest. Memory is bounded by
 * the size of the rings, whatever the program does and for how long.
 *
 *	E1  write: serial = busy (CAS) ; words (rel) ; serial = done (rel)
 *	    <-> read: serial (acq), words (acq), serial again: the same, and done
 *
 * Who writes takes a number (next), and with it a place; if whoever wrote there a lap ago is still at it,
 * the new entry is lost, and counted. Lock-free, so a signal handler writes as well. A heap sample's
 * word `alive` is its own serial until the block is freed: then a CAS makes it 0, so the free of a block
 * whose sample has gone changes nothing of the one that lies there now.
 *
 * Threads: writing any thread, signal-safe; the rest under the collector's mutex.
 * Proved by tests/unit/prof/test_blackbox.c, tests/system/flight.sh.
 */
#ifndef AKTI_PROF_BLACKBOX_H
#define AKTI_PROF_BLACKBOX_H

#include "prof/cut.h"
#include "prof/write.h"
#include <akt/flight.h>

#define BLACKBOX_HZ 19u
#define BLACKBOX_MEMORY_EVERY ((uint64_t)512 * 1024)
#define BLACKBOX_FRAMES 38u              /* of a stack, from the leaf on; deeper is [truncated] */
#define BLACKBOX_CPU_PER_PROCESSOR 2048u /* samples: of one that is always busy 60 s are 1140 */
#define BLACKBOX_HEAP_SAMPLES 8192u      /* 4 GiB of allocations */
#define BLACKBOX_EVENTS 8192u
#define BLACKBOX_EVENTS_PER_SECOND 256u /* of a thread */

/* What is kept of events: rare ones. */
enum blackbox_event {
	BLACKBOX_FAIL = 0, /* code: what the handler returned */
	BLACKBOX_RESTART = 1,
	BLACKBOX_DEAD = 2,    /* code: enum akt_dead */
	BLACKBOX_OVERRUN = 3, /* code: milliseconds so far */
	BLACKBOX_OVERLOAD = 4,
	BLACKBOX_EVENT_KINDS = 5,
};

/* Why files are to be written, a bit each. */
enum blackbox_cause {
	BLACKBOX_BY_SIGNAL = 1u << 0,
	BLACKBOX_BY_WATCHDOG = 1u << 1,
	BLACKBOX_BY_OVERLOAD = 1u << 2,
	BLACKBOX_CAUSES = 3,
	BLACKBOX_ENDED = 1u << 8, /* in `asked`: one more of those who write is to end */
};

struct blackbox {
	_Atomic bool on;
	_Atomic uint32_t
		asked; /* enum blackbox_cause: a futex of those who write (observe/flight.c) */
	_Atomic uint32_t resting; /* those just written for */
	_Atomic uint32_t listeners;
};
extern AKTI_SHARED struct blackbox akti_blackbox;

AKTI_INLINE bool akti_blackbox_is_on(void)
{
	return atomic_load_explicit(&akti_blackbox.on, memory_order_acquire);
}

/* Make the rings, the first time, and begin. Errors: NOMEM. */
int akti_blackbox_begin(void);
/* End, and forget everything: the types that it speaks of may go. */
void akti_blackbox_end(void);
/* After fork: nothing more is recorded. */
void akti_blackbox_in_child(void);

/* --- writing: any thread, signal-safe ------------------------------------------------------------- */

/* A tick. key: all but the stack. */
void akti_blackbox_cpu(const struct prof_key *key, const uintptr_t *pcs, uint32_t count,
		       bool truncated, int64_t ticks, int64_t ns);

/* A sampled block, and what it stands for; objects in parts of HEAP_OBJECT. Returns its serial, 0: lost. */
uint64_t akti_blackbox_allocated(const struct prof_key *key, int64_t objects, int64_t bytes);
/* The block of that sample was freed. */
void akti_blackbox_freed(uint64_t serial);

/* Nothing unless it is on. Not in a signal handler. Beyond BLACKBOX_EVENTS_PER_SECOND only the number is kept. */
void akti_blackbox_event(enum blackbox_event kind, uint64_t actor, const akt_type *type,
			 const akt_msg_type *msg, int32_t code);

/* Files are wanted. Cheap when they have been asked for already. */
void akti_blackbox_ask(enum blackbox_cause cause);

/* --- reading -------------------------------------------------------------------------------------- */

enum blackbox_ring { BLACKBOX_CPU, BLACKBOX_HEAP, BLACKBOX_EVENT, BLACKBOX_RINGS };

struct blackbox_sample {
	int64_t time_ns;     /* CLOCK_MONOTONIC */
	struct prof_key key; /* .stack unused */
	int64_t values[2];
	bool alive; /* of the heap: not freed */
	bool truncated;
	uint32_t count;
	uintptr_t pcs[BLACKBOX_FRAMES];
};

struct blackbox_happened {
	int64_t time_ns;
	enum blackbox_event kind;
	int32_t code;
	uint64_t actor; /* as in prof_key */
	const akt_type *type;
	const akt_msg_type *msg;
	uint64_t more; /* events of this thread that were not kept since its last one */
};

/* Entries from the newest back: at 1 is the newest. False: there is none so old. An entry that was being
 * written is skipped: ret_whole is false. Signal-safe. */
bool akti_blackbox_sample(enum blackbox_ring ring, uint64_t back,
			  struct blackbox_sample *ret_sample, bool *ret_whole);
bool akti_blackbox_happened(uint64_t back, struct blackbox_happened *ret_event, bool *ret_whole);

/* Whether older entries were overwritten. */
bool akti_blackbox_is_full(enum blackbox_ring ring);

/* Entries that found no place. */
uint64_t akti_blackbox_lost(enum blackbox_ring ring);

/* When it began, CLOCK_MONOTONIC; samples older than AKT_FLIGHT_NS are of no interest. */
int64_t akti_blackbox_begun_ns(void);

/* The profile of one ring, symbolized. Errors: NOMEM; *ret_profile is NULL. */
int akti_blackbox_build(struct profile **ret_profile, enum blackbox_ring ring,
			const struct prof_file *about);

#endif
