/* SPDX-License-Identifier: MIT */
#include "pprof/answer/tally.h"

#include <math.h>
#include <string.h>

static const char *type_text(const struct profile *p, uint32_t type)
{
	return akti_profile_bytes(p, p->types[type].type);
}

static bool has_unit(const struct profile *p, uint32_t type, const char *unit)
{
	return strcmp(akti_profile_bytes(p, p->types[type].unit), unit) == 0;
}

/* Of "inuse_space" or "inuse_objects" the types of its objects and bytes; "space" is of "objects".
 */
static bool find_blocks(const struct profile *p, struct counting *c)
{
	const char *name = type_text(p, c->value);
	const char *end = strrchr(name, '_');
	size_t prefix = end != NULL ? (size_t)(end - name) + 1 : 0;
	uint32_t found = 0;

	for (uint32_t t = 0; t < p->type_count; t++) {
		const char *other = type_text(p, t);

		if (strlen(other) < prefix || memcmp(other, name, prefix) != 0)
			continue;
		if (strcmp(other + prefix, "objects") == 0) {
			c->count = t;
			found |= 1;
		} else if (strcmp(other + prefix, "space") == 0) {
			c->bytes = t;
			found |= 2;
		}
	}
	return found == 3;
}

static bool find_events(const struct profile *p, struct counting *c)
{
	for (uint32_t t = 0; t < p->type_count; t++)
		if (has_unit(p, t, "count")) {
			c->count = t;
			return true;
		}
	return false;
}

struct counting counting_of(const struct report *report, enum side_of side)
{
	const struct profile *p = report->profile;
	double period = (double)report->sides[side].period;
	struct counting c = { .value = report->value_index, .is_mean = report->is_mean };

	if (find_blocks(p, &c) && period > 0) {
		c.kind = COUNTING_BLOCKS;
		c.period = period;
		c.is_exact = period <= 1;
		c.factor = log1p(-1 / (c.period + 1));
	} else if (find_events(p, &c)) {
		c.kind = COUNTING_EVENTS;
		c.period = p->period_type.type == p->types[c.count].type && period > 1 ? period : 1;
		c.is_exact = has_unit(p, c.value, "cycles");
	}
	return c;
}

/* How many blocks were hit for so many objects of so many bytes, and how much of each hit is
 * chance: a block that is always hit is known. */
static double hits(const struct counting *c, double objects, double bytes, double *ret_chance)
{
	double hit = objects > 0 ? -expm1(c->factor * bytes / objects) : 0;

	if (c->is_exact)
		hit = 1;
	*ret_chance = 1 - hit;
	return objects * hit;
}

void tally_add(struct tally *tally, const struct counting *c, const int64_t *values)
{
	double value = (double)values[c->value], seen = 1, chance = 1;

	if (c->kind == COUNTING_EVENTS)
		seen = fabs((double)values[c->count]) / c->period;
	else if (c->kind == COUNTING_BLOCKS)
		seen = hits(c, fabs((double)values[c->count]), fabs((double)values[c->bytes]),
			    &chance);
	else if (value == 0)
		seen = 0;
	tally->value = number_add(tally->value, values[c->value]);
	tally->divisor = number_add(tally->divisor, c->is_mean ? values[0] : 0);
	tally->seen += seen;
	if (seen > 0)
		tally->spread += chance * value * value / seen;
}

int64_t tally_value(const struct tally *tally, const struct counting *c)
{
	return number_mean(tally->value, c->is_mean ? tally->divisor : 0);
}

bool tally_is_few(const struct tally *tally, const struct counting *c)
{
	double value = (double)tally->value;

	/* A single block that is always hit is known as well as any number of others. */
	return c->kind != COUNTING_ROWS && !c->is_exact && tally->seen < TALLY_FEW - 0.5 &&
	       tally->spread * TALLY_FEW > value * value;
}

void counting_explain(const struct counting *c, const struct report *report, struct buffer *out)
{
	const struct profile *p = report->profile;

	if (c->kind == COUNTING_ROWS)
		buffer_text(out, "samples: stacks of the profile, which counts no events: nothing "
				 "is known of chance\n");
	else if (c->kind == COUNTING_BLOCKS && c->is_exact)
		buffer_text(out, "samples: objects; each was recorded\n");
	else if (c->kind == COUNTING_BLOCKS)
		buffer_printf(out,
			      "samples: blocks that were hit, about, worked back from one hit in "
			      "%s\n",
			      measure_label(number_from(c->period), "bytes", "auto").text);
	else if (c->period > 1)
		buffer_printf(out, "samples: the %s that were timed, one in %.0f\n",
			      type_text(p, c->count), c->period);
	else
		buffer_printf(out, "samples: as the profile counts them (%s)\n",
			      type_text(p, c->count));
	if (c->kind != COUNTING_ROWS && c->is_exact && c->kind != COUNTING_BLOCKS)
		buffer_printf(out, "%s are exact and not sampled\n", type_text(p, c->value));
	else if (c->kind != COUNTING_ROWS && !c->is_exact)
		buffer_printf(out, "~ fewer than %d samples: chance, not a measurement\n",
			      TALLY_FEW);
}
