/* SPDX-License-Identifier: MIT */
/*
 * Benchmarks: functions that `akt bench` runs, as `go test -bench` runs Go's.
 *
 *	static void bench_tell(akt_bench *b)
 *	{
 *		... set up ...
 *		akt_bench_reset_timer(b);
 *		for (uint64_t i = 0; i < akt_bench_n(b); i++)
 *			... one operation ...
 *	}
 *	AKT_BENCHMARKS = { { "BenchmarkTell", bench_tell }, AKT_BENCHMARKS_END };
 *
 * Built into a shared object, `akt bench ./my.so` runs it. The function is called with growing n
 * until the timed part lasts -benchtime. Names begin with Benchmark and follow Go's rules, so that
 * benchstat reads the output.
 *
 * Threads: every function here is called on the thread that called the benchmark.
 */
#ifndef AKT_BENCH_H
#define AKT_BENCH_H

#include <akt/export.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akt_bench akt_bench;

typedef struct akt_benchmark {
	const char *name; /* "BenchmarkTell"; NULL ends the table */
	void (*run)(akt_bench *b);
} akt_benchmark;

/* The table that `akt bench` looks up in a shared object. */
#define AKT_BENCHMARKS                                                                             \
	AKT_API extern const akt_benchmark akt_benchmarks[];                                       \
	AKT_API const akt_benchmark akt_benchmarks[]
#define AKT_BENCHMARKS_END                                                                         \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

/* How many operations to do this time. */
AKT_API uint64_t akt_bench_n(akt_bench *b);
/* Workers asked for with -cpu; give it to akt_options.workers. */
AKT_API unsigned akt_bench_workers(akt_bench *b);
/* Whether -short was given. */
AKT_API bool akt_bench_short(akt_bench *b);

/* The timer runs when the function is called. reset_timer also forgets what was reported. */
AKT_API void akt_bench_reset_timer(akt_bench *b);
AKT_API void akt_bench_start_timer(akt_bench *b);
AKT_API void akt_bench_stop_timer(akt_bench *b);

/* One more column, "12.5 ms/shutdown". The last report of a unit wins; the unit "ns/op" replaces
 * the measured one, and 0 ns/op leaves the column out.
 * Limits: 16 units of less than 32 bytes, without white space; else the benchmark fails. */
AKT_API void akt_bench_report(akt_bench *b, double value, const char *unit);
/* Bytes that one operation handles: adds the column MB/s. */
AKT_API void akt_bench_set_bytes(akt_bench *b, uint64_t bytes);

/* Run a sub-benchmark under the name "parent/name"; returns when it is done. A benchmark that has
 * some is called once and not measured itself; what depends on akt_bench_workers belongs into the
 * sub-benchmark, which is run with each number of -cpu. */
AKT_API void akt_bench_run(akt_bench *b, const char *name, void (*run)(akt_bench *b, void *arg),
			   void *arg);

/* Report failure with a reason; the benchmark should return then. The run exits non-zero. */
AKT_API void akt_bench_fail(akt_bench *b, const char *fmt, ...) AKT_PRINTF(2, 3);
/* Leave out this benchmark, with a reason. */
AKT_API void akt_bench_skip(akt_bench *b, const char *fmt, ...) AKT_PRINTF(2, 3);

/* libc allocations (malloc and its kin) and mappings of the process since it started. Counts
 * everything that `akt bench` can see: the whole process. */
typedef struct akt_bench_memory {
	uint64_t allocations; /* calls */
	uint64_t bytes;       /* asked for */
	uint64_t mappings;    /* mmap calls of the runtime */
	uint64_t mapped_bytes;
	uint64_t heap_bytes; /* in use now: libc heap and the runtime's mappings */
	uint64_t rss_bytes;  /* resident now */
} akt_bench_memory;
AKT_API void akt_bench_memory_now(akt_bench_memory *ret_memory);

#ifdef __cplusplus
}
#endif
#endif
