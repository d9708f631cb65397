/* SPDX-License-Identifier: MIT */
#include "pprof/line.h"
#include "pprof/ground/buffer.h"

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HISTORY_LINES 1000

struct line_reader {
	const char *prompt;
	const struct profile *profile;
	EditLine *edit; /* NULL: plain reading */
	History *history;
};

static char *give_prompt(EditLine *edit)
{
	struct line_reader *reader = NULL;

	el_get(edit, EL_CLIENTDATA, &reader);
	return (char *)(uintptr_t)reader->prompt;
}

/* Tab: the line up to the cursor becomes its completion. */
static unsigned char complete(EditLine *edit, int key)
{
	const LineInfo *info = el_line(edit);
	size_t size = (size_t)(info->cursor - info->buffer);
	struct line_reader *reader = NULL;
	char *line = take_printf("%.*s", (int)size, info->buffer);
	char *completed;
	bool changed;

	(void)key;
	el_get(edit, EL_CLIENTDATA, &reader);
	completed = line_complete(line, reader->profile);
	changed = strcmp(line, completed) != 0;
	if (changed) {
		el_deletestr(edit, (int)size);
		el_insertstr(edit, completed);
	}
	free(line);
	free(completed);
	return changed ? CC_REFRESH : CC_ERROR;
}

static void start_editing(struct line_reader *reader)
{
	HistEvent event;

	setlocale(LC_CTYPE, "");
	reader->edit = el_init("akt-pprof", stdin, stderr, stderr);
	if (reader->edit == NULL)
		return;
	reader->history = history_init();
	el_set(reader->edit, EL_CLIENTDATA, reader);
	el_set(reader->edit, EL_PROMPT, give_prompt);
	el_set(reader->edit, EL_EDITOR, "emacs");
	if (reader->history != NULL) {
		history(reader->history, &event, H_SETSIZE, HISTORY_LINES);
		history(reader->history, &event, H_SETUNIQUE, 1);
		el_set(reader->edit, EL_HIST, history, reader->history);
	}
	el_set(reader->edit, EL_ADDFN, "complete", "Complete the word", complete);
	el_set(reader->edit, EL_BIND, "^I", "complete", NULL);
	el_set(reader->edit, EL_SIGNAL, 1);
}

struct line_reader *line_reader_create(const char *prompt, const struct profile *profile)
{
	const char *terminal = getenv("TERM");
	struct line_reader *reader = take_zeroed(1, sizeof(*reader));

	reader->prompt = prompt;
	reader->profile = profile;
	if (isatty(STDIN_FILENO) && terminal != NULL && terminal[0] != '\0' &&
	    strcmp(terminal, "dumb") != 0)
		start_editing(reader);
	return reader;
}

static char *read_plain(struct line_reader *reader)
{
	char *line = NULL;
	size_t capacity = 0;

	fputs(reader->prompt, stdout);
	fflush(stdout);
	if (getline(&line, &capacity, stdin) < 0) {
		free(line);
		return NULL;
	}
	return line;
}

char *line_read(struct line_reader *reader)
{
	const char *line;
	HistEvent event;
	int count = 0;

	if (reader->edit == NULL)
		return read_plain(reader);
	line = el_gets(reader->edit, &count);
	if (line == NULL || count <= 0)
		return NULL;
	if (reader->history != NULL && strspn(line, " \t\n") < (size_t)count)
		history(reader->history, &event, H_ENTER, line);
	return take_text(line);
}

void line_reader_destroy(struct line_reader *reader)
{
	if (reader->history != NULL)
		history_end(reader->history);
	if (reader->edit != NULL)
		el_end(reader->edit);
	free(reader);
}
