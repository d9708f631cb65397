/* A million numbers, quicksorted: an actor for each section, down to 2048 numbers.
 * SPDX-License-Identifier: MIT
 *
 * The numbers stay where they are. A message says which section is the receiver's from now on. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define THRESHOLD 2048u
#define SEED 1024u
#define VALUE_BITS 60

struct quicksort_section {
	uint32_t begin;
	uint32_t end;
};
AKT_MESSAGE_DEFINE(quicksort_section, "quicksort.section", AKT_FIELD(1, quicksort_section, begin),
		   AKT_FIELD(2, quicksort_section, end));
AKT_SIGNAL_DEFINE(quicksort_sorted, "quicksort.sorted");

struct quicksort {
	struct savina_run *run;
	uint32_t count;
	uint64_t *values;
	uint64_t *wanted;
};

struct sorter {
	struct quicksort *shared;
	uint32_t waiting;
	bool is_root;
};

static const akt_type sorter_type;

/* Bring what is less than the middle value to the left, what is greater to the right; equals are
 * between. */
static struct quicksort_section partition(uint64_t *values, struct quicksort_section section)
{
	uint64_t pivot = values[section.begin + (section.end - section.begin) / 2];
	struct quicksort_section equal = section;
	uint32_t at = section.begin;

	while (at < equal.end) {
		uint64_t value = values[at];

		if (value < pivot) {
			values[at++] = values[equal.begin];
			values[equal.begin++] = value;
		} else if (value > pivot) {
			values[at] = values[--equal.end];
			values[equal.end] = value;
		} else {
			at++;
		}
	}
	return equal;
}

static void sort(uint64_t *values, struct quicksort_section section)
{
	while (section.end - section.begin > 1) {
		struct quicksort_section equal = partition(values, section);

		sort(values, (struct quicksort_section){ section.begin, equal.begin });
		section.begin = equal.end;
	}
}

static int delegate(akt_ctx *ctx, struct sorter *self, uint32_t begin, uint32_t end)
{
	self->waiting++;
	return parts_call(ctx, &sorter_type, self->shared,
			  AKT_NEW(quicksort_section, .begin = begin, .end = end));
}

static int finish(akt_ctx *ctx, const struct sorter *self)
{
	return self->is_root ? savina_over(self->shared->run)
			     : parts_return(ctx, AKT_NEW_SIGNAL(quicksort_sorted));
}

static int on_section(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sorter *self = state;
	struct quicksort_section section = *akt_payload(msg, quicksort_section);
	struct quicksort_section equal;
	int r;

	self->is_root = akt_ref_is_null(akt_parent(ctx));
	if (section.end - section.begin < THRESHOLD) {
		sort(self->shared->values, section);
		return finish(ctx, self);
	}
	equal = partition(self->shared->values, section);
	r = delegate(ctx, self, section.begin, equal.begin);
	return r < 0 ? r : delegate(ctx, self, equal.end, section.end);
}

static int on_sorted(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sorter *self = state;

	(void)msg;
	return --self->waiting == 0 ? finish(ctx, self) : 0;
}

static const akt_handler sorter_handlers[] = { AKT_ON(quicksort_section, on_section),
					       AKT_ON(quicksort_sorted, on_sorted), AKT_END };
static const akt_type sorter_type = {
	.name = "quicksorter",
	.state_size = sizeof(struct sorter),
	.handlers = sorter_handlers,
	.start = savina_keep_arg,
};

static bool prepare(struct savina_run *run)
{
	struct quicksort *shared = run->data;
	int64_t begin_ns;

	shared->run = run;
	shared->count = (uint32_t)savina_size(run, 1000000, 10000);
	shared->values = parts_numbers(run, shared->count, SEED, VALUE_BITS);
	shared->wanted = parts_numbers(run, shared->count, SEED, VALUE_BITS);
	if (shared->values == NULL || shared->wanted == NULL)
		return false;
	begin_ns = bench_now();
	sort(shared->wanted, (struct quicksort_section){ 0, shared->count });
	parts_report_sequential(run, begin_ns);
	return parts_is_sorted(run, shared->wanted, shared->count, SEED, VALUE_BITS);
}

static bool start(struct savina_run *run)
{
	struct quicksort *shared = run->data;
	akt_ref root;

	return savina_spawn(run, &sorter_type, shared, &root) &&
	       savina_post(run, root, AKT_NEW(quicksort_section, .end = shared->count));
}

static bool check(struct savina_run *run)
{
	const struct quicksort *shared = run->data;

	return parts_same(run, shared->values, shared->wanted, shared->count);
}

static void release(struct savina_run *run)
{
	struct quicksort *shared = run->data;

	free(shared->values);
	free(shared->wanted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct quicksort),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_quicksort(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
