/* SPDX-License-Identifier: MIT */
/*
 * runner: runs a table of benchmarks. It holds struct akt_bench and so all of <akt/bench.h>.
 *
 * Each benchmark runs first with n = 1, which tells whether it fails, is skipped or only holds
 * sub-benchmarks; then with a growing n until the timed part lasts as long as asked. So for each
 * entry of -cpu, and each of those -count times.
 */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include "flags.h"
#include "match.h"
#include "output.h"
#include <akt/bench.h>

struct bench_plan {
	const struct bench_flags *flags; /* with at least one entry in cpus */
	const struct bench_match *match;
	struct bench_output *output;
};

struct bench_tally {
	bool failed;
	size_t matched; /* top-level names that matched, in full or in part */
	size_t ran;     /* benchmarks that were measured, failed or were skipped */
};

/* Run what matches of a table that ends with a NULL name. */
struct bench_tally bench_runner_run(const struct bench_plan *plan, const akt_benchmark *table);

/* Print the names that match. Returns how many. */
size_t bench_runner_list(const struct bench_plan *plan, const akt_benchmark *table);

#endif
