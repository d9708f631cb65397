/* SPDX-License-Identifier: MIT */
/*
 * encode: a profile to the bytes of profile.proto, gzipped, piece by piece: no copy of the whole
 * is made. Only the texts in use are written.
 */
#ifndef AKTI_PROFILE_ENCODE_H
#define AKTI_PROFILE_ENCODE_H

#include "profile/model.h"

/* Takes the next bytes of the file; negative: an error to pass on. */
typedef int (*profile_sink_fn)(void *arg, const void *bytes, size_t size_bytes);

/* Errors: NOMEM, and what the sink returns. */
int akti_profile_encode(const struct profile *profile, profile_sink_fn sink, void *arg);

#endif
