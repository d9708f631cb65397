/* SPDX-License-Identifier: MIT */
/*
 * source: the unpacked bytes of a profile, a window at a time. The window holds at least one whole
 * field of the top level; it grows only as bytes really arrive, whatever a length claims.
 */
#ifndef AKTI_PROFILE_SOURCE_H
#define AKTI_PROFILE_SOURCE_H

#include "base/base.h"

#include <zlib.h>

#define SOURCE_BYTES_MAX (UINT64_C(16) << 30)
/* Of one field of the top level: no sample, name or comment comes near. */
#define SOURCE_FIELD_BYTES_MAX (UINT64_C(64) << 20)
/* Compressed data that unpacks to more than so much, and to more than so many times its size, was
 * made to fill a reader's memory. Profiles reach 20. */
#define SOURCE_UNPACKED_BYTES_FREE (UINT64_C(64) << 20)
#define SOURCE_UNPACKED_RATIO_MAX 200u

struct source {
	const uint8_t *at; /* the next byte */
	size_t available;  /* bytes from at on */
	uint64_t offset;   /* of at, in the unpacked profile */
	uint64_t unpacked; /* input bytes that were inflated so far */
	bool ended;        /* nothing comes after what is available */
	int error;         /* AKT_ERR_*, with its text */
	const char *error_text;

	uint8_t *window;
	size_t capacity;
	int fd; /* or -1: packed holds the whole input */
	uint8_t *packed;
	const uint8_t *input;
	size_t input_size;
	bool is_gzip;
	bool member_ended;
	z_stream gzip;
};

/* One of fd >= 0 and bytes. Errors: NOMEM, IO. */
int akti_source_open(struct source *source, int fd, const void *bytes, size_t size_bytes);

void akti_source_close(struct source *source);

/* Make at least size_bytes available; false: fewer are left, or an error. */
bool akti_source_need(struct source *source, uint64_t size_bytes);

AKTI_INLINE void akti_source_skip(struct source *source, size_t size_bytes)
{
	source->at += size_bytes;
	source->available -= size_bytes;
	source->offset += size_bytes;
}

#endif
