/* SPDX-License-Identifier: MIT */
/*
 * json: reads JSON in place: texts are decoded where they lie, so they cost no memory and live as long as
 * the bytes do. What is malformed ends the reading: `failed` is set, and every later call finds nothing.
 *
 *	for (json_begin(json, '{'); json_member(json, &key);)
 *		if (strcmp(key, "name") == 0)
 *			name = json_text(json);
 *		else
 *			json_skip(json);
 */
#ifndef TOP_JSON_H
#define TOP_JSON_H

#include "base/base.h"

#define JSON_DEPTH_MAX 32 /* of what is skipped */

struct json {
	char *at;
	char *end; /* a NUL */
	bool failed;
};

void json_init(struct json *json, char *bytes, size_t size);

/* Enter an object or an array. */
bool json_begin(struct json *json, char open);
/* The next member of an object, its value being next; false: there is none, and it is left. */
bool json_member(struct json *json, const char **ret_key);
/* The same of an array. */
bool json_item(struct json *json);

/* NULL: null. */
const char *json_text(struct json *json);
/* otherwise: null. */
int64_t json_number(struct json *json, int64_t otherwise);
bool json_bool(struct json *json);
void json_skip(struct json *json);

#endif
