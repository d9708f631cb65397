/* SPDX-License-Identifier: MIT */
/* diff: the table of what has changed. */
#include "pprof/answer/diff.h"
#include "pprof/answer/noise.h"
#include "pprof/answer/run_context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void diff_row_text(const struct diff *d, uint32_t node, struct buffer *out)
{
	if (d->graph != NULL) {
		buffer_text(out, node_printable(d->graph, node));
		return;
	}
	for (size_t k = 0; k < d->groups.key_count; k++) {
		if (k > 0)
			buffer_text(out, " ");
		groups_cell(&d->groups, d->report->profile, node, k, out);
	}
}

static const struct change *shown_change(const struct diff *d, const struct diff_row *row)
{
	return d->sorts_by_cum ? &row->cum : &row->flat;
}

/* By what has changed most; then by what is largest, then as they came. */
static int by_change(const void *a, const void *b, void *arg)
{
	const struct diff *d = arg;
	const struct diff_row *x = a, *y = b;
	int64_t p = number_abs(shown_change(d, x)->delta);
	int64_t q = number_abs(shown_change(d, y)->delta);

	if (p == q) {
		p = number_abs(x->cum.delta);
		q = number_abs(y->cum.delta);
	}
	if (p == q) {
		p = number_abs(x->cum.value[SIDE_NEW]);
		q = number_abs(y->cum.value[SIDE_NEW]);
	}
	if (p != q)
		return p > q ? -1 : 1;
	return x->node < y->node ? -1 : 1;
}

static void count(struct diff *d)
{
	const struct profile *p = d->report->profile;

	functions_count_all(&d->comparison, d->total);
	if (d->graph != NULL) {
		d->tallies = functions_count(&d->comparison, d->graph);
		return;
	}
	d->tallies = take_zeroed(d->groups.count, sizeof(*d->tallies));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		enum side_of side = compare_side(d->report, i);
		struct function_tallies *t = &d->tallies[d->groups.of_set[p->samples[i].tag_set]];

		tally_add(&t->flat[side], &d->comparison.counting[side],
			  &p->values[(uint64_t)i * p->type_count]);
		t->cum[side] = t->flat[side];
	}
}

static int64_t larger(int64_t a, int64_t b)
{
	return number_abs(a) > number_abs(b) ? number_abs(a) : number_abs(b);
}

static bool is_shown(const struct diff *d, const struct diff_row *row, int64_t cutoff)
{
	int64_t weight = larger(row->cum.value[SIDE_OLD], row->cum.value[SIDE_NEW]);

	return weight > cutoff &&
	       !(d->report->options->drop_negative && shown_change(d, row)->delta < 0);
}

static void select_rows(struct diff *d)
{
	struct report *report = d->report;
	uint32_t node_count = d->graph != NULL ? d->graph->node_count : d->groups.count;
	struct change all = compare_change(&d->comparison, d->total);
	int64_t largest = larger(all.value[SIDE_OLD], all.value[SIDE_NEW]);
	int64_t cutoff = number_from((double)largest * report->nodefraction);
	int64_t smallest = 0;

	d->rows = take(node_count, sizeof(*d->rows));
	for (uint32_t i = 0; i < node_count; i++) {
		struct diff_row row = { .node = i };

		row.flat = compare_change(&d->comparison, d->tallies[i].flat);
		row.cum = compare_change(&d->comparison, d->tallies[i].cum);
		if (is_shown(d, &row, cutoff))
			d->rows[d->row_count++] = row;
		else if (row.cum.value[SIDE_OLD] != 0 || row.cum.value[SIDE_NEW] != 0)
			d->dropped++;
	}
	qsort_r(d->rows, d->row_count, sizeof(*d->rows), by_change, d);
	for (size_t i = 0; i < d->row_count; i++) {
		int64_t delta = number_abs(shown_change(d, &d->rows[i])->delta);

		if (delta > 0 && (smallest == 0 || delta < smallest))
			smallest = delta;
	}
	if (d->row_count > 0)
		report_choose_unit(report, smallest, largest);
}

static bool is_noise(const struct change *change)
{
	return change->delta != 0 && change->chance > NOISE_LEVEL;
}

static void print_change(const struct diff *d, const struct change *change, struct buffer *out)
{
	for (enum side_of side = 0; side < SIDES; side++) {
		buffer_pad(out, 10, compare_value(&d->comparison, change->value[side]).text);
		buffer_text(out, " ");
	}
	buffer_pad(out, 11, compare_delta(&d->comparison, change->delta).text);
	buffer_pad(out, 8, compare_percent(change).text);
	buffer_text(out, is_noise(change) ? "~" : " ");
}

static void print_rate(const struct change *change, struct buffer *out)
{
	struct change rate = *change;

	rate.percent = change->rate_percent;
	buffer_pad(out, 8, compare_percent(&rate).text);
	buffer_text(out, " ");
}

static void print_titles(const struct diff *d, bool has_rate, const int *widths, struct buffer *out)
{
	static const char columns[] = "       old        new       delta  delta% ";

	if (d->graph != NULL)
		buffer_printf(out, "%10s%42s\n", "flat", "cum");
	buffer_text(out, columns);
	buffer_text(out, d->graph != NULL ? columns : "     samples old/new ");
	buffer_text(out, has_rate ? "   per s " : "");
	buffer_text(out, " ");
	if (d->graph == NULL)
		groups_print(&d->groups, d->report->profile, GROUP_NONE, widths, out);
	else
		buffer_text(out, "function");
	buffer_text(out, "\n");
}

static void print_row(struct diff *d, const struct diff_row *row, bool has_rate, const int *widths,
		      struct buffer *out)
{
	bool is_grey = is_noise(shown_change(d, row));
	const struct tally *seen = d->tallies[row->node].flat;

	buffer_text(out, report_grey(d->report, is_grey));
	print_change(d, &row->flat, out);
	if (d->graph != NULL)
		print_change(d, &row->cum, out);
	else
		buffer_printf(out, "%10.0f/%-9.0f ", seen[SIDE_OLD].seen, seen[SIDE_NEW].seen);
	if (has_rate)
		print_rate(shown_change(d, row), out);
	buffer_text(out, " ");
	if (d->graph != NULL)
		buffer_text(out, node_printable(d->graph, row->node));
	else
		groups_print(&d->groups, d->report->profile, row->node, widths, out);
	buffer_printf(out, "%s\n", report_grey_end(d->report, is_grey));
}

static void print(struct diff *d, struct buffer *out)
{
	const struct report *report = d->report;
	bool has_rate = compare_durations_differ(report) && !report->options->per_second &&
			!report->options->normalize;
	size_t shown = d->row_count;
	int widths[GROUP_KEYS_MAX];
	uint32_t *order = take(d->row_count, sizeof(*order));

	if (report->nodecount > 0 && (size_t)report->nodecount < shown)
		shown = (size_t)report->nodecount;
	for (size_t i = 0; i < shown; i++)
		order[i] = d->rows[i].node;
	for (size_t k = 0; k < d->groups.key_count; k++)
		widths[k] = groups_width(&d->groups, report->profile, k, order, shown);
	free(order);
	buffer_printf(out, "Type: %s\n", report->type);
	compare_head(&d->comparison, d->total, out);
	report_filters(report->options, out);
	buffer_printf(out, "Showing %zu of %zu, by the change of %s", shown,
		      d->row_count + d->dropped, d->sorts_by_cum ? "cum" : "flat");
	if (d->dropped > 0)
		buffer_printf(out, " (%zu below %.2g %% are left out)", d->dropped,
			      100 * report->nodefraction);
	if (d->comparison.knows_chance)
		buffer_printf(out, "; ~ may be chance (%.0f %% level)", 100 * (1 - NOISE_LEVEL));
	buffer_text(out, "\n");
	print_titles(d, has_rate, widths, out);
	for (size_t i = 0; i < shown; i++)
		print_row(d, &d->rows[i], has_rate, widths, out);
}

static bool judge_all(struct diff *d, struct buffer *out, struct buffer *error)
{
	const struct run_context *context = d->report->context;
	size_t count = context != NULL ? context->condition_count : 0;

	if (count > 0 && !d->comparison.knows_chance) {
		buffer_text(error, d->report->is_mean
					   ? "fail_if: of means nothing is known of chance"
					   : "fail_if: the profile counts no events, so nothing is "
					     "known of chance");
		return false;
	}
	if (count > 0)
		buffer_text(out, "\n");
	for (size_t i = 0; i < count; i++)
		if (!diff_judge(d, context->conditions[i], out, error))
			return false;
	return true;
}

bool report_diff(struct report *report, struct buffer *out, struct buffer *error)
{
	struct diff d = { .report = report,
			  .sorts_by_cum = strcmp(report->options->sort, "cum") == 0 };
	bool ok = compare_init(&d.comparison, report, error);

	if (ok && report->options->by[0] != '\0') {
		ok = groups_init_option(&d.groups, report, report->options->by, error);
		if (ok)
			groups_warn(&d.groups, report);
	} else if (ok) {
		d.graph = graph_create(report);
	}
	if (ok) {
		count(&d);
		select_rows(&d);
		print(&d, out);
		ok = judge_all(&d, out, error);
	}
	graph_destroy(d.graph);
	groups_fini(&d.groups);
	free(d.tallies);
	free(d.rows);
	return ok;
}
