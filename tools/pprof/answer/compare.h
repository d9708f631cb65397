/* SPDX-License-Identifier: MIT */
/*
 * compare: what has changed from OLD to NEW, and whether chance alone does that. Values of NEW may
 * be scaled first: to the total of OLD (-normalize), or both to a second of their runs
 * (-per_second). A change is judged by noise.h from the observations behind both values.
 */
#ifndef PPROF_COMPARE_H
#define PPROF_COMPARE_H

#include "pprof/answer/tally.h"

/* Runs whose lengths differ by more than this part are told apart by rates too. */
#define COMPARE_DURATIONS_DIFFER 0.1

struct comparison {
	const struct report *report;
	struct counting counting[SIDES];
	double scale[SIDES];
	bool knows_chance; /* false: the profile counts nothing, or means are compared */
};

struct change {
	int64_t value[SIDES];
	int64_t delta;
	double percent; /* of OLD; infinite for what is new */
	double rate_percent;
	double seen;   /* observations in both */
	double chance; /* that nothing has changed: 0 where it is no matter of chance */
	double needed; /* observations that would make it significant */
};

/* What the reports of akt itself have to know before filters: which labels are of OLD, */
void compare_sides(struct report *report);
/* and once the value is chosen, what all samples add up to. */
void compare_begin(struct report *report);

/* False with a text when there is no pair or a scale is not known. */
bool compare_init(struct comparison *comparison, const struct report *report, struct buffer *error);

struct change compare_change(const struct comparison *comparison, const struct tally pair[SIDES]);

/* The side of a sample. */
enum side_of compare_side(const struct report *report, uint32_t sample);

/* "+12.3%", "new", "gone". */
struct measure_text compare_percent(const struct change *change);

/* A value of a comparison, with "/s" where it is a rate. */
struct measure_text compare_value(const struct comparison *comparison, int64_t value);

/* The same with its sign. */
struct measure_text compare_delta(const struct comparison *comparison, int64_t value);

bool compare_durations_differ(const struct report *report);

/* A line per side: file, duration, total. */
void compare_head(const struct comparison *comparison, const struct tally pair[SIDES],
		  struct buffer *out);

#endif
