/* SPDX-License-Identifier: MIT */
/*
 * prompt: questions one after the other. A line is a shortcut, an assignment name=value, a word of
 * its own (help, o, quit) or a command; what a command line changes lasts for that command only.
 */
#ifndef PPROF_PROMPT_H
#define PPROF_PROMPT_H

#include "pprof/command/command.h"

/* How a command is run: command_run, or what stands for it where nothing may be written. */
typedef bool (*command_fn)(const struct command *command, const char *parameter,
			   struct profile *profile, const struct options *options, bool at_prompt,
			   struct run_context *context, struct buffer *error);

struct prompt {
	const struct profile *profile;
	struct options *options;
	command_fn run;
	bool done;
};

/* A line as it was typed. */
void prompt_line(struct prompt *prompt, const char *line);

/* Until quit or the end of input; returns the exit status. */
int prompt_run(const struct profile *profile, struct options *options);

#endif
