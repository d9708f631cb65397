/* SPDX-License-Identifier: MIT */
/*
 * json: values for a page; commas come by themselves. They may stand between script tags: no '<' is
 * left in them, and what is not UTF-8 becomes U+FFFD.
 */
#ifndef PPROF_JSON_H
#define PPROF_JSON_H

#include "pprof/ground/buffer.h"

/* An object or an array: "{" or "[". Its end is the caller's to write. */
void json_open(struct buffer *out, const char *bracket);
void json_key(struct buffer *out, const char *key);
void json_text(struct buffer *out, const char *text);
void json_number(struct buffer *out, int64_t number);
void json_real(struct buffer *out, double number); /* null: it is not finite */

#endif
