/* SPDX-License-Identifier: MIT */
/* process: the command line, and names of code addresses. */
#include "debug/server.h"
#include "profile/model.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

unsigned akti_debug_cmdline(struct request *request, struct output *text)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	char bytes[4096];
	ssize_t n;

	(void)request;
	if (fd < 0)
		return akti_debug_error(text, 500, "/proc/self/cmdline cannot be read");
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		akti_output_add(text, bytes, (size_t)n);
	(void)close(fd);
	if (text->length > 0)
		akti_output_cut(text, text->length - 1); /* the last NUL */
	return 200;
}

/* --- symbols --------------------------------------------------------------------------------------- */

/* One sample for each address, in their order; those that are 0 or none are left out. */
static void add_addresses(struct profile *profile, const char *words)
{
	int64_t one = 1;

	(void)akti_profile_add_type(profile, "addresses", "count");
	for (int64_t n = 0; *words != '\0'; n++) {
		char *end;
		uint64_t pc = strtoull(words, &end, 0);
		struct profile_stack stack = { &pc, 1, true };
		struct profile_label number = { .key = "n", .num = n, .unit = "count" };

		if (pc != 0 && (*end == '+' || *end == '\0' || *end == '\n'))
			(void)akti_profile_add_sample(profile, &stack, &one, &number, 1);
		while (*end != '+' && *end != '\0')
			end++;
		words = *end == '+' ? end + 1 : end;
	}
}

/* "0x1234 name" for each that has one. */
static void name_addresses(const struct profile *profile, const uint64_t *pcs, struct output *text)
{
	for (uint32_t i = 0; i < profile->sample_count; i++) {
		const struct profile_sample *sample = &profile->samples[i];
		uint32_t at = profile->refs[sample->ref_first];
		const struct profile_location *location = &profile->locations[at];
		const char *name;

		if (location->line_count == 0)
			continue;
		name = akti_profile_bytes(
			profile,
			profile->functions[profile->lines[location->line_first].function].name);
		if (name[0] != '[')
			akti_output_print(text, "0x%" PRIx64 " %s\n", pcs[at], name);
	}
}

unsigned akti_debug_symbol(struct request *request, struct output *text)
{
	const char *words = request->body.bytes != NULL ? request->body.bytes : request->query;
	struct profile *profile = NULL;
	uint64_t *pcs = NULL;

	/* Readers want to know whether it is 0. */
	akti_output_put(text, "num_symbols: 1\n");
	if (akti_profile_create(&profile) == 0) {
		add_addresses(profile, words);
		pcs = malloc((profile->location_count + 1) * sizeof(*pcs));
	}
	if (pcs == NULL) {
		text->failed = true;
	} else {
		/* Symbolized they are those of the files. */
		for (uint32_t i = 0; i < profile->location_count; i++)
			pcs[i] = profile->locations[i].address;
		if (profile->sample_count > 0 && akti_profile_symbolize(profile) == 0)
			name_addresses(profile, pcs, text);
	}
	free(pcs);
	akti_profile_destroy(profile);
	return 200;
}
