/* SPDX-License-Identifier: MIT */
/* reader: what is known while a profile is being read; shared by read.c and finish.c only. */
#ifndef AKTI_PROFILE_READER_H
#define AKTI_PROFILE_READER_H

#include "profile/ids.h"
#include "profile/read.h"
#include "profile/source.h"

struct reader {
	struct source source;
	struct profile *profile;
	struct ids mappings, functions, locations;
	uint32_t *texts; /* the file's number -> ours */
	uint32_t text_count, text_capacity;
	uint32_t value_count; /* of each sample; the types may come later */
	bool has_time;
	/* The sample being read. */
	uint32_t *refs;
	int64_t *values;
	struct profile_tag *tags;
	uint32_t ref_capacity, value_capacity, tag_capacity;
	const uint8_t *field_at; /* for the place of an error */
	int error;
	struct profile_read_error *ret_error;
};

/* Remember what is wrong, with its place, unless something was before; always false. */
AKTI_PRINTF(3, 4)
bool akti_reader_refuse(struct reader *reader, int error, const char *format, ...);

/* All fields are read: resolve what they refer to. False: refused. */
bool akti_reader_finish(struct reader *reader);

#endif
