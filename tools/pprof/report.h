/* SPDX-License-Identifier: MIT */
/*
 * report: one question to one profile: the filtered profile, what is counted, how numbers are
 * written, and the lines that head every answer.
 */
#ifndef PPROF_REPORT_H
#define PPROF_REPORT_H

#include "pprof/measure.h"
#include "pprof/number.h"
#include "pprof/options.h"
#include "pprof/regex.h"
#include "profile/model.h"

enum report_format {
	FORMAT_COMMENTS = 0,
	FORMAT_DOT = 1,
	FORMAT_LIST = 2,
	FORMAT_PROTO = 3,
	FORMAT_RAW = 4,
	FORMAT_TAGS = 5,
	FORMAT_TEXT = 6,
	FORMAT_TOPPROTO = 7,
	FORMAT_TRACES = 8,
	FORMAT_TREE = 9,
	FORMAT_CALLGRIND = 10,
};

/* The unit that each numeric label key is shown in. */
struct key_unit {
	uint32_t key;
	uint32_t unit;
};

struct report {
	struct profile *profile; /* belongs to the report: filters and graphs change it */
	enum report_format format;
	const struct options *options;
	int64_t nodecount; /* after the command's own rules */
	double nodefraction;
	double edgefraction;
	uint32_t value_index;
	bool is_mean;
	char *type; /* "cpu", "mean_delay" */
	const char *unit;
	const char *output_unit;
	double ratio; /* 1 / divide_by */
	int64_t total;
	char *title;
	struct regex *symbol; /* of list and peek; else NULL */
	struct key_unit *key_units;
	uint32_t key_unit_count;
	struct buffer warnings; /* for stderr: a line each */
};

/* Count the total; the profile is not yet filtered, unless percentages shall be relative. */
void report_count(struct report *report);

/* A value as text, ratio and unit applied. */
struct measure_text report_value(const struct report *report, int64_t value);

/* As report_value; "." for zero. */
struct measure_text report_value_or_dot(const struct report *report, int64_t value);

/* The unit of a numeric key. */
const char *report_key_unit(const struct report *report, uint32_t key);

/* What the profile says of itself: File, Build ID, comments, Type, Doc, Time, Duration. */
void report_profile_labels(const struct report *report, struct buffer *out);

struct report_counts {
	int64_t shown_total;
	size_t shown_nodes;
	size_t original_nodes;
	size_t dropped_nodes;
	size_t dropped_edges;
};

/* The head of a report on a graph, lines ended by '\n'. */
void report_labels(const struct report *report, const struct report_counts *counts, bool is_full,
		   struct buffer *out);

/* Each answers into out; false with a text in error when there is nothing to show. */
bool report_top(struct report *report, struct buffer *out, struct buffer *error);
bool report_tree(struct report *report, struct buffer *out, struct buffer *error);
bool report_list(struct report *report, struct buffer *out, struct buffer *error);
bool report_tags(struct report *report, struct buffer *out, struct buffer *error);
bool report_traces(struct report *report, struct buffer *out, struct buffer *error);
bool report_raw(struct report *report, struct buffer *out, struct buffer *error);
bool report_comments(struct report *report, struct buffer *out, struct buffer *error);
bool report_proto(struct report *report, struct buffer *out, struct buffer *error);
bool report_topproto(struct report *report, struct buffer *out, struct buffer *error);
bool report_callgrind(struct report *report, struct buffer *out, struct buffer *error);
bool report_dot(struct report *report, struct buffer *out, struct buffer *error);

#endif
