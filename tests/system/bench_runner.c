/* SPDX-License-Identifier: MIT */
/* Benchmarks that bench_runner.sh builds into a shared object: each shows one trait of the runner. */
#include <akt/akt.h>
#include <akt/bench.h>
#include <stdlib.h>
#include <time.h>

static void *volatile kept;

static void nap(int64_t ns)
{
	struct timespec time = { .tv_sec = ns / AKT_S(1), .tv_nsec = ns % AKT_S(1) };

	(void)nanosleep(&time, NULL);
}

static void bench_naps(akt_bench *b)
{
	akt_bench_stop_timer(b);
	nap(AKT_MS(2)); /* not timed */
	akt_bench_start_timer(b);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		nap(AKT_US(100));
	akt_bench_report(b, 2.5, "z-unit");
	akt_bench_report(b, 1.5, "a-unit");
}

static void bench_allocates(akt_bench *b)
{
	for (uint64_t i = 0; i < akt_bench_n(b); i++) {
		kept = malloc(100);
		free(kept);
		kept = realloc(calloc(3, 100), 600);
		free(kept);
	}
}

static void bench_workers(akt_bench *b)
{
	akt_bench_report(b, akt_bench_workers(b), "workers");
}

static void one_size(akt_bench *b, void *arg)
{
	akt_bench_set_bytes(b, *(uint64_t *)arg);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		nap(AKT_US(50));
}

static void bench_sizes(akt_bench *b)
{
	static uint64_t small = 64;
	static uint64_t large = 1024;

	akt_bench_run(b, "size=64", one_size, &small);
	akt_bench_run(b, "size=1024", one_size, &large);
	akt_bench_run(b, "two words", one_size, &large);
	akt_bench_run(b, "size=64", one_size, &small);
}

static void bench_fails(akt_bench *b)
{
	akt_bench_fail(b, "reason %d", 17);
	akt_bench_fail(b, "not this one");
}

static void bench_breaks(akt_bench *b)
{
	if (akt_bench_n(b) > 1)
		akt_bench_fail(b, "broke at n > 1");
}

static void bench_skips(akt_bench *b)
{
	akt_bench_skip(b, "not \"today\"");
}

static void bench_short(akt_bench *b)
{
	if (akt_bench_short(b))
		akt_bench_skip(b, "too long");
}

static void bench_hangs(akt_bench *b)
{
	(void)b;
	for (;;)
		nap(AKT_S(1));
}

/* The runtime that a shared object sees is the runner's own. */
static void bench_runtime(akt_bench *b)
{
	for (uint64_t i = 0; i < akt_bench_n(b); i++) {
		akt_options options = AKT_OPTIONS;
		akt_system *sys;
		int r;

		options.workers = akt_bench_workers(b);
		r = akt_system_start(&sys, &options);
		if (r >= 0)
			r = akt_system_stop(sys);
		if (r < 0)
			akt_bench_fail(b, "%s", akt_strerror(r));
	}
}

AKT_BENCHMARKS = {
	{ "BenchmarkNaps", bench_naps },
	{ "BenchmarkAllocates", bench_allocates },
	{ "BenchmarkWorkers", bench_workers },
	{ "BenchmarkSizes", bench_sizes },
	{ "BenchmarkFails", bench_fails },
	{ "BenchmarkBreaks", bench_breaks },
	{ "BenchmarkSkips", bench_skips },
	{ "BenchmarkShort", bench_short },
	{ "BenchmarkHangs", bench_hangs },
	{ "BenchmarkRuntime", bench_runtime },
	AKT_BENCHMARKS_END,
};
