/* SPDX-License-Identifier: MIT */
#include "top/draw.h"
#include "top/words.h"

#include <curses.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { HEAD_ROWS = HEAD_LINES + 2, FOOT_ROWS = 1 };
enum { CELL_BYTES = 512 };

static attr_t alarming = A_BOLD;
static bool is_utf8;

void draw_init(void)
{
	const char *no_color = getenv("NO_COLOR");

	is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if ((no_color != NULL && no_color[0] != '\0') || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(1, COLOR_RED, -1);
	alarming = A_BOLD | (attr_t)COLOR_PAIR(1);
}

size_t draw_room(void)
{
	int room = LINES - HEAD_ROWS - FOOT_ROWS;

	return room > 0 ? (size_t)room : 0;
}

/* --- text in so many columns ---------------------------------------------------------------------- */

/* The next character: its bytes, and how many columns it takes; what cannot be shown is one column. */
static size_t character(const char *text, int *ret_columns, bool *ret_shows)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t bytes = mbrtowc(&wide, text, MB_CUR_MAX, &state);

	*ret_shows = bytes != (size_t)-1 && bytes != (size_t)-2 && bytes != 0;
	*ret_columns = *ret_shows ? wcwidth(wide) : 1;
	if (*ret_columns < 0) {
		*ret_shows = false;
		*ret_columns = 1;
	}
	return *ret_shows || bytes - 1 < MB_CUR_MAX ? bytes : 1;
}

static int columns_of(const char *text)
{
	int sum = 0, columns;
	bool shows;

	while (*text != '\0') {
		text += character(text, &columns, &shows);
		sum += columns;
	}
	return sum;
}

/* From here, as far as width goes. Returns the columns used. */
static int put(int y, int x, int width, attr_t attributes, const char *text)
{
	int used = 0, columns;
	bool shows;

	if (width > COLS - x)
		width = COLS - x;
	if (y >= LINES || width <= 0)
		return 0;
	(void)attrset((int)attributes);
	(void)move(y, x);
	while (*text != '\0') {
		size_t bytes = character(text, &columns, &shows);

		if (used + columns > width)
			break;
		(void)addnstr(shows ? text : "?", shows ? (int)bytes : 1);
		used += columns;
		text += bytes;
	}
	(void)attrset(A_NORMAL);
	return used;
}

static void put_right(int y, int x, int width, attr_t attributes, const char *text)
{
	int columns = columns_of(text);

	(void)put(y, columns < width ? x + width - columns : x, width, attributes, text);
}

/* The end of it, if not all fits: of a path that says most. */
static void put_tail(int y, int x, int width, attr_t attributes, const char *text)
{
	int columns = columns_of(text), skipped;
	bool shows;

	if (columns <= width) {
		(void)put(y, x, width, attributes, text);
		return;
	}
	while (columns > width - 1 && *text != '\0') {
		text += character(text, &skipped, &shows);
		columns -= skipped;
	}
	(void)put(y, x, 1, attributes, is_utf8 ? "\xe2\x80\xa6" : "<");
	(void)put(y, x + 1, width - 1, attributes, text);
}

/* --- the table -------------------------------------------------------------------------------------- */

/* Columns of figures, with the key that sorts by them. */
static const struct column {
	const char *name;
	int width;
	int sort; /* enum rows_sort; SORTS: none */
} columns[] = {
	{ "CPU%", 6, SORT_CPU },   { "DEPTH", 7, SORT_DEPTH }, { "WAIT", 7, SORT_WAIT },
	{ "MEM", 7, SORT_MEMORY }, { "MSG/S", 6, SORT_RATE },  { "RST", 5, SORTS },
};
enum { NAME_MIN = 12, DOING_MIN = 22, TYPE_MIN = 6, TYPE_MAX = 20 };

struct layout {
	int name, type, doing; /* widths; 0: it is not there */
	int figures;           /* where they begin */
};

static int clamp(int value, int min, int max)
{
	return value < min ? min : value > max ? max : value;
}

/* Names get what they need, if the rest then has enough. */
static struct layout make_layout(const struct view *view)
{
	struct layout layout = { 0 };
	int longest = NAME_MIN, longest_type = TYPE_MIN, rest = COLS - 1;

	for (size_t i = 0; i < view->rows->count; i++) {
		int name = columns_of(view->rows->at[i].name);
		int type = columns_of(view->rows->at[i].type);

		longest = name > longest ? name : longest;
		longest_type = type > longest_type ? type : longest_type;
	}
	for (size_t i = 0; i < AKTI_COUNT_OF(columns); i++)
		rest -= columns[i].width + 1;
	if (!view->how.by_type && rest >= NAME_MIN + TYPE_MIN + DOING_MIN)
		layout.type = clamp(longest_type, TYPE_MIN, clamp(rest / 5, TYPE_MIN, TYPE_MAX));
	rest -= layout.type > 0 ? layout.type + 1 : 0;
	layout.name = clamp(longest, NAME_MIN, clamp(rest - DOING_MIN - 1, NAME_MIN, 1000));
	layout.doing = rest - layout.name - 2 > 0 ? rest - layout.name - 2 : 0;
	layout.figures = 1 + layout.name + 1 + (layout.type > 0 ? layout.type + 1 : 0);
	return layout;
}

/* A line in reverse, but for the title that rows are sorted by. */
static void draw_titles(const struct view *view, const struct layout *layout, int y)
{
	int x = layout->figures, sorted_x = 1, sorted_length = 4;

	(void)put(y, 1, layout->name, A_NORMAL, view->how.by_type ? "TYPE" : "NAME");
	(void)put(y, layout->name + 2, layout->type, A_NORMAL, "TYPE");
	for (size_t i = 0; i < AKTI_COUNT_OF(columns); i++) {
		put_right(y, x, columns[i].width, A_NORMAL, columns[i].name);
		if (columns[i].sort == (int)view->how.sort) {
			sorted_length = (int)strlen(columns[i].name);
			sorted_x = x + columns[i].width - sorted_length;
		}
		x += columns[i].width + 1;
	}
	(void)put(y, x + 1, layout->doing, A_NORMAL, "DOING");
	(void)mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	(void)mvchgat(y, sorted_x, sorted_length, A_BOLD | A_UNDERLINE, 0, NULL);
}

static attr_t of_figure(bool alarms, bool is_weak, attr_t base)
{
	return alarms ? alarming : is_weak ? (attr_t)A_DIM : base;
}

static void draw_figures(const struct row *row, int y, int x, attr_t base)
{
	struct word depth = word_count((double)row->depth);
	const struct {
		struct word word;
		bool alarms, is_weak;
	} cells[] = {
		{ word_percent(row->cpu_percent), false, row->samples < ROWS_SAMPLES_FEW },
		{ depth, row_is_flooded(row), row->depth <= 0 },
		{ word_time(row->wait_ns), row->actor != NULL && row->wait_ns >= ROWS_STUCK_NS,
		  row->wait_ns < 0 },
		{ word_bytes(row->memory), false, row->memory < 0 },
		{ word_count(row->per_s), false, row->timed < ROWS_SAMPLES_FEW },
		{ word_count((double)row->restarts), false, row->restarts <= 0 },
	};

	_Static_assert(AKTI_COUNT_OF(cells) == AKTI_COUNT_OF(columns), "a cell each");
	for (size_t i = 0; i < AKTI_COUNT_OF(cells); i++) {
		attr_t attributes = of_figure(cells[i].alarms, cells[i].is_weak, base);

		put_right(y, x, columns[i].width, attributes, cells[i].word.text);
		x += columns[i].width;
		if (i == 1 && row->depth_more)
			(void)put(y, x, 1, attributes, "+");
		x++;
	}
}

static void draw_row(const struct row *row, const struct layout *layout, int y, bool is_chosen)
{
	attr_t base = is_chosen ? A_BOLD : A_NORMAL;
	struct buffer cell = { 0 };
	int x = layout->figures;

	(void)put(y, 0, 1, base, is_chosen ? ">" : " ");
	words_put_safe(&cell, row->name);
	put_tail(y, 1, layout->name, base, buffer_string(&cell));
	if (layout->type > 0) {
		buffer_clear(&cell);
		words_put_safe(&cell, row->type);
		(void)put(y, layout->name + 2, layout->type, base, buffer_string(&cell));
	}
	draw_figures(row, y, x, base);
	for (size_t i = 0; i < AKTI_COUNT_OF(columns); i++)
		x += columns[i].width + 1;
	buffer_clear(&cell);
	words_of_doing(&cell, row);
	(void)put(y, x + 1, layout->doing,
		  of_figure(row_is_stuck(row), strncmp(buffer_string(&cell), "idle", 4) == 0, base),
		  buffer_string(&cell));
	buffer_fini(&cell);
}

static void draw_table(struct view *view)
{
	struct layout layout = make_layout(view);
	size_t room = draw_room();
	int y = HEAD_ROWS;

	if (view->cursor < view->first)
		view->first = view->cursor;
	if (room > 0 && view->cursor >= view->first + room)
		view->first = view->cursor - room + 1;
	draw_titles(view, &layout, HEAD_ROWS - 1);
	for (size_t i = view->first; i < view->rows->count && i < view->first + room; i++)
		draw_row(&view->rows->at[i], &layout, y++, i == view->cursor);
	if (view->rows->count == 0)
		(void)put(HEAD_ROWS, 1, COLS - 1, A_DIM,
			  view->filter != NULL ? "nobody matches" : "there are no actors");
}

/* --- the rest ---------------------------------------------------------------------------------------- */

static void draw_text(struct view *view)
{
	const char *line = view->text;
	size_t room = draw_room();
	int y = HEAD_ROWS - 1;

	for (size_t i = 0; *line != '\0' && i < view->first + room + 1; i++) {
		size_t length = strcspn(line, "\n");

		if (i >= view->first) {
			char text[CELL_BYTES];

			length = length < sizeof(text) ? length : sizeof(text) - 1;
			memcpy(text, line, length);
			text[length] = '\0';
			(void)put(y++, 1, COLS - 1, i == 0 ? A_BOLD : A_NORMAL, text);
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

static void draw_head(const struct view *view)
{
	struct buffer lines[HEAD_LINES] = { { 0 } };

	if (view->page == NULL) {
		(void)put(0, 0, COLS, A_BOLD, view->source->address);
		return;
	}
	words_head(lines, view->source, view->page);
	for (int i = 0; i < HEAD_LINES; i++) {
		(void)put(i, 0, COLS, i == 0 ? A_BOLD : A_NORMAL, buffer_string(&lines[i]));
		buffer_fini(&lines[i]);
	}
}

static void draw_note(const struct view *view)
{
	struct buffer note = { 0 };

	if (view->note[0] != '\0') {
		(void)put(HEAD_LINES, 0, COLS, alarming, view->note);
		return;
	}
	if (view->is_paused)
		buffer_text(&note, "PAUSED  ");
	if (view->filter != NULL)
		buffer_printf(&note, "filter %s  ", view->filter);
	if (view->how.reverse)
		buffer_text(&note, "reversed  ");
	if (view->page == NULL)
		buffer_text(&note, "asking ...");
	else if (view->page->seconds <= 0 && !view->is_paused)
		buffer_printf(&note, "rates come in %u s", view->source->seconds);
	(void)put(HEAD_LINES, 0, COLS, A_BOLD, buffer_string(&note));
	buffer_fini(&note);
}

static void draw_foot(const struct view *view)
{
	static const char table_keys[] =
		"h help  c d w m r n sort  R reverse  / filter  t types  p pause  "
		"Enter details  q quit";
	static const char *const keys[] = {
		[VIEW_TABLE] = table_keys,
		[VIEW_DETAIL] = "arrows scroll  p pause  q or Enter: back",
		[VIEW_HELP] = "q or Enter: back",
	};

	if (view->input == NULL) {
		(void)put(LINES - 1, 0, COLS, A_DIM, keys[view->kind]);
		(void)curs_set(0);
		return;
	}
	(void)put(LINES - 1, 0, COLS, A_BOLD, "/");
	(void)put(LINES - 1, 1, COLS - 2, A_BOLD, view->input);
	(void)curs_set(1);
}

void draw(struct view *view)
{
	(void)erase();
	draw_head(view);
	draw_note(view);
	if (view->kind != VIEW_TABLE)
		draw_text(view);
	else if (view->page != NULL)
		draw_table(view);
	draw_foot(view);
	(void)refresh();
}
