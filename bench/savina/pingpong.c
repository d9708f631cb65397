/* How long does a message take between two actors that only wait for each other?
 * SPDX-License-Identifier: MIT
 *
 * Ping knows pong and counts, pong answers who asked; 40,000 times there and back. The raw probe has it
 * too. BenchmarkPingPong: an op is one message, made, sent, handled and freed. BenchmarkObserve is the
 * same with each thing that options.observe may keep. */
#include "savina.h"
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
	struct savina_run *run;
	akt_ref ping;
	akt_ref pong;
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
	uint64_t messages;

	(void)savina_keep_arg(ctx, state, arg);
	messages = self->rally->run->ops;
	self->last = messages % 2 == 0 ? messages / 2 : UINT64_MAX;
	return 0;
}

static int on_start_pong(akt_ctx *ctx, void *state, const void *arg)
{
	struct player *self = state;
	uint64_t messages;

	(void)savina_keep_arg(ctx, state, arg);
	messages = self->rally->run->ops;
	self->last = messages % 2 == 1 ? messages / 2 + 1 : UINT64_MAX;
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
		return savina_over(self->rally->run);
	return akt_send(ctx, akt_sender(ctx), AKT_NEW(bench_pong, .number = 0));
}

static int on_pong(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;

	(void)msg;
	if (++self->handled == self->last)
		return savina_over(self->rally->run);
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

static bool spawn(struct savina_run *run)
{
	struct rally *rally = run->data;

	rally->run = run;
	return savina_spawn(run, &ping_type, rally, &rally->ping) &&
	       savina_spawn(run, &pong_type, rally, &rally->pong);
}

static bool start(struct savina_run *run)
{
	struct rally *rally = run->data;

	return savina_post(run, rally->ping, AKT_NEW(bench_serve, .to = rally->pong));
}

static bool check(struct savina_run *run)
{
	struct rally *rally = run->data;

	return bench_equal(run->b, atomic_load(&rally->handled), run->ops, "handled");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct rally),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void savina_pingpong(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, 80000, 2);
}

void bench_ping_pong(akt_bench *b)
{
	savina_measure_ops(b, &plan, 2, NULL);
}

static void play_observed(akt_bench *b, void *arg)
{
	savina_measure_ops(b, &plan, 2, arg);
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
