/* SPDX-License-Identifier: MIT */
/*
 * crew: a master and its workers, for work that is found while working.
 *
 * All work goes through the master, which deals it out. A worker handles a piece, gives the master
 * the further work that it has found, and says that it is done; when as much is done as was dealt
 * out, the run is over. Work is a message of any type: the master hands it on and does not look at it.
 */
#ifndef BENCH_SAVINA_CREW_H
#define BENCH_SAVINA_CREW_H

#include "savina.h"

#define CREW_WORKERS 20u /* in all of Savina's benchmarks that have such a crew */

struct crew {
	struct savina_run *run;
	const akt_type *worker; /* what a worker is */
	const void *arg;        /* and what it is spawned with */
	/* Which worker gets this work; the number may be any. NULL: they take turns. */
	uint32_t (*deal)(const void *arg, const akt_msg *work);

	/* The master's own. */
	akt_ref workers[CREW_WORKERS];
	uint64_t dealt;
	uint64_t done;
	uint64_t found; /* calls of crew_found */
};

/* Start the crew, which is filled up to deal, with its first work. */
bool crew_start(struct crew *crew, akt_msg *work);

/* From a worker: here is more work; I have found something; I am done with what I was given. */
int crew_add(akt_ctx *ctx, akt_msg *work);
int crew_found(akt_ctx *ctx);
int crew_done(akt_ctx *ctx);

#endif
