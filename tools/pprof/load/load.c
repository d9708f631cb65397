/* SPDX-License-Identifier: MIT */
#include "pprof/load/load.h"
#include "pprof/query/filter.h"
#include "pprof/load/gather.h"
#include "pprof/load/names.h"
#include "pprof/load/save.h"

#include <stdlib.h>
#include <string.h>

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

	if (sources->is_diff || sources->sides != NULL)
		mark_base(base);
	if (sources->normalize && profile->type_count == base->type_count)
		normalize_to(profile, base);
	for (uint32_t t = 0; t < base->type_count; t++)
		ratios[t] = -1;
	if (sources->sides == NULL)
		scale_profile(base, ratios);
	free(ratios);
	if (merge_prepare(both, 2, error))
		merged = merge_profiles(both, 2, error);
	akti_profile_destroy(profile);
	akti_profile_destroy(base);
	return merged;
}

static void note_side(const struct sources *sources, enum side_of side, const char *name,
		      const struct profile *p)
{
	if (sources->sides != NULL)
		sources->sides[side] = (struct side){ name, p->time_ns, p->duration_ns, p->period };
}

struct profile *load_profile(const struct sources *sources, struct buffer *error)
{
	struct gathered gathered;
	struct profile *profile;

	if (!gather(sources, &gathered, error))
		return NULL;
	profile = gathered.profile;
	if (gathered.base != NULL) {
		note_side(sources, SIDE_OLD, sources->bases[0], gathered.base);
		note_side(sources, SIDE_NEW, sources->files[0], profile);
		profile = subtract(profile, gathered.base, sources, error);
	}
	if (profile != NULL) {
		if (sources->unnamed != NULL)
			*sources->unnamed = names_missing(profile);
		names_find(profile, sources->symbolize, &gathered.origins);
		if (!sources->all_frames)
			filter_drop_frames(profile);
		names_forget_origins(profile);
		if (sources->comment != NULL)
			akti_profile_add_comment(profile, sources->comment);
		if (profile->error != 0)
			out_of_memory();
		/* A pair is no profile that others could read. */
		if (gathered.origins.is_fetched && sources->sides == NULL)
			save_profile(profile);
	}
	origins_fini(&gathered.origins);
	return profile;
}
