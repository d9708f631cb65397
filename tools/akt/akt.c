/* SPDX-License-Identifier: MIT */
/*
 * akt: the front command. `akt bench ...` becomes the program akt-bench, as git does it: each
 * subcommand is a program of its own, found beside this one (a build tree) or in the libexec
 * directory of the same prefix (an installation, wherever it was moved to).
 *
 * Exit status: the subcommand's; 2 for a command that does not exist, 127 for one whose program is
 * not installed.
 */
#include <akt/export.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF(x) #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)
#define VERSION_TEXT_OF_HEADERS                                                                    \
	VERSION_TEXT(AKT_VERSION_MAJOR, AKT_VERSION_MINOR, AKT_VERSION_PATCH)

enum exit_status {
	EXIT_USAGE = 2,
	EXIT_MISSING = 127,
};

static const struct command {
	const char *name;
	const char *summary;
} commands[] = {
	{ "bench", "run benchmarks, as go test -bench does" },
	{ "crash", "say what a crash record holds" },
	{ "demo", "run a small program of actors and watch it" },
	{ "pprof", "look into a profile: top, list, diff, leaks, messages, html, http" },
	{ "top", "watch the actors of a running system" },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* Where a subcommand's program may lie, relative to the directory of this one; absolute last. */
static const char *const program_dirs[] = {
	".",          AKT_LIBEXEC_RELATIVE, "tools/bench", "tools/crash",
	"tools/demo", "tools/pprof",        "tools/top",   AKT_LIBEXEC,
};
#define PROGRAM_DIR_COUNT (sizeof(program_dirs) / sizeof(program_dirs[0]))

static void print_commands(FILE *out)
{
	fprintf(out, "commands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "  %-9s %s\n", "version", "print the version");
	fprintf(out, "  %-9s %s\n", "help", "print this, or a command's own help: akt help bench");
}

static void print_usage(FILE *out)
{
	fprintf(out, "usage: akt COMMAND [ARGUMENTS]\n\n");
	print_commands(out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The directory of this program, without a final slash. */
static bool own_directory(char dir[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	if (length <= 0)
		return false;
	dir[length] = '\0';
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* Become the program of a command. Returns only when there is none, with the exit status. */
static int become(const char *command, char **argv)
{
	char dir[PATH_MAX] = "";
	char path[2 * PATH_MAX];
	bool have_dir = own_directory(dir);

	for (size_t i = 0; i < PROGRAM_DIR_COUNT; i++) {
		bool absolute = program_dirs[i][0] == '/';

		if (!absolute && !have_dir)
			continue;
		(void)snprintf(path, sizeof(path), "%s%s%s/akt-%s", absolute ? "" : dir,
			       absolute ? "" : "/", program_dirs[i], command);
		if (access(path, X_OK) != 0)
			continue;
		argv[0] = path; /* tools call themselves by it */
		execv(path, argv);
		fprintf(stderr, "akt: %s: %s\n", path, strerror(errno));
		return EXIT_MISSING;
	}
	fprintf(stderr, "akt: %s: the program akt-%s is neither beside %s/akt nor in %s\n", command,
		command, dir, AKT_LIBEXEC);
	return EXIT_MISSING;
}

static int run_help(const char *about)
{
	char name[] = "akt";
	char flag[] = "-help";
	char *argv[] = { name, flag, NULL };
	const struct command *command;

	if (about == NULL) {
		print_usage(stdout);
		return 0;
	}
	command = find_command(about);
	if (command != NULL)
		return become(command->name, argv);
	fprintf(stderr, "akt: no such command: %s\n", about);
	print_commands(stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *command;

	if (name == NULL) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "version") == 0 || strcmp(name, "-version") == 0 ||
	    strcmp(name, "--version") == 0) {
		printf("akt " VERSION_TEXT_OF_HEADERS "\n");
		return 0;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "-help") == 0 ||
	    strcmp(name, "--help") == 0)
		return run_help(argc > 2 ? argv[2] : NULL);
	command = find_command(name);
	if (command != NULL)
		return become(command->name, argv + 1);
	fprintf(stderr, "akt: no such command: %s\n", name);
	print_commands(stderr);
	return EXIT_USAGE;
}
