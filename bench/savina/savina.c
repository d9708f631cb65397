/* SPDX-License-Identifier: MIT */
/* savina: see savina.h. */
#include "savina.h"

#include "table.h"

#include <stdlib.h>

static const struct {
	const char *name;
	void (*run)(akt_bench *b, void *arg);
} suite[] = {
	{ "pingpong", savina_pingpong },
};

void bench_savina(akt_bench *b)
{
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++)
		akt_bench_run(b, suite[i].name, suite[i].run, NULL);
}

uint64_t savina_size(const struct savina_run *run, uint64_t full, uint64_t small)
{
	return akt_bench_short(run->b) ? small : full;
}

bool savina_spawn(struct savina_run *run, const akt_type *type, const void *arg, akt_ref *ret_ref)
{
	return bench_ok(run->b, akt_spawn(run->sys, type, arg, ret_ref), "akt_spawn");
}

bool savina_post(struct savina_run *run, akt_ref to, akt_msg *msg)
{
	return bench_ok(run->b, akt_post(run->sys, to, msg), "akt_post");
}

int savina_over(struct savina_run *run)
{
	bench_gate_open(&run->over);
	return 0;
}

int savina_keep_arg(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(const void **)state = arg;
	return 0;
}

struct savina_random savina_random_of(uint64_t seed)
{
	return (struct savina_random){ .state = seed * UINT64_C(0x9E3779B97F4A7C15) };
}

uint64_t savina_random_next(struct savina_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

uint64_t savina_random_below(struct savina_random *random, uint64_t bound)
{
	return savina_random_next(random) % bound;
}

/* Nothing was lost on the way, so far. */
static bool all_well(struct savina_run *run)
{
	akt_stats stats = { .size = sizeof(stats) };
	uint64_t dead = 0;

	if (!bench_ok(run->b, akt_system_drain(run->sys, BENCH_PATIENCE_NS), "akt_system_drain") ||
	    !bench_ok(run->b, akt_system_stats(run->sys, &stats), "akt_system_stats"))
		return false;
	for (size_t i = 0; i < AKT_DEAD_REASONS; i++)
		dead += stats.dead[i];
	return bench_equal(run->b, stats.failures, 0, "failures") &&
	       bench_equal(run->b, dead, 0, "dead letters");
}

/* One op, in a system of its own. */
static bool run_once(akt_bench *b, const struct savina_plan *plan)
{
	struct savina_run run = { .b = b, .data = calloc(1, plan->data_bytes) };
	bool ok = run.data != NULL;

	if (!ok)
		akt_bench_fail(b, "out of memory");
	bench_gate_init(&run.over);
	ok = ok && (plan->prepare == NULL || plan->prepare(&run));
	run.sys = ok ? bench_start(b) : NULL;
	ok = run.sys != NULL;
	if (ok) {
		akt_bench_start_timer(b);
		ok = plan->start(&run) && bench_gate_wait(b, &run.over);
		akt_bench_stop_timer(b);
	}
	ok = ok && all_well(&run);
	ok = bench_stop(b, run.sys) && ok && plan->check(&run);
	if (run.data != NULL && plan->release != NULL)
		plan->release(&run);
	bench_gate_fini(&run.over);
	free(run.data);
	return ok;
}

void savina_measure(akt_bench *b, const struct savina_plan *plan)
{
	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		if (!run_once(b, plan))
			return;
}
