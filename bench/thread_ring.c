/* How long does a token take from actor to actor around a ring of 503?
 * SPDX-License-Identifier: MIT
 *
 * The thread-ring of the Benchmarks Game. An op is one hop: n hops, of one token. The hop at which
 * it ends, and how often each actor was visited, are checked. */
#include "common.h"
#include "table.h"

#define RING_SIZE 503u

struct bench_token {
	uint64_t left;
};
AKT_MESSAGE_DEFINE(bench_token, "bench.token", AKT_FIELD(1, bench_token, left));

struct bench_join {
	akt_ref next;
};
AKT_MESSAGE_DEFINE(bench_join, "bench.join", AKT_FIELD(1, bench_join, next));

struct ring {
	struct bench_gate over;
	akt_ref members[RING_SIZE];
	akt_ref last;             /* who held the token at the end */
	_Atomic uint64_t handled; /* added up when the members stop */
};

struct member {
	struct ring *ring;
	akt_ref next;
	uint64_t handled;
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct member *self = state;

	(void)ctx;
	self->ring = *(struct ring *const *)arg;
	return 0;
}

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
		bench_gate_open(&self->ring->over);
		return 0;
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
	.start = on_start,
	.stop = on_stop,
};

static bool build(akt_bench *b, akt_system *sys, struct ring **shared)
{
	struct ring *ring = *shared;

	for (size_t i = 0; i < RING_SIZE; i++)
		if (!bench_ok(b, akt_spawn(sys, &member_type, shared, &ring->members[i]),
			      "akt_spawn"))
			return false;
	for (size_t i = 0; i < RING_SIZE; i++) {
		akt_ref next = ring->members[(i + 1) % RING_SIZE];

		if (!bench_ok(b, akt_post(sys, ring->members[i], AKT_NEW(bench_join, .next = next)),
			      "akt_post"))
			return false;
	}
	return bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain");
}

void bench_thread_ring(akt_bench *b)
{
	struct ring ring = { .handled = 0 };
	struct ring *shared = &ring;
	akt_system *sys = bench_start(b);
	uint64_t left = akt_bench_n(b) - 1;

	if (sys == NULL)
		return;
	bench_gate_init(&ring.over);
	if (!build(b, sys, &shared))
		goto out;
	akt_bench_reset_timer(b);
	if (bench_ok(b, akt_post(sys, ring.members[0], AKT_NEW(bench_token, .left = left)),
		     "akt_post") &&
	    bench_gate_wait(b, &ring.over) &&
	    !akt_ref_equal(ring.last, ring.members[left % RING_SIZE]))
		akt_bench_fail(b, "the token ended with the wrong actor");
	akt_bench_stop_timer(b);
out:
	if (bench_stop(b, sys))
		(void)bench_equal(b, atomic_load(&ring.handled), akt_bench_n(b), "hops");
	bench_gate_fini(&ring.over);
}
