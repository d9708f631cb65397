/* SPDX-License-Identifier: MIT */
/*
 * common: what the benchmarks here share: a system with the workers asked for, a gate that a
 * handler opens for the thread outside, and checks that fail loudly.
 *
 * Each file asks one question, which is its first line, and checks its own result: a benchmark that
 * loses a message is a failure, not a fast run.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <akt/akt.h>
#include <akt/bench.h>
#include <pthread.h>
#include <stdatomic.h>

/* How long a step may take, and a run per op on top, before it counts as hung. */
#define BENCH_PATIENCE_NS AKT_MINUTES(1)
#define BENCH_PATIENCE_OP_NS AKT_US(50)

/* Monotonic nanoseconds. */
int64_t bench_now(void);

/* Whether r is a success; if not, the benchmark has failed because of what. */
bool bench_ok(akt_bench *b, int r, const char *what);

/* Whether got is wanted; if not, the benchmark has failed: "handled 17, want 18". */
bool bench_equal(akt_bench *b, uint64_t got, uint64_t wanted, const char *what);

/* A system of akt_bench_workers(b) workers; with further options. NULL: the benchmark has failed. */
akt_system *bench_start(akt_bench *b);
akt_system *bench_start_with(akt_bench *b, const akt_options *options);

/* Stop and free it; the benchmark fails when that does. NULL is welcome. */
bool bench_stop(akt_bench *b, akt_system *sys);

/* A door that is opened once, by a handler, for one thread outside. */
struct bench_gate {
	pthread_mutex_t mutex;
	pthread_cond_t opened;
	bool is_open;
};

void bench_gate_init(struct bench_gate *gate);
void bench_gate_fini(struct bench_gate *gate);
void bench_gate_open(struct bench_gate *gate);
/* False when patience is at its end: the benchmark has failed. */
bool bench_gate_wait(akt_bench *b, struct bench_gate *gate);

/* GoAkt's "messages/sec", an op being a message, since begin_ns of bench_now. */
void bench_report_rate(akt_bench *b, int64_t begin_ns);

/* The smallest value that at least percent of values do not exceed; they are sorted in place; 0 of none. */
double bench_percentile(double *values, size_t count, unsigned percent);

/* The median of values, which are sorted in place; 0 of none. */
double bench_median(double *values, size_t count);

#endif
