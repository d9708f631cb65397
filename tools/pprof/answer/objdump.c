/* SPDX-License-Identifier: MIT */
#include "pprof/answer/objdump.h"
#include "pprof/ground/child.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LLVM "llvm-objdump"

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

/* A program of this name in a list of directories; NULL: none. */
static char *find_in(const char *directories, size_t size, const char *separators, const char *name)
{
	while (size > 0) {
		size_t part = 0;
		char *path;

		while (part < size && strchr(separators, directories[part]) == NULL)
			part++;
		path = take_printf("%.*s/%s", (int)part, directories, name);
		if (part > 0 && is_program(path))
			return path;
		free(path);
		part += part < size;
		directories += part;
		size -= part;
	}
	return NULL;
}

/* In the places that tools gives to objdump alone, or in those for all tools. */
static char *find_configured(const char *tools, const char *name, bool only_own)
{
	for (const char *at = tools; *at != '\0';) {
		size_t size = strcspn(at, ",");
		const char *colon = memchr(at, ':', size);
		bool is_own = colon != NULL && (size_t)(colon - at) == strlen("objdump") &&
			      strncmp(at, "objdump", strlen("objdump")) == 0;
		const char *from = is_own ? colon + 1 : at;
		char *found = NULL;

		if (is_own == only_own && (is_own || colon == NULL))
			found = find_in(from, size - (size_t)(from - at), "", name);
		if (found != NULL)
			return found;
		at += size + (at[size] == ',');
	}
	return NULL;
}

static char *find_objdump(const char *tools)
{
	static const char *const names[] = { LLVM, "objdump" };
	const char *path = getenv("PATH");
	char *found = NULL;

	if (tools == NULL)
		tools = getenv("PPROF_TOOLS");
	for (size_t i = 0; found == NULL && i < AKTI_COUNT_OF(names); i++) {
		if (tools == NULL || tools[0] == '\0') {
			found = path != NULL ? find_in(path, strlen(path), ":", names[i]) : NULL;
			continue;
		}
		found = find_configured(tools, names[i], true);
		if (found == NULL)
			found = find_configured(tools, names[i], false);
	}
	return found;
}

static bool run(const char *program, const char *path, uint64_t start, uint64_t end, bool intel,
		struct buffer *out, struct buffer *error)
{
	bool is_llvm = strcmp(strrchr(program, '/') + 1, LLVM) == 0, ok = false;
	char *words[12];
	size_t count = 0;
	struct buffer none = { 0 };
	int r;

	words[count++] = take_text(program);
	words[count++] = take_text("--disassemble");
	words[count++] = take_text("--demangle");
	words[count++] = take_text("--no-show-raw-insn");
	words[count++] = take_text("--line-numbers");
	words[count++] = take_printf("--start-address=0x%" PRIx64, start);
	words[count++] = take_printf("--stop-address=0x%" PRIx64, end);
	if (intel)
		words[count++] = take_text(is_llvm ? "--x86-asm-syntax=intel"
						   : "--disassembler-options=intel");
	/* No path is taken for an option, or for a file of them ("@file"); LLVM's does not know "--". */
	words[count++] = take_printf("%s%s", path[0] == '/' ? "" : "./", path);
	words[count] = NULL;
	r = child_run(words, &none, out, &ok);
	if (r != 0)
		buffer_printf(error, "%s does not start: %s", program, strerror(r));
	else if (!ok)
		buffer_printf(error, "%s fails on %s", program, path);
	while (count > 0)
		free(words[--count]);
	return r == 0 && ok;
}

/* What the lines before an instruction say of it. */
struct place {
	const char *function;
	const char *file;
	int64_t line;
};

/* "  401136:  push %rbp" */
static bool read_instruction(char *line, struct instruction *ret)
{
	char *end;
	uint64_t address = strtoull(line, &end, 16);

	if (end == line || *end != ':' || !isspace((unsigned char)end[1]))
		return false;
	end++;
	while (isspace((unsigned char)*end))
		end++;
	ret->address = address;
	ret->text = end;
	for (; *end != '\0'; end++)
		if (*end == '\t')
			*end = ' ';
	return true;
}

/* "0000000000401136 <main>:" begins a symbol, "main():" a function, "/src/main.c:12" a line of it;
 * LLVM puts "; " before the latter two. What is none of them ends the place. */
static void read_place(char *line, struct place *place)
{
	size_t size = strlen(line);
	char *open = strstr(line, " <"), *colon;

	if (isxdigit((unsigned char)line[0]) && open != NULL && size > 2 &&
	    strcmp(line + size - 2, ">:") == 0) {
		line[size - 2] = '\0';
		*place = (struct place){ open + 2, "", 0 };
		return;
	}
	if (line[0] == ';')
		line += line[1] == ' ' ? 2 : 1;
	size = strlen(line);
	if (size > 3 && strcmp(line + size - 3, "():") == 0) {
		line[size - 3] = '\0';
		*place = (struct place){ line, "", 0 };
		return;
	}
	colon = strrchr(line, ':');
	if (colon != NULL && isdigit((unsigned char)colon[1])) {
		*colon = '\0';
		place->file = line;
		place->line = strtoll(colon + 1, NULL, 10);
		return;
	}
	*place = (struct place){ "", "", 0 };
}

static void read_lines(struct instructions *instructions)
{
	struct place place = { "", "", 0 };
	size_t capacity = 0;
	char *state = NULL;

	for (char *line = strtok_r(instructions->text.at, "\n", &state); line != NULL;
	     line = strtok_r(NULL, "\n", &state)) {
		struct instruction read;
		char *end = line + strlen(line);

		while (isspace((unsigned char)*line))
			line++;
		while (end > line && isspace((unsigned char)end[-1]))
			*--end = '\0';
		if (!read_instruction(line, &read)) {
			read_place(line, &place);
			continue;
		}
		if (instructions->count == capacity) {
			capacity = 2 * capacity + 256;
			instructions->at =
				take_more(instructions->at, capacity, sizeof(*instructions->at));
		}
		read.function = place.function;
		read.file = place.file;
		read.line = place.line;
		instructions->at[instructions->count++] = read;
	}
}

bool objdump_read(struct instructions *instructions, const char *path, uint64_t start, uint64_t end,
		  const struct options *options, struct buffer *error)
{
	char *program = find_objdump(options->tools);
	bool ok;

	*instructions = (struct instructions){ 0 };
	if (program == NULL) {
		buffer_text(error, "cannot disasm: no objdump tool available (apt-get install "
				   "binutils, or -tools=DIRECTORY)");
		return false;
	}
	ok = run(program, path, start, end, options->intel_syntax, &instructions->text, error);
	free(program);
	if (ok && instructions->text.size > 0)
		read_lines(instructions);
	if (!ok)
		objdump_free(instructions);
	return ok;
}

void objdump_free(struct instructions *instructions)
{
	free(instructions->at);
	buffer_fini(&instructions->text);
	*instructions = (struct instructions){ 0 };
}
