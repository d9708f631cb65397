/* How many messages does one actor take in?
 * SPDX-License-Identifier: MIT
 *
 * One producer sends 1,000,000 increments without a pause and then asks for the sum. BenchmarkCountWindow
 * has one or two producers with a credit of WINDOW messages each, of which the counter gives back half
 * whenever it has handled as many; an op is one increment. The counter checks each producer's order. */
#include "savina.h"
#include "table.h"

#define PRODUCERS_MAX 2u
#define WINDOW 1024u
#define WINDOW_HALF (WINDOW / 2)

struct count_item {
	uint32_t sequence;
	uint32_t producer;
};
AKT_MESSAGE_DEFINE(count_item, "count.item", AKT_FIELD(1, count_item, sequence),
		   AKT_FIELD(2, count_item, producer));

struct count_sum {
	uint64_t items;
};
AKT_MESSAGE_DEFINE(count_sum, "count.sum", AKT_FIELD(1, count_sum, items));

AKT_SIGNAL_DEFINE(count_start, "count.start");
AKT_SIGNAL_DEFINE(count_credit, "count.credit");
AKT_SIGNAL_DEFINE(count_retrieve, "count.retrieve");

struct count;

struct count_share {
	struct count *count;
	uint64_t items;
	uint32_t index;
};

struct count {
	struct savina_run *run;
	uint64_t window; /* 0: none */
	akt_ref counter;
	akt_ref producers[PRODUCERS_MAX];
	struct count_share shares[PRODUCERS_MAX];
	uint64_t sum;          /* the last one that was retrieved */
	uint64_t out_of_order; /* these two by the counter, when it stops */
	uint64_t items;
};

struct counter {
	struct count *count;
	uint64_t items;
	uint64_t out_of_order;
	uint32_t next[PRODUCERS_MAX];
	uint32_t finished; /* producers that have sent all */
	bool has_window;
};

struct producer {
	const struct count_share *share;
	akt_ref counter;
	uint64_t sequence;
	uint64_t credit;
	bool finished;
};

static int on_counter_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct counter *self = state;

	(void)savina_keep_arg(ctx, state, arg);
	self->has_window = self->count->window > 0;
	return 0;
}

static int on_item(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct counter *self = state;
	const struct count_item *item = akt_payload(msg, count_item);

	if (item->sequence != self->next[item->producer])
		self->out_of_order++;
	self->next[item->producer] = item->sequence + 1;
	self->items++;
	if (self->has_window && (item->sequence + 1) % WINDOW_HALF == 0)
		return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(count_credit));
	return 0;
}

/* The last producer's sum has everything in it. */
static int on_retrieve(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct counter *self = state;

	(void)msg;
	if (++self->finished < self->count->run->actors)
		return 0;
	return akt_send(ctx, akt_sender(ctx), AKT_NEW(count_sum, .items = self->items));
}

static void on_counter_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct counter *self = state;

	(void)ctx;
	(void)reason;
	self->count->items = self->items;
	self->count->out_of_order = self->out_of_order;
}

/* Send while there is credit. */
static int produce(akt_ctx *ctx, struct producer *self)
{
	const struct count_share *share = self->share;
	int r = 0;

	for (; r >= 0 && self->credit > 0 && self->sequence < share->items; self->credit--)
		r = akt_send(ctx, self->counter,
			     AKT_NEW(count_item, .sequence = (uint32_t)self->sequence++,
				     .producer = share->index));
	if (r < 0 || self->finished || self->sequence < share->items)
		return r;
	self->finished = true;
	return akt_send(ctx, self->counter, AKT_NEW_SIGNAL(count_retrieve));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;

	(void)msg;
	self->counter = self->share->count->counter;
	self->credit = self->share->count->window > 0 ? self->share->count->window : UINT64_MAX;
	return produce(ctx, self);
}

static int on_credit(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;

	(void)msg;
	self->credit += WINDOW_HALF;
	return produce(ctx, self);
}

static int on_sum(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct count *count = ((struct producer *)state)->share->count;

	(void)ctx;
	count->sum = akt_payload(msg, count_sum)->items;
	return savina_over(count->run);
}

static const akt_handler counter_handlers[] = { AKT_ON(count_item, on_item),
						AKT_ON(count_retrieve, on_retrieve), AKT_END };
static const akt_type counter_type = {
	.name = "counter",
	.state_size = sizeof(struct counter),
	.handlers = counter_handlers,
	.start = on_counter_start,
	.stop = on_counter_stop,
};

static const akt_handler producer_handlers[] = { AKT_ON(count_credit, on_credit),
						 AKT_ON(count_start, on_start),
						 AKT_ON(count_sum, on_sum), AKT_END };
static const akt_type producer_type = {
	.name = "producer",
	.state_size = sizeof(struct producer),
	.handlers = producer_handlers,
	.start = savina_keep_arg,
};

static bool spawn(struct savina_run *run)
{
	struct count *count = run->data;

	count->run = run;
	if (!savina_spawn(run, &counter_type, count, &count->counter))
		return false;
	for (uint32_t i = 0; i < run->actors; i++) {
		struct count_share *share = &count->shares[i];

		*share = (struct count_share){ .count = count, .index = i };
		share->items = run->ops / run->actors + (i < run->ops % run->actors ? 1 : 0);
		if (!savina_spawn(run, &producer_type, share, &count->producers[i]))
			return false;
	}
	return true;
}

static bool spawn_with_window(struct savina_run *run)
{
	((struct count *)run->data)->window = WINDOW;
	return spawn(run);
}

static bool start(struct savina_run *run)
{
	struct count *count = run->data;

	for (uint32_t i = 0; i < run->actors; i++)
		if (!savina_post(run, count->producers[i], AKT_NEW_SIGNAL(count_start)))
			return false;
	return true;
}

static bool check(struct savina_run *run)
{
	const struct count *count = run->data;

	return bench_equal(run->b, count->sum, run->ops, "the sum") &&
	       bench_equal(run->b, count->items, run->ops, "handled") &&
	       bench_equal(run->b, count->out_of_order, 0, "out of order");
}

static const struct savina_plan burst_plan = {
	.data_bytes = sizeof(struct count),
	.spawn = spawn,
	.start = start,
	.check = check,
};
static const struct savina_plan window_plan = {
	.data_bytes = sizeof(struct count),
	.spawn = spawn_with_window,
	.start = start,
	.check = check,
};

void savina_count(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &burst_plan, 1000000, 1);
}

static void count_from(akt_bench *b, void *producers)
{
	savina_measure_ops(b, &window_plan, *(const uint32_t *)producers, NULL);
}

void bench_count_window(akt_bench *b)
{
	static uint32_t one = 1;
	static uint32_t two = 2;

	akt_bench_run(b, "1", count_from, &one);
	akt_bench_run(b, "2", count_from, &two);
}
