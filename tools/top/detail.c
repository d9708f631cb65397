/* SPDX-License-Identifier: MIT */
#include "top/detail.h"
#include "pprof/measure.h"
#include "top/label.h"
#include "top/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHARES_SHOWN 12

static void add_number(struct buffer *out, const char *name, int64_t number, const char *more)
{
	if (number < 0)
		buffer_printf(out, "  %-12s -\n", name);
	else
		buffer_printf(out, "  %-12s %" PRId64 "%s\n", name, number, more);
}

static void add_word(struct buffer *out, const char *name, const char *word)
{
	buffer_printf(out, "  %-12s %s\n", name, word);
}

static void add_text(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "  %-12s ", name);
	words_put_safe(out, text != NULL ? text : "");
	buffer_text(out, "\n");
}

static const char *path_of(const struct tree *tree, const char *ref)
{
	for (size_t i = 0; ref != NULL && i < tree->actor_count; i++)
		if (strcmp(tree->actors[i].ref, ref) == 0 && tree->actors[i].path != NULL)
			return tree->actors[i].path;
	return ref;
}

static void add_state(struct buffer *out, const struct page *page, const struct row *row)
{
	const struct actor *actor = row->actor;

	add_text(out, "type", actor->type);
	add_text(out, "reference", actor->ref);
	add_text(out, "parent", path_of(&page->tree, actor->parent));
	buffer_printf(out, "  %-12s ", "doing");
	words_of_doing(out, row);
	if (actor->worker >= 0)
		buffer_printf(out, " on worker %" PRId64, actor->worker);
	buffer_text(out, "\n");
	add_text(out, "mode", actor->mode);
	add_number(out, "mailbox", actor->mailbox, actor->mailbox_more ? " and more" : "");
	add_number(out, "stashed", actor->stashed, "");
	add_word(out, "oldest waits", word_time(actor->oldest_ns).text);
	add_number(out, "questions", actor->questions, "");
	add_number(out, "watches", actor->watches, "");
	add_number(out, "timers", actor->timers, "");
	add_number(out, "descriptors", actor->descriptors, "");
	add_number(out, "failures", actor->failures, "");
	add_number(out, "restarts", actor->restarts, "");
	add_word(out, "memory", word_bytes(actor->memory).text);
}

static void add_cpu(struct buffer *out, const struct page *page, const struct row *row)
{
	const struct sum *sum = label_find(&page->cpu, row->actor);
	struct share *shares;
	size_t count;

	if (page->cpu.profile == NULL)
		return;
	buffer_printf(out, "\nCPU %s%% of a processor, by %" PRId64 " samples%s\n",
		      word_percent(row->cpu_percent).text, row->samples,
		      row->samples < ROWS_SAMPLES_FEW ? ": they are few" : "");
	if (sum == NULL)
		return;
	if (!page->has_names) {
		buffer_text(out, "  the next page has its functions\n");
		return;
	}
	shares = sums_functions(&page->cpu, sum->label, &count);
	buffer_printf(out, "  %8s %6s %8s %6s\n", "flat", "flat%", "cum", "cum%");
	for (size_t i = 0; i < count && i < SHARES_SHOWN; i++) {
		buffer_printf(out, "  %8s %6s ", word_time(shares[i].flat).text,
			      measure_percentage(shares[i].flat, sum->value_ns).text);
		buffer_printf(out, "%8s %6s  ", word_time(shares[i].cum).text,
			      measure_percentage(shares[i].cum, sum->value_ns).text);
		words_put_safe(out, shares[i].name);
		buffer_text(out, "\n");
	}
	free(shares);
}

static void add_messages(struct buffer *out, const struct page *page, const struct row *row)
{
	const struct sum *sum = label_find(&page->messages, row->actor);
	struct share *shares;
	size_t count;

	if (page->messages.profile == NULL)
		return;
	buffer_printf(out, "\nmessages %s/s, by %" PRId64 " timed ones", word_count(row->per_s).text,
		      row->timed);
	if (sum == NULL) {
		buffer_text(out, row->depth > 0 ? ": none that was sent while we looked was handled\n"
						: "\n");
		return;
	}
	if (sum->count > 0)
		buffer_printf(out, ", which waited %s on average",
			      word_time(sum->value_ns / sum->count).text);
	buffer_text(out, "\n");
	shares = sums_senders(&page->messages, sum->label, &count);
	buffer_printf(out, "  %8s  sent by\n", "messages");
	for (size_t i = 0; i < count && i < SHARES_SHOWN; i++) {
		buffer_printf(out, "  %8s  ", word_count((double)shares[i].flat).text);
		words_put_safe(out, shares[i].name);
		buffer_text(out, "\n");
	}
	free(shares);
}

void detail_make(struct buffer *out, const struct page *page, const struct row *row)
{
	if (row == NULL) {
		buffer_text(out, "It has ended.\n");
		return;
	}
	words_put_safe(out, row->name);
	buffer_text(out, "\n\n");
	add_state(out, page, row);
	add_cpu(out, page, row);
	add_messages(out, page, row);
}
