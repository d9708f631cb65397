/* SPDX-License-Identifier: MIT */
/* Orders of nodes and edges: heavier first, then by name, so that no two runs differ. */
#include "pprof/graph/graph.h"
#include "pprof/ground/path.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *node_printable(struct graph *graph, uint32_t at)
{
	struct node *node = &graph->nodes[at];
	struct buffer name = { 0 };

	if (node->printable != NULL)
		return node->printable;
	if (node->address != 0)
		buffer_printf(&name, "%016" PRIx64 " ", node->address);
	if (node->name != 0)
		buffer_printf(&name, "%s ", graph_text(graph, node->name));
	if (node->line != 0) {
		buffer_printf(&name, "%s:%" PRId64, graph_text(graph, node->file), node->line);
		if (node->column != 0)
			buffer_printf(&name, ":%" PRId64, node->column);
		buffer_text(&name, " ");
	} else if (node->file != 0) {
		buffer_printf(&name, "%s ", graph_text(graph, node->file));
	} else if (node->name == 0 && node->object != 0) {
		char *base = path_base(graph_text(graph, node->object));

		buffer_printf(&name, "[%s] ", base);
		free(base);
	} else if (node->name == 0) {
		buffer_text(&name, "<unknown> ");
	}
	name.at[name.size - 1] = '\0'; /* the last blank */
	node->printable = name.at;
	return node->printable;
}

/* All that a node is, in the order of its fields: the last word when names are equal. */
static char *node_whole(struct graph *graph, const struct node *node)
{
	return take_printf("{%s  %" PRIu64 " %s %" PRId64 " %" PRId64 " %" PRId64 " %s}",
			   graph_text(graph, node->name), node->address,
			   graph_text(graph, node->file), node->start_line, node->line,
			   node->column, graph_text(graph, node->object));
}

static int by_whole(struct graph *graph, uint32_t a, uint32_t b)
{
	char *x = node_whole(graph, &graph->nodes[a]);
	char *y = node_whole(graph, &graph->nodes[b]);
	int order = strcmp(x, y);

	free(x);
	free(y);
	return order;
}

static int by_printable(struct graph *graph, uint32_t a, uint32_t b)
{
	const struct node *x = &graph->nodes[a];
	const struct node *y = &graph->nodes[b];

	if (x->address != 0 && y->address != 0 && x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(node_printable(graph, a), node_printable(graph, b));
}

/* Larger magnitude first. */
static int heavier(int64_t a, int64_t b)
{
	a = number_abs(a);
	b = number_abs(b);
	return a == b ? 0 : a > b ? -1 : 1;
}

static int by_flat(const void *a, const void *b, void *arg)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	struct graph *graph = arg;
	int order = heavier(graph->nodes[x].flat, graph->nodes[y].flat);

	if (order == 0)
		order = by_printable(graph, x, y);
	if (order == 0)
		order = heavier(graph->nodes[x].cum, graph->nodes[y].cum);
	return order != 0 ? order : by_whole(graph, x, y);
}

static int by_score(const void *a, const void *b, void *arg)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	struct graph *graph = arg;
	int order = heavier(graph->nodes[x].score, graph->nodes[y].score);

	if (order == 0)
		order = by_printable(graph, x, y);
	if (order == 0)
		order = heavier(graph->nodes[x].flat, graph->nodes[y].flat);
	return order != 0 ? order : by_whole(graph, x, y);
}

static double edge_entropy(const struct graph *graph, uint32_t first, bool is_in, int64_t self)
{
	int64_t total = self;
	double score = 0;

	for (uint32_t at = first; at != GRAPH_NONE;
	     at = is_in ? graph->edges[at].next_in : graph->edges[at].next_out)
		if (!graph->edges[at].is_dropped && graph->edges[at].weight > 0)
			total = number_add(total, graph->edges[at].weight);
	if (total == 0)
		return 0;
	for (uint32_t at = first; at != GRAPH_NONE;
	     at = is_in ? graph->edges[at].next_in : graph->edges[at].next_out) {
		double share = (double)number_abs(graph->edges[at].weight) / (double)total;

		if (!graph->edges[at].is_dropped)
			score += -share * log2(share);
	}
	if (self > 0) {
		double share = (double)self / (double)total;

		score += -share * log2(share);
	}
	return score;
}

static bool has_edges(const struct graph *graph, uint32_t at, bool is_in)
{
	while (at != GRAPH_NONE && graph->edges[at].is_dropped)
		at = is_in ? graph->edges[at].next_in : graph->edges[at].next_out;
	return at != GRAPH_NONE;
}

/* High for a node where calls part or meet, low for one that only passes them on. */
static int64_t entropy(const struct graph *graph, const struct node *node)
{
	double score = 0;

	if (!has_edges(graph, node->first_in, true))
		score += 1;
	else
		score += edge_entropy(graph, node->first_in, true, 0);
	if (!has_edges(graph, node->first_out, false))
		score += 1;
	else
		score += edge_entropy(graph, node->first_out, false, node->flat);
	return number_add(number_from(score * (double)node->cum), node->flat);
}

void graph_sort(struct graph *graph, bool by_cum, bool is_visual)
{
	for (size_t i = 0; i < graph->shown_count; i++) {
		struct node *node = &graph->nodes[graph->shown[i]];

		node->score = is_visual ? entropy(graph, node) : node->cum;
	}
	qsort_r(graph->shown, graph->shown_count, sizeof(*graph->shown),
		by_cum || is_visual ? by_score : by_flat, graph);
}

static int by_weight(const void *a, const void *b, void *arg)
{
	struct graph *graph = arg;
	const struct edge *x = &graph->edges[*(const uint32_t *)a];
	const struct edge *y = &graph->edges[*(const uint32_t *)b];
	int order = heavier(x->weight, y->weight);

	if (order == 0)
		order = strcmp(node_printable(graph, x->src), node_printable(graph, y->src));
	if (order == 0)
		order = strcmp(node_printable(graph, x->dst), node_printable(graph, y->dst));
	return order;
}

void graph_sort_edges(struct graph *graph, uint32_t *edges, size_t count)
{
	qsort_r(edges, count, sizeof(*edges), by_weight, graph);
}

size_t graph_edges_of(struct graph *graph, uint32_t node, bool is_in, uint32_t **ret_edges)
{
	uint32_t first = is_in ? graph->nodes[node].first_in : graph->nodes[node].first_out;
	uint32_t *edges;
	size_t count = 0;

	for (uint32_t at = first; at != GRAPH_NONE;
	     at = is_in ? graph->edges[at].next_in : graph->edges[at].next_out)
		count += !graph->edges[at].is_dropped;
	edges = take(count, sizeof(*edges));
	count = 0;
	for (uint32_t at = first; at != GRAPH_NONE;
	     at = is_in ? graph->edges[at].next_in : graph->edges[at].next_out)
		if (!graph->edges[at].is_dropped)
			edges[count++] = at;
	graph_sort_edges(graph, edges, count);
	*ret_edges = edges;
	return count;
}
