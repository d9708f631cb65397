/* SPDX-License-Identifier: MIT */
/*
 * make_profile: a profile of a given size, for measuring analyzers: make_profile MEGABYTES FILE.
 *
 * A random call tree as programs have them: some functions are called from everywhere, stacks of a
 * service are 20 to 60 deep and share their outer frames, one location in four has an inlined
 * caller, samples carry an actor, its type and a message. The same size gives the same bytes.
 */
#include "base/hash.h"
#include "profile/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FUNCTIONS 8000u
#define LOCATIONS 40000u
#define ACTORS 2000u
#define DEPTH_MAX 60u
#define TRUNKS 500u

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
	state++;
	return (uint32_t)(akti_hash_u64(state) % below);
}

/* Few things are common and most are rare. */
static uint32_t draw_skewed(uint32_t below)
{
	uint32_t once = draw(below), twice = draw(once + 1);

	return draw(twice + 1);
}

static void add_code(struct profile *p)
{
	char name[64], file[64];

	akti_profile_add_mapping(p, (struct profile_mapping){
					    .start = 0x400000,
					    .limit = 0x4000000,
					    .file = akti_profile_text(p, "/opt/service/bin/served"),
					    .has_functions = true,
					    .has_filenames = true,
					    .has_line_numbers = true,
					    .has_inline_frames = true });
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		snprintf(name, sizeof(name), "module%u_do_some_work_%u", i % 97, i);
		snprintf(file, sizeof(file), "/src/service/module%u/part%u.c", i % 97, i % 400);
		uint32_t text = akti_profile_text(p, name);

		akti_profile_add_function(p, (struct profile_function){
						     .start_line = 10 + i % 900,
						     .name = text,
						     .system_name = text,
						     .file = akti_profile_text(p, file) });
	}
	for (uint32_t i = 0; i < LOCATIONS; i++) {
		uint32_t lines = draw(4) == 0 ? 2 : 1;
		uint32_t first = p->line_count;

		for (uint32_t n = 0; n < lines; n++)
			akti_profile_add_line(p,
					      (struct profile_line){ .line = 10 + draw(1000),
								     .function = draw(FUNCTIONS) });
		akti_profile_add_location(p,
					  (struct profile_location){ .address = 0x400000 + 64 * i,
								     .mapping = 0,
								     .line_first = first,
								     .line_count = lines });
	}
}

static uint32_t add_labels(struct profile *p)
{
	static const char *const messages[] = { "Get", "Put", "Query", "Tick", "Flush" };
	uint32_t actor = draw_skewed(ACTORS);
	char text[32];
	struct profile_tag tags[3];

	snprintf(text, sizeof(text), "session-%u", actor);
	tags[0] = (struct profile_tag){ .key = akti_profile_text(p, "actor"),
					.str = akti_profile_text(p, text) };
	snprintf(text, sizeof(text), "Type%u", actor % 12);
	tags[1] = (struct profile_tag){ .key = akti_profile_text(p, "actor_type"),
					.str = akti_profile_text(p, text) };
	tags[2] = (struct profile_tag){ .key = akti_profile_text(p, "msg"),
					.str = akti_profile_text(p, messages[draw_skewed(5)]) };
	akti_profile_sort_tags(p->strings, tags, 3);
	return akti_profile_add_tags(p, tags, 3);
}

/* Outer frames come from one of a few trunks, inner ones from its neighbourhood. */
static void add_sample(struct profile *p, const uint32_t trunks[TRUNKS][DEPTH_MAX])
{
	uint32_t refs[DEPTH_MAX];
	uint32_t count = 20 + draw(DEPTH_MAX - 20);
	uint32_t shared = count - draw(count / 2);
	const uint32_t *trunk = trunks[draw_skewed(TRUNKS)];
	int64_t n = 1 + draw_skewed(8);
	int64_t values[] = { n, n * 10000000 };

	for (uint32_t i = 0; i < count; i++)
		refs[count - 1 - i] = i < shared ? trunk[i] : draw_skewed(LOCATIONS);
	akti_profile_append_sample(p, refs, count, values, add_labels(p));
}

static int write_profile(const char *path, uint32_t samples)
{
	static uint32_t trunks[TRUNKS][DEPTH_MAX];
	struct profile *p;
	int err = akti_profile_create(&p);

	if (err != 0)
		return err;
	state = 1;
	akti_profile_add_type(p, "samples", "count");
	akti_profile_add_type(p, "cpu", "nanoseconds");
	akti_profile_set_period(p, "cpu", "nanoseconds", 10000000);
	akti_profile_set_time(p, INT64_C(1700000000000000000), INT64_C(60000000000));
	add_code(p);
	for (uint32_t t = 0; t < TRUNKS; t++)
		for (uint32_t i = 0; i < DEPTH_MAX; i++)
			trunks[t][i] = i > 0 && t > 0 && draw(4) > 0 ? trunks[draw(t)][i]
								     : draw_skewed(LOCATIONS);
	for (uint32_t i = 0; i < samples; i++)
		add_sample(p, (const uint32_t(*)[DEPTH_MAX])trunks);
	err = akti_profile_write(p, path);
	akti_profile_destroy(p);
	return err;
}

static double megabytes_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (double)status.st_size / 1e6 : 0;
}

int main(int argc, char **argv)
{
	double wanted = argc == 3 ? strtod(argv[1], NULL) : 0;
	double first, second;

	if (wanted < 1 || wanted > 1000) {
		fprintf(stderr, "usage: make_profile MEGABYTES FILE\n");
		return 2;
	}
	/* Two small ones tell what a sample takes. */
	if (write_profile(argv[2], 1000) != 0)
		return 1;
	first = megabytes_of(argv[2]);
	if (write_profile(argv[2], 11000) != 0)
		return 1;
	second = megabytes_of(argv[2]);
	return write_profile(argv[2],
			     1000 + (uint32_t)((wanted - first) / (second - first) * 1e4)) != 0;
}
