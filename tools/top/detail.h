/* SPDX-License-Identifier: MIT */
/* detail: all that is known of one actor, a line of text each. */
#ifndef TOP_DETAIL_H
#define TOP_DETAIL_H

#include "top/rows.h"

/* Lines ended by newlines. row: NULL: it is not in the page. */
void detail_make(struct buffer *out, const struct page *page, const struct row *row);

#endif
