/* SPDX-License-Identifier: MIT */
/*
 * line: a line from the user: with editing, history and completion at a terminal, plain otherwise.
 */
#ifndef PPROF_LINE_H
#define PPROF_LINE_H

#include "profile/model.h"

struct line_reader;

/* The profile gives the names of functions to complete. */
struct line_reader *line_reader_create(const char *prompt, const struct profile *profile);

/* The next line, the caller's to free; NULL at the end of input. */
char *line_read(struct line_reader *reader);

void line_reader_destroy(struct line_reader *reader);

/* What a line becomes when completed, the caller's to free. */
char *line_complete(const char *line, const struct profile *profile);

#endif
