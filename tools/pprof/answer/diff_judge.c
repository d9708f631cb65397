/* SPDX-License-Identifier: MIT */
/* Conditions on what has changed: what -fail_if says, and when chance forbids to say so. */
#include "pprof/answer/condition.h"
#include "pprof/answer/diff.h"
#include "pprof/answer/noise.h"
#include "pprof/answer/run_context.h"

#include <math.h>
#include <stdlib.h>

/* The limit in the unit of the profile. */
static bool find_limit(const struct diff *d, const struct condition *c, double *ret_limit,
		       struct buffer *error)
{
	const char *unit = d->report->unit, *found;
	double one;

	*ret_limit = c->limit;
	if (c->is_percent || c->unit[0] == '\0') {
		measure_scale(1, unit, "auto", &found);
		if (c->is_percent || found[0] == '\0')
			return true;
		buffer_printf(error, "fail_if '%s': the change needs a unit, as in +10%s, or %%",
			      c->text, found);
		return false;
	}
	/* Only what the profile's unit can be told in is a unit here. */
	one = measure_scale(1, c->unit, unit, &found);
	if (one <= 0 || !measure_is_same_kind(c->unit, unit)) {
		buffer_printf(error, "fail_if '%s': %s is no unit of %s, which is in %s", c->text,
			      c->unit, d->report->type, unit);
		return false;
	}
	*ret_limit = c->limit * one;
	return true;
}

/* Whether rows match at all. */
static bool find_rows(const struct diff *d, const struct condition *c, bool *matches)
{
	uint32_t count = d->graph != NULL ? d->graph->node_count : d->groups.count;
	struct buffer text = { 0 };
	bool any = false;

	for (uint32_t i = 0; i < count; i++) {
		buffer_clear(&text);
		diff_row_text(d, i, &text);
		matches[i] = regex_finds(c->regex, buffer_string(&text));
		any = any || matches[i];
	}
	buffer_fini(&text);
	return any;
}

static void add_tally(struct tally *sum, const struct tally *more)
{
	sum->value = number_add(sum->value, more->value);
	sum->divisor = number_add(sum->divisor, more->divisor);
	sum->seen += more->seen;
	sum->spread += more->spread;
}

/* What the condition measures, on both sides; false: nothing matches. */
static bool measure(const struct diff *d, const struct condition *c, struct tally pair[SIDES])
{
	uint32_t count = d->graph != NULL ? d->graph->node_count : d->groups.count;
	bool *matches, any;

	if (c->measure == CONDITION_TOTAL) {
		pair[SIDE_OLD] = d->total[SIDE_OLD];
		pair[SIDE_NEW] = d->total[SIDE_NEW];
		return true;
	}
	matches = take_zeroed(count, sizeof(*matches));
	any = find_rows(d, c, matches);
	if (d->graph != NULL)
		functions_count_matching(&d->comparison, d->graph, matches,
					 c->measure == CONDITION_FLAT, pair);
	for (uint32_t i = 0; d->graph == NULL && i < count; i++)
		for (enum side_of side = 0; matches[i] && side < SIDES; side++)
			add_tally(&pair[side], &d->tallies[i].flat[side]);
	free(matches);
	return any;
}

static void tell(const struct diff *d, const struct condition *c, const struct change *change,
		 const char *verdict, struct buffer *out)
{
	const struct comparison *comparison = &d->comparison;

	buffer_printf(out, "fail_if %s: %s: %s", c->text, verdict,
		      compare_value(comparison, change->value[SIDE_OLD]).text);
	buffer_printf(out, " to %s, %s", compare_value(comparison, change->value[SIDE_NEW]).text,
		      compare_delta(comparison, change->delta).text);
	buffer_printf(out, " (%s)\n", compare_percent(change).text);
}

static void judge(struct diff *d, const struct condition *c, double limit, struct buffer *out)
{
	struct tally pair[SIDES] = { { 0 } };
	struct condition in_unit = *c;
	struct change change;
	char *verdict;
	bool holds;

	if (!measure(d, c, pair)) {
		d->report->misses = true;
		buffer_printf(&d->report->warnings, "fail_if %s: nothing matches\n", c->text);
		return;
	}
	change = compare_change(&d->comparison, pair);
	in_unit.limit = limit;
	holds = condition_holds(&in_unit, c->is_percent ? change.percent : (double)change.delta);
	if (!holds) {
		tell(d, c, &change, "not met", out);
		return;
	}
	if (change.chance > NOISE_LEVEL && isfinite(change.needed))
		verdict = take_printf("not significant: needs about %.0f samples, has %.0f",
				      ceil(change.needed), change.seen);
	else if (change.chance > NOISE_LEVEL)
		verdict = take_text("not significant: nothing has changed");
	else
		verdict = take_text("met");
	if (change.chance <= NOISE_LEVEL || d->report->options->fail_if_noise)
		d->report->has_met = true;
	tell(d, c, &change, verdict, out);
	free(verdict);
}

bool diff_judge(struct diff *d, const char *text, struct buffer *out, struct buffer *error)
{
	struct condition condition;
	double limit;
	bool ok;

	if (!condition_parse(&condition, text, error))
		return false;
	ok = find_limit(d, &condition, &limit, error);
	if (ok)
		judge(d, &condition, limit, out);
	condition_fini(&condition);
	return ok;
}
