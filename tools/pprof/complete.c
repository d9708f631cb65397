/* SPDX-License-Identifier: MIT */
/* Completion: the first word to a command or option, later words to names of functions. */
#include "pprof/command/command.h"
#include "pprof/line.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void consider(const char *candidate, const char *start, const char **found, size_t *matches)
{
	if (strncasecmp(candidate, start, strlen(start)) != 0)
		return;
	*found = candidate;
	(*matches)++;
}

/* The one command, option or choice that starts so; NULL: none or several. */
static const char *complete_word(const char *start)
{
	const char *found = NULL;
	size_t matches = 0;

	for (const struct command *c = command_table; c->name != NULL; c++)
		consider(c->name, start, &found, &matches);
	for (const struct command *c = command_akt_table; c->name != NULL; c++)
		consider(c->name, start, &found, &matches);
	for (const struct option *o = option_table; o->name != NULL; o++) {
		consider(o->name, start, &found, &matches);
		for (const char *const *c = o->kind == OPTION_CHOICE ? option_choices(o) : NULL;
		     c != NULL && *c != NULL; c++)
			consider(*c, start, &found, &matches);
	}
	return matches == 1 ? found : NULL;
}

/* The one function with this in its name; NULL: none or several. */
static const char *complete_function(const char *part, const struct profile *p)
{
	const char *found = NULL;

	for (uint32_t i = 0; i < p->function_count; i++) {
		const char *name = akti_profile_bytes(p, p->functions[i].name);

		if (strstr(name, part) == NULL)
			continue;
		if (found != NULL && strcmp(found, name) != 0)
			return NULL;
		found = name;
	}
	return found;
}

/* The one label key that starts so; NULL: none or several. */
static const char *complete_key(const char *start, const struct profile *p)
{
	const char *found = NULL;

	for (uint32_t i = 0; i < p->tag_count; i++) {
		const char *key = akti_profile_bytes(p, p->tags[i].key);

		if (strncmp(key, start, strlen(start)) != 0)
			continue;
		if (found != NULL && strcmp(found, key) != 0)
			return NULL;
		found = key;
	}
	return found;
}

/* Whether the word that begins here follows "-by". */
static bool follows_by(const char *line, const char *word)
{
	while (word > line && (word[-1] == ' ' || word[-1] == '\t'))
		word--;
	return word - line >= 4 && strncmp(word - 4, " -by", 4) == 0;
}

char *line_complete(const char *line, const struct profile *profile)
{
	size_t lead = strspn(line, " \t");
	const char *first = line + lead, *last;
	size_t first_size = strcspn(first, " \t");
	const char *found = NULL;
	char *command;

	if (first[first_size] == '\0') {
		found = first_size > 0 ? complete_word(first) : NULL;
		return take_text(found != NULL ? found : line);
	}
	last = line + strlen(line);
	while (last > first && last[-1] != ' ' && last[-1] != '\t')
		last--;
	if (*last == '-')
		last++;
	if (follows_by(line, last)) {
		found = complete_key(last, profile);
		return take_printf("%.*s%s", (int)(last - line), line,
				   found != NULL ? found : last);
	}
	command = take_printf("%.*s", (int)first_size, first);
	if (*last != '\0' && strcmp(command, "help") == 0)
		found = complete_word(last);
	else if (*last != '\0' && command_find(command) != NULL && strcmp(command, "tags") != 0)
		found = complete_function(last, profile);
	free(command);
	if (found == NULL)
		return take_text(line);
	return take_printf("%.*s%s", (int)(last - line), line, found);
}
