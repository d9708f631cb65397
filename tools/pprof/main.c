/* SPDX-License-Identifier: MIT */
/*
 * akt pprof: reads profiles as `go tool pprof` does and answers in the same words, without Go.
 *
 * The command line is read (args), the profile loaded and made readable (load), then one command is
 * run, or many from the prompt (command, run): filters, totals, graph, report. Each report is one
 * file. Text output agrees with pprof to the byte; tests/pprof/agree.sh holds it to that.
 */
#include "pprof/args.h"
#include "pprof/prompt.h"
#include "pprof/symbolize_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_status {
	EXIT_ANSWERED = 0,
	EXIT_REFUSED = 2,
};

static int refuse(const struct buffer *error)
{
	fprintf(stderr, "akt pprof: %s\n", buffer_string(error));
	return EXIT_REFUSED;
}

static int answer(struct args *args, struct buffer *error)
{
	struct profile *profile = load_profile(&args->sources, error);
	int status = EXIT_ANSWERED;

	if (profile == NULL)
		return refuse(error);
	if (args->command == NULL) {
		status = prompt_run(profile, &args->options);
		akti_profile_destroy(profile);
	} else if (!command_run(args->command, args->parameter, profile, &args->options, false,
				error)) {
		status = refuse(error);
	}
	return status;
}

static int help(void)
{
	struct buffer text = { 0 };

	args_print_usage(&text);
	fputs(buffer_string(&text), stdout);
	buffer_fini(&text);
	return EXIT_ANSWERED;
}

int main(int argc, char **argv)
{
	bool symbolizes = argc > 1 && strcmp(argv[1], "symbolize") == 0;
	struct buffer error = { 0 };
	struct args args;
	int status;

	if (!args_read(&args, argc - symbolizes, argv + symbolizes, &error))
		status = refuse(&error);
	else if (args.wants_help)
		status = help();
	else if (symbolizes)
		status = symbolize_command(&args, &error) ? EXIT_ANSWERED : refuse(&error);
	else
		status = answer(&args, &error);
	args_fini(&args);
	buffer_fini(&error);
	if (fflush(stdout) != 0 && status == EXIT_ANSWERED)
		status = EXIT_FAILURE;
	return status;
}
