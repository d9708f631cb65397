/* SPDX-License-Identifier: MIT */
/* dot: the call graph in the language of Graphviz. */
#include "pprof/graph/graph.h"
#include "pprof/picture/dot.h"
#include "pprof/ground/path.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Text inside quotes: quotes and backslashes escaped, new lines to the left. */
static void add_escaped(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buffer_text(out, "\\l");
		else if (*text == '"' || *text == '\\')
			buffer_printf(out, "\\%c", *text);
		else
			buffer_add(out, text, 1);
	}
}

static uint8_t channel(double value)
{
	return (uint8_t)(value * 255.0);
}

/* From green (-1) over grey (0) to red (1); a background is a light one. */
static void add_colour(struct buffer *out, double score, bool is_background)
{
	double saturation = is_background ? 0.1 : 1.0;
	double value = is_background ? 0.93 : 0.7;
	double red, green;

	/* Without a total there is no score; Go's min and max keep a NaN, which ends as black. */
	if (isnan(score)) {
		buffer_printf(out, "#%02x%02x%02x", channel(value), 0,
			      channel(value * (1 - saturation)));
		return;
	}
	score = score < -1 ? -1 : score > 1 ? 1 : score;
	if (fabs(score) < 0.2)
		saturation *= fabs(score) / 0.2;
	if (score > 0)
		score = pow(score, 1.0 - 0.7);
	if (score < 0)
		score = -pow(-score, 1.0 - 0.7);
	red = score < 0 ? value * (1 + saturation * score) : value;
	green = score < 0 ? value : value * (1 - saturation * score);
	buffer_printf(out, "#%02x%02x%02x", channel(red), channel(green),
		      channel(value * (1 - saturation)));
}

/* Each separator of scopes becomes a new line. */
static void add_split_name(struct buffer *out, const char *name)
{
	char *shortened = dot_short_name(name);
	struct buffer escaped = { 0 };

	add_escaped(&escaped, shortened);
	for (const char *at = buffer_string(&escaped); *at != '\0';) {
		if (strncmp(at, "::", 2) == 0) {
			buffer_text(out, "\\n");
			at += 2;
		} else if (strncmp(at, "[...]", 5) == 0) {
			buffer_text(out, "[…]");
			at += 5;
		} else if (*at == '.') {
			buffer_text(out, "\\n");
			at++;
		} else {
			buffer_add(out, at++, 1);
		}
	}
	buffer_fini(&escaped);
	free(shortened);
}

static void add_base(struct buffer *out, const char *path)
{
	char *base = path_base(path);

	buffer_text(out, base);
	free(base);
}

/* The name over several lines, each ended. */
static void add_node_name(struct graph *graph, const struct node *node, struct buffer *out)
{
	if (node->address != 0)
		buffer_printf(out, "%016" PRIx64 "\\n", node->address);
	if (node->name != 0) {
		add_split_name(out, graph_text(graph, node->name));
		buffer_text(out, "\\n");
	}
	if (node->line != 0) {
		if (node->file != 0)
			add_base(out, graph_text(graph, node->file));
		buffer_printf(out, ":%" PRId64, node->line);
		if (node->column != 0)
			buffer_printf(out, ":%" PRId64, node->column);
		buffer_text(out, "\\n");
	} else if (node->file != 0) {
		add_base(out, graph_text(graph, node->file));
		buffer_text(out, "\\n");
	} else if (node->name == 0 && node->object != 0) {
		buffer_text(out, "[");
		add_base(out, graph_text(graph, node->object));
		buffer_text(out, "]\\n");
	} else if (node->name == 0) {
		buffer_text(out, "<unknown>\\n");
	}
}

static struct measure_text bare_percentage(const struct report *report, int64_t value)
{
	struct measure_text text = measure_percentage(value, report->total);

	memmove(text.text, text.text + strspn(text.text, " "),
		strlen(text.text + strspn(text.text, " ")) + 1);
	return text;
}

static void add_values(const struct report *report, int64_t flat, int64_t cum, struct buffer *out)
{
	if (flat != 0)
		buffer_printf(out, "%s (%s)", report_value(report, flat).text,
			      bare_percentage(report, flat).text);
	else
		buffer_text(out, "0");
	if (cum != flat)
		buffer_printf(out, "%sof %s (%s)", flat != 0 ? "\\n" : " ",
			      report_value(report, cum).text, bare_percentage(report, cum).text);
}

/* 8 for nothing to 24 for the heaviest, fast at first. */
static int font_size(int64_t flat, double max_flat)
{
	double weight = (double)number_abs(flat);

	if (max_flat == 0 || flat == 0 || weight > max_flat)
		return 8;
	return 8 + (int)ceil(16.0 * sqrt(weight / max_flat));
}

static void add_node(struct graph *graph, uint32_t at, double max_flat, struct buffer *out)
{
	const struct report *report = graph->report;
	const struct node *node = &graph->nodes[at];
	int64_t flat = node_flat(node), cum = node_cum(node);
	double score = (double)cum / (double)number_abs(report->total);

	buffer_printf(out, "N%" PRIu32 " [label=\"", node->number);
	add_node_name(graph, node, out);
	add_values(report, flat, cum, out);
	buffer_printf(out, "\" id=\"node%" PRIu32 "\" fontsize=%d shape=box tooltip=\"",
		      node->number, font_size(flat, max_flat));
	add_escaped(out, node_printable(graph, at));
	buffer_printf(out, " (%s)\" color=\"", report_value(report, cum != flat ? cum : flat).text);
	add_colour(out, score, false);
	buffer_text(out, "\" fillcolor=\"");
	add_colour(out, score, true);
	buffer_text(out, "\"]\n");
}

static int64_t share(int64_t weight, int64_t parts, int64_t total)
{
	int64_t part = number_abs(number_divide(number_multiply(weight, parts), total));

	return 1 + (part < parts ? part : parts);
}

static void add_edge(struct graph *graph, const struct edge *edge, bool has_nodelets,
		     struct buffer *out)
{
	const struct report *report = graph->report;
	int64_t weight = number_mean(edge->weight, edge->weight_div);
	struct measure_text value = report_value(report, weight);
	struct buffer tip = { 0 };

	buffer_printf(out, "N%" PRIu32 " -> N%" PRIu32 " [label=\" %s%s\"",
		      graph->nodes[edge->src].number, graph->nodes[edge->dst].number, value.text,
		      edge->is_inline ? "\\n (inline)" : "");
	if (report->total != 0) {
		if (share(weight, 100, report->total) > 1)
			buffer_printf(out, " weight=%" PRId64, share(weight, 100, report->total));
		if (share(weight, 5, report->total) > 1)
			buffer_printf(out, " penwidth=%" PRId64, share(weight, 5, report->total));
		buffer_text(out, " color=\"");
		add_colour(out, (double)weight / (double)number_abs(report->total), false);
		buffer_text(out, "\"");
	}
	add_escaped(&tip, node_printable(graph, edge->src));
	buffer_text(&tip, edge->is_residual ? " ... " : " -> ");
	add_escaped(&tip, node_printable(graph, edge->dst));
	buffer_printf(&tip, " (%s)", value.text);
	buffer_printf(out, " tooltip=\"%s\" labeltooltip=\"%s\"", tip.at, tip.at);
	buffer_fini(&tip);
	if (edge->is_residual)
		buffer_text(out, " style=\"dotted\"");
	if (has_nodelets)
		buffer_text(out, " minlen=2");
	buffer_text(out, "]\n");
}

static void add_legend(const struct report *report, const struct report_counts *counts,
		       struct buffer *out)
{
	struct buffer labels = { 0 };
	char *first;

	report_labels(report, counts, true, &labels);
	labels.at[labels.size - 1] = '\0';
	first = strndup(labels.at, strcspn(labels.at, "\n"));
	if (first == NULL)
		out_of_memory();
	buffer_text(out, "subgraph cluster_L { \"");
	add_escaped(out, first);
	buffer_text(out, "\" [shape=box fontsize=16 label=\"");
	add_escaped(out, labels.at);
	buffer_text(out, "\\l\"");
	if (report->title[0] != '\0')
		buffer_printf(out, " tooltip=\"%s\"", report->title);
	buffer_text(out, "] }\n");
	free(first);
	buffer_fini(&labels);
}

static void add_graph(struct graph *graph, struct buffer *out)
{
	uint32_t *edges = take(graph->edge_count, sizeof(*edges));
	bool *has_nodelets = take_zeroed(graph->node_count, sizeof(*has_nodelets));
	size_t edge_count = 0;
	double max_flat = 0;

	for (size_t i = 0; i < graph->shown_count; i++) {
		struct node *node = &graph->nodes[graph->shown[i]];

		node->number = (uint32_t)i + 1;
		max_flat = fmax(max_flat, (double)number_abs(node_flat(node)));
	}
	for (size_t i = 0; i < graph->shown_count; i++) {
		uint32_t at = graph->shown[i];

		add_node(graph, at, max_flat, out);
		has_nodelets[at] = dot_add_nodelets(graph, at, out);
		for (uint32_t e = graph->nodes[at].first_out; e != GRAPH_NONE;
		     e = graph->edges[e].next_out)
			if (!graph->edges[e].is_dropped)
				edges[edge_count++] = e;
	}
	graph_sort_edges(graph, edges, edge_count);
	for (size_t i = 0; i < edge_count; i++)
		add_edge(graph, &graph->edges[edges[i]], has_nodelets[graph->edges[edges[i]].src],
			 out);
	free(edges);
	free(has_nodelets);
}

bool report_dot(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);

	(void)error;
	buffer_printf(out, "digraph \"%s\" {\nnode [style=filled fillcolor=\"#f8f8f8\"]\n",
		      report->title[0] != '\0' ? report->title : "unnamed");
	add_legend(report, &counts, out);
	add_graph(graph, out);
	buffer_text(out, "}\n");
	graph_destroy(graph);
	return true;
}
