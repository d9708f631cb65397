/* SPDX-License-Identifier: MIT */
/*
 * tagfocus and tagignore: [key=]expression. An expression like 1kb, 1kb:, :1kb or 1kb:2kb is a
 * range for numbers, anything else a list of regular expressions: of values with a key, of "key:value"
 * without. What it says of each set of labels is worked out once.
 */
#include "pprof/query/filter.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tag_filter {
	bool *matches; /* by tag set */
};

struct quantity {
	int64_t number;
	char unit[32];
	const char *end; /* behind it; NULL: there is none */
};

struct tag_range {
	bool has_low, has_high;
	double low, high;
	char unit[32];
};

/* "+12kb" at the start of the text. */
static struct quantity read_quantity(const char *text)
{
	struct quantity q = { 0 };
	const char *at = text;
	char *end;
	size_t letters = 0;

	if (*at == '+' || *at == '-')
		at++;
	if (!isdigit((unsigned char)*at))
		return q;
	q.number = strtoll(text, &end, 10);
	while (isalpha((unsigned char)end[letters]))
		letters++;
	if (letters >= sizeof(q.unit))
		return q;
	memcpy(q.unit, end, letters);
	q.end = end + letters;
	return q;
}

static bool read_range(const char *text, struct tag_range *range)
{
	struct quantity low, high = { 0 };
	const char *unit, *other;

	*range = (struct tag_range){ .has_low = text[0] != ':', .has_high = text[0] == ':' };
	low = read_quantity(text + range->has_high);
	if (low.end == NULL)
		return false;
	range->low = range->high = measure_scale(low.number, low.unit, low.unit, &unit);
	snprintf(range->unit, sizeof(range->unit), "%s", unit);
	if (*low.end == '\0') {
		range->has_high = true;
		return true;
	}
	if (*low.end != ':' || range->has_high)
		return false;
	if (low.end[1] == '\0')
		return true;
	high = read_quantity(low.end + 1);
	if (high.end == NULL || *high.end != '\0')
		return false;
	range->has_high = true;
	range->high = measure_scale(high.number, high.unit, range->unit, &other);
	return strcmp(other, range->unit) == 0;
}

static bool in_range(const struct tag_range *range, int64_t number, const char *number_unit)
{
	const char *unit;
	double value = measure_scale(number, number_unit, range->unit, &unit);

	return strcmp(unit, range->unit) == 0 && (!range->has_low || value >= range->low) &&
	       (!range->has_high || value <= range->high);
}

static bool set_in_range(const struct report *report, const struct profile_tag_set *set,
			 const char *key, const struct tag_range *range)
{
	const struct profile *p = report->profile;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct profile_tag *tag = &p->tags[set->first + i];

		if (tag->is_num &&
		    (key == NULL || strcmp(akti_profile_bytes(p, tag->key), key) == 0) &&
		    in_range(range, tag->num, report_key_unit(report, tag->key)))
			return true;
	}
	return false;
}

static bool tag_matches(const struct profile *p, const struct profile_tag *tag, const char *key,
			const struct regex *regex)
{
	const char *tag_key = akti_profile_bytes(p, tag->key);
	const char *value = akti_profile_bytes(p, tag->str);
	char *both;
	bool matches;

	if (tag->is_num)
		return false;
	if (key != NULL)
		return strcmp(tag_key, key) == 0 && regex_finds(regex, value);
	both = take_printf("%s:%s", tag_key, value);
	matches = regex_finds(regex, both);
	free(both);
	return matches;
}

/* With a key one of the expressions has to match, without one each of them. */
static bool set_matches(const struct profile *p, const struct profile_tag_set *set, const char *key,
			struct regex *const *regexes, size_t count)
{
	for (size_t r = 0; r < count; r++) {
		bool matches = false;

		for (uint32_t i = 0; !matches && i < set->count; i++)
			matches = tag_matches(p, &p->tags[set->first + i], key, regexes[r]);
		if (matches != (key == NULL))
			return matches;
	}
	return key == NULL;
}

static bool compile_list(const char *name, const char *value, struct regex ***ret_regexes,
			 size_t *ret_count, struct buffer *error)
{
	char *list = take_text(value);
	struct regex **regexes = take(strlen(value) + 1, sizeof(*regexes));
	struct buffer reason = { 0 };
	size_t count = 0;

	for (char *at = list, *comma; at != NULL; at = comma) {
		comma = strchr(at, ',');
		if (comma != NULL)
			*comma++ = '\0';
		regexes[count] = regex_create(at, &reason);
		if (regexes[count] == NULL) {
			buffer_printf(error, "parsing %s regexp: %s", name, reason.at);
			break;
		}
		count++;
	}
	buffer_fini(&reason);
	free(list);
	*ret_regexes = regexes;
	*ret_count = count;
	return error->size == 0;
}

static void judge_sets(struct tag_filter *filter, struct report *report, const char *name,
		       const char *key, const char *value, struct buffer *error)
{
	const struct profile *p = report->profile;
	struct tag_range range;
	struct regex **regexes;
	size_t count;

	if (read_range(value, &range)) {
		buffer_printf(&report->warnings, "%s:Interpreted '%s' as range, not regexp\n", name,
			      value);
		for (uint32_t set = 0; set < p->tag_set_count; set++)
			filter->matches[set] = set_in_range(report, &p->tag_sets[set], key, &range);
		return;
	}
	if (compile_list(name, value, &regexes, &count, error))
		for (uint32_t set = 0; set < p->tag_set_count; set++)
			filter->matches[set] =
				set_matches(p, &p->tag_sets[set], key, regexes, count);
	for (size_t i = 0; i < count; i++)
		regex_destroy(regexes[i]);
	free(regexes);
}

struct tag_filter *tag_filter_create(struct report *report, const char *name, const char *value,
				     struct buffer *error)
{
	struct tag_filter *filter = take_zeroed(1, sizeof(*filter));
	const char *equals = strchr(value, '=');
	char *key = NULL;

	filter->matches = take_zeroed(report->profile->tag_set_count, sizeof(bool));
	if (equals != NULL) {
		key = take_printf("%.*s", (int)(equals - value), value);
		value = equals + 1;
	}
	/* An empty key is as none. */
	judge_sets(filter, report, name, key != NULL && key[0] != '\0' ? key : NULL, value, error);
	free(key);
	if (error->size != 0) {
		tag_filter_destroy(filter);
		return NULL;
	}
	return filter;
}

bool tag_filter_matches(const struct tag_filter *filter, uint32_t tag_set)
{
	return filter->matches[tag_set];
}

void tag_filter_destroy(struct tag_filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->matches);
	free(filter);
}
