/* SPDX-License-Identifier: MIT */
/*
 * Proves: no input makes the profile reader crash, leak or allocate without bound, and whatever it
 * accepts can be copied, written, read again, and merged with itself. Not: what the accepted profiles
 * mean.
 *
 *	scripts/fuzz.sh 60 profile_reader
 */
#include "pprof/load/load.h"
#include "profile/encode.h"
#include "profile/read.h"

#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *at;
	size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int into_bytes(void *arg, const void *bytes, size_t size)
{
	struct bytes *to = arg;
	uint8_t *at = realloc(to->at, to->size + size);

	if (at == NULL)
		abort();
	memcpy(at + to->size, bytes, size);
	to->at = at;
	to->size += size;
	return 0;
}

/* The two as the analyzer would add them up; both are used up. */
static void merge(struct profile *a, struct profile *b)
{
	struct profile *both[] = { a, b };
	struct profile *merged = NULL;
	struct buffer error = { 0 };

	if (merge_prepare(both, 2, &error))
		merged = merge_profiles(both, 2, &error);
	if (merged == NULL && error.size == 0)
		abort();
	akti_profile_destroy(merged);
	akti_profile_destroy(a);
	akti_profile_destroy(b);
	buffer_fini(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_read_error error = { { 0 }, 0 };
	struct profile *profile = NULL, *copy = NULL, *again = NULL;
	struct bytes packed = { NULL, 0 };

	if (akti_profile_parse(data, size, &profile, &error) < 0) {
		if (error.text[0] == '\0')
			abort();
		return 0;
	}
	if (akti_profile_copy(profile, &copy) < 0 ||
	    akti_profile_encode(copy, into_bytes, &packed) < 0)
		abort();
	if (akti_profile_parse(packed.at, packed.size, &again, &error) < 0)
		abort();
	if (again->sample_count != profile->sample_count ||
	    again->location_count != profile->location_count)
		abort();
	/* A profile without types does not reach the merger. */
	if (profile->sample_count == 0 || profile->type_count > 0) {
		merge(profile, again);
	} else {
		akti_profile_destroy(profile);
		akti_profile_destroy(again);
	}
	akti_profile_destroy(copy);
	free(packed.at);
	return 0;
}
