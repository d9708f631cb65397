/* SPDX-License-Identifier: MIT */
/*
 * tagroot and tagleaf: the values of chosen labels as frames at the root or at the leaf of each
 * stack. A sample without the label gets a frame without a name, so that levels stay aligned.
 */
#include "pprof/query/filter.h"

#include <stdlib.h>
#include <string.h>

struct key_list {
	char **keys; /* in the order of the option */
	size_t count;
	uint32_t *of_set; /* tag set * count -> locations, leaf first */
	bool matched;
};

struct label_frames {
	struct report *report;
	struct key_list root, leaf;
	uint64_t next_location, next_function;
	struct index index; /* locations by name and key */
};

char **filter_split_keys(const char *option, size_t *ret_count)
{
	char **keys = take(strlen(option) + 1, sizeof(*keys));

	*ret_count = 0;
	while (*option != '\0') {
		size_t size = strcspn(option, ",");

		if (size > 0)
			keys[(*ret_count)++] = take_printf("%.*s", (int)size, option);
		option += size + (option[size] == ',');
	}
	return keys;
}

static void split_keys(const char *option, uint32_t set_count, struct key_list *list)
{
	list->keys = filter_split_keys(option, &list->count);
	list->of_set = take(set_count * list->count, sizeof(uint32_t));
}

bool filter_label_values(const struct report *report, uint32_t set, const char *key,
			 struct buffer *out)
{
	const struct profile *p = report->profile;
	const struct profile_tag *tags = akti_profile_tags(p, set);
	bool has_units = false;
	size_t values = 0;

	for (uint32_t i = 0; i < p->tag_sets[set].count; i++)
		has_units = has_units || (tags[i].is_num && tags[i].unit != 0 &&
					  strcmp(akti_profile_bytes(p, tags[i].key), key) == 0);
	for (uint32_t i = 0; i < p->tag_sets[set].count; i++) {
		if (strcmp(akti_profile_bytes(p, tags[i].key), key) != 0)
			continue;
		if (values++ > 0)
			buffer_text(out, ",");
		if (!tags[i].is_num)
			buffer_text(out, akti_profile_bytes(p, tags[i].str));
		else if (has_units)
			buffer_text(out,
				    measure_label(tags[i].num, akti_profile_bytes(p, tags[i].unit),
						  report->options->unit)
					    .text);
		else
			buffer_text(out, measure_label(tags[i].num, "", "").text);
	}
	return values > 0;
}

static uint32_t find_frame(struct label_frames *frames, uint32_t name, uint32_t key)
{
	struct profile *p = frames->report->profile;
	uint64_t hash = akti_hash_u64((uint64_t)name << 32 | key);
	struct index_probe probe = akti_index_probe(&frames->index, hash);
	struct profile_location location = { .mapping = PROFILE_NONE, .line_count = 1 };
	uint32_t at, function;

	while ((at = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_function *f =
			&p->functions[p->lines[p->locations[at].line_first].function];

		if (f->name == name && f->file == key)
			return at;
	}
	function = akti_profile_add_function(p, (struct profile_function){ .name = name,
									   .file = key });
	location.line_first =
		akti_profile_add_line(p, (struct profile_line){ .function = function });
	at = akti_profile_add_location(p, location);
	if (p->error != 0 || akti_index_insert(&frames->index, hash, at) < 0)
		out_of_memory();
	p->functions[function].id = frames->next_function++;
	p->locations[at].id = frames->next_location++;
	return at;
}

static void make_frames(struct label_frames *frames, struct key_list *list, uint32_t set)
{
	struct profile *p = frames->report->profile;
	struct buffer values = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		/* The first key is nearest to the root. */
		const char *key = list->keys[list->count - 1 - i];
		uint32_t name;

		buffer_clear(&values);
		if (filter_label_values(frames->report, set, key, &values))
			list->matched = true;
		name = akti_profile_text(p, buffer_string(&values));
		list->of_set[set * list->count + i] =
			find_frame(frames, name, akti_profile_text(p, key));
	}
	buffer_fini(&values);
}

static void append(const struct key_list *list, uint32_t set, uint32_t *refs, uint64_t *count)
{
	for (size_t i = 0; i < list->count; i++)
		refs[(*count)++] = list->of_set[set * list->count + i];
}

static void rebuild_stacks(struct profile *p, const struct key_list *root,
			   const struct key_list *leaf)
{
	uint64_t total = (root->count + leaf->count) * p->sample_count, count = 0;
	uint32_t *refs;

	for (uint32_t i = 0; i < p->sample_count; i++)
		total += p->samples[i].ref_count;
	refs = take(total, sizeof(*refs));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		struct profile_sample *sample = &p->samples[i];
		uint64_t first = count;

		append(leaf, sample->tag_set, refs, &count);
		if (sample->ref_count > 0)
			memcpy(&refs[count], &p->refs[sample->ref_first],
			       sample->ref_count * sizeof(*refs));
		count += sample->ref_count;
		append(root, sample->tag_set, refs, &count);
		sample->ref_first = first;
		sample->ref_count = (uint32_t)(count - first);
	}
	free(p->refs);
	p->refs = refs;
	p->ref_count = p->ref_capacity = count;
}

static void list_fini(struct key_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->keys[i]);
	free(list->keys);
	free(list->of_set);
}

static void find_next_ids(struct label_frames *frames)
{
	const struct profile *p = frames->report->profile;

	for (uint32_t i = 0; i < p->location_count; i++)
		if (p->locations[i].id >= frames->next_location)
			frames->next_location = p->locations[i].id + 1;
	for (uint32_t i = 0; i < p->function_count; i++)
		if (p->functions[i].id >= frames->next_function)
			frames->next_function = p->functions[i].id + 1;
	if (frames->next_location == 0)
		frames->next_location = 1;
	if (frames->next_function == 0)
		frames->next_function = 1;
}

void filter_add_label_frames(struct report *report)
{
	const struct options *o = report->options;
	struct profile *p = report->profile;
	struct label_frames frames = { .report = report };
	bool *done = take_zeroed(p->tag_set_count, sizeof(*done));

	split_keys(o->tagroot, p->tag_set_count, &frames.root);
	split_keys(o->tagleaf, p->tag_set_count, &frames.leaf);
	find_next_ids(&frames);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		uint32_t set = p->samples[i].tag_set;

		if (done[set])
			continue;
		done[set] = true;
		make_frames(&frames, &frames.root, set);
		make_frames(&frames, &frames.leaf, set);
	}
	filter_warn(report, o->tagroot[0] == '\0' || frames.root.matched, "TagRoot");
	filter_warn(report, o->tagleaf[0] == '\0' || frames.leaf.matched, "TagLeaf");
	if (frames.root.count + frames.leaf.count > 0)
		rebuild_stacks(p, &frames.root, &frames.leaf);
	free(done);
	list_fini(&frames.root);
	list_fini(&frames.leaf);
	akti_index_fini(&frames.index);
}
