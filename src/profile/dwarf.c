/* SPDX-License-Identifier: MIT */
/*
 * libdw, opened when it is needed: a program that never writes a profile does not pay for it, and
 * one on a host without it still gets a profile with the names of its symbol tables.
 */
#include "profile/symbolize.h"

#include <stdlib.h>

#if __has_include(<elfutils/libdwfl.h>)
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <string.h>
#include <unistd.h>

#define DWARF_FUNCTIONS(X)                                                                         \
	X(dwfl_begin)                                                                              \
	X(dwfl_end)                                                                                \
	X(dwfl_linux_proc_report)                                                                  \
	X(dwfl_report_elf)                                                                         \
	X(dwfl_build_id_find_elf)                                                                  \
	X(dwfl_report_end)                                                                         \
	X(dwfl_linux_proc_find_elf)                                                                \
	X(dwfl_standard_find_debuginfo)                                                            \
	X(dwfl_addrmodule)                                                                         \
	X(dwfl_module_addrdie)                                                                     \
	X(dwfl_module_nextcu)                                                                      \
	X(dwarf_haspc)                                                                             \
	X(dwarf_getsrc_die)                                                                        \
	X(dwarf_lineno)                                                                            \
	X(dwarf_linecol)                                                                           \
	X(dwarf_linesrc)                                                                           \
	X(dwarf_getscopes)                                                                         \
	X(dwarf_getscopes_die)                                                                     \
	X(dwarf_getsrcfiles)                                                                       \
	X(dwarf_filesrc)                                                                           \
	X(dwarf_tag)                                                                               \
	X(dwarf_diename)                                                                           \
	X(dwarf_attr)                                                                              \
	X(dwarf_attr_integrate)                                                                    \
	X(dwarf_formstring)                                                                        \
	X(dwarf_formudata)

struct dwarf {
	void *library;
	Dwfl *dwfl;
	Dwfl_Callbacks callbacks;
	char *debuginfod; /* what DEBUGINFOD_URLS was */
#define DWARF_POINTER(name) __typeof__(&name) name;
	DWARF_FUNCTIONS(DWARF_POINTER)
#undef DWARF_POINTER
};

static bool find_functions(struct dwarf *dwarf)
{
	bool found = true;

#define DWARF_FIND(name)                                                                           \
	*(void **)&dwarf->name = dlsym(dwarf->library, #name);                                     \
	found = found && dwarf->name != NULL;
	DWARF_FUNCTIONS(DWARF_FIND)
#undef DWARF_FIND
	return found;
}

/* libdw would ask the network for what is not here. */
static void silence_debuginfod(struct dwarf *dwarf)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (urls == NULL || urls[0] == '\0')
		return;
	dwarf->debuginfod = strdup(urls);
	unsetenv("DEBUGINFOD_URLS");
}

/* libdw with nothing in it yet. */
static struct dwarf *open_library(void)
{
	struct dwarf *dwarf = calloc(1, sizeof(*dwarf));

	if (dwarf == NULL)
		return NULL;
	dwarf->library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (dwarf->library == NULL || !find_functions(dwarf)) {
		akti_dwarf_close(dwarf);
		return NULL;
	}
	silence_debuginfod(dwarf);
	dwarf->callbacks.find_debuginfo = dwarf->dwfl_standard_find_debuginfo;
	return dwarf;
}

struct dwarf *akti_dwarf_open(void)
{
	struct dwarf *dwarf = open_library();

	if (dwarf == NULL)
		return NULL;
	dwarf->callbacks.find_elf = dwarf->dwfl_linux_proc_find_elf;
	dwarf->dwfl = dwarf->dwfl_begin(&dwarf->callbacks);
	if (dwarf->dwfl == NULL || dwarf->dwfl_linux_proc_report(dwarf->dwfl, getpid()) != 0 ||
	    dwarf->dwfl_report_end(dwarf->dwfl, NULL, NULL) != 0) {
		akti_dwarf_close(dwarf);
		return NULL;
	}
	return dwarf;
}

struct dwarf *akti_dwarf_open_modules(const struct dwarf_module *modules, size_t count)
{
	struct dwarf *dwarf = open_library();

	if (dwarf == NULL)
		return NULL;
	dwarf->callbacks.find_elf = dwarf->dwfl_build_id_find_elf;
	dwarf->dwfl = dwarf->dwfl_begin(&dwarf->callbacks);
	if (dwarf->dwfl == NULL) {
		akti_dwarf_close(dwarf);
		return NULL;
	}
	/* One that cannot be read, or lies over another, is left to symbol tables. */
	for (size_t i = 0; i < count; i++)
		(void)dwarf->dwfl_report_elf(dwarf->dwfl, modules[i].path, modules[i].path, -1,
					     modules[i].bias, true);
	if (dwarf->dwfl_report_end(dwarf->dwfl, NULL, NULL) != 0) {
		akti_dwarf_close(dwarf);
		return NULL;
	}
	return dwarf;
}

void akti_dwarf_close(struct dwarf *dwarf)
{
	if (dwarf == NULL)
		return;
	if (dwarf->dwfl != NULL)
		dwarf->dwfl_end(dwarf->dwfl);
	if (dwarf->debuginfod != NULL)
		setenv("DEBUGINFOD_URLS", dwarf->debuginfod, 1);
	free(dwarf->debuginfod);
	if (dwarf->library != NULL)
		dlclose(dwarf->library);
	free(dwarf);
}

static int64_t number_of(struct dwarf *dwarf, Dwarf_Attribute *attribute)
{
	Dwarf_Word value = 0;

	if (attribute == NULL || dwarf->dwarf_formudata(attribute, &value) != 0)
		return 0;
	return (int64_t)value;
}

/* The scopes around an address, innermost first: inlined calls and at last their function. */
static int find_scopes(struct dwarf *dwarf, Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **ret)
{
	Dwarf_Die *by_address = NULL;
	Dwarf_Die inner;
	int count = dwarf->dwarf_getscopes(unit, address, &by_address);

	if (count <= 0)
		return 0;
	/* By address the outer scopes are those of the inlined function's own definition. */
	inner = by_address[0];
	free(by_address);
	return dwarf->dwarf_getscopes_die(&inner, ret);
}

static void innermost_line(struct dwarf *dwarf, Dwarf_Die *unit, uint64_t address,
			   struct symbol_frame *frame)
{
	Dwarf_Line *source = dwarf->dwarf_getsrc_die(unit, address);
	int line = 0, column = 0;

	if (source == NULL)
		return;
	(void)dwarf->dwarf_lineno(source, &line);
	(void)dwarf->dwarf_linecol(source, &column);
	frame->file = dwarf->dwarf_linesrc(source, NULL, NULL);
	frame->line = line;
	frame->column = column;
}

/* The line of the call that was inlined: the next frame's. */
static void calling_line(struct dwarf *dwarf, Dwarf_Die *unit, Dwarf_Die *scope,
			 struct symbol_frame *frame)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files = NULL;
	size_t file_count = 0;
	int64_t file = number_of(dwarf, dwarf->dwarf_attr(scope, DW_AT_call_file, &attribute));

	frame->line = number_of(dwarf, dwarf->dwarf_attr(scope, DW_AT_call_line, &attribute));
	frame->column = number_of(dwarf, dwarf->dwarf_attr(scope, DW_AT_call_column, &attribute));
	if (dwarf->dwarf_getsrcfiles(unit, &files, &file_count) == 0 && file > 0 &&
	    (size_t)file < file_count)
		frame->file = dwarf->dwarf_filesrc(files, (size_t)file, NULL, NULL);
}

/* The compilation unit of pc. clang writes no index by address (.debug_aranges): then every unit is
 * asked. */
static Dwarf_Die *find_unit(struct dwarf *dwarf, Dwfl_Module *module, uint64_t pc,
			    Dwarf_Addr *ret_bias)
{
	Dwarf_Die *unit = dwarf->dwfl_module_addrdie(module, pc, ret_bias);

	if (unit != NULL)
		return unit;
	while ((unit = dwarf->dwfl_module_nextcu(module, unit, ret_bias)) != NULL) {
		if (dwarf->dwarf_haspc(unit, pc - *ret_bias) > 0)
			return unit;
	}
	return NULL;
}

int akti_dwarf_frames(struct dwarf *dwarf, uint64_t pc, symbol_frame_fn fn, void *arg)
{
	Dwfl_Module *module = dwarf->dwfl_addrmodule(dwarf->dwfl, pc);
	struct symbol_frame frame = { 0 };
	Dwarf_Attribute attribute;
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = module != NULL ? find_unit(dwarf, module, pc, &bias) : NULL;
	Dwarf_Die *scopes = NULL;
	int scope_count = unit != NULL ? find_scopes(dwarf, unit, pc - bias, &scopes) : 0;
	int frames = 0;

	if (scope_count > 0)
		innermost_line(dwarf, unit, pc - bias, &frame);
	for (int i = 0; i < scope_count; i++) {
		Dwarf_Die *scope = &scopes[i];
		int tag = dwarf->dwarf_tag(scope);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		frame.name = dwarf->dwarf_diename(scope);
		frame.linkage = dwarf->dwarf_formstring(
			dwarf->dwarf_attr_integrate(scope, DW_AT_linkage_name, &attribute));
		frame.start_line =
			number_of(dwarf,
				  dwarf->dwarf_attr_integrate(scope, DW_AT_decl_line, &attribute));
		if (frame.name == NULL)
			frame.name = frame.linkage != NULL ? frame.linkage : "[unnamed]";
		fn(arg, &frame);
		frames++;
		if (tag == DW_TAG_subprogram)
			break;
		calling_line(dwarf, unit, scope, &frame);
	}
	free(scopes);
	return frames;
}

#else

struct dwarf *akti_dwarf_open(void)
{
	return NULL;
}

struct dwarf *akti_dwarf_open_modules(const struct dwarf_module *modules, size_t count)
{
	(void)modules, (void)count;
	return NULL;
}

int akti_dwarf_frames(struct dwarf *dwarf, uint64_t pc, symbol_frame_fn fn, void *arg)
{
	(void)dwarf, (void)pc, (void)fn, (void)arg;
	return 0;
}

void akti_dwarf_close(struct dwarf *dwarf)
{
	(void)dwarf;
}

#endif
