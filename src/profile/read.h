/* SPDX-License-Identifier: MIT */
/*
 * read: profile.proto from a file or from memory, gzipped or plain, whoever wrote it.
 *
 * Fields may come in any order, repeated numbers packed or not, unknown fields are skipped. The
 * input is not trusted: memory stays within a small multiple of the bytes that really arrive, ids
 * and lengths are only believed once checked, and what is wrong is said once, with its place.
 * Proved by tests/unit/profile/test_read.c and fuzz/profile_reader.c.
 */
#ifndef AKTI_PROFILE_READ_H
#define AKTI_PROFILE_READ_H

#include "profile/model.h"

struct profile_read_error {
	char text[256];        /* "string 17 of 9 at byte 1234" */
	uint64_t offset_bytes; /* in the unpacked profile */
};

/* Errors: IO (cannot be read), FORMAT (no profile, or damaged), LIMIT, NOMEM; all with a text. */
int akti_profile_read(const char *path, struct profile **ret_profile,
		      struct profile_read_error *ret_error);
int akti_profile_parse(const void *bytes, size_t size_bytes, struct profile **ret_profile,
		       struct profile_read_error *ret_error);

#endif
