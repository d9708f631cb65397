/* SPDX-License-Identifier: MIT */
#include "top/detail.h"
#include "pprof/query/measure.h"
#include "top/label.h"
#include "top/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHARES_SHOWN 12

static const char *path_of(const struct tree *tree, const char *ref)
{
	for (size_t i = 0; ref != NULL && i < tree->actor_count; i++)
		if (strcmp(tree->actors[i].ref, ref) == 0 && tree->actors[i].path != NULL)
			return tree->actors[i].path;
	return ref;
}

/* Three to a line. */
struct grid {
	struct buffer *out;
	unsigned count;
};

static void add(struct grid *grid, const char *name, const char *word)
{
	bool ends = ++grid->count % 3 == 0;

	buffer_printf(grid->out, ends ? "%-12s %s\n" : "%-12s %-12s", name, word);
	if (!ends)
		buffer_text(grid->out, " ");
	if (ends)
		buffer_text(grid->out, "  ");
}

static void add_number(struct grid *grid, const char *name, int64_t number)
{
	add(grid, name, word_count((double)number).text);
}

static void add_figures(struct buffer *out, const struct actor *actor)
{
	struct grid grid = { .out = out };

	buffer_text(out, "  ");
	add(&grid, actor->mailbox_more ? "mailbox over" : "mailbox",
	    word_count((double)actor->mailbox).text);
	add(&grid, "oldest waits", word_time(actor->oldest_ns).text);
	add(&grid, "memory", word_bytes(actor->memory).text);
	add_number(&grid, "stashed", actor->stashed);
	add_number(&grid, "failures", actor->failures);
	add_number(&grid, "restarts", actor->restarts);
	add_number(&grid, "questions", actor->questions);
	add_number(&grid, "watches", actor->watches);
	add_number(&grid, "timers", actor->timers);
	add_number(&grid, "descriptors", actor->descriptors);
	buffer_text(out, "\n");
}

static void add_state(struct buffer *out, const struct page *page, const struct row *row)
{
	const struct actor *actor = row->actor;
	const char *parent = path_of(&page->tree, actor->parent);

	buffer_text(out, "  ");
	words_put_safe(out, actor->type);
	buffer_text(out, " ");
	words_put_safe(out, actor->ref);
	if (parent != NULL) {
		buffer_text(out, ", child of ");
		words_put_safe(out, parent);
	}
	buffer_text(out, "\n  ");
	words_of_doing(out, row);
	if (actor->worker >= 0)
		buffer_printf(out, " on worker %" PRId64, actor->worker);
	buffer_text(out, "\n\n");
	add_figures(out, actor);
}

/* Of those with time of their own; of all, when none has. */
static size_t count_shown(const struct share *shares, size_t count)
{
	size_t shown = 0;

	while (shown < count && shown < SHARES_SHOWN &&
	       (shares[shown].flat > 0 || shares[0].flat <= 0))
		shown++;
	return shown;
}

static void add_cpu(struct buffer *out, const struct page *page, const struct row *row)
{
	const struct sum *sum = label_find(&page->cpu, row->actor);
	struct share *shares;
	size_t count, shown;

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
	shown = count_shown(shares, count);
	buffer_printf(out, "  %8s %6s %8s %6s\n", "flat", "flat%", "cum", "cum%");
	for (size_t i = 0; i < shown; i++) {
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
	buffer_printf(out, "\nmessages %s/s, by %" PRId64 " timed ones",
		      word_count(row->per_s).text, row->timed);
	if (sum == NULL) {
		buffer_text(out, row->depth > 0
					 ? ": none that was sent while we looked was handled\n"
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
	buffer_text(out, "\n");
	add_state(out, page, row);
	add_cpu(out, page, row);
	add_messages(out, page, row);
}
