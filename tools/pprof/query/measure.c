/* SPDX-License-Identifier: MIT */
#include "pprof/query/measure.h"
#include "base/base.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ALIAS_BYTES 32

struct unit {
	const char *name;
	const char *aliases[3];
	double factor;
};

struct unit_kind {
	const char *name; /* of what is shown when no unit suits */
	double factor;
	struct unit units[MEASURE_UNITS_MAX];
};

static const struct unit_kind kinds[] = {
	{ "B",
	  1,
	  { { "B", { "b", "byte" }, 1 },
	    { "kB", { "kb", "kbyte", "kilobyte" }, 0x1p10 },
	    { "MB", { "mb", "mbyte", "megabyte" }, 0x1p20 },
	    { "GB", { "gb", "gbyte", "gigabyte" }, 0x1p30 },
	    { "TB", { "tb", "tbyte", "terabyte" }, 0x1p40 },
	    { "PB", { "pb", "pbyte", "petabyte" }, 0x1p50 } } },
	{ "s",
	  1e9,
	  { { "ns", { "ns", "nanosecond" }, 1 },
	    { "us", { "us", "microsecond" }, 1e3 },
	    { "ms", { "ms", "millisecond" }, 1e6 },
	    { "s", { "s", "sec", "second" }, 1e9 },
	    { "hrs", { "hour", "hr" }, 3600e9 } } },
	{ "GCU",
	  1,
	  { { "n*GCU", { "nanogcu" }, 1e-9 },
	    { "u*GCU", { "microgcu" }, 1e-6 },
	    { "m*GCU", { "milligcu" }, 1e-3 },
	    { "GCU", { "gcu" }, 1 },
	    { "k*GCU", { "kilogcu" }, 1e3 },
	    { "M*GCU", { "megagcu" }, 1e6 },
	    { "G*GCU", { "gigagcu" }, 1e9 },
	    { "T*GCU", { "teragcu" }, 1e12 },
	    { "P*GCU", { "petagcu" }, 1e15 } } },
};

/* Lower case and singular; "" when it is too long to be a unit we know. */
static void canonical(const char *unit, char alias[ALIAS_BYTES])
{
	size_t length = strlen(unit);

	alias[0] = '\0';
	if (length >= ALIAS_BYTES)
		return;
	for (size_t i = 0; i <= length; i++)
		alias[i] = (char)tolower((unsigned char)unit[i]);
	if (length > 2 && alias[length - 1] == 's')
		alias[length - 1] = '\0';
}

static const struct unit *find_unit(const struct unit_kind *kind, const char *unit)
{
	char alias[ALIAS_BYTES];

	canonical(unit, alias);
	for (const struct unit *u = kind->units; alias[0] != '\0' && u->name != NULL; u++)
		for (size_t i = 0; i < AKTI_COUNT_OF(u->aliases) && u->aliases[i] != NULL; i++)
			if (strcmp(u->aliases[i], alias) == 0)
				return u;
	return NULL;
}

/* The largest unit that leaves at least 1. */
static const struct unit *suiting(const struct unit_kind *kind, double value)
{
	const struct unit *best = NULL;

	for (const struct unit *u = kind->units; u->name != NULL; u++)
		if ((best == NULL || u->factor >= best->factor) && value / u->factor >= 1.0)
			best = u;
	return best;
}

static bool convert(const struct unit_kind *kind, int64_t value, const char *from, const char *to,
		    double *ret_value, const char **ret_unit)
{
	const struct unit *source = find_unit(kind, from);
	const struct unit *target;
	double v;

	if (source == NULL)
		return false;
	v = (double)value * source->factor;
	if (strcmp(to, "minimum") == 0 || strcmp(to, "auto") == 0)
		target = suiting(kind, v);
	else
		target = find_unit(kind, to);
	*ret_value = v / (target != NULL ? target->factor : kind->factor);
	*ret_unit = target != NULL ? target->name : kind->name;
	return true;
}

double measure_scale(int64_t value, const char *from, const char *to, const char **ret_unit)
{
	static const char *const silent[] = { "count", "sample", "unit", "minimum", "auto" };
	double scaled;

	if (value < 0 && value != INT64_MIN)
		return -measure_scale(-value, from, to, ret_unit);
	for (size_t i = 0; i < AKTI_COUNT_OF(kinds); i++)
		if (convert(&kinds[i], value, from, to, &scaled, ret_unit))
			return scaled;
	*ret_unit = to;
	for (size_t i = 0; i < AKTI_COUNT_OF(silent); i++)
		if (strcmp(to, silent[i]) == 0)
			*ret_unit = "";
	return (double)value;
}

bool measure_is_same_kind(const char *unit, const char *other)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(kinds); i++)
		if (find_unit(&kinds[i], unit) != NULL)
			return find_unit(&kinds[i], other) != NULL;
	return strcmp(unit, other) == 0;
}

size_t measure_units(const char *from, const char *to, struct measure_unit units[MEASURE_UNITS_MAX])
{
	bool any = strcmp(to, "minimum") == 0 || strcmp(to, "auto") == 0;
	size_t count = 0;

	for (size_t i = 0; i < AKTI_COUNT_OF(kinds); i++) {
		const struct unit *source = find_unit(&kinds[i], from);
		const struct unit *target = find_unit(&kinds[i], to);

		for (const struct unit *u = kinds[i].units; source != NULL && u->name != NULL; u++)
			if (any || u == target)
				units[count++] =
					(struct measure_unit){ u->name,
							       u->factor / source->factor };
	}
	return count;
}

struct measure_text measure_label(int64_t value, const char *from, const char *to)
{
	struct measure_text label;
	const char *unit;
	char number[64];
	double scaled = measure_scale(value, from, to, &unit);
	int n = snprintf(number, sizeof(number), "%.2f", scaled);

	if (n > 3 && strcmp(number + n - 3, ".00") == 0)
		number[n - 3] = '\0';
	if (strcmp(number, "0") == 0 || strcmp(number, "-0") == 0)
		snprintf(label.text, sizeof(label.text), "0");
	else
		snprintf(label.text, sizeof(label.text), "%s%s", number, unit);
	return label;
}

struct measure_text measure_percentage(int64_t value, int64_t total)
{
	struct measure_text label;
	double ratio = total != 0 ? fabs((double)value / (double)total) * 100 : 0;

	if (ratio >= 99.95 && ratio <= 100.05)
		snprintf(label.text, sizeof(label.text), "  100%%");
	else if (ratio >= 1.0)
		snprintf(label.text, sizeof(label.text), "%5.2f%%", ratio);
	else
		snprintf(label.text, sizeof(label.text), "%5.2g%%", ratio);
	return label;
}
