/* SPDX-License-Identifier: MIT */
/* Filters on frames, and the order in which all filters are applied. */
#include "pprof/query/filter.h"

#include <stdlib.h>
#include <string.h>

/* What a regular expression says of each function and mapping, asked once. */
struct name_match {
	const struct profile *profile;
	struct regex *regex;
	bool *function; /* NULL without a regex */
	bool *mapping;
};

static bool text_matches(const struct name_match *match, uint32_t text)
{
	const struct text *t = &match->profile->strings->at[text];

	return regex_matches(match->regex, t->bytes, t->size_bytes);
}

static bool match_create(struct name_match *match, const struct profile *p, const char *name,
			 const char *pattern, struct buffer *error)
{
	*match = (struct name_match){ .profile = p };
	if (pattern[0] == '\0')
		return true;
	if (error->size == 0)
		match->regex = regex_create(pattern, error);
	if (match->regex == NULL) {
		char *reason = take_text(buffer_string(error));

		buffer_clear(error);
		buffer_printf(error, "parsing %s regexp: %s", name, reason);
		free(reason);
		return false;
	}
	match->function = take(p->function_count, sizeof(bool));
	match->mapping = take(p->mapping_count, sizeof(bool));
	for (uint32_t i = 0; i < p->function_count; i++)
		match->function[i] = text_matches(match, p->functions[i].name) ||
				     text_matches(match, p->functions[i].file);
	for (uint32_t i = 0; i < p->mapping_count; i++)
		match->mapping[i] = text_matches(match, p->mappings[i].file);
	return true;
}

static void match_fini(struct name_match *match)
{
	regex_destroy(match->regex);
	free(match->function);
	free(match->mapping);
}

static bool mapping_matches(const struct name_match *match, const struct profile_location *l)
{
	return l->mapping != PROFILE_NONE && match->mapping[l->mapping];
}

static bool line_matches(const struct name_match *match, const struct profile_line *line)
{
	return match->function[line->function];
}

static bool location_matches(const struct name_match *match, const struct profile_location *l)
{
	for (uint32_t i = 0; i < l->line_count; i++)
		if (line_matches(match, &match->profile->lines[l->line_first + i]))
			return true;
	return mapping_matches(match, l);
}

/* Leave the lines of a location for which matching is wanted. */
static void keep_lines(struct profile *p, struct profile_location *l,
		       const struct name_match *match, bool wanted)
{
	uint32_t kept = 0;

	if (mapping_matches(match, l)) {
		if (!wanted)
			l->line_count = 0;
		return;
	}
	for (uint32_t i = 0; i < l->line_count; i++) {
		struct profile_line line = p->lines[l->line_first + i];

		if (line_matches(match, &line) == wanted)
			p->lines[l->line_first + kept++] = line;
	}
	l->line_count = kept;
}

void filter_keep_samples(struct profile *p, const bool *keep)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		if (!keep[i])
			continue;
		if (kept != i) {
			p->samples[kept] = p->samples[i];
			memmove(&p->values[(uint64_t)kept * p->type_count],
				&p->values[(uint64_t)i * p->type_count],
				p->type_count * sizeof(*p->values));
		}
		kept++;
	}
	p->sample_count = kept;
	p->value_count = (uint64_t)kept * p->type_count;
}

enum verdict {
	VERDICT_NONE = 0,
	VERDICT_FOCUS = 1,
	VERDICT_IGNORE = 2,
};

struct frame_verdicts {
	uint8_t *verdict;
	bool *hidden;
	bool hides;
	bool focus_matched, ignore_matched, hide_matched, show_matched;
};

static void judge_locations(struct profile *p, const struct name_match *focus,
			    const struct name_match *ignore, const struct name_match *hide,
			    const struct name_match *show, struct frame_verdicts *v)
{
	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];

		if (ignore->regex != NULL && location_matches(ignore, l)) {
			v->ignore_matched = true;
			v->verdict[i] = VERDICT_IGNORE;
		} else if (focus->regex == NULL || location_matches(focus, l)) {
			v->focus_matched = true;
			v->verdict[i] = VERDICT_FOCUS;
		}
		if (hide->regex != NULL && location_matches(hide, l)) {
			v->hide_matched = true;
			keep_lines(p, l, hide, false);
			v->hidden[i] = l->line_count == 0;
		}
		if (show->regex != NULL) {
			keep_lines(p, l, show, true);
			v->hidden[i] = l->line_count == 0;
			v->show_matched = v->show_matched || l->line_count > 0;
		}
		v->hides = v->hides || v->hidden[i];
	}
}

/* A sample stays when it has a focused frame, no ignored one, and is not hidden as a whole. */
static bool judge_sample(struct profile *p, struct profile_sample *sample,
			 const struct frame_verdicts *v)
{
	uint32_t *refs = &p->refs[sample->ref_first];
	bool focused = false;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sample->ref_count; i++) {
		if (v->verdict[refs[i]] == VERDICT_IGNORE)
			return false;
		focused = focused || v->verdict[refs[i]] == VERDICT_FOCUS;
	}
	if (!focused || !v->hides)
		return focused;
	for (uint32_t i = 0; i < sample->ref_count; i++)
		if (!v->hidden[refs[i]])
			refs[kept++] = refs[i];
	sample->ref_count = kept;
	return kept > 0;
}

void filter_warn(struct report *report, bool matched, const char *name)
{
	if (matched)
		return;
	report->misses = true;
	buffer_printf(&report->warnings, "%s expression matched no samples\n", name);
}

static void filter_by_name(struct report *report, const struct name_match *focus,
			   const struct name_match *ignore, const struct name_match *hide,
			   const struct name_match *show)
{
	struct profile *p = report->profile;
	struct frame_verdicts v = { 0 };
	bool *keep;

	if (focus->regex == NULL && ignore->regex == NULL && hide->regex == NULL &&
	    show->regex == NULL)
		return;
	v.verdict = take_zeroed(p->location_count, sizeof(*v.verdict));
	v.hidden = take_zeroed(p->location_count, sizeof(*v.hidden));
	keep = take(p->sample_count, sizeof(*keep));
	judge_locations(p, focus, ignore, hide, show, &v);
	for (uint32_t i = 0; i < p->sample_count; i++)
		keep[i] = judge_sample(p, &p->samples[i], &v);
	filter_keep_samples(p, keep);
	free(v.verdict);
	free(v.hidden);
	free(keep);
	filter_warn(report, focus->regex == NULL || v.focus_matched, "Focus");
	filter_warn(report, ignore->regex == NULL || v.ignore_matched, "Ignore");
	filter_warn(report, hide->regex == NULL || v.hide_matched, "Hide");
	filter_warn(report, show->regex == NULL || v.show_matched, "Show");
}

/* Drop what is above the highest match: towards the root. */
static void filter_show_from(struct report *report, const struct name_match *match)
{
	struct profile *p = report->profile;
	bool *matched, *keep, any = false;

	if (match->regex == NULL)
		return;
	matched = take_zeroed(p->location_count, sizeof(*matched));
	keep = take_zeroed(p->sample_count, sizeof(*keep));
	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];
		uint32_t count = l->line_count;

		matched[i] = mapping_matches(match, l);
		while (!matched[i] && count > 0 &&
		       !line_matches(match, &p->lines[l->line_first + count - 1]))
			count--;
		if (!matched[i] && count > 0) {
			l->line_count = count;
			matched[i] = true;
		}
		any = any || matched[i];
	}
	for (uint32_t i = 0; i < p->sample_count; i++) {
		struct profile_sample *sample = &p->samples[i];
		uint32_t count = sample->ref_count;

		while (count > 0 && !matched[p->refs[sample->ref_first + count - 1]])
			count--;
		sample->ref_count = count;
		keep[i] = count > 0;
	}
	filter_keep_samples(p, keep);
	free(matched);
	free(keep);
	filter_warn(report, any, "ShowFrom");
}

static bool filter_by_tag(struct report *report, struct buffer *error)
{
	const struct options *o = report->options;
	struct profile *p = report->profile;
	struct tag_filter *focus = NULL, *ignore = NULL;
	bool focus_matched = false, ignore_matched = false;
	bool *keep;

	if (o->tagfocus[0] != '\0')
		focus = tag_filter_create(report, "tagfocus", o->tagfocus, error);
	if (o->tagignore[0] != '\0' && error->size == 0)
		ignore = tag_filter_create(report, "tagignore", o->tagignore, error);
	if (error->size != 0) {
		tag_filter_destroy(focus);
		return false;
	}
	if (focus == NULL && ignore == NULL)
		return true;
	keep = take(p->sample_count, sizeof(*keep));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		uint32_t set = p->samples[i].tag_set;
		bool focused = focus == NULL || tag_filter_matches(focus, set);
		bool ignored = ignore != NULL && tag_filter_matches(ignore, set);

		focus_matched = focus_matched || focused;
		ignore_matched = ignore_matched || ignored;
		keep[i] = focused && !ignored;
	}
	filter_keep_samples(p, keep);
	free(keep);
	filter_warn(report, focus == NULL || focus_matched, "TagFocus");
	filter_warn(report, ignore == NULL || ignore_matched, "TagIgnore");
	tag_filter_destroy(focus);
	tag_filter_destroy(ignore);
	return true;
}

/* Drop labels by their keys, from the samples that are left. */
static void filter_tag_names(struct report *report, const struct regex *show,
			     const struct regex *hide)
{
	struct profile *p = report->profile;
	bool *used = take_zeroed(p->tag_set_count, sizeof(*used));
	bool shown = false, hidden = false;

	for (uint32_t i = 0; i < p->sample_count; i++)
		used[p->samples[i].tag_set] = true;
	for (uint32_t set = 0; set < p->tag_set_count; set++) {
		struct profile_tag_set *tags = &p->tag_sets[set];
		uint32_t kept = 0;

		for (uint32_t i = 0; used[set] && i < tags->count; i++) {
			struct profile_tag tag = p->tags[tags->first + i];
			const char *key = akti_profile_bytes(p, tag.key);
			bool is_shown = show == NULL || regex_finds(show, key);
			bool is_hidden = hide != NULL && regex_finds(hide, key);

			shown = shown || is_shown;
			hidden = hidden || is_hidden;
			if (is_shown && !is_hidden)
				p->tags[tags->first + kept++] = tag;
		}
		if (used[set])
			tags->count = kept;
	}
	free(used);
	filter_warn(report, show == NULL || shown, "TagShow");
	filter_warn(report, hide == NULL || hidden, "TagHide");
}

static bool filter_by_tag_name(struct report *report, struct buffer *error)
{
	const struct options *o = report->options;
	struct name_match show, hide;
	struct profile none = *report->profile;
	bool ok;

	none.function_count = none.mapping_count = 0;
	ok = match_create(&show, &none, "tagshow", o->tagshow, error);
	ok = match_create(&hide, &none, "taghide", o->taghide, error) && ok;
	if (ok && (show.regex != NULL || hide.regex != NULL))
		filter_tag_names(report, show.regex, hide.regex);
	match_fini(&show);
	match_fini(&hide);
	return ok;
}

bool filter_apply(struct report *report, struct buffer *error)
{
	const struct options *o = report->options;
	struct profile *p = report->profile;
	struct name_match focus, ignore, hide, show, show_from;
	struct regex *prune = NULL;
	bool ok = match_create(&focus, p, "focus", o->focus, error);

	ok = match_create(&ignore, p, "ignore", ok ? o->ignore : "", error) && ok;
	ok = match_create(&hide, p, "hide", ok ? o->hide : "", error) && ok;
	ok = match_create(&show, p, "show", ok ? o->show : "", error) && ok;
	ok = match_create(&show_from, p, "show_from", ok ? o->show_from : "", error) && ok;
	if (ok && o->prune_from[0] != '\0') {
		prune = regex_create(o->prune_from, error);
		ok = prune != NULL;
	}
	if (ok) {
		filter_by_name(report, &focus, &ignore, &hide, &show);
		filter_show_from(report, &show_from);
		ok = filter_by_tag(report, error) && filter_by_tag_name(report, error);
	}
	if (ok && prune != NULL)
		filter_prune_from(p, prune);
	match_fini(&focus);
	match_fini(&ignore);
	match_fini(&hide);
	match_fini(&show);
	match_fini(&show_from);
	regex_destroy(prune);
	return ok;
}
