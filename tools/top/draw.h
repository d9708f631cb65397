/* SPDX-License-Identifier: MIT */
/*
 * draw: what is on the screen, from what is to be shown. Colour has one meaning, and the same is said
 * without it: red and bold is stuck or flooded; dim rests on few samples, or is not known.
 */
#ifndef TOP_DRAW_H
#define TOP_DRAW_H

#include "top/rows.h"

enum view_kind { VIEW_TABLE, VIEW_DETAIL, VIEW_HELP };

struct view {
	enum view_kind kind;
	const struct source *source;
	const struct page *page; /* NULL: none has come */
	const struct rows *rows;
	struct rows_how how;
	size_t cursor; /* the row that is chosen */
	size_t first;  /* the row, or the line, at the top */
	bool is_paused;
	const char *filter; /* NULL: none */
	const char *input;  /* what is being typed after '/'; NULL: nothing */
	const char *note;   /* what went wrong; "": nothing */
	const char *text;   /* of VIEW_DETAIL and VIEW_HELP */
};

/* Colours, unless NO_COLOR. Once, after initscr. */
void draw_init(void);
/* first is brought to where the cursor can be seen. */
void draw(struct view *view);
/* Rows or lines that fit. */
size_t draw_room(void);

#endif
