/* SPDX-License-Identifier: MIT */
/*
 * report: one question to one profile: the filtered profile, what is counted, how numbers are
 * written, and the lines that head every answer.
 */
#ifndef PPROF_REPORT_H
#define PPROF_REPORT_H

#include "pprof/query/measure.h"
#include "pprof/ground/number.h"
#include "pprof/ground/options.h"
#include "pprof/ground/regex.h"
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
	FORMAT_DIFF = 11,
	FORMAT_LEAKS = 12,
	FORMAT_MESSAGES = 13,
	FORMAT_DISASM = 14,
	FORMAT_WEBLIST = 15,
	FORMAT_HTML = 16,
};

/* Two runs lie in one profile when they are compared: the samples of OLD have the label pprof::base.
 * Of one profile alone there is only NEW. */
enum side_of {
	SIDE_OLD = 0,
	SIDE_NEW = 1,
	SIDES = 2,
};

/* What a run says of itself, before both are one. */
struct side {
	const char *name; /* of its first file */
	int64_t time_ns;
	int64_t duration_ns;
	int64_t period;
};

struct run_context;
struct tally;

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
	bool misses;            /* a filter matched nothing */
	bool is_coloured;
	const struct run_context *context; /* or NULL */
	struct side sides[SIDES];
	bool is_pair;
	bool *is_old; /* of tag sets, known before filters drop labels; NULL: the command asks not */
	struct tally *before; /* per side, all samples before filters */
	int64_t *sums;        /* per type, of NEW before filters */
	bool has_met;         /* a condition of -fail_if */
};

/* What the report owns; the profile is not its. */
void report_fini(struct report *report);

/* Count the total; the profile is not yet filtered, unless percentages shall be relative. */
void report_count(struct report *report);

/* A value as text, ratio and unit applied. */
struct measure_text report_value(const struct report *report, int64_t value);

/* As report_value; "." for zero. */
struct measure_text report_value_or_dot(const struct report *report, int64_t value);

/* "minimum" as the unit becomes that of the smallest value, unless the largest is far away. */
void report_choose_unit(struct report *report, int64_t smallest, int64_t largest);

/* Whether the samples of a tag set are those of a base. */
bool report_is_base_set(const struct profile *profile, uint32_t set);

/* A text in grey, or between other marks of its own, where colours are. */
const char *report_grey(const struct report *report, bool is_grey);
const char *report_grey_end(const struct report *report, bool is_grey);

/* The unit of a numeric key. */
const char *report_key_unit(const struct report *report, uint32_t key);

/* What the profile says of itself: File, Build ID, comments, Type, Doc, Time, Duration. */
void report_profile_labels(const struct report *report, struct buffer *out);

/* The filters that are set, a line each. */
void report_filters(const struct options *options, struct buffer *out);

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
bool report_diff(struct report *report, struct buffer *out, struct buffer *error);
bool report_leaks(struct report *report, struct buffer *out, struct buffer *error);
bool report_messages(struct report *report, struct buffer *out, struct buffer *error);
bool report_by(struct report *report, struct buffer *out, struct buffer *error);
bool report_disasm(struct report *report, struct buffer *out, struct buffer *error);
bool report_weblist(struct report *report, struct buffer *out, struct buffer *error);
bool report_dot(struct report *report, struct buffer *out, struct buffer *error);
bool report_html(struct report *report, struct buffer *out, struct buffer *error);

#endif
