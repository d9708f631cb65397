/* SPDX-License-Identifier: MIT */
/*
 * functions: flat and cum of every node of a graph, of both sides of a pair, with the observations
 * behind them. Without edges: what is compared is a table.
 */
#ifndef PPROF_FUNCTIONS_H
#define PPROF_FUNCTIONS_H

#include "pprof/answer/compare.h"
#include "pprof/graph/graph.h"

struct function_tallies {
	struct tally flat[SIDES];
	struct tally cum[SIDES];
};

/* One per node of the graph; the caller's. */
struct function_tallies *functions_count(const struct comparison *comparison,
					 const struct graph *graph);

/* All samples that have a matching node at their leaf (flat) or anywhere (cum), each once. */
void functions_count_matching(const struct comparison *comparison, const struct graph *graph,
			      const bool *matches, bool is_flat, struct tally ret_tally[SIDES]);

/* All samples. */
void functions_count_all(const struct comparison *comparison, struct tally ret_tally[SIDES]);

#endif
