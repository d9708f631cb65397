/* SPDX-License-Identifier: MIT */
#include "pprof/ground/path.h"

#include <stdlib.h>
#include <string.h>

/* Append one element to the path in out, resolving "..". */
static void add_element(struct buffer *out, const char *element, size_t size, bool rooted)
{
	const char *slash;

	if (size == 0 || (size == 1 && element[0] == '.'))
		return;
	if (size == 2 && element[0] == '.' && element[1] == '.') {
		size_t root = rooted ? 1 : 0;
		bool at_parent = out->size >= 2 && memcmp(out->at + out->size - 2, "..", 2) == 0 &&
				 (out->size == 2 || out->at[out->size - 3] == '/');

		if (out->size > root && !at_parent) {
			slash = memrchr(out->at + root, '/', out->size - root);
			out->size = slash != NULL ? (size_t)(slash - out->at) : root;
			out->at[out->size] = '\0';
			return;
		}
		if (rooted)
			return;
	}
	if (out->size > 0 && out->at[out->size - 1] != '/')
		buffer_text(out, "/");
	buffer_add(out, element, size);
}

char *path_clean(const char *path)
{
	struct buffer out = { 0 };
	bool rooted = path[0] == '/';

	if (rooted)
		buffer_text(&out, "/");
	while (*path != '\0') {
		size_t size = strcspn(path, "/");

		add_element(&out, path, size, rooted);
		path += size + (path[size] == '/');
	}
	if (out.size == 0)
		buffer_text(&out, ".");
	return out.at;
}

char *path_base(const char *path)
{
	size_t size = strlen(path);
	const char *slash;
	char *base;

	if (size == 0)
		return take_text(".");
	while (size > 0 && path[size - 1] == '/')
		size--;
	if (size == 0)
		return take_text("/");
	slash = memrchr(path, '/', size);
	if (slash != NULL) {
		size -= (size_t)(slash + 1 - path);
		path = slash + 1;
	}
	base = take(size + 1, 1);
	memcpy(base, path, size);
	base[size] = '\0';
	return base;
}

static const char *after_search(const char *path, const char *search)
{
	while (*search != '\0') {
		size_t size = strcspn(search, ":");
		char *dir = take(size + 1, 1);
		char *base, *want;
		const char *found;

		memcpy(dir, search, size);
		dir[size] = '\0';
		base = path_base(dir);
		want = take_printf("/%s/", base);
		found = strstr(path, want);
		if (found != NULL)
			found += strlen(want);
		free(dir);
		free(base);
		free(want);
		if (found != NULL)
			return found;
		search += size + (search[size] == ':');
	}
	return NULL;
}

static const char *after_prefix(const char *path, const char *prefix, size_t size)
{
	if (strncmp(path, prefix, size) != 0)
		return NULL;
	if (size > 0 && prefix[size - 1] == '/')
		return path + size;
	return path[size] == '/' ? path + size + 1 : NULL;
}

const char *path_trim(const char *path, const char *trim, const char *search)
{
	static const char *const usual[] = { "/proc/self/cwd/./", "/proc/self/cwd/" };
	const char *rest = trim[0] == '\0' ? after_search(path, search) : NULL;

	while (rest == NULL && *trim != '\0') {
		size_t size = strcspn(trim, ":");

		rest = after_prefix(path, trim, size);
		trim += size + (trim[size] == ':');
	}
	for (size_t i = 0; rest == NULL && i < AKTI_COUNT_OF(usual); i++)
		rest = after_prefix(path, usual[i], strlen(usual[i]));
	return rest != NULL ? rest : path;
}
