/* SPDX-License-Identifier: MIT */
/*
 * Proves: no legacy profile makes the analyzer crash, leak or allocate without bound; what is refused
 * has a place, and what is accepted can be written and read again. Not: what it means.
 *
 *	scripts/fuzz.sh 60 profile_legacy
 */
#include "pprof/load/legacy.h"
#include "profile/encode.h"
#include "profile/read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int into_buffer(void *arg, const void *bytes, size_t size)
{
	buffer_add(arg, bytes, size);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer error = { 0 }, packed = { 0 };
	struct profile_read_error problem = { "", 0 };
	struct profile *profile, *again = NULL;

	if (!legacy_is_one((const char *)data, size))
		return 0;
	profile = legacy_parse((const char *)data, size, &error);
	if ((profile == NULL) != (strstr(buffer_string(&error), " at byte ") != NULL))
		abort();
	if (profile != NULL) {
		if (akti_profile_encode(profile, into_buffer, &packed) < 0 ||
		    akti_profile_parse(packed.at, packed.size, &again, &problem) < 0 ||
		    again->sample_count != profile->sample_count)
			abort();
		akti_profile_destroy(again);
		akti_profile_destroy(profile);
	}
	buffer_fini(&error);
	buffer_fini(&packed);
	return 0;
}
