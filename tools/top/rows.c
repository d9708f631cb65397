/* SPDX-License-Identifier: MIT */
#include "top/rows.h"
#include "pprof/ground/number.h"
#include "top/label.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[SORTS] = { "cpu", "depth", "wait", "mem", "rate", "name" };

bool rows_sort_of(const char *word, enum rows_sort *ret_sort)
{
	for (unsigned i = 0; i < SORTS; i++) {
		if (strcmp(words[i], word) != 0)
			continue;
		*ret_sort = (enum rows_sort)i;
		return true;
	}
	return false;
}

const char *rows_sort_word(enum rows_sort sort)
{
	return words[sort];
}

bool row_is_stuck(const struct row *row)
{
	return row->actor != NULL && row->actor->running_ns >= ROWS_STUCK_NS;
}

bool row_is_flooded(const struct row *row)
{
	return row->actor != NULL && row->depth >= ROWS_FLOODED;
}

/* --- what is known ----------------------------------------------------------------------------------- */

static void add_cpu(struct row *row, const struct sums *cpu, const struct sum *sum)
{
	row->cpu_percent = -1;
	row->samples = 0;
	if (cpu->profile == NULL || cpu->duration_ns <= 0)
		return;
	row->cpu_percent = sum != NULL ? (double)sum->value_ns * 100 / (double)cpu->duration_ns : 0;
	row->samples = sum != NULL ? sum->count : 0;
}

/* What was sent before anybody looked is not counted when it is handled, so one that has a backlog and
 * no timed message handles nobody knows how many. */
static void add_messages(struct row *row, const struct sums *messages, const struct sum *sum)
{
	row->per_s = -1;
	row->wait_ns = -1;
	row->timed = 0;
	if (messages->profile == NULL || messages->duration_ns <= 0)
		return;
	if (sum == NULL || sum->count <= 0) {
		row->per_s = row->depth > 0 ? -1 : 0;
		return;
	}
	row->per_s = (double)sum->count * 1e9 / (double)messages->duration_ns;
	row->timed = sum->sampled;
	row->wait_ns = sum->value_ns / sum->count;
}

static int64_t sum_known(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 ? a : number_add(a, b);
}

static struct row row_of_actor(const struct page *page, const struct actor *actor)
{
	struct row row = { .actor = actor,
			   .name = actor->path != NULL ? actor->path : actor->ref,
			   .type = actor->type,
			   .depth = actor->mailbox,
			   .depth_more = actor->mailbox_more,
			   .memory = actor->memory,
			   .restarts = actor->restarts };

	add_cpu(&row, &page->cpu, label_find(&page->cpu, actor));
	add_messages(&row, &page->messages, label_find(&page->messages, actor));
	if (actor->oldest_ns > row.wait_ns) {
		row.wait_ns = actor->oldest_ns;
		row.wait_is_age = true;
	}
	return row;
}

static struct row row_of_type(const struct page *page, const struct actor_type *type)
{
	struct row row = { .of_type = type,
			   .name = type->type,
			   .type = type->type,
			   .depth = type->mailbox,
			   .memory = type->memory,
			   .restarts = type->restarts };

	add_cpu(&row, &page->cpu, sums_of_type(&page->cpu, type->type));
	add_messages(&row, &page->messages, sums_of_type(&page->messages, type->type));
	return row;
}

/* --- types -------------------------------------------------------------------------------------------- */

static int by_type_name(const void *a, const void *b)
{
	return strcmp((*(const struct actor *const *)a)->type,
		      (*(const struct actor *const *)b)->type);
}

static void add_to_type(struct actor_type *type, const struct actor *actor)
{
	type->type = actor->type;
	type->actors++;
	type->running += strcmp(actor->state, "running") == 0;
	type->queued += strcmp(actor->state, "queued") == 0;
	type->mailbox = sum_known(type->mailbox, actor->mailbox);
	type->memory = sum_known(type->memory, actor->memory);
	type->failures = sum_known(type->failures, actor->failures);
	type->restarts = sum_known(type->restarts, actor->restarts);
}

/* Types of an answer that has all actors; returns how many. */
static size_t sum_types(const struct tree *tree, struct actor_type **ret_types)
{
	const struct actor **actors = take(tree->actor_count, sizeof(*actors));
	struct actor_type *types = take_zeroed(tree->actor_count, sizeof(*types));
	size_t count = 0;

	for (size_t i = 0; i < tree->actor_count; i++)
		actors[i] = &tree->actors[i];
	qsort(actors, tree->actor_count, sizeof(*actors), by_type_name);
	for (size_t i = 0; i < tree->actor_count; i++) {
		count += i == 0 || by_type_name(&actors[i - 1], &actors[i]) != 0;
		add_to_type(&types[count - 1], actors[i]);
	}
	free(actors);
	*ret_types = types;
	return count;
}

/* --- order -------------------------------------------------------------------------------------------- */

static double key_of(const struct row *row, enum rows_sort sort)
{
	switch (sort) {
	case SORT_DEPTH:
		return (double)row->depth;
	case SORT_WAIT:
		return (double)row->wait_ns;
	case SORT_MEMORY:
		return (double)row->memory;
	case SORT_RATE:
		return row->per_s;
	default:
		return row->cpu_percent;
	}
}

/* Those with most first; of two with the same, who has more to do; in the end by name. */
static int compare(const void *a, const void *b, void *arg)
{
	static const enum rows_sort then[] = { SORT_CPU, SORT_DEPTH, SORT_RATE, SORT_MEMORY };
	const struct rows_how *how = arg;
	const struct row *one = a, *other = b;
	double x, y;

	if (how->reverse) {
		one = b;
		other = a;
	}
	if (how->sort == SORT_NAME)
		return strcmp(one->name, other->name);
	x = key_of(one, how->sort);
	y = key_of(other, how->sort);
	for (size_t i = 0; x == y && i < AKTI_COUNT_OF(then); i++) {
		x = key_of(one, then[i]);
		y = key_of(other, then[i]);
	}
	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(one->name, other->name);
}

static void add_row(struct rows *rows, struct row row, const struct rows_how *how)
{
	if (how->filter == NULL || regex_finds(how->filter, row.name) ||
	    regex_finds(how->filter, row.type))
		rows->at[rows->count++] = row;
}

void rows_make(struct rows *rows, const struct page *page, const struct rows_how *how)
{
	const struct tree *tree = &page->tree;
	const struct actor_type *types = tree->types;
	size_t count = tree->type_count;

	*rows = (struct rows){ 0 };
	if (how->by_type) {
		if (count == 0) {
			count = sum_types(tree, &rows->types);
			types = rows->types;
		}
		rows->at = take(count, sizeof(*rows->at));
		for (size_t i = 0; i < count; i++)
			add_row(rows, row_of_type(page, &types[i]), how);
	} else {
		rows->at = take(tree->actor_count, sizeof(*rows->at));
		for (size_t i = 0; i < tree->actor_count; i++)
			add_row(rows, row_of_actor(page, &tree->actors[i]), how);
	}
	qsort_r(rows->at, rows->count, sizeof(*rows->at), compare, (void *)(uintptr_t)how);
}

void rows_fini(struct rows *rows)
{
	free(rows->at);
	free(rows->types);
	*rows = (struct rows){ 0 };
}
