/* SPDX-License-Identifier: MIT */
/* See env.h. */
#include "prof/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const on_off[] = {
	"AKT_PROFILE_SHUTDOWN",      "GOAKT_PROFILE_SHUTDOWN", "AKT_PROFILE_REBALANCING",
	"GOAKT_PROFILE_REBALANCING", "AKT_PROFILE_QUERY",      "GOAKT_PROFILE_QUERY",
};

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

static bool is_on(const char *text)
{
	static const char *const words[] = { "1", "true", "TRUE", "True" };

	return is_one_of(text, words, AKTI_COUNT_OF(words));
}

static bool is_off(const char *text)
{
	static const char *const words[] = { "", "0", "false", "FALSE", "False" };

	return is_one_of(text, words, AKTI_COUNT_OF(words));
}

/* The switch under either of its names. */
static bool asked(const char *name)
{
	char guide_name[64];
	const char *value = getenv(name);

	if (value != NULL && is_on(value))
		return true;
	(void)snprintf(guide_name, sizeof(guide_name), "GO%s", name);
	value = getenv(guide_name);
	return value != NULL && is_on(value);
}

void akti_prof_env_read(struct prof_env *ret_env)
{
	const char *hz = getenv("AKT_PROFILE_HZ"), *dir = getenv("AKT_PROFILE_DIR");
	char *end = NULL;
	unsigned long number = hz == NULL ? 0 : strtoul(hz, &end, 10);

	ret_env->shutdown = asked("AKT_PROFILE_SHUTDOWN");
	ret_env->rebalancing = asked("AKT_PROFILE_REBALANCING");
	ret_env->query = asked("AKT_PROFILE_QUERY");
	ret_env->dir = dir == NULL || dir[0] == 0 ? "." : dir;
	ret_env->hz = PROF_HZ_DEFAULT;
	if (hz == NULL || hz[0] == 0)
		return;
	if (*end == 0 && number >= 1 && number <= PROF_HZ_MAX)
		ret_env->hz = (unsigned)number;
	else if (ret_env->shutdown)
		akti_prof_say("AKT_PROFILE_HZ=%s is not in 1..%u: %u is used", hz, PROF_HZ_MAX,
			      PROF_HZ_DEFAULT);
}

static void report_variable(const char *variable)
{
	static const char *const known[] = { "AKT_PROFILE_HZ", "AKT_PROFILE_DIR", "AKT_CRASH_DIR",
					     "AKT_SEED" };
	const char *value = strchr(variable, '=');
	char name[64];

	if (value == NULL || begins_with(variable, "AKT_BENCH_") ||
	    begins_with(variable, "AKT_TEST_"))
		return;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(value - variable), variable);
	value++;
	if (is_one_of(name, known, AKTI_COUNT_OF(known)))
		return;
	if (!is_one_of(name, on_off, AKTI_COUNT_OF(on_off)))
		akti_prof_say("%s is set, but no such variable is known", name);
	else if (!is_on(value) && !is_off(value))
		akti_prof_say("%s=%s is neither 1 nor 0: taken as 0", name, value);
}

void akti_prof_env_report(const struct prof_env *env, bool shutdown_written)
{
	if (env->shutdown && !shutdown_written)
		akti_prof_say("AKT_PROFILE_SHUTDOWN is set, but no shutdown profile was written: "
			      "no system was stopped");
	if (env->rebalancing)
		akti_prof_say("AKT_PROFILE_REBALANCING is set, but the phase rebalancing never "
			      "ran: no profile of it");
	if (env->query)
		akti_prof_say("AKT_PROFILE_QUERY is set, but the phase query never ran: no "
			      "profile of it");
	for (char **at = environ; at != NULL && *at != NULL; at++) {
		if (begins_with(*at, "AKT_") || begins_with(*at, "GOAKT_PROFILE_"))
			report_variable(*at);
	}
}

void akti_prof_say(const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	(void)fprintf(stderr, "akt: %s\n", line);
}
