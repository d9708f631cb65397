/* SPDX-License-Identifier: MIT */
/* match: Go's splitRegexp over PCRE2. Proved by tests/unit/bench/match.c. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match.h"

#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct alternative {
	pcre2_code *levels[BENCH_LEVELS_MAX];
	size_t level_count;
};

struct bench_match {
	struct alternative *alternatives;
	size_t count;
};

void bench_match_rewrite(const char *name, char *text, size_t text_bytes)
{
	size_t at = 0;

	for (; *name != '\0' && at + 5 < text_bytes; name++) {
		unsigned char byte = (unsigned char)*name;

		if (byte == ' ' || (byte >= '\t' && byte <= '\r'))
			text[at++] = '_';
		else if (byte < ' ' || byte == 0x7F)
			at += (size_t)snprintf(text + at, text_bytes - at, "\\x%02x", byte);
		else
			text[at++] = *name;
	}
	text[at] = '\0';
}

/* Compile pattern[0..length) as the next level of an alternative. */
static int add_level(struct alternative *to, const char *pattern, size_t length, char *error,
		     size_t error_bytes)
{
	char part[BENCH_NAME_MAX];
	char rewritten[2 * BENCH_NAME_MAX];
	PCRE2_UCHAR reason[128] = "";
	int code = 0;
	PCRE2_SIZE offset = 0;

	if (length >= sizeof(part) || to->level_count == BENCH_LEVELS_MAX) {
		(void)snprintf(error, error_bytes, "the pattern is too long or has over %u levels",
			       BENCH_LEVELS_MAX);
		return -1;
	}
	memcpy(part, pattern, length);
	part[length] = '\0';
	bench_match_rewrite(part, rewritten, sizeof(rewritten));
	to->levels[to->level_count] = pcre2_compile((PCRE2_SPTR)rewritten, PCRE2_ZERO_TERMINATED, 0,
						    &code, &offset, NULL);
	if (to->levels[to->level_count] == NULL) {
		(void)pcre2_get_error_message(code, reason, sizeof(reason));
		(void)snprintf(error, error_bytes, "element %zu (\"%s\"), at offset %zu: %s",
			       to->level_count, rewritten, (size_t)offset, (const char *)reason);
		return -1;
	}
	to->level_count++;
	return 0;
}

static int add_alternative(struct bench_match *match)
{
	struct alternative *grown =
		realloc(match->alternatives, (match->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	match->alternatives = grown;
	grown[match->count++] = (struct alternative){ .level_count = 0 };
	return 0;
}

/* The length of pattern up to the / or | that ends its first part, or to its end. */
static size_t part_length(const char *pattern)
{
	size_t i = 0;
	int in_set = 0;
	int in_group = 0;

	for (; pattern[i] != '\0'; i++) {
		switch (pattern[i]) {
		case '[':
			in_set++;
			break;
		case ']': /* an unmatched one is legal */
			in_set -= in_set > 0;
			break;
		case '(':
			in_group += in_set == 0;
			break;
		case ')':
			in_group -= in_set == 0;
			break;
		case '\\':
			i += pattern[i + 1] != '\0';
			break;
		case '/':
		case '|':
			if (in_set == 0 && in_group == 0)
				return i;
			break;
		default:
			break;
		}
	}
	return i;
}

int bench_match_create(struct bench_match **ret_match, const char *pattern, char *error,
		       size_t error_bytes)
{
	struct bench_match *match = calloc(1, sizeof(*match));
	bool more = true;

	(void)snprintf(error, error_bytes, "out of memory");
	if (match == NULL || add_alternative(match) < 0)
		goto fail;
	while (more) {
		size_t length = part_length(pattern);

		if (add_level(&match->alternatives[match->count - 1], pattern, length, error,
			      error_bytes) < 0)
			goto fail;
		more = pattern[length] != '\0';
		if (pattern[length] == '|' && add_alternative(match) < 0)
			goto fail;
		pattern += length + more;
	}
	*ret_match = match;
	return 0;
fail:
	bench_match_destroy(match);
	return -1;
}

void bench_match_destroy(struct bench_match *match)
{
	if (match == NULL)
		return;
	for (size_t i = 0; i < match->count; i++)
		for (size_t j = 0; j < match->alternatives[i].level_count; j++)
			pcre2_code_free(match->alternatives[i].levels[j]);
	free(match->alternatives);
	free(match);
}

static bool level_matches(pcre2_code *level, const char *name, size_t length)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(level, NULL);
	int r;

	if (data == NULL)
		return false;
	r = pcre2_match(level, (PCRE2_SPTR)name, length, 0, 0, data, NULL);
	pcre2_match_data_free(data);
	return r >= 0;
}

static enum bench_matched alternative_matches(const struct alternative *alternative,
					      const char *name)
{
	size_t level = 0;

	for (;; level++) {
		size_t length = strcspn(name, "/");

		if (level < alternative->level_count &&
		    !level_matches(alternative->levels[level], name, length))
			return BENCH_MATCH_NONE;
		if (name[length] == '\0')
			break;
		name += length + 1;
	}
	return level + 1 < alternative->level_count ? BENCH_MATCH_PARTIAL : BENCH_MATCH_FULL;
}

enum bench_matched bench_match_name(const struct bench_match *match, const char *name)
{
	for (size_t i = 0; i < match->count; i++) {
		enum bench_matched matched = alternative_matches(&match->alternatives[i], name);

		if (matched != BENCH_MATCH_NONE)
			return matched;
	}
	return BENCH_MATCH_NONE;
}
