/* SPDX-License-Identifier: MIT */
/*
 * leaks: who holds the memory that is in use, most first, with the line that allocated most of it;
 * of two profiles who holds more than before. One page, with the answer in its first line.
 */
#include "pprof/answer/compare.h"
#include "pprof/graph/graph.h"
#include "pprof/answer/groups.h"
#include "pprof/answer/noise.h"

#include <math.h>
#include <stdlib.h>

/* What one place has allocated for one group. */
struct place {
	uint32_t group;
	uint32_t node;
	int64_t value;
};

struct leak {
	struct tally pair[SIDES];
	int64_t objects;
	struct change change; /* of a pair */
	uint32_t node;        /* where most was allocated, or GRAPH_NONE */
	int64_t node_value;
};

struct leaks {
	struct report *report;
	struct comparison comparison;
	struct groups groups;
	struct graph *graph;
	struct leak *rows; /* by group */
	uint32_t *order;
	size_t count;
	struct tally total[SIDES];
	int64_t objects;
};

static const struct group_key leak_keys[] = {
	{ "owner", "actor", "holder" },
	{ "kind", NULL, NULL },
	{ "actor_type", NULL, "made by" },
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static void find_lines(struct leaks *l, struct place *places, size_t count)
{
	qsort(places, count, sizeof(*places), by_place);
	for (size_t first = 0, end; first < count; first = end) {
		struct leak *row = &l->rows[places[first].group];
		int64_t value = 0;

		for (end = first; end < count && by_place(&places[first], &places[end]) == 0; end++)
			value = number_add(value, places[end].value);
		if (row->node == GRAPH_NONE || value > row->node_value) {
			row->node = places[first].node;
			row->node_value = value;
		}
	}
}

static void count(struct leaks *l)
{
	const struct profile *p = l->report->profile;
	struct place *places = take(p->sample_count, sizeof(*places));
	size_t place_count = 0;

	l->rows = take_zeroed(l->groups.count, sizeof(*l->rows));
	for (uint32_t i = 0; i < l->groups.count; i++)
		l->rows[i].node = GRAPH_NONE;
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[i];
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		enum side_of side = compare_side(l->report, i);
		const struct counting *counting = &l->comparison.counting[side];
		struct leak *row = &l->rows[l->groups.of_set[sample->tag_set]];

		tally_add(&row->pair[side], counting, values);
		tally_add(&l->total[side], counting, values);
		if (side == SIDE_NEW && counting->kind == COUNTING_BLOCKS) {
			row->objects = number_add(row->objects, values[counting->count]);
			l->objects = number_add(l->objects, values[counting->count]);
		}
		/* Of a pair the line is where the growth comes from. */
		if (sample->ref_count > 0 && values[counting->value] != 0)
			places[place_count++] = (struct place){
				l->groups.of_set[sample->tag_set],
				l->graph->places[l->graph->place[p->refs[sample->ref_first]]],
				side == SIDE_NEW ? values[counting->value]
						 : number_multiply(-1, values[counting->value])
			};
	}
	find_lines(l, places, place_count);
	free(places);
}

static int64_t weight_of(const struct leaks *l, const struct leak *row)
{
	return l->report->is_pair ? row->change.delta : row->pair[SIDE_NEW].value;
}

static int by_weight(const void *a, const void *b, void *arg)
{
	const struct leaks *l = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int64_t p = weight_of(l, &l->rows[x]), q = weight_of(l, &l->rows[y]);

	if (p != q)
		return p > q ? -1 : 1;
	return x < y ? -1 : 1;
}

static void select_rows(struct leaks *l)
{
	struct report *report = l->report;
	int64_t largest = 0, smallest = 0;

	l->order = take(l->groups.count, sizeof(*l->order));
	for (uint32_t i = 0; i < l->groups.count; i++) {
		struct leak *row = &l->rows[i];
		int64_t value = row->pair[SIDE_NEW].value;

		if (report->is_pair)
			row->change = compare_change(&l->comparison, row->pair);
		if (value != 0 || row->pair[SIDE_OLD].value != 0)
			l->order[l->count++] = i;
		largest = value > largest ? value : largest;
	}
	qsort_r(l->order, l->count, sizeof(*l->order), by_weight, l);
	if (report->nodecount > 0 && (size_t)report->nodecount < l->count)
		l->count = (size_t)report->nodecount;
	for (size_t i = 0; i < l->count; i++) {
		int64_t value = number_abs(weight_of(l, &l->rows[l->order[i]]));

		smallest = value > 0 ? value : smallest;
	}
	report_choose_unit(report, smallest, largest);
}

static void add_place(const struct leaks *l, uint32_t group, struct buffer *out)
{
	uint32_t node = l->rows[group].node;

	buffer_text(out, node != GRAPH_NONE ? node_printable(l->graph, node) : "(no stack)");
}

static void add_holder(const struct leaks *l, uint32_t group, struct buffer *out)
{
	struct buffer kind = { 0 };

	groups_cell(&l->groups, l->report->profile, group, 0, out);
	groups_cell(&l->groups, l->report->profile, group, 1, &kind);
	buffer_printf(out, " (%s), allocated at ", kind.at);
	add_place(l, group, out);
	buffer_fini(&kind);
}

static void add_error(const struct leaks *l, struct buffer *out)
{
	const struct tally *total = &l->total[SIDE_NEW];
	const struct counting *counting = &l->comparison.counting[SIDE_NEW];

	if (counting->is_exact)
		buffer_text(out, "Every allocation was recorded.\n");
	else if (counting->kind == COUNTING_BLOCKS && total->value > 0)
		buffer_printf(out,
			      "Known from about %.0f sampled blocks: the total is right to %.0f %% "
			      "(99 times of 100).\n",
			      total->seen,
			      100 * NOISE_DEVIATIONS * sqrt(total->spread) / (double)total->value);
}

static void answer_one(const struct leaks *l, struct buffer *out)
{
	const struct report *report = l->report;
	int64_t total = l->total[SIDE_NEW].value;

	if (l->count == 0) {
		buffer_text(out, "Nothing of what was recorded is in use: no leak in it.\n");
		return;
	}
	buffer_printf(out, "%s in %lld object%s in use", report_value(report, total).text,
		      (long long)l->objects, l->objects == 1 ? " is" : "s are");
	buffer_printf(out, "; most, %s, is held by ",
		      report_value(report, l->rows[l->order[0]].pair[SIDE_NEW].value).text);
	add_holder(l, l->order[0], out);
	buffer_text(out, ".\n");
	add_error(l, out);
	buffer_text(out,
		    "In use is not leaked: what is there for good stands here too. Two profiles "
		    "show what grows:\nakt pprof leaks OLD NEW\n\n");
}

static void answer_pair(const struct leaks *l, struct buffer *out)
{
	const struct comparison *c = &l->comparison;
	struct change change = compare_change(c, l->total);
	bool is_chance = change.chance > NOISE_LEVEL;

	buffer_printf(out, "In use has %s: %s", change.delta > 0 ? "grown" : "not grown",
		      compare_value(c, change.value[SIDE_OLD]).text);
	buffer_printf(out, " before, %s now", compare_value(c, change.value[SIDE_NEW]).text);
	if (change.delta != 0)
		buffer_printf(out, ", %s", compare_delta(c, change.delta).text);
	if (change.delta != 0 && is_chance)
		buffer_text(out, ", which may be chance");
	if (l->count > 0 && weight_of(l, &l->rows[l->order[0]]) > 0) {
		buffer_printf(out, "; most, %s, is held by ",
			      compare_delta(c, weight_of(l, &l->rows[l->order[0]])).text);
		add_holder(l, l->order[0], out);
	}
	buffer_text(out, ".\n");
	compare_head(c, l->total, out);
	buffer_printf(out, "~ may be chance (%.0f %% level)\n\n", 100 * (1 - NOISE_LEVEL));
}

static void print_row(const struct leaks *l, uint32_t group, const int *widths, struct buffer *out)
{
	const struct report *report = l->report;
	const struct leak *row = &l->rows[group];
	bool is_grey;

	if (report->is_pair) {
		is_grey = row->change.delta != 0 && row->change.chance > NOISE_LEVEL;
		buffer_text(out, report_grey(report, is_grey));
		for (enum side_of side = 0; side < SIDES; side++) {
			buffer_pad(out, 9, report_value(report, row->change.value[side]).text);
			buffer_text(out, " ");
		}
		buffer_pad(out, 10, compare_delta(&l->comparison, row->change.delta).text);
	} else {
		is_grey = tally_is_few(&row->pair[SIDE_NEW], &l->comparison.counting[SIDE_NEW]);
		buffer_text(out, report_grey(report, is_grey));
		buffer_pad(out, 10, report_value(report, row->pair[SIDE_NEW].value).text);
		buffer_printf(out, " %s %9lld",
			      measure_percentage(row->pair[SIDE_NEW].value,
						 l->total[SIDE_NEW].value)
				      .text,
			      (long long)row->objects);
	}
	buffer_text(out, is_grey ? "~ " : "  ");
	for (size_t k = 0; k < l->groups.key_count; k++) {
		struct buffer cell = { 0 };

		groups_cell(&l->groups, report->profile, group, k, &cell);
		groups_pad(cell.at, widths[k] + 2, out);
		buffer_fini(&cell);
	}
	add_place(l, group, out);
	buffer_printf(out, "%s\n", report_grey_end(report, is_grey));
}

static void print(const struct leaks *l, struct buffer *out)
{
	const struct report *report = l->report;
	int widths[GROUP_KEYS_MAX];

	for (size_t k = 0; k < l->groups.key_count; k++)
		widths[k] = groups_width(&l->groups, report->profile, k, l->order, l->count);
	if (report->is_pair)
		answer_pair(l, out);
	else
		answer_one(l, out);
	report_filters(report->options, out);
	if (l->count == 0)
		return;
	if (report->is_pair)
		buffer_printf(out, "%9s %9s %10s  ", "old", "new", "growth");
	else
		buffer_printf(out, "%10s %6s %9s  ", "in use", "%", "objects");
	for (size_t k = 0; k < l->groups.key_count; k++)
		groups_pad(leak_keys[k].title != NULL ? leak_keys[k].title : leak_keys[k].key,
			   widths[k] + 2, out);
	buffer_text(out, "allocated at\n");
	for (size_t i = 0; i < l->count; i++)
		print_row(l, l->order[i], widths, out);
}

bool report_leaks(struct report *report, struct buffer *out, struct buffer *error)
{
	struct leaks l = { .report = report };

	if (report->is_pair && !compare_init(&l.comparison, report, error))
		return false;
	l.comparison.counting[SIDE_NEW] = counting_of(report, SIDE_NEW);
	groups_init(&l.groups, report, leak_keys, AKTI_COUNT_OF(leak_keys));
	l.graph = graph_create(report);
	count(&l);
	select_rows(&l);
	print(&l, out);
	graph_destroy(l.graph);
	groups_fini(&l.groups);
	free(l.rows);
	free(l.order);
	return true;
}
