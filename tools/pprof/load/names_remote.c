/* SPDX-License-Identifier: MIT */
/*
 * The server of a profile names its addresses: it is sent "0x1f2+0x2e4" and answers a line
 * "0x1f2 name" for each that it knows. Addresses are those of its memory: what merging has moved is
 * moved back. A server that does not answer is told, and its addresses stay as they are.
 */
#include "fetch/fetch.h"
#include "pprof/load/names.h"
#include "pprof/load/url.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* To servers, one for each mapping. */
#define QUESTIONS_MAX 256u

struct named {
	uint64_t address;
	uint32_t function;
};

struct answer {
	struct named *at;
	size_t count;
};

static int by_address(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The next "0x1f2 name" of the text, wherever it stands in its line. */
static bool read_line(char *line, uint64_t *ret_address, char **ret_name)
{
	char *at = line, *end;

	while ((at = strstr(at, "0x")) != NULL) {
		size_t digits = strspn(at + 2, "0123456789abcdefABCDEF");

		end = at + 2 + digits;
		if (digits > 0 && digits <= 16 && isspace((unsigned char)*end)) {
			*ret_address = strtoull(at + 2, NULL, 16);
			*ret_name = end + strspn(end, " \t\r\f\v");
			return true;
		}
		at += 2;
	}
	return false;
}

static void read_answer(struct profile *p, char *text, uint64_t shift, struct answer *answer)
{
	char *state = NULL, *name = NULL;
	uint64_t address;

	for (char *line = strtok_r(text, "\n", &state); line != NULL;
	     line = strtok_r(NULL, "\n", &state)) {
		struct profile_function function = { 0 };

		if (!read_line(line, &address, &name))
			continue;
		function.name = function.system_name = akti_profile_text(p, name);
		answer->at = take_more(answer->at, answer->count + 1, sizeof(*answer->at));
		answer->at[answer->count++] =
			(struct named){ address - shift, akti_profile_add_function(p, function) };
	}
	if (p->error != 0)
		out_of_memory();
	if (answer->count > 0)
		qsort(answer->at, answer->count, sizeof(*answer->at), by_address);
}

/* What is to be named; empty: nothing. */
static void list_addresses(const struct profile *p, uint32_t mapping, uint64_t shift,
			   struct buffer *out)
{
	for (uint32_t i = 0; i < p->location_count; i++) {
		const struct profile_location *l = &p->locations[i];

		if (l->mapping == mapping && l->address != 0 && l->line_count == 0)
			buffer_printf(out, "%s0x%" PRIx64, out->size > 0 ? "+" : "",
				      l->address + shift);
	}
}

static void use_answer(struct profile *p, uint32_t mapping, const struct answer *answer)
{
	for (uint32_t i = 0; i < p->location_count; i++) {
		struct profile_location *l = &p->locations[i];
		struct named wanted = { .address = l->address };
		const struct named *found;

		if (l->mapping != mapping || l->line_count > 0 || answer->count == 0)
			continue;
		found = bsearch(&wanted, answer->at, answer->count, sizeof(wanted), by_address);
		if (found == NULL)
			continue;
		l->line_first =
			akti_profile_add_line(p,
					      (struct profile_line){ .function = found->function });
		l->line_count = 1;
	}
	if (p->error != 0)
		out_of_memory();
}

static void ask(struct profile *p, uint32_t mapping, const struct origin *origin)
{
	uint64_t shift = origin->start - p->mappings[mapping].start;
	char *url = url_of_symbols(origin->url);
	struct buffer addresses = { 0 };
	struct answer answer = { 0 };
	struct fetch fetch = { .url = url, .timeout_s = URL_TIMEOUT_S };

	if (url != NULL)
		list_addresses(p, mapping, shift, &addresses);
	if (addresses.size > 0) {
		fetch.post = addresses.at;
		if (fetch_all(&fetch, 1) && fetch.body.size > 0) {
			read_answer(p, fetch.body.at, shift, &answer);
			use_answer(p, mapping, &answer);
		} else if (fetch.error.size > 0) {
			fprintf(stderr, "Remote symbolization failed: http post %s: %s\n", url,
				fetch.error.at);
		}
	}
	p->mappings[mapping].has_functions |= answer.count > 0;
	free(answer.at);
	free(url);
	buffer_fini(&addresses);
	buffer_fini(&fetch.body);
	buffer_fini(&fetch.error);
}

static const struct origin *find_origin(const struct profile *p, const struct profile_mapping *m,
					const struct origins *origins)
{
	const char *file = akti_profile_bytes(p, m->file);
	const char *build_id = akti_profile_bytes(p, m->build_id);

	for (size_t i = 0; i < origins->count; i++)
		if (strcmp(origins->at[i].key, m->file != 0 ? file : "") == 0)
			return &origins->at[i];
	for (size_t i = 0; m->build_id != 0 && i < origins->count; i++)
		if (strcmp(origins->at[i].key, build_id) == 0)
			return &origins->at[i];
	return NULL;
}

void names_remote(struct profile *p, bool force, const struct origins *origins)
{
	bool *is_wanted = take_zeroed(p->mapping_count, sizeof(*is_wanted));
	uint32_t asked = 0;

	for (uint32_t i = 0; i < p->location_count; i++)
		if (p->locations[i].line_count == 0 && p->locations[i].mapping != PROFILE_NONE)
			is_wanted[p->locations[i].mapping] = true;
	for (uint32_t at = 0; at < p->mapping_count && at < NAMES_MAPPINGS_MAX; at++) {
		const struct profile_mapping *m = &p->mappings[at];
		const struct origin *origin = NULL;

		if (is_wanted[at] && (force || !m->has_functions))
			origin = find_origin(p, m, origins);
		if (origin != NULL && asked++ < QUESTIONS_MAX)
			ask(p, at, origin);
	}
	free(is_wanted);
}
