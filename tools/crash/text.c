/* SPDX-License-Identifier: MIT */
/* The report for people. */
#include "crash/report.h"

#include <akt/error.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define EVENTS_SHOWN 32u

/* Bytes of a record may be anything: what is no printable ASCII or UTF-8 lead is escaped, so that no
 * terminal takes it for a command. */
static void put_word(FILE *out, const char *word)
{
	put_span(out, (struct span){ word, strlen(word) });
}

static bool somebody(const struct actor *actor)
{
	return actor->slot != 0 || actor->gen != 0;
}

struct frame_place {
	FILE *out;
	unsigned number; /* of the frame; inlined callers have none of their own */
	uint64_t address;
	unsigned told;
};

static void put_symbol(FILE *out, const struct symbol_frame *frame)
{
	put_word(out, frame->name);
	if (frame->file != NULL) {
		fputs(" at ", out);
		put_word(out, frame->file);
		if (frame->line > 0)
			fprintf(out, ":%" PRId64, frame->line);
	}
}

static void put_frame(void *arg, const struct symbol_frame *frame)
{
	struct frame_place *place = arg;

	if (place->told++ == 0)
		fprintf(place->out, "  #%-3u 0x%012" PRIx64 "  ", place->number, place->address);
	else
		fprintf(place->out, "  %-4s %14s  ", "", "inlined in");
	put_symbol(place->out, frame);
	fputc('\n', place->out);
}

static void put_first(void *arg, const struct symbol_frame *frame)
{
	struct frame_place *place = arg;

	if (place->told++ == 0)
		put_symbol(place->out, frame);
}

static void put_code(FILE *out, const struct crash *crash, struct names *names, uint64_t code)
{
	struct frame_place place = { .out = out };

	names_find(names, crash, code, put_first, &place);
}

static void put_head(FILE *out, const struct crash *crash)
{
	time_t seconds = (time_t)(crash->time_ns / 1000000000);
	char when[40] = "?";
	struct tm parts;

	if (!crash->has_process) {
		fputs("a crash record without a process\n", out);
		return;
	}
	if (gmtime_r(&seconds, &parts) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &parts);
	fprintf(out, "%s (%" PRIu32 ")", signal_word(crash->signal), crash->signal);
	if (code_word(crash->signal, crash->code)[0] != '\0')
		fprintf(out, ": %s", code_word(crash->signal, crash->code));
	if (crash->code > 0 && crash->signal != 6)
		fprintf(out, ", 0x%" PRIx64, crash->address);
	fputs("\n\nprogram   ", out);
	put_span(out, crash->program);
	fprintf(out, ", process %" PRIu32 ", akt ", crash->pid);
	put_span(out, crash->version);
	fprintf(out, "\ntime      %s\nthread    %" PRIu32 " (", when, crash->tid);
	put_span(out, crash->thread_name);
	fputs(")\n", out);
}

static void put_actor(FILE *out, const struct crash *crash, struct names *names)
{
	const struct actor *actor = &crash->actor;

	if (crash->has_assert) {
		fputs("assertion ", out);
		put_span(out, crash->assert_condition);
		fputs(" in ", out);
		put_span(out, crash->assert_function);
		fputs(" at ", out);
		put_span(out, crash->assert_file);
		fprintf(out, ":%" PRIu32 "\n", crash->assert_line);
	}
	if (!crash->has_actor) {
		fputs("actor     none: no handler was running on this thread\n", out);
		return;
	}
	fputs("actor     ", out);
	if (crash->name.count > 0) {
		put_span(out, crash->name);
		fputs(" ", out);
	}
	fprintf(out, "#%" PRIu32 ".%" PRIu32 "@%" PRIx64 "\ntype      ", actor->slot, actor->gen,
		actor->node);
	put_span(out, actor->type);
	fputs("\nmessage   ", out);
	if (actor->message.count > 0)
		put_span(out, actor->message);
	else
		fputs("none: a hook was running", out);
	fputs("\nhandler   ", out);
	put_code(out, crash, names, actor->code);
	fputc('\n', out);
}

static void put_again(FILE *out, size_t *again)
{
	if (*again > 0)
		fprintf(out, "  ... %zu times the same ...\n", *again);
	*again = 0;
}

static void put_frames(FILE *out, const struct crash *crash, struct names *names)
{
	size_t again = 0; /* frames like the one before */

	fputs("\nbacktrace\n", out);
	for (size_t i = 0; i < crash->frame_count; i++) {
		size_t number = i >= crash->frame_count / 2 ? i + crash->frames_skipped : i;
		struct frame_place place = { out, (unsigned)number, crash->frames[i], 0 };
		bool behind = i == crash->frame_count / 2 && crash->frames_skipped > 0;

		if (i > 1 && crash->frames[i] == crash->frames[i - 1] && !behind &&
		    i + 1 < crash->frame_count) {
			again++;
			continue;
		}
		put_again(out, &again);
		if (behind)
			fprintf(out, "  ... %" PRIu32 " not recorded ...\n", crash->frames_skipped);
		/* All but the first are return addresses: the call is before them. So is it behind
		 * a first one that is no code: a call through a bad pointer. */
		names_find(names, crash, crash->frames[i] - (i > 0), put_frame, &place);
	}
	if (crash->frame_count == 0)
		fputs("  none\n", out);
	else if (crash->frames_truncated)
		fputs("  ... and more, or unknown\n", out);
}

static void put_registers(FILE *out, const struct crash *crash)
{
	if (crash->register_count == 0)
		return;
	fputs("\nregisters\n", out);
	for (size_t i = 0; i < crash->register_count; i++) {
		const char *name = register_word(crash->machine, i);

		fprintf(out, "  %-6s 0x%016" PRIx64 "%s", name != NULL ? name : "?",
			crash->registers[i],
			i % 3 == 2 || i + 1 == crash->register_count ? "\n" : "");
	}
}

static void put_threads(FILE *out, const struct crash *crash, struct names *names)
{
	bool any = false;

	for (size_t i = 0; i < crash->thread_count; i++) {
		const struct thread *thread = &crash->threads[i];

		if (thread->crashed || !somebody(&thread->actor))
			continue;
		fputs(any ? "" : "\nmeanwhile\n", out);
		any = true;
		fprintf(out, "  thread %" PRIu32 ": #%" PRIu32 ".%" PRIu32 " ", thread->tid,
			thread->actor.slot, thread->actor.gen);
		put_span(out, thread->actor.type);
		if (thread->actor.message.count > 0) {
			fputs(" handles ", out);
			put_span(out, thread->actor.message);
		}
		fputs(" in ", out);
		put_code(out, crash, names, thread->actor.code);
		fputc('\n', out);
	}
}

static void put_event(FILE *out, const struct crash *crash, const struct event *event)
{
	const struct event *last = &crash->events[crash->event_count - 1];

	fprintf(out, "  %+13.6f ms  %-6" PRIu32 " %-8s",
		((double)event->time_ns - (double)last->time_ns) / 1e6, event->tid,
		event_word(event->kind));
	if (somebody(&event->actor)) {
		fprintf(out, "#%" PRIu32 ".%" PRIu32 " ", event->actor.slot, event->actor.gen);
		put_span(out, event->actor.type);
	}
	if (event->actor.message.count > 0) {
		fputs("  ", out);
		put_span(out, event->actor.message);
	}
	if (event->kind == CRASH_FAIL)
		fprintf(out, "  %s (%" PRId32 ")", akt_strerror(event->error), event->error);
	fputc('\n', out);
}

static void put_events(FILE *out, const struct crash *crash, bool all)
{
	size_t first = 0;

	if (crash->event_count == 0)
		return;
	if (!all && crash->event_count > EVENTS_SHOWN)
		first = crash->event_count - EVENTS_SHOWN;
	fprintf(out, "\nevents    the last %zu of %zu, oldest first: time, thread, what, who\n",
		crash->event_count - first, crash->event_count);
	for (size_t i = first; i < crash->event_count; i++)
		put_event(out, crash, &crash->events[i]);
}

static void put_modules(FILE *out, const struct crash *crash, const struct names *names)
{
	if (crash->module_count == 0)
		return;
	fputs("\nmodules\n", out);
	for (size_t i = 0; i < crash->module_count; i++) {
		const struct module *module = &crash->modules[i];
		const char *fault = names_fault(names, i);

		fprintf(out, "  0x%012" PRIx64 "-0x%012" PRIx64 "  ", module->start, module->end);
		put_span(out, module->path);
		if (module->build_id.count > 0)
			fputs("  ", out);
		for (size_t b = 0; b < module->build_id.count; b++)
			fprintf(out, "%02x", (unsigned char)module->build_id.at[b]);
		if (fault != NULL)
			fprintf(out, "  no names: %s", fault);
		fputc('\n', out);
	}
}

/* Runs of the same loss are one line. */
static void put_lost(FILE *out, const struct crash *crash)
{
	size_t run = 0;

	for (size_t i = 0; i < crash->lost_count; i++) {
		const struct lost *lost = &crash->lost[i];

		run++;
		if (i + 1 < crash->lost_count && lost[1].part == lost->part &&
		    lost[1].signal == lost->signal)
			continue;
		fprintf(out, "%snot recorded: %zu of %s (%s while it was read)\n",
			i + 1 == run ? "\n" : "", run, part_word(lost->part),
			signal_word(lost->signal));
		run = 0;
	}
}

void report_text(FILE *out, const struct crash *crash, struct names *names, bool all)
{
	put_head(out, crash);
	put_actor(out, crash, names);
	put_frames(out, crash, names);
	put_threads(out, crash, names);
	put_events(out, crash, all);
	report_flight(out, crash, names, all);
	put_registers(out, crash);
	put_modules(out, crash, names);
	put_lost(out, crash);
	if (crash->damaged > 0)
		fprintf(out, "\ndamaged: %zu parts are shorter than they say\n", crash->damaged);
	if (!crash->complete)
		fputs("\nthe record is cut short: its end is missing\n", out);
}
