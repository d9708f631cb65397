/* SPDX-License-Identifier: MIT */
#include "top/words.h"
#include "pprof/query/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Three digits that matter. */
static struct word with_unit(double value, const char *unit)
{
	struct word word;
	int places = value >= 100 ? 0 : value >= 10 ? 1 : 2;

	(void)snprintf(word.text, sizeof(word.text), "%.*f%s", places, value, unit);
	return word;
}

static struct word unknown(void)
{
	return (struct word){ "-" };
}

struct word word_count(double count)
{
	static const char *const units[] = { "k", "M", "G", "T" };
	struct word word;
	size_t i = 0;

	if (count < 0)
		return unknown();
	if (count < 999.5) {
		bool is_whole = count >= 9.95 || count == (double)(int)count;

		(void)snprintf(word.text, sizeof(word.text), "%.*f", is_whole ? 0 : 1, count);
		return word;
	}
	for (count /= 1000; count >= 999.5 && i + 1 < AKTI_COUNT_OF(units); i++)
		count /= 1000;
	return with_unit(count, units[i]);
}

struct word word_time(int64_t ns)
{
	const char *unit;
	double value;

	if (ns < 0)
		return unknown();
	if (ns == 0)
		return (struct word){ "0" };
	value = measure_scale(ns, "ns", "auto", &unit);
	return with_unit(value, unit);
}

struct word word_bytes(int64_t bytes)
{
	const char *unit;
	double value;

	if (bytes < 0)
		return unknown();
	if (bytes < 1024) {
		struct word word;

		(void)snprintf(word.text, sizeof(word.text), "%" PRId64 "B", bytes);
		return word;
	}
	value = measure_scale(bytes, "B", "auto", &unit);
	return with_unit(value, unit);
}

struct word word_percent(double percent)
{
	struct word word;

	if (percent < 0)
		return unknown();
	(void)snprintf(word.text, sizeof(word.text), "%.1f", percent);
	return word;
}

struct word word_uptime(int64_t ns)
{
	int64_t s = ns / 1000000000;
	struct word word;

	if (ns < 0)
		return unknown();
	if (s >= 86400)
		(void)snprintf(word.text, sizeof(word.text), "%" PRId64 "d%02dh", s / 86400,
			       (int)(s / 3600 % 24));
	else if (s >= 3600)
		(void)snprintf(word.text, sizeof(word.text), "%dh%02dm", (int)(s / 3600),
			       (int)(s / 60 % 60));
	else if (s >= 60)
		(void)snprintf(word.text, sizeof(word.text), "%dm%02ds", (int)(s / 60),
			       (int)(s % 60));
	else
		(void)snprintf(word.text, sizeof(word.text), "%ds", (int)s);
	return word;
}

static void put_safe(struct buffer *out, const char *text, unsigned char first)
{
	const unsigned char *c = (const unsigned char *)text;

	if (*c == '\0')
		buffer_text(out, "-");
	for (; *c != '\0'; c++) {
		if (*c < first || *c == 0x7f) {
			buffer_printf(out, "%%%02X", *c);
		} else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) { /* U+0080 to U+009F */
			buffer_printf(out, "%%%02X%%%02X", c[0], c[1]);
			c++;
		} else {
			buffer_add(out, c, 1);
		}
	}
}

void words_put_safe(struct buffer *out, const char *text)
{
	put_safe(out, text, ' ' + 1);
}

static void add_waits(struct buffer *out, int64_t count, const char *what)
{
	buffer_printf(out, "awaits %" PRId64 " %s%s", count, what, count == 1 ? "" : "s");
}

static void add_type_doing(struct buffer *out, const struct actor_type *type)
{
	buffer_printf(out, "%" PRId64 " actor%s", type->actors, type->actors == 1 ? "" : "s");
	if (type->running > 0)
		buffer_printf(out, ", %" PRId64 " running", type->running);
	if (type->queued > 0)
		buffer_printf(out, ", %" PRId64 " queued", type->queued);
}

void words_of_doing(struct buffer *out, const struct row *row)
{
	const struct actor *actor = row->actor;

	if (actor == NULL) {
		add_type_doing(out, row->of_type);
		return;
	}
	if (strcmp(actor->mode, "running") != 0) {
		words_put_safe(out, actor->mode);
		buffer_text(out, strcmp(actor->state, "running") == 0 ? ", " : "");
	}
	if (strcmp(actor->state, "running") == 0) {
		buffer_text(out, "runs ");
		words_put_safe(out, actor->message != NULL ? actor->message : "");
		if (actor->running_ns >= 0)
			buffer_printf(out, " %s", word_time(actor->running_ns).text);
	} else if (strcmp(actor->mode, "running") != 0) {
		return;
	} else if (strcmp(actor->state, "queued") == 0) {
		buffer_text(out, "queued");
	} else if (actor->questions > 0) {
		add_waits(out, actor->questions, "answer");
	} else if (actor->descriptors > 0) {
		add_waits(out, actor->descriptors, "descriptor");
	} else if (actor->stashed > 0) {
		buffer_printf(out, "idle, %" PRId64 " stashed", actor->stashed);
	} else if (actor->timers > 0) {
		buffer_printf(out, "idle, %" PRId64 " timer%s", actor->timers,
			      actor->timers == 1 ? "" : "s");
	} else {
		buffer_text(out, "idle");
	}
}

/* --- the head ------------------------------------------------------------------------------------------ */

/* Workers by hundredths of their time; of many only the sum. */
#define WORKERS_SHOWN 16

static void add_workers(struct buffer *out, const struct page *page)
{
	size_t count = page->tree.worker_count;

	buffer_printf(out, "workers %zu  %s", count, page->workers_percent >= 0 ? "" : "-");
	if (page->workers_percent < 0)
		return;
	buffer_printf(out, "%.0f%% busy", page->workers_percent);
	for (size_t i = 0; i < count && count <= WORKERS_SHOWN; i++)
		buffer_printf(out, "%s%.0f", i == 0 ? " [" : " ", page->worker_percent[i]);
	buffer_text(out, count <= WORKERS_SHOWN && count > 0 ? "]" : "");
}

void words_head(struct buffer lines[HEAD_LINES], const struct source *source,
		const struct page *page)
{
	const struct counters *c = &page->tree.counters;
	int64_t actors = page->tree.actors_count;

	put_safe(&lines[0], page->tree.system, ' ');
	buffer_printf(&lines[0], "  %s  pid %" PRId64 "  up %s", source->address, page->tree.pid,
		      word_uptime(page->tree.uptime_ns).text);
	buffer_printf(&lines[1],
		      "actors %s  messages %s/s  dead %s  dropped %s  failures %s  restarts %s",
		      word_count((double)actors).text,
		      page->seconds > 0 ? word_count(page->messages_per_s).text : "-",
		      word_count((double)c->dead).text, word_count((double)c->dropped).text,
		      word_count((double)c->failures).text, word_count((double)c->restarts).text);
	add_workers(&lines[2], page);
	buffer_printf(&lines[2], "  memory %s", word_bytes(c->memory_used).text);
	if (c->memory_max > 0)
		buffer_printf(&lines[2], " of %s", word_bytes(c->memory_max).text);
	if (page->cpu.profile != NULL)
		buffer_printf(&lines[2], "  %" PRId64 " CPU samples", page->cpu.all.count);
	if (page->messages.profile != NULL)
		buffer_printf(&lines[2], "  %" PRId64 " timed messages",
			      page->messages.all.sampled);
	if (page->is_refused)
		buffer_text(&lines[2], "  a profile was refused: too many are taken");
}
