/* SPDX-License-Identifier: MIT */
#include "pprof/load/names.h"
#include "pprof/load/url.h"
#include "profile/symbolize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES_MAX 4096

struct mode {
	bool none;
	bool local;
	bool fast;
	bool remote;
	bool force;
	bool demangles;
	enum demangle demangle;
};

/* One word between colons; false: unknown. */
static bool read_word(struct mode *mode, const char *word)
{
	const char *kind = strncasecmp(word, "demangle=", 9) == 0 ? word + 9 : word;

	if (strcasecmp(kind, "default") == 0 || kind[0] == '\0')
		return true;
	/* As upstream, what makes the names anew needs no "demangle=" in front. */
	if (strcasecmp(kind, "full") == 0 || strcasecmp(kind, "templates") == 0) {
		mode->demangle = (kind[0] | 32) == 'f' ? DEMANGLE_FULL : DEMANGLE_TEMPLATES;
		mode->force = true;
	} else if (kind != word && strcasecmp(kind, "none") == 0) {
		mode->demangles = false;
		mode->force = true;
	} else if (strcasecmp(word, "none") == 0 || strcasecmp(word, "no") == 0) {
		mode->none = true;
	} else if (strcasecmp(word, "local") == 0 || strcasecmp(word, "fastlocal") == 0) {
		mode->local = true;
		mode->remote = false;
		mode->fast = mode->fast || (word[0] | 32) == 'f';
	} else if (strcasecmp(word, "remote") == 0) {
		mode->local = false;
		mode->remote = true;
	} else if (strcasecmp(word, "force") == 0) {
		mode->force = true;
	} else {
		return false;
	}
	return true;
}

static struct mode read_mode(const char *text)
{
	struct mode mode = { .local = true, .remote = true, .demangles = true };
	char *words = take_text(text != NULL ? text : ""), *state = NULL;

	for (char *word = strtok_r(words, ":", &state); word != NULL && !mode.none;
	     word = strtok_r(NULL, ":", &state))
		if (!read_word(&mode, word))
			fprintf(stderr,
				"ignoring unrecognized symbolization option: %s\n"
				"expecting -symbolize=[local|fastlocal|remote|none][:force]"
				"[:demangle=[none|full|templates|default]\n",
				text);
	free(words);
	return mode;
}

/* Cut each outermost pair of brackets with what is in it; a stray closing one ends the cutting. */
static void cut_matching(char *name, char open, char close)
{
	char *first = name, *at = name;
	size_t nesting = 0;

	while (*at != '\0') {
		if (*at == open && nesting++ == 0)
			first = at;
		if (*at != close) {
			at++;
			continue;
		}
		if (nesting == 0)
			return;
		if (--nesting > 0) {
			at++;
			continue;
		}
		memmove(first, at + 1, strlen(at + 1) + 1);
		at = first;
	}
}

static bool looks_like_cpp(const char *name)
{
	if (strstr(name, ".<") != NULL || strstr(name, "]).") != NULL)
		return false;
	return strpbrk(name, "<>[]") != NULL || strstr(name, "::") != NULL;
}

static void make_readable(struct profile *p, struct profile_function *f, enum demangle how)
{
	const char *system_name = akti_profile_bytes(p, f->system_name);
	char readable[NAME_BYTES_MAX];
	char *name;

	if (f->name != 0 && f->system_name != f->name)
		return;
	if (akti_demangle(system_name, how, true, readable, sizeof(readable))) {
		f->name = akti_profile_text(p, readable);
		return;
	}
	f->name = f->system_name;
	if (how == DEMANGLE_FULL || !looks_like_cpp(system_name))
		return;
	name = take_text(system_name);
	cut_matching(name, '(', ')');
	if (how == DEMANGLE_SHORT)
		cut_matching(name, '<', '>');
	f->name = akti_profile_text(p, name);
	free(name);
}

void names_find(struct profile *profile, const char *mode, const struct origins *origins)
{
	struct mode how = read_mode(mode);

	if (how.none)
		return;
	if (how.local)
		names_local(profile, how.fast, how.force);
	if (how.remote)
		names_remote(profile, how.force, origins);
	for (uint32_t i = 0; i < profile->function_count; i++) {
		struct profile_function *f = &profile->functions[i];

		if (how.force && f->name != 0 && f->system_name != 0)
			f->name = f->system_name;
		if (how.demangles)
			make_readable(profile, f, how.demangle);
	}
}

void names_forget_origins(struct profile *profile)
{
	for (uint32_t i = 0; i < profile->mapping_count; i++)
		if (profile->mappings[i].build_id == 0 &&
		    url_is_absolute(akti_profile_bytes(profile, profile->mappings[i].file)))
			profile->mappings[i].file = 0;
}

uint32_t names_missing(const struct profile *profile)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < profile->location_count; i++)
		count += profile->locations[i].line_count == 0;
	return count;
}
