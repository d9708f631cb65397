/* SPDX-License-Identifier: MIT */
/*
 * groups: samples by the values of label keys: each set of labels belongs to one group, so a pass
 * over the samples is a table look-up each. A group knows its cells, one text per key.
 */
#ifndef PPROF_GROUPS_H
#define PPROF_GROUPS_H

#include "pprof/query/report.h"

#define GROUP_KEYS_MAX 8

/* A key, the one that is asked where a sample has not the first, and the title of the column that
 * is not the key; NULL: none. */
struct group_key {
	const char *key;
	const char *instead;
	const char *title;
};

struct groups {
	struct group_key keys[GROUP_KEYS_MAX];
	size_t key_count;
	uint32_t *of_set; /* tag set -> group */
	uint32_t *cells;  /* group * key_count: texts; 0: the label is missing */
	uint32_t count, capacity;
	struct index index;
	char **names; /* of keys, when they come from an option */
};

/* Texts of the profile are added to, so it must be open to change. */
void groups_init(struct groups *groups, struct report *report, const struct group_key *keys,
		 size_t key_count);

/* By the keys of an option, "actor_type,msg". False with a text when there are none or too many. */
bool groups_init_option(struct groups *groups, struct report *report, const char *option,
			struct buffer *error);
void groups_fini(struct groups *groups);

/* Warn of keys that no sample of the profile has. */
void groups_warn(const struct groups *groups, struct report *report);

/* A cell as text; "(no actor)" for a missing label. */
void groups_cell(const struct groups *groups, const struct profile *profile, uint32_t group,
		 size_t key, struct buffer *out);

/* Characters of the widest cell of a key among groups, or of its name. */
int groups_width(const struct groups *groups, const struct profile *profile, size_t key,
		 const uint32_t *order, size_t count);

/* The cells of a group, or the names of keys for GROUP_NONE, as columns aligned to the left. */
#define GROUP_NONE UINT32_MAX
void groups_print(const struct groups *groups, const struct profile *profile, uint32_t group,
		  const int *widths, struct buffer *out);

/* Spaces behind the text up to a width. */
void groups_pad(const char *text, int width, struct buffer *out);

#endif
