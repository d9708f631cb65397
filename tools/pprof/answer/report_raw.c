/* SPDX-License-Identifier: MIT */
/* raw and comments: what is in the file, as text. */
#include "pprof/query/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *text_of(const struct profile *p, uint32_t text)
{
	return akti_profile_bytes(p, text);
}

bool report_comments(struct report *report, struct buffer *out, struct buffer *error)
{
	const struct profile *p = report->profile;

	(void)error;
	for (uint32_t i = 0; i < p->comment_count; i++)
		buffer_printf(out, "%s\n", text_of(p, p->comments[i]));
	return true;
}

/* "2026-11-22 10:24:50.5 +0000 UTC" */
static void add_time(int64_t time_ns, struct buffer *out)
{
	int64_t fraction = time_ns % 1000000000;
	time_t seconds = (time_t)(time_ns / 1000000000);
	char digits[16];
	char text[64];
	struct tm local;
	size_t n = 9;

	if (fraction < 0) {
		fraction += 1000000000;
		seconds--;
	}
	localtime_r(&seconds, &local);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	buffer_printf(out, "Time: %s", text);
	snprintf(digits, sizeof(digits), "%09" PRId64, fraction);
	while (n > 0 && digits[n - 1] == '0')
		n--;
	if (n > 0)
		buffer_printf(out, ".%.*s", (int)n, digits);
	strftime(text, sizeof(text), " %z %Z\n", &local);
	buffer_text(out, text);
}

/* A fraction of a unit without its trailing zeros. */
static void add_fraction(uint64_t value, uint64_t unit, struct buffer *out)
{
	char digits[24];
	int width = 0;
	int n;

	for (uint64_t u = unit; u > 1; u /= 10)
		width++;
	n = snprintf(digits, sizeof(digits), "%0*" PRIu64, width, value % unit);
	while (n > 0 && digits[n - 1] == '0')
		n--;
	buffer_printf(out, "%" PRIu64, value / unit);
	if (width > 0 && n > 0)
		buffer_printf(out, ".%.*s", n, digits);
}

/* A duration as "1m2.5s", of which four characters are shown. */
static void add_duration(int64_t duration, struct buffer *out)
{
	uint64_t u = duration < 0 ? 0 - (uint64_t)duration : (uint64_t)duration;
	struct buffer text = { 0 };
	const char *s;

	if (duration < 0)
		buffer_text(&text, "-");
	if (u < 1000) {
		buffer_printf(&text, "%" PRIu64 "ns", u);
	} else if (u < 1000000) {
		add_fraction(u, 1000, &text);
		buffer_text(&text, "µs");
	} else if (u < 1000000000) {
		add_fraction(u, 1000000, &text);
		buffer_text(&text, "ms");
	} else {
		uint64_t minutes = u / 60000000000;

		if (minutes >= 60)
			buffer_printf(&text, "%" PRIu64 "h", minutes / 60);
		if (minutes > 0)
			buffer_printf(&text, "%" PRIu64 "m", minutes % 60);
		add_fraction(u % 60000000000, 1000000000, &text);
		buffer_text(&text, "s");
	}
	s = text.at;
	for (int i = 0; i < 4 && *s != '\0'; i++)
		s += (unsigned char)*s == 0xc2 ? 2 : 1;
	buffer_printf(out, "Duration: %.*s\n", (int)(s - text.at), text.at);
	buffer_fini(&text);
}

static void add_head(const struct profile *p, struct buffer *out)
{
	for (uint32_t i = 0; i < p->comment_count; i++)
		buffer_printf(out, "Comment: %s\n", text_of(p, p->comments[i]));
	if (p->doc_url != 0)
		buffer_printf(out, "Doc: %s\n", text_of(p, p->doc_url));
	buffer_printf(out, "PeriodType: %s %s\n", text_of(p, p->period_type.type),
		      text_of(p, p->period_type.unit));
	buffer_printf(out, "Period: %" PRId64 "\n", p->period);
	if (p->time_ns != 0)
		add_time(p->time_ns, out);
	if (p->duration_ns != 0)
		add_duration(p->duration_ns, out);
	buffer_text(out, "Samples:\n");
	for (uint32_t i = 0; i < p->type_count; i++)
		buffer_printf(out, "%s%s/%s%s", i > 0 ? " " : "", text_of(p, p->types[i].type),
			      text_of(p, p->types[i].unit),
			      p->types[i].type == p->default_type ? "[dflt]" : "");
	buffer_text(out, "\n");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_tag_value(const struct profile *p, const struct profile_tag *tag, bool has_units,
			  struct buffer *out)
{
	if (!tag->is_num)
		buffer_text(out, text_of(p, tag->str));
	else if (has_units)
		buffer_printf(out, "%" PRId64 " %s", tag->num, text_of(p, tag->unit));
	else
		buffer_printf(out, "%" PRId64, tag->num);
}

/* "key:[value value] key:[...]" of texts, or of numbers, sorted. */
static void add_labels(const struct profile *p, uint32_t set, bool numbers, struct buffer *out)
{
	const struct profile_tag *tags = akti_profile_tags(p, set);
	uint32_t count = p->tag_sets[set].count;
	char **parts = take(count, sizeof(*parts));
	size_t part_count = 0;

	for (uint32_t i = 0, end; i < count; i = end) {
		struct buffer part = { 0 };
		bool has_units = false;

		for (end = i; end < count && tags[end].key == tags[i].key &&
			      tags[end].is_num == tags[i].is_num;
		     end++)
			has_units = has_units || tags[end].unit != 0;
		if (tags[i].is_num != numbers)
			continue;
		buffer_printf(&part, "%s:[", text_of(p, tags[i].key));
		for (uint32_t j = i; j < end; j++) {
			buffer_text(&part, j > i ? " " : "");
			add_tag_value(p, &tags[j], has_units, &part);
		}
		buffer_text(&part, "]");
		parts[part_count++] = part.at;
	}
	qsort(parts, part_count, sizeof(*parts), by_text);
	if (part_count > 0)
		buffer_text(out, "                ");
	for (size_t i = 0; i < part_count; i++) {
		buffer_printf(out, "%s%s", i > 0 ? " " : "", parts[i]);
		free(parts[i]);
	}
	if (part_count > 0)
		buffer_text(out, "\n");
	free(parts);
}

static void add_samples(const struct profile *p, struct buffer *out)
{
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[i];
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];

		for (uint32_t t = 0; t < p->type_count; t++)
			buffer_printf(out, " %10" PRId64, values[t]);
		buffer_text(out, ": ");
		for (uint32_t r = 0; r < sample->ref_count; r++)
			buffer_printf(out, "%" PRIu64 " ",
				      p->locations[p->refs[sample->ref_first + r]].id);
		buffer_text(out, "\n");
		add_labels(p, sample->tag_set, false, out);
		add_labels(p, sample->tag_set, true, out);
	}
}

static void add_location(const struct profile *p, const struct profile_location *l,
			 struct buffer *out)
{
	/* "%#x" of Go has the 0x also for zero. */
	buffer_printf(out, "%6" PRIu64 ": 0x%" PRIx64 " ", l->id, l->address);
	if (l->mapping != PROFILE_NONE)
		buffer_printf(out, "M=%" PRIu64 " ", p->mappings[l->mapping].id);
	if (l->is_folded)
		buffer_text(out, "[F] ");
	if (l->line_count == 0)
		buffer_text(out, "\n");
	for (uint32_t i = 0; i < l->line_count; i++) {
		const struct profile_line *line = &p->lines[l->line_first + i];
		const struct profile_function *f = &p->functions[line->function];

		buffer_printf(out, "%s%s %s:%" PRId64 ":%" PRId64 " s=%" PRId64,
			      i > 0 ? "             " : "", text_of(p, f->name),
			      text_of(p, f->file), line->line, line->column, f->start_line);
		if (f->name != f->system_name)
			buffer_printf(out, "(%s)", text_of(p, f->system_name));
		buffer_text(out, "\n");
	}
}

static void add_mapping(const struct profile *p, const struct profile_mapping *m,
			struct buffer *out)
{
	buffer_printf(out, "%" PRIu64 ": 0x%" PRIx64 "/0x%" PRIx64 "/0x%" PRIx64 " %s %s ", m->id,
		      m->start, m->limit, m->offset, text_of(p, m->file), text_of(p, m->build_id));
	buffer_printf(out, "%s%s%s%s\n", m->has_functions ? "[FN]" : "",
		      m->has_filenames ? "[FL]" : "", m->has_line_numbers ? "[LN]" : "",
		      m->has_inline_frames ? "[IN]" : "");
}

bool report_raw(struct report *report, struct buffer *out, struct buffer *error)
{
	const struct profile *p = report->profile;

	(void)error;
	add_head(p, out);
	add_samples(p, out);
	buffer_text(out, "Locations\n");
	for (uint32_t i = 0; i < p->location_count; i++)
		add_location(p, &p->locations[i], out);
	buffer_text(out, "Mappings\n");
	for (uint32_t i = 0; i < p->mapping_count; i++)
		add_mapping(p, &p->mappings[i], out);
	return true;
}
