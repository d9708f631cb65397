/* SPDX-License-Identifier: MIT */
/*
 * Naming the addresses of this process. Addresses and mappings are rebased to those of the ELF
 * files, so that profiles of two runs agree and a disassembler finds its place.
 */
#include "profile/namer.h"

#include <akt/error.h>
#include <elf.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULES_MAX 512u
#define PAGE UINT64_C(4096)
#define BUILD_ID_BYTES_MAX 64u

struct module {
	char path[PATH_MAX];
	uint64_t bias;
	uint64_t start, limit, offset; /* of the code, in the ELF file's addresses */
	char build_id[2 * BUILD_ID_BYTES_MAX + 1];
	uint32_t mapping; /* or PROFILE_NONE: no sample there yet */
	struct elf_symbols *symbols;
	bool symbols_tried;
};

struct symbolizer {
	struct profile *profile;
	struct module *modules;
	uint32_t module_count;
	struct dwarf *dwarf;
	struct namer namer;
	bool raw; /* no names */
};

static void read_build_id(struct module *module, const uint8_t *note, size_t size_bytes)
{
	while (size_bytes >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) head;
		size_t name_size, desc_size;

		memcpy(&head, note, sizeof(head));
		name_size = akti_round_up(head.n_namesz, 4);
		desc_size = akti_round_up(head.n_descsz, 4);
		if (size_bytes - sizeof(head) < name_size + desc_size)
			return;
		note += sizeof(head);
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp(note, "GNU", 4) == 0 && head.n_descsz <= BUILD_ID_BYTES_MAX) {
			for (uint32_t i = 0; i < head.n_descsz; i++)
				snprintf(&module->build_id[2 * (size_t)i], 3, "%02x",
					 note[name_size + i]);
			return;
		}
		note += name_size + desc_size;
		size_bytes -= sizeof(head) + name_size + desc_size;
	}
}

/* The loader frees its names under a lock of its own that ThreadSanitizer does not know of. */
AKTI_RAW static void copy_name(char *to, size_t size, const char *name)
{
	const volatile char *from = name;
	size_t i = 0;

	for (; i + 1 < size && from[i] != '\0'; i++)
		to[i] = from[i];
	to[i] = '\0';
}

static void name_module(struct module *module, const char *name, bool is_main)
{
	ssize_t n;

	copy_name(module->path, sizeof(module->path), name != NULL ? name : "");
	if (strstr(module->path, "linux-vdso") != NULL)
		copy_name(module->path, sizeof(module->path), "[vdso]");
	if (is_main && module->path[0] == '\0') {
		n = readlink("/proc/self/exe", module->path, sizeof(module->path) - 1);
		module->path[n >= 0 ? n : 0] = '\0';
	}
}

static int add_module(struct dl_phdr_info *info, size_t size_bytes, void *arg)
{
	struct symbolizer *s = arg;
	struct module *module = &s->modules[s->module_count];
	bool has_code = false;

	(void)size_bytes;
	if (s->module_count == MODULES_MAX)
		return 1;
	*module = (struct module){ .bias = info->dlpi_addr, .mapping = PROFILE_NONE };
	name_module(module, info->dlpi_name, s->module_count == 0);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_NOTE && module->build_id[0] == '\0')
			read_build_id(module, (const uint8_t *)(info->dlpi_addr + ph->p_vaddr),
				      ph->p_memsz);
		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_X) == 0)
			continue;
		if (!has_code) {
			module->start = ph->p_vaddr & ~(PAGE - 1);
			module->offset = ph->p_offset & ~(PAGE - 1);
		}
		module->limit = (ph->p_vaddr + ph->p_memsz + PAGE - 1) & ~(PAGE - 1);
		has_code = true;
	}
	if (has_code)
		s->module_count++;
	return 0;
}

static struct module *find_module(struct symbolizer *s, uint64_t pc)
{
	for (uint32_t i = 0; i < s->module_count; i++)
		if (pc - s->modules[i].bias >= s->modules[i].start &&
		    pc - s->modules[i].bias < s->modules[i].limit)
			return &s->modules[i];
	return NULL;
}

static uint32_t use_mapping(struct symbolizer *s, struct module *module)
{
	if (module->mapping == PROFILE_NONE)
		module->mapping = akti_profile_add_mapping(
			s->profile,
			(struct profile_mapping){
				.start = module->start,
				.limit = module->limit,
				.offset = module->offset,
				.file = akti_profile_text(s->profile, module->path),
				.build_id = akti_profile_text(s->profile, module->build_id),
				.has_functions = !s->raw,
			});
	return module->mapping;
}

static void add_symbol(struct symbolizer *s, struct module *module, uint64_t address)
{
	char place[PATH_MAX + 32];
	struct symbol_frame frame = { 0 };
	const char *base = strrchr(module->path, '/');

	if (!module->symbols_tried) {
		module->symbols_tried = true;
		module->symbols = akti_elf_open(module->path);
	}
	if (module->symbols != NULL)
		frame.name = akti_elf_name(module->symbols, address);
	if (frame.name == NULL) {
		base = base != NULL ? base + 1 : module->path;
		snprintf(place, sizeof(place), base[0] == '[' ? "%s+0x%" PRIx64 : "[%s]+0x%" PRIx64,
			 base, address);
		frame.name = place;
	}
	akti_namer_add(&s->namer, &frame);
}

static bool add_inlined(struct symbolizer *s, uint64_t pc)
{
	if (s->dwarf == NULL || akti_dwarf_frames(s->dwarf, pc, akti_namer_add, &s->namer) == 0)
		return false;
	if (s->profile->error == 0)
		s->profile->mappings[s->namer.mapping].has_inline_frames = true;
	return true;
}

static void name_location(struct symbolizer *s, uint32_t at)
{
	struct profile *p = s->profile;
	uint64_t pc = p->locations[at].address;
	struct module *module = find_module(s, pc);
	uint32_t line_first = p->line_count;

	s->namer.mapping = PROFILE_NONE;
	if (module != NULL) {
		p->locations[at].mapping = s->namer.mapping = use_mapping(s, module);
		p->locations[at].address = pc - module->bias;
	}
	if (s->raw || p->error != 0)
		return;
	if (module == NULL)
		akti_namer_add(&s->namer, &(struct symbol_frame){ .name = "[unknown]" });
	else if (!add_inlined(s, pc))
		add_symbol(s, module, pc - module->bias);
	p->locations[at].line_first = line_first;
	p->locations[at].line_count = p->line_count - line_first;
}

static int place_addresses(struct profile *profile, bool raw)
{
	struct symbolizer s = { .profile = profile, .namer = { .profile = profile }, .raw = raw };

	if (profile->error != 0)
		return profile->error;
	s.modules = calloc(MODULES_MAX, sizeof(*s.modules));
	if (s.modules == NULL)
		return AKT_ERR_NOMEM;
	dl_iterate_phdr(add_module, &s);
	s.dwarf = raw ? NULL : akti_dwarf_open();
	/* The program comes first: readers take mapping 1 for it. */
	if (s.module_count > 0)
		use_mapping(&s, &s.modules[0]);
	for (uint32_t i = 0; i < profile->location_count && profile->error == 0; i++)
		if (profile->locations[i].line_count == 0)
			name_location(&s, i);
	akti_dwarf_close(s.dwarf);
	for (uint32_t i = 0; i < s.module_count; i++)
		akti_elf_close(s.modules[i].symbols);
	akti_namer_fini(&s.namer);
	free(s.modules);
	return profile->error;
}

int akti_profile_symbolize(struct profile *profile)
{
	return place_addresses(profile, false);
}

int akti_profile_map(struct profile *profile)
{
	return place_addresses(profile, true);
}
