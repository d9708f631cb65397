/* SPDX-License-Identifier: MIT */
/* traces: every sample with its labels and its stack, leaf first. */
#include "pprof/graph/graph.h"

#include <stdlib.h>
#include <string.h>

static const char separator[] =
	"-----------+-------------------------------------------------------\n";

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "       key:  value value" for each key of texts, or of numbers, sorted as lines. */
static void add_labels(const struct report *report, uint32_t set, bool numbers, struct buffer *out)
{
	const struct profile *p = report->profile;
	const struct profile_tag *tags = akti_profile_tags(p, set);
	uint32_t count = p->tag_sets[set].count;
	char **lines = take(count, sizeof(*lines));
	size_t line_count = 0;

	for (uint32_t i = 0, end; i < count; i = end) {
		struct buffer line = { 0 };

		for (end = i; end < count && tags[end].key == tags[i].key &&
			      tags[end].is_num == tags[i].is_num;
		     end++) {
			if (tags[i].is_num != numbers)
				continue;
			if (line.size == 0) {
				buffer_pad(&line, 10, akti_profile_bytes(p, tags[i].key));
				buffer_text(&line, ": ");
			}
			buffer_printf(&line, " %s",
				      numbers ? measure_label(tags[end].num,
							      report_key_unit(report, tags[i].key),
							      "auto")
							.text
					      : akti_profile_bytes(p, tags[end].str));
		}
		if (line.size > 0)
			lines[line_count++] = line.at;
	}
	qsort(lines, line_count, sizeof(*lines), by_text);
	for (size_t i = 0; i < line_count; i++) {
		buffer_printf(out, "%s\n", lines[i]);
		free(lines[i]);
	}
	free(lines);
}

static void add_stack(struct graph *graph, const struct profile_sample *sample, const char *value,
		      struct buffer *out)
{
	const uint32_t *refs = &graph->report->profile->refs[sample->ref_first];

	for (uint32_t i = 0; i < sample->ref_count; i++) {
		uint32_t end = graph->place[refs[i] + 1];

		for (uint32_t at = graph->place[refs[i]]; at < end; at++) {
			buffer_pad(out, 10, value);
			buffer_text(out, "   ");
			buffer_text(out, node_printable(graph, graph->places[at]));
			buffer_text(out, at + 1 < end ? " (inline)\n" : "\n");
			value = "";
		}
	}
}

bool report_traces(struct report *report, struct buffer *out, struct buffer *error)
{
	struct graph *graph = graph_create(report);
	const struct profile *p = report->profile;

	(void)error;
	report_profile_labels(report, out);
	if (out->size == 0)
		buffer_text(out, "\n");
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[i];
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		int64_t value = values[report->value_index];

		if (sample->ref_count == 0)
			continue;
		buffer_text(out, separator);
		add_labels(report, sample->tag_set, false, out);
		add_labels(report, sample->tag_set, true, out);
		if (report->is_mean)
			value = number_mean(value, values[0]);
		add_stack(graph, sample, report_value(report, value).text, out);
	}
	buffer_text(out, separator);
	graph_destroy(graph);
	return true;
}
