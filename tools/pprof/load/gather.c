/* SPDX-License-Identifier: MIT */
#include "pprof/load/gather.h"
#include "fetch/fetch.h"
#include "pprof/load/binaries.h"
#include "pprof/load/legacy.h"
#include "pprof/load/names.h"
#include "pprof/load/url.h"
#include "profile/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INSECURE "https+insecure://"

/* One source on its way. */
struct item {
	const char *name;
	char *url;       /* NULL: a file */
	char *plain_url; /* NULL, or what is fetched for it */
	struct fetch fetch;
	struct profile *profile; /* NULL: it failed */
	struct buffer error;
};

static void print_duration(int64_t seconds)
{
	fputs("Please wait... (", stderr);
	if (seconds >= 3600)
		fprintf(stderr, "%lldh", (long long)(seconds / 3600));
	if (seconds >= 60)
		fprintf(stderr, "%lldm", (long long)(seconds / 60 % 60));
	fprintf(stderr, "%llds)\n", (long long)(seconds % 60));
}

/* https+insecure://host: a server with a certificate of its own making. */
static void strip_insecure(struct item *item)
{
	item->plain_url = take_printf("https%s", item->url + strlen("https+insecure"));
	item->fetch.url = item->plain_url;
	item->fetch.is_insecure = true;
}

/* What exists is a file, whatever it is called. */
static void plan(struct item *item, const char *name, const struct sources *sources)
{
	struct stat status;
	double timeout_s = 0;

	*item = (struct item){ .name = name };
	if (stat(name, &status) == 0)
		return;
	item->url = url_of_source(name, sources->seconds, sources->timeout, &timeout_s);
	if (item->url == NULL)
		return;
	item->fetch = (struct fetch){ .url = item->url, .timeout_s = timeout_s };
	if (strncmp(item->url, INSECURE, strlen(INSECURE)) == 0)
		strip_insecure(item);
	fprintf(stderr, "Fetching profile over HTTP from %s\n", item->url);
	if (sources->seconds > 0)
		print_duration(sources->seconds);
}

static void fetch_planned(struct item *items, size_t count)
{
	struct fetch *fetches = take(count, sizeof(*fetches));
	size_t wanted = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].url != NULL)
			fetches[wanted++] = items[i].fetch;
	if (wanted > 0)
		(void)fetch_all(fetches, wanted);
	wanted = 0;
	for (size_t i = 0; i < count; i++)
		if (items[i].url != NULL)
			items[i].fetch = fetches[wanted++];
	free(fetches);
}

/* An answer for people, and no profile. */
static bool is_page(const struct buffer *body)
{
	const char *text = buffer_string(body);

	return text[strspn(text, " \t\r\n")] == '<';
}

/* The whole of a file that begins as a legacy profile; false: it does not. A pipe is not even opened:
 * its writer would see us go. It is not mapped: who writes it may yet cut it short. */
static bool read_legacy(const char *name, struct buffer *text)
{
	char chunk[16384];
	struct stat status;
	size_t n;
	FILE *file;

	if (stat(name, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	file = fopen(name, "re");
	if (file == NULL)
		return false;
	n = fread(chunk, 1, sizeof(chunk), file);
	if (!legacy_is_one(chunk, n))
		n = 0;
	for (; n > 0 && text->size <= LEGACY_BYTES_MAX; n = fread(chunk, 1, sizeof(chunk), file))
		buffer_add(text, chunk, n);
	fclose(file);
	return text->size > 0;
}

static void read_file(struct item *item)
{
	struct profile_read_error problem;
	struct buffer legacy = { 0 };

	if (read_legacy(item->name, &legacy)) {
		item->profile = legacy_parse(legacy.at, legacy.size, &item->error);
	} else if (akti_profile_read(item->name, &item->profile, &problem) < 0) {
		item->profile = NULL;
		buffer_text(&item->error, problem.text);
	}
	buffer_fini(&legacy);
}

static void read_body(struct item *item)
{
	const struct buffer *body = &item->fetch.body;
	struct profile_read_error problem;

	if (item->fetch.error.size > 0) {
		buffer_text(&item->error, item->fetch.error.at);
	} else if (legacy_is_one(buffer_string(body), body->size)) {
		item->profile = legacy_parse(body->at, body->size, &item->error);
	} else if (akti_profile_parse(buffer_string(body), body->size, &item->profile, &problem) <
		   0) {
		item->profile = NULL;
		buffer_text(&item->error, is_page(body) ? "the server answers with a page of HTML"
							: problem.text);
	}
}

static void read_item(struct item *item)
{
	if (item->url == NULL)
		read_file(item);
	else
		read_body(item);
	if (item->profile != NULL && item->profile->sample_count > 0 &&
	    item->profile->type_count == 0) {
		buffer_text(&item->error, "the profile has no sample types");
		akti_profile_destroy(item->profile);
		item->profile = NULL;
	}
}

/* A mapping without a name is called by its server until names are asked for. */
static void note_origins(struct item *item, struct origins *origins)
{
	struct profile *p = item->profile;

	origins->is_fetched = true;
	origins->at =
		take_more(origins->at, origins->count + p->mapping_count, sizeof(*origins->at));
	for (uint32_t i = 0; i < p->mapping_count && i < NAMES_MAPPINGS_MAX; i++) {
		struct profile_mapping *m = &p->mappings[i];

		if (m->build_id == 0 && m->file == 0)
			m->file = akti_profile_text(p, item->url);
		origins->at[origins->count++] = (struct origin){
			take_text(akti_profile_bytes(p, m->build_id != 0 ? m->build_id : m->file)),
			take_text(item->url), m->start
		};
	}
	if (p->error != 0)
		out_of_memory();
}

static void item_fini(struct item *item)
{
	buffer_fini(&item->fetch.body);
	buffer_fini(&item->fetch.error);
	buffer_fini(&item->error);
	free(item->url);
	free(item->plain_url);
}

/* Those that work, in order; their count. */
static size_t read_items(struct item *items, size_t count, const struct sources *sources,
			 struct origins *origins, struct profile **profiles)
{
	size_t loaded = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *item = &items[i];

		read_item(item);
		buffer_fini(&item->fetch.body);
		if (item->profile == NULL)
			continue;
		binaries_locate(item->profile, sources);
		if (item->url != NULL)
			note_origins(item, origins);
		profiles[loaded++] = item->profile;
	}
	return loaded;
}

/* What failed: the only source as the error, one of several beside the others. */
static void tell_failures(struct item *items, size_t count, bool is_only, struct buffer *error)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].error.size > 0 && is_only)
			buffer_printf(error, "%s: %s", items[i].name, items[i].error.at);
		else if (items[i].error.size > 0)
			fprintf(stderr, "%s: %s\n", items[i].name, items[i].error.at);
	}
}

/* Merge all, which are used up. */
static struct profile *combine(struct profile **profiles, size_t count, struct buffer *error)
{
	struct profile *merged = NULL;

	if (merge_prepare(profiles, count, error))
		merged = count == 1 ? profiles[0] : merge_profiles(profiles, count, error);
	for (size_t i = 0; i < count; i++)
		if (profiles[i] != merged)
			akti_profile_destroy(profiles[i]);
	return merged;
}

/* The profiles of some items in one. */
static struct profile *merge_items(struct item *items, size_t count, const char *kind,
				   const struct sources *sources, struct origins *origins,
				   struct buffer *error)
{
	struct profile *profiles[GATHER_AT_ONCE + 1];
	struct profile *merged = NULL;
	size_t loaded = 0;

	for (size_t i = 0; i < count && error->size == 0; i += GATHER_AT_ONCE) {
		size_t some = count - i < GATHER_AT_ONCE ? count - i : GATHER_AT_ONCE;
		size_t ready = merged != NULL ? 1 : 0;
		size_t got;

		profiles[0] = merged;
		got = read_items(&items[i], some, sources, origins, &profiles[ready]);
		tell_failures(&items[i], some, count == 1, error);
		loaded += got;
		if (got > 0)
			merged = combine(profiles, ready + got, error);
	}
	if (loaded == 0 && error->size == 0)
		buffer_text(error, "none of the profiles can be read");
	else if (loaded < count && error->size == 0)
		fprintf(stderr, "Fetched %zu %s profiles out of %zu\n", loaded, kind, count);
	return merged;
}

bool gather(const struct sources *sources, struct gathered *gathered, struct buffer *error)
{
	size_t count = sources->file_count + sources->base_count;
	struct item *items = take(count, sizeof(*items));
	struct item *bases = &items[sources->file_count];

	*gathered = (struct gathered){ 0 };
	for (size_t i = 0; i < count; i++)
		plan(&items[i],
		     i < sources->file_count ? sources->files[i]
					     : sources->bases[i - sources->file_count],
		     sources);
	for (size_t i = 0; i < count; i += GATHER_AT_ONCE)
		fetch_planned(&items[i], count - i < GATHER_AT_ONCE ? count - i : GATHER_AT_ONCE);
	gathered->profile = merge_items(items, sources->file_count, "source", sources,
					&gathered->origins, error);
	if (gathered->profile != NULL && sources->base_count > 0)
		gathered->base = merge_items(bases, sources->base_count, "base", sources,
					     &gathered->origins, error);
	for (size_t i = 0; i < count; i++)
		item_fini(&items[i]);
	free(items);
	if (error->size == 0)
		return true;
	akti_profile_destroy(gathered->profile);
	gathered->profile = NULL;
	origins_fini(&gathered->origins);
	return false;
}

void origins_fini(struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++) {
		free(origins->at[i].key);
		free(origins->at[i].url);
	}
	free(origins->at);
	*origins = (struct origins){ 0 };
}
