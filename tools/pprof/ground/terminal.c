/* SPDX-License-Identifier: MIT */
#include "pprof/ground/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a colour of ours; 0: it is something else. */
static size_t colour_size(const char *at, size_t size)
{
	static const char *const colours[] = { TERMINAL_GREY, TERMINAL_PLAIN };

	for (size_t i = 0; i < AKTI_COUNT_OF(colours); i++)
		if (size >= strlen(colours[i]) && memcmp(at, colours[i], strlen(colours[i])) == 0)
			return strlen(colours[i]);
	return 0;
}

static bool is_control(const char *at, size_t size)
{
	unsigned char c = (unsigned char)at[0];

	if (size > 1)
		return c == 0xc2 && (unsigned char)at[1] < 0xa0; /* U+0080 to U+009F */
	return (c < ' ' && c != '\n' && c != '\t') || c >= 0x7f;
}

static void add_clean(struct buffer *out, const char *text, size_t size)
{
	for (size_t i = 0, bytes; i < size; i += bytes) {
		size_t colour = colour_size(text + i, size - i);

		bytes = colour > 0 ? colour : character_size(text + i, size - i);
		if (colour == 0 && is_control(text + i, bytes))
			buffer_text(out, "\xef\xbf\xbd");
		else
			buffer_add(out, text + i, bytes);
	}
}

void terminal_clean(struct buffer *text)
{
	struct buffer clean = { 0 };

	add_clean(&clean, text->at, text->size);
	buffer_fini(text);
	*text = clean;
}

static ssize_t write_clean(void *arg, const char *text, size_t size)
{
	struct buffer clean = { 0 };
	ssize_t n = 0;

	(void)arg;
	add_clean(&clean, text, size);
	for (size_t done = 0; done < clean.size && (n >= 0 || errno == EINTR);) {
		n = write(STDERR_FILENO, clean.at + done, clean.size - done);
		done += n > 0 ? (size_t)n : 0;
	}
	buffer_fini(&clean);
	return n < 0 ? 0 : (ssize_t)size;
}

void terminal_guard(void)
{
	FILE *guarded;

	if (!isatty(STDERR_FILENO))
		return;
	guarded = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_clean });
	if (guarded == NULL)
		out_of_memory();
	setvbuf(guarded, NULL, _IOLBF, 0); /* whole lines: no character is cut */
	stderr = guarded;
}
