/* SPDX-License-Identifier: MIT */
#include "top/plain.h"
#include "top/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_number(struct buffer *out, int width, double number, int places)
{
	if (number < 0)
		buffer_pad(out, width, "-");
	else
		buffer_printf(out, "%*.*f", width, places, number);
	buffer_text(out, " ");
}

/* Nanoseconds as milliseconds; what is not known stays so. */
static double ms(int64_t ns)
{
	return ns < 0 ? -1 : (double)ns / 1e6;
}

static const char *state_of(const struct row *row)
{
	if (row->actor == NULL)
		return "-";
	return strcmp(row->actor->mode, "running") != 0 ? row->actor->mode : row->actor->state;
}

static void add_row(struct buffer *out, const struct row *row)
{
	const struct actor *actor = row->actor;
	struct buffer state = { 0 };

	add_number(out, 6, row->cpu_percent, 1);
	add_number(out, 7, row->cpu_percent < 0 ? -1 : (double)row->samples, 0);
	add_number(out, 8, (double)row->depth, 0);
	add_number(out, 10, ms(row->wait_ns), 3);
	add_number(out, 12, (double)row->memory, 0);
	add_number(out, 10, row->per_s, 1);
	add_number(out, 8, (double)row->restarts, 0);
	words_put_safe(&state, state_of(row));
	buffer_printf(out, "%-10s ", buffer_string(&state));
	buffer_fini(&state);
	add_number(out, 10, actor != NULL ? ms(actor->running_ns) : -1, 3);
	words_put_safe(out, actor != NULL && actor->message != NULL ? actor->message : "");
	buffer_text(out, " ");
	words_put_safe(out, row->type);
	buffer_text(out, " ");
	if (actor != NULL)
		words_put_safe(out, row->name);
	else
		buffer_printf(out, "%" PRId64, row->of_type->actors);
	buffer_text(out, "\n");
}

void plain_print(const struct source *source, const struct page *page, const struct rows *rows)
{
	struct buffer lines[HEAD_LINES] = { { 0 } };
	struct buffer out = { 0 };
	bool by_type = rows->count > 0 && rows->at[0].actor == NULL;

	words_head(lines, source, page);
	for (size_t i = 0; i < HEAD_LINES; i++) {
		buffer_printf(&out, "# %s\n", buffer_string(&lines[i]));
		buffer_fini(&lines[i]);
	}
	buffer_printf(&out, "%6s %7s %8s %10s %12s %10s %8s %-10s %10s MESSAGE TYPE %s\n", "CPU%",
		      "SAMPLES", "DEPTH", "WAIT_MS", "MEM_BYTES", "MSG/S", "RESTARTS", "STATE",
		      "RUNS_MS", by_type ? "ACTORS" : "NAME");
	for (size_t i = 0; i < rows->count && i < source->most; i++)
		add_row(&out, &rows->at[i]);
	(void)fwrite(buffer_string(&out), 1, out.size, stdout);
	(void)fflush(stdout);
	buffer_fini(&out);
}
