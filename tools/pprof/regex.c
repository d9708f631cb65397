/* SPDX-License-Identifier: MIT */
#include "pprof/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 10000000u

struct regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *context;
	char *pattern;
};

struct regex *regex_create(const char *pattern, struct buffer *error)
{
	struct regex *regex;
	PCRE2_SIZE offset;
	int number;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
						 PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE,
					 &number, &offset, NULL);

	if (code == NULL) {
		PCRE2_UCHAR text[160] = "";

		pcre2_get_error_message(number, text, sizeof(text));
		buffer_printf(error, "error parsing regexp: %s at offset %zu: `%s`", (char *)text,
			      (size_t)offset, pattern);
		return NULL;
	}
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	regex = take_zeroed(1, sizeof(*regex));
	regex->code = code;
	regex->match = pcre2_match_data_create(1, NULL);
	regex->context = pcre2_match_context_create(NULL);
	if (regex->match == NULL || regex->context == NULL)
		out_of_memory();
	pcre2_set_match_limit(regex->context, STEPS_MAX);
	regex->pattern = take_text(pattern);
	return regex;
}

void regex_destroy(struct regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_match_data_free(regex->match);
	pcre2_match_context_free(regex->context);
	pcre2_code_free(regex->code);
	free(regex->pattern);
	free(regex);
}

bool regex_matches(const struct regex *regex, const char *text, size_t size)
{
	return pcre2_match(regex->code, (PCRE2_SPTR)text, size, 0, 0, regex->match,
			   regex->context) >= 0;
}

bool regex_finds(const struct regex *regex, const char *text)
{
	return regex_matches(regex, text, strlen(text));
}

const char *regex_pattern(const struct regex *regex)
{
	return regex->pattern;
}
