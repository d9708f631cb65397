/* How long does a token take from actor to actor around a ring?
 * SPDX-License-Identifier: MIT
 *
 * 100 actors and 100,000 hops of one token. BenchmarkThreadRing is that of the Benchmarks Game: 503
 * actors, an op is one hop. The actor with whom it ends, and the number of hops, are checked. */
#include "savina.h"
#include "table.h"

#define RING_MAX 503u

struct bench_token {
	uint64_t left;
};
AKT_MESSAGE_DEFINE(bench_token, "bench.token", AKT_FIELD(1, bench_token, left));

struct bench_join {
	akt_ref next;
};
AKT_MESSAGE_DEFINE(bench_join, "bench.join", AKT_FIELD(1, bench_join, next));

struct ring {
	struct savina_run *run;
	akt_ref members[RING_MAX];
	akt_ref last;             /* who held the token at the end */
	_Atomic uint64_t handled; /* added up when the members stop */
};

struct member {
	struct ring *ring;
	akt_ref next;
	uint64_t handled;
};

static int on_join(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct member *self = state;

	(void)ctx;
	self->next = akt_payload(msg, bench_join)->next;
	return 0;
}

static int on_token(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct member *self = state;
	uint64_t left = akt_payload(msg, bench_token)->left;

	self->handled++;
	if (left == 0) {
		self->ring->last = akt_self(ctx);
		return savina_over(self->ring->run);
	}
	return akt_send(ctx, self->next, AKT_NEW(bench_token, .left = left - 1));
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct member *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->ring->handled, self->handled);
}

static const akt_handler member_handlers[] = { AKT_ON(bench_token, on_token),
					       AKT_ON(bench_join, on_join), AKT_END };
static const akt_type member_type = {
	.name = "ring-member",
	.state_size = sizeof(struct member),
	.handlers = member_handlers,
	.start = savina_keep_arg,
	.stop = on_stop,
};

static bool spawn(struct savina_run *run)
{
	struct ring *ring = run->data;

	ring->run = run;
	for (uint32_t i = 0; i < run->actors; i++)
		if (!savina_spawn(run, &member_type, ring, &ring->members[i]))
			return false;
	for (uint32_t i = 0; i < run->actors; i++) {
		akt_ref next = ring->members[(i + 1) % run->actors];

		if (!savina_post(run, ring->members[i], AKT_NEW(bench_join, .next = next)))
			return false;
	}
	return true;
}

static bool start(struct savina_run *run)
{
	struct ring *ring = run->data;

	return savina_post(run, ring->members[0], AKT_NEW(bench_token, .left = run->ops - 1));
}

static bool check(struct savina_run *run)
{
	struct ring *ring = run->data;

	if (!akt_ref_equal(ring->last, ring->members[(run->ops - 1) % run->actors]))
		akt_bench_fail(run->b, "the token ended with the wrong actor");
	return bench_equal(run->b, atomic_load(&ring->handled), run->ops, "hops");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct ring),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void savina_threadring(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, 100000, 100);
}

void bench_thread_ring(akt_bench *b)
{
	savina_measure_ops(b, &plan, RING_MAX, NULL);
}
