/* SPDX-License-Identifier: MIT */
/* The tables of a profile: growing, copying, freeing. */
#include "profile/model.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_MAX (1u << 30)

static int fail(struct profile *profile, int error)
{
	if (profile->error == 0)
		profile->error = error;
	return error;
}

int akti_profile_init_empty(struct profile **ret_profile)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	int r;

	if (profile == NULL)
		return AKT_ERR_NOMEM;
	profile->strings = akti_strings_create();
	if (profile->strings == NULL) {
		akti_profile_destroy(profile);
		return AKT_ERR_NOMEM;
	}
	r = akti_profile_reserve(&profile->tag_sets, 0, &profile->tag_set_capacity,
				 sizeof(*profile->tag_sets));
	if (r < 0) {
		akti_profile_destroy(profile);
		return r;
	}
	profile->tag_sets[0] = (struct profile_tag_set){ 0, 0 };
	profile->tag_set_count = 1;
	*ret_profile = profile;
	return 0;
}

void akti_profile_destroy(struct profile *profile)
{
	if (profile == NULL)
		return;
	akti_strings_unref(profile->strings);
	free(profile->types);
	free(profile->mappings);
	free(profile->functions);
	free(profile->locations);
	free(profile->lines);
	free(profile->tags);
	free(profile->tag_sets);
	free(profile->samples);
	free(profile->refs);
	free(profile->values);
	free(profile->comments);
	akti_index_fini(&profile->frames);
	akti_index_fini(&profile->stacks);
	akti_index_fini(&profile->label_sets);
	free(profile->scratch_refs);
	free(profile);
}

static int copy_table(void *table, uint64_t count, size_t entry_bytes)
{
	void **at = table;
	void *copy = malloc(count > 0 ? (size_t)count * entry_bytes : 1);

	if (copy != NULL && count > 0)
		memcpy(copy, *at, (size_t)count * entry_bytes);
	*at = copy;
	return copy != NULL ? 0 : AKT_ERR_NOMEM;
}

int akti_profile_copy(const struct profile *profile, struct profile **ret_copy)
{
	struct profile *copy = malloc(sizeof(*copy));
	int r = 0;

	if (copy == NULL)
		return AKT_ERR_NOMEM;
	*copy = *profile;
	copy->strings->users++;
	copy->frames = copy->stacks = copy->label_sets = (struct index){ 0 };
	copy->scratch_refs = NULL;
#define COPY_TABLE(table, number)                                                                  \
	do {                                                                                       \
		r |= copy_table(&copy->table, copy->number##_count, sizeof(*copy->table));         \
		copy->number##_capacity = copy->number##_count;                                    \
	} while (0)
	COPY_TABLE(types, type);
	COPY_TABLE(mappings, mapping);
	COPY_TABLE(functions, function);
	COPY_TABLE(locations, location);
	COPY_TABLE(lines, line);
	COPY_TABLE(tags, tag);
	COPY_TABLE(tag_sets, tag_set);
	COPY_TABLE(samples, sample);
	COPY_TABLE(refs, ref);
	COPY_TABLE(values, value);
	COPY_TABLE(comments, comment);
#undef COPY_TABLE
	if (r != 0) {
		akti_profile_destroy(copy);
		return AKT_ERR_NOMEM;
	}
	*ret_copy = copy;
	return 0;
}

uint32_t akti_profile_text(struct profile *profile, const char *text)
{
	uint32_t number = 0;
	int r = text != NULL ? akti_strings_intern(profile->strings, text, strlen(text), &number)
			     : 0;

	if (r < 0)
		fail(profile, r);
	return number;
}

int akti_profile_reserve(void *table, uint32_t count, uint32_t *capacity, size_t entry_bytes)
{
	uint64_t wide = *capacity;
	int r;

	if (count >= TABLE_MAX)
		return AKT_ERR_LIMIT;
	r = akti_profile_reserve_wide(table, count, &wide, entry_bytes);
	*capacity = (uint32_t)wide;
	return r;
}

int akti_profile_reserve_wide(void *table, uint64_t count, uint64_t *capacity, size_t entry_bytes)
{
	void **at = table;
	uint64_t room = count < 16 ? 16 : count + count / 2;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*at, (size_t)room, entry_bytes);
	if (grown == NULL)
		return AKT_ERR_NOMEM;
	*at = grown;
	*capacity = room;
	return 0;
}

/* The appending functions differ only in the table. */
#define APPEND(profile, table, number, entry)                                                      \
	do {                                                                                       \
		int r_ = akti_profile_reserve(&(profile)->table, (profile)->number##_count,        \
					      &(profile)->number##_capacity,                       \
					      sizeof(*(profile)->table));                          \
		if (r_ < 0) {                                                                      \
			fail(profile, r_);                                                         \
			return PROFILE_NONE;                                                       \
		}                                                                                  \
		(profile)->table[(profile)->number##_count] = (entry);                             \
		return (profile)->number##_count++;                                                \
	} while (0)

uint32_t akti_profile_add_mapping(struct profile *profile, struct profile_mapping mapping)
{
	mapping.id = (uint64_t)profile->mapping_count + 1;
	APPEND(profile, mappings, mapping, mapping);
}

uint32_t akti_profile_add_function(struct profile *profile, struct profile_function function)
{
	function.id = (uint64_t)profile->function_count + 1;
	APPEND(profile, functions, function, function);
}

uint32_t akti_profile_add_location(struct profile *profile, struct profile_location location)
{
	location.id = (uint64_t)profile->location_count + 1;
	APPEND(profile, locations, location, location);
}

uint32_t akti_profile_add_line(struct profile *profile, struct profile_line line)
{
	APPEND(profile, lines, line, line);
}

static bool tags_equal(const struct profile_tag *a, const struct profile_tag *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (a[i].key != b[i].key || a[i].str != b[i].str || a[i].num != b[i].num ||
		    a[i].unit != b[i].unit || a[i].is_num != b[i].is_num)
			return false;
	return true;
}

static uint64_t tags_hash(const struct profile_tag *tags, uint32_t count)
{
	uint64_t hash = count;

	for (uint32_t i = 0; i < count; i++) {
		hash = akti_hash_u64(hash ^ ((uint64_t)tags[i].key << 32 | tags[i].str));
		hash = akti_hash_u64(hash ^ (uint64_t)tags[i].num);
		hash = akti_hash_u64(hash ^ ((uint64_t)tags[i].unit << 1 | tags[i].is_num));
	}
	return hash;
}

uint32_t akti_profile_add_tags(struct profile *profile, const struct profile_tag *tags,
			       uint32_t count)
{
	uint64_t hash = tags_hash(tags, count);
	struct index_probe probe = akti_index_probe(&profile->label_sets, hash);
	uint32_t set;

	if (count == 0)
		return 0;
	while ((set = akti_index_next(&probe)) != INDEX_NONE)
		if (profile->tag_sets[set].count == count &&
		    tags_equal(&profile->tags[profile->tag_sets[set].first], tags, count))
			return set;
	for (uint32_t i = 0; i < count; i++) {
		int r = akti_profile_reserve(&profile->tags, profile->tag_count + i,
					     &profile->tag_capacity, sizeof(*profile->tags));

		if (r < 0) {
			fail(profile, r);
			return 0;
		}
		profile->tags[profile->tag_count + i] = tags[i];
	}
	if (akti_index_insert(&profile->label_sets, hash, profile->tag_set_count) < 0 ||
	    akti_profile_reserve(&profile->tag_sets, profile->tag_set_count,
				 &profile->tag_set_capacity, sizeof(*profile->tag_sets)) < 0) {
		fail(profile, AKT_ERR_NOMEM);
		return 0;
	}
	profile->tag_sets[profile->tag_set_count] =
		(struct profile_tag_set){ profile->tag_count, count };
	profile->tag_count += count;
	return profile->tag_set_count++;
}

static int tag_order(const struct strings *strings, const struct profile_tag *a,
		     const struct profile_tag *b)
{
	const struct text *x = &strings->at[a->key];
	const struct text *y = &strings->at[b->key];
	size_t common = x->size_bytes < y->size_bytes ? x->size_bytes : y->size_bytes;
	int order;

	if (a->is_num != b->is_num)
		return a->is_num ? 1 : -1;
	order = memcmp(x->bytes, y->bytes, common);
	if (order == 0 && x->size_bytes != y->size_bytes)
		order = x->size_bytes < y->size_bytes ? -1 : 1;
	return order;
}

/* Insertion sort: stable, and sets are a handful. */
static void sort_few(const struct strings *strings, struct profile_tag *tags, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct profile_tag tag = tags[i];
		uint32_t j = i;

		for (; j > 0 && tag_order(strings, &tags[j - 1], &tag) > 0; j--)
			tags[j] = tags[j - 1];
		tags[j] = tag;
	}
}

/* Merge sort in halves, for the hostile sample with a million labels. */
void akti_profile_sort_tags(const struct strings *strings, struct profile_tag *tags, uint32_t count)
{
	uint32_t half = count / 2;
	uint32_t left = 0, right = half, out = 0;
	struct profile_tag *low;

	if (count <= 32) {
		sort_few(strings, tags, count);
		return;
	}
	akti_profile_sort_tags(strings, tags, half);
	akti_profile_sort_tags(strings, tags + half, count - half);
	low = reallocarray(NULL, half, sizeof(*low));
	if (low == NULL) {
		sort_few(strings, tags, count);
		return;
	}
	memcpy(low, tags, half * sizeof(*low));
	while (left < half)
		if (right == count || tag_order(strings, &low[left], &tags[right]) <= 0)
			tags[out++] = low[left++];
		else
			tags[out++] = tags[right++];
	free(low);
}

int akti_profile_append_sample(struct profile *profile, const uint32_t *refs, uint32_t ref_count,
			       const int64_t *values, uint32_t tag_set)
{
	int r = akti_profile_reserve(&profile->samples, profile->sample_count,
				     &profile->sample_capacity, sizeof(*profile->samples));

	if (r == 0 && ref_count > 0)
		r = akti_profile_reserve_wide(&profile->refs, profile->ref_count + ref_count - 1,
					      &profile->ref_capacity, sizeof(*profile->refs));
	if (r == 0 && profile->type_count > 0)
		r = akti_profile_reserve_wide(&profile->values,
					      profile->value_count + profile->type_count - 1,
					      &profile->value_capacity, sizeof(*profile->values));
	if (r < 0)
		return fail(profile, r);
	if (ref_count > 0)
		memcpy(&profile->refs[profile->ref_count], refs, ref_count * sizeof(*refs));
	if (profile->type_count > 0)
		memcpy(&profile->values[profile->value_count], values,
		       profile->type_count * sizeof(*values));
	profile->samples[profile->sample_count++] =
		(struct profile_sample){ profile->ref_count, ref_count, tag_set };
	profile->ref_count += ref_count;
	profile->value_count += profile->type_count;
	return 0;
}
