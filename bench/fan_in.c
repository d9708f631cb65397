/* How many messages does one actor take in from two that send as fast as it allows?
 * SPDX-License-Identifier: MIT
 *
 * An op is one message. Two producers have a credit of 1024 messages each; the sink gives back half
 * of it whenever it has handled as many. The sink checks the order of each producer's messages. */
#include "common.h"
#include "table.h"

#define PRODUCERS 2u
#define CREDIT 1024u
#define CREDIT_HALF (CREDIT / 2)

struct bench_item {
	uint64_t sequence;
	uint32_t producer;
	bool wants_credit;
};
AKT_MESSAGE_DEFINE(bench_item, "bench.item", AKT_FIELD(1, bench_item, sequence),
		   AKT_FIELD(2, bench_item, producer), AKT_FIELD(3, bench_item, wants_credit));
AKT_SIGNAL_DEFINE(bench_credit, "bench.credit");

struct bench_produce {
	akt_ref sink;
	uint64_t count;
	uint32_t producer;
};
AKT_MESSAGE_DEFINE(bench_produce, "bench.produce", AKT_FIELD(1, bench_produce, sink),
		   AKT_FIELD(2, bench_produce, count), AKT_FIELD(3, bench_produce, producer));

struct fan {
	struct bench_gate over;
	uint64_t total;
	uint64_t out_of_order; /* written by the sink, read when the gate is open */
};

struct intake {
	struct fan *fan;
	uint64_t handled;
	uint64_t next[PRODUCERS];
};

struct producer {
	akt_ref sink;
	uint64_t sequence;
	uint64_t count;
	uint64_t credit;
	uint32_t index;
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct intake *self = state;

	(void)ctx;
	self->fan = *(struct fan *const *)arg;
	return 0;
}

static int on_item(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct intake *self = state;
	const struct bench_item *item = akt_payload(msg, bench_item);
	int r = 0;

	if (item->sequence != self->next[item->producer])
		self->fan->out_of_order++;
	self->next[item->producer] = item->sequence + 1;
	if (item->wants_credit)
		r = akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(bench_credit));
	if (++self->handled == self->fan->total)
		bench_gate_open(&self->fan->over);
	return r;
}

/* Send while there is credit. */
static int produce(akt_ctx *ctx, struct producer *self)
{
	int r = 0;

	for (; r >= 0 && self->credit > 0 && self->sequence < self->count; self->credit--) {
		bool wants_credit = (self->sequence + 1) % CREDIT_HALF == 0;

		r = akt_send(ctx, self->sink,
			     AKT_NEW(bench_item, .sequence = self->sequence,
				     .producer = self->index, .wants_credit = wants_credit));
		self->sequence++;
	}
	return r;
}

static int on_produce(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;
	const struct bench_produce *order = akt_payload(msg, bench_produce);

	self->sink = order->sink;
	self->count = order->count;
	self->index = order->producer;
	self->credit = CREDIT;
	return produce(ctx, self);
}

static int on_credit(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;

	(void)msg;
	self->credit += CREDIT_HALF;
	return produce(ctx, self);
}

static const akt_handler intake_handlers[] = { AKT_ON(bench_item, on_item), AKT_END };
static const akt_type intake_type = {
	.name = "intake",
	.state_size = sizeof(struct intake),
	.handlers = intake_handlers,
	.start = on_start,
};

static const akt_handler producer_handlers[] = { AKT_ON(bench_credit, on_credit),
						 AKT_ON(bench_produce, on_produce), AKT_END };
static const akt_type producer_type = {
	.name = "producer",
	.state_size = sizeof(struct producer),
	.handlers = producer_handlers,
};

static bool order_all(akt_bench *b, akt_system *sys, akt_ref sink, const akt_ref *producers)
{
	uint64_t total = akt_bench_n(b);

	for (uint32_t i = 0; i < PRODUCERS; i++) {
		uint64_t count = total / PRODUCERS + (i < total % PRODUCERS ? 1 : 0);
		akt_msg *order =
			AKT_NEW(bench_produce, .sink = sink, .count = count, .producer = i);

		if (!bench_ok(b, akt_post(sys, producers[i], order), "akt_post"))
			return false;
	}
	return true;
}

void bench_fan_in(akt_bench *b)
{
	struct fan fan = { .total = akt_bench_n(b) };
	struct fan *shared = &fan;
	akt_system *sys = bench_start(b);
	akt_ref sink;
	akt_ref producers[PRODUCERS];
	bool ok;

	if (sys == NULL)
		return;
	bench_gate_init(&fan.over);
	ok = bench_ok(b, akt_spawn(sys, &intake_type, &shared, &sink), "akt_spawn");
	for (size_t i = 0; i < PRODUCERS; i++)
		ok = ok &&
		     bench_ok(b, akt_spawn(sys, &producer_type, NULL, &producers[i]), "akt_spawn");
	if (ok && bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain")) {
		akt_bench_reset_timer(b);
		if (order_all(b, sys, sink, producers))
			(void)bench_gate_wait(b, &fan.over);
		akt_bench_stop_timer(b);
	}
	if (bench_stop(b, sys))
		(void)bench_equal(b, fan.out_of_order, 0, "out of order");
	bench_gate_fini(&fan.over);
}
