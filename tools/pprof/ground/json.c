/* SPDX-License-Identifier: MIT */
#include "pprof/ground/json.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

/* A comma, unless the value is the first or that of a key. */
static void separate(struct buffer *out)
{
	char last = out->size > 0 ? out->at[out->size - 1] : '[';

	if (last != '[' && last != '{' && last != ':')
		buffer_add(out, ",", 1);
}

void json_open(struct buffer *out, const char *bracket)
{
	separate(out);
	buffer_text(out, bracket);
}

void json_text(struct buffer *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	separate(out);
	buffer_add(out, "\"", 1);
	while (*at != '\0') {
		size_t length = akti_utf8_length(at);

		if (length == 0)
			buffer_text(out, "\xef\xbf\xbd");
		else if (*at < ' ' || *at == '"' || *at == '\\' || *at == '<' || *at == 0x7f)
			buffer_printf(out, "\\u%04x", *at);
		else
			buffer_add(out, at, length);
		at += length == 0 ? 1 : length;
	}
	buffer_add(out, "\"", 1);
}

void json_key(struct buffer *out, const char *key)
{
	separate(out);
	buffer_printf(out, "\"%s\":", key);
}

void json_number(struct buffer *out, int64_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (number < 0)
		*--at = '-';
	separate(out);
	buffer_add(out, at, (size_t)(digits + sizeof(digits) - at));
}

void json_real(struct buffer *out, double number)
{
	separate(out);
	if (isfinite(number))
		buffer_printf(out, "%.17g", number);
	else
		buffer_text(out, "null");
}
