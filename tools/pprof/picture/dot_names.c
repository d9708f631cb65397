/* SPDX-License-Identifier: MIT */
/* Function names made short for drawings. */
#include "pprof/picture/dot.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* A name that matches becomes what the groups caught; the first of the last three that fits. */
static const struct {
	const char *pattern;
	bool is_last;
} rules[] = {
	{ "^\\(anonymous namespace\\)::(.*)$", false },
	{ "^(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)$", false },
	{ "^(?:[\\w\\-\\.]+\\/)+([^.]+\\..+)", true },
	{ "^(?:[a-z]\\w*\\.)*([A-Z][\\w\\$]*\\.(?:<init>|[a-z][\\w\\$]*(?:\\$\\d+)?))(?:(?:\\()|$)",
	  true },
	{ "^(?:[_a-zA-Z]\\w*::)+(_*[A-Z]\\w*::~?[_a-zA-Z]\\w*(?:<.*>)?)", true },
};

/* What the groups of the pattern catch, one after the other; false: it does not match. */
static bool catch_groups(const char *pattern, const char *name, struct buffer *caught)
{
	int number;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY,
					 &number, &offset, NULL);
	pcre2_match_data *match = pcre2_match_data_create(4, NULL);
	const PCRE2_SIZE *at;
	int count;

	if (code == NULL || match == NULL)
		out_of_memory();
	count = pcre2_match(code, (PCRE2_SPTR)name, strlen(name), 0, 0, match, NULL);
	at = pcre2_get_ovector_pointer(match);
	for (int i = 1; i < count; i++)
		buffer_add(caught, name + at[2 * i], at[2 * i + 1] - at[2 * i]);
	pcre2_match_data_free(match);
	pcre2_code_free(code);
	return count > 1;
}

char *dot_short_name(const char *name)
{
	struct buffer current = { 0 };

	buffer_text(&current, name);
	for (size_t i = 0; i < AKTI_COUNT_OF(rules); i++) {
		struct buffer caught = { 0 };

		if (!catch_groups(rules[i].pattern, current.at, &caught))
			continue;
		buffer_fini(&current);
		current = caught;
		if (current.at == NULL)
			buffer_text(&current, "");
		if (rules[i].is_last)
			break;
	}
	return current.at;
}
