/* How long does it take to start an actor?
 * SPDX-License-Identifier: MIT
 *
 * An op is one actor without a start hook, spawned from outside and kept till the end, anonymous or by a
 * name of its own. Every IDLE_MAX actors the timer rests while a new system is started. */
#include "common.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#define IDLE_MAX 1000000u
#define NAME_BYTES 16u

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type leaf_type = { .name = "leaf", .state_size = 16, .handlers = no_handlers };

/* names: one every NAME_BYTES; NULL: none. */
static int spawn_idle(akt_system *sys, const char *names, uint64_t count)
{
	int r = 0;

	for (uint64_t i = 0; i < count && r >= 0; i++)
		r = names != NULL
			    ? akt_spawn_named(sys, &leaf_type, names + i * NAME_BYTES, NULL, NULL)
			    : akt_spawn(sys, &leaf_type, NULL, NULL);
	return r;
}

static bool spawn_batch(akt_bench *b, const char *names, uint64_t count)
{
	akt_stats stats = { .size = sizeof(stats) };
	akt_system *sys = bench_start(b);
	bool ok;
	int r;

	if (sys == NULL)
		return false;
	akt_bench_start_timer(b);
	r = spawn_idle(sys, names, count);
	akt_bench_stop_timer(b);
	ok = bench_ok(b, r, "akt_spawn") &&
	     bench_ok(b, akt_system_stats(sys, &stats), "akt_system_stats") &&
	     bench_equal(b, stats.spawned, count, "spawned") &&
	     bench_equal(b, stats.ended, 0, "ended");
	return bench_stop(b, sys) && ok;
}

static void spawn_batches(akt_bench *b, const char *names)
{
	uint64_t left = akt_bench_n(b);
	bool ok = true;

	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	while (ok && left > 0) {
		uint64_t count = left < IDLE_MAX ? left : IDLE_MAX;

		ok = spawn_batch(b, names, count);
		left -= count;
	}
}

static void spawn_unnamed(akt_bench *b, void *arg)
{
	(void)arg;
	spawn_batches(b, NULL);
}

static void spawn_named(akt_bench *b, void *arg)
{
	uint64_t count = akt_bench_n(b) < IDLE_MAX ? akt_bench_n(b) : IDLE_MAX;
	char *names = malloc(count * NAME_BYTES);

	(void)arg;
	if (names == NULL) {
		akt_bench_fail(b, "out of memory");
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		(void)snprintf(names + i * NAME_BYTES, NAME_BYTES, "actor-%u", (unsigned)i);
	spawn_batches(b, names);
	free(names);
}

void bench_spawn_idle(akt_bench *b)
{
	akt_bench_run(b, "unnamed", spawn_unnamed, NULL);
	akt_bench_run(b, "named", spawn_named, NULL);
}
