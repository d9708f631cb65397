/* How long does a message take between two actors that only wait for each other?
 * SPDX-License-Identifier: MIT
 *
 * Savina's PingPong, which the raw probe has too: ping knows pong and counts, pong answers who asked.
 * An op is one message: made, sent, handled and freed; n of them in turn. BenchmarkObserve is the same
 * with each thing that options.observe may keep. */
#include "common.h"
#include "table.h"

struct bench_ping {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bench_ping, "bench.ping", AKT_FIELD(1, bench_ping, number));

struct bench_pong {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bench_pong, "bench.pong", AKT_FIELD(1, bench_pong, number));

struct bench_serve {
	akt_ref to;
};
AKT_MESSAGE_DEFINE(bench_serve, "bench.serve", AKT_FIELD(1, bench_serve, to));

struct rally {
	struct bench_gate over;
	uint64_t messages;
	_Atomic uint64_t handled; /* added up when the players stop */
};

struct player {
	struct rally *rally;
	uint64_t handled;
	uint64_t last; /* the rally is over with this one; never, if the other gets the last */
	akt_ref pong;
};

static int on_start_ping(akt_ctx *ctx, void *state, const void *arg)
{
	struct player *self = state;

	(void)ctx;
	self->rally = *(struct rally *const *)arg;
	self->last = self->rally->messages % 2 == 0 ? self->rally->messages / 2 : UINT64_MAX;
	return 0;
}

static int on_start_pong(akt_ctx *ctx, void *state, const void *arg)
{
	struct player *self = state;

	(void)ctx;
	self->rally = *(struct rally *const *)arg;
	self->last = self->rally->messages % 2 == 1 ? self->rally->messages / 2 + 1 : UINT64_MAX;
	return 0;
}

static int over(struct player *self)
{
	bench_gate_open(&self->rally->over);
	return 0;
}

static int on_serve(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;

	self->pong = akt_payload(msg, bench_serve)->to;
	return akt_send(ctx, self->pong, AKT_NEW(bench_ping, .number = 0));
}

static int on_ping(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;

	(void)msg;
	if (++self->handled == self->last)
		return over(self);
	return akt_send(ctx, akt_sender(ctx), AKT_NEW(bench_pong, .number = 0));
}

static int on_pong(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;

	(void)msg;
	if (++self->handled == self->last)
		return over(self);
	return akt_send(ctx, self->pong, AKT_NEW(bench_ping, .number = 0));
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct player *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->rally->handled, self->handled);
}

static const akt_handler ping_handlers[] = { AKT_ON(bench_pong, on_pong),
					     AKT_ON(bench_serve, on_serve), AKT_END };
static const akt_type ping_type = {
	.name = "ping",
	.state_size = sizeof(struct player),
	.handlers = ping_handlers,
	.start = on_start_ping,
	.stop = on_stop,
};

static const akt_handler pong_handlers[] = { AKT_ON(bench_ping, on_ping), AKT_END };
static const akt_type pong_type = {
	.name = "pong",
	.state_size = sizeof(struct player),
	.handlers = pong_handlers,
	.start = on_start_pong,
	.stop = on_stop,
};

static void play(akt_bench *b, const akt_options *options)
{
	struct rally rally = { .messages = akt_bench_n(b) };
	struct rally *shared = &rally;
	akt_system *sys = bench_start_with(b, options);
	akt_ref ping;
	akt_ref pong;

	if (sys == NULL)
		return;
	bench_gate_init(&rally.over);
	if (!bench_ok(b, akt_spawn(sys, &ping_type, &shared, &ping), "akt_spawn") ||
	    !bench_ok(b, akt_spawn(sys, &pong_type, &shared, &pong), "akt_spawn") ||
	    !bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain"))
		goto out;
	akt_bench_reset_timer(b);
	if (bench_ok(b, akt_post(sys, ping, AKT_NEW(bench_serve, .to = pong)), "akt_post"))
		(void)bench_gate_wait(b, &rally.over);
	akt_bench_stop_timer(b);
out:
	if (bench_stop(b, sys))
		(void)bench_equal(b, atomic_load(&rally.handled), akt_bench_n(b), "handled");
	bench_gate_fini(&rally.over);
}

void bench_ping_pong(akt_bench *b)
{
	akt_options options = AKT_OPTIONS;

	play(b, &options);
}

static void play_observed(akt_bench *b, void *arg)
{
	play(b, arg);
}

void bench_observe(akt_bench *b)
{
	static const struct {
		const char *name;
		uint32_t observe;
		int64_t watchdog_ns;
	} how[] = {
		{ "Off", 0, 0 },
		{ "Watchdog", 0, AKT_S(1) },
		{ "Latency", AKT_OBSERVE_LATENCY, 0 },
		{ "Depth", AKT_OBSERVE_DEPTH, 0 },
		{ "All", AKT_OBSERVE_ALL, AKT_S(1) },
	};

	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		akt_options options = AKT_OPTIONS;

		options.observe = how[i].observe;
		options.watchdog_ns = how[i].watchdog_ns;
		akt_bench_run(b, how[i].name, play_observed, &options);
	}
}
