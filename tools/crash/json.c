/* SPDX-License-Identifier: MIT */
/* The report for programs: one JSON object. Addresses are texts, for JSON has no 64-bit numbers. */
#include "crash/report.h"

#include <inttypes.h>
#include <string.h>

/* Bytes beyond ASCII become U+0080..U+00FF: valid JSON whatever they were. */
static void put_bytes(FILE *out, const char *at, size_t count)
{
	fputc('"', out);
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)at[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\u%04x", c);
	}
	fputc('"', out);
}

static void put_key(FILE *out, const char *key)
{
	fprintf(out, "\"%s\":", key);
}

void put_json(FILE *out, const char *key, struct span text)
{
	put_key(out, key);
	put_bytes(out, text.at, text.count);
}

static void put_word(FILE *out, const char *key, const char *word)
{
	put_json(out, key, (struct span){ word, strlen(word) });
}

static void put_address(FILE *out, const char *key, uint64_t address)
{
	fprintf(out, "\"%s\":\"0x%" PRIx64 "\"", key, address);
}

struct list {
	FILE *out;
	bool any;
};

static void put_symbol(void *arg, const struct symbol_frame *frame)
{
	struct list *list = arg;

	fputs(list->any ? ",{" : "{", list->out);
	list->any = true;
	put_word(list->out, "function", frame->name);
	if (frame->file != NULL) {
		fputc(',', list->out);
		put_word(list->out, "file", frame->file);
		fprintf(list->out, ",\"line\":%" PRId64, frame->line);
	}
	fputc('}', list->out);
}

/* {"address":...,"symbols":[...]}: innermost first. back: bytes to look before the address. */
static void put_place(FILE *out, const struct crash *crash, struct names *names, uint64_t address,
		      unsigned back)
{
	struct list list = { out, false };

	fputc('{', out);
	put_address(out, "address", address);
	fputs(",\"symbols\":[", out);
	names_find(names, crash, address - back, put_symbol, &list);
	fputs("]}", out);
}

static void put_actor(FILE *out, const struct actor *actor)
{
	fprintf(out, "\"ref\":\"#%" PRIu32 ".%" PRIu32 "@%" PRIx64 "\",", actor->slot, actor->gen,
		actor->node);
	put_json(out, "type", actor->type);
	fputc(',', out);
	put_json(out, "message", actor->message);
}

static void put_process(FILE *out, const struct crash *crash)
{
	fprintf(out, "\"signal\":%" PRIu32 ",\"signal_name\":\"%s\",\"code\":%" PRId32 ",",
		crash->signal, signal_word(crash->signal), crash->code);
	put_address(out, "address", crash->address);
	fprintf(out, ",\"time_ns\":%" PRId64 ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",",
		crash->time_ns, crash->pid, crash->tid);
	put_json(out, "akt", crash->version);
	fputc(',', out);
	put_json(out, "program", crash->program);
	fputc(',', out);
	put_json(out, "thread", crash->thread_name);
}

static void put_running(FILE *out, const struct crash *crash, struct names *names)
{
	if (crash->has_assert) {
		fputs(",\"assertion\":{", out);
		put_json(out, "condition", crash->assert_condition);
		fputc(',', out);
		put_json(out, "function", crash->assert_function);
		fputc(',', out);
		put_json(out, "file", crash->assert_file);
		fprintf(out, ",\"line\":%" PRIu32 "}", crash->assert_line);
	}
	if (!crash->has_actor)
		return;
	fputs(",\"actor\":{", out);
	put_actor(out, &crash->actor);
	fputc(',', out);
	put_json(out, "name", crash->name);
	fputs(",\"handler\":", out);
	put_place(out, crash, names, crash->actor.code, 0);
	fputc('}', out);
}

static void put_frames(FILE *out, const struct crash *crash, struct names *names)
{
	fputs(",\"frames\":[", out);
	for (size_t i = 0; i < crash->frame_count; i++) {
		fputs(i > 0 ? "," : "", out);
		put_place(out, crash, names, crash->frames[i], i > 0);
	}
	fprintf(out, "],\"frames_skipped\":%" PRIu32 ",\"frames_truncated\":%s,\"registers\":{",
		crash->frames_skipped, crash->frames_truncated ? "true" : "false");
	for (size_t i = 0; i < crash->register_count; i++) {
		const char *name = register_word(crash->machine, i);

		if (name == NULL)
			break;
		fputs(i > 0 ? "," : "", out);
		put_address(out, name, crash->registers[i]);
	}
	fputc('}', out);
}

static void put_threads(FILE *out, const struct crash *crash)
{
	fputs(",\"threads\":[", out);
	for (size_t i = 0; i < crash->thread_count; i++) {
		const struct thread *thread = &crash->threads[i];

		fprintf(out, "%s{\"tid\":%" PRIu32 ",\"crashed\":%s,", i > 0 ? "," : "",
			thread->tid, thread->crashed ? "true" : "false");
		put_actor(out, &thread->actor);
		fputc('}', out);
	}
	fputs("],\"events\":[", out);
	for (size_t i = 0; i < crash->event_count; i++) {
		const struct event *event = &crash->events[i];

		fprintf(out,
			"%s{\"time_ns\":%" PRId64 ",\"tid\":%" PRIu32
			",\"what\":\"%s\",\"error\":%" PRId32 ",",
			i > 0 ? "," : "", event->time_ns, event->tid, event_word(event->kind),
			event->error);
		put_actor(out, &event->actor);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_modules(FILE *out, const struct crash *crash, const struct names *names)
{
	fputs(",\"modules\":[", out);
	for (size_t i = 0; i < crash->module_count; i++) {
		const struct module *module = &crash->modules[i];
		const char *fault = names_fault(names, i);

		fputs(i > 0 ? ",{" : "{", out);
		put_address(out, "start", module->start);
		fputc(',', out);
		put_address(out, "end", module->end);
		fputc(',', out);
		put_address(out, "bias", module->bias);
		fputs(",\"build_id\":\"", out);
		for (size_t b = 0; b < module->build_id.count; b++)
			fprintf(out, "%02x", (unsigned char)module->build_id.at[b]);
		fputs("\",", out);
		put_json(out, "path", module->path);
		if (fault != NULL) {
			fputc(',', out);
			put_word(out, "no_names", fault);
		}
		fputc('}', out);
	}
	fputc(']', out);
}

void report_json(FILE *out, const struct crash *crash, struct names *names)
{
	fputc('{', out);
	put_process(out, crash);
	put_running(out, crash, names);
	put_frames(out, crash, names);
	put_threads(out, crash);
	put_modules(out, crash, names);
	report_flight_json(out, crash, names);
	fprintf(out, ",\"lost\":%zu,\"damaged\":%zu,\"complete\":%s}\n", crash->lost_count,
		crash->damaged, crash->complete ? "true" : "false");
}
