/* SPDX-License-Identifier: MIT */
/* What profiles have to agree on before they can be merged: sample types and units. */
#include "pprof/load/load.h"
#include "pprof/query/measure.h"
#include "pprof/ground/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t find_type(const struct profile *p, const char *name)
{
	for (uint32_t t = 0; t < p->type_count; t++)
		if (strcmp(akti_profile_bytes(p, p->types[t].type), name) == 0)
			return t;
	return PROFILE_NONE;
}

/* Once in each profile: a name that stands twice in one is no common type. */
static bool is_common(struct profile **profiles, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const struct profile *p = profiles[i];
		size_t found = 0;

		for (uint32_t t = 0; t < p->type_count; t++)
			found += strcmp(akti_profile_bytes(p, p->types[t].type), name) == 0;
		if (found != 1)
			return false;
	}
	return true;
}

/* Keep the types in order[0..count), in that order. */
static void reorder_types(struct profile *p, const uint32_t *order, uint32_t count)
{
	struct profile_type *types = take(count, sizeof(*types));
	int64_t *values = take((uint64_t)count * p->sample_count, sizeof(*values));
	bool has_default = false;

	for (uint32_t t = 0; t < count; t++) {
		types[t] = p->types[order[t]];
		has_default = has_default || types[t].type == p->default_type;
		for (uint32_t i = 0; i < p->sample_count; i++)
			values[(uint64_t)i * count + t] =
				p->values[(uint64_t)i * p->type_count + order[t]];
	}
	if (!has_default)
		p->default_type = types[0].type;
	free(p->types);
	free(p->values);
	p->types = types;
	p->values = values;
	p->type_count = p->type_capacity = count;
	p->value_count = p->value_capacity = (uint64_t)count * p->sample_count;
}

static bool keep_common_types(struct profile **profiles, size_t count, struct buffer *error)
{
	const struct profile *first = profiles[0];
	uint32_t wanted = 0;
	char **names = take(first->type_count, sizeof(*names));
	uint32_t *order = take(first->type_count, sizeof(*order));

	for (uint32_t t = 0; t < first->type_count; t++) {
		const char *name = akti_profile_bytes(first, first->types[t].type);

		if (is_common(profiles, count, name))
			names[wanted++] = take_text(name);
	}
	if (wanted == 0)
		buffer_text(error, "profiles have empty common sample type list");
	for (size_t i = 0; i < count && wanted > 0; i++) {
		bool changes = profiles[i]->type_count != wanted;

		for (uint32_t t = 0; t < wanted; t++) {
			order[t] = find_type(profiles[i], names[t]);
			changes = changes || order[t] != t;
		}
		if (changes)
			reorder_types(profiles[i], order, wanted);
	}
	for (uint32_t t = 0; t < wanted; t++)
		free(names[t]);
	free(names);
	free(order);
	return wanted > 0;
}

void scale_profile(struct profile *p, const double *ratios)
{
	uint32_t kept = 0;
	bool scales = false;

	for (uint32_t t = 0; t < p->type_count; t++)
		scales = scales || ratios[t] != 1;
	for (uint32_t i = 0; scales && i < p->sample_count; i++) {
		int64_t *values = &p->values[(uint64_t)i * p->type_count];
		bool keep = false;

		for (uint32_t t = 0; t < p->type_count; t++) {
			if (ratios[t] == 1)
				continue;
			values[t] = number_from(round((double)values[t] * ratios[t]));
			keep = keep || values[t] != 0;
		}
		if (!keep)
			continue;
		memmove(&p->values[(uint64_t)kept * p->type_count], values,
			p->type_count * sizeof(*values));
		p->samples[kept++] = p->samples[i];
	}
	if (scales) {
		p->sample_count = kept;
		p->value_count = (uint64_t)kept * p->type_count;
	}
}

static const char *finest(struct profile **profiles, size_t count, uint32_t type)
{
	const char *best = NULL;
	const char *unit;

	for (size_t i = 0; i < count; i++) {
		const struct profile *p = profiles[i];
		const char *own = akti_profile_bytes(p, type == PROFILE_NONE ? p->period_type.unit
									     : p->types[type].unit);

		if (best == NULL || measure_scale(1, own, best, &unit) < 1)
			best = own;
	}
	return best;
}

/* Convert all values to the finest unit that one of the profiles uses. */
static void unify_units(struct profile **profiles, size_t count)
{
	const char *unit;

	for (size_t i = 0; i < count; i++) {
		struct profile *p = profiles[i];
		double *ratios = take(p->type_count, sizeof(*ratios));
		const char *best = finest(profiles, count, PROFILE_NONE);

		p->period = number_from(measure_scale(p->period,
						      akti_profile_bytes(p, p->period_type.unit),
						      best, &unit));
		p->period_type.unit = akti_profile_text(p, best);
		for (uint32_t t = 0; t < p->type_count; t++) {
			best = finest(profiles, count, t);
			ratios[t] = measure_scale(1, akti_profile_bytes(p, p->types[t].unit), best,
						  &unit);
			p->types[t].unit = akti_profile_text(p, best);
		}
		scale_profile(p, ratios);
		free(ratios);
	}
}

bool merge_prepare(struct profile **profiles, size_t count, struct buffer *error)
{
	if (!keep_common_types(profiles, count, error))
		return false;
	if (count > 1)
		unify_units(profiles, count);
	return true;
}
