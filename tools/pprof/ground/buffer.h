/* SPDX-License-Identifier: MIT */
/*
 * buffer: text that grows, and memory that is there or ends the tool: an analyzer that cannot
 * allocate has nothing left to say.
 */
#ifndef PPROF_BUFFER_H
#define PPROF_BUFFER_H

#include "base/base.h"

struct buffer {
	char *at; /* NUL-terminated once anything was added */
	size_t size;
	size_t capacity;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
AKTI_PRINTF(2, 3) void buffer_printf(struct buffer *buffer, const char *format, ...);

/* Text for a URL: all but letters, digits and what is kept becomes %XX. */
void buffer_percent(struct buffer *buffer, const char *text, const char *kept);

/* Spaces before the text up to width characters, as "%10s" does but counting UTF-8 characters. */
void buffer_pad(struct buffer *buffer, int width, const char *text);

/* In double quotes, with what is not to be printed escaped, as Go's %q does. */
void buffer_quote(struct buffer *buffer, const char *text);

/* "open FILE: no such file or directory", as Go words the error of a system call. */
void buffer_errno(struct buffer *buffer, const char *call, const char *path, int error);

/* The text so far, never NULL. */
const char *buffer_string(const struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
void buffer_fini(struct buffer *buffer);

/* Memory or the end of the process. take_zeroed(0, n) is valid. */
void *take(size_t count, size_t size);
void *take_zeroed(size_t count, size_t size);
void *take_more(void *memory, size_t count, size_t size);
char *take_text(const char *text);
AKTI_PRINTF(1, 2) char *take_printf(const char *format, ...);
_Noreturn void out_of_memory(void);

/* The bytes of the first character of UTF-8 text that is not empty; 1 when it is damaged. */
size_t character_size(const char *text, size_t size);

/* Characters of UTF-8; damaged bytes count as one each. */
size_t count_characters(const char *text, size_t size);

#endif
