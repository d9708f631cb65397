/* SPDX-License-Identifier: MIT */
/* target: see target.h. Proved by tests/system/bench_runner.sh. */
#include "target.h"

#include "table.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int out_of_memory(char error[BENCH_ERROR_MAX])
{
	(void)snprintf(error, BENCH_ERROR_MAX, "out of memory");
	return -1;
}

static int add(struct bench_targets *targets, const char *package, size_t package_length,
	       const akt_benchmark *table, char error[BENCH_ERROR_MAX])
{
	struct bench_target *grown =
		realloc(targets->list, (targets->count + 1) * sizeof(*targets->list));

	if (grown == NULL)
		return out_of_memory(error);
	targets->list = grown;
	grown += targets->count;
	grown->package = strndup(package, package_length);
	grown->table = table;
	if (grown->package == NULL)
		return out_of_memory(error);
	targets->count++;
	return 0;
}

static bool is_object(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && strcmp(name + length - 3, ".so") == 0;
}

static int add_object(struct bench_targets *targets, const char *path, char error[BENCH_ERROR_MAX])
{
	char whole[PATH_MAX];
	void *object;
	const akt_benchmark *table;

	if (realpath(path, whole) == NULL) {
		(void)snprintf(error, BENCH_ERROR_MAX, "%s: %s", path, strerror(errno));
		return -1;
	}
	object = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL) {
		(void)snprintf(error, BENCH_ERROR_MAX, "%s", dlerror());
		return -1;
	}
	table = dlsym(object, "akt_benchmarks");
	if (table == NULL) {
		(void)snprintf(error, BENCH_ERROR_MAX,
			       "%s: no akt_benchmarks in it; see AKT_BENCHMARKS in <akt/bench.h>",
			       path);
		return -1;
	}
	return add(targets, path, strlen(path) - (is_object(path) ? 3 : 0), table, error);
}

static int only_objects(const struct dirent *entry)
{
	return is_object(entry->d_name);
}

static int add_directory(struct bench_targets *targets, const char *path,
			 char error[BENCH_ERROR_MAX])
{
	struct dirent **entries;
	int count = scandir(path, &entries, only_objects, alphasort);
	int r = 0;

	if (count < 0) {
		(void)snprintf(error, BENCH_ERROR_MAX, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (count == 0)
		r = add(targets, BENCH_BUILT_IN, strlen(BENCH_BUILT_IN), bench_table, error);
	for (int i = 0; i < count; i++) {
		char whole[PATH_MAX];

		(void)snprintf(whole, sizeof(whole), "%s/%s", path, entries[i]->d_name);
		if (r == 0)
			r = add_object(targets, whole, error);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int add_path(struct bench_targets *targets, const char *path, char error[BENCH_ERROR_MAX])
{
	struct stat status;

	if (strcmp(path, "./bench") == 0)
		return add(targets, BENCH_BUILT_IN, strlen(BENCH_BUILT_IN), bench_table, error);
	if (stat(path, &status) != 0) {
		(void)snprintf(error, BENCH_ERROR_MAX, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (S_ISDIR(status.st_mode))
		return add_directory(targets, path, error);
	return add_object(targets, path, error);
}

int bench_targets_load(struct bench_targets *ret_targets, char **paths, size_t path_count,
		       char error[BENCH_ERROR_MAX])
{
	struct bench_targets targets = { NULL, 0 };
	int r = 0;

	if (path_count == 0)
		r = add_path(&targets, "./bench", error);
	for (size_t i = 0; i < path_count && r == 0; i++)
		r = add_path(&targets, paths[i], error);
	if (r < 0) {
		bench_targets_free(&targets);
		return -1;
	}
	*ret_targets = targets;
	return 0;
}

void bench_targets_free(struct bench_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->list[i].package);
	free(targets->list);
}
