/* SPDX-License-Identifier: MIT */
/*
 * source_text: the lines of a source file, found where it is on this host: absolute names as they
 * are, others in each directory of the search path and in its parents.
 */
#ifndef PPROF_SOURCE_TEXT_H
#define PPROF_SOURCE_TEXT_H

#include "pprof/ground/options.h"

struct source_text {
	char *bytes;
	char **lines; /* line 1 is lines[0]; into bytes */
	size_t line_count;
};

/* False with a text in error when there is no such file. */
bool source_text_open(struct source_text *source, const char *path, const struct options *options,
		      struct buffer *error);
void source_text_close(struct source_text *source);

#endif
