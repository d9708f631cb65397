/* SPDX-License-Identifier: MIT */
/*
 * What the flight recorder had kept when the process died (akt/flight.h): where the CPU time went, and
 * what happened to actors.
 */
#include "crash/report.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_SHOWN 10u
#define RECORDED_SHOWN 32u
#define FUNCTION_BYTES 256u
#define TEXT_BYTES 256u
#define FRAMES_MAX 256u

struct row {
	struct span type;
	struct span message;
	char function[FUNCTION_BYTES]; /* of the leaf; of memory, who wanted it */
	int64_t amount;                /* ns of CPU time, or bytes that were not freed */
};

static int compare(struct span a, struct span b)
{
	int r = a.count == 0 || b.count == 0
			? 0
			: memcmp(a.at, b.at, a.count < b.count ? a.count : b.count);

	return r != 0 ? r : (a.count > b.count) - (a.count < b.count);
}

static int by_what(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r = compare(x->type, y->type);

	if (r == 0)
		r = compare(x->message, y->message);
	return r != 0 ? r : strcmp(x->function, y->function);
}

static int by_cost(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->amount != y->amount)
		return x->amount > y->amount ? -1 : 1;
	return by_what(a, b);
}

/* Between the pools and who wants memory of them. */
static bool is_inside(const char *function)
{
	static const char *const starts[] = { "akti_mem_", "akti_msg_", "akt_msg_",  "__wrap_",
					      "akt_alloc", "new_",      "make_block" };

	for (size_t i = 0; i < AKTI_COUNT_OF(starts); i++) {
		if (strncmp(function, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	return false;
}

struct finding {
	struct row *row;
	bool memory;
};

static void take_first(void *arg, const struct symbol_frame *frame)
{
	struct finding *finding = arg;
	struct row *row = finding->row;

	if (row->function[0] == '\0' && !(finding->memory && is_inside(frame->name)))
		(void)snprintf(row->function, sizeof(row->function), "%s", frame->name);
}

static void name_row(struct row *row, const struct sample *sample, const struct crash *crash,
		     struct names *names)
{
	struct finding finding = { row, sample->what != 0 };
	size_t most = finding.memory ? sample->pc_count : 1;

	for (size_t i = 0; i < most && i < sample->pc_count && row->function[0] == '\0'; i++)
		names_find(names, crash, sample->pcs[i] - finding.memory, take_first, &finding);
	if (row->function[0] == '\0')
		(void)snprintf(row->function, sizeof(row->function), "%s",
			       finding.memory ? "[unknown]" : "[between ticks]");
}

/* Equal ones become one. Returns how many are left. */
static size_t add_up(struct row *rows, size_t taken)
{
	size_t count = 0;

	qsort(rows, taken, sizeof(*rows), by_what);
	for (size_t i = 0; i < taken; i++) {
		if (count > 0 && by_what(&rows[count - 1], &rows[i]) == 0)
			rows[count - 1].amount += rows[i].amount;
		else
			rows[count++] = rows[i];
	}
	qsort(rows, count, sizeof(*rows), by_cost);
	return count;
}

/* Samples of CPU time, or of memory that was not freed, added up, the most first. NULL: there are none, or
 * memory is out. */
static struct row *make_rows(const struct crash *crash, struct names *names, bool memory,
			     size_t *ret_count, int64_t *ret_total)
{
	struct row *rows = calloc(crash->sample_count + 1, sizeof(*rows));
	size_t taken = 0;

	*ret_total = 0;
	for (size_t i = 0; rows != NULL && i < crash->sample_count; i++) {
		const struct sample *sample = &crash->samples[i];

		if ((sample->what != 0) != memory || (memory && !sample->alive))
			continue;
		rows[taken].type = sample->actor.type;
		rows[taken].message = sample->actor.message;
		rows[taken].amount = sample->amount;
		*ret_total += sample->amount;
		name_row(&rows[taken++], sample, crash, names);
	}
	if (taken == 0) {
		free(rows);
		return NULL;
	}
	*ret_count = add_up(rows, taken);
	return rows;
}

static void put_or_none(FILE *out, struct span text)
{
	if (text.count > 0)
		put_span(out, text);
	else
		fputs("none", out);
}

static void put_rows(FILE *out, const struct crash *crash, struct names *names, bool memory,
		     bool all)
{
	const double unit = memory ? 1024.0 * 1024.0 : 1e9;
	size_t count = 0, shown;
	int64_t total;
	struct row *rows = make_rows(crash, names, memory, &count, &total);

	if (rows == NULL)
		return;
	shown = !all && count > ROWS_SHOWN ? ROWS_SHOWN : count;
	fprintf(out,
		memory ? "\nmemory    %.2f MB of the last minute were not freed: actor type, "
			 "message, "
			 "function\n"
		       : "\ncpu       %.2f s in the last minute: actor type, message, function\n",
		(double)total / unit);
	for (size_t i = 0; i < shown; i++) {
		fprintf(out, "  %8.2f %s %5.1f %%  ", (double)rows[i].amount / unit,
			memory ? "MB" : "s",
			total > 0 ? 100.0 * (double)rows[i].amount / (double)total : 0.0);
		put_or_none(out, rows[i].type);
		fputs("  ", out);
		put_or_none(out, rows[i].message);
		fprintf(out, "  %s\n", rows[i].function);
	}
	if (shown < count)
		fprintf(out, "  and %zu more\n", count - shown);
	free(rows);
}

static void put_recorded(FILE *out, const struct crash *crash, bool all)
{
	size_t count = crash->recorded_count;

	if (count == 0)
		return;
	if (!all && count > RECORDED_SHOWN)
		count = RECORDED_SHOWN;
	fprintf(out, "\nrecorded  the last %zu of %zu in the last minute, oldest first\n", count,
		crash->recorded_count);
	for (size_t i = count; i-- > 0;) {
		const struct recorded *recorded = &crash->recorded[i];

		fprintf(out, "  %+9.3f s  %-8s ",
			(double)(recorded->time_ns - crash->recorded[0].time_ns) / 1e9,
			recorded_word(recorded->kind));
		put_or_none(out, recorded->actor.type);
		if (recorded->name.count > 0) {
			fputc(' ', out);
			put_span(out, recorded->name);
		} else if (recorded->actor.gen != 0) {
			fprintf(out, " #%" PRIu32 ".%" PRIu32, recorded->actor.slot,
				recorded->actor.gen);
		}
		if (recorded->actor.message.count > 0) {
			fputs(", ", out);
			put_span(out, recorded->actor.message);
		}
		fprintf(out, " (%" PRId32 ")\n", recorded->code);
	}
}

void report_flight(FILE *out, const struct crash *crash, struct names *names, bool all)
{
	put_rows(out, crash, names, false, all);
	put_rows(out, crash, names, true, all);
	put_recorded(out, crash, all);
}

/* --- as a profile --------------------------------------------------------------------------------- */

struct frames {
	struct profile *profile;
	uint64_t frame[FRAMES_MAX];
	uint32_t count;
};

static void add_frame(void *arg, const struct symbol_frame *frame)
{
	struct frames *frames = arg;

	if (frames->count < FRAMES_MAX)
		frames->frame[frames->count++] = akti_profile_frame(frames->profile, frame->name);
}

static const char *text_of(struct span span, char text[TEXT_BYTES])
{
	if (span.count == 0)
		return "none";
	(void)snprintf(text, TEXT_BYTES, "%.*s", (int)(span.count < TEXT_BYTES ? span.count : 255),
		       span.at);
	return text;
}

static const char *actor_of(const struct sample *sample, const char *type, char text[TEXT_BYTES])
{
	if (sample->name.count > 0)
		return text_of(sample->name, text);
	if (sample->actor.gen == 0)
		return "none";
	(void)snprintf(text, TEXT_BYTES, "%.200s-%" PRIu32 ".%" PRIu32, type, sample->actor.slot,
		       sample->actor.gen);
	return text;
}

static void add_sample(struct profile *profile, const struct crash *crash, struct names *names,
		       const struct sample *sample)
{
	char type[TEXT_BYTES], actor[TEXT_BYTES], msg[TEXT_BYTES];
	struct profile_label labels[] = {
		{ .key = "actor_type", .str = text_of(sample->actor.type, type) },
		{ .key = "actor" },
		{ .key = "msg", .str = text_of(sample->actor.message, msg) },
	};
	struct frames frames = { .profile = profile };
	int64_t count = sample->what == 0 ? sample->count : (sample->count + 32768) >> 16;
	int64_t values[4] = { count, sample->amount, sample->alive ? count : 0,
			      sample->alive ? sample->amount : 0 };
	struct profile_stack stack;

	labels[1].str = actor_of(sample, labels[0].str, actor);
	/* But for the leaf of CPU time they are return addresses. */
	for (size_t i = 0; i < sample->pc_count; i++)
		names_find(names, crash, sample->pcs[i] - (i > 0 || sample->what != 0), add_frame,
			   &frames);
	if (sample->truncated && frames.count < FRAMES_MAX)
		frames.frame[frames.count++] = akti_profile_frame(profile, "[truncated]");
	if (frames.count == 0)
		frames.frame[frames.count++] = akti_profile_frame(profile, "[between ticks]");
	stack = (struct profile_stack){ frames.frame, frames.count, true };
	(void)akti_profile_add_sample(profile, &stack, values, labels, AKTI_COUNT_OF(labels));
}

static void add_types(struct profile *profile, bool memory)
{
	if (!memory) {
		(void)akti_profile_add_type(profile, "samples", "count");
		(void)akti_profile_add_type(profile, "cpu", "nanoseconds");
		(void)akti_profile_set_period(profile, "cpu", "nanoseconds", 1000000000 / 19);
		return;
	}
	(void)akti_profile_add_type(profile, "alloc_objects", "count");
	(void)akti_profile_add_type(profile, "alloc_space", "bytes");
	(void)akti_profile_add_type(profile, "inuse_objects", "count");
	(void)akti_profile_add_type(profile, "inuse_space", "bytes");
	(void)akti_profile_set_period(profile, "space", "bytes", 524288);
}

int report_profile(const char *path, const struct crash *crash, struct names *names, bool memory)
{
	struct profile *profile;
	char text[TEXT_BYTES + 64];
	int64_t newest_ns = INT64_MIN, oldest_ns = INT64_MAX;
	int r = akti_profile_create(&profile);

	if (r < 0)
		return r;
	add_types(profile, memory);
	for (size_t i = 0; i < crash->sample_count; i++) {
		const struct sample *sample = &crash->samples[i];

		if ((sample->what != 0) != memory)
			continue;
		newest_ns = sample->time_ns > newest_ns ? sample->time_ns : newest_ns;
		oldest_ns = sample->time_ns < oldest_ns ? sample->time_ns : oldest_ns;
		add_sample(profile, crash, names, sample);
	}
	if (newest_ns >= oldest_ns)
		akti_profile_set_time(profile, crash->time_ns - (newest_ns - oldest_ns),
				      newest_ns - oldest_ns);
	else
		r = AKT_ERR_NOTFOUND;
	(void)snprintf(text, sizeof(text), "phase=crash: of %.*s, pid %" PRIu32,
		       (int)crash->program.count, crash->program.at, crash->pid);
	(void)akti_profile_add_comment(profile, text);
	if (r == 0)
		r = akti_profile_symbolize(profile);
	if (r == 0)
		r = akti_profile_write(profile, path);
	akti_profile_destroy(profile);
	return r;
}

/* --- for programs --------------------------------------------------------------------------------- */

static void put_rows_json(FILE *out, const struct crash *crash, struct names *names, bool memory)
{
	size_t count = 0;
	int64_t total;
	struct row *rows = make_rows(crash, names, memory, &count, &total);

	fprintf(out, ",\"%s\":[", memory ? "memory" : "cpu");
	for (size_t i = 0; rows != NULL && i < count; i++) {
		fprintf(out, "%s{\"%s\":%" PRId64 ",", i > 0 ? "," : "",
			memory ? "bytes" : "cpu_ns", rows[i].amount);
		put_json(out, "type", rows[i].type);
		fputc(',', out);
		put_json(out, "message", rows[i].message);
		fputc(',', out);
		put_json(out, "function",
			 (struct span){ rows[i].function, strlen(rows[i].function) });
		fputc('}', out);
	}
	fputc(']', out);
	free(rows);
}

void report_flight_json(FILE *out, const struct crash *crash, struct names *names)
{
	put_rows_json(out, crash, names, false);
	put_rows_json(out, crash, names, true);
	fputs(",\"recorded\":[", out);
	for (size_t i = crash->recorded_count; i-- > 0;) {
		const struct recorded *recorded = &crash->recorded[i];

		fprintf(out, "{\"time_ns\":%" PRId64 ",\"what\":\"%s\",\"code\":%" PRId32 ",",
			recorded->time_ns, recorded_word(recorded->kind), recorded->code);
		put_json(out, "type", recorded->actor.type);
		fputc(',', out);
		put_json(out, "name", recorded->name);
		fputc(',', out);
		put_json(out, "message", recorded->actor.message);
		fputs(i > 0 ? "}," : "}", out);
	}
	fputc(']', out);
}
