/* SPDX-License-Identifier: MIT */
/*
 * filter: the options that choose samples, frames and labels, applied to a profile in place. What
 * matched nothing is said in warnings, a line each.
 */
#ifndef PPROF_FILTER_H
#define PPROF_FILTER_H

#include "pprof/query/report.h"

/* focus, ignore, hide, show, show_from, tagfocus, tagignore, tagshow, taghide, prune_from. False
 * with a text when one of them is no regular expression. */
bool filter_apply(struct report *report, struct buffer *error);

/* tagroot and tagleaf: labels become frames. */
void filter_add_label_frames(struct report *report);

/* Say that a filter matched nothing, unless it did. */
void filter_warn(struct report *report, bool matched, const char *name);

/* A list of label keys, "actor,msg"; the list and its texts are the caller's. */
char **filter_split_keys(const char *option, size_t *ret_count);

/* All values of a key in a set of labels, joined by commas; false: it has none. */
bool filter_label_values(const struct report *report, uint32_t set, const char *key,
			 struct buffer *out);

/* Samples by a label: a predicate on sets of labels. NULL with a text on an error. */
struct tag_filter;
struct tag_filter *tag_filter_create(struct report *report, const char *name, const char *value,
				     struct buffer *error);
bool tag_filter_matches(const struct tag_filter *filter, uint32_t tag_set);
void tag_filter_destroy(struct tag_filter *filter);

/* The frames that the profile itself wants dropped (drop_frames but not keep_frames). */
void filter_drop_frames(struct profile *profile);

/* Drop what the lowest matching frame called, not the frame itself. */
void filter_prune_from(struct profile *profile, const struct regex *regex);

/* Merge locations to the granularity of the report. */
void filter_aggregate(struct profile *profile, const char *granularity, bool noinlines,
		      bool showcolumns);

/* Remove samples for which keep is false. */
void filter_keep_samples(struct profile *profile, const bool *keep);

#endif
