/* How long does an ordered shutdown take, by the number of actors?
 * SPDX-License-Identifier: MIT
 *
 * GoAkt's ShutdownLatency. An op is one shutdown of a fresh system of idle, anonymous actors that
 * have a stop hook; only akt_system_stop is timed. Each hook must have run exactly once.
 *
 *	ms/shutdown    the median over the n shutdowns (ns/op is their mean)
 *	ns/entity      that median per actor
 *	ms/last-hook   median from the order to the last stop hook, without freeing the system
 *
 * The hook adds to one shared counter, as the raw probe's does, so the two can be compared. */
#include "common.h"
#include "table.h"

#include <stdlib.h>

/* A stop hook of an actor without state has no other way out than these. */
static _Atomic uint64_t hooks_wanted;
static _Atomic uint64_t hooks_run;
static _Atomic int64_t last_hook_ns;

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx;
	(void)state;
	(void)reason;
	if (atomic_fetch_add_explicit(&hooks_run, 1, memory_order_relaxed) + 1 ==
	    atomic_load_explicit(&hooks_wanted, memory_order_relaxed))
		atomic_store(&last_hook_ns, bench_now());
}

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type idle_type = { .name = "idle", .handlers = no_handlers, .stop = on_stop };

/* A quiet system of that many actors. NULL: the benchmark has failed. */
static akt_system *start_with_actors(akt_bench *b, uint64_t actors)
{
	akt_system *sys = bench_start(b);
	int r = 0;

	if (sys == NULL)
		return NULL;
	for (uint64_t i = 0; i < actors && r >= 0; i++)
		r = akt_spawn(sys, &idle_type, NULL, NULL);
	if (bench_ok(b, r, "akt_spawn") &&
	    bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain"))
		return sys;
	(void)bench_stop(b, sys);
	return NULL;
}

/* One op. Times in ms. */
static bool shut_down_once(akt_bench *b, uint64_t actors, double *ret_ms, double *ret_hooks_ms)
{
	akt_system *sys;
	int64_t start_ns;
	bool ok;

	akt_bench_stop_timer(b);
	sys = start_with_actors(b, actors);
	if (sys == NULL)
		return false;
	atomic_store(&hooks_wanted, actors);
	atomic_store(&hooks_run, 0);
	akt_bench_start_timer(b);
	start_ns = bench_now();
	ok = bench_stop(b, sys);
	*ret_ms = (double)(bench_now() - start_ns) / 1e6;
	akt_bench_stop_timer(b);
	*ret_hooks_ms = (double)(atomic_load(&last_hook_ns) - start_ns) / 1e6;
	return ok && bench_equal(b, atomic_load(&hooks_run), actors, "stop hooks run");
}

static void shut_down(akt_bench *b, uint64_t actors)
{
	uint64_t n = akt_bench_n(b);
	double *times_ms = calloc(2 * n, sizeof(*times_ms));
	bool ok = times_ms != NULL;

	if (!ok)
		akt_bench_fail(b, "out of memory");
	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	for (uint64_t i = 0; ok && i < n; i++)
		ok = shut_down_once(b, actors, &times_ms[i], &times_ms[n + i]);
	if (ok) {
		double median_ms = bench_median(times_ms, n);

		akt_bench_report(b, median_ms, "ms/shutdown");
		akt_bench_report(b, median_ms * 1e6 / (double)actors, "ns/entity");
		akt_bench_report(b, bench_median(times_ms + n, n), "ms/last-hook");
	}
	free(times_ms);
}

/* Those that GoAkt leaves out in short runs. */
static bool left_out(akt_bench *b)
{
	if (akt_bench_short(b))
		akt_bench_skip(b, "long: left out with -short");
	return akt_bench_short(b);
}

void bench_shutdown_100(akt_bench *b)
{
	if (!left_out(b))
		shut_down(b, 100);
}

void bench_shutdown_1000(akt_bench *b)
{
	if (!left_out(b))
		shut_down(b, 1000);
}

void bench_shutdown_10000(akt_bench *b)
{
	if (!left_out(b))
		shut_down(b, 10000);
}

void bench_shutdown_100000(akt_bench *b)
{
	if (!left_out(b))
		shut_down(b, 100000);
}

void bench_shutdown_1000000(akt_bench *b)
{
	if (!left_out(b))
		shut_down(b, 1000000);
}
