/* How long does it take to start an actor, and to end it?
 * SPDX-License-Identifier: MIT
 *
 * BenchmarkSpawnIdle: an op is one actor without a start hook, spawned from outside and kept till the end,
 * anonymous or by a name of its own. Every IDLE_MAX actors the timer rests while a new system is
 * started. BenchmarkSpawnDie: an op is one child that an actor spawns, which handles one message, counts it
 * and stops; the parent sends itself a message after each YIELD_EVERY, so that they run meanwhile. */
#include "savina/savina.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#define IDLE_MAX 1000000u
#define YIELD_EVERY 64u
#define NAME_BYTES 16u

/* --- idle ----------------------------------------------------------------------------------------- */

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

/* --- born, one message, dead -------------------------------------------------------------------------- */

AKT_SIGNAL_DEFINE(bench_breed, "bench.breed");

struct bench_live {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bench_live, "bench.live", AKT_FIELD(1, bench_live, number));

struct breed {
	struct savina_run *run;
	akt_ref breeder;
	_Atomic uint64_t lived;
	_Atomic uint64_t sum; /* of the children's numbers */
};

struct breeder {
	struct breed *breed;
	uint64_t born;
};

/* A child without a start hook has no other way out than this. */
static struct breed *breeding;

static int on_live(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct breed *breed = breeding;

	(void)state;
	atomic_fetch_add_explicit(&breed->sum, akt_payload(msg, bench_live)->number,
				  memory_order_relaxed);
	if (atomic_fetch_add(&breed->lived, 1) + 1 == breed->run->ops)
		return savina_over(breed->run);
	return akt_stop(akt_system_of(ctx), akt_self(ctx));
}

static const akt_handler child_handlers[] = { AKT_ON(bench_live, on_live), AKT_END };
static const akt_type child_type = { .name = "mayfly", .handlers = child_handlers };

static int on_breed(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct breeder *self = state;
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; r >= 0 && i < YIELD_EVERY && self->born < self->breed->run->ops; i++) {
		akt_ref child;

		r = akt_spawn_child(ctx, &child_type, NULL, NULL, &child);
		if (r >= 0)
			r = akt_send(ctx, child, AKT_NEW(bench_live, .number = self->born++));
	}
	if (r < 0 || self->born == self->breed->run->ops)
		return r;
	return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(bench_breed));
}

static const akt_handler breeder_handlers[] = { AKT_ON(bench_breed, on_breed), AKT_END };
static const akt_type breeder_type = {
	.name = "breeder",
	.state_size = sizeof(struct breeder),
	.handlers = breeder_handlers,
	.start = savina_keep_arg,
};

static bool spawn(struct savina_run *run)
{
	struct breed *breed = run->data;

	breed->run = run;
	breeding = breed;
	return savina_spawn(run, &breeder_type, breed, &breed->breeder);
}

static bool start(struct savina_run *run)
{
	struct breed *breed = run->data;

	return savina_post(run, breed->breeder, AKT_NEW_SIGNAL(bench_breed));
}

static bool check(struct savina_run *run)
{
	struct breed *breed = run->data;

	return bench_equal(run->b, atomic_load(&breed->lived), run->ops, "lived") &&
	       bench_equal(run->b, atomic_load(&breed->sum), run->ops * (run->ops - 1) / 2,
			   "the sum of the children's numbers");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct breed),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void bench_spawn_die(akt_bench *b)
{
	savina_measure_ops(b, &plan, 1, NULL);
}
