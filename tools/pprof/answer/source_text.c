/* SPDX-License-Identifier: MIT */
#include "pprof/answer/source_text.h"
#include "pprof/ground/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES_MAX 65536u
#define SOURCE_BYTES_MAX (64u << 20)

/* Whatever a profile names: a device has no end, a pipe would be waited for. */
static FILE *open_source(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return NULL;
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return fopen(path, "re");
	errno = EINVAL;
	return NULL;
}

static FILE *open_in_parents(const char *dir, const char *path)
{
	char *at = path_clean(dir);
	FILE *file = NULL;

	for (;;) {
		char *name = take_printf("%s/%s", at, path);
		char *slash = strrchr(at, '/');

		file = open_source(name);
		free(name);
		if (file != NULL || slash == NULL || at[1] == '\0')
			break;
		if (slash == at)
			at[1] = '\0';
		else
			*slash = '\0';
	}
	free(at);
	return file;
}

static FILE *find_file(const char *path, const struct options *options, struct buffer *error)
{
	char *search =
		options->source_path[0] != '\0' ? take_text(options->source_path) : getcwd(NULL, 0);
	FILE *file = NULL;
	const char *rest;

	if (search == NULL)
		search = take_text("");
	rest = path_trim(path, options->trim_path, search);
	if (rest[0] == '/') {
		file = open_source(rest);
		if (file == NULL)
			buffer_errno(error, "open", rest, errno);
		free(search);
		return file;
	}
	for (char *dir = search, *end; file == NULL && *dir != '\0'; dir = end) {
		size_t size = strcspn(dir, ":");
		char kept = dir[size];

		dir[size] = '\0';
		file = open_in_parents(dir, rest);
		dir[size] = kept;
		end = dir + size + (kept == ':');
	}
	if (file == NULL)
		buffer_printf(error, "could not find file %s on path %s", rest, search);
	free(search);
	return file;
}

static void add_line(struct source_text *source, char *line, size_t *capacity)
{
	if (source->line_count == *capacity) {
		*capacity = 2 * *capacity + 256;
		source->lines = take_more(source->lines, *capacity, sizeof(*source->lines));
	}
	source->lines[source->line_count++] = line;
}

/* Cut at newlines, a carriage return before one included; a line too long for text ends it. */
static void split(struct source_text *source, size_t size)
{
	char *at = source->bytes;
	char *end = at + size;
	size_t capacity = 0;

	while (at < end) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		char *stop = newline != NULL ? newline : end;

		if ((size_t)(stop - at) >= LINE_BYTES_MAX)
			return;
		*stop = '\0';
		if (stop > at && stop[-1] == '\r')
			stop[-1] = '\0';
		add_line(source, at, &capacity);
		at = stop + 1;
	}
}

bool source_text_open(struct source_text *source, const char *path, const struct options *options,
		      struct buffer *error)
{
	FILE *file = find_file(path, options, error);
	struct buffer bytes = { 0 };
	char chunk[16384];
	size_t n;

	*source = (struct source_text){ 0 };
	if (file == NULL)
		return false;
	while (bytes.size < SOURCE_BYTES_MAX && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buffer_add(&bytes, chunk, n);
	fclose(file);
	source->bytes = bytes.at;
	split(source, bytes.size);
	return true;
}

void source_text_close(struct source_text *source)
{
	free(source->bytes);
	free(source->lines);
	*source = (struct source_text){ 0 };
}
