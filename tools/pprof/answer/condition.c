/* SPDX-License-Identifier: MIT */
#include "pprof/answer/condition.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct parsing {
	struct condition *condition;
	const char *at;
	struct buffer *error;
};

static bool wrong(struct parsing *s, const char *what)
{
	buffer_printf(s->error, "fail_if '%s', column %zu: %s", s->condition->text,
		      (size_t)(s->at - s->condition->text) + 1, what);
	return false;
}

static void skip_blanks(struct parsing *s)
{
	while (isspace((unsigned char)*s->at))
		s->at++;
}

static bool take_word(struct parsing *s, const char *word)
{
	size_t size = strlen(word);

	skip_blanks(s);
	if (strncmp(s->at, word, size) != 0)
		return false;
	s->at += size;
	return true;
}

/* The ')' that closes a regular expression, or the end. */
static const char *closing(const char *at)
{
	size_t depth = 1;
	bool in_class = false;

	for (; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (in_class)
			in_class = *at != ']';
		else if (*at == '[')
			in_class = true;
		else if (*at == '(')
			depth++;
		else if (*at == ')' && --depth == 0)
			break;
	}
	return at;
}

static bool parse_regex(struct parsing *s)
{
	struct buffer reason = { 0 };
	const char *end;
	char *pattern;
	bool ok;

	if (!take_word(s, "("))
		return wrong(s, "expected ( and a regular expression");
	end = closing(s->at);
	if (*end == '\0' || end == s->at)
		return wrong(s, *end == '\0' ? "no ) closes the regular expression"
					     : "the regular expression is empty");
	pattern = take_printf("%.*s", (int)(end - s->at), s->at);
	s->condition->regex = regex_create(pattern, &reason);
	ok = s->condition->regex != NULL || wrong(s, buffer_string(&reason));
	free(pattern);
	buffer_fini(&reason);
	s->at = end + 1;
	return ok;
}

static bool parse_measure(struct parsing *s)
{
	if (take_word(s, "total")) {
		s->condition->measure = CONDITION_TOTAL;
		return true;
	}
	if (take_word(s, "cum"))
		s->condition->measure = CONDITION_CUM;
	else if (take_word(s, "flat"))
		s->condition->measure = CONDITION_FLAT;
	else
		return wrong(s, "expected cum(REGEX), flat(REGEX) or total");
	return parse_regex(s);
}

static bool parse_sign(struct parsing *s)
{
	if (take_word(s, ">="))
		s->condition->sign = CONDITION_AT_LEAST;
	else if (take_word(s, ">"))
		s->condition->sign = CONDITION_GREATER;
	else if (take_word(s, "<") && *s->at != '=')
		s->condition->sign = CONDITION_LESS;
	else
		return wrong(s, "expected >, >= or <");
	return true;
}

static bool parse_limit(struct parsing *s)
{
	struct condition *c = s->condition;
	size_t size = 0;
	char *end;

	skip_blanks(s);
	if (*s->at != '+' && *s->at != '-')
		return wrong(s, "a change begins with + or -, as in +5% or -10ms");
	if (!isdigit((unsigned char)s->at[1]) && s->at[1] != '.')
		return wrong(s, "expected a number");
	c->limit = strtod(s->at, &end);
	if (!isfinite(c->limit))
		return wrong(s, "the number is too large");
	s->at = end;
	skip_blanks(s);
	if (take_word(s, "%"))
		c->is_percent = true;
	while (!c->is_percent && isalpha((unsigned char)s->at[size]) && size < sizeof(c->unit))
		size++;
	if (size == sizeof(c->unit))
		return wrong(s, "the unit is too long");
	memcpy(c->unit, s->at, size);
	s->at += size;
	skip_blanks(s);
	return *s->at == '\0' || wrong(s, "this is more than a condition");
}

bool condition_parse(struct condition *c, const char *text, struct buffer *error)
{
	struct parsing s = { .condition = c, .at = text, .error = error };

	*c = (struct condition){ .text = text };
	if (parse_measure(&s) && parse_sign(&s) && parse_limit(&s))
		return true;
	condition_fini(c);
	return false;
}

void condition_fini(struct condition *c)
{
	regex_destroy(c->regex);
	c->regex = NULL;
}

bool condition_holds(const struct condition *c, double change)
{
	switch (c->sign) {
	case CONDITION_GREATER:
		return change > c->limit;
	case CONDITION_AT_LEAST:
		return change >= c->limit;
	case CONDITION_LESS:
		return change < c->limit;
	}
	return false;
}
