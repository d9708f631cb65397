/* SPDX-License-Identifier: MIT */
#include "top/sums.h"
#include "pprof/ground/number.h"
#include "profile/read.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const struct profile *profile, uint32_t text)
{
	return akti_profile_bytes(profile, text);
}

/* Index of a sample type; PROFILE_NONE: the profile has none such. */
static uint32_t find_type(const struct profile *profile, const char *name)
{
	for (uint32_t i = 0; i < profile->type_count; i++)
		if (strcmp(text_of(profile, profile->types[i].type), name) == 0)
			return i;
	return PROFILE_NONE;
}

/* The text of a label in a set; NULL: it has none. */
static const char *label_of(const struct profile *profile, uint32_t tag_set, const char *key)
{
	const struct profile_tag_set *set = &profile->tag_sets[tag_set];

	for (uint32_t i = 0; i < set->count; i++) {
		const struct profile_tag *tag = &profile->tags[set->first + i];

		if (!tag->is_num && strcmp(text_of(profile, tag->key), key) == 0)
			return text_of(profile, tag->str);
	}
	return NULL;
}

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct sum *)a)->label, ((const struct sum *)b)->label);
}

static void add(struct sum *to, const struct sum *from)
{
	to->count = number_add(to->count, from->count);
	to->value_ns = number_add(to->value_ns, from->value_ns);
	to->sampled = number_add(to->sampled, from->sampled);
}

/* Sums by label from sums by set: sorted, those of one label added. */
static struct sum *gather(const struct profile *profile, const struct sum *by_set, const char *key,
			  size_t *ret_count)
{
	struct sum *sums = take_zeroed(profile->tag_set_count, sizeof(*sums));
	size_t count = 0, kept = 0;

	for (uint32_t i = 0; i < profile->tag_set_count; i++) {
		const char *label = label_of(profile, i, key);

		if (label == NULL)
			continue;
		sums[count] = by_set[i];
		sums[count++].label = label;
	}
	qsort(sums, count, sizeof(*sums), by_label);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && strcmp(sums[kept - 1].label, sums[i].label) == 0)
			add(&sums[kept - 1], &sums[i]);
		else
			sums[kept++] = sums[i];
	}
	*ret_count = kept;
	return sums;
}

static void add_up(struct sums *sums, int64_t every)
{
	const struct profile *profile = sums->profile;
	struct sum *by_set = take_zeroed(profile->tag_set_count, sizeof(*by_set));

	for (uint32_t i = 0; i < profile->sample_count; i++) {
		const int64_t *values = &profile->values[(size_t)i * profile->type_count];
		struct sum one = { .count = values[sums->count_index],
				   .value_ns = values[sums->value_index] };

		one.sampled = number_divide(one.count, every);
		add(&by_set[profile->samples[i].tag_set], &one);
		add(&sums->all, &one);
	}
	sums->actors = gather(profile, by_set, "actor", &sums->actor_count);
	sums->types = gather(profile, by_set, "actor_type", &sums->type_count);
	free(by_set);
}

bool sums_read(struct sums *sums, enum sums_kind kind, const struct buffer *bytes, int64_t every,
	       struct buffer *error)
{
	struct profile_read_error why = { .text = "" };

	*sums = (struct sums){ 0 };
	if (akti_profile_parse(buffer_string(bytes), bytes->size, &sums->profile, &why) < 0) {
		buffer_printf(error, "a profile that is none: %s", why.text);
		return false;
	}
	sums->count_index = find_type(sums->profile, kind == SUMS_CPU ? "samples" : "messages");
	sums->value_index = find_type(sums->profile, kind == SUMS_CPU ? "cpu" : "mailbox_wait");
	sums->duration_ns = sums->profile->duration_ns;
	if (sums->count_index == PROFILE_NONE || sums->value_index == PROFILE_NONE) {
		buffer_text(error, "a profile of something else");
		sums_fini(sums);
		return false;
	}
	add_up(sums, every > 0 ? every : 1);
	return true;
}

void sums_fini(struct sums *sums)
{
	akti_profile_destroy(sums->profile);
	free(sums->actors);
	free(sums->types);
	*sums = (struct sums){ 0 };
}

static const struct sum *find(const struct sum *sums, size_t count, const char *label)
{
	struct sum wanted = { .label = label };

	return count > 0 ? bsearch(&wanted, sums, count, sizeof(*sums), by_label) : NULL;
}

const struct sum *sums_of_actor(const struct sums *sums, const char *label)
{
	return find(sums->actors, sums->actor_count, label);
}

const struct sum *sums_of_type(const struct sums *sums, const char *type)
{
	return find(sums->types, sums->type_count, type);
}

/* By insertion: max is small. */
size_t sums_most(const struct sums *sums, bool by_value, const struct sum **most, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < sums->actor_count; i++) {
		const struct sum *sum = &sums->actors[i];
		int64_t n = by_value ? sum->value_ns : sum->count;
		size_t at = count;

		while (at > 0 && n > (by_value ? most[at - 1]->value_ns : most[at - 1]->count))
			at--;
		if (at == max)
			continue;
		count += count < max;
		memmove(&most[at + 1], &most[at], (count - at - 1) * sizeof(*most));
		most[at] = sum;
	}
	return count;
}

/* --- what one actor did ---------------------------------------------------------------------------- */

/* Shares by text of the name, while they are counted. */
struct shares {
	const struct profile *profile;
	struct share *at; /* by function's or location's index */
	uint64_t *stamps; /* the sample in which its cum was counted last */
	uint64_t stamp;
};

static void count_frame(struct shares *shares, uint32_t function, int64_t value, bool is_leaf)
{
	struct share *share = &shares->at[function];

	share->name = text_of(shares->profile, shares->profile->functions[function].name);
	if (is_leaf)
		share->flat = number_add(share->flat, value);
	if (shares->stamps[function] != shares->stamp)
		share->cum = number_add(share->cum, value);
	shares->stamps[function] = shares->stamp;
}

static void count_location(struct shares *shares, uint32_t at, int64_t value, bool is_leaf)
{
	const struct profile_location *location = &shares->profile->locations[at];

	for (uint32_t i = 0; i < location->line_count; i++)
		count_frame(shares, shares->profile->lines[location->line_first + i].function,
			    value, is_leaf && i == 0);
}

static int by_flat(const void *a, const void *b)
{
	const struct share *one = a, *other = b;

	if (one->flat != other->flat)
		return one->flat < other->flat ? 1 : -1;
	if (one->cum != other->cum)
		return one->cum < other->cum ? 1 : -1;
	return strcmp(one->name, other->name);
}

/* Those that have a name, in order. */
static struct share *finish(struct shares *shares, size_t *ret_count)
{
	size_t count = 0;

	for (uint32_t i = 0; i < shares->profile->function_count; i++)
		if (shares->at[i].name != NULL)
			shares->at[count++] = shares->at[i];
	qsort(shares->at, count, sizeof(struct share), by_flat);
	free(shares->stamps);
	*ret_count = count;
	return shares->at;
}

/* depth: the frame that counts, from the leaf; PROFILE_NONE: each. */
static struct share *count_frames(const struct sums *sums, const char *label, uint32_t depth,
				  uint32_t value_index, size_t *ret_count)
{
	const struct profile *profile = sums->profile;
	struct shares shares = { .profile = profile };

	*ret_count = 0;
	if (profile == NULL)
		return NULL;
	shares.at = take_zeroed(profile->function_count, sizeof(*shares.at));
	shares.stamps = take_zeroed(profile->function_count, sizeof(*shares.stamps));
	for (uint32_t i = 0; i < profile->sample_count; i++) {
		const struct profile_sample *sample = &profile->samples[i];
		const char *actor = label_of(profile, sample->tag_set, "actor");
		int64_t value = profile->values[(size_t)i * profile->type_count + value_index];

		if (actor == NULL || strcmp(actor, label) != 0)
			continue;
		shares.stamp++;
		for (uint32_t k = 0; k < sample->ref_count; k++)
			if (depth == PROFILE_NONE || k == depth)
				count_location(&shares, profile->refs[sample->ref_first + k], value,
					       depth == k || k == 0);
	}
	return finish(&shares, ret_count);
}

struct share *sums_functions(const struct sums *sums, const char *label, size_t *ret_count)
{
	return count_frames(sums, label, PROFILE_NONE, sums->value_index, ret_count);
}

struct share *sums_senders(const struct sums *sums, const char *label, size_t *ret_count)
{
	return count_frames(sums, label, 1, sums->count_index, ret_count);
}
