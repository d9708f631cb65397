/* SPDX-License-Identifier: MIT */
/*
 * measure: values with units as people read them: 1.5s, 64kB, 12.50%. The rules are those of
 * pprof: a unit in plural or not, in any case; kB is 1024 B; ".00" is cut; unknown units print as
 * they are, counting units not at all.
 */
#ifndef PPROF_MEASURE_H
#define PPROF_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct measure_text {
	char text[128];
};

/* Convert a value. "minimum" and "auto" choose the unit that suits it. *ret_unit is a constant, or
 * to; "" when there is nothing to say. */
double measure_scale(int64_t value, const char *from, const char *to, const char **ret_unit);

/* Whether one unit can be told in the other: both are of time, of bytes, or the same word. */
bool measure_is_same_kind(const char *unit, const char *other);

/* The value in the unit asked for, with the unit. */
struct measure_text measure_label(int64_t value, const char *from, const char *to);

/* "12.34%", five characters wide, without sign; "  100%". */
struct measure_text measure_percentage(int64_t value, int64_t total);

#define MEASURE_UNITS_MAX 10

struct measure_unit {
	const char *name;
	double factor; /* how many of what is measured in */
};

/* The units that "auto" chooses from, for values of one, or the only one that was asked for; none: they
 * are shown as they are. */
size_t measure_units(const char *from, const char *to,
		     struct measure_unit units[MEASURE_UNITS_MAX]);

#endif
