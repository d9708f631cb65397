/* SPDX-License-Identifier: MIT */
/* Totals, values and the lines that head a report. */
#include "pprof/query/report.h"
#include "pprof/ground/path.h"
#include "pprof/ground/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILTER_BYTES_SHOWN 80

bool report_is_base_set(const struct profile *p, uint32_t set)
{
	const struct profile_tag_set *tags = &p->tag_sets[set];

	for (uint32_t i = 0; i < tags->count; i++) {
		const struct profile_tag *tag = &p->tags[tags->first + i];

		if (!tag->is_num && strcmp(akti_profile_bytes(p, tag->key), "pprof::base") == 0 &&
		    strcmp(akti_profile_bytes(p, tag->str), "true") == 0)
			return true;
	}
	return false;
}

void report_count(struct report *report)
{
	const struct profile *p = report->profile;
	int64_t total = 0, count = 0, base_total = 0, base_count = 0;
	bool *is_base = take_zeroed(p->tag_set_count, sizeof(*is_base));

	for (uint32_t set = 0; set < p->tag_set_count; set++)
		is_base[set] = report_is_base_set(p, set);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		int64_t value = number_abs(values[report->value_index]);
		int64_t divisor = report->is_mean ? values[0] : 0;

		total = number_add(total, value);
		count = number_add(count, divisor);
		if (is_base[p->samples[i].tag_set]) {
			base_total = number_add(base_total, value);
			base_count = number_add(base_count, divisor);
		}
	}
	free(is_base);
	if (base_total > 0) {
		total = base_total;
		count = base_count;
	}
	report->total = number_mean(total, count);
}

struct measure_text report_value(const struct report *report, int64_t value)
{
	if (report->ratio > 0 && report->ratio != 1)
		value = number_from((double)value * report->ratio);
	return measure_label(value, report->unit, report->output_unit);
}

struct measure_text report_value_or_dot(const struct report *report, int64_t value)
{
	if (value == 0)
		return (struct measure_text){ "." };
	return report_value(report, value);
}

void report_choose_unit(struct report *report, int64_t smallest, int64_t largest)
{
	const char *small_unit, *large_unit, *unit;

	if (strcmp(report->output_unit, "minimum") != 0)
		return;
	if (smallest == 0)
		smallest = largest;
	if (report->ratio > 0 && report->ratio != 1) {
		smallest = number_from((double)smallest * report->ratio);
		largest = number_from((double)largest * report->ratio);
	}
	measure_scale(smallest, report->unit, "minimum", &small_unit);
	measure_scale(largest, report->unit, "minimum", &large_unit);
	unit = small_unit;
	if (strcmp(small_unit, large_unit) != 0 && number_multiply(smallest, 100) < largest &&
	    report->format != FORMAT_CALLGRIND)
		measure_scale(number_multiply(100, smallest), report->unit, "minimum", &unit);
	report->output_unit = unit[0] != '\0' ? unit : report->unit;
}

const char *report_grey(const struct report *report, bool is_grey)
{
	return is_grey && report->is_coloured ? TERMINAL_GREY : "";
}

const char *report_grey_end(const struct report *report, bool is_grey)
{
	return is_grey && report->is_coloured ? TERMINAL_PLAIN : "";
}

const char *report_key_unit(const struct report *report, uint32_t key)
{
	for (uint32_t i = 0; i < report->key_unit_count; i++)
		if (report->key_units[i].key == key)
			return akti_profile_bytes(report->profile, report->key_units[i].unit);
	return "";
}

static void add_time(int64_t time_ns, struct buffer *out)
{
	time_t seconds = (time_t)(time_ns / 1000000000 - (time_ns % 1000000000 < 0));
	struct tm local;
	char text[64];

	if (localtime_r(&seconds, &local) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &local) == 0)
		return;
	buffer_printf(out, "Time: %s\n", text);
}

static void add_duration(const struct report *report, struct buffer *out)
{
	int64_t duration = report->profile->duration_ns;
	const char *unit;
	double total = measure_scale(report->total, report->unit, "nanoseconds", &unit);

	buffer_printf(out, "Duration: %s, Total samples = %s ",
		      measure_label(duration, "nanoseconds", "auto").text,
		      report_value(report, report->total).text);
	if (strcmp(unit, "ns") == 0 && total != 0)
		buffer_printf(out, "(%s)", measure_percentage(number_from(total), duration).text);
	buffer_text(out, "\n");
}

void report_profile_labels(const struct report *report, struct buffer *out)
{
	const struct profile *p = report->profile;

	if (p->mapping_count > 0 && p->mappings[0].file != 0) {
		char *base = path_base(akti_profile_bytes(p, p->mappings[0].file));

		buffer_printf(out, "File: %s\n", base);
		free(base);
	}
	if (p->mapping_count > 0 && p->mappings[0].build_id != 0)
		buffer_printf(out, "Build ID: %s\n",
			      akti_profile_bytes(p, p->mappings[0].build_id));
	for (uint32_t i = 0; i < p->comment_count; i++)
		if (akti_profile_bytes(p, p->comments[i])[0] != '#')
			buffer_printf(out, "%s\n", akti_profile_bytes(p, p->comments[i]));
	if (report->type[0] != '\0')
		buffer_printf(out, "Type: %s\n", report->type);
	if (p->doc_url != 0)
		buffer_printf(out, "Doc: %s\n", akti_profile_bytes(p, p->doc_url));
	if (p->time_ns != 0)
		add_time(p->time_ns, out);
	if (p->duration_ns != 0)
		add_duration(report, out);
}

static void add_filter(const char *name, const char *value, bool *is_first, struct buffer *out)
{
	char *text;

	if (value[0] == '\0')
		return;
	if (*is_first)
		buffer_text(out, "Active filters:\n");
	*is_first = false;
	text = take_printf("%s=%s", name, value);
	if (strlen(text) > FILTER_BYTES_SHOWN)
		buffer_printf(out, "   %.*s…\n", FILTER_BYTES_SHOWN, text);
	else
		buffer_printf(out, "   %s\n", text);
	free(text);
}

void report_filters(const struct options *o, struct buffer *out)
{
	bool is_first = true;

	add_filter("focus", o->focus, &is_first, out);
	add_filter("ignore", o->ignore, &is_first, out);
	add_filter("hide", o->hide, &is_first, out);
	add_filter("show", o->show, &is_first, out);
	add_filter("show_from", o->show_from, &is_first, out);
	add_filter("tagfocus", o->tagfocus, &is_first, out);
	add_filter("tagignore", o->tagignore, &is_first, out);
	add_filter("tagshow", o->tagshow, &is_first, out);
	add_filter("taghide", o->taghide, &is_first, out);
}

static void add_dropped(const struct report *report, size_t count, const char *what,
			const char *measure, double fraction, struct buffer *out)
{
	int64_t limit = number_abs(number_from((double)report->total * fraction));

	if (count > 0)
		buffer_printf(out, "Dropped %zu %s%s (%s <= %s)\n", count, what,
			      count > 1 ? "s" : "", measure, report_value(report, limit).text);
}

void report_labels(const struct report *report, const struct report_counts *counts, bool is_full,
		   struct buffer *out)
{
	const char *percentage;
	struct measure_text share = measure_percentage(counts->shown_total, report->total);

	if (is_full || !report->options->compact_labels)
		report_profile_labels(report, out);
	report_filters(report->options, out);
	percentage = share.text + strspn(share.text, " ");
	buffer_printf(out, "Showing nodes accounting for %s, %s",
		      report_value(report, counts->shown_total).text, percentage);
	buffer_printf(out, " of %s total\n", report_value(report, report->total).text);
	if (report->total != 0) {
		add_dropped(report, counts->dropped_nodes, "node", "cum", report->nodefraction,
			    out);
		add_dropped(report, counts->dropped_edges, "edge", "freq", report->edgefraction,
			    out);
		if (counts->shown_nodes > 0 && counts->shown_nodes < counts->original_nodes)
			buffer_printf(out, "Showing top %zu nodes out of %zu\n",
				      counts->shown_nodes, counts->original_nodes);
	}
	if (is_full)
		buffer_text(out, "\nSee https://git.io/JfYMW for how to read the graph\n");
}
