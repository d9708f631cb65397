/* SPDX-License-Identifier: MIT */
#include "pprof/load/binaries.h"
#include "pprof/load/names.h"
#include "pprof/ground/path.h"
#include "profile/symbolize.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool binaries_is_elf(const char *path)
{
	struct stat status;
	char magic[4] = "";
	bool is_elf;
	int fd;

	/* A pipe would be waited for, a device might act. */
	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is_elf = read(fd, magic, sizeof(magic)) == sizeof(magic) &&
		 memcmp(magic, "\177ELF", sizeof(magic)) == 0;
	close(fd);
	return is_elf;
}

/* Whether a file is the mapping's. Another build of it is told. */
static bool is_right(const char *path, const char *build_id)
{
	struct elf_symbols *symbols;
	char own[256] = "";
	bool ok;

	if (!binaries_is_elf(path))
		return false;
	symbols = akti_elf_open(path);
	if (symbols == NULL)
		return false;
	(void)akti_elf_build_id(symbols, own, sizeof(own));
	akti_elf_close(symbols);
	ok = build_id[0] == '\0' || strcmp(build_id, own) == 0;
	if (!ok)
		fprintf(stderr, "Ignoring local file %s: build-id mismatch (%s != %s)\n", path,
			build_id, own);
	return ok;
}

/* Parts joined by slashes, cleaned, if that is the file. Takes the text. */
static char *try_path(char *joined, const char *build_id)
{
	char *path = path_clean(joined);

	free(joined);
	if (is_right(path, build_id))
		return path;
	free(path);
	return NULL;
}

/* Any file in the directory of the build id. */
static char *try_directory(const char *directory, const char *build_id)
{
	char *pattern = take_printf("%s/%s/*", directory, build_id);
	char *found = NULL;
	glob_t files;

	if (glob(pattern, 0, NULL, &files) == 0) {
		for (size_t i = 0; found == NULL && i < files.gl_pathc; i++)
			found = try_path(take_text(files.gl_pathv[i]), build_id);
		globfree(&files);
	}
	free(pattern);
	return found;
}

static char *find_by_build_id(const char *directory, const char *file, const char *base,
			      const char *build_id)
{
	char *found;

	/* No program has another one, and it must not search the disk as a pattern. */
	if (build_id[strspn(build_id, "0123456789abcdef")] != '\0')
		return NULL;
	found = try_path(take_printf("%s/%s/%s", directory, build_id, base), build_id);
	if (found == NULL)
		found = try_directory(directory, build_id);
	if (found == NULL)
		found = try_path(take_printf("%s/%s/%s", directory, file, build_id), build_id);
	if (found == NULL && strlen(build_id) > 2)
		found = try_path(take_printf("%s/%.2s/%s.debug", directory, build_id, build_id + 2),
				 build_id);
	return found;
}

static char *find_by_name(const char *directory, const char *file, const char *base,
			  const char *build_id)
{
	const char *slash = strrchr(file, '/');
	int size = slash != NULL ? (int)(slash - file) : 0;
	char *found = try_path(take_printf("%s/%s", directory, base), build_id);

	if (found == NULL)
		found = try_path(take_printf("%s/%s", directory, file), build_id);
	if (found == NULL)
		found = try_path(take_printf("%s/%s.debug", directory, file), build_id);
	if (found == NULL)
		found = try_path(take_printf("%s/%.*s/.debug/%s.debug", directory, size, file,
					     base),
				 build_id);
	if (found == NULL)
		found = try_path(take_printf("%s/usr/lib/debug/%.*s/%s.debug", directory, size,
					     file, base),
				 build_id);
	return found;
}

static char *find_file(const char *search, const char *file, const char *build_id)
{
	char *base = file[0] != '\0' ? path_base(file) : take_text("");
	char *found = NULL;

	while (found == NULL && *search != '\0') {
		size_t size = strcspn(search, ":");
		char *directory = take_printf("%.*s", (int)size, search);

		if (build_id[0] != '\0')
			found = find_by_build_id(directory, file, base, build_id);
		if (found == NULL && file[0] != '\0')
			found = find_by_name(directory, file, base, build_id);
		free(directory);
		search += size + (search[size] == ':');
	}
	free(base);
	return found;
}

static void override_first(struct profile *p, const struct sources *sources)
{
	struct profile_mapping *first;

	if (p->mapping_count == 0) {
		akti_profile_add_mapping(p, (struct profile_mapping){ .id = 1 });
		for (uint32_t i = 0; i < p->location_count; i++)
			p->locations[i].mapping = 0;
	}
	first = &p->mappings[0];
	if (sources->program != NULL)
		first->file = akti_profile_text(p, sources->program);
	if (sources->build_id != NULL && first->build_id == 0)
		first->build_id = akti_profile_text(p, sources->build_id);
}

void binaries_locate(struct profile *p, const struct sources *sources)
{
	const char *path = getenv("PPROF_BINARY_PATH"), *home = getenv("HOME");
	char *search = path != NULL && path[0] != '\0'
			       ? take_text(path)
			       : take_printf("%s/pprof/binaries", home != NULL ? home : "");

	for (uint32_t i = 0; i < p->mapping_count && i < NAMES_MAPPINGS_MAX; i++) {
		struct profile_mapping *m = &p->mappings[i];
		char *found = find_file(search, akti_profile_bytes(p, m->file),
					akti_profile_bytes(p, m->build_id));

		if (found != NULL)
			m->file = akti_profile_text(p, found);
		free(found);
	}
	free(search);
	override_first(p, sources);
	if (p->error != 0)
		out_of_memory();
}
