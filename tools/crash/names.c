/* SPDX-License-Identifier: MIT */
/* See names.h. DWARF by libdw where it can be opened, else symbol tables. */
#include "crash/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEX_MAX 130u

struct file {
	char *path;
	struct elf_symbols *symbols; /* NULL: fault says why */
	const char *fault;
};

struct names {
	struct dwarf *dwarf;
	struct file *files; /* one per module of the record */
	size_t count;
};

static char *copy_text(struct span text)
{
	char *copy = malloc(text.count + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text.at, text.count);
	copy[text.count] = '\0';
	return copy;
}

static bool same_build(const struct elf_symbols *symbols, struct span wanted)
{
	static const char digits[] = "0123456789abcdef";
	char hex[HEX_MAX];

	if (!akti_elf_build_id(symbols, hex, sizeof(hex)) || strlen(hex) != 2 * wanted.count)
		return false;
	for (size_t i = 0; i < wanted.count; i++) {
		unsigned byte = (unsigned char)wanted.at[i];

		if (hex[2 * i] != digits[byte >> 4] || hex[2 * i + 1] != digits[byte & 15])
			return false;
	}
	return true;
}

/* The first module is the program: the kernel maps it lowest, or the record names it. */
static bool is_program(const struct crash *crash, const struct module *module)
{
	return crash->program.count > 0 && module->path.count == crash->program.count &&
	       memcmp(module->path.at, crash->program.at, module->path.count) == 0;
}

static void open_file(struct file *file, const struct crash *crash, const struct module *module,
		      const char *exe)
{
	struct stat status;

	file->path =
		exe != NULL && is_program(crash, module) ? strdup(exe) : copy_text(module->path);
	if (file->path == NULL)
		file->fault = "out of memory";
	else if (file->path[0] == '[')
		file->fault = "it has no file";
	/* A record may come from anywhere: only files are opened, no devices or pipes. */
	else if (stat(file->path, &status) != 0 || !S_ISREG(status.st_mode))
		file->fault = "the file is not there";
	else if ((file->symbols = akti_elf_open(file->path)) == NULL)
		file->fault = "the file cannot be read";
	else if (module->build_id.count == 0)
		file->fault = "the record has no build id of it";
	else if (!same_build(file->symbols, module->build_id))
		file->fault = "the file is another build";
	if (file->fault != NULL) {
		akti_elf_close(file->symbols);
		file->symbols = NULL;
	}
}

struct names *names_open(const struct crash *crash, const char *exe)
{
	struct names *names = calloc(1, sizeof(*names));
	struct dwarf_module *modules = calloc(crash->module_count + 1, sizeof(*modules));
	size_t usable = 0;

	if (names != NULL)
		names->files = calloc(crash->module_count + 1, sizeof(*names->files));
	if (names == NULL || modules == NULL || names->files == NULL) {
		free(modules);
		names_close(names);
		return NULL;
	}
	names->count = crash->module_count;
	for (size_t i = 0; i < names->count; i++) {
		struct file *file = &names->files[i];

		open_file(file, crash, &crash->modules[i], exe);
		if (file->symbols != NULL)
			modules[usable++] =
				(struct dwarf_module){ file->path, crash->modules[i].bias };
	}
	names->dwarf = akti_dwarf_open_modules(modules, usable);
	free(modules);
	return names;
}

void names_close(struct names *names)
{
	if (names == NULL)
		return;
	akti_dwarf_close(names->dwarf);
	for (size_t i = 0; i < names->count; i++) {
		akti_elf_close(names->files[i].symbols);
		free(names->files[i].path);
	}
	free(names->files);
	free(names);
}

const char *names_fault(const struct names *names, size_t module)
{
	return names == NULL ? "names were not asked for" : names->files[module].fault;
}

static void tell_place(const struct module *module, uint64_t address, symbol_frame_fn fn, void *arg)
{
	const char *base = module->path.at;
	size_t count = module->path.count;
	struct symbol_frame frame = { 0 };
	char place[300];

	for (size_t i = 0; i < module->path.count; i++)
		if (module->path.at[i] == '/') {
			base = module->path.at + i + 1;
			count = module->path.count - i - 1;
		}
	snprintf(place, sizeof(place), "[%.*s]+0x%" PRIx64, count < 250 ? (int)count : 250, base,
		 address);
	frame.name = place;
	fn(arg, &frame);
}

void names_find(struct names *names, const struct crash *crash, uint64_t address,
		symbol_frame_fn fn, void *arg)
{
	for (size_t i = 0; i < crash->module_count; i++) {
		const struct module *module = &crash->modules[i];
		struct symbol_frame frame = { 0 };

		if (address < module->start || address >= module->end)
			continue;
		if (names != NULL && names->files[i].symbols != NULL) {
			if (names->dwarf != NULL &&
			    akti_dwarf_frames(names->dwarf, address, fn, arg) > 0)
				return;
			frame.name = akti_elf_name(names->files[i].symbols, address - module->bias);
		}
		if (frame.name != NULL)
			fn(arg, &frame);
		else
			tell_place(module, address - module->bias, fn, arg);
		return;
	}
	fn(arg, &(struct symbol_frame){ .name = "[unknown]" });
}
