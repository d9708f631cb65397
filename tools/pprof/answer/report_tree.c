/* SPDX-License-Identifier: MIT */
/* tree and peek: each node between its callers and its callees. */
#include "pprof/graph/graph.h"

#include <stdlib.h>

static const char separator[] =
	"----------------------------------------------------------+-------------\n";
static const char legend[] =
	"      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

static void add_edges(struct graph *graph, uint32_t node, bool is_in, struct buffer *out)
{
	const struct report *report = graph->report;
	int64_t cum = node_cum(&graph->nodes[node]);
	uint32_t *edges;
	size_t count = graph_edges_of(graph, node, is_in, &edges);

	for (size_t i = 0; i < count; i++) {
		const struct edge *edge = &graph->edges[edges[i]];

		buffer_pad(out, 50, report_value(report, edge->weight).text);
		buffer_printf(out, " %s |   ", measure_percentage(edge->weight, cum).text);
		buffer_text(out, node_printable(graph, is_in ? edge->src : edge->dst));
		buffer_text(out, edge->is_inline ? " (inline)\n" : "\n");
	}
	free(edges);
}

static void add_node(struct graph *graph, uint32_t at, int64_t sum, struct buffer *out)
{
	const struct report *report = graph->report;
	int64_t flat = node_flat(&graph->nodes[at]);
	int64_t cum = node_cum(&graph->nodes[at]);

	buffer_pad(out, 10, report_value(report, flat).text);
	buffer_printf(out, " %s", measure_percentage(flat, report->total).text);
	buffer_printf(out, " %s ", measure_percentage(sum, report->total).text);
	buffer_pad(out, 10, report_value(report, cum).text);
	buffer_printf(out, " %s                | %s\n", measure_percentage(cum, report->total).text,
		      node_printable(graph, at));
}

bool report_tree(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	bool matched = report->symbol == NULL;
	int64_t sum = 0;

	report_labels(report, &counts, false, out);
	buffer_text(out, separator);
	buffer_text(out, legend);
	for (size_t i = 0; i < graph->shown_count; i++) {
		uint32_t at = graph->shown[i];

		if (report->symbol != NULL &&
		    !regex_finds(report->symbol, node_printable(graph, at)))
			continue;
		matched = true;
		sum = number_add(sum, node_flat(&graph->nodes[at]));
		buffer_text(out, separator);
		add_edges(graph, at, true, out);
		add_node(graph, at, sum, out);
		add_edges(graph, at, false, out);
	}
	if (graph->shown_count > 0)
		buffer_text(out, separator);
	graph_destroy(graph);
	if (!matched)
		buffer_printf(error, "no matches found for regexp: %s",
			      regex_pattern(report->symbol));
	return matched;
}
