/* SPDX-License-Identifier: MIT */
#include "top/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void json_init(struct json *json, char *bytes, size_t size)
{
	*json = (struct json){ bytes, bytes + size, false };
}

static bool fail(struct json *json)
{
	json->failed = true;
	json->at = json->end;
	return false;
}

/* The next character that means something; NUL at the end. */
static char peek(struct json *json)
{
	json->at += strspn(json->at, " \t\r\n");
	return *json->at;
}

bool json_begin(struct json *json, char open)
{
	if (peek(json) != open)
		return fail(json);
	json->at++;
	return true;
}

/* Past a comma to the next one; false: past the end. */
static bool next(struct json *json, char close)
{
	char c = peek(json);

	if (c == close) {
		json->at++;
		return false;
	}
	if (c == ',') {
		json->at++;
		c = peek(json);
	}
	return c != '\0' || fail(json);
}

bool json_item(struct json *json)
{
	return next(json, ']');
}

bool json_member(struct json *json, const char **ret_key)
{
	if (!next(json, '}'))
		return false;
	*ret_key = json_text(json);
	if (*ret_key == NULL || peek(json) != ':')
		return fail(json);
	json->at++;
	return true;
}

/* Four hexadecimal digits; -1: they are not. */
static int hex4(const char *at)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = at[i] != '\0' ? strchr(digits, at[i] | 0x20) : NULL;

		if (digit == NULL)
			return -1;
		value = value << 4 | (int)(digit - digits);
	}
	return value;
}

/* A code point of the first plane as UTF-8; half of a pair is U+FFFD. */
static char *put_code(char *to, int code)
{
	if (code >= 0xd800 && code < 0xe000)
		code = 0xfffd;
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/* What a backslash stands for; returns behind it, or NULL. */
static const char *unescape(const char *from, char **to)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = *from != '\0' ? strchr(letters, *from) : NULL;
	int code;

	if (letter != NULL) {
		*(*to)++ = meanings[letter - letters];
		return from + 1;
	}
	code = *from == 'u' ? hex4(from + 1) : -1;
	if (code <= 0) /* a NUL would cut the text */
		return NULL;
	*to = put_code(*to, code);
	return from + 5;
}

const char *json_text(struct json *json)
{
	char *text, *to;
	const char *from;

	if (peek(json) == 'n') {
		json_skip(json);
		return NULL;
	}
	if (!json_begin(json, '"'))
		return NULL;
	text = to = json->at;
	for (from = text; *from != '"';) {
		if (*from == '\0') {
			(void)fail(json);
			return NULL;
		}
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from = unescape(from + 1, &to);
		if (from == NULL) {
			(void)fail(json);
			return NULL;
		}
	}
	json->at += from + 1 - text;
	*to = '\0';
	return text;
}

/* A word or a number; "" when it is none. */
static void pass_word(struct json *json)
{
	size_t length = strspn(json->at, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");

	if (length == 0)
		(void)fail(json);
	json->at += length;
}

int64_t json_number(struct json *json, int64_t otherwise)
{
	char *end;
	long long value;
	char c = peek(json);

	if (c == 'n') {
		pass_word(json);
		return otherwise;
	}
	errno = 0;
	value = strtoll(json->at, &end, 10);
	if (end == json->at || errno != 0) {
		(void)fail(json);
		return otherwise;
	}
	pass_word(json); /* a fraction is cut */
	return value;
}

bool json_bool(struct json *json)
{
	bool is_true = peek(json) == 't';

	pass_word(json);
	return is_true;
}

static void skip(struct json *json, int depth)
{
	const char *key;

	switch (peek(json)) {
	case '"':
		(void)json_text(json);
		return;
	case '{':
	case '[':
		break;
	default:
		pass_word(json);
		return;
	}
	if (depth == JSON_DEPTH_MAX) {
		(void)fail(json);
		return;
	}
	if (*json->at++ == '{') {
		while (json_member(json, &key))
			skip(json, depth + 1);
	} else {
		while (json_item(json))
			skip(json, depth + 1);
	}
}

void json_skip(struct json *json)
{
	skip(json, 0);
}
