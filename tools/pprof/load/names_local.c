/* SPDX-License-Identifier: MIT */
/* The programs on this host. A mapping at a time, so that the debug information of one is in memory. */
#include "pprof/load/binaries.h"
#include "pprof/load/names.h"
#include "pprof/ground/path.h"
#include "profile/namer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct local {
	struct profile *profile;
	struct namer namer;
	bool fast;
	bool force;
	bool is_missing; /* some file is */
	uint32_t *order; /* locations by mapping */
	uint32_t *first; /* of a mapping in order; one more at the end */
};

static void sort_locations(struct local *local)
{
	const struct profile *p = local->profile;
	uint32_t *next;

	local->first = take_zeroed((size_t)p->mapping_count + 1, sizeof(*local->first));
	local->order = take(p->location_count, sizeof(*local->order));
	next = take((size_t)p->mapping_count + 1, sizeof(*next));
	for (uint32_t i = 0; i < p->location_count; i++)
		if (p->locations[i].mapping != PROFILE_NONE)
			local->first[p->locations[i].mapping + 1]++;
	for (uint32_t m = 0; m < p->mapping_count; m++)
		local->first[m + 1] += local->first[m];
	memcpy(next, local->first, ((size_t)p->mapping_count + 1) * sizeof(*next));
	for (uint32_t i = 0; i < p->location_count; i++)
		if (p->locations[i].mapping != PROFILE_NONE)
			local->order[next[p->locations[i].mapping]++] = i;
	free(next);
}

static bool is_wanted(const struct local *local, uint32_t location)
{
	return local->force || local->profile->locations[location].line_count == 0;
}

/* What is no file of code. */
static bool has_no_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;

	return base[0] == '[' || strncmp(base, "linux-vdso", 10) == 0 ||
	       strncmp(file, "/dev/dri/", 9) == 0 || strcmp(file, "//anon") == 0 ||
	       strncmp(file, "/memfd:", 7) == 0;
}

/* Whether this mapping is to be named at all. */
static bool has_work(struct local *local, uint32_t at)
{
	const struct profile_mapping *m = &local->profile->mappings[at];
	const char *file = akti_profile_bytes(local->profile, m->file);
	bool wanted = false;

	for (uint32_t i = local->first[at]; !wanted && i < local->first[at + 1]; i++)
		wanted = is_wanted(local, local->order[i]);
	if (!wanted ||
	    (!local->force && (m->has_functions || m->has_filenames || m->has_line_numbers)))
		return false;
	if (file[0] == '\0') {
		if (at == 0)
			fputs("Main binary filename not available.\n", stderr);
		else
			local->is_missing = true;
		return false;
	}
	return !has_no_file(file) && (m->build_id != 0 || strncasecmp(file, "http", 4) != 0);
}

static void tell(const struct local *local, uint32_t at, const char *reason)
{
	const struct profile_mapping *m = &local->profile->mappings[at];
	char *base = path_base(akti_profile_bytes(local->profile, m->file));

	fprintf(stderr, "Local symbolization failed for %s", base);
	if (m->build_id != 0)
		fprintf(stderr, " (build ID %s)", akti_profile_bytes(local->profile, m->build_id));
	fprintf(stderr, ": %s\n", reason);
	free(base);
}

static void tell_unopened(struct local *local, uint32_t at, const char *path)
{
	struct stat status;
	int error = stat(path, &status) != 0 ? errno : 0;
	char *what = take_text(error != 0 ? strerror(error) : "unrecognized object file");
	char *reason;

	what[0] = (char)tolower((unsigned char)what[0]);
	reason = take_printf("open %s: %s", path, what);
	tell(local, at, reason);
	free(reason);
	free(what);
}

/* NULL when it is not there, no program, or another build: told. */
static struct elf_symbols *open_file(struct local *local, uint32_t at)
{
	const struct profile_mapping *m = &local->profile->mappings[at];
	const char *path = akti_profile_bytes(local->profile, m->file);
	const char *wanted = akti_profile_bytes(local->profile, m->build_id);
	struct elf_symbols *symbols = NULL;
	char own[256] = "";

	if (binaries_is_elf(path))
		symbols = akti_elf_open(path);
	if (symbols == NULL) {
		tell_unopened(local, at, path);
		local->is_missing = true;
		return NULL;
	}
	(void)akti_elf_build_id(symbols, own, sizeof(own));
	if (wanted[0] != '\0' && own[0] != '\0' && strcmp(wanted, own) != 0) {
		tell(local, at, "build ID mismatch");
		akti_elf_close(symbols);
		symbols = NULL;
	}
	return symbols;
}

static void name_location(struct local *local, uint32_t at, const struct elf_symbols *symbols,
			  struct dwarf *dwarf)
{
	struct profile *p = local->profile;
	struct profile_mapping *m = &p->mappings[local->namer.mapping];
	uint64_t address = akti_elf_address(symbols, m, p->locations[at].address);
	struct symbol_frame frame = { 0 };
	uint32_t line_first = p->line_count;

	if (dwarf != NULL && akti_dwarf_frames(dwarf, address, akti_namer_add, &local->namer) > 0) {
		m->has_inline_frames = true;
	} else {
		frame.name = akti_elf_name(symbols, address);
		if (frame.name == NULL)
			return;
		akti_namer_add(&local->namer, &frame);
	}
	if (p->error != 0)
		out_of_memory();
	p->locations[at].line_first = line_first;
	p->locations[at].line_count = p->line_count - line_first;
	p->locations[at].is_folded = false;
}

static void name_mapping(struct local *local, uint32_t at)
{
	struct elf_symbols *symbols = open_file(local, at);
	struct dwarf_module module = {
		.path = akti_profile_bytes(local->profile, local->profile->mappings[at].file)
	};
	struct dwarf *dwarf;

	if (symbols == NULL)
		return;
	dwarf = local->fast ? NULL : akti_dwarf_open_modules(&module, 1);
	local->namer.mapping = at;
	for (uint32_t i = local->first[at]; i < local->first[at + 1]; i++)
		if (is_wanted(local, local->order[i]))
			name_location(local, local->order[i], symbols, dwarf);
	akti_dwarf_close(dwarf);
	akti_elf_close(symbols);
}

void names_local(struct profile *profile, bool fast, bool force)
{
	struct local local = { .profile = profile, .fast = fast, .force = force };

	local.namer = (struct namer){ .profile = profile, .keeps_linkage = true };
	sort_locations(&local);
	for (uint32_t at = 0; at < profile->mapping_count && at < NAMES_MAPPINGS_MAX; at++)
		if (has_work(&local, at))
			name_mapping(&local, at);
	if (local.is_missing)
		fputs("Some binary filenames not available. Symbolization may be incomplete.\n"
		      "Try setting PPROF_BINARY_PATH to the search path for local binaries.\n",
		      stderr);
	akti_namer_fini(&local.namer);
	free(local.order);
	free(local.first);
}
