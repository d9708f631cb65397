/* SPDX-License-Identifier: MIT */
#include "top/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void args_usage(FILE *out)
{
	fputs("usage: akt top [options] [ADDRESS]\n\n"
	      "Shows the actors of a running system, by its debug server at ADDRESS, HOST:PORT;\n"
	      "default: " ARGS_ADDRESS ".\n\n"
	      "  -d=SECONDS     from one page to the next; default 2\n"
	      "  -n=COUNT       so many pages as plain text, then end; 1 for scripts\n"
	      "  -sort=KEY      cpu (default), depth, wait, mem, rate or name\n"
	      "  -reverse       the least first\n"
	      "  -filter=REGEX  whose name or type matches\n"
	      "  -types         a row for each type of actors\n"
	      "  -rows=COUNT    so many rows of plain text, and that many leaders asked for in a\n"
	      "                 large system; default 200\n"
	      "  -light         no profiles: no CPU time and no messages of single actors\n\n"
	      "On a terminal h shows the keys.\n",
	      out);
}

static bool complain(const char *text, const char *word)
{
	fprintf(stderr, "akt top: %s: %s\n", text, word);
	return false;
}

static bool read_number(const char *option, const char *text, unsigned min, unsigned max,
			unsigned *ret_number)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < min ||
	    number > max) {
		fprintf(stderr, "akt top: -%s is a whole number from %u to %u, not %s\n", option,
			min, max, text);
		return false;
	}
	*ret_number = (unsigned)number;
	return true;
}

static bool read_filter(struct args *args, const char *pattern)
{
	struct buffer error = { 0 };

	regex_destroy(args->filter);
	args->filter = regex_create(pattern, &error);
	args->how.filter = args->filter;
	args->source.wants_all = true;
	if (args->filter == NULL)
		(void)complain("-filter", buffer_string(&error));
	buffer_fini(&error);
	return args->filter != NULL;
}

/* An option that has a value. */
static bool read_value(struct args *args, const char *option, const char *value)
{
	if (strcmp(option, "d") == 0)
		return read_number(option, value, 1, SOURCE_SECONDS_MAX, &args->source.seconds);
	if (strcmp(option, "n") == 0) {
		args->is_plain = true;
		return read_number(option, value, 1, 1000000000, &args->pages);
	}
	if (strcmp(option, "rows") == 0)
		return read_number(option, value, 1, SOURCE_MOST_MAX, &args->source.most);
	if (strcmp(option, "filter") == 0)
		return read_filter(args, value);
	return rows_sort_of(value, &args->how.sort) ||
	       complain("-sort is cpu, depth, wait, mem, rate or name, not", value);
}

/* One that is said or not. False: it is none. */
static bool read_switch(struct args *args, const char *option)
{
	if (strcmp(option, "light") == 0)
		args->source.is_light = true;
	else if (strcmp(option, "reverse") == 0)
		args->how.reverse = true;
	else if (strcmp(option, "types") == 0)
		args->how.by_type = true;
	else if (strcmp(option, "help") == 0 || strcmp(option, "h") == 0)
		args->wants_help = true;
	else
		return false;
	return true;
}

/* "-d=2", "-d 2". */
static bool read_option(struct args *args, char **argv, int *at)
{
	static const char *const with_value[] = { "d", "n", "sort", "filter", "rows" };
	const char *option = argv[*at] + (argv[*at][1] == '-' ? 2 : 1);
	size_t length = strcspn(option, "=");

	if (read_switch(args, option))
		return true;
	for (size_t i = 0; i < AKTI_COUNT_OF(with_value); i++) {
		if (strlen(with_value[i]) != length || strncmp(with_value[i], option, length) != 0)
			continue;
		if (option[length] == '=')
			return read_value(args, with_value[i], option + length + 1);
		if (argv[*at + 1] == NULL)
			return complain(argv[*at], "what?");
		(*at)++;
		return read_value(args, with_value[i], argv[*at]);
	}
	return complain("no such option", argv[*at]);
}

/* A URL, or ":6060", or what a debug server printed, becomes HOST:PORT. */
static bool read_address(struct args *args, const char *text)
{
	size_t length;

	if (strncasecmp(text, "http://", 7) == 0)
		text += 7;
	length = strcspn(text, "/?#");
	if (length == 0 || memchr(text, '@', length) != NULL ||
	    strcspn(text, " \t\r\n\"'<>\\") < length)
		return complain("an address is HOST:PORT, not", text);
	free(args->address);
	args->address = take_printf("%s%.*s", text[0] == ':' ? "127.0.0.1" : "", (int)length, text);
	return true;
}

bool args_read(struct args *args, int argc, char **argv)
{
	*args = (struct args){ .source = { .seconds = ARGS_SECONDS, .most = ARGS_ROWS } };
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			if (!read_option(args, argv, &i))
				return false;
		} else if (args->address != NULL) {
			return complain("one address at a time", argv[i]);
		} else if (!read_address(args, argv[i])) {
			return false;
		}
	}
	args->is_default_address = args->address == NULL;
	if (args->is_default_address)
		args->address = take_text(ARGS_ADDRESS);
	args->source.address = args->address;
	if (args->source.is_light && args->how.sort == SORT_CPU)
		args->how.sort = SORT_DEPTH;
	return true;
}

void args_fini(struct args *args)
{
	regex_destroy(args->filter);
	free(args->address);
	source_fini(&args->source);
}
