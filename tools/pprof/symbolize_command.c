/* SPDX-License-Identifier: MIT */
#include "pprof/symbolize_command.h"
#include "pprof/load/names.h"

#include <akt/error.h>
#include <stdio.h>
#include <stdlib.h>

/* Locations without names, by mapping; the last entry counts those without one. */
static uint32_t *count_unnamed(const struct profile *p)
{
	uint32_t *counts = take_zeroed((size_t)p->mapping_count + 1, sizeof(*counts));

	for (uint32_t i = 0; i < p->location_count; i++) {
		const struct profile_location *l = &p->locations[i];

		if (l->line_count == 0)
			counts[l->mapping != PROFILE_NONE ? l->mapping : p->mapping_count]++;
	}
	return counts;
}

static void tell_unnamed(const struct profile *p)
{
	uint32_t *counts = count_unnamed(p);

	for (uint32_t m = 0; m < p->mapping_count; m++) {
		const char *file = akti_profile_bytes(p, p->mappings[m].file);
		const char *build_id = akti_profile_bytes(p, p->mappings[m].build_id);

		if (counts[m] > 0)
			fprintf(stderr, "%u without a name in %s%s%s\n", counts[m],
				file[0] != '\0' ? file : "[a mapping without a file]",
				build_id[0] != '\0' ? ", build ID " : "", build_id);
	}
	if (counts[p->mapping_count] > 0)
		fprintf(stderr, "%u without a name in no mapping\n", counts[p->mapping_count]);
	free(counts);
}

bool symbolize_command(struct args *args, struct buffer *error)
{
	struct sources *sources = &args->sources;
	const char *output = args->options.output;
	uint32_t before = 0, after;
	struct profile *profile;
	int r;

	if (args->command != NULL)
		buffer_printf(error, "symbolize writes a profile and no -%s", args->command->name);
	else if (output[0] == '\0')
		buffer_text(error, "symbolize needs -output, the file to write");
	if (error->size > 0)
		return false;
	sources->all_frames = true; /* all stays in the file */
	sources->unnamed = &before;
	profile = load_profile(sources, error);
	if (profile == NULL)
		return false;
	after = names_missing(profile);
	fprintf(stderr, "%u of %u locations were without a name, %u of them have one now\n", before,
		profile->location_count, before - after);
	tell_unnamed(profile);
	r = akti_profile_write(profile, output);
	if (r < 0)
		buffer_printf(error, "cannot write %s: %s", output, akt_strerror(r));
	akti_profile_destroy(profile);
	return r == 0;
}
