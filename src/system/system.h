/* SPDX-License-Identifier: MIT */
/*
 * system: a system whole, and the files of this module.
 *
 *	system.c    options, start, statistics
 *	catalog.c   what is known by name: types for records, extensions
 *	record.c    spawn records
 *	shutdown.c  who asks for the end, hooks, the three steps
 */
#ifndef AKTI_SYSTEM_H
#define AKTI_SYSTEM_H

#include "mem/budget.h"
#include "observe/flight.h"
#include "observe/watch.h"
#include "super/super.h"
#include "prof/prof.h"
#include "system/catalog.h"
#include <akt/system.h>

/* A hook as it was given, and whether it has run. */
struct shutdown_hook {
	akt_shutdown_hook given;
	bool done;
};

/* What belongs to a system and is closed with it: akti_system_join. */
struct companion {
	struct companion *next;
	void (*close)(struct companion *companion);
};

struct shutdown {
	struct plat_mutex
		mutex; /* of hooks and count, until the shutdown has begun; of companions */
	struct shutdown_hook hooks[AKT_SHUTDOWN_HOOKS_MAX];
	uint32_t count;
	bool begun;
	bool broken; /* a hook has failed for good */
	bool busy;   /* under the mutex: somebody is stopping the system */
	struct companion *companions;
	_Atomic uint32_t requested;
};

struct akt_system {
	struct actors actors; /* first: the actor verbs cast */
	struct shutdown shutdown;
	struct watchdog watchdog;
	struct flight_keeper flight;
	struct mem_budget budget; /* one of the process's, if options.memory_max is not 0 */
	struct catalog catalog;
	struct prof_source source;
};
_Static_assert(offsetof(struct akt_system, actors) == 0, "akt_system begins with its actors");

/* system.c: publish the phase for profiles; label the calling thread as working for the system
 * (NULL: no longer); join the workers and free everything. */
void akti_system_phase(struct actors *actors, enum prof_phase phase);
void akti_system_label(struct actors *actors);
void akti_system_destroy(struct akt_system *sys);

/* Close a companion when all actors have ended, before anything is given back. Errors: STOPPED (the
 * shutdown has begun). part: it closes itself before. Threads: any thread; part not during a stop. */
int akti_system_join(struct akt_system *sys, struct companion *companion);
void akti_system_part(struct akt_system *sys, struct companion *companion);
/* Close all of them. */
void akti_system_close_companions(struct akt_system *sys);

void akti_shutdown_init(struct shutdown *shutdown);
void akti_shutdown_fini(struct shutdown *shutdown);

#endif
