/* SPDX-License-Identifier: MIT */
#include "pprof/load.h"
#include "pprof/filter.h"
#include "profile/read.h"
#include "profile/symbolize.h"

#include <akt/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A profile without mappings gets one for the program; names on the command line win. */
static void fix_mappings(struct profile *p, const struct sources *sources)
{
	struct profile_mapping *first;

	if (p->mapping_count == 0) {
		akti_profile_add_mapping(p, (struct profile_mapping){ .id = 1 });
		for (uint32_t i = 0; i < p->location_count; i++)
			p->locations[i].mapping = 0;
	}
	first = &p->mappings[0];
	if (sources->program != NULL)
		first->file = akti_profile_text(p, sources->program);
	if (sources->build_id != NULL && first->build_id == 0)
		first->build_id = akti_profile_text(p, sources->build_id);
	if (p->error != 0)
		out_of_memory();
}

static struct profile *load_one(const char *path, const struct sources *sources,
				struct buffer *error)
{
	struct profile_read_error problem;
	struct profile *profile;

	if (akti_profile_read(path, &profile, &problem) < 0) {
		buffer_printf(error, "%s: %s", path, problem.text);
		return NULL;
	}
	if (profile->sample_count > 0 && profile->type_count == 0) {
		buffer_printf(error, "%s: the profile has no sample types", path);
		akti_profile_destroy(profile);
		return NULL;
	}
	fix_mappings(profile, sources);
	return profile;
}

/* All files of a list as one profile. */
static struct profile *load_list(char **files, size_t count, const struct sources *sources,
				 struct buffer *error)
{
	struct profile **profiles = take(count, sizeof(*profiles));
	struct profile *merged = NULL;
	struct buffer problem = { 0 };
	size_t loaded = 0;

	for (size_t i = 0; i < count; i++) {
		buffer_clear(&problem);
		profiles[loaded] = load_one(files[i], sources, &problem);
		if (profiles[loaded] != NULL)
			loaded++;
		else if (count > 1)
			fprintf(stderr, "%s\n", problem.at);
	}
	if (loaded == 0)
		buffer_text(error, count > 1 ? "none of the profiles can be read" : problem.at);
	else if (loaded < count)
		fprintf(stderr, "Fetched %zu source profiles out of %zu\n", loaded, count);
	if (loaded > 0 && merge_prepare(profiles, loaded, error))
		merged = loaded == 1 ? profiles[0] : merge_profiles(profiles, loaded, error);
	for (size_t i = 0; i < loaded; i++)
		if (profiles[i] != merged)
			akti_profile_destroy(profiles[i]);
	free(profiles);
	buffer_fini(&problem);
	return merged;
}

/* Mark every sample as one of the base: percentages are then of these. */
static void mark_base(struct profile *p)
{
	struct profile_tag *tags;
	struct profile_tag_set *sets = take(p->tag_set_count, sizeof(*sets));
	uint32_t count = 0, key = akti_profile_text(p, "pprof::base");
	uint32_t str = akti_profile_text(p, "true");

	tags = take((size_t)p->tag_count + p->tag_set_count, sizeof(*tags));
	for (uint32_t set = 0; set < p->tag_set_count; set++) {
		struct profile_tag_set *old = &p->tag_sets[set];

		sets[set] = (struct profile_tag_set){ count, old->count + 1 };
		if (old->count > 0)
			memcpy(&tags[count], &p->tags[old->first], old->count * sizeof(*tags));
		tags[count + old->count] = (struct profile_tag){ .key = key, .str = str };
		akti_profile_sort_tags(p->strings, &tags[count], old->count + 1);
		count += old->count + 1;
	}
	free(p->tags);
	free(p->tag_sets);
	p->tags = tags;
	p->tag_sets = sets;
	p->tag_count = p->tag_capacity = count;
	p->tag_set_capacity = p->tag_set_count;
}

/* Scale each type so that both profiles add up to the same. */
static void normalize_to(struct profile *p, const struct profile *base)
{
	double *ratios = take(p->type_count, sizeof(*ratios));

	for (uint32_t t = 0; t < p->type_count; t++) {
		int64_t own = 0, wanted = 0;

		for (uint32_t i = 0; i < p->sample_count; i++)
			own = number_add(own, p->values[(uint64_t)i * p->type_count + t]);
		for (uint32_t i = 0; i < base->sample_count; i++)
			wanted = number_add(wanted,
					    base->values[(uint64_t)i * base->type_count + t]);
		ratios[t] = own != 0 ? (double)wanted / (double)own : 0;
	}
	scale_profile(p, ratios);
	free(ratios);
}

static struct profile *subtract(struct profile *profile, struct profile *base,
				const struct sources *sources, struct buffer *error)
{
	struct profile *both[] = { profile, base };
	struct profile *merged = NULL;
	double *ratios = take(base->type_count, sizeof(*ratios));

	if (sources->is_diff)
		mark_base(base);
	if (sources->normalize && profile->type_count == base->type_count)
		normalize_to(profile, base);
	for (uint32_t t = 0; t < base->type_count; t++)
		ratios[t] = -1;
	scale_profile(base, ratios);
	free(ratios);
	if (merge_prepare(both, 2, error))
		merged = merge_profiles(both, 2, error);
	akti_profile_destroy(profile);
	akti_profile_destroy(base);
	return merged;
}

/* Cut each outermost pair of brackets with what is in it; a stray closing one ends the cutting. */
static void cut_matching(char *name, char open, char close)
{
	char *first = name, *at = name;
	size_t nesting = 0;

	while (*at != '\0') {
		if (*at == open && nesting++ == 0)
			first = at;
		if (*at != close) {
			at++;
			continue;
		}
		if (nesting == 0)
			return;
		if (--nesting > 0) {
			at++;
			continue;
		}
		memmove(first, at + 1, strlen(at + 1) + 1);
		at = first;
	}
}

static bool looks_like_cpp(const char *name)
{
	if (strstr(name, ".<") != NULL || strstr(name, "]).") != NULL)
		return false;
	return strpbrk(name, "<>[]") != NULL || strstr(name, "::") != NULL;
}

static void make_readable(struct profile *p, struct profile_function *f)
{
	const char *system_name = akti_profile_bytes(p, f->system_name);
	char readable[4096];
	char *name;

	if (f->name != 0 && f->system_name != f->name)
		return;
	if (akti_demangle(system_name, true, readable, sizeof(readable))) {
		f->name = akti_profile_text(p, readable);
		return;
	}
	f->name = f->system_name;
	if (!looks_like_cpp(system_name))
		return;
	name = take_text(system_name);
	cut_matching(name, '(', ')');
	cut_matching(name, '<', '>');
	f->name = akti_profile_text(p, name);
	free(name);
}

struct profile *load_profile(const struct sources *sources, struct buffer *error)
{
	struct profile *base = NULL;
	struct profile *profile = load_list(sources->files, sources->file_count, sources, error);

	if (profile != NULL && sources->base_count > 0) {
		base = load_list(sources->bases, sources->base_count, sources, error);
		if (base == NULL) {
			akti_profile_destroy(profile);
			return NULL;
		}
		profile = subtract(profile, base, sources, error);
	}
	if (profile == NULL)
		return NULL;
	if (sources->symbolize == NULL || strcmp(sources->symbolize, "none") != 0)
		for (uint32_t i = 0; i < profile->function_count; i++)
			make_readable(profile, &profile->functions[i]);
	filter_drop_frames(profile);
	if (sources->comment != NULL)
		akti_profile_add_comment(profile, sources->comment);
	if (profile->error != 0)
		out_of_memory();
	return profile;
}
