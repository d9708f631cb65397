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
	char function[FUNCTION_BYTES]; /* of the leaf */
	int64_t cpu_ns;
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

	if (x->cpu_ns != y->cpu_ns)
		return x->cpu_ns > y->cpu_ns ? -1 : 1;
	return by_what(a, b);
}

static void take_first(void *arg, const struct symbol_frame *frame)
{
	struct row *row = arg;

	if (row->function[0] == '\0')
		(void)snprintf(row->function, sizeof(row->function), "%s", frame->name);
}

/* Samples added up, the most first. NULL: there are none, or memory is out. */
static struct row *make_rows(const struct crash *crash, struct names *names, size_t *ret_count,
			     int64_t *ret_total_ns)
{
	struct row *rows = calloc(crash->sample_count + 1, sizeof(*rows));
	size_t count = 0;

	*ret_total_ns = 0;
	for (size_t i = 0; rows != NULL && i < crash->sample_count; i++) {
		const struct sample *sample = &crash->samples[i];

		rows[i].type = sample->actor.type;
		rows[i].message = sample->actor.message;
		rows[i].cpu_ns = sample->cpu_ns;
		*ret_total_ns += sample->cpu_ns;
		if (sample->pc_count > 0)
			names_find(names, crash, sample->pcs[0], take_first, &rows[i]);
		else
			memcpy(rows[i].function, "[between ticks]", sizeof("[between ticks]"));
	}
	if (rows == NULL || crash->sample_count == 0) {
		free(rows);
		return NULL;
	}
	qsort(rows, crash->sample_count, sizeof(*rows), by_what);
	for (size_t i = 0; i < crash->sample_count; i++) {
		if (count > 0 && by_what(&rows[count - 1], &rows[i]) == 0)
			rows[count - 1].cpu_ns += rows[i].cpu_ns;
		else
			rows[count++] = rows[i];
	}
	qsort(rows, count, sizeof(*rows), by_cost);
	*ret_count = count;
	return rows;
}

static void put_or_none(FILE *out, struct span text)
{
	if (text.count > 0)
		put_span(out, text);
	else
		fputs("none", out);
}

static void put_cpu(FILE *out, const struct crash *crash, struct names *names, bool all)
{
	size_t count = 0, shown;
	int64_t total_ns;
	struct row *rows = make_rows(crash, names, &count, &total_ns);

	if (rows == NULL)
		return;
	shown = !all && count > ROWS_SHOWN ? ROWS_SHOWN : count;
	fprintf(out,
		"\ncpu       %.2f s in the last minute, %zu samples: actor type, message, "
		"function\n",
		(double)total_ns / 1e9, crash->sample_count);
	for (size_t i = 0; i < shown; i++) {
		fprintf(out, "  %8.2f s %5.1f %%  ", (double)rows[i].cpu_ns / 1e9,
			total_ns > 0 ? 100.0 * (double)rows[i].cpu_ns / (double)total_ns : 0.0);
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
	put_cpu(out, crash, names, all);
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
	int64_t values[4] = { 1, sample->cpu_ns };
	struct profile_stack stack;

	labels[1].str = actor_of(sample, labels[0].str, actor);
	/* But for the leaf they are return addresses. */
	for (size_t i = 0; i < sample->pc_count; i++)
		names_find(names, crash, sample->pcs[i] - (i > 0), add_frame, &frames);
	if (sample->truncated && frames.count < FRAMES_MAX)
		frames.frame[frames.count++] = akti_profile_frame(profile, "[truncated]");
	if (frames.count == 0)
		frames.frame[frames.count++] = akti_profile_frame(profile, "[between ticks]");
	stack = (struct profile_stack){ frames.frame, frames.count, true };
	(void)akti_profile_add_sample(profile, &stack, values, labels, AKTI_COUNT_OF(labels));
}

int report_profile(const char *path, const struct crash *crash, struct names *names)
{
	struct profile *profile;
	char text[TEXT_BYTES + 64];
	int64_t span_ns = 0;
	int r;

	if (crash->sample_count == 0)
		return AKT_ERR_NOTFOUND;
	r = akti_profile_create(&profile);
	if (r < 0)
		return r;
	span_ns = crash->samples[0].time_ns - crash->samples[crash->sample_count - 1].time_ns;
	akti_profile_set_time(profile, crash->time_ns - span_ns, span_ns);
	(void)akti_profile_add_type(profile, "samples", "count");
	(void)akti_profile_add_type(profile, "cpu", "nanoseconds");
	(void)akti_profile_set_default(profile, "cpu");
	(void)akti_profile_set_period(profile, "cpu", "nanoseconds", 1000000000 / 19);
	(void)snprintf(text, sizeof(text), "phase=crash hz=19: of %.*s, pid %" PRIu32,
		       (int)crash->program.count, crash->program.at, crash->pid);
	(void)akti_profile_add_comment(profile, text);
	for (size_t i = 0; i < crash->sample_count; i++)
		add_sample(profile, crash, names, &crash->samples[i]);
	r = akti_profile_symbolize(profile);
	if (r == 0)
		r = akti_profile_write(profile, path);
	akti_profile_destroy(profile);
	return r;
}

/* --- for programs --------------------------------------------------------------------------------- */

static void put_json(FILE *out, const char *key, const char *text, size_t count)
{
	fprintf(out, "\"%s\":\"", key);
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void report_flight_json(FILE *out, const struct crash *crash, struct names *names)
{
	size_t count = 0;
	int64_t total_ns;
	struct row *rows = make_rows(crash, names, &count, &total_ns);

	fputs(",\"cpu\":[", out);
	for (size_t i = 0; rows != NULL && i < count; i++) {
		fprintf(out, "%s{\"cpu_ns\":%" PRId64 ",", i > 0 ? "," : "", rows[i].cpu_ns);
		put_json(out, "type", rows[i].type.at, rows[i].type.count);
		fputc(',', out);
		put_json(out, "message", rows[i].message.at, rows[i].message.count);
		fputc(',', out);
		put_json(out, "function", rows[i].function, strlen(rows[i].function));
		fputc('}', out);
	}
	fputs("],\"recorded\":[", out);
	for (size_t i = crash->recorded_count; i-- > 0;) {
		const struct recorded *recorded = &crash->recorded[i];

		fprintf(out, "{\"time_ns\":%" PRId64 ",\"what\":\"%s\",\"code\":%" PRId32 ",",
			recorded->time_ns, recorded_word(recorded->kind), recorded->code);
		put_json(out, "type", recorded->actor.type.at, recorded->actor.type.count);
		fputc(',', out);
		put_json(out, "name", recorded->name.at, recorded->name.count);
		fputc(',', out);
		put_json(out, "message", recorded->actor.message.at, recorded->actor.message.count);
		fputs(i > 0 ? "}," : "}", out);
	}
	fputc(']', out);
	free(rows);
}
