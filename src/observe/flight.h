/* SPDX-License-Identifier: MIT */
/*
 * flight: a thread that writes the flight recorder's files when something has gone wrong (akt/flight.h).
 *
 * Those who notice that are signal handlers, the watchdog, and senders in a hurry: they set a bit and wake
 * it (akti_blackbox_ask). It is there only where a directory was named.
 *
 *	asked    bits, a futex    set by akti_blackbox_ask, taken by one of these threads; above them a count
 *	                          of threads that were to end, so that none sleeps through it
 *	resting  bits             of causes whose files were just written: not asked for meanwhile
 *
 * Proved by tests/system/flight.sh.
 */
#ifndef AKTI_OBSERVE_FLIGHT_H
#define AKTI_OBSERVE_FLIGHT_H

#include "actor/actors.h"

struct flight_keeper {
	struct actors *actors; /* NULL: it is off */
	const char *dir;
	int signal; /* whose handler it has; 0: none */
	struct plat_thread thread;
	_Atomic uint32_t quit;
};

/* Start it if options or the environment name a directory. Errors: SYSTEM, NOMEM (the thread), INVALID (a
 * signal that none can handle). What is wrong in the environment, or a signal that another system uses
 * otherwise, is said in the log. */
int akti_flight_keeper_start(struct flight_keeper *keeper, struct actors *actors);
void akti_flight_keeper_stop(struct flight_keeper *keeper);

#endif
