/* SPDX-License-Identifier: MIT */
#include "pprof/answer/functions.h"

#include <stdlib.h>

static const int64_t *values_of(const struct profile *p, uint32_t sample)
{
	return &p->values[(uint64_t)sample * p->type_count];
}

/* The innermost node of a sample, or GRAPH_NONE. */
static uint32_t leaf_of(const struct graph *graph, const struct profile_sample *sample)
{
	const uint32_t *refs = &graph->report->profile->refs[sample->ref_first];

	return sample->ref_count > 0 ? graph->places[graph->place[refs[0]]] : GRAPH_NONE;
}

struct function_tallies *functions_count(const struct comparison *c, const struct graph *graph)
{
	const struct profile *p = c->report->profile;
	struct function_tallies *tallies = take_zeroed(graph->node_count, sizeof(*tallies));
	uint32_t *seen = take_zeroed(graph->node_count, sizeof(*seen));

	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[i];
		enum side_of side = compare_side(c->report, i);
		uint32_t leaf = leaf_of(graph, sample);

		for (uint32_t j = 0; j < sample->ref_count; j++) {
			uint32_t ref = p->refs[sample->ref_first + j];

			for (uint32_t at = graph->place[ref]; at < graph->place[ref + 1]; at++) {
				uint32_t node = graph->places[at];

				if (seen[node] == i + 1)
					continue;
				seen[node] = i + 1;
				tally_add(&tallies[node].cum[side], &c->counting[side],
					  values_of(p, i));
			}
		}
		if (leaf != GRAPH_NONE)
			tally_add(&tallies[leaf].flat[side], &c->counting[side], values_of(p, i));
	}
	free(seen);
	return tallies;
}

static bool passes(const struct graph *graph, const struct profile_sample *sample,
		   const bool *matches)
{
	const uint32_t *refs = &graph->report->profile->refs[sample->ref_first];

	for (uint32_t j = 0; j < sample->ref_count; j++)
		for (uint32_t at = graph->place[refs[j]]; at < graph->place[refs[j] + 1]; at++)
			if (matches[graph->places[at]])
				return true;
	return false;
}

void functions_count_matching(const struct comparison *c, const struct graph *graph,
			      const bool *matches, bool is_flat, struct tally ret_tally[SIDES])
{
	const struct profile *p = c->report->profile;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		enum side_of side = compare_side(c->report, i);
		uint32_t leaf = leaf_of(graph, &p->samples[i]);

		if (is_flat ? leaf != GRAPH_NONE && matches[leaf]
			    : passes(graph, &p->samples[i], matches))
			tally_add(&ret_tally[side], &c->counting[side], values_of(p, i));
	}
}

void functions_count_all(const struct comparison *c, struct tally ret_tally[SIDES])
{
	const struct profile *p = c->report->profile;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		enum side_of side = compare_side(c->report, i);

		tally_add(&ret_tally[side], &c->counting[side], values_of(p, i));
	}
}
