/* SPDX-License-Identifier: MIT */
#include "pprof/answer/compare.h"
#include "pprof/answer/noise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* No value is known better than this part of it, lest numbers grow without end. */
#define FINEST_WEIGHT 1e-9

void compare_sides(struct report *report)
{
	const struct profile *p = report->profile;

	report->is_old = take_zeroed(p->tag_set_count, sizeof(*report->is_old));
	for (uint32_t set = 0; report->is_pair && set < p->tag_set_count; set++)
		report->is_old[set] = report_is_base_set(p, set);
}

void compare_begin(struct report *report)
{
	const struct profile *p = report->profile;
	struct counting counting[SIDES] = { counting_of(report, SIDE_OLD),
					    counting_of(report, SIDE_NEW) };

	report->before = take_zeroed(SIDES, sizeof(*report->before));
	report->sums = take_zeroed(p->type_count, sizeof(*report->sums));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		enum side_of side = compare_side(report, i);

		tally_add(&report->before[side], &counting[side], values);
		for (uint32_t t = 0; side == SIDE_NEW && t < p->type_count; t++)
			report->sums[t] = number_add(report->sums[t], values[t]);
	}
}

enum side_of compare_side(const struct report *report, uint32_t sample)
{
	return report->is_old[report->profile->samples[sample].tag_set] ? SIDE_OLD : SIDE_NEW;
}

static double seconds(const struct report *report, enum side_of side)
{
	return (double)report->sides[side].duration_ns / 1e9;
}

bool compare_durations_differ(const struct report *report)
{
	double old = seconds(report, SIDE_OLD), new = seconds(report, SIDE_NEW);

	return old > 0 && new > 0 && fabs(old - new) > COMPARE_DURATIONS_DIFFER *fmax(old, new);
}

bool compare_init(struct comparison *c, const struct report *report, struct buffer *error)
{
	const struct options *o = report->options;

	*c = (struct comparison){ .report = report, .scale = { 1, 1 } };
	if (!report->is_pair) {
		buffer_text(error, "two profiles are needed: akt pprof diff OLD NEW");
		return false;
	}
	for (enum side_of side = 0; side < SIDES; side++)
		c->counting[side] = counting_of(report, side);
	c->knows_chance = c->counting[0].kind != COUNTING_ROWS && !c->counting[0].is_mean;
	if (o->normalize && report->before[SIDE_NEW].value != 0)
		c->scale[SIDE_NEW] = (double)report->before[SIDE_OLD].value /
				     (double)report->before[SIDE_NEW].value;
	for (enum side_of side = 0; o->per_second && side < SIDES; side++) {
		if (report->sides[side].duration_ns <= 0) {
			buffer_printf(error, "per_second: %s does not tell its duration",
				      report->sides[side].name);
			return false;
		}
		c->scale[side] = 1 / seconds(report, side);
	}
	if (o->normalize && o->per_second)
		buffer_text(error, "normalize and per_second exclude each other");
	return error->size == 0;
}

/* How much one observation adds to the compared value. */
static double weight_of(const struct comparison *c, const struct tally *tally, enum side_of side)
{
	double value = fabs((double)tally->value);

	return value > 0 ? fmax(tally->spread / value, value * FINEST_WEIGHT) * c->scale[side] : 0;
}

/* Where a side has nothing, an observation weighs there what it does on the other, if observations
 * weigh the same on the whole. */
static double weight_by_other(const struct comparison *c, double other, enum side_of side)
{
	double own = weight_of(c, &c->report->before[side], side);
	double whole = weight_of(c, &c->report->before[!side], !side);

	return own > 0 && whole > 0 ? other * own / whole : other;
}

static void judge(const struct comparison *c, const struct tally pair[SIDES], struct change *change)
{
	double weight[SIDES], count[SIDES], share;

	change->needed = INFINITY;
	if (!c->knows_chance || pair[0].value < 0 || pair[1].value < 0)
		return;
	for (enum side_of side = 0; side < SIDES; side++)
		weight[side] = weight_of(c, &pair[side], side);
	if (pair[0].spread + pair[1].spread <= 0 || c->counting[0].is_exact ||
	    c->counting[1].is_exact)
		return;
	for (enum side_of side = 0; side < SIDES; side++)
		if (weight[side] <= 0)
			weight[side] = weight_by_other(c, weight[!side], side);
	for (enum side_of side = 0; side < SIDES; side++)
		count[side] = (double)pair[side].value * c->scale[side] / weight[side];
	share = weight[SIDE_OLD] / (weight[SIDE_OLD] + weight[SIDE_NEW]);
	change->chance = noise_chance(count[SIDE_OLD], count[SIDE_NEW], share);
	change->needed = noise_needed(count[SIDE_OLD], count[SIDE_NEW], share) * change->seen /
			 (count[SIDE_OLD] + count[SIDE_NEW]);
}

static double percent_of(double old, double new)
{
	if (old == new)
		return 0;
	return old != 0 ? (new - old) / fabs(old) * 100 : copysign(INFINITY, new);
}

struct change compare_change(const struct comparison *c, const struct tally pair[SIDES])
{
	struct change change = { .seen = pair[0].seen + pair[1].seen };
	double exact[SIDES], rate[SIDES];

	for (enum side_of side = 0; side < SIDES; side++) {
		int64_t value = tally_value(&pair[side], &c->counting[side]);

		exact[side] = (double)value * c->scale[side];
		rate[side] = exact[side] / fmax(seconds(c->report, side), 1e-9);
		change.value[side] = c->scale[side] != 1 ? number_from(round(exact[side])) : value;
	}
	change.delta =
		number_add(change.value[SIDE_NEW], number_multiply(-1, change.value[SIDE_OLD]));
	change.percent = percent_of(exact[SIDE_OLD], exact[SIDE_NEW]);
	change.rate_percent = percent_of(rate[SIDE_OLD], rate[SIDE_NEW]);
	judge(c, pair, &change);
	return change;
}

struct measure_text compare_percent(const struct change *change)
{
	struct measure_text text = { "0%" };

	if (change->value[SIDE_OLD] == 0 && change->value[SIDE_NEW] != 0)
		snprintf(text.text, sizeof(text.text), "new");
	else if (change->value[SIDE_NEW] == 0 && change->value[SIDE_OLD] != 0)
		snprintf(text.text, sizeof(text.text), "gone");
	else if (change->percent != 0)
		snprintf(text.text, sizeof(text.text), "%+.*f%%",
			 fabs(change->percent) < 100 ? 1 : 0, change->percent);
	return text;
}

struct measure_text compare_value(const struct comparison *c, int64_t value)
{
	struct measure_text text = report_value(c->report, value);

	if (c->report->options->per_second && value != 0)
		strncat(text.text, "/s", sizeof(text.text) - strlen(text.text) - 1);
	return text;
}

struct measure_text compare_delta(const struct comparison *c, int64_t value)
{
	struct measure_text text = compare_value(c, value);

	if (value > 0) {
		memmove(text.text + 1, text.text, sizeof(text.text) - 1);
		text.text[0] = '+';
		text.text[sizeof(text.text) - 1] = '\0';
	}
	return text;
}

void compare_head(const struct comparison *c, const struct tally pair[SIDES], struct buffer *out)
{
	static const char *const names[SIDES] = { "Old", "New" };
	const struct report *report = c->report;

	for (enum side_of side = 0; side < SIDES; side++) {
		int64_t value = tally_value(&pair[side], &c->counting[side]);

		buffer_printf(out, "%s: %s, ", names[side], report->sides[side].name);
		if (report->sides[side].duration_ns > 0)
			buffer_printf(out, "duration %s, ",
				      measure_label(report->sides[side].duration_ns, "nanoseconds",
						    "auto")
					      .text);
		buffer_printf(out, "total %s", report_value(report, value).text);
		if (c->counting[side].kind != COUNTING_ROWS)
			buffer_printf(out, " in %.0f samples", pair[side].seen);
		buffer_text(out, "\n");
	}
	if (report->options->normalize)
		buffer_printf(out, "New is scaled to the total of old: by %.4g\n",
			      c->scale[SIDE_NEW]);
	else if (compare_durations_differ(report) && !report->options->per_second)
		buffer_text(out, "The durations differ: values are totals, the column per s tells "
				 "the change of rates (-per_second for all)\n");
}
