/* SPDX-License-Identifier: MIT */
/*
 * condition: what -fail_if says of two runs:
 *
 *	cum(REGEX) > +5%	flat(REGEX) >= +10ms	total < -2MB
 *
 * cum is what passes through a function that matches, flat what such functions do themselves, total
 * all that the filters leave. The change is signed: of the old value, or in a unit (none for counts).
 */
#ifndef PPROF_CONDITION_H
#define PPROF_CONDITION_H

#include "pprof/ground/regex.h"

enum condition_measure {
	CONDITION_CUM = 0,
	CONDITION_FLAT = 1,
	CONDITION_TOTAL = 2,
};

enum condition_sign {
	CONDITION_GREATER = 0,
	CONDITION_AT_LEAST = 1,
	CONDITION_LESS = 2,
};

struct condition {
	const char *text; /* as written; not owned */
	enum condition_measure measure;
	struct regex *regex; /* NULL for total */
	enum condition_sign sign;
	double limit; /* in percent, or in the unit */
	bool is_percent;
	char unit[16];
};

/* False with a text that tells the column. */
bool condition_parse(struct condition *condition, const char *text, struct buffer *error);
void condition_fini(struct condition *condition);

/* Whether a change is what the condition speaks of. */
bool condition_holds(const struct condition *condition, double change);

#endif
