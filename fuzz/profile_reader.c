/* SPDX-License-Identifier: MIT */
/*
 * Proves: no input makes the profile reader crash, leak or allocate without bound, and whatever it
 * accepts can be copied, written and read again. Not: what the accepted profiles mean.
 *
 *	cd src && clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. -I../include \
 *		../fuzz/profile_reader.c base/hash.c base/assert.c base/error.c base/protobuf.c \
 *		profile/build.c profile/encode.c profile/finish.c profile/ids.c profile/index.c \
 *		profile/model.c profile/read.c profile/source.c profile/strings.c \
 *		-lz -o /tmp/fuzz-profile
 *	/tmp/fuzz-profile -max_total_time=60 /tmp/new fuzz/corpus/profile_reader tests/pprof/corpus
 */
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
	akti_profile_destroy(profile);
	akti_profile_destroy(copy);
	akti_profile_destroy(again);
	free(packed.at);
	return 0;
}
