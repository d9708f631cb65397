/* 100,000 numbers through a pipeline of 60 actors, each of which sorts by one bit.
 * SPDX-License-Identifier: MIT
 *
 * A sorter hands on the numbers without its bit as they come, and keeps those with it until it has
 * seen all: six million messages, which are the same 100,000 all the way. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define SEED 2048u
#define BITS 60u

struct radix_number {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(radix_number, "radix.number", AKT_FIELD(1, radix_number, value));
AKT_SIGNAL_DEFINE(radix_start, "radix.start");

struct radix;

struct stage {
	struct radix *radix;
	uint64_t bit;
	akt_ref next;
};

struct radix {
	struct savina_run *run;
	size_t count;
	struct stage stages[BITS];
	akt_ref first;
	uint64_t *numbers;
	uint64_t *wanted;
	uint64_t *sorted; /* what has arrived at the end */
	size_t arrived;
};

struct sorter {
	const struct stage *stage;
	size_t seen;
	size_t kept;
	akt_msg **with_bit;
};

struct end {
	struct radix *radix;
};

static int on_source_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct radix *radix = ((struct end *)state)->radix;
	int r = 0;

	(void)msg;
	for (size_t i = 0; i < radix->count && r >= 0; i++)
		r = akt_send(ctx, radix->first, AKT_NEW(radix_number, .value = radix->numbers[i]));
	return r;
}

static int on_sorter_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct sorter *self = state;

	self->stage = arg;
	self->with_bit = akt_alloc(ctx, self->stage->radix->count * sizeof(akt_msg *));
	return self->with_bit != NULL ? 0 : AKT_ERR_NOMEM;
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sorter *self = state;
	const struct stage *stage = self->stage;
	int r = 0;

	self->seen++;
	if (akt_payload(msg, radix_number)->value & stage->bit)
		self->with_bit[self->kept++] = akt_msg_take(ctx);
	else
		r = akt_forward(ctx, stage->next);
	if (r < 0 || self->seen < stage->radix->count)
		return r;
	return akt_send_batch(ctx, stage->next, self->with_bit, self->kept);
}

static int on_sorted(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct radix *radix = ((struct end *)state)->radix;

	(void)ctx;
	radix->sorted[radix->arrived++] = akt_payload(msg, radix_number)->value;
	return radix->arrived == radix->count ? savina_over(radix->run) : 0;
}

static const akt_handler source_handlers[] = { AKT_ON(radix_start, on_source_start), AKT_END };
static const akt_type source_type = {
	.name = "radix-source",
	.state_size = sizeof(struct end),
	.handlers = source_handlers,
	.start = savina_keep_arg,
};

static const akt_handler sorter_handlers[] = { AKT_ON(radix_number, on_number), AKT_END };
static const akt_type sorter_type = {
	.name = "radix-sorter",
	.state_size = sizeof(struct sorter),
	.handlers = sorter_handlers,
	.start = on_sorter_birth,
};

static const akt_handler sink_handlers[] = { AKT_ON(radix_number, on_sorted), AKT_END };
static const akt_type sink_type = {
	.name = "radix-sink",
	.state_size = sizeof(struct end),
	.handlers = sink_handlers,
	.start = savina_keep_arg,
};

/* The same passes over arrays. */
static void sort(uint64_t *numbers, uint64_t *with_bit, size_t count)
{
	for (uint64_t bit = 1; bit < UINT64_C(1) << BITS; bit <<= 1) {
		size_t without = 0;
		size_t with = 0;

		for (size_t i = 0; i < count; i++)
			if (numbers[i] & bit)
				with_bit[with++] = numbers[i];
			else
				numbers[without++] = numbers[i];
		memcpy(numbers + without, with_bit, with * sizeof(*numbers));
	}
}

static bool prepare(struct savina_run *run)
{
	struct radix *radix = run->data;
	int64_t begin_ns;

	radix->run = run;
	radix->count = savina_size(run, 100000, 200);
	radix->numbers = parts_numbers(run, radix->count, SEED, BITS);
	radix->wanted = parts_numbers(run, radix->count, SEED, BITS);
	radix->sorted = parts_memory(run, radix->count, sizeof(*radix->sorted));
	if (radix->numbers == NULL || radix->wanted == NULL || radix->sorted == NULL)
		return false;
	begin_ns = bench_now();
	sort(radix->wanted, radix->sorted, radix->count);
	parts_report_sequential(run, begin_ns);
	return parts_is_sorted(run, radix->wanted, radix->count, SEED, BITS);
}

static bool start(struct savina_run *run)
{
	struct radix *radix = run->data;
	akt_ref source;

	if (!savina_spawn(run, &sink_type, radix, &radix->first))
		return false;
	for (size_t i = BITS; i-- > 0;) {
		radix->stages[i] = (struct stage){ radix, UINT64_C(1) << i, radix->first };
		if (!savina_spawn(run, &sorter_type, &radix->stages[i], &radix->first))
			return false;
	}
	return savina_spawn(run, &source_type, radix, &source) &&
	       savina_post(run, source, AKT_NEW_SIGNAL(radix_start));
}

static bool check(struct savina_run *run)
{
	const struct radix *radix = run->data;

	return bench_equal(run->b, radix->arrived, radix->count, "numbers") &&
	       parts_same(run, radix->sorted, radix->wanted, radix->count);
}

static void release(struct savina_run *run)
{
	struct radix *radix = run->data;

	free(radix->numbers);
	free(radix->wanted);
	free(radix->sorted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct radix),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_radixsort(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
