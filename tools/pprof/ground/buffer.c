/* SPDX-License-Identifier: MIT */
#include "pprof/ground/buffer.h"
#include "pprof/ground/status.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_of_memory(void)
{
	fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
	exit(EXIT_REFUSED);
}

void *take(size_t count, size_t size)
{
	void *memory = reallocarray(NULL, count != 0 ? count : 1, size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *take_zeroed(size_t count, size_t size)
{
	void *memory = calloc(count != 0 ? count : 1, size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *take_more(void *memory, size_t count, size_t size)
{
	memory = reallocarray(memory, count != 0 ? count : 1, size);
	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *take_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(take(size, 1), text, size);
}

char *take_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		out_of_memory();
	return text;
}

static void reserve(struct buffer *buffer, size_t more)
{
	if (buffer->capacity - buffer->size > more)
		return;
	buffer->capacity = 2 * (buffer->capacity + more) + 64;
	buffer->at = take_more(buffer->at, buffer->capacity, 1);
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
	reserve(buffer, size);
	if (size > 0)
		memcpy(buffer->at + buffer->size, bytes, size);
	buffer->size += size;
	buffer->at[buffer->size] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args, again;
	int n;

	reserve(buffer, 128);
	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(buffer->at + buffer->size, buffer->capacity - buffer->size, format, args);
	if (n >= 0 && (size_t)n >= buffer->capacity - buffer->size) {
		reserve(buffer, (size_t)n + 1);
		n = vsnprintf(buffer->at + buffer->size, buffer->capacity - buffer->size, format,
			      again);
	}
	va_end(again);
	va_end(args);
	if (n > 0)
		buffer->size += (size_t)n;
}

size_t character_size(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = at[0] < 0xc2 || at[0] > 0xf4 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	if (length > size)
		return 1;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 1;
	/* Longer than need be, half of a surrogate pair, or beyond the last. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 1;
	return length;
}

static const char *escape_of(unsigned char c)
{
	static const char *const named[] = { "\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r" };

	if (c >= '\a' && c <= '\r')
		return named[c - '\a'];
	return c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;
}

void buffer_quote(struct buffer *buffer, const char *text)
{
	buffer_text(buffer, "\"");
	for (const char *at = text; *at != '\0';) {
		unsigned char c = (unsigned char)*at;
		size_t size = character_size(at, strlen(at));
		const char *escape = escape_of(c);

		if (escape != NULL)
			buffer_text(buffer, escape);
		else if (c < 0x20 || c == 0x7f || (c >= 0x80 && size == 1))
			buffer_printf(buffer, "\\x%02x", c);
		else if (c == 0xc2 && (unsigned char)at[1] < 0xa0)
			buffer_printf(buffer, "\\u00%02x", (unsigned char)at[1]);
		else
			buffer_add(buffer, at, size);
		at += size;
	}
	buffer_text(buffer, "\"");
}

void buffer_errno(struct buffer *buffer, const char *call, const char *path, int error)
{
	const char *text = strerror(error);

	buffer_printf(buffer, "%s %s: %c%s", call, path, tolower((unsigned char)text[0]), text + 1);
}

size_t count_characters(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; count++)
		i += character_size(text + i, size - i);
	return count;
}

void buffer_percent(struct buffer *buffer, const char *text, const char *kept)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x80 &&
		    (isalnum((unsigned char)*text) || strchr(kept, *text) != NULL))
			buffer_add(buffer, text, 1);
		else
			buffer_printf(buffer, "%%%02X", (unsigned char)*text);
}

void buffer_pad(struct buffer *buffer, int width, const char *text)
{
	size_t size = strlen(text);

	for (int count = (int)count_characters(text, size); count < width; count++)
		buffer_add(buffer, " ", 1);
	buffer_add(buffer, text, size);
}

const char *buffer_string(const struct buffer *buffer)
{
	return buffer->at != NULL ? buffer->at : "";
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	if (buffer->at != NULL)
		buffer->at[0] = '\0';
}

void buffer_fini(struct buffer *buffer)
{
	free(buffer->at);
	*buffer = (struct buffer){ 0 };
}
