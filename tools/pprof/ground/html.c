/* SPDX-License-Identifier: MIT */
#include "pprof/ground/html.h"

static const char *replacement(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return NULL;
	default:
		return c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL; /* U+FFFD */
	}
}

void html_text(struct buffer *out, const char *text)
{
	const char *start = text;

	for (; *text != '\0'; text++) {
		const char *instead = replacement((unsigned char)*text);

		if (instead == NULL)
			continue;
		buffer_add(out, start, (size_t)(text - start));
		buffer_text(out, instead);
		start = text + 1;
	}
	buffer_add(out, start, (size_t)(text - start));
}
