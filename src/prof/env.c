/* SPDX-License-Identifier: MIT */
/* See env.h. */
#include "prof/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those who look for faults of another kind do not want our signals. */
#if defined(AKTI_MEM_PASSTHROUGH)
#define FLIES false
#else
#define FLIES true
#endif

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

void akti_prof_env_switch(const char *phase, char ret_text[AKT_PROFILE_NAME_MAX + 1])
{
	size_t length = strnlen(phase, AKT_PROFILE_NAME_MAX);

	for (size_t i = 0; i < length; i++) {
		char c = phase[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		ret_text[i] = c == '-' || c == '.' ? '_' : c;
	}
	ret_text[length] = 0;
}

bool akti_prof_env_asks(const char *phase)
{
	char name[AKT_PROFILE_NAME_MAX + 1], variable[AKT_PROFILE_NAME_MAX + 32];
	const char *value;

	akti_prof_env_switch(phase, name);
	(void)snprintf(variable, sizeof(variable), "GOAKT_PROFILE_%s", name);
	value = getenv(variable + 2);
	if (value != NULL && is_on(value))
		return true;
	value = getenv(variable);
	return value != NULL && is_on(value);
}

static bool is_raw(bool asked)
{
	const char *value = getenv("AKT_PROFILE_SYMBOLIZE");

	if (value == NULL || value[0] == 0 || is_on(value))
		return false;
	if (!is_off(value) && asked)
		akti_prof_say("AKT_PROFILE_SYMBOLIZE=%s is neither 1 nor 0: 1 is used", value);
	return is_off(value);
}

bool akti_prof_env_asks_any(void)
{
	for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
		const char *value = strchr(*variable, '=');

		if ((begins_with(*variable, "AKT_PROFILE_") ||
		     begins_with(*variable, "GOAKT_PROFILE_")) &&
		    value != NULL && is_on(value + 1))
			return true;
	}
	return false;
}

void akti_prof_env_read(struct prof_env *ret_env)
{
	const char *hz = getenv("AKT_PROFILE_HZ"), *dir = getenv("AKT_PROFILE_DIR");
	const char *flight = getenv("AKT_FLIGHT");
	char *end = NULL;
	unsigned long number = hz == NULL ? 0 : strtoul(hz, &end, 10);

	ret_env->flies = flight != NULL && flight[0] != 0 ? is_on(flight) : FLIES;
	ret_env->shutdown = akti_prof_env_asks("shutdown");
	ret_env->dir = dir == NULL || dir[0] == 0 ? "." : dir;
	ret_env->raw = is_raw(ret_env->shutdown);
	ret_env->hz = PROF_HZ_DEFAULT;
	if (hz == NULL || hz[0] == 0)
		return;
	if (*end == 0 && number >= 1 && number <= AKT_PROFILE_HZ_MAX)
		ret_env->hz = (unsigned)number;
	else if (ret_env->shutdown)
		akti_prof_say("AKT_PROFILE_HZ=%s is not in 1..%u: %u is used", hz,
			      AKT_PROFILE_HZ_MAX, PROF_HZ_DEFAULT);
}

/* A switch of a phase: the runtime's own "shutdown", or one that ran or did not. */
static void report_switch(const char *variable, const char *value, bool (*ran)(const char *name))
{
	const char *name = strstr(variable, "_PROFILE_") + strlen("_PROFILE_");

	if (!is_on(value) && !is_off(value))
		akti_prof_say("%s=%s is neither 1 nor 0: taken as 0", variable, value);
	else if (is_on(value) && strcmp(name, "SHUTDOWN") != 0 && !ran(name))
		akti_prof_say("%s is set, but its phase never ran: no profile of it", variable);
}

static void report_variable(const char *variable, bool (*ran)(const char *name))
{
	static const char *const known[] = {
		"AKT_PROFILE_HZ", "AKT_PROFILE_DIR", "AKT_PROFILE_SYMBOLIZE", "AKT_CRASH_DIR",
		"AKT_FLIGHT",     "AKT_FLIGHT_DIR",  "AKT_FLIGHT_SIGNAL",     "AKT_SEED"
	};
	const char *value = strchr(variable, '=');
	char name[128];

	if (value == NULL || begins_with(variable, "AKT_BENCH_") ||
	    begins_with(variable, "AKT_TEST_"))
		return;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(value - variable), variable);
	value++;
	if (is_one_of(name, known, AKTI_COUNT_OF(known)))
		return;
	if (begins_with(name, "AKT_PROFILE_") || begins_with(name, "GOAKT_PROFILE_"))
		report_switch(name, value, ran);
	else
		akti_prof_say("%s is set, but no such variable is known", name);
}

void akti_prof_env_report(const struct prof_env *env, bool shutdown_written,
			  bool (*ran)(const char *name))
{
	if (env->shutdown && !shutdown_written)
		akti_prof_say("AKT_PROFILE_SHUTDOWN is set, but no shutdown profile was written: "
			      "no system was stopped");
	for (char **at = environ; at != NULL && *at != NULL; at++) {
		if (begins_with(*at, "AKT_") || begins_with(*at, "GOAKT_PROFILE_"))
			report_variable(*at, ran);
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
