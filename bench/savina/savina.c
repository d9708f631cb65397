/* SPDX-License-Identifier: MIT */
/* savina: see savina.h. */
#include "savina.h"

#include "table.h"

#include <stdlib.h>

static const struct {
	const char *name;
	void (*run)(akt_bench *b, void *arg);
} suite[] = {
	/* clang-format off: one a line */
	{ "pingpong", savina_pingpong },
	{ "count", savina_count },
	{ "fjthrput", savina_fjthrput },
	{ "fjcreate", savina_fjcreate },
	{ "threadring", savina_threadring },
	{ "chameneos", savina_chameneos },
	{ "big", savina_big },
	{ "concdict", savina_concdict },
	{ "concsll", savina_concsll },
	{ "bndbuffer", savina_bndbuffer },
	{ "philosopher", savina_philosopher },
	{ "barber", savina_barber },
	{ "cigsmok", savina_cigsmok },
	{ "logmap", savina_logmap },
	{ "banking", savina_banking },
	{ "fib", savina_fib },
	{ "nqueenk", savina_nqueenk },
	{ "quicksort", savina_quicksort },
	{ "radixsort", savina_radixsort },
	{ "sieve", savina_sieve },
	{ "trapezoid", savina_trapezoid },
	{ "recmatmul", savina_recmatmul },
	{ "bitonicsort", savina_bitonicsort },
	{ "apsp", savina_apsp },
	{ "sor", savina_sor },
	{ "piprecision", savina_piprecision },
	{ "uct", savina_uct },
	{ "filterbank", savina_filterbank },
	{ "astar", savina_astar },
	{ "facloc", savina_facloc },
	/* clang-format on */
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

uint64_t savina_random_next(struct savina_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* The seed is mixed: else those of seeds that follow each other would be one sequence, shifted. */
struct savina_random savina_random_of(uint64_t seed)
{
	struct savina_random random = { .state = seed };

	random.state = savina_random_next(&random);
	return random;
}

/* By multiplication: a division would take longer than all the rest. */
uint32_t savina_random_below(struct savina_random *random, uint32_t bound)
{
	return (uint32_t)((savina_random_next(random) >> 32) * bound >> 32);
}

uint64_t savina_busy(struct savina_random *random, uint64_t count)
{
	uint64_t kept = 0;

	for (uint64_t i = 0; i < count; i++)
		kept ^= savina_random_next(random);
	return kept;
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

static const akt_options usual_options = AKT_OPTIONS;

static bool spawn(struct savina_run *run, const struct savina_plan *plan)
{
	return plan->spawn == NULL || plan->spawn(run);
}

/* Spawn before the timer runs. */
static bool spawn_untimed(struct savina_run *run, const struct savina_plan *plan)
{
	return spawn(run, plan) &&
	       bench_ok(run->b, akt_system_drain(run->sys, BENCH_PATIENCE_NS), "akt_system_drain");
}

/* One run, in a system of its own. */
static bool run_once(struct savina_run *run, const struct savina_plan *plan,
		     const akt_options *options, bool times_spawn)
{
	akt_bench *b = run->b;
	bool ok;

	run->data = calloc(1, plan->data_bytes);
	if (run->data == NULL)
		akt_bench_fail(b, "out of memory");
	bench_gate_init(&run->over);
	ok = run->data != NULL && (plan->prepare == NULL || plan->prepare(run));
	run->sys = ok ? bench_start_with(b, options) : NULL;
	ok = run->sys != NULL && (times_spawn || spawn_untimed(run, plan));
	if (ok) {
		akt_bench_start_timer(b);
		ok = (!times_spawn || spawn(run, plan)) && plan->start(run) &&
		     bench_gate_wait(b, &run->over);
		akt_bench_stop_timer(b);
	}
	ok = ok && all_well(run);
	ok = bench_stop(b, run->sys) && ok && plan->check(run);
	if (run->data != NULL && plan->release != NULL)
		plan->release(run);
	bench_gate_fini(&run->over);
	free(run->data);
	return ok;
}

void savina_measure_sized(akt_bench *b, const struct savina_plan *plan, uint64_t ops,
			  uint32_t actors)
{
	struct savina_run run = { .b = b, .actors = actors };

	run.ops = akt_bench_short(b) ? ops / 100 : ops;
	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		if (!run_once(&run, plan, &usual_options, true))
			return;
}

void savina_measure(akt_bench *b, const struct savina_plan *plan)
{
	savina_measure_sized(b, plan, 0, 0);
}

void savina_measure_ops(akt_bench *b, const struct savina_plan *plan, uint32_t actors,
			const akt_options *options)
{
	struct savina_run run = { .b = b, .ops = akt_bench_n(b), .actors = actors };

	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	(void)run_once(&run, plan, options != NULL ? options : &usual_options, false);
}
