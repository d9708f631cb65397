/* SPDX-License-Identifier: MIT */
/* html: text from profiles in a page: whatever it is, it stays text. */
#ifndef PPROF_HTML_H
#define PPROF_HTML_H

#include "pprof/ground/buffer.h"

/* Fit for elements and for quoted attributes. */
void html_text(struct buffer *out, const char *text);

#endif
