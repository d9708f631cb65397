/* SPDX-License-Identifier: MIT */
/* flags: a table of flags, one parser per kind of value. Proved by tests/unit/bench/flags.c. */
#include "flags.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum flag_kind {
	FLAG_SWITCH,
	FLAG_TEXT,
	FLAG_COUNT,
	FLAG_CPUS,
	FLAG_BENCHTIME,
	FLAG_DURATION,
	FLAG_BYTES
};

struct flag {
	const char *name;
	enum flag_kind kind;
	size_t offset; /* of the member of struct bench_flags */
	const char *argument;
	const char *help;
};

#define FLAG(name, kind, member, argument, help)                                                   \
	{                                                                                          \
		name, kind, offsetof(struct bench_flags, member), argument, help                   \
	}

static const struct flag flags[] = {
	FLAG("bench", FLAG_TEXT, bench, "REGEX", "run the benchmarks that match; . is all"),
	FLAG("benchmem", FLAG_SWITCH, with_memory, "", "add the columns B/op and allocs/op (libc)"),
	FLAG("benchtime", FLAG_BENCHTIME, time, "1s|100x",
	     "run each that long, or that many operations (1s)"),
	FLAG("count", FLAG_COUNT, count, "N", "run each N times (1)"),
	FLAG("cpu", FLAG_CPUS, cpus, "1,2,...", "run with so many workers (one per processor)"),
	FLAG("cpuprofile", FLAG_TEXT, profiles[0], "FILE", "write where the CPU time goes"),
	FLAG("cputime", FLAG_SWITCH, with_cpu, "",
	     "add the column cpu-ns/op: processor time, all threads"),
	FLAG("json", FLAG_SWITCH, json, "", "write events as go test -json does"),
	FLAG("list", FLAG_TEXT, list, "REGEX", "print the names that match and run nothing"),
	FLAG("memprofile", FLAG_TEXT, profiles[1], "FILE",
	     "write who allocates, and what is in use"),
	FLAG("memprofilerate", FLAG_BYTES, memory_every, "N",
	     "... one sample for so many bytes (524288); 1: each"),
	FLAG("msgprofile", FLAG_TEXT, profiles[2], "FILE", "write who sends what to whom"),
	FLAG("msgprofilerate", FLAG_BYTES, messages_every, "N",
	     "... one message in so many is timed (64); 1: each"),
	FLAG("run", FLAG_TEXT, run, "REGEX", "taken for go's sake: there are no tests here"),
	FLAG("short", FLAG_SWITCH, is_short, "", "leave out what is long or needs much memory"),
	FLAG("timeout", FLAG_DURATION, timeout_ns, "DURATION",
	     "die with the name of the running benchmark (never)"),
	FLAG("v", FLAG_SWITCH, verbose, "", "print each name before it runs"),
	FLAG("help", FLAG_SWITCH, help, "", "print this"),
	FLAG("h", FLAG_SWITCH, help, "", NULL),
};
#define FLAGS_COUNT (sizeof(flags) / sizeof(flags[0]))

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xC2\xB5s", 1000 }, /* U+00B5, micro sign */
	{ "\xCE\xBCs", 1000 }, /* U+03BC, Greek mu */
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60 * INT64_C(1000000000) },
	{ "h", 3600 * INT64_C(1000000000) },
};
#define UNITS_COUNT (sizeof(units) / sizeof(units[0]))

/* The unit that *text begins with, moved past it; 0 when there is none. */
static int64_t take_unit(const char **text)
{
	size_t length = 0;

	while ((*text)[length] != '\0' && (*text)[length] != '.' &&
	       ((*text)[length] < '0' || (*text)[length] > '9'))
		length++;
	for (size_t i = 0; i < UNITS_COUNT; i++)
		if (strlen(units[i].name) == length && memcmp(units[i].name, *text, length) == 0) {
			*text += length;
			return units[i].ns;
		}
	return 0;
}

/* Digits with an optional point, moved past; false when there is no digit. */
static bool take_number(const char **text, double *ret_value)
{
	const char *at = *text;
	double value = 0;
	double scale = 1;
	bool seen = false;

	for (; *at >= '0' && *at <= '9'; at++, seen = true)
		value = value * 10 + (*at - '0');
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, seen = true)
			value += (*at - '0') * (scale /= 10);
	*text = at;
	*ret_value = value;
	return seen;
}

int bench_duration_parse(const char *text, int64_t *ret_ns)
{
	double total_ns = 0;

	if (strcmp(text, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	if (*text == '\0')
		return -1;
	while (*text != '\0') {
		double value;
		int64_t unit_ns;

		if (!take_number(&text, &value))
			return -1;
		unit_ns = take_unit(&text);
		if (unit_ns == 0)
			return -1;
		total_ns += value * (double)unit_ns;
	}
	if (total_ns >= 9e18)
		return -1;
	*ret_ns = (int64_t)(total_ns + 0.5);
	return 0;
}

void bench_duration_print(int64_t duration_ns, char *text, size_t text_bytes)
{
	int64_t minutes = duration_ns / (60 * INT64_C(1000000000));
	double seconds = (double)(duration_ns % (60 * INT64_C(1000000000))) / 1e9;

	if (duration_ns < 1000000)
		(void)snprintf(text, text_bytes, "%gus", (double)duration_ns / 1e3);
	else if (duration_ns < 1000000000)
		(void)snprintf(text, text_bytes, "%gms", (double)duration_ns / 1e6);
	else if (minutes == 0)
		(void)snprintf(text, text_bytes, "%gs", seconds);
	else if (minutes < 60)
		(void)snprintf(text, text_bytes, "%lldm%gs", (long long)minutes, seconds);
	else
		(void)snprintf(text, text_bytes, "%lldh%lldm%gs", (long long)minutes / 60,
			       (long long)minutes % 60, seconds);
}

/* Decimal digits only, 1 to max. */
static int parse_count(const char *text, size_t length, uint64_t max, uint64_t *ret_count)
{
	uint64_t value = 0;

	if (length == 0 || length > 19)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value == 0 || value > max)
		return -1;
	*ret_count = value;
	return 0;
}

static int parse_benchtime(const char *text, struct bench_time *time)
{
	size_t length = strlen(text);
	struct bench_time parsed = { 0, 0 };

	if (length > 0 && text[length - 1] == 'x') {
		if (parse_count(text, length - 1, UINT64_C(1000000000000), &parsed.count) < 0)
			return -1;
	} else if (bench_duration_parse(text, &parsed.duration_ns) < 0 || parsed.duration_ns <= 0) {
		return -1;
	}
	*time = parsed;
	return 0;
}

static int parse_cpus(const char *text, struct bench_cpus *cpus)
{
	struct bench_cpus parsed = { .count = 0 };

	for (;;) {
		size_t length = strcspn(text, ",");
		uint64_t workers;

		if (parsed.count == BENCH_CPUS_MAX || parse_count(text, length, 256, &workers) < 0)
			return -1;
		parsed.workers[parsed.count++] = (unsigned)workers;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	*cpus = parsed;
	return 0;
}

static int parse_switch(const char *text, bool *on)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "t") == 0)
		*on = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0 || strcmp(text, "f") == 0)
		*on = false;
	else
		return -1;
	return 0;
}

static int set_value(const struct flag *flag, struct bench_flags *to, const char *text)
{
	void *member = (char *)to + flag->offset;
	uint64_t count;

	switch (flag->kind) {
	case FLAG_SWITCH:
		return parse_switch(text, member);
	case FLAG_TEXT:
		*(const char **)member = text[0] != '\0' ? text : NULL; /* as go test has it */
		return 0;
	case FLAG_COUNT:
		if (parse_count(text, strlen(text), 1000000, &count) < 0)
			return -1;
		*(unsigned *)member = (unsigned)count;
		return 0;
	case FLAG_BYTES:
		if (parse_count(text, strlen(text), UINT32_MAX, &count) < 0)
			return -1;
		*(unsigned *)member = (unsigned)count;
		return 0;
	case FLAG_CPUS:
		return parse_cpus(text, member);
	case FLAG_BENCHTIME:
		return parse_benchtime(text, member);
	case FLAG_DURATION:
		return bench_duration_parse(text, member);
	}
	return -1;
}

static const struct flag *find_flag(const char *name, size_t length)
{
	for (size_t i = 0; i < FLAGS_COUNT; i++)
		if (strlen(flags[i].name) == length && memcmp(flags[i].name, name, length) == 0)
			return &flags[i];
	return NULL;
}

/* One flag at argv[*at]; *at is moved to the last argument it used. */
static int parse_flag(struct bench_flags *to, int argc, char **argv, int *at,
		      char error[BENCH_ERROR_MAX])
{
	const char *name = argv[*at] + (argv[*at][1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");
	const struct flag *flag = find_flag(name, length);
	const char *value = name[length] == '=' ? name + length + 1 : NULL;

	if (flag == NULL) {
		(void)snprintf(error, BENCH_ERROR_MAX, "flag provided but not defined: -%.*s",
			       (int)length, name);
		return -1;
	}
	if (value == NULL && flag->kind == FLAG_SWITCH)
		value = "true";
	if (value == NULL && *at + 1 < argc)
		value = argv[++*at];
	if (value == NULL) {
		(void)snprintf(error, BENCH_ERROR_MAX, "flag needs an argument: -%s", flag->name);
		return -1;
	}
	if (set_value(flag, to, value) < 0) {
		(void)snprintf(error, BENCH_ERROR_MAX, "invalid value \"%s\" for flag -%s: want %s",
			       value, flag->name,
			       flag->kind == FLAG_SWITCH ? "true or false" : flag->argument);
		return -1;
	}
	return 0;
}

int bench_flags_parse(struct bench_flags *ret_flags, int argc, char **argv,
		      char error[BENCH_ERROR_MAX])
{
	struct bench_flags parsed = { .count = 1, .time = { 0, INT64_C(1000000000) } };
	bool only_paths = false;
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (only_paths || argv[i][0] != '-' || argv[i][1] == '\0')
			argv[kept++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_paths = true;
		else if (parse_flag(&parsed, argc, argv, &i, error) < 0)
			return -1;
	}
	parsed.paths = argv + 1;
	parsed.path_count = (size_t)(kept - 1);
	*ret_flags = parsed;
	return 0;
}

void bench_flags_print(FILE *out)
{
	for (size_t i = 0; i < FLAGS_COUNT; i++)
		if (flags[i].help != NULL)
			fprintf(out, "  -%-14s %-8s  %s\n", flags[i].name, flags[i].argument,
				flags[i].help);
}
