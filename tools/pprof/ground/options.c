/* SPDX-License-Identifier: MIT */
#include "pprof/ground/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const sort_choices[] = { "cum", "flat", NULL };
static const char *const granularity_choices[] = { "functions", "filefunctions", "files",
						   "lines",     "addresses",     NULL };

static const struct {
	const char *name;
	const char *help;
} choice_help[] = {
	{ "flat", "Sort entries based on own weight\n" },
	{ "cum", "Sort entries based on cumulative weight\n" },
	{ "functions", "Aggregate at the function level.\n"
		       "Ignores the filename where the function was defined.\n" },
	{ "filefunctions", "Aggregate at the function level.\n"
			   "Takes into account the filename where the function was defined.\n" },
	{ "files", "Aggregate at the file level." },
	{ "lines", "Aggregate at the source code line level." },
	{ "addresses", "Aggregate at the address level.\n"
		       "Includes functions' addresses in the output.\n" },
};

#define KIND_text OPTION_TEXT
#define KIND_choice OPTION_CHOICE
#define KIND_flag OPTION_FLAG
#define KIND_number OPTION_NUMBER
#define KIND_real OPTION_REAL

const struct option option_table[] = {
#define OPTION_ENTRY(kind, name, help, is_akt)                                                     \
	{ #name, help, KIND_##kind, offsetof(struct options, name), is_akt },
#define OPTION_ROW(kind, name, value, help) OPTION_ENTRY(kind, name, help, false)
#define OPTION_ROW_AKT(kind, name, value, help) OPTION_ENTRY(kind, name, help, true)
	OPTIONS_ALL(OPTION_ROW, OPTION_ROW_AKT)
#undef OPTION_ROW
#undef OPTION_ROW_AKT
		{ NULL, NULL, OPTION_TEXT, 0, false },
};

const char *const *option_choices(const struct option *option)
{
	return strcmp(option->name, "sort") == 0 ? sort_choices : granularity_choices;
}

static void *field(struct options *options, const struct option *option)
{
	return (char *)options + option->offset;
}

static const void *field_of(const struct options *options, const struct option *option)
{
	return (const char *)options + option->offset;
}

void options_init(struct options *options)
{
	options->tools = NULL;
#define INIT_text(name, value) options->name = take_text(value);
#define INIT_choice(name, value) options->name = take_text(value);
#define INIT_flag(name, value) options->name = value;
#define INIT_number(name, value) options->name = value;
#define INIT_real(name, value) options->name = value;
#define OPTION_INIT(kind, name, value, help) INIT_##kind(name, value)
	OPTIONS_ALL(OPTION_INIT, OPTION_INIT)
#undef OPTION_INIT
}

void options_fini(struct options *options)
{
	for (const struct option *o = option_table; o->name != NULL; o++)
		if (o->kind == OPTION_TEXT || o->kind == OPTION_CHOICE)
			free(*(char **)field(options, o));
}

void options_copy(struct options *copy, const struct options *options)
{
	*copy = *options;
	for (const struct option *o = option_table; o->name != NULL; o++)
		if (o->kind == OPTION_TEXT || o->kind == OPTION_CHOICE)
			*(char **)field(copy, o) = take_text(*(char *const *)field_of(options, o));
}

void option_assign(char **text, const char *value)
{
	char *copy = take_text(value);

	free(*text);
	*text = copy;
}

const struct option *option_find(const char *name)
{
	for (const struct option *o = option_table; o->name != NULL; o++) {
		if (strcmp(o->name, name) == 0)
			return o;
		for (const char *const *c = o->kind == OPTION_CHOICE ? option_choices(o) : NULL;
		     c != NULL && *c != NULL; c++)
			if (strcmp(*c, name) == 0)
				return o;
	}
	return NULL;
}

const char *option_choice_name(const char *name)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(choice_help); i++)
		if (strcmp(choice_help[i].name, name) == 0)
			return choice_help[i].name;
	return NULL;
}

const char *option_help(const char *name)
{
	const struct option *option = option_find(name);

	for (size_t i = 0; i < AKTI_COUNT_OF(choice_help); i++)
		if (strcmp(choice_help[i].name, name) == 0)
			return choice_help[i].help;
	return option != NULL && option->kind != OPTION_CHOICE ? option->help : NULL;
}

bool option_is_switch(const char *name)
{
	const struct option *option = option_find(name);

	return option != NULL && (option->kind == OPTION_FLAG || strcmp(option->name, name) != 0);
}

bool parse_bool(const char *text, bool *ret_value)
{
	static const char *const yes[] = { "true", "t", "yes", "y", "1", "" };
	static const char *const no[] = { "false", "f", "no", "n", "0" };

	for (size_t i = 0; i < AKTI_COUNT_OF(yes); i++)
		if (strcasecmp(text, yes[i]) == 0)
			return *ret_value = true;
	for (size_t i = 0; i < AKTI_COUNT_OF(no); i++)
		if (strcasecmp(text, no[i]) == 0) {
			*ret_value = false;
			return true;
		}
	return false;
}

bool parse_strict_bool(const char *text, bool *ret_value)
{
	static const char *const words[] = { "0", "f", "F", "FALSE", "false", "False",
					     "1", "t", "T", "TRUE",  "true",  "True" };

	for (size_t i = 0; i < AKTI_COUNT_OF(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*ret_value = i >= AKTI_COUNT_OF(words) / 2;
			return true;
		}
	return false;
}

bool parse_number(const char *text, int64_t *ret_value)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || isspace((unsigned char)text[0]))
		return false;
	*ret_value = value;
	return true;
}

bool parse_address(const char *text, uint64_t *ret_value)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0)
		return false;
	*ret_value = value;
	return true;
}

bool parse_real(const char *text, double *ret_value)
{
	char *end;
	double value = strtod(text, &end);
	bool is_hexadecimal = strpbrk(text, "xX") != NULL;

	/* Go wants the exponent of a hexadecimal number and knows no payload of "nan(1)". */
	if (end == text || *end != '\0' || isspace((unsigned char)text[0]) ||
	    strchr(text, '(') != NULL || (is_hexadecimal && strpbrk(text, "pP") == NULL))
		return false;
	*ret_value = value;
	return true;
}

static bool set_choice(struct options *options, const struct option *option, const char *name,
		       const char *value, struct buffer *error)
{
	bool is_true;

	if (strcmp(option->name, name) == 0) {
		for (const char *const *c = option_choices(option); *c != NULL; c++)
			if (strcmp(*c, value) == 0) {
				option_assign(field(options, option), value);
				return true;
			}
		buffer_printf(error, "invalid \"%s\" value ", name);
		buffer_quote(error, value);
		return false;
	}
	if (!parse_strict_bool(value, &is_true) || !is_true) {
		buffer_printf(error, "unknown config field \"%s\"", name);
		return false;
	}
	option_assign(field(options, option), name);
	return true;
}

/* Infinity that was not asked for. */
static bool is_overflow(const char *text, double value)
{
	return isinf(value) && strpbrk(text, "iI") == NULL;
}

static void refuse_number(const char *parser, const char *value, struct buffer *error)
{
	const char *digits = value + strspn(value, "+-");
	double real;
	bool is_range = strcmp(parser, "Atoi") == 0
				? digits[0] != '\0' && digits - value <= 1 &&
					  digits[strspn(digits, "0123456789")] == '\0'
				: parse_real(value, &real);

	buffer_printf(error, "strconv.%s: parsing ", parser);
	buffer_quote(error, value);
	buffer_text(error, is_range ? ": value out of range" : ": invalid syntax");
}

bool option_set(struct options *options, const char *name, const char *value, struct buffer *error)
{
	const struct option *option = option_find(name);
	double real;
	bool ok = true;

	if (option == NULL) {
		buffer_text(error, "unknown config field ");
		buffer_quote(error, name);
		return false;
	}
	switch (option->kind) {
	case OPTION_CHOICE:
		return set_choice(options, option, name, value, error);
	case OPTION_TEXT:
		option_assign(field(options, option), value);
		return true;
	case OPTION_FLAG:
		ok = parse_bool(value, field(options, option));
		if (!ok)
			buffer_printf(error, "illegal value \"%s\" for bool variable", value);
		return ok;
	case OPTION_NUMBER:
		ok = parse_number(value, field(options, option));
		if (!ok)
			refuse_number("Atoi", value, error);
		return ok;
	case OPTION_REAL:
		ok = parse_real(value, &real) && !is_overflow(value, real);
		if (ok)
			*(double *)field(options, option) = real;
		else
			refuse_number("ParseFloat", value, error);
		return ok;
	}
	return ok;
}

/* The fewest digits that read back as the same number. */
static void print_real(double value, struct buffer *out)
{
	char text[512];

	if (isnan(value) || isinf(value)) {
		buffer_text(out, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (strchr(text, 'e') != NULL && fabs(value) >= 1 && fabs(value) < 1e21)
		snprintf(text, sizeof(text), "%.0f", value);
	buffer_text(out, text);
}

void option_print(const struct options *options, const struct option *option, struct buffer *out)
{
	const void *value = field_of(options, option);

	switch (option->kind) {
	case OPTION_TEXT:
	case OPTION_CHOICE:
		buffer_text(out, *(char *const *)value);
		break;
	case OPTION_FLAG:
		buffer_text(out, *(const bool *)value ? "true" : "false");
		break;
	case OPTION_NUMBER:
		buffer_printf(out, "%lld", (long long)*(const int64_t *)value);
		break;
	case OPTION_REAL:
		print_real(*(const double *)value, out);
		break;
	}
}
