/* SPDX-License-Identifier: MIT */
/*
 * watch: the watchdog, a thread that looks at what each worker runs.
 *
 * A worker publishes actor, message and handler, and a serial that changes with each (prof/label.h).
 * Who shows the same serial at two looks that are a budget apart has run at least so long. So a handler
 * pays no clock: the time is that of the watchdog's looks, a quarter of the budget apart. All of a
 * look is a function of the labels and the time it is given; the thread only calls it.
 *
 * Proved by: tests/unit/observe/test_watch.c, which gives it the time.
 */
#ifndef AKTI_OBSERVE_WATCH_H
#define AKTI_OBSERVE_WATCH_H

#include "actor/actors.h"
#include <akt/observe.h>

/* Of one worker. */
struct watched {
	uint64_t serial; /* at the last look; 0: nothing ran */
	int64_t seen_ns; /* when it was first seen */
	bool told;
	akt_overrun overrun; /* told: what */
};

struct watchdog {
	struct actors *actors;
	int64_t budget_ns;
	struct watched *watched; /* by worker; NULL: it is off */
	struct plat_thread thread;
	_Atomic uint32_t quit;
};

/* From now on workers publish what they run; then look at them. Errors: NOMEM. */
int akti_watch_init(struct watchdog *watchdog, struct actors *actors, int64_t budget_ns);
void akti_watch_fini(struct watchdog *watchdog);
/* Tell of handlers that have overrun their budget, and of those that have ended since. One thread. */
void akti_watch_look(struct watchdog *watchdog, int64_t now_ns);

/* A thread that looks, until the end. Errors: NOMEM, SYSTEM. stop: of one that is off, nothing. */
int akti_watch_start(struct watchdog *watchdog, struct actors *actors, int64_t budget_ns);
void akti_watch_stop(struct watchdog *watchdog);

/* Say in the log what each worker is at, because of why. Threads: any thread. */
void akti_watch_log_running(struct actors *actors, const char *why);

#endif
