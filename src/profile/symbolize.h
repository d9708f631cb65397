/* SPDX-License-Identifier: MIT */
/*
 * symbolize: the parts of akti_profile_symbolize. Modules are what the dynamic linker has loaded;
 * names come from DWARF by libdw when that can be opened, else from ELF symbol tables.
 */
#ifndef AKTI_PROFILE_SYMBOLIZE_H
#define AKTI_PROFILE_SYMBOLIZE_H

#include "profile/model.h"

/* One function that an address belongs to: the innermost inlined one first. Texts are borrowed for
 * the call. */
struct symbol_frame {
	const char *name;    /* as the source has it */
	const char *linkage; /* mangled; NULL: as name */
	const char *file;    /* NULL: unknown */
	int64_t line;
	int64_t column;
	int64_t start_line;
};
typedef void (*symbol_frame_fn)(void *arg, const struct symbol_frame *frame);

/* libdw. open returns NULL where it is not installed. */
struct dwarf;
struct dwarf *akti_dwarf_open(void);
/* A module of a process that is gone: where its file is now, and what was added to its addresses. */
struct dwarf_module {
	const char *path; /* a regular file */
	uint64_t bias;
};
/* The same for such modules: addresses are those of that process. */
struct dwarf *akti_dwarf_open_modules(const struct dwarf_module *modules, size_t count);
/* The frames of an address of the process; their count, 0: DWARF does not know it. */
int akti_dwarf_frames(struct dwarf *dwarf, uint64_t pc, symbol_frame_fn fn, void *arg);
void akti_dwarf_close(struct dwarf *dwarf);

/* The symbol table of one ELF file, read when first asked. */
struct elf_symbols;
struct elf_symbols *akti_elf_open(const char *path);
/* The function symbol that covers an ELF address; NULL: none. */
const char *akti_elf_name(const struct elf_symbols *symbols, uint64_t address);
/* Its build id in hexadecimal; false: it has none, or a longer one than fits. */
bool akti_elf_build_id(const struct elf_symbols *symbols, char *ret_hex, size_t size_bytes);
/* The function symbols in the order of their addresses, by place; false: no more. A symbol without a
 * size reaches to the next. */
struct elf_symbol {
	uint64_t address;
	uint64_t size_bytes;
	const char *name;
};
bool akti_elf_symbol(const struct elf_symbols *symbols, size_t place,
		     struct elf_symbol *ret_symbol);
void akti_elf_close(struct elf_symbols *symbols);

/* Where an address of a mapping lies in the file: by the program header that its place in the file
 * falls under. A mapping that starts at 0 has the file's own addresses. */
uint64_t akti_elf_address(const struct elf_symbols *symbols, const struct profile_mapping *mapping,
			  uint64_t address);

/* How much of a C++ name is kept. */
enum demangle {
	DEMANGLE_SHORT = 0,     /* no parameters, no template arguments, no return type */
	DEMANGLE_TEMPLATES = 1, /* with template arguments */
	DEMANGLE_FULL = 2,
};

/* The readable form of a C++ name, when a C++ runtime is in the process (or, with load, installed);
 * false: leave the name as it is. A longer one is cut. */
bool akti_demangle(const char *mangled, enum demangle how, bool load, char *ret_name,
		   size_t size_bytes);

#endif
