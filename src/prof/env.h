/* SPDX-License-Identifier: MIT */
/*
 * env: the switches that users set, and the words said to them.
 *
 *	AKT_PROFILE_SHUTDOWN=1      write shutdown_cpu.prof and shutdown_mem.prof
 *	AKT_PROFILE_PHASE=1         the same of any other phase, when it runs: rebalancing, query, or one
 *	                            of the program's own
 *	AKT_PROFILE_DIR=path        where the files go; default: the working directory
 *	AKT_PROFILE_HZ=1..1000      ticks per second of CPU time; default 100
 *	AKT_PROFILE_SYMBOLIZE=0     addresses without names; default 1
 *
 *	AKT_FLIGHT=0|1              no flight recorder, or one also in builds for sanitizers (akt/flight.h)
 *
 * The switches are also heard under GOAKT_, as the guide for users of GoAkt writes them. On is
 * 1 or true, off is 0, false or nothing. Whatever else begins with AKT_ is said at exit, once:
 * nothing asked for is dropped in silence. AKT_BENCH_*, AKT_TEST_*, AKT_SEED,
 * AKT_CRASH_DIR, AKT_FLIGHT_DIR and AKT_FLIGHT_SIGNAL belong to others.
 *
 * Threads: outside, one at a time.
 */
#ifndef AKTI_PROF_ENV_H
#define AKTI_PROF_ENV_H

#include "base/base.h"
#include <akt/profile.h>

#define PROF_HZ_DEFAULT 100u

struct prof_env {
	bool shutdown;
	bool flies; /* systems have the flight recorder */
	bool raw;   /* no names */
	unsigned hz;
	const char *dir;
};

void akti_prof_env_read(struct prof_env *ret_env);

/* PHASE of a phase's AKT_PROFILE_PHASE: capitals, and '-' and '.' as '_'. */
void akti_prof_env_switch(const char *phase, char ret_text[AKT_PROFILE_NAME_MAX + 1]);

/* Whether the switch of any phase is on. */
bool akti_prof_env_asks_any(void);

/* Whether the switch of a phase is on. */
bool akti_prof_env_asks(const char *phase);

/* Say, one line each, which phases asked for never ran and which variables nobody knows.
 * shutdown_written: shutdown profiles were written; ran: whether the phase of that switch, its PHASE, has begun. */
void akti_prof_env_report(const struct prof_env *env, bool shutdown_written,
			  bool (*ran)(const char *name));

/* One line on stderr: only because the user set a switch. */
void akti_prof_say(const char *fmt, ...) AKTI_PRINTF(1, 2);

#endif
