/* How fast are actors made that have one message to handle?
 * SPDX-License-Identifier: MIT
 *
 * An actor spawns 40,000 children, each of which handles one message, counts it and stops.
 * BenchmarkSpawnDie: an op is one child; the parent sends itself a message after each YIELD_EVERY, so that
 * they run meanwhile. */
#include "savina.h"
#include "table.h"

#define FJCREATE_ACTORS 40000u
#define YIELD_EVERY 64u

AKT_SIGNAL_DEFINE(fjcreate_breed, "fjcreate.breed");

struct fjcreate_live {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(fjcreate_live, "fjcreate.live", AKT_FIELD(1, fjcreate_live, number));

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
	atomic_fetch_add_explicit(&breed->sum, akt_payload(msg, fjcreate_live)->number,
				  memory_order_relaxed);
	if (atomic_fetch_add(&breed->lived, 1) + 1 == breed->run->ops)
		return savina_over(breed->run);
	return akt_stop(akt_system_of(ctx), akt_self(ctx));
}

static const akt_handler child_handlers[] = { AKT_ON(fjcreate_live, on_live), AKT_END };
static const akt_type child_type = { .name = "mayfly", .handlers = child_handlers };

static int on_breed(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct breeder *self = state;
	int r = 0;

	(void)msg;
	for (uint32_t i = 0;
	     r >= 0 && i < self->breed->run->actors && self->born < self->breed->run->ops; i++) {
		akt_ref child;

		r = akt_spawn_child(ctx, &child_type, NULL, NULL, &child);
		if (r >= 0)
			r = akt_send(ctx, child, AKT_NEW(fjcreate_live, .number = self->born++));
	}
	if (r < 0 || self->born == self->breed->run->ops)
		return r;
	return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(fjcreate_breed));
}

static const akt_handler breeder_handlers[] = { AKT_ON(fjcreate_breed, on_breed), AKT_END };
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

	return savina_post(run, breed->breeder, AKT_NEW_SIGNAL(fjcreate_breed));
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

void savina_fjcreate(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, FJCREATE_ACTORS, FJCREATE_ACTORS);
}

void bench_spawn_die(akt_bench *b)
{
	savina_measure_ops(b, &plan, YIELD_EVERY, NULL);
}
