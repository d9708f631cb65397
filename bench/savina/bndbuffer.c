/* How fast do producers and consumers work on both sides of a bounded buffer?
 * SPDX-License-Identifier: MIT
 *
 * 40 producers make 1,000 items each, 40 consumers take them; the manager keeps at most BUFFER of them,
 * producers that are at work included, and tells producers to go on when there is room. An item costs COST
 * on each side. Each item must be consumed once. */
#include "savina.h"

#include <math.h>
#include <stdlib.h>

#define PRODUCERS 40u
#define CONSUMERS 40u
#define BUFFER 50u
#define PENDING_MAX (BUFFER - PRODUCERS) /* above it producers wait */
#define COST 25u
#define COST_STEP 100u /* logarithms */

struct buffer_item {
	double value;
	uint64_t id;
};
AKT_MESSAGE_DEFINE(buffer_item, "buffer.item", AKT_FIELD(1, buffer_item, value),
		   AKT_FIELD(2, buffer_item, id));

AKT_SIGNAL_DEFINE(buffer_start, "buffer.start");
AKT_SIGNAL_DEFINE(buffer_produce, "buffer.produce");
AKT_SIGNAL_DEFINE(buffer_finished, "buffer.finished");
AKT_SIGNAL_DEFINE(buffer_available, "buffer.available");

struct buffer;

struct buffer_share {
	struct buffer *buffer;
	uint32_t index;
};

struct buffer {
	struct savina_run *run;
	uint32_t items; /* of each producer */
	uint32_t cost;
	akt_ref manager;
	akt_ref producers[PRODUCERS];
	akt_ref consumers[CONSUMERS];
	struct buffer_share shares[PRODUCERS];
	uint8_t *consumed; /* how often, by id; by who consumes it */
	uint64_t deepest;  /* most items that were pending */
};

/* What producing or consuming one item is. */
static double process(double value, uint32_t cost)
{
	struct savina_random random = savina_random_of(cost);

	for (uint32_t i = 0; i < cost * COST_STEP; i++) {
		double fraction = (double)savina_random_below(&random, UINT32_MAX) / UINT32_MAX;

		value += log(fraction + 0.01);
	}
	return value;
}

/* --- producers and consumers ------------------------------------------------------------------------ */

struct producer {
	const struct buffer_share *share;
	double value;
	uint32_t produced;
};

static int on_produce(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;
	const struct buffer *buffer = self->share->buffer;
	uint64_t id = (uint64_t)self->share->index * buffer->items + self->produced;

	(void)msg;
	if (self->produced == buffer->items)
		return akt_send(ctx, buffer->manager, AKT_NEW_SIGNAL(buffer_finished));
	self->value = process(self->value, buffer->cost);
	self->produced++;
	return akt_send(ctx, buffer->manager, AKT_NEW(buffer_item, .value = self->value, .id = id));
}

static const akt_handler producer_handlers[] = { AKT_ON(buffer_produce, on_produce), AKT_END };
static const akt_type producer_type = {
	.name = "buffer-producer",
	.state_size = sizeof(struct producer),
	.handlers = producer_handlers,
	.start = savina_keep_arg,
};

struct consumer {
	struct buffer *buffer;
	double value;
};

static int on_item(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct consumer *self = state;
	const struct buffer_item *item = akt_payload(msg, buffer_item);

	self->value = process(self->value + item->value, self->buffer->cost);
	self->buffer->consumed[item->id]++;
	return akt_send(ctx, self->buffer->manager, AKT_NEW_SIGNAL(buffer_available));
}

static const akt_handler consumer_handlers[] = { AKT_ON(buffer_item, on_item), AKT_END };
static const akt_type consumer_type = {
	.name = "buffer-consumer",
	.state_size = sizeof(struct consumer),
	.handlers = consumer_handlers,
	.start = savina_keep_arg,
};

/* --- the manager -------------------------------------------------------------------------------------- */

/* Those that wait, the oldest first. */
struct waiting {
	akt_ref refs[PRODUCERS + CONSUMERS];
	uint32_t first;
	uint32_t count;
};

static void wait_for_turn(struct waiting *waiting, akt_ref ref)
{
	uint32_t places = sizeof(waiting->refs) / sizeof(waiting->refs[0]);

	waiting->refs[(waiting->first + waiting->count++) % places] = ref;
}

static akt_ref take_oldest(struct waiting *waiting)
{
	uint32_t places = sizeof(waiting->refs) / sizeof(waiting->refs[0]);
	akt_ref ref = waiting->refs[waiting->first];

	waiting->first = (waiting->first + 1) % places;
	waiting->count--;
	return ref;
}

struct manager {
	struct buffer *buffer;
	struct waiting producers;
	struct waiting consumers;
	struct buffer_item pending[BUFFER];
	uint32_t first;
	uint32_t pending_count;
	uint32_t finished; /* producers */
};

static int send_item(akt_ctx *ctx, akt_ref consumer, const struct buffer_item *item)
{
	return akt_send(ctx, consumer, AKT_NEW(buffer_item, .value = item->value, .id = item->id));
}

static int over_if_idle(struct manager *self)
{
	if (self->finished == PRODUCERS && self->consumers.count == CONSUMERS)
		return savina_over(self->buffer->run);
	return 0;
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct manager *self = state;
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; i < CONSUMERS; i++)
		wait_for_turn(&self->consumers, self->buffer->consumers[i]);
	for (uint32_t i = 0; i < PRODUCERS && r >= 0; i++)
		r = akt_send(ctx, self->buffer->producers[i], AKT_NEW_SIGNAL(buffer_produce));
	return r;
}

static int on_produced(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct manager *self = state;
	const struct buffer_item *item = akt_payload(msg, buffer_item);
	int r = 0;

	if (self->consumers.count > 0) {
		r = send_item(ctx, take_oldest(&self->consumers), item);
	} else {
		self->pending[(self->first + self->pending_count++) % BUFFER] = *item;
		if (self->pending_count > self->buffer->deepest)
			self->buffer->deepest = self->pending_count;
	}
	if (r < 0)
		return r;
	if (self->pending_count < PENDING_MAX)
		return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(buffer_produce));
	wait_for_turn(&self->producers, akt_sender(ctx));
	return 0;
}

static int on_available(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct manager *self = state;
	int r;

	(void)msg;
	if (self->pending_count == 0) {
		wait_for_turn(&self->consumers, akt_sender(ctx));
		return over_if_idle(self);
	}
	r = send_item(ctx, akt_sender(ctx), &self->pending[self->first]);
	self->first = (self->first + 1) % BUFFER;
	self->pending_count--;
	if (r < 0 || self->producers.count == 0)
		return r;
	return akt_send(ctx, take_oldest(&self->producers), AKT_NEW_SIGNAL(buffer_produce));
}

static int on_finished(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct manager *self = state;

	(void)ctx;
	(void)msg;
	self->finished++;
	return over_if_idle(self);
}

static const akt_handler manager_handlers[] = { AKT_ON(buffer_item, on_produced),
						AKT_ON(buffer_available, on_available),
						AKT_ON(buffer_finished, on_finished),
						AKT_ON(buffer_start, on_start), AKT_END };
static const akt_type manager_type = {
	.name = "buffer-manager",
	.state_size = sizeof(struct manager),
	.handlers = manager_handlers,
	.start = savina_keep_arg,
};

/* --- the run -------------------------------------------------------------------------------------------- */

static bool prepare(struct savina_run *run)
{
	struct buffer *buffer = run->data;

	buffer->run = run;
	buffer->items = (uint32_t)savina_size(run, 1000, 10);
	buffer->cost = (uint32_t)savina_size(run, COST, 1);
	buffer->consumed = calloc((size_t)PRODUCERS * buffer->items, sizeof(*buffer->consumed));
	if (buffer->consumed == NULL)
		akt_bench_fail(run->b, "out of memory");
	return buffer->consumed != NULL;
}

static bool start(struct savina_run *run)
{
	struct buffer *buffer = run->data;

	if (!savina_spawn(run, &manager_type, buffer, &buffer->manager))
		return false;
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		buffer->shares[i] = (struct buffer_share){ .buffer = buffer, .index = i };
		if (!savina_spawn(run, &producer_type, &buffer->shares[i], &buffer->producers[i]))
			return false;
	}
	for (uint32_t i = 0; i < CONSUMERS; i++)
		if (!savina_spawn(run, &consumer_type, buffer, &buffer->consumers[i]))
			return false;
	return savina_post(run, buffer->manager, AKT_NEW_SIGNAL(buffer_start));
}

static bool check(struct savina_run *run)
{
	struct buffer *buffer = run->data;

	for (uint32_t i = 0; i < PRODUCERS * buffer->items; i++)
		if (!bench_equal(run->b, buffer->consumed[i], 1, "times that an item was consumed"))
			return false;
	if (buffer->deepest > BUFFER)
		akt_bench_fail(run->b, "%llu items were in the buffer",
			       (unsigned long long)buffer->deepest);
	return buffer->deepest <= BUFFER;
}

static void release(struct savina_run *run)
{
	free(((struct buffer *)run->data)->consumed);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct buffer),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_bndbuffer(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
