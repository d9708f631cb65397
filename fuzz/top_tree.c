/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever a server answers, akt top's reader of trees neither crashes nor leaks, says why when it
 * refuses, and what it accepts makes rows and lines of printable text. Not: what they say.
 */
#include "../tools/top/rows.h"
#include "../tools/top/words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct buffer *text)
{
	for (size_t i = 0; i < text->size; i++)
		if ((unsigned char)text->at[i] < ' ' || text->at[i] == 0x7f)
			abort();
}

static void show(const struct page *page, bool by_type)
{
	const struct source source = { .address = "", .most = 1 };
	struct rows_how how = { .sort = SORT_DEPTH, .by_type = by_type };
	struct buffer lines[HEAD_LINES] = { { 0 } };
	struct rows rows;

	rows_make(&rows, page, &how);
	for (size_t i = 0; i < rows.count; i++) {
		struct buffer text = { 0 };

		words_of_doing(&text, &rows.at[i]);
		words_put_safe(&text, rows.at[i].name);
		check(&text);
		buffer_fini(&text);
	}
	rows_fini(&rows);
	words_head(lines, &source, page);
	for (size_t i = 0; i < HEAD_LINES; i++) {
		check(&lines[i]);
		buffer_fini(&lines[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct page page = { .workers_percent = -1 };
	struct buffer body = { 0 }, error = { 0 };

	buffer_add(&body, data, size);
	if (tree_read(&page.tree, &body, &error)) {
		show(&page, false);
		show(&page, true);
	} else if (error.size == 0) {
		abort();
	}
	tree_fini(&page.tree);
	buffer_fini(&body);
	buffer_fini(&error);
	return 0;
}
