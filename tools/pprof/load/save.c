/* SPDX-License-Identifier: MIT */
#include "pprof/load/save.h"
#include "pprof/ground/path.h"

#include <akt/error.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int save_open_numbered(const char *prefix, const char *suffix, char **ret_path)
{
	for (int i = 1; i < SAVE_NUMBERS_MAX; i++) {
		char *path = take_printf("%s%03d.%s", prefix, i, suffix);
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0 || errno != EEXIST) {
			*ret_path = path;
			return fd;
		}
		free(path);
	}
	*ret_path = take_printf("%s%03d.%s", prefix, 1, suffix);
	errno = EEXIST;
	return -1;
}

/* A directory and those above it, as far as they are missing. */
static bool make_directories(char *path)
{
	struct stat status;

	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	if (mkdir(path, 0755) == 0)
		return true;
	return errno == EEXIST && stat(path, &status) == 0 &&
	       (S_ISDIR(status.st_mode) || (errno = ENOTDIR, false));
}

/* Where fetched profiles go; NULL: nowhere. */
static char *find_directory(void)
{
	const char *own = getenv("PPROF_TMPDIR"), *home = getenv("HOME"), *temp = getenv("TMPDIR");
	char *directories[] = {
		own != NULL && own[0] != '\0' ? take_text(own) : NULL,
		home != NULL && home[0] != '\0' ? take_printf("%s/pprof", home) : NULL,
		take_text(temp != NULL && temp[0] != '\0' ? temp : "/tmp"),
	};
	char *found = NULL;

	for (size_t i = 0; i < AKTI_COUNT_OF(directories); i++) {
		if (found == NULL && directories[i] != NULL && make_directories(directories[i])) {
			found = directories[i];
			continue;
		}
		if (found == NULL && directories[i] != NULL)
			fprintf(stderr, "Could not use temp dir %s: %s\n", directories[i],
				strerror(errno));
		free(directories[i]);
	}
	return found;
}

/* Texts of a profile came over the network: no other directory, no control characters. */
static void add_word(struct buffer *name, const char *word)
{
	size_t begin = name->size;

	buffer_printf(name, "%s.", word);
	for (size_t i = begin; i < name->size; i++)
		if (name->at[i] == '/' || (unsigned char)name->at[i] < ' ')
			name->at[i] = '_';
}

void save_profile(struct profile *profile)
{
	char *directory = find_directory();
	struct buffer prefix = { 0 };
	char *path, *base;
	int fd, r;

	if (directory == NULL)
		return;
	buffer_printf(&prefix, "%s/pprof.", directory);
	if (profile->mapping_count > 0 && profile->mappings[0].file != 0) {
		base = path_base(akti_profile_bytes(profile, profile->mappings[0].file));
		add_word(&prefix, base);
		free(base);
	}
	for (uint32_t i = 0; i < profile->type_count; i++)
		add_word(&prefix, akti_profile_bytes(profile, profile->types[i].type));
	/* The number comes right behind the last dot, its own in front of the suffix. */
	fd = save_open_numbered(prefix.at, "pb.gz", &path);
	if (fd < 0) {
		fprintf(stderr, "Could not save profile: %s: %s\n", path, strerror(errno));
	} else {
		close(fd);
		r = akti_profile_write(profile, path);
		if (r < 0)
			fprintf(stderr, "Could not save profile: %s: %s\n", path, akt_strerror(r));
		else
			fprintf(stderr, "Saved profile in %s\n", path);
	}
	free(path);
	free(directory);
	buffer_fini(&prefix);
}
