/* SPDX-License-Identifier: MIT */
/*
 * output: bytes that grow. An addition that finds no memory is remembered, and all later ones are none; so
 * it suffices to look at `failed` at the end.
 */
#ifndef AKTI_DEBUG_OUTPUT_H
#define AKTI_DEBUG_OUTPUT_H

#include "base/base.h"

struct output {
	char *bytes; /* malloc'ed, with a NUL behind them; NULL: none were added */
	size_t length;
	size_t room;
	bool failed;
};

void akti_output_add(struct output *text, const void *bytes, size_t size_bytes);
void akti_output_put(struct output *text, const char *string);
void akti_output_print(struct output *text, const char *fmt, ...) AKTI_PRINTF(2, 3);
/* Forget what is behind the first length bytes. */
void akti_output_cut(struct output *text, size_t length);
void akti_output_free(struct output *text);

/* A string in quotes: as JSON has it, as a label's value in OpenMetrics, and, without quotes, as HTML.
 * What is not UTF-8 becomes U+FFFD. NULL: null, "" and nothing. */
void akti_output_json(struct output *text, const char *string);
void akti_output_label(struct output *text, const char *string);
void akti_output_html(struct output *text, const char *string);

#endif
