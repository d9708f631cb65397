/* SPDX-License-Identifier: MIT */
/*
 * command: what can be asked. A command is a report, perhaps drawn by dot, perhaps shown by a
 * program; the same ones serve as -name on the command line and as words at the prompt.
 */
#ifndef PPROF_COMMAND_H
#define PPROF_COMMAND_H

#include "pprof/answer/run_context.h"

/* What happens to a report that has no -output. */
enum command_end {
	END_PRINT = 0, /* to standard output */
	END_FILE = 1,  /* to a new file when standard output is a terminal or in the prompt */
	END_SHOW = 2,  /* in a program that shows it */
};

struct command {
	const char *name;
	enum report_format format;
	const char *drawn_as; /* dot -T; NULL: not drawn */
	enum command_end end;
	const char *suffix; /* of the file */
	bool has_parameter;
	const char *description;
	const char *usage; /* lines; "" for none */
};

/* Both end with a NULL name; the second are those that pprof has not. */
extern const struct command command_table[];
extern const struct command command_akt_table[];

/* Which profiles a command asks. */
enum command_input {
	INPUT_ONE = 0,   /* all files as one */
	INPUT_PAIR = 1,  /* OLD NEW */
	INPUT_GROWN = 2, /* one, or OLD NEW */
	INPUT_CPU = 3,   /* one, and a CPU profile of the same run */
};

enum command_input command_input(const struct command *command);

const struct command *command_find(const char *name);

/* "top10" is "top" and "10": cuts the digits off word and gives a copy; NULL when there is no such
 * command. */
const struct command *command_find_abbreviated(char *word, char **ret_digits);

/* All that comes before the answer: the report of a profile and of options is filtered, counted and
 * merged to what the command tells apart. False with a text; report_fini is due in any case. */
bool command_prepare(struct report *report, const struct command *command, const char *parameter,
		     struct buffer *error);

/* Answer a command about a profile, which is used up. Warnings go to stderr as they come; the
 * context, which may be NULL, gets the status. False with a text. */
bool command_run(const struct command *command, const char *parameter, struct profile *profile,
		 const struct options *options, bool at_prompt, struct run_context *context,
		 struct buffer *error);

/* The answer itself, before it is drawn, saved or shown. */
bool command_answer(const struct command *command, const char *parameter, struct profile *profile,
		    const struct options *options, struct run_context *context, struct buffer *out,
		    struct buffer *error);

/* The head that the prompt greets with. */
void command_greet(struct profile *profile, const struct options *options, struct buffer *out);

/* Which value sample_index means: a name, a number, or "" for the profile's own choice. */
bool find_sample_index(const struct profile *profile, const char *name, uint32_t *ret_index,
		       struct buffer *error);

/* All commands and options of pprof; with dashes for the command line. */
void print_usage(bool with_dashes, struct buffer *out);

/* The commands that are akt's own: a group behind everything else. */
void print_own_usage(bool with_dashes, struct buffer *out);

/* Help on one command or option; false: unknown. */
bool print_help(const char *name, struct buffer *out);

#endif
