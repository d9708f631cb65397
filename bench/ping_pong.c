/* How long does a message take between two actors that only wait for each other?
 * SPDX-License-Identifier: MIT
 *
 * An op is one message: made, sent, handled and freed. Two actors, n messages in turn. BenchmarkObserve
 * is the same with each thing that options.observe may keep. */
#include "common.h"
#include "table.h"

struct bench_ball {
	uint64_t left; /* messages still to be sent after this one */
};
AKT_MESSAGE_DEFINE(bench_ball, "bench.ball", AKT_FIELD(1, bench_ball, left));

struct bench_serve {
	akt_ref to;
	uint64_t left;
};
AKT_MESSAGE_DEFINE(bench_serve, "bench.serve", AKT_FIELD(1, bench_serve, to),
		   AKT_FIELD(2, bench_serve, left));

struct rally {
	struct bench_gate over;
	_Atomic uint64_t handled; /* added up when the players stop */
};

struct player {
	struct rally *rally;
	uint64_t handled;
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct player *self = state;

	(void)ctx;
	self->rally = *(struct rally *const *)arg;
	return 0;
}

static int on_ball(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;
	uint64_t left = akt_payload(msg, bench_ball)->left;

	self->handled++;
	if (left == 0) {
		bench_gate_open(&self->rally->over);
		return 0;
	}
	return akt_send(ctx, akt_sender(ctx), AKT_NEW(bench_ball, .left = left - 1));
}

static int on_serve(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct bench_serve *serve = akt_payload(msg, bench_serve);

	(void)state;
	return akt_send(ctx, serve->to, AKT_NEW(bench_ball, .left = serve->left));
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct player *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->rally->handled, self->handled);
}

static const akt_handler player_handlers[] = { AKT_ON(bench_ball, on_ball),
					       AKT_ON(bench_serve, on_serve), AKT_END };
static const akt_type player_type = {
	.name = "player",
	.state_size = sizeof(struct player),
	.handlers = player_handlers,
	.start = on_start,
	.stop = on_stop,
};

static void play(akt_bench *b, const akt_options *options)
{
	struct rally rally = { .handled = 0 };
	struct rally *shared = &rally;
	akt_system *sys = bench_start_with(b, options);
	akt_ref ping;
	akt_ref pong;
	uint64_t left = akt_bench_n(b) - 1;

	if (sys == NULL)
		return;
	bench_gate_init(&rally.over);
	if (!bench_ok(b, akt_spawn(sys, &player_type, &shared, &ping), "akt_spawn") ||
	    !bench_ok(b, akt_spawn(sys, &player_type, &shared, &pong), "akt_spawn") ||
	    !bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain"))
		goto out;
	akt_bench_reset_timer(b);
	if (bench_ok(b, akt_post(sys, ping, AKT_NEW(bench_serve, .to = pong, .left = left)),
		     "akt_post"))
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
