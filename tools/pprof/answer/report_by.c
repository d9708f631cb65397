/* SPDX-License-Identifier: MIT */
/* top -by: the table by label values. A sample has one value of a label, so there is no cum. */
#include "pprof/answer/groups.h"
#include "pprof/answer/tally.h"

#include <stdlib.h>

struct by_table {
	struct report *report;
	struct groups groups;
	struct counting counting;
	struct tally *rows; /* by group */
	uint32_t *order;
	size_t count; /* of order */
};

static void count_rows(struct by_table *t)
{
	const struct profile *p = t->report->profile;

	t->rows = take_zeroed(t->groups.count, sizeof(*t->rows));
	for (uint32_t i = 0; i < p->sample_count; i++)
		tally_add(&t->rows[t->groups.of_set[p->samples[i].tag_set]], &t->counting,
			  &p->values[(uint64_t)i * p->type_count]);
}

/* By weight; then as the groups came. */
static int by_weight(const void *a, const void *b, void *arg)
{
	const struct by_table *t = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int64_t p = number_abs(tally_value(&t->rows[x], &t->counting));
	int64_t q = number_abs(tally_value(&t->rows[y], &t->counting));

	if (p != q)
		return p > q ? -1 : 1;
	return x < y ? -1 : 1;
}

/* The rows that are worth showing, and what goes. */
static void select_rows(struct by_table *t, struct report_counts *counts)
{
	struct report *report = t->report;
	int64_t cutoff = number_abs(number_from((double)report->total * report->nodefraction));
	int64_t smallest = 0;

	t->order = take(t->groups.count, sizeof(*t->order));
	for (uint32_t i = 0; i < t->groups.count; i++) {
		int64_t value = tally_value(&t->rows[i], &t->counting);
		bool is_negative = report->options->drop_negative && value < 0;

		if (value == 0 || is_negative)
			continue;
		if (number_abs(value) <= cutoff && cutoff > 0)
			counts->dropped_nodes++;
		else
			t->order[t->count++] = i;
	}
	qsort_r(t->order, t->count, sizeof(*t->order), by_weight, t);
	counts->original_nodes = t->count;
	if (report->nodecount > 0 && (size_t)report->nodecount < t->count)
		t->count = (size_t)report->nodecount;
	counts->shown_nodes = t->count;
	for (size_t i = 0; i < t->count; i++) {
		int64_t value = tally_value(&t->rows[t->order[i]], &t->counting);

		counts->shown_total = number_add(counts->shown_total, value);
		smallest = number_abs(value); /* the last is the smallest */
	}
	if (t->count > 0)
		report_choose_unit(report, smallest, report->total);
}

static void print_row(const struct by_table *t, uint32_t group, int64_t *sum, const int *widths,
		      struct buffer *out)
{
	const struct report *report = t->report;
	const struct tally *row = &t->rows[group];
	bool is_few = tally_is_few(row, &t->counting);
	int64_t value = tally_value(row, &t->counting);

	*sum = number_add(*sum, value);
	buffer_printf(out, "%s%10.0f%s ", report_grey(report, is_few), row->seen,
		      is_few ? "~" : " ");
	buffer_pad(out, 10, report_value(report, value).text);
	buffer_printf(out, " %s", measure_percentage(value, report->total).text);
	buffer_printf(out, " %s  ", measure_percentage(*sum, report->total).text);
	groups_print(&t->groups, report->profile, group, widths, out);
	buffer_printf(out, "%s\n", report_grey_end(report, is_few));
}

bool report_by(struct report *report, struct buffer *out, struct buffer *error)
{
	struct by_table t = { .report = report, .counting = counting_of(report, SIDE_NEW) };
	struct report_counts counts = { 0 };
	int widths[GROUP_KEYS_MAX];
	int64_t sum = 0;

	if (!groups_init_option(&t.groups, report, report->options->by, error))
		return false;
	groups_warn(&t.groups, report);
	count_rows(&t);
	select_rows(&t, &counts);
	for (size_t k = 0; k < t.groups.key_count; k++)
		widths[k] = groups_width(&t.groups, report->profile, k, t.order, t.count);
	report_labels(report, &counts, false, out);
	counting_explain(&t.counting, report, out);
	buffer_printf(out, "%10s  %10s %5s%% %5s%%  ", "samples", "flat", "flat", "sum");
	groups_print(&t.groups, report->profile, GROUP_NONE, widths, out);
	buffer_text(out, "\n");
	for (size_t i = 0; i < t.count; i++)
		print_row(&t, t.order[i], &sum, widths, out);
	groups_fini(&t.groups);
	free(t.rows);
	free(t.order);
	return true;
}
