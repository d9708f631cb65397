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
#include "pprof/ground/terminal.h"
#include "pprof/page/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(const struct buffer *error)
{
	fprintf(stderr, "akt pprof: %s\n", buffer_string(error));
	return EXIT_REFUSED;
}

/* Of two files one is of messages, the other of the CPU, in either order. */
static struct profile *load_messages(const struct sources *sources, struct profile **ret_cpu,
				     struct buffer *error)
{
	struct profile *loaded[2] = { NULL };
	uint32_t index;

	for (size_t i = 0; i < 2 && error->size == 0; i++) {
		struct sources one = *sources;

		one.files = &sources->files[i];
		one.file_count = 1;
		loaded[i] = load_profile(&one, error);
	}
	if (error->size != 0) {
		akti_profile_destroy(loaded[0]);
		return NULL;
	}
	*ret_cpu = loaded[1];
	if (find_sample_index(loaded[0], "mailbox_wait", &index, error))
		return loaded[0];
	buffer_clear(error);
	*ret_cpu = loaded[0];
	return loaded[1];
}

static int answer(struct args *args, struct buffer *error)
{
	struct run_context context = { .is_pair = args->sources.sides != NULL,
				       .conditions = args->conditions,
				       .condition_count = args->condition_count };
	struct profile *profile;
	int status;

	if (command_input(args->command) == INPUT_CPU && args->sources.file_count == 2)
		profile = load_messages(&args->sources, &context.cpu, error);
	else
		profile = load_profile(&args->sources, error);
	if (profile == NULL)
		return refuse(error);
	memcpy(context.sides, args->sides, sizeof(context.sides));
	if (args->http != NULL) {
		web_serve(profile, &args->options, args->http, !args->no_browser, error);
		akti_profile_destroy(profile);
		status = refuse(error);
	} else if (args->command == NULL) {
		status = prompt_run(profile, &args->options);
		akti_profile_destroy(profile);
	} else if (command_run(args->command, args->parameter, profile, &args->options, false,
			       &context, error)) {
		status = (int)context.status;
	} else {
		status = refuse(error);
	}
	akti_profile_destroy(context.cpu);
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

	terminal_guard();
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
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("akt pprof: cannot write all of the answer\n", stderr);
		status = EXIT_REFUSED;
	}
	return status;
}
