/* SPDX-License-Identifier: MIT */
/* The list of commands and the help on them. */
#include "pprof/command/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define GRAPH_HELP(name)                                                                           \
	name " [n] [focus_regex]* [-ignore_regex]* >f\n"                                           \
	     "Include up to n samples\n"                                                           \
	     "Include samples matching focus_regex, and exclude ignore_regex.\n"                   \
	     "Optionally save the report on the file f"
#define TABLE_HELP(name)                                                                           \
	name " [n] [focus_regex]* [-ignore_regex]* [-cum] >f\n"                                    \
	     "Include up to n samples\n"                                                           \
	     "Include samples matching focus_regex, and exclude ignore_regex.\n"                   \
	     "-cum sorts the output by cumulative weight\n"                                        \
	     "Optionally save the report on the file f"
#define SHOW_HELP(name)                                                                            \
	name " [n] [focus_regex]* [-ignore_regex]*\n"                                              \
	     "Include up to n samples\n"                                                           \
	     "Include samples matching focus_regex, and exclude ignore_regex."
#define LIST_HELP(name)                                                                            \
	name "<func_regex|address> [-focus_regex]* [-ignore_regex]*\n"                             \
	     "Include functions matching func_regex, or including the address specified.\n"        \
	     "Include samples matching focus_regex, and exclude ignore_regex."
#define DISASM_HELP                                                                                \
	"disasm<func_regex|address> [-focus_regex]* [-ignore_regex]* >f\n"                         \
	"Include functions matching func_regex, or including the address specified.\n"             \
	"Include samples matching focus_regex, and exclude ignore_regex.\n"                        \
	"Optionally save the report on the file f"
#define PEEK_HELP "peek func_regex\nDisplay callers and callees of functions matching func_regex."
#define TAGS_HELP                                                                                  \
	"tags [tag_regex]* [-ignore_regex]* [>file]\n"                                             \
	"List tags with key:value matching tag_regex and exclude ignore_regex."

/* name, report, drawn as, end, suffix, parameter, description, usage; sorted by name */
const struct command command_table[] = {
	{ "callgrind", FORMAT_CALLGRIND, NULL, END_FILE, "callgraph.out", false,
	  "Outputs a graph in callgrind format", TABLE_HELP("callgrind") },
	{ "comments", FORMAT_COMMENTS, NULL, END_PRINT, NULL, false, "Output all profile comments",
	  "" },
	{ "disasm", FORMAT_DISASM, NULL, END_PRINT, NULL, true,
	  "Output assembly listings annotated with samples", DISASM_HELP },
	{ "dot", FORMAT_DOT, NULL, END_PRINT, NULL, false, "Outputs a graph in DOT format",
	  GRAPH_HELP("dot") },
	{ "eog", FORMAT_DOT, "svg", END_SHOW, "svg", false, "Visualize graph through eog",
	  SHOW_HELP("eog") },
	{ "evince", FORMAT_DOT, "pdf", END_SHOW, "pdf", false, "Visualize graph through evince",
	  SHOW_HELP("evince") },
	{ "gif", FORMAT_DOT, "gif", END_FILE, "gif", false, "Outputs a graph image in GIF format",
	  GRAPH_HELP("gif") },
	{ "gv", FORMAT_DOT, "ps", END_SHOW, "ps", false, "Visualize graph through gv",
	  SHOW_HELP("gv") },
	{ "kcachegrind", FORMAT_CALLGRIND, NULL, END_SHOW, "grind", false,
	  "Visualize report in KCachegrind", SHOW_HELP("kcachegrind") },
	{ "list", FORMAT_LIST, NULL, END_PRINT, NULL, true,
	  "Output annotated source for functions matching regexp", LIST_HELP("list") },
	{ "pdf", FORMAT_DOT, "pdf", END_FILE, "pdf", false, "Outputs a graph in PDF format",
	  GRAPH_HELP("pdf") },
	{ "peek", FORMAT_TREE, NULL, END_PRINT, NULL, true,
	  "Output callers/callees of functions matching regexp", PEEK_HELP },
	{ "png", FORMAT_DOT, "png", END_FILE, "png", false, "Outputs a graph image in PNG format",
	  GRAPH_HELP("png") },
	{ "proto", FORMAT_PROTO, NULL, END_FILE, "pb.gz", false,
	  "Outputs the profile in compressed protobuf format", "" },
	{ "ps", FORMAT_DOT, "ps", END_FILE, "ps", false, "Outputs a graph in PS format",
	  GRAPH_HELP("ps") },
	{ "raw", FORMAT_RAW, NULL, END_PRINT, NULL, false,
	  "Outputs a text representation of the raw profile", "" },
	{ "svg", FORMAT_DOT, "svg", END_FILE, "svg", false, "Outputs a graph in SVG format",
	  GRAPH_HELP("svg") },
	{ "tags", FORMAT_TAGS, NULL, END_PRINT, NULL, false, "Outputs all tags in the profile",
	  TAGS_HELP },
	{ "text", FORMAT_TEXT, NULL, END_PRINT, NULL, false, "Outputs top entries in text form",
	  TABLE_HELP("text") },
	{ "top", FORMAT_TEXT, NULL, END_PRINT, NULL, false, "Outputs top entries in text form",
	  TABLE_HELP("top") },
	{ "topproto", FORMAT_TOPPROTO, NULL, END_FILE, "pb.gz", false,
	  "Outputs top entries in compressed protobuf format", "" },
	{ "traces", FORMAT_TRACES, NULL, END_PRINT, NULL, false,
	  "Outputs all profile samples in text form", "" },
	{ "tree", FORMAT_TREE, NULL, END_PRINT, NULL, false,
	  "Outputs a text rendering of call graph", TABLE_HELP("tree") },
	{ "web", FORMAT_DOT, "svg", END_SHOW, "svg", false, "Visualize graph through web browser",
	  SHOW_HELP("web") },
	{ "weblist", FORMAT_WEBLIST, NULL, END_SHOW, "html", true,
	  "Display annotated source in a web browser", LIST_HELP("weblist") },
	{ NULL, FORMAT_TEXT, NULL, END_PRINT, NULL, false, NULL, NULL },
};

const struct command command_akt_table[] = {
	{ "diff", FORMAT_DIFF, NULL, END_PRINT, NULL, false,
	  "Outputs what has changed from OLD to NEW", "diff OLD NEW, on the command line only" },
	{ "html", FORMAT_HTML, NULL, END_FILE, "html", false,
	  "Outputs a flame graph as one HTML file", SHOW_HELP("html") },
	{ "leaks", FORMAT_LEAKS, NULL, END_PRINT, NULL, false,
	  "Outputs who holds memory; of OLD NEW who holds more", TABLE_HELP("leaks") },
	{ "messages", FORMAT_MESSAGES, NULL, END_PRINT, NULL, false,
	  "Outputs how actors fare; MESSAGES CPU tells more", TABLE_HELP("messages") },
	{ NULL, FORMAT_TEXT, NULL, END_PRINT, NULL, false, NULL, NULL },
};

static const struct command *find_in(const struct command *table, const char *name)
{
	for (const struct command *c = table; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const struct command *command_find(const char *name)
{
	const struct command *command = find_in(command_table, name);

	return command != NULL ? command : find_in(command_akt_table, name);
}

const struct command *command_find_abbreviated(char *word, char **ret_digits)
{
	size_t size = strlen(word), name_size = size;
	const struct command *command = command_find(word);

	*ret_digits = NULL;
	if (command != NULL)
		return command;
	while (name_size > 0 && isdigit((unsigned char)word[name_size - 1]))
		name_size--;
	if (name_size == 0 || name_size == size)
		return NULL;
	*ret_digits = take_text(word + name_size);
	word[name_size] = '\0';
	return command_find(word);
}

enum command_input command_input(const struct command *command)
{
	enum report_format format = command != NULL ? command->format : FORMAT_TEXT;

	if (format == FORMAT_LEAKS)
		return INPUT_GROWN;
	if (format == FORMAT_MESSAGES)
		return INPUT_CPU;
	return format == FORMAT_DIFF ? INPUT_PAIR : INPUT_ONE;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *help_line(const char *indent, const char *dash, const char *name, const char *help)
{
	char *dashed = take_printf("%s%s", dash, name);
	char *line =
		take_printf("%s    %-16s %.*s\n", indent, dashed, (int)strcspn(help, "\n"), help);

	free(dashed);
	return line;
}

static void print_sorted(char **lines, size_t count, struct buffer *out)
{
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++) {
		buffer_text(out, lines[i]);
		free(lines[i]);
	}
}

static char *help_on_choices(const char *dash, const struct option *option)
{
	struct buffer text = { 0 };
	char *line = help_line("", "", option->name, "");

	buffer_text(&text, line);
	free(line);
	for (const char *const *c = option_choices(option); *c != NULL; c++) {
		line = help_line("  ", dash, *c, option_help(*c));
		buffer_text(&text, line);
		free(line);
	}
	return text.at;
}

void print_usage(bool with_dashes, struct buffer *out)
{
	const char *dash = with_dashes ? "-" : "";
	char *lines[128] = { NULL };
	char *groups[8] = { NULL };
	size_t count = 0, group_count = 0;

	buffer_text(out,
		    with_dashes ? "  Output formats (select at most one):\n" : "  Commands:\n");
	for (const struct command *c = command_table; c->name != NULL; c++)
		lines[count++] = help_line("", dash, c->name, c->description);
	print_sorted(lines, count, out);
	if (!with_dashes)
		buffer_text(out, "    o/options        List options and their current values\n"
				 "    q/quit/exit/^D   Exit pprof\n");
	buffer_text(out, "\n  Options:\n");
	count = 0;
	for (const struct option *o = option_table; o->name != NULL; o++)
		if (o->is_akt)
			continue;
		else if (o->kind == OPTION_CHOICE)
			groups[group_count++] = help_on_choices(dash, o);
		else
			lines[count++] = help_line("", dash, o->name, o->help);
	print_sorted(lines, count, out);
	buffer_text(out, "\n  Option groups (only set one per group):\n");
	print_sorted(groups, group_count, out);
}

void print_own_usage(bool with_dashes, struct buffer *out)
{
	const char *dash = with_dashes ? "-" : "";
	char *lines[64] = { NULL };
	size_t count = 0;

	buffer_text(out, "\n  Not in pprof:\n");
	for (const struct command *c = command_akt_table; c->name != NULL; c++)
		lines[count++] = help_line("", dash, c->name, c->description);
	for (const struct option *o = option_table; o->name != NULL; o++)
		if (o->is_akt)
			lines[count++] = help_line("", dash, o->name, o->help);
	if (with_dashes)
		lines[count++] = help_line("", dash, "fail_if",
					   "'cum(REGEX) > +5%': exit status 1 "
					   "if diff finds that");
	print_sorted(lines, count, out);
}

bool print_help(const char *name, struct buffer *out)
{
	const struct command *command = command_find(name);
	const char *help = option_help(name);

	if (command == NULL && help == NULL)
		return false;
	if (command == NULL) {
		buffer_printf(out, "%s\n", help);
		return true;
	}
	buffer_printf(out, "%s\n", command->description);
	if (command->usage[0] != '\0')
		buffer_text(out, "  Usage:\n");
	for (const char *at = command->usage; *at != '\0';) {
		size_t size = strcspn(at, "\n");

		buffer_printf(out, "    %.*s\n", (int)size, at);
		at += size + (at[size] == '\n');
	}
	buffer_text(out, "\n");
	return true;
}
