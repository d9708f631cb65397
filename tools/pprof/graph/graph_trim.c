/* SPDX-License-Identifier: MIT */
/*
 * What of a graph is worth showing. The steps and their order decide what a reader sees and how
 * many nodes and edges are reported as dropped; they are pprof's.
 */
#include "pprof/graph/graph.h"

#include <stdlib.h>
#include <string.h>

/* Keep of the listed nodes those at and above the cutoff; returns how many go. */
static size_t drop_light_nodes(struct graph *graph, int64_t cutoff)
{
	size_t kept = 0;

	for (size_t i = 0; i < graph->shown_count; i++)
		kept += number_abs(graph->nodes[graph->shown[i]].cum) >= cutoff;
	if (kept == graph->shown_count)
		return 0;
	for (uint32_t i = 0; i < graph->node_count; i++)
		graph->nodes[i].is_kept = false;
	for (size_t i = 0; i < graph->shown_count; i++) {
		struct node *node = &graph->nodes[graph->shown[i]];

		node->is_kept = number_abs(node->cum) >= cutoff;
	}
	return graph->shown_count - kept;
}

static size_t drop_light_edges(struct graph *graph, int64_t cutoff)
{
	size_t dropped = 0;

	for (size_t i = 0; i < graph->shown_count; i++)
		for (uint32_t at = graph->nodes[graph->shown[i]].first_in; at != GRAPH_NONE;
		     at = graph->edges[at].next_in) {
			struct edge *edge = &graph->edges[at];

			if (edge->is_dropped || number_abs(edge->weight) >= cutoff)
				continue;
			edge->is_dropped = true;
			dropped++;
		}
	return dropped;
}

/* How many of the listed nodes fit; in a drawing labels take the place of nodes. */
static size_t fitting_nodes(const struct graph *graph, size_t wanted, bool is_visual)
{
	size_t used = 0;

	for (size_t i = 0; is_visual && i < graph->shown_count; i++) {
		uint32_t tags = graph_tags_of(graph, graph->shown[i]);

		used += (tags < GRAPH_NODELETS_MAX ? tags : GRAPH_NODELETS_MAX) + 1;
		if (used >= wanted) {
			wanted = i + 1;
			break;
		}
	}
	return wanted < graph->shown_count ? wanted : graph->shown_count;
}

static void keep_first(struct graph *graph, size_t count)
{
	for (uint32_t i = 0; i < graph->node_count; i++)
		graph->nodes[i].is_kept = false;
	for (size_t i = 0; i < count; i++)
		graph->nodes[graph->shown[i]].is_kept = true;
}

/* Whether the source of an edge reaches its end also without it. */
static bool is_redundant(const struct graph *graph, uint32_t edge, uint32_t *queue, uint32_t *seen,
			 uint32_t stamp)
{
	uint32_t src = graph->edges[edge].src;
	size_t head = 0, tail = 0;

	queue[tail++] = graph->edges[edge].dst;
	seen[graph->edges[edge].dst] = stamp;
	while (head < tail) {
		uint32_t node = queue[head++];

		for (uint32_t at = graph->nodes[node].first_in; at != GRAPH_NONE;
		     at = graph->edges[at].next_in) {
			uint32_t from = graph->edges[at].src;

			if (graph->edges[at].is_dropped || at == edge || seen[from] == stamp)
				continue;
			if (from == src)
				return true;
			seen[from] = stamp;
			queue[tail++] = from;
		}
	}
	return false;
}

static void drop_redundant_edges(struct graph *graph)
{
	uint32_t *queue = take(graph->node_count, sizeof(*queue));
	uint32_t *seen = take_zeroed(graph->node_count, sizeof(*seen));
	uint32_t stamp = 0;

	for (size_t i = graph->shown_count; i-- > 0;) {
		uint32_t *edges;
		size_t count = graph_edges_of(graph, graph->shown[i], true, &edges);

		/* A residual edge heavier than a plain one stays, to avoid confusion. */
		while (count-- > 0 && graph->edges[edges[count]].is_residual)
			if (is_redundant(graph, edges[count], queue, seen, ++stamp))
				graph->edges[edges[count]].is_dropped = true;
		free(edges);
	}
	free(queue);
	free(seen);
}

static void choose_unit(struct graph *graph)
{
	int64_t smallest = 0;

	for (size_t i = 0; i < graph->shown_count; i++) {
		const struct node *node = &graph->nodes[graph->shown[i]];
		int64_t value = number_abs(node_flat(node));

		if (value == 0)
			value = number_abs(node_cum(node));
		if (value > 0 && (smallest == 0 || value < smallest))
			smallest = value;
	}
	if (graph->shown_count > 0)
		report_choose_unit(graph->report, smallest, graph->report->total);
}

/* A table: weights of nodes do not depend on which others are shown, so edges are counted once, at
 * the end. */
static void select_for_table(struct graph *graph, int64_t edge_cutoff)
{
	const struct report *report = graph->report;
	uint32_t *order = take(graph->shown_count, sizeof(*order));
	size_t count = 0;

	for (size_t i = 0; i < graph->shown_count; i++)
		if (graph->nodes[graph->shown[i]].is_kept)
			graph->shown[count++] = graph->shown[i];
	graph->shown_count = count;
	graph_sort(graph, strcmp(report->options->sort, "cum") == 0, false);
	if (report->nodecount > 0)
		count = fitting_nodes(graph, (size_t)report->nodecount, false);
	/* Where nothing goes, those that are zero keep their edges. */
	if (count < graph->shown_count)
		keep_first(graph, count);
	memcpy(order, graph->shown, count * sizeof(*order));
	graph_count(graph, true, false);
	memcpy(graph->shown, order, count * sizeof(*order));
	graph->shown_count = count;
	free(order);
	drop_light_edges(graph, edge_cutoff);
}

/* A drawing: returns how many light edges went with the last step, the number that is reported. */
static size_t select_for_drawing(struct graph *graph, int64_t node_cutoff, int64_t edge_cutoff)
{
	const struct report *report = graph->report;
	size_t dropped, fitting;

	graph_sort(graph, false, true);
	if (report->nodecount > 0) {
		graph_tags_trim(graph, node_cutoff);
		drop_light_edges(graph, edge_cutoff);
		fitting = fitting_nodes(graph, (size_t)report->nodecount, true);
		if (fitting != graph->shown_count) {
			keep_first(graph, fitting);
			if (graph->tree != NULL)
				graph_tree_trim(graph);
			else
				graph_count(graph, true, true);
			graph_sort(graph, false, true);
		}
	}
	graph_tags_trim(graph, node_cutoff);
	dropped = drop_light_edges(graph, edge_cutoff);
	drop_redundant_edges(graph);
	return dropped;
}

static int64_t sum_of_flat(const struct graph *graph, bool is_mean)
{
	int64_t sum = 0;

	for (size_t i = 0; i < graph->shown_count; i++) {
		const struct node *node = &graph->nodes[graph->shown[i]];

		sum = number_add(sum, is_mean ? node_flat(node) : node->flat);
	}
	return sum;
}

struct graph *graph_trimmed(struct report *report, struct report_counts *ret_counts)
{
	bool is_visual = report->format == FORMAT_DOT;
	struct graph *graph = graph_create(report);
	double total;
	int64_t node_cutoff, edge_cutoff;

	*ret_counts = (struct report_counts){ 0 };
	graph_count(graph, graph->tree != NULL, graph->tree != NULL && is_visual);
	total = (double)sum_of_flat(graph, false);
	node_cutoff = number_abs(number_from(total * report->nodefraction));
	edge_cutoff = number_abs(number_from(total * report->edgefraction));
	if (node_cutoff > 0)
		ret_counts->dropped_nodes = drop_light_nodes(graph, node_cutoff);
	ret_counts->original_nodes = graph->shown_count - ret_counts->dropped_nodes;
	if (graph->tree != NULL && !is_visual) {
		graph_sort(graph, strcmp(report->options->sort, "cum") == 0, false);
	} else if (is_visual) {
		if (graph->tree == NULL)
			graph_count(graph, true, true);
		else if (ret_counts->dropped_nodes > 0)
			graph_tree_trim(graph);
		ret_counts->dropped_edges = select_for_drawing(graph, node_cutoff, edge_cutoff);
	} else {
		select_for_table(graph, edge_cutoff);
	}
	choose_unit(graph);
	ret_counts->shown_nodes = graph->shown_count;
	ret_counts->shown_total = sum_of_flat(graph, true);
	return graph;
}
