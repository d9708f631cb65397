/* SPDX-License-Identifier: MIT */
/* top and text: the flat table. */
#include "pprof/graph/graph.h"

#include <stdlib.h>

/* " (inline)" when all callers inline the function, " (partial-inline)" when some do. */
static const char *inline_mark(const struct graph *graph, uint32_t node)
{
	bool inlined = false, called = false;

	for (uint32_t at = graph->nodes[node].first_in; at != GRAPH_NONE;
	     at = graph->edges[at].next_in) {
		if (graph->edges[at].is_dropped)
			continue;
		inlined = inlined || graph->edges[at].is_inline;
		called = called || !graph->edges[at].is_inline;
	}
	if (!inlined)
		return "";
	return called ? " (partial-inline)" : " (inline)";
}

bool report_top(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	int64_t sum = 0;

	(void)error;
	report_labels(report, &counts, false, out);
	buffer_printf(out, "%10s %5s%% %5s%% %10s %5s%%\n", "flat", "flat", "sum", "cum", "cum");
	for (size_t i = 0; i < graph->shown_count; i++) {
		uint32_t at = graph->shown[i];
		int64_t flat = node_flat(&graph->nodes[at]);
		int64_t cum = node_cum(&graph->nodes[at]);

		sum = number_add(sum, flat);
		buffer_pad(out, 10, report_value(report, flat).text);
		buffer_printf(out, " %s", measure_percentage(flat, report->total).text);
		buffer_printf(out, " %s ", measure_percentage(sum, report->total).text);
		buffer_pad(out, 10, report_value(report, cum).text);
		buffer_printf(out, " %s  ", measure_percentage(cum, report->total).text);
		buffer_text(out, node_printable(graph, at));
		buffer_printf(out, "%s\n", inline_mark(graph, at));
	}
	graph_destroy(graph);
	return true;
}
