/* SPDX-License-Identifier: MIT */
#include "pprof/ground/regex.h"

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

/* The common mistakes in Go's words, the others in PCRE2's. */
static void refuse(int number, PCRE2_SIZE offset, const char *pattern, struct buffer *error)
{
	PCRE2_UCHAR text[160] = "";

	buffer_text(error, "error parsing regexp: ");
	switch (number) {
	case PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS:
		buffer_printf(error, "missing closing ): `%s`", pattern);
		break;
	case PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS:
		buffer_printf(error, "unexpected ): `%s`", pattern);
		break;
	case PCRE2_ERROR_END_BACKSLASH:
		buffer_text(error, "trailing backslash at end of expression: ``");
		break;
	default:
		pcre2_get_error_message(number, text, sizeof(text));
		buffer_printf(error, "%s at offset %zu: `%s`", (char *)text, (size_t)offset,
			      pattern);
	}
}

struct regex *regex_create(const char *pattern, struct buffer *error)
{
	struct regex *regex;
	PCRE2_SIZE offset;
	int number;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE,
					 &number, &offset, NULL);

	if (code == NULL) {
		refuse(number, offset, pattern, error);
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

static int match(const struct regex *regex, const char *text, size_t size)
{
	return pcre2_match(regex->code, (PCRE2_SPTR)text, size, 0, 0, regex->match, regex->context);
}

/* Bytes that are no UTF-8 are U+FFFD to Go, each one. */
static struct buffer repaired(const char *text, size_t size)
{
	struct buffer whole = { 0 };

	for (size_t i = 0, bytes; i < size; i += bytes) {
		bytes = character_size(text + i, size - i);
		if (bytes == 1 && (unsigned char)text[i] >= 0x80)
			buffer_text(&whole, "\xef\xbf\xbd");
		else
			buffer_add(&whole, text + i, bytes);
	}
	return whole;
}

bool regex_matches(const struct regex *regex, const char *text, size_t size)
{
	int r = match(regex, text, size);

	if (r <= PCRE2_ERROR_UTF8_ERR1 && r >= PCRE2_ERROR_UTF8_ERR21) {
		struct buffer whole = repaired(text, size);

		r = match(regex, whole.at, whole.size);
		buffer_fini(&whole);
	}
	return r >= 0;
}

bool regex_finds(const struct regex *regex, const char *text)
{
	return regex_matches(regex, text, strlen(text));
}

const char *regex_pattern(const struct regex *regex)
{
	return regex->pattern;
}
