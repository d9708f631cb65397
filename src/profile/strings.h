/* SPDX-License-Identifier: MIT */
/*
 * strings: each text of a profile once. Equal texts have equal numbers, number 0 is the empty one,
 * and a text never moves. Texts may hold any byte, also NUL; one more NUL always follows.
 */
#ifndef AKTI_PROFILE_STRINGS_H
#define AKTI_PROFILE_STRINGS_H

#include "profile/index.h"

struct text {
	const char *bytes;
	size_t size_bytes;
};

struct strings {
	struct text *at;
	uint32_t count;
	uint32_t capacity;
	uint32_t users; /* profiles that share the table: copies of one another */
	struct index index;
	struct strings_chunk *chunk; /* where the bytes live; a list, newest first */
};

/* A table with the empty text in it; NULL when memory is out. The caller is its first user. */
struct strings *akti_strings_create(void);

/* One user less; the last one frees it. NULL is allowed. */
void akti_strings_unref(struct strings *strings);

/* The number of a text, added if it is new. Errors: NOMEM, LIMIT. */
int akti_strings_intern(struct strings *strings, const char *bytes, size_t size_bytes,
			uint32_t *ret_number);

#endif
