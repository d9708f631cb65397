/* How long does it take to start an actor?
 * SPDX-License-Identifier: MIT
 *
 * An op is one anonymous actor without a start hook, from outside. Every SPAWN_BATCH actors the
 * timer rests while they are stopped again, so memory stays bounded; each must have been born and
 * have ended. */
#include "common.h"
#include "table.h"

#include <stdlib.h>

#define SPAWN_BATCH 100000u

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type leaf_type = { .name = "leaf", .state_size = 16, .handlers = no_handlers };

/* Stop what a batch has started, and wait until it has ended. */
static bool stop_batch(akt_bench *b, akt_system *sys, const akt_ref *refs, uint64_t count,
		       uint64_t ended)
{
	akt_stats stats = { .size = sizeof(stats) };

	for (uint64_t i = 0; i < count; i++)
		if (!bench_ok(b, akt_stop(sys, refs[i]), "akt_stop"))
			return false;
	return bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain") &&
	       bench_ok(b, akt_system_stats(sys, &stats), "akt_system_stats") &&
	       bench_equal(b, stats.spawned, ended, "spawned") &&
	       bench_equal(b, stats.ended, ended, "ended");
}

static bool spawn_batch(akt_bench *b, akt_system *sys, akt_ref *refs, uint64_t count)
{
	int r = 0;

	akt_bench_start_timer(b);
	for (uint64_t i = 0; i < count && r >= 0; i++)
		r = akt_spawn(sys, &leaf_type, NULL, &refs[i]);
	akt_bench_stop_timer(b);
	return bench_ok(b, r, "akt_spawn");
}

void bench_spawn(akt_bench *b)
{
	akt_ref *refs = malloc(SPAWN_BATCH * sizeof(*refs));
	akt_system *sys;
	uint64_t done = 0;

	akt_bench_stop_timer(b);
	sys = bench_start(b);
	if (refs == NULL)
		akt_bench_fail(b, "out of memory");
	akt_bench_reset_timer(b);
	while (refs != NULL && sys != NULL && done < akt_bench_n(b)) {
		uint64_t left = akt_bench_n(b) - done;
		uint64_t count = left < SPAWN_BATCH ? left : SPAWN_BATCH;

		done += count;
		if (!spawn_batch(b, sys, refs, count) || !stop_batch(b, sys, refs, count, done))
			break;
	}
	(void)bench_stop(b, sys);
	free(refs);
}
