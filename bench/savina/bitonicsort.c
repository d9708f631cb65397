/* 4096 numbers through Batcher's sorting network, where each comparator is an actor: 159,744 of them.
 * SPDX-License-Identifier: MIT
 *
 * Each of the 78 steps of the network is a splitter, which deals its numbers to 2048 comparators, and
 * a joiner, which brings what they say into order and passes it to the next step. Savina has the same
 * in two layers, and adapters between them, which only pass numbers on. */
#include "parts.h"

#include <stdlib.h>

#define SEED 2048u
#define BITS 60u
#define STEPS_MAX 78u /* of 4096 numbers: 12 * 13 / 2 */

struct bitonic_number {
	uint64_t value;
	uint32_t place;
};
AKT_MESSAGE_DEFINE(bitonic_number, "bitonic.number", AKT_FIELD(1, bitonic_number, value),
		   AKT_FIELD(2, bitonic_number, place));
AKT_SIGNAL_DEFINE(bitonic_start, "bitonic.start");

struct bitonic;

/* Numbers at the distance are compared; sequences of so many go up and down in turn. */
struct step {
	struct bitonic *bitonic;
	uint32_t sequence;
	uint32_t distance;
	akt_ref joiner;
	akt_ref next;
};

struct bitonic {
	struct savina_run *run;
	uint32_t count;
	uint32_t step_count;
	struct step steps[STEPS_MAX];
	akt_ref first;
	uint64_t *numbers;
	uint64_t *wanted;
	uint64_t *sorted;
	uint32_t arrived;
};

struct splitter {
	struct step *step;
	akt_ref *comparators;
};

struct comparator {
	const struct step *step;
	bool has_one;
	uint64_t one;
};

struct joiner {
	const struct step *step;
	uint64_t *values;
	bool *is_here;
	uint32_t next; /* place to be passed on */
};

struct end {
	struct bitonic *bitonic;
};

static const akt_type comparator_type;
static const akt_type joiner_type;

static int pass(akt_ctx *ctx, akt_ref to, uint32_t place, uint64_t value)
{
	return akt_send(ctx, to, AKT_NEW(bitonic_number, .value = value, .place = place));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct bitonic *bitonic = ((struct end *)state)->bitonic;
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; i < bitonic->count && r >= 0; i++)
		r = pass(ctx, bitonic->first, i, bitonic->numbers[i]);
	return r;
}

static int on_splitter_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct splitter *self = state;
	int r = savina_keep_arg(ctx, state, arg);
	uint32_t count = self->step->bitonic->count / 2;

	self->comparators = akt_alloc(ctx, count * sizeof(akt_ref));
	if (self->comparators == NULL)
		return AKT_ERR_NOMEM;
	r = akt_spawn_child(ctx, &joiner_type, NULL, self->step, &self->step->joiner);
	for (uint32_t i = 0; i < count && r >= 0; i++)
		r = akt_spawn_child(ctx, &comparator_type, NULL, self->step, &self->comparators[i]);
	return r;
}

/* The comparator of a place: its number without the bit that its pair differs in. */
static int on_split(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct splitter *self = state;
	uint32_t place = akt_payload(msg, bitonic_number)->place;
	uint32_t below = place & (self->step->distance - 1);
	uint32_t above = (place ^ below) / 2 & ~(self->step->distance - 1);

	return akt_forward(ctx, self->comparators[above | below]);
}

static int on_compare(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct comparator *self = state;
	const struct step *step = self->step;
	uint64_t other = akt_payload(msg, bitonic_number)->value;
	uint32_t low = akt_payload(msg, bitonic_number)->place & ~step->distance;
	uint32_t less = low & step->sequence ? low | step->distance : low;
	bool in_order;
	int r;

	if (!self->has_one) {
		self->has_one = true;
		self->one = other;
		return 0;
	}
	in_order = self->one <= other;
	r = pass(ctx, step->joiner, less, in_order ? self->one : other);
	return r < 0 ? r
		     : pass(ctx, step->joiner, less ^ step->distance, in_order ? other : self->one);
}

static int on_joiner_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct joiner *self = state;
	int r = savina_keep_arg(ctx, state, arg);

	self->values = akt_alloc(ctx, self->step->bitonic->count * sizeof(*self->values));
	self->is_here = akt_alloc(ctx, self->step->bitonic->count * sizeof(*self->is_here));
	return self->values != NULL && self->is_here != NULL ? r : AKT_ERR_NOMEM;
}

static int on_join(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct joiner *self = state;
	const struct step *step = self->step;
	const struct bitonic_number *number = akt_payload(msg, bitonic_number);
	int r = 0;

	self->values[number->place] = number->value;
	self->is_here[number->place] = true;
	for (; self->next < step->bitonic->count && self->is_here[self->next] && r >= 0;
	     self->next++)
		r = pass(ctx, step->next, self->next, self->values[self->next]);
	return r;
}

static int on_sorted(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct bitonic *bitonic = ((struct end *)state)->bitonic;

	(void)ctx;
	bitonic->sorted[bitonic->arrived++] = akt_payload(msg, bitonic_number)->value;
	return bitonic->arrived == bitonic->count ? savina_over(bitonic->run) : 0;
}

static const akt_handler source_handlers[] = { AKT_ON(bitonic_start, on_start), AKT_END };
static const akt_type source_type = {
	.name = "bitonic-source",
	.state_size = sizeof(struct end),
	.handlers = source_handlers,
	.start = savina_keep_arg,
};

static const akt_handler splitter_handlers[] = { AKT_ON(bitonic_number, on_split), AKT_END };
static const akt_type splitter_type = {
	.name = "bitonic-splitter",
	.state_size = sizeof(struct splitter),
	.handlers = splitter_handlers,
	.start = on_splitter_birth,
};

static const akt_handler comparator_handlers[] = { AKT_ON(bitonic_number, on_compare), AKT_END };
static const akt_type comparator_type = {
	.name = "bitonic-comparator",
	.state_size = sizeof(struct comparator),
	.handlers = comparator_handlers,
	.start = savina_keep_arg,
};

static const akt_handler joiner_handlers[] = { AKT_ON(bitonic_number, on_join), AKT_END };
static const akt_type joiner_type = {
	.name = "bitonic-joiner",
	.state_size = sizeof(struct joiner),
	.handlers = joiner_handlers,
	.start = on_joiner_birth,
};

static const akt_handler sink_handlers[] = { AKT_ON(bitonic_number, on_sorted), AKT_END };
static const akt_type sink_type = {
	.name = "bitonic-sink",
	.state_size = sizeof(struct end),
	.handlers = sink_handlers,
	.start = savina_keep_arg,
};

static void sort_step(uint64_t *numbers, uint32_t count, const struct step *step)
{
	for (uint32_t low = 0; low < count; low++) {
		uint32_t high = low | step->distance;
		bool is_up = (low & step->sequence) == 0;

		if (high != low && (numbers[low] > numbers[high]) == is_up) {
			uint64_t value = numbers[low];

			numbers[low] = numbers[high];
			numbers[high] = value;
		}
	}
}

static bool prepare(struct savina_run *run)
{
	struct bitonic *bitonic = run->data;
	int64_t begin_ns;

	bitonic->run = run;
	bitonic->count = (uint32_t)savina_size(run, 4096, 64);
	for (uint32_t sequence = 2; sequence <= bitonic->count; sequence *= 2)
		for (uint32_t distance = sequence / 2; distance > 0; distance /= 2)
			bitonic->steps[bitonic->step_count++] = (struct step){
				.bitonic = bitonic, .sequence = sequence, .distance = distance
			};
	bitonic->numbers = parts_numbers(run, bitonic->count, SEED, BITS);
	bitonic->wanted = parts_numbers(run, bitonic->count, SEED, BITS);
	bitonic->sorted = parts_memory(run, bitonic->count, sizeof(*bitonic->sorted));
	if (bitonic->numbers == NULL || bitonic->wanted == NULL || bitonic->sorted == NULL)
		return false;
	begin_ns = bench_now();
	for (uint32_t i = 0; i < bitonic->step_count; i++)
		sort_step(bitonic->wanted, bitonic->count, &bitonic->steps[i]);
	parts_report_sequential(run, begin_ns);
	return parts_is_sorted(run, bitonic->wanted, bitonic->count, SEED, BITS);
}

static bool start(struct savina_run *run)
{
	struct bitonic *bitonic = run->data;
	akt_ref source;

	if (!savina_spawn(run, &sink_type, bitonic, &bitonic->first))
		return false;
	for (uint32_t i = bitonic->step_count; i-- > 0;) {
		bitonic->steps[i].next = bitonic->first;
		if (!savina_spawn(run, &splitter_type, &bitonic->steps[i], &bitonic->first))
			return false;
	}
	return savina_spawn(run, &source_type, bitonic, &source) &&
	       savina_post(run, source, AKT_NEW_SIGNAL(bitonic_start));
}

static bool check(struct savina_run *run)
{
	const struct bitonic *bitonic = run->data;

	return bench_equal(run->b, bitonic->arrived, bitonic->count, "numbers") &&
	       parts_same(run, bitonic->sorted, bitonic->wanted, bitonic->count);
}

static void release(struct savina_run *run)
{
	struct bitonic *bitonic = run->data;

	free(bitonic->numbers);
	free(bitonic->wanted);
	free(bitonic->sorted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct bitonic),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_bitonicsort(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
