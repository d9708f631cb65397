/* SPDX-License-Identifier: MIT */
/*
 * census: what all actors of a system are doing, without stopping anybody.
 *
 * Three ways to know, of which the first that applies is taken for each actor:
 *
 *	idle      the census claims it by the CAS by which a message would have woken it, reads as its
 *	          owner what it has, and gives it up again; if something came meanwhile it makes it run.
 *	          That takes no worker, so it works while all of them are stuck.
 *	queued,   nobody but its owner can follow its list. It is asked by a control request (CTL_REPORT),
 *	running   which it answers on its own turn before the next message; who has not by the end of the
 *	          census's patience stays unknown.
 *	bounded   what its gate counts is read at any time.
 *
 * A claimed actor is in nobody's queue, so who waits for quiet waits until the census has let go
 * (akti_outside_begin).
 *
 *	field           written by                          read by
 *	rows            the census alone; who was asked, under the mutex, while it is in the list
 *
 * Proved by: tests/unit/observe/test_dump.c.
 */
#ifndef AKTI_CENSUS_H
#define AKTI_CENSUS_H

#include "actor/actors.h"

enum census_activity { CENSUS_NOBODY = 0, CENSUS_IDLE, CENSUS_QUEUED, CENSUS_RUNNING };

/* Of one slot. */
struct census_row {
	uint64_t memory;   /* bytes: its state, what it owns, the messages that were counted */
	int64_t oldest_ns; /* of those the first that is timed: for how long it waits */
	uint32_t gen;
	uint32_t parent;
	uint32_t first_child; /* slots, oldest first; CELL_NONE: none */
	uint32_t last_child;
	uint32_t next;
	uint32_t queued;
	uint32_t stashed;
	uint32_t questions;
	uint32_t watches;
	uint32_t timers;
	uint32_t fds;
	uint32_t failures;
	uint32_t restarts;
	uint8_t activity;
	uint8_t mode;
	bool ending;
	bool asked;
	bool told;         /* the numbers above are known */
	bool queued_known; /* queued is */
	bool queued_more;  /* ... and there are more */
	uint16_t worker;   /* CENSUS_RUNNING */
};

_Static_assert(sizeof(struct census_row) == 80, "as akt/observe.h says");

/* What a worker is at. slot: CELL_NONE: nothing. */
struct census_worker {
	uint32_t slot;
	uint32_t gen;
	bool asleep;
	bool sure; /* it publishes what it runs: the rest is known */
	const akt_msg_type *msg;
	uintptr_t code;
	int64_t since_ns; /* how long; -1: not known */
};

struct census {
	struct census *next;
	struct census_row *rows; /* by slot */
	uint32_t used;
	uint32_t first_top; /* actors without a parent, as children are linked */
	uint32_t last_top;
	unsigned workers;
	struct census_worker *worker;
	_Atomic uint32_t pending; /* who were asked and have not answered */
};

/* At most so many messages of a list are counted. */
#define CENSUS_QUEUED_MAX 65536u

void akti_census_init(struct actors *actors);
void akti_census_fini(struct actors *actors);

/* Take one. patience_ns: how long to wait for those that are not idle. On success the caller calls
 * akti_census_release. Threads: any thread; a worker waits for nobody. Errors: NOMEM. */
int akti_census_take(struct actors *actors, int64_t patience_ns, struct census *ret_census);
void akti_census_release(struct census *census);

/* What worker number i is at. Threads: any thread. */
void akti_census_worker(struct actors *actors, unsigned i, struct census_worker *ret_worker);

/* CTL_REPORT: tell every census that wants to know. Own turn. */
void akti_census_report(struct actors *actors, struct cell *cell);

#endif
