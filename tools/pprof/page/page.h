/* SPDX-License-Identifier: MIT */
/*
 * page: what a browser is given: one page for all views, its data in it as JSON, and its style and
 * scripts beside it (the server) or in it too (a file of its own). The sources are in page/; its script
 * asks nobody for anything.
 */
#ifndef PPROF_PAGE_H
#define PPROF_PAGE_H

#include "pprof/query/report.h"

#define PAGE_VALUES_MAX 1000u    /* of a label */
#define PAGE_TOP_MAX 500         /* rows of the table, as pprof shows */
#define PAGE_TEXT_MAX (8u << 20) /* bytes of a listing */

/* Made of page/ by page/embed.py. */
extern const unsigned char page_html[], page_css[], page_js[];
extern const size_t page_html_size, page_css_size, page_js_size;

/* The start of the data, an open object: what the report is about, and the options that hold where the
 * page's address says nothing. */
void page_begin(const struct report *report, const struct options *given, const char *view,
		struct buffer *data);
/* What each label accounts for. */
void page_add_labels(struct report *report, struct buffer *data);
/* The table, and the lines that head it. */
void page_add_top(struct report *report, struct buffer *data);
/* A text, or as much of it as a page takes. */
void page_add_text(struct buffer *data, const char *key, const struct buffer *text);
/* Lines as a list. */
void page_add_lines(struct buffer *data, const char *key, const char *lines);

/* The page with its data; the object is closed by this. */
void page_end(struct buffer *data, bool is_file, struct buffer *out);

#endif
