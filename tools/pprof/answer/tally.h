/* SPDX-License-Identifier: MIT */
/*
 * tally: what values add up to, and how many observations stand behind them. A CPU profile says how
 * many samples were taken. A message profile counts each timed message for those it stands for. A
 * heap profile holds objects that its writer has scaled up; how many blocks were hit is worked back
 * from the rate: k objects of s bytes are k * p hits, p = 1 - (rate / (rate + 1))^s. Only where
 * nothing is counted the rows of the profile stand in, which says nothing of chance.
 */
#ifndef PPROF_TALLY_H
#define PPROF_TALLY_H

#include "pprof/query/report.h"

/* Fewer observations than this are shown as doubtful. */
#define TALLY_FEW 10

enum counting_kind {
	COUNTING_ROWS = 0,   /* stacks of the profile: not a count of observations */
	COUNTING_EVENTS = 1, /* of a type with the unit count */
	COUNTING_BLOCKS = 2, /* worked back from objects and bytes */
};

/* How one profile counts what is asked for. */
struct counting {
	enum counting_kind kind;
	bool is_exact;         /* the value is no estimate from observations: nothing is chance */
	uint32_t value, count; /* types */
	uint32_t bytes;        /* of blocks */
	double period;         /* what an event stands for; of blocks the rate in bytes */
	double factor;         /* 1 - 1 / (rate + 1), as a logarithm */
	uint32_t divisor;      /* of means */
	bool is_mean;
};

struct tally {
	int64_t value, divisor;
	double seen;   /* observations */
	double spread; /* sum of the squares of what each observation weighs */
};

/* For the value that the report shows; side tells the period. */
struct counting counting_of(const struct report *report, enum side_of side);

void tally_add(struct tally *tally, const struct counting *counting, const int64_t *values);

/* The value, or the mean. */
int64_t tally_value(const struct tally *tally, const struct counting *counting);

/* Whether so little was seen that the figure means nothing. */
bool tally_is_few(const struct tally *tally, const struct counting *counting);

/* "samples: those of the timer, one for 10ms": a line for people, ended by '\n'. */
void counting_explain(const struct counting *counting, const struct report *report,
		      struct buffer *out);

#endif
