/* SPDX-License-Identifier: MIT */
/* list: the source of the functions that match, each line with what it cost. */
#include "pprof/graph/graph.h"
#include "pprof/answer/source_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 5 /* lines before the first and after the last sample */

static int by_name_and_file(const void *a, const void *b, void *arg)
{
	struct graph *graph = arg;
	const struct node *x = &graph->nodes[*(const uint32_t *)a];
	const struct node *y = &graph->nodes[*(const uint32_t *)b];
	int order = strcmp(graph_text(graph, x->name), graph_text(graph, y->name));

	if (order == 0)
		order = strcmp(graph_text(graph, x->file), graph_text(graph, y->file));
	if (order == 0 && x->start_line != y->start_line)
		order = x->start_line < y->start_line ? -1 : 1;
	if (order == 0 && x->line != y->line)
		order = x->line < y->line ? -1 : 1;
	return order;
}

struct line_range {
	int64_t first, last;
};

/* From where the function begins, if that is known, to a little behind its last sample. */
static struct line_range range_of(const struct graph *graph, const uint32_t *nodes, size_t count)
{
	const struct node *node = &graph->nodes[nodes[0]];
	struct line_range range = { node->start_line != 0 ? node->start_line
							  : number_add(node->line, -MARGIN),
				    number_add(node->line, MARGIN) };

	for (size_t i = 0; i < count; i++) {
		int64_t first, last;

		node = &graph->nodes[nodes[i]];
		first = node->start_line != 0 ? node->start_line : number_add(node->line, -MARGIN);
		last = number_add(node->line, MARGIN);
		if (first < range.first)
			range.first = first;
		if (last > range.last)
			range.last = last;
	}
	if (range.first < 1)
		range.first = 1;
	return range;
}

static void add_lines(const struct graph *graph, const uint32_t *nodes, size_t count,
		      const struct source_text *source, struct buffer *out)
{
	const struct report *report = graph->report;
	struct line_range range = range_of(graph, nodes, count);
	int64_t last =
		range.last < (int64_t)source->line_count ? range.last : (int64_t)source->line_count;
	size_t lines = last >= range.first ? (size_t)(last - range.first + 1) : 0;
	int64_t *flat = take_zeroed(lines, sizeof(*flat));
	int64_t *cum = take_zeroed(lines, sizeof(*cum));

	for (size_t i = 0; i < count; i++) {
		const struct node *node = &graph->nodes[nodes[i]];
		size_t at;

		if (node->line < range.first || node->line > last)
			continue;
		at = (size_t)(node->line - range.first);
		flat[at] = number_add(flat[at], node->flat);
		cum[at] = number_add(cum[at], node->cum);
	}
	for (size_t i = 0; i < lines; i++) {
		buffer_pad(out, 10, report_value_or_dot(report, flat[i]).text);
		buffer_text(out, " ");
		buffer_pad(out, 10, report_value_or_dot(report, cum[i]).text);
		buffer_printf(out, " %6" PRId64 ":", range.first + (int64_t)i);
		buffer_printf(out, "%s\n", source->lines[range.first - 1 + (int64_t)i]);
	}
	free(flat);
	free(cum);
}

/* The part of one function that lies in one file. */
static void add_routine(struct graph *graph, const uint32_t *nodes, size_t count,
			struct buffer *out)
{
	const struct report *report = graph->report;
	const struct node *node = &graph->nodes[nodes[0]];
	const char *file = graph_text(graph, node->file);
	struct source_text source;
	struct buffer problem = { 0 };
	int64_t flat = 0, cum = 0;

	for (size_t i = 0; i < count; i++) {
		flat = number_add(flat, graph->nodes[nodes[i]].flat);
		cum = number_add(cum, graph->nodes[nodes[i]].cum);
	}
	buffer_printf(out, "ROUTINE ======================== %s in %s\n",
		      graph_text(graph, node->name), file);
	buffer_pad(out, 10, report_value(report, flat).text);
	buffer_text(out, " ");
	buffer_pad(out, 10, report_value(report, cum).text);
	buffer_printf(out, " (flat, cum) %s of Total\n",
		      measure_percentage(cum, report->total).text);
	if (source_text_open(&source, file, report->options, &problem)) {
		add_lines(graph, nodes, count, &source, out);
		source_text_close(&source);
	} else {
		buffer_printf(out, " Error: %s\n", buffer_string(&problem));
	}
	buffer_fini(&problem);
}

/* All files of one function; nodes without a file come first and count only if there are none. */
static void add_function(struct graph *graph, const uint32_t *nodes, size_t count,
			 struct buffer *out)
{
	size_t first = 0;

	while (first < count && graph->nodes[nodes[first]].file == 0)
		first++;
	if (first == count)
		buffer_printf(out, "No source information for %s\n",
			      graph_text(graph, graph->nodes[nodes[0]].name));
	for (size_t end; first < count; first = end) {
		uint32_t file = graph->nodes[nodes[first]].file;

		for (end = first + 1; end < count && graph->nodes[nodes[end]].file == file;)
			end++;
		add_routine(graph, &nodes[first], end - first, out);
	}
}

bool report_list(struct report *report, struct buffer *out, struct buffer *error)
{
	struct graph *graph = graph_create(report);
	size_t count = 0;

	graph_count(graph, false, false);
	for (size_t i = 0; i < graph->shown_count; i++)
		if (regex_finds(report->symbol,
				graph_text(graph, graph->nodes[graph->shown[i]].name)))
			graph->shown[count++] = graph->shown[i];
	if (count == 0) {
		buffer_printf(error, "no matches found for regexp: %s",
			      regex_pattern(report->symbol));
		graph_destroy(graph);
		return false;
	}
	qsort_r(graph->shown, count, sizeof(*graph->shown), by_name_and_file, graph);
	buffer_printf(out, "Total: %s\n", report_value(report, report->total).text);
	for (size_t first = 0, end; first < count; first = end) {
		uint32_t name = graph->nodes[graph->shown[first]].name;

		for (end = first + 1; end < count && graph->nodes[graph->shown[end]].name == name;)
			end++;
		add_function(graph, &graph->shown[first], end - first, out);
	}
	graph_destroy(graph);
	return true;
}
