/* SPDX-License-Identifier: MIT */
#include "top/screen.h"
#include "top/detail.h"
#include "top/draw.h"
#include "top/feed.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_ESCAPE = 27,
	KEY_RUBOUT = 127,
	KEY_CONTROL_H = 8,
	KEY_CONTROL_L = 12,
	KEY_CONTROL_U = 21
};
#define ESCAPE_MS 25

static const char help[] =
	"akt top\n"
	"\n"
	"  c d w m r n   sort by CPU, depth, wait, memory, messages a second, name\n"
	"  R             the other way round\n"
	"  /             filter by a regular expression on name or type; empty: all\n"
	"  t             a row for each type of actors\n"
	"  Enter         all that is known of the actor; of a type, its actors\n"
	"  arrows, PgUp, PgDn, Home, End, j, k\n"
	"  p             pause\n"
	"  q             back, or the end\n"
	"\n"
	"  CPU%    of one processor, by samples\n"
	"  DEPTH   messages in its mailbox; while its handler runs known with AKT_OBSERVE_DEPTH "
	"only\n"
	"  WAIT    how long messages wait: on average, or the oldest one, whichever is more\n"
	"  MEM     its state, akt_alloc, and messages that it has\n"
	"  MSG/S   messages handled, by those that were timed\n"
	"  RST     restarts\n"
	"\n"
	"  Red: in one handler, or waiting, for a second or more; a thousand messages or more.\n"
	"  Dim: by fewer than ten samples, or not known (-).\n";

struct screen {
	struct args *args;
	struct feed feed;
	struct feed_wants wants;
	struct page *page;
	struct rows rows;
	struct view view;
	struct buffer input, note, text;
	size_t table_first; /* its first row, while something else is shown */
	bool is_typing, ends;
};

static int stop_pipe[2];

static void on_stop(int signal)
{
	unsigned char byte = (unsigned char)signal;

	(void)!write(stop_pipe[1], &byte, 1);
}

static void restore(void)
{
	if (!isendwin())
		(void)endwin();
}

/* --- what is shown ------------------------------------------------------------------------------------ */

static const struct row *watched_row(const struct screen *screen)
{
	for (size_t i = 0; i < screen->rows.count; i++) {
		const struct actor *actor = screen->rows.at[i].actor;

		if (actor != NULL && strcmp(actor->ref, screen->wants.watched) == 0)
			return &screen->rows.at[i];
	}
	return NULL;
}

static void show(struct screen *screen)
{
	struct view *view = &screen->view;

	if (view->cursor >= screen->rows.count)
		view->cursor = screen->rows.count > 0 ? screen->rows.count - 1 : 0;
	view->source = &screen->args->source;
	view->page = screen->page;
	view->rows = &screen->rows;
	view->how = screen->args->how;
	view->is_paused = screen->wants.paused;
	view->filter = screen->args->filter != NULL ? regex_pattern(screen->args->filter) : NULL;
	view->input = screen->is_typing ? buffer_string(&screen->input) : NULL;
	view->note = buffer_string(&screen->note);
	if (view->kind == VIEW_DETAIL) {
		buffer_clear(&screen->text);
		detail_make(&screen->text, screen->page, watched_row(screen));
	}
	view->text = view->kind == VIEW_HELP ? help : buffer_string(&screen->text);
	draw(view);
}

static void sort_again(struct screen *screen)
{
	rows_fini(&screen->rows);
	if (screen->page != NULL)
		rows_make(&screen->rows, screen->page, &screen->args->how);
}

static void take_page(struct screen *screen)
{
	struct page *page = feed_take(&screen->feed);

	if (page == NULL || screen->wants.paused) {
		page_destroy(page);
		return;
	}
	buffer_clear(&screen->note);
	if (page->error.size > 0) {
		/* What was seen last stays. */
		buffer_printf(&screen->note, "%s: %s; asked again each %u s",
			      screen->args->source.address, buffer_string(&page->error),
			      screen->args->source.seconds);
		page_destroy(page);
		return;
	}
	rows_fini(&screen->rows);
	page_destroy(screen->page);
	screen->page = page;
	sort_again(screen);
}

/* --- keys ---------------------------------------------------------------------------------------------- */

static void want(struct screen *screen)
{
	screen->wants.names = screen->view.kind == VIEW_DETAIL;
	screen->wants.all = screen->args->filter != NULL;
	if (screen->view.kind != VIEW_DETAIL)
		screen->wants.watched[0] = '\0';
	feed_want(&screen->feed, &screen->wants);
}

static void set_filter(struct screen *screen, const char *pattern)
{
	struct regex *filter = NULL;

	buffer_clear(&screen->note);
	if (pattern[0] != '\0') {
		filter = regex_create(pattern, &screen->note);
		if (filter == NULL)
			return;
	}
	regex_destroy(screen->args->filter);
	screen->args->filter = filter;
	screen->args->how.filter = filter;
	screen->view.cursor = 0;
	sort_again(screen);
	want(screen);
}

static void type_key(struct screen *screen, int key)
{
	struct buffer *input = &screen->input;

	if (key == KEY_ESCAPE) {
		screen->is_typing = false;
	} else if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		screen->is_typing = false;
		set_filter(screen, buffer_string(input));
	} else if (key == KEY_CONTROL_U) {
		buffer_clear(input);
	} else if (key == KEY_BACKSPACE || key == KEY_RUBOUT || key == KEY_CONTROL_H) {
		while (input->size > 0 && (input->at[--input->size] & 0xc0) == 0x80)
			;
		buffer_add(input, "", 0);
	} else if (key >= ' ' && key < 256) {
		buffer_printf(input, "%c", key);
	}
}

/* The details of an actor; of a type, its actors. */
static void enter(struct screen *screen)
{
	const struct row *row;

	if (screen->view.cursor >= screen->rows.count)
		return;
	row = &screen->rows.at[screen->view.cursor];
	if (row->actor == NULL) {
		char *pattern = take_printf("^\\Q%s\\E$", row->name);

		screen->args->how.by_type = false;
		set_filter(screen, pattern);
		free(pattern);
		return;
	}
	(void)snprintf(screen->wants.watched, sizeof(screen->wants.watched), "%s", row->actor->ref);
	screen->table_first = screen->view.first;
	screen->view.kind = VIEW_DETAIL;
	screen->view.first = 0;
	want(screen);
}

static void leave(struct screen *screen)
{
	if (screen->view.kind == VIEW_TABLE) {
		screen->ends = true;
		return;
	}
	screen->view.kind = VIEW_TABLE;
	screen->view.first = screen->table_first;
	want(screen);
}

static void move_by(size_t *at, size_t by, bool down, size_t last)
{
	if (!down)
		*at = *at > by ? *at - by : 0;
	else
		*at = last - *at > by ? *at + by : last;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* False: it is no key that moves. */
static bool move_key(struct screen *screen, int key)
{
	struct view *view = &screen->view;
	bool is_table = view->kind == VIEW_TABLE;
	size_t *at = is_table ? &view->cursor : &view->first;
	size_t count = is_table ? screen->rows.count : count_lines(view->text);
	size_t last = count > 0 ? count - 1 : 0;
	bool down = key == KEY_DOWN || key == 'j' || key == KEY_NPAGE || key == KEY_END;

	switch (key) {
	case KEY_UP:
	case KEY_DOWN:
	case 'j':
	case 'k':
		move_by(at, 1, down, last);
		return true;
	case KEY_PPAGE:
	case KEY_NPAGE:
		move_by(at, draw_room(), down, last);
		return true;
	case KEY_HOME:
	case KEY_END:
		move_by(at, SIZE_MAX / 2, down, last);
		return true;
	default:
		return false;
	}
}

/* False: it is no key that sorts. */
static bool sort_key(struct screen *screen, int key)
{
	static const char keys[] = "cdwmrn"; /* enum rows_sort */
	const char *sort = key > 0 && key < 128 ? strchr(keys, key) : NULL;

	if (sort != NULL)
		screen->args->how.sort = (enum rows_sort)(sort - keys);
	else if (key == 'R')
		screen->args->how.reverse = !screen->args->how.reverse;
	else if (key == 't')
		screen->args->how.by_type = !screen->args->how.by_type;
	else
		return false;
	screen->view.cursor = 0;
	sort_again(screen);
	return true;
}

static void on_key(struct screen *screen, int key)
{
	if (key == KEY_RESIZE)
		return;
	if (key == KEY_CONTROL_L)
		(void)clearok(curscr, TRUE);
	else if (screen->is_typing)
		type_key(screen, key);
	else if (move_key(screen, key))
		return;
	else if (key == 'q' || key == 'Q' || key == KEY_ESCAPE)
		leave(screen);
	else if (key == 'p') {
		screen->wants.paused = !screen->wants.paused;
		want(screen);
	} else if (screen->view.kind != VIEW_TABLE) {
		if (key == '\n' || key == '\r' || key == KEY_ENTER)
			leave(screen);
	} else if (key == '\n' || key == '\r' || key == KEY_ENTER)
		enter(screen);
	else if (key == 'h' || key == '?') {
		screen->table_first = screen->view.first;
		screen->view.kind = VIEW_HELP;
		screen->view.first = 0;
	} else if (key == '/') {
		screen->is_typing = true;
		buffer_clear(&screen->input);
	} else
		(void)sort_key(screen, key);
}

/* --- the loop ------------------------------------------------------------------------------------------- */

static bool begin(struct screen *screen)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    !feed_start(&screen->feed, &screen->args->source)) {
		fprintf(stderr, "akt top: no thread, or no descriptors\n");
		return false;
	}
	(void)setlocale(LC_CTYPE, "");
	if (newterm(NULL, stdout, stdin) == NULL) {
		fprintf(stderr, "akt top: a terminal that is not known: TERM=%s\n", getenv("TERM"));
		return false;
	}
	(void)atexit(restore);
	for (size_t i = 0; i < AKTI_COUNT_OF(stops); i++)
		(void)sigaction(stops[i], &action, NULL);
	(void)cbreak();
	(void)noecho();
	(void)nodelay(stdscr, TRUE);
	(void)keypad(stdscr, TRUE);
	(void)set_escdelay(ESCAPE_MS);
	draw_init();
	return true;
}

/* Until something has happened. Returns the signal that ends it, or 0. */
static int wait_for_something(struct screen *screen)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = screen->feed.bell[0], .events = POLLIN },
		{ .fd = stop_pipe[0], .events = POLLIN },
	};
	unsigned char signal = 0;
	int key;

	(void)poll(fds, AKTI_COUNT_OF(fds), -1);
	if (read(stop_pipe[0], &signal, 1) == 1)
		return signal;
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		return SIGHUP;
	while ((key = getch()) != ERR)
		on_key(screen, key);
	if (fds[1].revents & POLLIN)
		take_page(screen);
	return 0;
}

int screen_run(struct args *args)
{
	static struct screen screen;
	int signal_number = 0;

	screen.args = args;
	if (!begin(&screen))
		return 1;
	show(&screen);
	while (!screen.ends && signal_number == 0) {
		signal_number = wait_for_something(&screen);
		show(&screen);
	}
	restore();
	if (signal_number != 0) {
		(void)signal(signal_number, SIG_DFL);
		(void)raise(signal_number);
	}
	/* The feed is in the middle of something. */
	_exit(0);
}
