/* SPDX-License-Identifier: MIT */
/*
 * result: what one run of a benchmark measured, how many operations to do next, and the line that
 * benchstat reads. Pure functions; the numbers and their widths are those of Go's testing package.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_METRICS_MAX 16u
#define BENCH_UNIT_MAX 32u
#define BENCH_N_MAX UINT64_C(1000000000)
#define BENCH_LINE_MAX 2048u

struct bench_metric {
	char unit[BENCH_UNIT_MAX];
	double value;
};

struct bench_result {
	uint64_t n;
	int64_t duration_ns; /* of the timed part */
	int64_t cpu_ns;      /* processor time of the process meanwhile; 0: not measured */
	uint64_t bytes;      /* per operation, by akt_bench_set_bytes; 0: not set */
	uint64_t allocations;
	uint64_t allocated_bytes;
	struct bench_metric metrics[BENCH_METRICS_MAX]; /* in order of unit */
	size_t metric_count;
};

/* Set a metric, or replace the one of the same unit. Returns 0, or -1: no room, or a unit that is
 * empty, too long or holds white space. */
int bench_result_report(struct bench_result *result, double value, const char *unit);

/* Make the measured processor time a metric, cpu-ns/op, unless the benchmark has reported a time per
 * operation of its own. Returns as bench_result_report. */
int bench_result_report_cpu(struct bench_result *result);

/* How many operations will last goal_ns, given the run before: a fifth more than it takes, at most
 * 100 times as many as then, at least one more, at most BENCH_N_MAX. */
uint64_t bench_predict_n(int64_t goal_ns, uint64_t previous_n, int64_t previous_ns, uint64_t last);

/* "12.34 ms/shutdown", padded so that decimal points align. Returns the length. */
int bench_format_metric(char *text, size_t text_bytes, double value, const char *unit);

/* All that follows the name on a result line, without newline. */
void bench_result_print(const struct bench_result *result, bool with_memory,
			char text[BENCH_LINE_MAX]);

#endif
