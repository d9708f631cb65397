/* SPDX-License-Identifier: MIT */
/*
 * options: what can be set by -name=value and, at the prompt, by name=value. One table holds names,
 * kinds, defaults and help; texts in it are owned by the options and copied on assignment.
 */
#ifndef PPROF_OPTIONS_H
#define PPROF_OPTIONS_H

#include "pprof/ground/buffer.h"

/* X(kind, name, default, help); the first line of help is for lists. */
#define OPTIONS(X)                                                                                 \
	X(text, output, "", "Output filename for file-based outputs\n")                            \
	X(flag, call_tree, false,                                                                  \
	  "Create a context-sensitive call tree\n"                                                 \
	  "Treat locations reached through different paths as separate.\n")                        \
	X(flag, relative_percentages, false,                                                       \
	  "Show percentages relative to focused subgraph\n"                                        \
	  "If unset, percentages are relative to full graph before focusing\n"                     \
	  "to facilitate comparison with original graph.\n")                                       \
	X(text, unit, "minimum",                                                                   \
	  "Measurement units to display\n"                                                         \
	  "Scale the sample values to this unit.\n"                                                \
	  "For time-based profiles, use seconds, milliseconds, nanoseconds, etc.\n"                \
	  "For memory profiles, use megabytes, kilobytes, bytes, etc.\n"                           \
	  "Using auto will scale each value independently to the most natural unit.\n")            \
	X(flag, compact_labels, false, "Show minimal headers")                                     \
	X(text, source_path, "", "Search path for source files")                                   \
	X(text, trim_path, "", "Path to trim from source paths before search")                     \
	X(flag, intel_syntax, false,                                                               \
	  "Show assembly in Intel syntax\n"                                                        \
	  "Only applicable to commands `disasm` and `weblist`\n")                                  \
	X(flag, mean, false,                                                                       \
	  "Average sample value over first value (count)\n"                                        \
	  "For memory profiles, report average memory per allocation.\n"                           \
	  "For time-based profiles, report average time per event.\n")                             \
	X(text, sample_index, "",                                                                  \
	  "Sample value to report (0-based index or name)\n"                                       \
	  "Profiles contain multiple values per sample.\n"                                         \
	  "Use sample_index=i to select the ith value (starting at 0).\n")                         \
	X(real, divide_by, 1.0,                                                                    \
	  "Ratio to divide all samples before visualization\n"                                     \
	  "Divide all samples values by a constant, eg the number of processors or jobs.\n")       \
	X(flag, normalize, false, "Scales profile based on the base profile.\n")                   \
	X(choice, sort, "flat", "")                                                                \
	X(text, tagroot, "",                                                                       \
	  "Adds pseudo stack frames for labels key/value pairs at the callstack root.\n"           \
	  "A comma-separated list of label keys.\n"                                                \
	  "The first key creates frames at the new root.\n")                                       \
	X(text, tagleaf, "",                                                                       \
	  "Adds pseudo stack frames for labels key/value pairs at the callstack leaf.\n"           \
	  "A comma-separated list of label keys.\n"                                                \
	  "The last key creates frames at the new leaf.\n")                                        \
	X(flag, drop_negative, false,                                                              \
	  "Ignore negative differences\n"                                                          \
	  "Do not show any locations with values <0.\n")                                           \
	X(number, nodecount, -1,                                                                   \
	  "Max number of nodes to show\n"                                                          \
	  "Uses heuristics to limit the number of locations to be displayed.\n"                    \
	  "On graphs, dotted edges represent paths through nodes that have been removed.\n")       \
	X(real, nodefraction, 0.005, "Hide nodes below <f>*total")                                 \
	X(real, edgefraction, 0.001, "Hide edges below <f>*total")                                 \
	X(flag, trim, true,                                                                        \
	  "Honor nodefraction/edgefraction/nodecount defaults\n"                                   \
	  "Set to false to get the full profile, without any trimming.\n")                         \
	X(text, focus, "",                                                                         \
	  "Restricts to samples going through a node matching regexp\n"                            \
	  "Discard samples that do not include a node matching this regexp.\n"                     \
	  "Matching includes the function name, filename or object name.\n")                       \
	X(text, ignore, "",                                                                        \
	  "Skips paths going through any nodes matching regexp\n"                                  \
	  "If set, discard samples that include a node matching this regexp.\n"                    \
	  "Matching includes the function name, filename or object name.\n")                       \
	X(text, prune_from, "",                                                                    \
	  "Drops any functions below the matched frame.\n"                                         \
	  "If set, any frames matching the specified regexp and any frames\n"                      \
	  "below it will be dropped from each sample.\n")                                          \
	X(text, hide, "",                                                                          \
	  "Skips nodes matching regexp\n"                                                          \
	  "Discard nodes that match this location.\n"                                              \
	  "Other nodes from samples that include this location will be shown.\n"                   \
	  "Matching includes the function name, filename or object name.\n")                       \
	X(text, show, "",                                                                          \
	  "Only show nodes matching regexp\n"                                                      \
	  "If set, only show nodes that match this location.\n"                                    \
	  "Matching includes the function name, filename or object name.\n")                       \
	X(text, show_from, "",                                                                     \
	  "Drops functions above the highest matched frame.\n"                                     \
	  "If set, all frames above the highest match are dropped from every sample.\n"            \
	  "Matching includes the function name, filename or object name.\n")                       \
	X(text, tagfocus, "",                                                                      \
	  "Restricts to samples with tags in range or matched by regexp\n"                         \
	  "Use name=value syntax to limit the matching to a specific tag.\n"                       \
	  "Numeric tag filter examples: 1kb, 1kb:10kb, memory=32mb:\n"                             \
	  "String tag filter examples: foo, foo.*bar, mytag=foo.*bar\n")                           \
	X(text, tagignore, "",                                                                     \
	  "Discard samples with tags in range or matched by regexp\n"                              \
	  "Use name=value syntax to limit the matching to a specific tag.\n"                       \
	  "Numeric tag filter examples: 1kb, 1kb:10kb, memory=32mb:\n"                             \
	  "String tag filter examples: foo, foo.*bar, mytag=foo.*bar\n")                           \
	X(text, tagshow, "",                                                                       \
	  "Only consider tags matching this regexp\n"                                              \
	  "Discard tags that do not match this regexp\n")                                          \
	X(text, taghide, "",                                                                       \
	  "Skip tags matching this regexp\n"                                                       \
	  "Discard tags that match this regexp\n")                                                 \
	X(flag, noinlines, false,                                                                  \
	  "Ignore inlines.\n"                                                                      \
	  "Attributes inlined functions to their first out-of-line caller.\n")                     \
	X(flag, showcolumns, false, "Show column numbers at the source code line level.\n")        \
	X(choice, granularity, "", "")

/* Those that pprof has not, in a group of their own in lists, so that the others read as there. */
#define OPTIONS_AKT(X)                                                                             \
	X(text, by, "",                                                                            \
	  "Tables by label values, not by functions\n"                                             \
	  "A list of label keys for top and diff: actor, or actor_type,msg.\n")                    \
	X(flag, per_second, false,                                                                 \
	  "Compare rates, not totals\n"                                                            \
	  "For diff of runs of unlike lengths that are alike from second to second.\n")            \
	X(flag, fail_if_noise, false,                                                              \
	  "Conditions of fail_if are met by chance too\n"                                          \
	  "Without it a change counts only when it is significant.\n")

/* All rows, each half with a macro of its own. */
#define OPTIONS_ALL(X, OWN) OPTIONS(X) OPTIONS_AKT(OWN)

typedef char *option_text;
typedef char *option_choice;
typedef bool option_flag;
typedef int64_t option_number;
typedef double option_real;

struct options {
#define OPTION_FIELD(kind, name, value, help) option_##kind name;
	OPTIONS_ALL(OPTION_FIELD, OPTION_FIELD)
#undef OPTION_FIELD
	const char *tools; /* -tools: where objdump is; NULL: PPROF_TOOLS says */
};

enum option_kind {
	OPTION_TEXT = 0,
	OPTION_CHOICE = 1,
	OPTION_FLAG = 2,
	OPTION_NUMBER = 3,
	OPTION_REAL = 4,
};

struct option {
	const char *name;
	const char *help;
	enum option_kind kind;
	size_t offset;
	bool is_akt;
};

void options_init(struct options *options);
void options_fini(struct options *options);
void options_copy(struct options *copy, const struct options *options);
void option_assign(char **text, const char *value);

/* All of them; ends with a NULL name. */
extern const struct option option_table[];

/* The option of this name; of a choice ("cum") the option it belongs to. NULL: unknown. */
const struct option *option_find(const char *name);

/* What a choice may be; NULL-terminated. */
const char *const *option_choices(const struct option *option);

/* The name of a choice as the table has it; NULL: there is none. */
const char *option_choice_name(const char *name);

/* The help of an option or of a choice; NULL: unknown. */
const char *option_help(const char *name);

/* True for flags and for choices: their value may be left out. */
bool option_is_switch(const char *name);

/* Set by name, as typed; a choice is set by its own name and a true value. False with a text. */
bool option_set(struct options *options, const char *name, const char *value, struct buffer *error);

/* The value as text. */
void option_print(const struct options *options, const struct option *option, struct buffer *out);

bool parse_bool(const char *text, bool *ret_value);
/* As flags take it: without yes, no and nothing. */
bool parse_strict_bool(const char *text, bool *ret_value);
bool parse_number(const char *text, int64_t *ret_value);
/* As in C: 0x10, 020, 16. */
bool parse_address(const char *text, uint64_t *ret_value);
bool parse_real(const char *text, double *ret_value);

#endif
