/* SPDX-License-Identifier: MIT */
/*
 * Building a profile from raw stacks. A frame is a location without lines until the symbolizer
 * gives it some; named frames have theirs at once. Proved by tests/unit/profile/test_build.c.
 */
#include "profile/model.h"

#include <akt/error.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* No code address of user space has this bit. */
#define FRAME_NAMED (UINT64_C(1) << 63)
#define STACK_MAX 4096u
#define LABELS_MAX 32u

static int fail(struct profile *profile, int error)
{
	if (profile->error == 0)
		profile->error = error;
	return error;
}

int akti_profile_create(struct profile **ret_profile)
{
	struct timespec now;
	int r = akti_profile_init_empty(ret_profile);

	if (r < 0)
		return r;
	clock_gettime(CLOCK_REALTIME, &now);
	(*ret_profile)->time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	return 0;
}

int akti_profile_add_type(struct profile *profile, const char *type, const char *unit)
{
	int r = akti_profile_reserve(&profile->types, profile->type_count, &profile->type_capacity,
				     sizeof(*profile->types));

	if (r < 0)
		return fail(profile, r);
	if (profile->sample_count > 0)
		return fail(profile, AKT_ERR_INVALID);
	profile->types[profile->type_count].type = akti_profile_text(profile, type);
	profile->types[profile->type_count].unit = akti_profile_text(profile, unit);
	return (int)profile->type_count++;
}

int akti_profile_set_default(struct profile *profile, const char *type)
{
	profile->default_type = akti_profile_text(profile, type);
	return profile->error;
}

int akti_profile_set_period(struct profile *profile, const char *type, const char *unit,
			    int64_t period)
{
	profile->period_type.type = akti_profile_text(profile, type);
	profile->period_type.unit = akti_profile_text(profile, unit);
	profile->period = period;
	return profile->error;
}

void akti_profile_set_time(struct profile *profile, int64_t time_ns, int64_t duration_ns)
{
	profile->time_ns = time_ns;
	profile->duration_ns = duration_ns;
}

int akti_profile_add_comment(struct profile *profile, const char *text)
{
	int r = akti_profile_reserve(&profile->comments, profile->comment_count,
				     &profile->comment_capacity, sizeof(*profile->comments));

	if (r < 0)
		return fail(profile, r);
	profile->comments[profile->comment_count++] = akti_profile_text(profile, text);
	return profile->error;
}

int akti_profile_set_drop(struct profile *profile, const char *drop, const char *keep)
{
	profile->drop_frames = akti_profile_text(profile, drop);
	profile->keep_frames = akti_profile_text(profile, keep);
	return profile->error;
}

/* The location's key: its address, or FRAME_NAMED and the text of its name. */
static uint64_t frame_key(const struct profile *profile, const struct profile_location *location)
{
	if (location->line_count == 0)
		return location->address;
	return FRAME_NAMED | profile->functions[profile->lines[location->line_first].function].name;
}

static void name_location(struct profile *profile, struct profile_location *location, uint32_t text)
{
	struct profile_function function = { .name = text, .system_name = text };
	struct profile_line line = { .function = akti_profile_add_function(profile, function) };

	location->line_first = akti_profile_add_line(profile, line);
	location->line_count = 1;
}

static uint32_t find_frame(struct profile *profile, uint64_t key)
{
	uint64_t hash = akti_hash_u64(key);
	struct index_probe probe = akti_index_probe(&profile->frames, hash);
	struct profile_location location = { .mapping = PROFILE_NONE };
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (frame_key(profile, &profile->locations[at]) == key)
			return at;
	if ((key & FRAME_NAMED) != 0)
		name_location(profile, &location, (uint32_t)key);
	else
		location.address = key;
	if (profile->error != 0)
		return PROFILE_NONE;
	at = akti_profile_add_location(profile, location);
	if (at != PROFILE_NONE && akti_index_insert(&profile->frames, hash, at) < 0)
		fail(profile, AKT_ERR_NOMEM);
	return at;
}

uint64_t akti_profile_frame(struct profile *profile, const char *name)
{
	uint32_t text = akti_profile_text(profile, name);

	return profile->error == 0 ? FRAME_NAMED | text : 0;
}

/* "42", "-7", "5s": what a tag filter would read as a number. */
static bool reads_as_number(const char *text)
{
	if (*text == '+' || *text == '-')
		text++;
	if (!isdigit((unsigned char)*text))
		return false;
	while (isdigit((unsigned char)*text))
		text++;
	while (isalpha((unsigned char)*text))
		text++;
	return *text == '\0';
}

static uint32_t label_text(struct profile *profile, const char *text)
{
	char marked[512];
	size_t length = strlen(text);

	if (length == 0)
		return akti_profile_text(profile, "none");
	if (!reads_as_number(text) || length > sizeof(marked) - 2)
		return akti_profile_text(profile, text);
	marked[0] = '#';
	memcpy(marked + 1, text, length + 1);
	return akti_profile_text(profile, marked);
}

static uint32_t find_tags(struct profile *profile, const struct profile_label *labels,
			  uint32_t label_count)
{
	struct profile_tag tags[LABELS_MAX];

	for (uint32_t i = 0; i < label_count; i++) {
		const struct profile_label *label = &labels[i];

		tags[i] = (struct profile_tag){ .key = akti_profile_text(profile, label->key) };
		if (label->str != NULL) {
			tags[i].str = label_text(profile, label->str);
		} else {
			tags[i].is_num = true;
			tags[i].num = label->num;
			tags[i].unit = akti_profile_text(profile, label->unit);
		}
	}
	akti_profile_sort_tags(profile->strings, tags, label_count);
	return akti_profile_add_tags(profile, tags, label_count);
}

static uint32_t find_sample(const struct profile *profile, uint64_t hash, const uint32_t *refs,
			    uint32_t ref_count, uint32_t tag_set)
{
	struct index_probe probe = akti_index_probe(&profile->stacks, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_sample *sample = &profile->samples[at];

		if (sample->tag_set == tag_set && sample->ref_count == ref_count &&
		    memcmp(&profile->refs[sample->ref_first], refs, ref_count * sizeof(*refs)) == 0)
			break;
	}
	return at;
}

/* Turn a stack into locations in scratch_refs; returns their count. */
static uint32_t resolve_stack(struct profile *profile, const struct profile_stack *stack)
{
	uint32_t count = 0;

	while (count < stack->count && stack->pcs[count] != 0) {
		uint64_t pc = stack->pcs[count];

		if ((pc & FRAME_NAMED) == 0 && !(count == 0 && stack->leaf_exact))
			pc--;
		profile->scratch_refs[count++] = find_frame(profile, pc);
	}
	return count;
}

int akti_profile_add_sample(struct profile *profile, const struct profile_stack *stack,
			    const int64_t *values, const struct profile_label *labels,
			    uint32_t label_count)
{
	uint32_t ref_count, tag_set, at;
	uint64_t hash;
	int r;

	if (profile->error != 0)
		return profile->error;
	if (profile->type_count == 0 || stack->count > STACK_MAX || label_count > LABELS_MAX)
		return fail(profile, AKT_ERR_INVALID);
	if (profile->scratch_refs == NULL) {
		profile->scratch_refs = reallocarray(NULL, STACK_MAX, sizeof(uint32_t));
		if (profile->scratch_refs == NULL)
			return fail(profile, AKT_ERR_NOMEM);
	}
	ref_count = resolve_stack(profile, stack);
	tag_set = find_tags(profile, labels, label_count);
	if (profile->error != 0)
		return profile->error;
	hash = akti_hash_bytes(profile->scratch_refs, ref_count * sizeof(uint32_t), tag_set);
	at = find_sample(profile, hash, profile->scratch_refs, ref_count, tag_set);
	if (at != INDEX_NONE) {
		int64_t *sums = &profile->values[(uint64_t)at * profile->type_count];

		for (uint32_t i = 0; i < profile->type_count; i++)
			sums[i] += values[i];
		return 0;
	}
	r = akti_profile_append_sample(profile, profile->scratch_refs, ref_count, values, tag_set);
	if (r == 0)
		r = akti_index_insert(&profile->stacks, hash, profile->sample_count - 1);
	return r < 0 ? fail(profile, r) : 0;
}
