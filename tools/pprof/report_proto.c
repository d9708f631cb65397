/* SPDX-License-Identifier: MIT */
/* proto, topproto: a profile again; callgrind: for KCachegrind. */
#include "pprof/graph.h"
#include "profile/encode.h"

#include <akt/error.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int into_buffer(void *arg, const void *bytes, size_t size)
{
	buffer_add(arg, bytes, size);
	return 0;
}

static bool encode(const struct profile *profile, struct buffer *out, struct buffer *error)
{
	int r = akti_profile_encode(profile, into_buffer, out);

	if (r < 0)
		buffer_text(error, akt_strerror(r));
	return r == 0;
}

bool report_proto(struct report *report, struct buffer *out, struct buffer *error)
{
	struct profile *p = report->profile;

	if (report->ratio > 0 && report->ratio != 1)
		for (uint64_t i = 0; i < p->value_count; i++)
			p->values[i] = number_from((double)p->values[i] * report->ratio);
	return encode(p, out, error);
}

static void add_top_sample(struct graph *graph, struct profile *top, const struct node *node)
{
	const struct report *report = graph->report;
	struct profile_function f = {
		.name = akti_profile_text(top, graph_text(graph, node->name)),
		.file = akti_profile_text(top, graph_text(graph, node->file)),
		.start_line = node->start_line,
	};
	struct profile_location l = { .address = node->address, .mapping = PROFILE_NONE,
				      .line_count = 1 };
	const char *unit;
	int64_t values[2];
	uint32_t location;

	l.line_first = akti_profile_add_line(
		top, (struct profile_line){ .line = node->line, .column = node->column,
					    .function = akti_profile_add_function(top, f) });
	location = akti_profile_add_location(top, l);
	values[0] = number_from(
		measure_scale(node_cum(node), report->unit, report->output_unit, &unit));
	values[1] = number_from(
		measure_scale(node_flat(node), report->unit, report->output_unit, &unit));
	akti_profile_append_sample(top, &location, 1, values, 0);
}

bool report_topproto(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	const struct profile *p = report->profile;
	struct profile *top = NULL;
	bool ok;

	if (akti_profile_init_empty(&top) < 0)
		out_of_memory();
	akti_profile_add_type(top, "cum", report->output_unit);
	akti_profile_add_type(top, "flat", report->output_unit);
	akti_profile_set_time(top, p->time_ns, p->duration_ns);
	akti_profile_set_period(top, akti_profile_bytes(p, p->period_type.type),
				akti_profile_bytes(p, p->period_type.unit), p->period);
	for (size_t i = 0; i < graph->shown_count; i++)
		add_top_sample(graph, top, &graph->nodes[graph->shown[i]]);
	ok = encode(top, out, error);
	akti_profile_destroy(top);
	graph_destroy(graph);
	return ok;
}

/* callgrind: a name is "(number) name" where it is first used, "(number)" afterwards. */
struct name_numbers {
	uint32_t *of; /* text -> number */
	uint32_t used;
};

static void add_name(struct graph *graph, const char *kind, struct name_numbers *numbers,
		     uint32_t text, struct buffer *out)
{
	buffer_printf(out, "%s=", kind);
	if (text == 0) {
		buffer_text(out, "\n");
	} else if (numbers->of[text] != 0) {
		buffer_printf(out, "(%" PRIu32 ")\n", numbers->of[text]);
	} else {
		numbers->of[text] = ++numbers->used;
		buffer_printf(out, "(%" PRIu32 ") %s\n", numbers->used, graph_text(graph, text));
	}
}

/* Relative to the node before where that is shorter. */
static void add_address(const struct node *before, uint64_t address, struct buffer *out)
{
	char whole[32], relative[32];
	int n = snprintf(whole, sizeof(whole), "0x%" PRIx64, address);

	if (before != NULL && before->address == address) {
		buffer_text(out, "*");
		return;
	}
	if (before != NULL &&
	    snprintf(relative, sizeof(relative), "%+" PRId64,
		     (int64_t)(address - before->address)) < n)
		buffer_text(out, relative);
	else
		buffer_text(out, whole);
}

struct callgrind {
	struct graph *graph;
	struct name_numbers objects, files, names;
	const struct node *before;
};

static void add_calls(struct callgrind *c, uint32_t at, struct buffer *out)
{
	const struct report *report = c->graph->report;
	const char *unit;
	uint32_t *edges;
	size_t count = graph_edges_of(c->graph, at, false, &edges);

	for (size_t i = 0; i < count; i++) {
		const struct edge *edge = &c->graph->edges[edges[i]];
		const struct node *callee = &c->graph->nodes[edge->dst];

		add_name(c->graph, "cfl", &c->files, callee->file, out);
		add_name(c->graph, "cfn", &c->names, callee->name, out);
		buffer_text(out, "calls=0 ");
		add_address(c->before, callee->address, out);
		buffer_printf(out, " %" PRId64 "\n* * %" PRId64 "\n", callee->line,
			      number_from(measure_scale(edge->weight, report->unit,
							report->output_unit, &unit)));
	}
	free(edges);
}

static void add_cost(struct callgrind *c, uint32_t at, struct buffer *out)
{
	const struct report *report = c->graph->report;
	const struct node *node = &c->graph->nodes[at];
	const char *unit;

	if (c->before == NULL || node->object != c->before->object ||
	    node->file != c->before->file || node->name != c->before->name) {
		buffer_text(out, "\n");
		add_name(c->graph, "ob", &c->objects, node->object, out);
		add_name(c->graph, "fl", &c->files, node->file, out);
		add_name(c->graph, "fn", &c->names, node->name, out);
	}
	add_address(c->before, node->address, out);
	buffer_printf(out, " %" PRId64 " %" PRId64 "\n", node->line,
		      number_from(measure_scale(node_flat(node), report->unit,
						report->output_unit, &unit)));
	add_calls(c, at, out);
	c->before = node;
}

bool report_callgrind(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	uint32_t text_count = report->profile->strings->count;
	struct callgrind c = { .graph = graph };

	(void)error;
	c.objects.of = take_zeroed(text_count, sizeof(uint32_t));
	c.files.of = take_zeroed(text_count, sizeof(uint32_t));
	c.names.of = take_zeroed(text_count, sizeof(uint32_t));
	buffer_printf(out, "positions: instr line\nevents: %s(%s)\n", report->type,
		      report->output_unit);
	for (size_t i = 0; i < graph->shown_count; i++)
		add_cost(&c, graph->shown[i], out);
	free(c.objects.of);
	free(c.files.of);
	free(c.names.of);
	graph_destroy(graph);
	return true;
}
