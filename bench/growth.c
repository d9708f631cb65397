/* Does memory grow when systems are started and stopped again and again?
 * SPDX-License-Identifier: MIT
 *
 * An op is one cycle: start a system, 1,000 actors with state, one message each, stop. The metric
 * KB-growth is what the resident memory of the process has grown over all n cycles, after some to
 * warm up; a leak of one byte per actor would show as a KB per cycle. */
#include "common.h"
#include "table.h"

#define CYCLE_ACTORS 1000u
#define WARM_UP_CYCLES 20u

AKT_SIGNAL_DEFINE(bench_poke, "bench.poke");

struct poked {
	uint64_t pokes;
};

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)msg;
	((struct poked *)state)->pokes++;
	return 0;
}

static const akt_handler poked_handlers[] = { AKT_ON(bench_poke, on_poke), AKT_END };
static const akt_type poked_type = {
	.name = "poked",
	.state_size = sizeof(struct poked),
	.handlers = poked_handlers,
};

static bool cycle(akt_bench *b)
{
	akt_stats stats = { .size = sizeof(stats) };
	akt_system *sys = bench_start(b);
	bool ok = sys != NULL;

	for (size_t i = 0; ok && i < CYCLE_ACTORS; i++) {
		akt_ref ref;

		ok = bench_ok(b, akt_spawn(sys, &poked_type, NULL, &ref), "akt_spawn") &&
		     bench_ok(b, akt_post(sys, ref, AKT_NEW_SIGNAL(bench_poke)), "akt_post");
	}
	ok = ok && bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain") &&
	     bench_ok(b, akt_system_stats(sys, &stats), "akt_system_stats") &&
	     bench_equal(b, stats.processed, CYCLE_ACTORS, "processed");
	return bench_stop(b, sys) && ok;
}

void bench_start_stop_growth(akt_bench *b)
{
	akt_bench_memory before;
	akt_bench_memory after;

	for (size_t i = 0; i < WARM_UP_CYCLES; i++)
		if (!cycle(b))
			return;
	akt_bench_memory_now(&before);
	akt_bench_reset_timer(b);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		if (!cycle(b))
			return;
	akt_bench_stop_timer(b);
	akt_bench_memory_now(&after);
	akt_bench_report(b, ((double)after.rss_bytes - (double)before.rss_bytes) / 1024,
			 "KB-growth");
}
