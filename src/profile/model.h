/* SPDX-License-Identifier: MIT */
/*
 * model: what a profile is in memory. Flat tables that point at each other by index, so that
 * millions of samples cost little more than their numbers, and a copy is a few memcpy.
 *
 *	samples ---> refs (locations, leaf first) ---> lines (innermost first) ---> functions
 *	   |  \                                 \---> mapping
 *	   |   \--> values: sample i, type t at i * type_count + t
 *	   \------> label set (many samples share one) ---> labels
 *
 * Texts are numbers into the string table, 0 being "". Ids are those of the file and kept for
 * printing; inside, only indexes count. Open to read and to change: filters of the analyzer edit
 * their own copy in place.
 */
#ifndef AKTI_PROFILE_MODEL_H
#define AKTI_PROFILE_MODEL_H

#include "profile/profile.h"
#include "profile/strings.h"

#define PROFILE_NONE UINT32_MAX

struct profile_type {
	uint32_t type;
	uint32_t unit;
};

struct profile_mapping {
	uint64_t id;
	uint64_t start;
	uint64_t limit;
	uint64_t offset;
	uint32_t file;
	uint32_t build_id;
	bool has_functions;
	bool has_filenames;
	bool has_line_numbers;
	bool has_inline_frames;
};

struct profile_function {
	uint64_t id;
	int64_t start_line;
	uint32_t name;
	uint32_t system_name;
	uint32_t file;
};

struct profile_line {
	int64_t line;
	int64_t column;
	uint32_t function;
};

struct profile_location {
	uint64_t id;
	uint64_t address;
	uint32_t mapping; /* or PROFILE_NONE */
	uint32_t line_first;
	uint32_t line_count;
	bool is_folded;
};

/* A label as stored. Within a set the texts come first, then the numbers, each by key. */
struct profile_tag {
	int64_t num;
	uint32_t key;
	uint32_t str;
	uint32_t unit; /* 0: none */
	bool is_num;
};

struct profile_tag_set {
	uint32_t first;
	uint32_t count;
};

struct profile_sample {
	uint64_t ref_first;
	uint32_t ref_count;
	uint32_t tag_set; /* 0: no labels */
};

struct profile {
	int error; /* of building: the first one sticks */
	struct strings *strings;

	struct profile_type *types;
	struct profile_mapping *mappings;
	struct profile_function *functions;
	struct profile_location *locations;
	struct profile_line *lines;
	struct profile_tag *tags;
	struct profile_tag_set *tag_sets;
	struct profile_sample *samples;
	uint32_t *refs;
	int64_t *values; /* capacity in samples is sample_capacity */
	uint32_t *comments;

	uint32_t type_count, mapping_count, function_count, location_count, line_count;
	uint32_t tag_count, tag_set_count, sample_count, comment_count;
	uint64_t ref_count, value_count;
	uint32_t type_capacity, mapping_capacity, function_capacity, location_capacity;
	uint32_t line_capacity, tag_capacity, tag_set_capacity, sample_capacity, comment_capacity;
	uint64_t ref_capacity, value_capacity;

	uint32_t default_type; /* a text */
	uint32_t doc_url;
	uint32_t drop_frames;
	uint32_t keep_frames;
	struct profile_type period_type;
	int64_t period;
	int64_t time_ns;
	int64_t duration_ns;

	/* Of building only. */
	struct index frames;     /* locations by address or by name */
	struct index stacks;     /* samples by stack and labels */
	struct index label_sets; /* tag sets by content */
	uint32_t *scratch_refs;
};

/* A profile with nothing in it but the empty text and the empty label set. */
int akti_profile_init_empty(struct profile **ret_profile);

/* An independent copy that shares the texts. */
int akti_profile_copy(const struct profile *profile, struct profile **ret_copy);

/* The number of a NUL-terminated text; NULL is "". Remembers an error and returns 0. */
uint32_t akti_profile_text(struct profile *profile, const char *text);

AKTI_INLINE const char *akti_profile_bytes(const struct profile *profile, uint32_t text)
{
	return profile->strings->at[text].bytes;
}

/* The tags of a set, which may be none. */
AKTI_INLINE const struct profile_tag *akti_profile_tags(const struct profile *profile, uint32_t set)
{
	const struct profile_tag_set *at = &profile->tag_sets[set];

	return at->count > 0 ? &profile->tags[at->first] : NULL;
}

/* Room for one more entry of a table; the tables' counts are 32 bit, those of refs and values 64.
 * Errors: NOMEM, LIMIT. */
int akti_profile_reserve(void *table, uint32_t count, uint32_t *capacity, size_t entry_bytes);
int akti_profile_reserve_wide(void *table, uint64_t count, uint64_t *capacity, size_t entry_bytes);

/* Append an entry with what is given, its id being its place; returns its index or PROFILE_NONE
 * with profile->error set. */
uint32_t akti_profile_add_mapping(struct profile *profile, struct profile_mapping mapping);
uint32_t akti_profile_add_function(struct profile *profile, struct profile_function function);
uint32_t akti_profile_add_location(struct profile *profile, struct profile_location location);
uint32_t akti_profile_add_line(struct profile *profile, struct profile_line line);

/* The set that holds exactly these tags, already in order; the same content gives the same set. */
uint32_t akti_profile_add_tags(struct profile *profile, const struct profile_tag *tags,
			       uint32_t count);

/* Bring tags into their order: texts before numbers, each by the bytes of the key; tags of one key
 * keep theirs. */
void akti_profile_sort_tags(const struct strings *strings, struct profile_tag *tags,
			    uint32_t count);

/* Append a sample that is known to be new. refs must not point into the profile. */
int akti_profile_append_sample(struct profile *profile, const uint32_t *refs, uint32_t ref_count,
			       const int64_t *values, uint32_t tag_set);

#endif
