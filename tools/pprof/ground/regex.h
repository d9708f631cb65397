/* SPDX-License-Identifier: MIT */
/*
 * regex: regular expressions as users of pprof write them. The dialect is PCRE2's, which contains
 * what people type of RE2's; a pattern that explodes is stopped and matches nothing.
 */
#ifndef PPROF_REGEX_H
#define PPROF_REGEX_H

#include "pprof/ground/buffer.h"

struct regex;

/* NULL with a text in error when the pattern is wrong. */
struct regex *regex_create(const char *pattern, struct buffer *error);
void regex_destroy(struct regex *regex);

/* Whether it occurs anywhere in the text. */
bool regex_matches(const struct regex *regex, const char *text, size_t size);
bool regex_finds(const struct regex *regex, const char *text);

const char *regex_pattern(const struct regex *regex);

#endif
