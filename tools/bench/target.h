/* SPDX-License-Identifier: MIT */
/*
 * target: what a path on the command line means: the built-in benchmarks, a shared object that
 * defines akt_benchmarks, or a directory of such objects.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include "flags.h"
#include <akt/bench.h>

#define BENCH_BUILT_IN "akt/bench"

struct bench_target {
	char *package; /* "akt/bench", or the path of the object without .so */
	const akt_benchmark *table;
};

struct bench_targets {
	struct bench_target *list;
	size_t count;
};

/* No path is ./bench: the built-in set; so is a directory without a .so file. Objects stay loaded
 * until the process ends. Returns 0, or -1 with the reason in error. */
int bench_targets_load(struct bench_targets *ret_targets, char **paths, size_t path_count,
		       char error[BENCH_ERROR_MAX]);
void bench_targets_free(struct bench_targets *targets);

#endif
