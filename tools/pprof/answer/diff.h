/* SPDX-License-Identifier: MIT */
/*
 * diff: two runs as a table: a row for each function, or with -by for each value of labels, with
 * what it was, what it is, and the change. Conditions of -fail_if are asked of the same rows.
 */
#ifndef PPROF_DIFF_H
#define PPROF_DIFF_H

#include "pprof/answer/functions.h"
#include "pprof/answer/groups.h"

struct diff_row {
	uint32_t node; /* or group */
	struct change flat, cum;
};

struct diff {
	struct report *report;
	struct comparison comparison;
	struct graph *graph; /* NULL with -by */
	struct groups groups;
	struct function_tallies *tallies;
	struct diff_row *rows;
	size_t row_count;
	size_t dropped;
	struct tally total[SIDES]; /* after filters */
	bool sorts_by_cum;
};

/* Ask one condition; what comes of it is printed and remembered in the report. False with a text
 * when it cannot be asked of this profile. */
bool diff_judge(struct diff *diff, const char *condition, struct buffer *out, struct buffer *error);

/* A row as text: the name of the function, or the labels. */
void diff_row_text(const struct diff *diff, uint32_t node, struct buffer *out);

#endif
