/* SPDX-License-Identifier: MIT */
/*
 * namer: the frames that a symbolizer finds become functions and lines of a profile. Equal functions
 * become one; the mapping learns what its frames know, for readers ask it before they look for names
 * themselves.
 */
#ifndef AKTI_PROFILE_NAMER_H
#define AKTI_PROFILE_NAMER_H

#include "profile/symbolize.h"

struct namer {
	struct profile *profile;
	struct index functions;
	uint32_t mapping;   /* of the location at work, or PROFILE_NONE */
	bool keeps_linkage; /* a function's name is the mangled one: a reader makes it readable */
};

/* Append one line for a frame to the profile's. A symbol_frame_fn; arg is the namer. */
void akti_namer_add(void *arg, const struct symbol_frame *frame);

/* What is named so far stays. */
void akti_namer_fini(struct namer *namer);

#endif
