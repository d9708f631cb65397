/* SPDX-License-Identifier: MIT */
/* See output.h. */
#include "debug/output.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 256u

/* Room for so many more and a NUL. */
static bool reserve(struct output *text, size_t more)
{
	size_t room = text->room != 0 ? text->room : FIRST_BYTES;
	char *bytes;

	if (text->failed)
		return false;
	while (room - text->length <= more && room < SIZE_MAX / 2)
		room *= 2;
	if (room == text->room)
		return true;
	bytes = room - text->length > more ? realloc(text->bytes, room) : NULL;
	if (bytes == NULL) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

void akti_output_add(struct output *text, const void *bytes, size_t size_bytes)
{
	if (!reserve(text, size_bytes))
		return;
	if (size_bytes > 0)
		memcpy(text->bytes + text->length, bytes, size_bytes);
	text->length += size_bytes;
	text->bytes[text->length] = '\0';
}

void akti_output_put(struct output *text, const char *string)
{
	akti_output_add(text, string, strlen(string));
}

void akti_output_print(struct output *text, const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(line)) {
		akti_output_add(text, line, (size_t)n);
		return;
	}
	if (n < 0 || !reserve(text, (size_t)n))
		return;
	va_start(args, fmt);
	(void)vsnprintf(text->bytes + text->length, (size_t)n + 1, fmt, args);
	va_end(args);
	text->length += (size_t)n;
}

void akti_output_cut(struct output *text, size_t length)
{
	if (length >= text->length)
		return;
	text->length = length;
	text->bytes[length] = '\0';
}

void akti_output_free(struct output *text)
{
	free(text->bytes);
	*text = (struct output){ NULL, 0, 0, false };
}

/* --- quoting ------------------------------------------------------------------------------------- */

/* The string with each character that `escape` knows in its words. */
static void quote(struct output *text, const char *string,
		  const char *(*escape)(unsigned char c, char *room))
{
	const unsigned char *s = (const unsigned char *)(string != NULL ? string : "");

	while (*s != '\0') {
		size_t length = akti_utf8_length(s);
		char room[8];
		const char *instead = length == 0 ? "\xef\xbf\xbd" : NULL;

		if (length == 1)
			instead = escape(*s, room);
		if (instead != NULL)
			akti_output_put(text, instead);
		else
			akti_output_add(text, s, length);
		s += length == 0 ? 1 : length;
	}
}

static const char *escape_json(unsigned char c, char *room)
{
	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c >= ' ' && c != 0x7f)
		return NULL;
	(void)snprintf(room, 8, "\\u%04x", c);
	return room;
}

static const char *escape_label(unsigned char c, char *room)
{
	(void)room;
	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	return c == '\n' ? "\\n" : NULL;
}

static const char *escape_html(unsigned char c, char *room)
{
	(void)snprintf(room, 8, "&#%u;", c);
	return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' ? room : NULL;
}

void akti_output_json(struct output *text, const char *string)
{
	if (string == NULL) {
		akti_output_put(text, "null");
		return;
	}
	akti_output_put(text, "\"");
	quote(text, string, escape_json);
	akti_output_put(text, "\"");
}

void akti_output_label(struct output *text, const char *string)
{
	akti_output_put(text, "\"");
	quote(text, string, escape_label);
	akti_output_put(text, "\"");
}

void akti_output_html(struct output *text, const char *string)
{
	quote(text, string, escape_html);
}
