/* SPDX-License-Identifier: MIT */
/* args: the command line, as -name, -name=value and -name value, with one dash or two. */
#ifndef PPROF_ARGS_H
#define PPROF_ARGS_H

#include "pprof/command/command.h"
#include "pprof/load/load.h"

struct args {
	struct options options;
	struct sources sources;
	const struct command *command; /* NULL: the prompt */
	const char *parameter;
	const char *http; /* address to serve pages on; NULL: none */
	bool no_browser;
	bool wants_help;
	char **conditions; /* of -fail_if */
	size_t condition_count;
	struct side sides[SIDES]; /* of a pair, when it is loaded */
};

/* False with a text. Values point into argv. */
bool args_read(struct args *args, int argc, char **argv, struct buffer *error);
void args_fini(struct args *args);

/* The whole usage text of the command line. */
void args_print_usage(struct buffer *out);

#endif
