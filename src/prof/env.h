/* SPDX-License-Identifier: MIT */
/*
 * env: the switches that users set, and the words said to them.
 *
 *	AKT_PROFILE_SHUTDOWN=1      write shutdown_cpu.prof and shutdown_mem.prof
 *	AKT_PROFILE_REBALANCING=1   known; its phase never runs yet, which is said at exit
 *	AKT_PROFILE_QUERY=1         likewise
 *	AKT_PROFILE_DIR=path        where the files go; default: the working directory
 *	AKT_PROFILE_HZ=1..1000      ticks per second of CPU time; default 100
 *
 * The first three are also heard under GOAKT_, as the guide for users of GoAkt writes them. On is
 * 1 or true, off is 0, false or nothing. Whatever else begins with AKT_ is said at exit, once:
 * nothing asked for is dropped in silence. AKT_BENCH_*, AKT_TEST_*, AKT_SEED and
 * AKT_CRASH_DIR belong to others.
 *
 * Threads: outside, one at a time.
 */
#ifndef AKTI_PROF_ENV_H
#define AKTI_PROF_ENV_H

#include "base/base.h"

#define PROF_HZ_DEFAULT 100u
#define PROF_HZ_MAX 1000u

struct prof_env {
	bool shutdown;
	bool rebalancing;
	bool query;
	unsigned hz;
	const char *dir;
};

void akti_prof_env_read(struct prof_env *ret_env);

/* Say, one line each, which phases asked for never ran and which variables nobody knows.
 * shutdown_written: shutdown profiles were written. */
void akti_prof_env_report(const struct prof_env *env, bool shutdown_written);

/* One line on stderr: only because the user set a switch. */
void akti_prof_say(const char *fmt, ...) AKTI_PRINTF(1, 2);

#endif
