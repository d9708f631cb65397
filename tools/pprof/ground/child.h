/* SPDX-License-Identifier: MIT */
/* child: other programs: dot that draws, objdump that disassembles, a browser that shows. */
#ifndef PPROF_CHILD_H
#define PPROF_CHILD_H

#include "pprof/ground/buffer.h"

/* Run a program, which PATH finds, on an input and collect its output. 0, or the errno for which it
 * does not start; *ret_ok: it ended well. */
int child_run(char *const arguments[], const struct buffer *input, struct buffer *output,
	      bool *ret_ok);

/* Draw a graph with dot -T<kind>. False with a text. */
bool child_draw(const char *kind, const struct buffer *graph, struct buffer *picture,
		struct buffer *error);

/* Show a file with the first program of a list that starts; "name argument" is allowed. Waits for
 * its end unless in the background. False with a text when none starts. */
bool child_show(const char *path, const char *const *programs, bool in_background,
		struct buffer *error);

/* Show a file or an address in a browser: that of $BROWSER, else the first that starts. */
bool child_browse(const char *what, bool in_background, struct buffer *error);

#endif
