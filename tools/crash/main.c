/* SPDX-License-Identifier: MIT */
/*
 * akt crash: what a crash record says. It links the profile's symbolizer and no runtime, so the record
 * of a program that is long dead, or of another machine, is read as well.
 *
 * Exit status: 0 for a record that was read, cut short or not; 1 for a file that is none; 2 for
 * wrong use.
 */
#include "crash/report.h"

#include <akt/error.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX ((size_t)256 * 1024 * 1024)

enum exit_status { EXIT_UNREADABLE = 1, EXIT_USAGE = 2 };

struct options {
	const char *file;
	const char *exe;
	const char *cpu; /* where the profiles go; NULL: nowhere */
	const char *memory;
	bool json;
	bool all;
};

static void print_usage(FILE *out)
{
	fputs("usage: akt crash [-json] [-all] [-exe=PROGRAM] [-cpu=PROFILE] [-mem=PROFILE] "
	      "FILE\n\n"
	      "Says what the crash record FILE holds; - is standard input.\n\n"
	      "  -all           all events, not the last 32\n"
	      "  -cpu=PROFILE   write the CPU samples of the last minute as a profile, for akt "
	      "pprof\n"
	      "  -exe=PROGRAM   the program's file, if it is not where it was\n"
	      "  -json          one JSON object\n",
	      out);
}

/* False: wrong use, which has been said. */
static bool read_options(int argc, char **argv, struct options *options)
{
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];

		if (arg[0] == '-' && arg[1] == '-')
			arg++;
		if (strcmp(arg, "-json") == 0) {
			options->json = true;
		} else if (strcmp(arg, "-all") == 0) {
			options->all = true;
		} else if (strncmp(arg, "-exe=", 5) == 0) {
			options->exe = arg + 5;
		} else if (strncmp(arg, "-cpu=", 5) == 0) {
			options->cpu = arg + 5;
		} else if (strncmp(arg, "-mem=", 5) == 0) {
			options->memory = arg + 5;
		} else if (arg[0] == '-' && arg[1] != '\0') {
			fprintf(stderr, "akt crash: no such option: %s\n", argv[i]);
			return false;
		} else if (options->file != NULL) {
			fprintf(stderr, "akt crash: one file at a time\n");
			return false;
		} else {
			options->file = argv[i];
		}
	}
	if (options->file == NULL)
		fprintf(stderr, "akt crash: which file?\n");
	return options->file != NULL;
}

/* All bytes of a file; NULL: why is set. */
static char *read_file(FILE *file, size_t *ret_count, const char **ret_why)
{
	size_t room = 65536, count = 0, n;
	char *bytes = malloc(room);

	while (bytes != NULL && (n = fread(bytes + count, 1, room - count, file)) > 0) {
		count += n;
		if (count == room) {
			char *more = room < RECORD_BYTES_MAX ? realloc(bytes, 2 * room) : NULL;

			if (more == NULL)
				free(bytes);
			bytes = more;
			room *= 2;
		}
	}
	*ret_why = bytes == NULL ? "it is larger than 256 MB, or memory is out" : strerror(errno);
	if (bytes != NULL && ferror(file)) {
		free(bytes);
		return NULL;
	}
	*ret_count = count;
	return bytes;
}

static int write_profile(const struct options *options, const struct crash *crash,
			 struct names *names, bool memory)
{
	const char *path = memory ? options->memory : options->cpu;
	int r = path != NULL ? report_profile(path, crash, names, memory) : 0;

	if (r < 0)
		fprintf(stderr, "akt crash: %s: %s\n", r == AKT_ERR_IO ? path : options->file,
			r != AKT_ERR_NOTFOUND ? akt_strerror(r)
			: memory              ? "no samples of memory are in it"
					      : "no CPU samples are in it");
	return r < 0 ? EXIT_UNREADABLE : 0;
}

static int report(const struct options *options, const char *bytes, size_t count)
{
	const char *why = "";
	struct crash crash;
	struct names *names;
	int status = 0;

	if (crash_parse(bytes, count, &crash, &why) < 0) {
		fprintf(stderr, "akt crash: %s: %s\n", options->file, why);
		return EXIT_UNREADABLE;
	}
	names = names_open(&crash, options->exe);
	if (options->cpu != NULL || options->memory != NULL) {
		status = write_profile(options, &crash, names, false);
		if (status == 0)
			status = write_profile(options, &crash, names, true);
	} else if (options->json)
		report_json(stdout, &crash, names);
	else
		report_text(stdout, &crash, names, options->all);
	names_close(names);
	crash_free(&crash);
	return fflush(stdout) == 0 ? status : EXIT_UNREADABLE;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	const char *why = NULL;
	size_t count = 0;
	char *bytes;
	FILE *file;
	int status;

	if (argc > 1 && (strcmp(argv[1], "-help") == 0 || strcmp(argv[1], "--help") == 0 ||
			 strcmp(argv[1], "-h") == 0)) {
		print_usage(stdout);
		return 0;
	}
	if (!read_options(argc, argv, &options)) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	file = strcmp(options.file, "-") == 0 ? stdin : fopen(options.file, "rb");
	errno = file == NULL ? errno : 0;
	bytes = file == NULL ? NULL : read_file(file, &count, &why);
	if (bytes == NULL) {
		fprintf(stderr, "akt crash: %s: %s\n", options.file,
			why != NULL ? why : strerror(errno));
		return EXIT_UNREADABLE;
	}
	status = report(&options, bytes, count);
	free(bytes);
	if (file != stdin)
		fclose(file);
	return status;
}
