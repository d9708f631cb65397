/* SPDX-License-Identifier: MIT */
#include "pprof/prompt.h"
#include "pprof/line.h"

#include <akt/error.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMENT "//:"
#define BLANKS " \t\r\n\v\f"

/* What goes to people: standard output is for reports. */
static void say(const char *text)
{
	size_t size = strlen(text);

	fflush(stdout);
	fputs(text, stderr);
	if (size == 0 || text[size - 1] != '\n')
		fputc('\n', stderr);
}

static char *trimmed(char *text)
{
	size_t size;

	while (isspace((unsigned char)*text))
		text++;
	size = strlen(text);
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		text[--size] = '\0';
	return text;
}

static const char *type_name(const struct profile *p, uint32_t type)
{
	return akti_profile_bytes(p, p->types[type].type);
}

static void print_comment(const struct prompt *prompt, const struct option *o, const char *value,
			  struct buffer *out)
{
	const struct profile *p = prompt->profile;

	if (o->kind == OPTION_CHOICE) {
		const char *sorted[8];
		size_t count = 0;

		for (const char *const *c = option_choices(o); *c != NULL; c++) {
			size_t at = count++;

			for (; at > 0 && strcmp(sorted[at - 1], *c) > 0; at--)
				sorted[at] = sorted[at - 1];
			sorted[at] = *c;
		}
		for (size_t i = 0; i < count; i++)
			buffer_printf(out, "%s%s", i > 0 ? " | " : COMMENT " [", sorted[i]);
		buffer_text(out, "]");
	} else if (strcmp(o->name, "sample_index") == 0) {
		for (uint32_t t = 0; t < p->type_count; t++)
			buffer_printf(out, "%s%s", t > 0 ? " | " : COMMENT " [", type_name(p, t));
		buffer_text(out, "]");
	} else if (strcmp(o->name, "nodecount") == 0 && strcmp(value, "-1") == 0) {
		buffer_text(out, COMMENT " default");
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *option_line(const struct prompt *prompt, const struct option *o)
{
	struct buffer value = { 0 }, line = { 0 };
	const char *shown;

	option_print(prompt->options, o, &value);
	shown = buffer_string(&value);
	if (shown[0] == '\0') {
		if (strcmp(o->name, "sample_index") == 0 && prompt->profile->type_count > 0)
			shown = type_name(prompt->profile, prompt->profile->type_count - 1);
		else
			shown = o->kind == OPTION_CHOICE ? "(default)" : "\"\"";
	}
	buffer_printf(&line, "  %-25s = %-20s ", o->name, shown);
	print_comment(prompt, o, shown, &line);
	if (o->is_akt)
		buffer_text(&line, COMMENT " not in pprof");
	buffer_fini(&value);
	return line.at;
}

/* The options of pprof, or our own, sorted. */
static void add_options(const struct prompt *prompt, bool is_akt, struct buffer *out)
{
	char *lines[64] = { NULL };
	size_t count = 0;

	for (const struct option *o = option_table; o->name != NULL; o++)
		if (strcmp(o->name, "source_path") != 0 && o->is_akt == is_akt)
			lines[count++] = option_line(prompt, o);
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++) {
		buffer_printf(out, "%s\n", lines[i]);
		free(lines[i]);
	}
}

static void print_options(const struct prompt *prompt)
{
	struct buffer out = { 0 };

	add_options(prompt, false, &out);
	add_options(prompt, true, &out);
	say(buffer_string(&out));
	buffer_fini(&out);
}

/* Help on an option: of sample_index also what it may be here. */
static void help_on_option(const struct prompt *prompt, const char *name, struct buffer *out)
{
	const struct profile *p = prompt->profile;

	buffer_text(out, option_help(name));
	if (strcmp(name, "sample_index") == 0) {
		buffer_text(out, "Or use sample_index=name, with name in [");
		for (uint32_t t = 0; t < p->type_count; t++)
			buffer_printf(out, "%s%s", t > 0 ? " " : "", type_name(p, t));
		buffer_text(out, "].\n");
	}
	buffer_text(out, "\n");
}

static void help(const struct prompt *prompt, const char *topic)
{
	struct buffer out = { 0 };

	if (topic[0] == '\0') {
		print_usage(false, &out);
		buffer_text(&out, "  :   Clear focus/ignore/hide/tagfocus/tagignore\n"
				  "\n"
				  "  type \"help <cmd|option>\" for more information\n");
		print_own_usage(false, &out);
	} else if (command_find(topic) == NULL && option_help(topic) != NULL) {
		help_on_option(prompt, topic, &out);
	} else if (!print_help(topic, &out)) {
		buffer_printf(&out, "Unknown command: %s", topic);
	}
	say(out.at);
	buffer_fini(&out);
}

static void assign(struct prompt *prompt, const char *name, const char *value, bool has_value)
{
	struct buffer error = { 0 };
	uint32_t index;

	if (!has_value && !option_is_switch(name)) {
		buffer_printf(&error, "please specify a value, e.g. %s=<val>", name);
	} else if (strcmp(name, "sample_index") == 0) {
		if (find_sample_index(prompt->profile, value, &index, &error))
			option_set(prompt->options, name, type_name(prompt->profile, index),
				   &error);
	} else {
		/* A choice without a value is taken, as a flag is. */
		if (!has_value && option_find(name)->kind == OPTION_CHOICE)
			value = "true";
		option_set(prompt->options, name, value, &error);
	}
	if (error.size > 0)
		say(error.at);
	buffer_fini(&error);
}

/* "name=value //: comment"; false: the line is no assignment. */
static bool try_assignment(struct prompt *prompt, const char *line)
{
	char *copy = take_text(line);
	char *equals = strchr(copy, '=');
	char *value = NULL;
	const char *name;
	bool is_option;

	if (equals != NULL) {
		char *comment, *last = NULL;

		*equals = '\0';
		value = equals + 1;
		for (comment = value; (comment = strstr(comment, COMMENT)) != NULL; comment++)
			last = comment;
		if (last != NULL)
			*last = '\0';
		value = trimmed(value);
	}
	name = trimmed(copy);
	is_option = option_find(name) != NULL;
	if (is_option)
		assign(prompt, name, value != NULL ? value : "", value != NULL);
	free(copy);
	return is_option;
}

static void add_alternative(struct buffer *pattern, const char *more)
{
	buffer_printf(pattern, "%s%s", pattern->size > 0 && more[0] != '\0' ? "|" : "", more);
}

struct command_line {
	struct options options; /* of this command only */
	struct buffer focus, ignore;
	struct buffer error;
};

static void read_words(struct command_line *c, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *word = words[i];
		int64_t number;

		if (parse_number(word, &number) && number == (int32_t)number) {
			c->options.nodecount = number;
		} else if (word[0] == '>') {
			if (word[1] == '\0' && ++i == count) {
				buffer_text(&c->error, "unexpected end of line after >");
				return;
			}
			option_assign(&c->options.output, word[1] != '\0' ? word + 1 : words[i]);
		} else if (strcmp(word, "-cum") == 0 || strcmp(word, "--cum") == 0) {
			option_assign(&c->options.sort, "cum");
		} else if (strncmp(word, "-by=", 4) == 0) {
			option_assign(&c->options.by, word + 4);
		} else if (strcmp(word, "-by") == 0) {
			if (++i == count) {
				buffer_text(&c->error, "-by needs label keys, as in -by actor");
				return;
			}
			option_assign(&c->options.by, words[i]);
		} else if (word[0] == '-') {
			add_alternative(&c->ignore, word + 1);
		} else {
			add_alternative(&c->focus, word);
		}
	}
}

static void run_words(struct prompt *prompt, const struct command *command, const char *parameter,
		      char **words, size_t count)
{
	struct command_line c = { 0 };
	struct profile *copy;
	bool is_tags = strcmp(command->name, "tags") == 0;

	options_copy(&c.options, prompt->options);
	read_words(&c, words, count);
	if (c.focus.size > 0)
		option_assign(is_tags ? &c.options.tagfocus : &c.options.focus, c.focus.at);
	if (c.ignore.size > 0)
		option_assign(is_tags ? &c.options.tagignore : &c.options.ignore, c.ignore.at);
	if (c.options.nodecount == -1 && command->format == FORMAT_TEXT)
		c.options.nodecount = 10;
	if (c.error.size == 0) {
		if (akti_profile_copy(prompt->profile, &copy) < 0)
			out_of_memory();
		prompt->run(command, parameter, copy, &c.options, true, NULL, &c.error);
	}
	if (c.error.size > 0)
		say(c.error.at);
	buffer_fini(&c.focus);
	buffer_fini(&c.ignore);
	buffer_fini(&c.error);
	options_fini(&c.options);
}

static void run_command(struct prompt *prompt, char **words, size_t count)
{
	struct buffer error = { 0 };
	char *digits;
	const struct command *command = command_find_abbreviated(words[0], &digits);
	const char *name = words[0], *parameter = NULL;
	size_t used = 1;

	if (command == NULL && option_help(name) != NULL)
		buffer_printf(&error, "did you mean: %s=%s", name,
			      digits != NULL ? digits
			      : count > 1    ? words[1]
					     : "<val>");
	else if (command == NULL)
		buffer_text(&error, "unrecognized command: "), buffer_quote(&error, name);
	else if (command->has_parameter && digits == NULL && used == count)
		buffer_printf(&error, "command %s requires an argument", command->name);
	else if (command->has_parameter)
		parameter = digits != NULL ? digits : words[used++];
	if (digits != NULL && parameter == NULL)
		words[--used] = digits; /* the name is known: its place holds the digits now */
	if (error.size > 0)
		say(error.at);
	else
		run_words(prompt, command, parameter, words + used, count - used);
	free(digits);
	buffer_fini(&error);
}

/* The words of a line, in a list with room for one more; the list is the caller's to free, the words
 * are in the line. */
static char **split(char *line, size_t *ret_count)
{
	char **words = NULL, *state = NULL;
	size_t count = 0, capacity = 0;

	for (char *word = strtok_r(line, BLANKS, &state); word != NULL;
	     word = strtok_r(NULL, BLANKS, &state)) {
		if (count == capacity) {
			capacity = 2 * capacity + 16;
			words = take_more(words, capacity, sizeof(*words));
		}
		words[count++] = word;
	}
	*ret_count = count;
	return words;
}

/* The words behind the first, one blank apart. */
static char *join(char *const *words, size_t count)
{
	struct buffer joined = { 0 };

	for (size_t i = 1; i < count; i++)
		buffer_printf(&joined, "%s%s", i > 1 ? " " : "", words[i]);
	return joined.at != NULL ? joined.at : take_text("");
}

static void run_line(struct prompt *prompt, const char *line)
{
	char *copy, **words;
	size_t count;

	if (try_assignment(prompt, line))
		return;
	copy = take_text(line);
	words = split(copy, &count);
	if (count == 0) {
		/* An empty line asks nothing. */
	} else if (strcmp(words[0], "o") == 0 || strcmp(words[0], "options") == 0) {
		print_options(prompt);
	} else if (strcmp(words[0], "q") == 0 || strcmp(words[0], "quit") == 0 ||
		   strcmp(words[0], "exit") == 0) {
		prompt->done = true;
	} else if (strcmp(words[0], "help") == 0) {
		char *topic = join(words, count);

		help(prompt, topic);
		free(topic);
	} else {
		run_command(prompt, words, count);
	}
	free((void *)words);
	free(copy);
}

/* A whole line may be a shortcut: ':' clears filters, a sample type selects it. Of types that give
 * the same shortcut the last one has it. */
static bool run_shortcut(struct prompt *prompt, const char *line)
{
	static const char *const cleared[] = { "focus", "ignore", "hide", "tagfocus", "tagignore" };
	bool total = strncmp(line, "total_", 6) == 0, mean = strncmp(line, "mean_", 5) == 0;

	for (uint32_t t = prompt->profile->type_count; t-- > 0;) {
		const char *type = type_name(prompt->profile, t);
		bool is_plain = strcmp(line, type) == 0;

		if (!is_plain && !(total && strcmp(line + 6, type) == 0) &&
		    !(mean && strcmp(line + 5, type) == 0))
			continue;
		if (!is_plain)
			prompt->options->mean = mean;
		assign(prompt, "sample_index", type, true);
		return true;
	}
	if (strcmp(line, ":") != 0)
		return false;
	for (size_t i = 0; i < AKTI_COUNT_OF(cleared); i++)
		assign(prompt, cleared[i], "", true);
	return true;
}

void prompt_line(struct prompt *prompt, const char *line)
{
	char *copy = take_text(line);
	char *text = trimmed(copy);

	if (!run_shortcut(prompt, text))
		run_line(prompt, text);
	free(copy);
}

static void greet(struct prompt *prompt)
{
	struct buffer out = { 0 };
	struct profile *copy;

	if (akti_profile_copy(prompt->profile, &copy) < 0)
		out_of_memory();
	command_greet(copy, prompt->options, &out);
	akti_profile_destroy(copy);
	if (out.size > 0)
		say(out.at);
	say("Entering interactive mode (type \"help\" for commands, \"o\" for options)");
	buffer_fini(&out);
}

int prompt_run(const struct profile *profile, struct options *options)
{
	struct prompt prompt = { .profile = profile, .options = options, .run = command_run };
	struct line_reader *reader = line_reader_create("(pprof) ", profile);
	char *line;

	options->compact_labels = true;
	greet(&prompt);
	while (!prompt.done && (line = line_read(reader)) != NULL) {
		prompt_line(&prompt, line);
		free(line);
	}
	line_reader_destroy(reader);
	return 0;
}
