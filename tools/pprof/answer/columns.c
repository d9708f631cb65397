/* SPDX-License-Identifier: MIT */
#include "pprof/answer/columns.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64

struct row {
	const char *text;
	size_t size;  /* without the newline */
	size_t cells; /* ended by tabs */
};

struct table {
	struct row *rows;
	size_t count, capacity;
	size_t widths[COLUMNS_MAX];
	struct buffer *out;
};

static bool is_tab(char c)
{
	return c == '\t' || c == '\v';
}

/* The cell at an index; its size is up to the tab. */
static const char *cell_at(const struct row *row, size_t index, size_t *ret_size)
{
	const char *at = row->text, *end = row->text + row->size;

	for (; index > 0 && at < end; at++)
		index -= is_tab(*at);
	*ret_size = 0;
	while (at + *ret_size < end && !is_tab(at[*ret_size]))
		(*ret_size)++;
	return at;
}

static void add_rows(struct table *table, size_t first, size_t end, size_t widths)
{
	for (size_t i = first; i < end; i++) {
		const struct row *row = &table->rows[i];

		for (size_t c = 0; c <= row->cells; c++) {
			size_t size;
			const char *cell = cell_at(row, c, &size);
			size_t used = count_characters(cell, size);

			for (; c < widths && c < row->cells && used < table->widths[c]; used++)
				buffer_text(table->out, " ");
			buffer_add(table->out, cell, size);
		}
		buffer_text(table->out, "\n");
	}
}

/* Rows first to end, the widths of the columns before this one being known. */
static void format(struct table *table, size_t first, size_t end, size_t column)
{
	size_t done = first;

	for (size_t at = first; at < end; at++) {
		size_t begin = at, width = 0;

		if (column >= table->rows[at].cells || column == COLUMNS_MAX)
			continue;
		add_rows(table, done, begin, column);
		for (; at < end && column < table->rows[at].cells; at++) {
			size_t size;
			const char *cell = cell_at(&table->rows[at], column, &size);
			size_t wanted = count_characters(cell, size) + 1;

			width = wanted > width ? wanted : width;
		}
		table->widths[column] = width;
		format(table, begin, at, column + 1);
		done = at--;
	}
	add_rows(table, done, end, column);
}

static void add_row(struct table *table, const char *text, size_t size)
{
	struct row row = { text, size, 0 };

	for (size_t i = 0; i < size; i++)
		row.cells += is_tab(text[i]);
	if (table->count == table->capacity) {
		table->capacity = 2 * table->capacity + 64;
		table->rows = take_more(table->rows, table->capacity, sizeof(*table->rows));
	}
	table->rows[table->count++] = row;
}

void columns_align(const char *text, size_t size, struct buffer *out)
{
	struct table table = { .out = out };
	const char *end = text + size;

	while (text < end) {
		size_t length = 0;
		bool flush;

		while (text + length < end && text[length] != '\n' && text[length] != '\f')
			length++;
		add_row(&table, text, length);
		flush = table.rows[table.count - 1].cells == 0 ||
			(text + length < end && text[length] == '\f');
		text += length + 1;
		if (!flush)
			continue;
		format(&table, 0, table.count, 0);
		table.count = 0;
	}
	format(&table, 0, table.count, 0);
	free(table.rows);
}
