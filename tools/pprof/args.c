/* SPDX-License-Identifier: MIT */
#include "pprof/args.h"
#include "pprof/load/binaries.h"
#include "pprof/answer/condition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Short for -sample_index; the value is the type. Of several the first in this list counts. */
static const struct {
	const char *flag;
	const char *type;
} sample_flags[] = {
	{ "total_delay", "delay" },           { "mean_delay", "delay" },
	{ "contentions", "contentions" },     { "inuse_space", "inuse_space" },
	{ "inuse_objects", "inuse_objects" }, { "alloc_space", "alloc_space" },
	{ "alloc_objects", "alloc_objects" },
};

#define CHOICES_MAX 16

/* The longest that a profile may be asked to take, and a server to answer: a day. */
#define SECONDS_MAX 86400

struct reading {
	struct args *args;
	int argc;
	char **argv;
	int at;
	bool is_sample_flag[AKTI_COUNT_OF(sample_flags)];
	const char *choices[CHOICES_MAX]; /* that are on, as -cum is */
	size_t choice_count;
	struct buffer *error;
};

/* The value of a flag: behind '=', or the next word. NULL with a text. */
static const char *flag_value(struct reading *r, const char *name, const char *inline_value)
{
	if (inline_value != NULL)
		return inline_value;
	if (r->at + 1 < r->argc)
		return r->argv[++r->at];
	buffer_printf(r->error, "-%s needs a value", name);
	return NULL;
}

static bool is_on(struct reading *r, const char *name, const char *inline_value)
{
	bool on = true;

	if (inline_value != NULL && !parse_strict_bool(inline_value, &on))
		buffer_printf(r->error, "-%s is true or false, not \"%s\"", name, inline_value);
	return on;
}

static void set_command(struct reading *r, const struct command *command, const char *inline_value)
{
	const char *parameter = NULL;
	bool is_wanted;

	if (command->has_parameter) {
		parameter = flag_value(r, command->name, inline_value);
		is_wanted = parameter != NULL && parameter[0] != '\0';
	} else {
		is_wanted = is_on(r, command->name, inline_value);
	}
	if (r->args->command == command && !is_wanted)
		r->args->command = NULL;
	if (!is_wanted)
		return;
	if (r->args->command != NULL && r->args->command != command)
		buffer_text(r->error, "must set at most one output format");
	r->args->command = command;
	r->args->parameter = parameter;
}

static void set_choice(struct reading *r, const char *name, bool on)
{
	size_t at = 0;

	while (at < r->choice_count && strcmp(r->choices[at], name) != 0)
		at++;
	if (on && at == r->choice_count && at < CHOICES_MAX)
		r->choices[r->choice_count++] = option_choice_name(name);
	else if (!on && at < r->choice_count)
		r->choices[at] = r->choices[--r->choice_count];
}

/* Once all flags are read: two choices of one option contradict each other. */
static void apply_choices(struct reading *r)
{
	for (size_t i = 0; i < r->choice_count; i++) {
		for (size_t j = 0; j < i; j++)
			if (option_find(r->choices[i]) == option_find(r->choices[j])) {
				buffer_printf(r->error, "conflicting options set: [%s %s]",
					      r->choices[j], r->choices[i]);
				return;
			}
		option_set(&r->args->options, r->choices[i], "true", r->error);
	}
}

/* A flag's number may also be hexadecimal or octal, unlike one at the prompt. */
static void set_number(struct reading *r, const char *name, const char *value)
{
	const char *digits = value + (value[0] == '-' || value[0] == '+');
	uint64_t magnitude;
	char *decimal = NULL;

	if (parse_address(digits, &magnitude) && magnitude <= INT64_MAX)
		decimal = take_printf("%s%" PRIu64, value[0] == '-' ? "-" : "", magnitude);
	if (!option_set(&r->args->options, name, decimal != NULL ? decimal : value, r->error))
		buffer_printf(r->error, " (of -%s)", name);
	free(decimal);
}

static void set_option(struct reading *r, const char *name, const char *inline_value)
{
	bool is_switch = option_is_switch(name);
	const char *value = is_switch ? (is_on(r, name, inline_value) ? "true" : "false")
				      : flag_value(r, name, inline_value);

	if (value == NULL || r->error->size != 0)
		return;
	if (is_switch && option_find(name)->kind == OPTION_CHOICE)
		set_choice(r, name, strcmp(value, "true") == 0);
	else if (option_find(name)->kind == OPTION_NUMBER)
		set_number(r, name, value);
	else
		option_set(&r->args->options, name, value, r->error);
}

static void add_path(char ***list, size_t *count, const char *path)
{
	*list = take_more(*list, *count + 1, sizeof(**list));
	(*list)[(*count)++] = take_text(path);
}

static int64_t flag_seconds(struct reading *r, const char *name, const char *inline_value)
{
	const char *value = flag_value(r, name, inline_value);
	int64_t seconds = 0;

	if (value != NULL && (!parse_number(value, &seconds) || seconds > SECONDS_MAX))
		buffer_printf(r->error, "-%s is a number of seconds up to %d, not \"%s\"", name,
			      SECONDS_MAX, value);
	return seconds;
}

static bool set_source(struct reading *r, const char *name, const char *inline_value)
{
	struct sources *s = &r->args->sources;
	bool is_diff = strcmp(name, "diff_base") == 0;
	const char *value;

	if (is_diff || strcmp(name, "base") == 0) {
		value = flag_value(r, name, inline_value);
		if (value == NULL || value[0] == '\0')
			return true;
		if (s->base_count > 0 && s->is_diff != is_diff)
			buffer_text(r->error,
				    "-base and -diff_base flags cannot both be specified");
		s->is_diff = is_diff;
		add_path(&s->bases, &s->base_count, value);
	} else if (strcmp(name, "symbolize") == 0) {
		s->symbolize = flag_value(r, name, inline_value);
	} else if (strcmp(name, "buildid") == 0) {
		s->build_id = flag_value(r, name, inline_value);
	} else if (strcmp(name, "tools") == 0) {
		r->args->options.tools = flag_value(r, name, inline_value);
	} else if (strcmp(name, "add_comment") == 0) {
		s->comment = flag_value(r, name, inline_value);
	} else if (strcmp(name, "seconds") == 0) {
		s->seconds = flag_seconds(r, name, inline_value);
	} else if (strcmp(name, "timeout") == 0) {
		s->timeout = flag_seconds(r, name, inline_value);
	} else if (strcmp(name, "all_frames") == 0) {
		s->all_frames = is_on(r, name, inline_value);
	} else {
		return false;
	}
	return true;
}

/* A condition is remembered in its order, when it can be read at all. */
static bool set_condition(struct reading *r, const char *name, const char *inline_value)
{
	struct condition condition;
	const char *value;

	if (strcmp(name, "fail_if") != 0)
		return false;
	value = flag_value(r, name, inline_value);
	if (value == NULL || !condition_parse(&condition, value, r->error))
		return true;
	condition_fini(&condition);
	add_path(&r->args->conditions, &r->args->condition_count, value);
	return true;
}

static bool set_sample_type(struct reading *r, const char *name, const char *inline_value)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(sample_flags); i++)
		if (strcmp(sample_flags[i].flag, name) == 0) {
			r->is_sample_flag[i] = is_on(r, name, inline_value);
			return true;
		}
	return false;
}

static void apply_sample_flags(struct reading *r)
{
	struct options *options = &r->args->options;

	for (size_t i = 0; i < AKTI_COUNT_OF(sample_flags); i++) {
		if (!r->is_sample_flag[i])
			continue;
		if (options->sample_index[0] == '\0')
			option_assign(&options->sample_index, sample_flags[i].type);
		else
			fprintf(stderr, "Multiple value selections, ignoring -%s\n",
				sample_flags[i].flag);
		if (strcmp(sample_flags[i].flag, "mean_delay") == 0)
			options->mean = true;
	}
}

static void read_flag(struct reading *r, const char *flag)
{
	const char *equals = strchr(flag, '=');
	size_t size = equals != NULL ? (size_t)(equals - flag) : strlen(flag);
	char *name = take_printf("%.*s", (int)size, flag);
	const char *value = equals != NULL ? equals + 1 : NULL;
	const struct command *command;

	/* Our own names may be written with dashes, as -fail-if. */
	for (char *dash = name; (dash = strchr(dash, '-')) != NULL;)
		*dash = '_';
	command = command_find(name);
	if (command != NULL) {
		set_command(r, command, value);
	} else if (option_find(name) != NULL) {
		set_option(r, name, value);
	} else if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0) {
		r->args->wants_help = true;
	} else if (strcmp(name, "http") == 0) {
		r->args->http = flag_value(r, name, value);
	} else if (strcmp(name, "no_browser") == 0) {
		r->args->no_browser = is_on(r, name, value);
	} else if (!set_source(r, name, value) && !set_sample_type(r, name, value) &&
		   !set_condition(r, name, value)) {
		buffer_printf(r->error, "unknown flag -%.*s; akt pprof -help lists them", (int)size,
			      flag);
	}
	free(name);
}

/* With several files the first may be the program that was measured. */
static void take_program(struct args *args)
{
	struct sources *s = &args->sources;

	if (s->file_count < 2 || !binaries_is_elf(s->files[0]))
		return;
	s->program = s->files[0];
	s->file_count--;
	memmove(&s->files[0], &s->files[1], s->file_count * sizeof(*s->files));
	s->files[s->file_count] = NULL;
}

/* "top FILE" is "-top FILE", unless there is a file "top". */
static void read_word(struct reading *r, const char *word)
{
	struct args *args = r->args;
	char *name = take_text(word), *digits = NULL;
	const struct command *command = NULL;

	if (args->command == NULL && args->sources.file_count == 0 && access(word, F_OK) != 0)
		command = command_find_abbreviated(name, &digits);
	if (command == NULL)
		add_path(&args->sources.files, &args->sources.file_count, word);
	else
		set_command(r, command, command->has_parameter ? digits : NULL);
	if (command != NULL && !command->has_parameter && digits != NULL)
		option_set(&args->options, "nodecount", digits, r->error);
	if (command == NULL || !command->has_parameter)
		free(digits); /* else it is the parameter until the end */
	free(name);
}

/* The first of two files is the older one. */
static void take_base(struct args *args, enum command_input input, struct buffer *error)
{
	struct sources *s = &args->sources;
	size_t count = s->file_count;

	if (s->base_count == 0 && count == 2) {
		add_path(&s->bases, &s->base_count, s->files[0]);
		free(s->files[0]);
		s->files[0] = s->files[1];
		s->file_count = 1;
	} else if (s->base_count == 0 && (input == INPUT_PAIR || count > 2)) {
		buffer_printf(error, "%s needs two profiles, OLD NEW; here %s %zu",
			      args->command->name, count == 1 ? "is" : "are", count);
	}
	if (s->base_count > 0)
		s->sides = args->sides;
}

/* What the command asks for besides, and what only some commands heed. */
static void check_command(struct args *args, struct buffer *error)
{
	enum command_input input = command_input(args->command);
	const struct command *c = args->command;

	if (input == INPUT_PAIR || input == INPUT_GROWN)
		take_base(args, input, error);
	else if (input == INPUT_CPU && args->sources.file_count > 2)
		buffer_printf(
			error,
			"messages takes a profile of messages and a CPU profile, not %zu files",
			args->sources.file_count);
	if (error->size != 0)
		return;
	if (args->condition_count > 0 && input != INPUT_PAIR)
		buffer_text(error,
			    "-fail_if is for diff: akt pprof diff -fail_if CONDITION OLD NEW");
	else if (args->options.by[0] != '\0' && c != NULL && c->format != FORMAT_TEXT &&
		 c->format != FORMAT_DIFF)
		buffer_printf(error, "-by is for top and diff, not for %s", c->name);
	else if (args->options.normalize && args->sources.base_count == 0)
		buffer_text(error, "must have base profile to normalize by");
	args->sources.normalize = args->options.normalize && args->sources.sides == NULL;
}

bool args_read(struct args *args, int argc, char **argv, struct buffer *error)
{
	struct reading r = { .args = args, .argc = argc, .argv = argv, .at = 1, .error = error };
	bool only_files = false;

	*args = (struct args){ 0 };
	options_init(&args->options);
	for (; r.at < argc && error->size == 0; r.at++) {
		const char *word = argv[r.at];

		if (only_files || word[0] != '-' || word[1] == '\0')
			read_word(&r, word);
		else if (strcmp(word, "--") == 0)
			only_files = true;
		else
			read_flag(&r, word + (word[1] == '-' ? 2 : 1));
	}
	if (error->size == 0 && !args->wants_help) {
		apply_choices(&r);
		apply_sample_flags(&r);
	}
	if (error->size != 0 || args->wants_help)
		return error->size == 0;
	take_program(args);
	if (args->sources.file_count == 0)
		buffer_text(error, "no profile source specified; akt pprof -help tells more");
	else if (args->http != NULL && args->command != NULL)
		buffer_text(error,
			    "-http is not compatible with an output format on the command line");
	else if (args->http == NULL && args->no_browser)
		buffer_text(error, "-no_browser only makes sense with -http");
	else
		check_command(args, error);
	return error->size == 0;
}

static void free_list(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void args_fini(struct args *args)
{
	free((char *)(uintptr_t)args->sources.program);
	free_list(args->sources.files, args->sources.file_count);
	free_list(args->sources.bases, args->sources.base_count);
	free_list(args->conditions, args->condition_count);
	options_fini(&args->options);
}

void args_print_usage(struct buffer *out)
{
	buffer_text(out,
		    "usage:\n"
		    "\n"
		    "Produce output in the specified format.\n"
		    "\n"
		    "   akt pprof <format> [options] [binary] <profile> ...\n"
		    "\n"
		    "Omit the format to get an interactive shell whose commands can be used\n"
		    "to generate various views of a profile\n"
		    "\n"
		    "   akt pprof [options] [binary] <profile> ...\n"
		    "\n"
		    "Write a profile with the names of its addresses filled in.\n"
		    "\n"
		    "   akt pprof symbolize -output=file [options] [binary] <profile> ...\n"
		    "\n"
		    "The format may be written as a word: akt pprof top <profile>. Not in pprof:\n"
		    "\n"
		    "   akt pprof top -by actor <profile>\n"
		    "   akt pprof diff [-by keys] [-fail_if condition]... <old> <new>\n"
		    "   akt pprof leaks [<old>] <profile>\n"
		    "   akt pprof messages <messages> [<cpu>]\n"
		    "\n"
		    "Provide a web interface at the specified host and port\n"
		    "\n"
		    "   akt pprof -http [host]:[port] [options] [binary] <profile> ...\n"
		    "\n"
		    "Details:\n");
	print_usage(true, out);
	buffer_text(out, "\n"
			 "  Source options:\n"
			 "    -seconds              Length of a profile that is taken now\n"
			 "    -timeout              Seconds that a server may take to answer\n"
			 "    -buildid              Override build id for main binary\n"
			 "    -add_comment          Free-form annotation to add to the profile\n"
			 "    -diff_base source     Source of base profile for comparison\n"
			 "    -base source          Source of base profile for subtraction\n"
			 "    -no_browser           Open no browser for the web interface\n"
			 "    profile.pb.gz         File of a profile\n"
			 "    http://host/profile   URL to fetch one from; host:port is enough\n"
			 "    -symbolize=           Where names of functions come from\n"
			 "      none                  They stay as they are\n"
			 "      local                 The programs on this host\n"
			 "      fastlocal             The same, only their symbol tables\n"
			 "      remote                The server of the profile\n"
			 "      force                 Also names that are known already\n"
			 "      demangle=             Of C++: none, full, templates, default\n"
			 "    -all_frames           Also frames that the profile says to drop\n"
			 "    Binary                The program that was measured\n"
			 "\n"
			 "  Misc options:\n"
			 "   -tools                 Where objdump is\n"
			 "\n"
			 "  Legacy convenience options:\n"
			 "   -inuse_space           Same as -sample_index=inuse_space\n"
			 "   -inuse_objects         Same as -sample_index=inuse_objects\n"
			 "   -alloc_space           Same as -sample_index=alloc_space\n"
			 "   -alloc_objects         Same as -sample_index=alloc_objects\n"
			 "   -total_delay           Same as -sample_index=delay\n"
			 "   -contentions           Same as -sample_index=contentions\n"
			 "   -mean_delay            Same as -mean -sample_index=delay\n"
			 "\n"
			 "  Environment Variables:\n"
			 "   PPROF_TOOLS            Where objdump is, as -tools\n"
			 "   PPROF_TMPDIR           Where fetched profiles are kept\n"
			 "                          (default $HOME/pprof)\n"
			 "   PPROF_BINARY_PATH      Where programs are looked for\n"
			 "                          (default $HOME/pprof/binaries)\n");
	print_own_usage(true, out);
}
