/* SPDX-License-Identifier: MIT */
/*
 * C++ names, by the demangler of the C++ runtime when there is one. Parameters and template
 * arguments are cut, as pprof does: a profile is read by eye.
 */
#include "profile/symbolize.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef char *(*cxa_demangle_fn)(const char *mangled, char *buffer, size_t *size_bytes,
				 int *ret_status);

static cxa_demangle_fn find_demangler(bool load)
{
	void *found = dlsym(RTLD_DEFAULT, "__cxa_demangle");
	cxa_demangle_fn fn = NULL;

	if (found == NULL && load) {
		void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

		if (library != NULL)
			found = dlsym(library, "__cxa_demangle");
	}
	memcpy(&fn, &found, sizeof(fn));
	return fn;
}

/* Cut what stands between matching brackets, but not the name of an unnamed namespace nor an
 * operator's own characters. */
static void cut_brackets(char *name, char open, char close)
{
	static const char *const kept[] = { "(anonymous namespace)", "operator()", "operator<",
					    "operator>", "operator->" };
	char *out = name;
	unsigned depth = 0;

	for (const char *in = name; *in != '\0';) {
		size_t keep = 0;

		for (size_t i = 0; depth == 0 && i < AKTI_COUNT_OF(kept); i++)
			if (strncmp(in, kept[i], strlen(kept[i])) == 0)
				keep = strlen(kept[i]);
		if (keep > 0) {
			memmove(out, in, keep);
			out += keep;
			in += keep;
			continue;
		}
		if (*in == open)
			depth++;
		else if (*in == close && depth > 0)
			depth--;
		else if (depth == 0)
			*out++ = *in;
		in++;
	}
	*out = '\0';
}

/* "int sum const": the return type of a template and qualifiers go with the parameters. */
static const char *cut_types(char *name)
{
	size_t length = strlen(name);
	const char *space = NULL;
	unsigned depth = 0;

	if (length > 6 && strcmp(name + length - 6, " const") == 0)
		name[length - 6] = '\0';
	if (strstr(name, "operator") != NULL || strstr(name, "(anonymous") != NULL)
		return name;
	for (const char *at = name; *at != '\0'; at++) {
		depth += *at == '<';
		depth -= *at == '>' && depth > 0;
		if (*at == ' ' && depth == 0)
			space = at;
	}
	return space != NULL ? space + 1 : name;
}

bool akti_demangle(const char *mangled, enum demangle how, bool load, char *ret_name,
		   size_t size_bytes)
{
	cxa_demangle_fn demangle;
	const char *name;
	char *full;
	size_t length;
	int status = 0;

	if (strncmp(mangled, "_Z", 2) != 0)
		return false;
	demangle = find_demangler(load);
	full = demangle != NULL ? demangle(mangled, NULL, NULL, &status) : NULL;
	if (full == NULL)
		return false;
	if (how != DEMANGLE_FULL)
		cut_brackets(full, '(', ')');
	if (how == DEMANGLE_SHORT)
		cut_brackets(full, '<', '>');
	name = how == DEMANGLE_FULL ? full : cut_types(full);
	length = strlen(name);
	if (length >= size_bytes)
		length = size_bytes - 1;
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	free(full);
	return length > 0;
}
