/* SPDX-License-Identifier: MIT */
/* Cutting stacks at a frame, and merging frames to what a report tells apart. */
#include "pprof/query/filter.h"

#include <stdlib.h>
#include <string.h>

/* A C++ name without its arguments: cut at the first bracket that is not part of a name. */
static char *without_arguments(const char *name)
{
	static const char *const kept[] = { "(anonymous namespace)", "operator()" };
	char *simple = take_text(name[0] == '.' ? name + 1 : name);
	char *at = simple;

	while (*at != '\0') {
		size_t skip = 0;

		for (size_t i = 0; i < AKTI_COUNT_OF(kept); i++)
			if (strncmp(at, kept[i], strlen(kept[i])) == 0)
				skip = strlen(kept[i]);
		if (skip == 0 && *at == '(')
			*at = '\0';
		else
			at += skip > 0 ? skip : 1;
	}
	return simple;
}

static bool *match_functions(const struct profile *p, const struct regex *drop,
			     const struct regex *keep)
{
	bool *matched = take_zeroed(p->function_count, sizeof(*matched));

	for (uint32_t i = 0; i < p->function_count; i++) {
		char *name;

		if (p->functions[i].name == 0)
			continue;
		name = without_arguments(akti_profile_bytes(p, p->functions[i].name));
		matched[i] = regex_finds(drop, name) && (keep == NULL || !regex_finds(keep, name));
		free(name);
	}
	return matched;
}

enum cut {
	CUT_NONE = 0,
	CUT_BELOW = 1, /* the location stays, what it called goes */
	CUT_WHOLE = 2, /* the location goes as well */
};

/* From the root: at the first frame to drop below a frame of the user's, the stack ends. */
static void cut_sample(struct profile *p, struct profile_sample *sample, const uint8_t *cut)
{
	const uint32_t *refs = &p->refs[sample->ref_first];
	bool found_user = false;

	for (uint32_t i = sample->ref_count; i-- > 0;) {
		uint32_t drop = cut[refs[i]] == CUT_WHOLE ? i + 1 : i;

		if (cut[refs[i]] == CUT_NONE) {
			found_user = true;
			continue;
		}
		if (!found_user)
			continue;
		sample->ref_first += drop;
		sample->ref_count -= drop;
		return;
	}
}

static void prune(struct profile *p, const struct regex *drop, const struct regex *keep)
{
	uint8_t *cut = take_zeroed(p->location_count, sizeof(*cut));
	bool *matched = match_functions(p, drop, keep);

	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];
		uint32_t count = l->line_count;

		while (count > 0 && !matched[p->lines[l->line_first + count - 1].function])
			count--;
		if (count == 0)
			continue;
		cut[i] = count == l->line_count ? CUT_WHOLE : CUT_BELOW;
		if (cut[i] == CUT_BELOW) {
			l->line_first += count;
			l->line_count -= count;
		}
	}
	for (uint32_t i = 0; i < p->sample_count; i++)
		cut_sample(p, &p->samples[i], cut);
	free(cut);
	free(matched);
}

static struct regex *whole_match(const struct profile *p, uint32_t pattern)
{
	struct buffer error = { 0 };
	char *whole = take_printf("^(%s)$", akti_profile_bytes(p, pattern));
	struct regex *regex = regex_create(whole, &error);

	buffer_fini(&error);
	free(whole);
	return regex;
}

void filter_drop_frames(struct profile *profile)
{
	struct regex *drop = NULL, *keep = NULL;

	if (profile->drop_frames == 0)
		return;
	drop = whole_match(profile, profile->drop_frames);
	if (drop != NULL && profile->keep_frames != 0)
		keep = whole_match(profile, profile->keep_frames);
	if (drop != NULL && (keep != NULL || profile->keep_frames == 0))
		prune(profile, drop, keep);
	regex_destroy(drop);
	regex_destroy(keep);
}

void filter_prune_from(struct profile *p, const struct regex *regex)
{
	bool *matched = match_functions(p, regex, NULL);
	bool *cut = take_zeroed(p->location_count, sizeof(*cut));

	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];
		uint32_t at = 0;

		while (at < l->line_count && !matched[p->lines[l->line_first + at].function])
			at++;
		if (at == l->line_count)
			continue;
		cut[i] = true;
		l->line_first += at;
		l->line_count -= at;
	}
	for (uint32_t i = 0; i < p->sample_count; i++) {
		struct profile_sample *sample = &p->samples[i];
		uint32_t at = 0;

		while (at < sample->ref_count && !cut[p->refs[sample->ref_first + at]])
			at++;
		if (at == sample->ref_count)
			continue;
		sample->ref_first += at;
		sample->ref_count -= at;
	}
	free(matched);
	free(cut);
}

struct detail {
	bool inlines, function, file, line, column, address;
};

static void aggregate(struct profile *p, struct detail d)
{
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		struct profile_mapping *m = &p->mappings[i];

		m->has_inline_frames = m->has_inline_frames && d.inlines;
		m->has_functions = m->has_functions && d.function;
		m->has_filenames = m->has_filenames && d.file;
		m->has_line_numbers = m->has_line_numbers && d.line;
	}
	for (uint32_t i = 0; i < p->function_count; i++) {
		if (!d.function)
			p->functions[i].name = p->functions[i].system_name = 0;
		if (!d.file)
			p->functions[i].file = 0;
	}
	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];

		if (!d.inlines && l->line_count > 1) {
			l->line_first += l->line_count - 1;
			l->line_count = 1;
		}
		if (!d.address)
			l->address = 0;
	}
	for (uint32_t i = 0; i < p->line_count; i++) {
		if (!d.line)
			p->lines[i].line = 0;
		if (!d.line || !d.column)
			p->lines[i].column = 0;
	}
}

void filter_aggregate(struct profile *profile, const char *granularity, bool noinlines,
		      bool showcolumns)
{
	struct detail d = { .inlines = !noinlines, .column = showcolumns };

	if (strcmp(granularity, "addresses") == 0) {
		if (d.inlines)
			return;
		d.function = d.file = d.line = d.address = true;
	} else if (strcmp(granularity, "lines") == 0) {
		d.function = d.file = d.line = true;
	} else if (strcmp(granularity, "files") == 0) {
		d.file = true;
	} else if (strcmp(granularity, "filefunctions") == 0) {
		d.function = d.file = true;
	} else {
		d.function = true;
	}
	aggregate(profile, d);
}
