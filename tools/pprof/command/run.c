/* SPDX-License-Identifier: MIT */
/* From a command and its options to its output. */
#include "pprof/ground/child.h"
#include "pprof/command/command.h"
#include "pprof/answer/compare.h"
#include "pprof/picture/dot.h"
#include "pprof/query/filter.h"
#include "pprof/ground/path.h"
#include "pprof/load/save.h"
#include "pprof/ground/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TABLE_NODES 0 /* all */
#define GRAPH_NODES 80
#define PAGE_ROWS 20

bool find_sample_index(const struct profile *p, const char *name, uint32_t *ret_index,
		       struct buffer *error)
{
	int64_t number;

	*ret_index = p->type_count - 1;
	if (name[0] == '\0') {
		for (uint32_t t = 0; t < p->type_count; t++)
			if (p->default_type != 0 && p->types[t].type == p->default_type) {
				*ret_index = t;
				break;
			}
		return true;
	}
	if (parse_number(name, &number)) {
		if (number < 0 || number >= p->type_count)
			buffer_printf(error, "sample_index %s is outside the range [0..%d]", name,
				      (int)p->type_count - 1);
		else
			*ret_index = (uint32_t)number;
		return error->size == 0;
	}
	for (uint32_t t = 0; t < p->type_count; t++) {
		const char *type = akti_profile_bytes(p, p->types[t].type);

		if (strcmp(type, name) == 0 ||
		    (strncmp(name, "inuse_", 6) == 0 && strcmp(type, name + 6) == 0)) {
			*ret_index = t;
			return true;
		}
	}
	buffer_text(error, "sample_index ");
	buffer_quote(error, name);
	buffer_text(error, " must be one of: [");
	for (uint32_t t = 0; t < p->type_count; t++)
		buffer_printf(error, "%s%s", t > 0 ? " " : "",
			      akti_profile_bytes(p, p->types[t].type));
	buffer_text(error, "]");
	return false;
}

static struct key_unit *find_key(struct report *report, uint32_t key)
{
	for (uint32_t i = 0; i < report->key_unit_count; i++)
		if (report->key_units[i].key == key)
			return &report->key_units[i];
	report->key_units = take_more(report->key_units, report->key_unit_count + 1u,
				      sizeof(*report->key_units));
	report->key_units[report->key_unit_count] = (struct key_unit){ key, 0 };
	return &report->key_units[report->key_unit_count++];
}

/* Units of a key that are not the one it is shown in, each once. */
static void note_other_unit(struct key_unit **others, uint32_t *count, struct key_unit other)
{
	for (uint32_t i = 0; i < *count; i++)
		if ((*others)[i].key == other.key && (*others)[i].unit == other.unit)
			return;
	*others = take_more(*others, *count + 1u, sizeof(**others));
	(*others)[(*count)++] = other;
}

static int by_key_and_unit(const void *a, const void *b, void *arg)
{
	const struct profile *p = arg;
	const struct key_unit *x = a, *y = b;

	if (x->key != y->key)
		return strcmp(akti_profile_bytes(p, x->key), akti_profile_bytes(p, y->key));
	return strcmp(akti_profile_bytes(p, x->unit), akti_profile_bytes(p, y->unit));
}

static void warn_of_units(struct report *report, struct key_unit *others, uint32_t count)
{
	struct profile *p = report->profile;

	if (count > 0)
		qsort_r(others, count, sizeof(*others), by_key_and_unit, p);
	for (uint32_t i = 0; i < count; i++) {
		bool is_first = i == 0 || others[i - 1].key != others[i].key;
		bool is_last = i + 1 == count || others[i + 1].key != others[i].key;

		if (is_first)
			buffer_printf(&report->warnings,
				      "For tag %s used unit %s, also encountered unit(s) ",
				      akti_profile_bytes(p, others[i].key),
				      report_key_unit(report, others[i].key));
		buffer_printf(&report->warnings, "%s%s", akti_profile_bytes(p, others[i].unit),
			      is_last ? "\n" : ", ");
	}
}

/* The first unit that a sample gives to a numeric key counts for all of its values. */
static void find_key_units(struct report *report)
{
	struct profile *p = report->profile;
	bool *done = take_zeroed(p->tag_set_count, sizeof(*done));
	struct key_unit *others = NULL;
	uint32_t other_count = 0;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_tag_set *set = &p->tag_sets[p->samples[i].tag_set];

		for (uint32_t j = 0; !done[p->samples[i].tag_set] && j < set->count; j++) {
			const struct profile_tag *tag = &p->tags[set->first + j];
			struct key_unit *known = tag->is_num ? find_key(report, tag->key) : NULL;

			if (known != NULL && known->unit == 0)
				known->unit = tag->unit;
			else if (known != NULL && tag->unit != 0 && tag->unit != known->unit)
				note_other_unit(&others, &other_count,
						(struct key_unit){ tag->key, tag->unit });
		}
		done[p->samples[i].tag_set] = true;
	}
	for (uint32_t i = 0; i < report->key_unit_count; i++) {
		struct key_unit *known = &report->key_units[i];
		const char *key = akti_profile_bytes(p, known->key);

		if (known->unit == 0)
			known->unit = strcmp(key, "alignment") == 0 || strcmp(key, "request") == 0
					      ? akti_profile_text(p, "bytes")
					      : known->key;
	}
	warn_of_units(report, others, other_count);
	free(others);
	free(done);
}

/* What commands do to the options that trim. */
static const char *apply_rules(struct report *report, const struct command *command,
			       bool *noinlines)
{
	const struct options *o = report->options;
	const char *granularity = o->granularity;
	bool trim = o->trim;

	report->nodecount = o->nodecount;
	report->nodefraction = o->nodefraction;
	report->edgefraction = o->edgefraction;
	if (strcmp(command->name, "peek") == 0) {
		trim = false;
	} else if (command->format == FORMAT_HTML) {
		trim = false;
		if (granularity[0] == '\0')
			granularity = "filefunctions";
	} else if (command->format == FORMAT_LIST) {
		trim = false;
		granularity = "lines";
	} else if (command->format == FORMAT_DISASM || command->format == FORMAT_WEBLIST) {
		/* By address an inlined frame would count again; the page shows them apart. */
		*noinlines = command->format == FORMAT_DISASM;
		trim = false;
		granularity = "addresses";
	} else if (report->nodecount == -1) {
		bool is_table = command->format == FORMAT_TEXT ||
				command->format == FORMAT_TOPPROTO ||
				command->format == FORMAT_DIFF;
		bool is_page =
			command->format == FORMAT_LEAKS || command->format == FORMAT_MESSAGES;

		report->nodecount = is_table ? TABLE_NODES : is_page ? PAGE_ROWS : GRAPH_NODES;
	}
	if (command->format == FORMAT_PROTO || command->format == FORMAT_RAW ||
	    command->format == FORMAT_CALLGRIND) {
		trim = false;
		granularity = "addresses";
	}
	if (command->format == FORMAT_LEAKS)
		granularity = "lines";
	if (!trim) {
		report->nodecount = 0;
		report->nodefraction = report->edgefraction = 0;
	}
	return granularity;
}

/* What sample_index says; leaks is about what is in use. */
static bool choose_value(struct report *report, struct buffer *error)
{
	const struct profile *p = report->profile;
	const char *name = report->options->sample_index;
	bool is_leaks = report->format == FORMAT_LEAKS;
	bool found = find_sample_index(p, is_leaks && name[0] == '\0' ? "inuse_space" : name,
				       &report->value_index, error);

	if (!is_leaks ||
	    (found &&
	     strncmp(akti_profile_bytes(p, p->types[report->value_index].type), "inuse_", 6) == 0))
		return found;
	buffer_clear(error);
	buffer_text(error,
		    found ? "leaks: sample_index is inuse_space or inuse_objects"
			  : "leaks: this is no memory profile: it has no values inuse_space");
	return false;
}

static bool set_values(struct report *report, struct buffer *error)
{
	const struct options *o = report->options;
	struct profile *p = report->profile;
	const char *type;

	if (p->type_count == 0) {
		buffer_text(error, "profile has no samples");
		return false;
	}
	if (!choose_value(report, error))
		return false;
	if (o->divide_by == 0) {
		buffer_text(error, "zero divisor specified");
		return false;
	}
	type = akti_profile_bytes(p, p->types[report->value_index].type);
	report->is_mean = o->mean && report->format != FORMAT_HTML;
	if (o->mean && !report->is_mean)
		buffer_text(&report->warnings, "A flame graph shows sums, not means\n");
	report->type = take_printf("%s%s", report->is_mean ? "mean_" : "", type);
	report->unit = akti_profile_bytes(p, p->types[report->value_index].unit);
	report->output_unit = o->unit;
	report->ratio = 1 / o->divide_by;
	report->title = p->mapping_count > 0 && p->mappings[0].file != 0
				? path_base(akti_profile_bytes(p, p->mappings[0].file))
				: take_text("");
	return true;
}

static void flush_warnings(struct report *report)
{
	fputs(buffer_string(&report->warnings), stderr);
	buffer_clear(&report->warnings);
}

static bool set_symbol(struct report *report, const char *parameter, struct buffer *error)
{
	struct buffer reason = { 0 };

	if (parameter == NULL)
		return true;
	report->symbol = regex_create(parameter, &reason);
	if (report->symbol == NULL)
		buffer_printf(error, "parsing argument regexp %s: %s", parameter, reason.at);
	buffer_fini(&reason);
	return report->symbol != NULL;
}

static bool asks_sides(const struct report *report)
{
	return report->format >= FORMAT_DIFF && report->format <= FORMAT_MESSAGES;
}

/* What is known of the runs: of one alone all is in its profile. */
static void set_sides(struct report *report)
{
	const struct run_context *context = report->context;
	const struct profile *p = report->profile;

	report->sides[SIDE_NEW] = (struct side){ "", p->time_ns, p->duration_ns, p->period };
	if (context != NULL && context->is_pair) {
		report->is_pair = true;
		memcpy(report->sides, context->sides, sizeof(report->sides));
	}
	if (asks_sides(report))
		compare_sides(report);
}

/* The order is pprof's and decides what percentages are of. */
bool command_prepare(struct report *report, const struct command *command, const char *parameter,
		     struct buffer *error)
{
	const struct options *o = report->options;
	bool noinlines = o->noinlines;
	const char *granularity = apply_rules(report, command, &noinlines);

	report->format = command->format;
	find_key_units(report);
	filter_add_label_frames(report);
	set_sides(report);
	if (o->relative_percentages && !filter_apply(report, error))
		return false;
	if (!set_values(report, error) || !set_symbol(report, parameter, error))
		return false;
	report_count(report);
	if (asks_sides(report))
		compare_begin(report);
	if (!o->relative_percentages && !filter_apply(report, error))
		return false;
	filter_aggregate(report->profile, granularity, noinlines, o->showcolumns);
	return true;
}

static bool answer(struct report *report, struct buffer *out, struct buffer *error)
{
	typedef bool (*report_fn)(struct report *, struct buffer *, struct buffer *);
	static const report_fn answers[] = {
		[FORMAT_COMMENTS] = report_comments,
		[FORMAT_DOT] = report_dot,
		[FORMAT_LIST] = report_list,
		[FORMAT_PROTO] = report_proto,
		[FORMAT_RAW] = report_raw,
		[FORMAT_TAGS] = report_tags,
		[FORMAT_TEXT] = report_top,
		[FORMAT_TOPPROTO] = report_topproto,
		[FORMAT_TRACES] = report_traces,
		[FORMAT_TREE] = report_tree,
		[FORMAT_CALLGRIND] = report_callgrind,
		[FORMAT_DIFF] = report_diff,
		[FORMAT_LEAKS] = report_leaks,
		[FORMAT_MESSAGES] = report_messages,
		[FORMAT_DISASM] = report_disasm,
		[FORMAT_WEBLIST] = report_weblist,
		[FORMAT_HTML] = report_html,
	};

	if (report->format == FORMAT_TEXT && report->options->by[0] != '\0')
		return report_by(report, out, error);
	return answers[report->format](report, out, error);
}

static bool draw(const struct command *command, struct buffer *out, struct buffer *error)
{
	struct buffer picture = { 0 };
	bool ok = child_draw(command->drawn_as, out, &picture, error);

	buffer_fini(out);
	*out = picture;
	if (ok && (strcmp(command->name, "svg") == 0 || strcmp(command->name, "web") == 0))
		svg_make_movable(out);
	return ok;
}

static bool write_all(int fd, const struct buffer *out)
{
	for (size_t done = 0; done < out->size;) {
		ssize_t n = write(fd, out->at + done, out->size - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool write_and_close(int fd, const char *path, const struct buffer *out,
			    struct buffer *error)
{
	bool ok = fd >= 0 && write_all(fd, out);

	if (fd < 0 || close(fd) != 0)
		ok = false;
	if (!ok)
		buffer_errno(error, fd < 0 ? "open" : "write", path, errno);
	return ok;
}

static bool save(const struct command *command, const struct buffer *out, struct buffer *error)
{
	char *path;
	int fd = save_open_numbered("profile", command->suffix, &path);
	bool ok;

	if (fd >= 0)
		fprintf(stderr, "Generating report in %s\n", path);
	ok = write_and_close(fd, path, out, error);
	free(path);
	return ok;
}

static bool show(const struct command *command, const struct buffer *out, bool at_prompt,
		 struct buffer *error)
{
	const char *own[] = { strcmp(command->name, "gv") == 0 ? "gv --noantialias" : command->name,
			      NULL };
	const char *directory = getenv("TMPDIR");
	char *prefix = take_printf("%s/pprof", directory != NULL ? directory : "/tmp");
	char *path;
	int fd = save_open_numbered(prefix, command->suffix, &path);
	bool ok = write_and_close(fd, path, out, error);

	if (ok && strncmp(command->name, "web", 3) == 0)
		ok = child_browse(path, at_prompt, error);
	else if (ok)
		ok = child_show(path, own, at_prompt, error);
	/* What starts may only pass the file on and end: leave time to open it. */
	if (ok)
		nanosleep(&(struct timespec){ 1, 0 }, NULL);
	/* A viewer in the background may still read it; it is left to the temporary directory. */
	if (fd >= 0 && !at_prompt)
		unlink(path);
	free(path);
	free(prefix);
	return ok;
}

static bool deliver(const struct command *command, const char *output, struct buffer *out,
		    bool at_prompt, struct buffer *error)
{
	if (output[0] != '\0') {
		fprintf(stderr, "Generating report in %s\n", output);
		return write_and_close(open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666),
				       output, out, error);
	}
	if (command->end == END_SHOW)
		return show(command, out, at_prompt, error);
	if (command->end == END_FILE && (at_prompt || isatty(STDOUT_FILENO)))
		return save(command, out, error);
	fflush(stdout);
	if (isatty(STDOUT_FILENO))
		terminal_clean(out);
	if (write_all(STDOUT_FILENO, out) || errno == EPIPE)
		return true;
	buffer_printf(error, "cannot write: %s", strerror(errno));
	return false;
}

void report_fini(struct report *report)
{
	free(report->type);
	free(report->title);
	free(report->key_units);
	free(report->is_old);
	free(report->before);
	free(report->sums);
	regex_destroy(report->symbol);
	buffer_fini(&report->warnings);
}

/* Only for people who look: a terminal, and no wish to the contrary (no-color.org). */
static bool is_coloured(const struct options *options)
{
	const char *unwanted = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return options->output[0] == '\0' && isatty(STDOUT_FILENO) &&
	       (unwanted == NULL || unwanted[0] == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

bool command_answer(const struct command *command, const char *parameter, struct profile *profile,
		    const struct options *options, struct run_context *context, struct buffer *out,
		    struct buffer *error)
{
	struct report report = { .profile = profile, .options = options, .context = context };
	bool ok;

	report.is_coloured = is_coloured(options);
	ok = command_prepare(&report, command, parameter, error);
	flush_warnings(&report);
	if (ok)
		ok = answer(&report, out, error);
	flush_warnings(&report);
	if (context != NULL)
		context->status = report.has_met  ? EXIT_CONDITION_MET
				  : report.misses ? EXIT_NO_MATCH
						  : EXIT_ANSWERED;
	if (profile->error != 0)
		out_of_memory();
	akti_profile_destroy(profile);
	report_fini(&report);
	return ok;
}

bool command_run(const struct command *command, const char *parameter, struct profile *profile,
		 const struct options *options, bool at_prompt, struct run_context *context,
		 struct buffer *error)
{
	struct buffer out = { 0 };
	bool ok = command_answer(command, parameter, profile, options, context, &out, error);

	if (ok && command->drawn_as != NULL)
		ok = draw(command, &out, error);
	if (ok)
		ok = deliver(command, options->output, &out, at_prompt, error);
	buffer_fini(&out);
	return ok;
}

void command_greet(struct profile *profile, const struct options *options, struct buffer *out)
{
	struct report report = { .profile = profile, .options = options };
	struct buffer error = { 0 };

	find_key_units(&report);
	flush_warnings(&report);
	if (set_values(&report, &error)) {
		report_count(&report);
		report_profile_labels(&report, out);
		if (out->size == 0)
			buffer_text(out, "\n");
		if (report.total == 0 && profile->type_count > 1)
			buffer_text(
				out,
				"No samples were found with the default sample value "
				"type.\nTry \"sample_index\" command to analyze different sample "
				"values.\n");
	}
	buffer_fini(&error);
	report_fini(&report);
}
