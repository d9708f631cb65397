/* SPDX-License-Identifier: MIT */
/* proto, topproto: a profile again. */
#include "pprof/graph/graph.h"
#include "profile/encode.h"

#include <akt/error.h>

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
	struct profile_location l = { .address = node->address,
				      .mapping = PROFILE_NONE,
				      .line_count = 1 };
	const char *unit;
	int64_t values[2];
	uint32_t location;

	l.line_first =
		akti_profile_add_line(top, (struct profile_line){
						   .line = node->line,
						   .column = node->column,
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
