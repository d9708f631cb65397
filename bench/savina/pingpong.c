/* Two actors, one message between them, to and fro: 40,000 times.
 * SPDX-License-Identifier: MIT */
#include "savina.h"

AKT_SIGNAL_DEFINE(pingpong_start, "pingpong.start");
AKT_SIGNAL_DEFINE(pingpong_ping, "pingpong.ping");
AKT_SIGNAL_DEFINE(pingpong_pong, "pingpong.pong");

struct pingpong {
	struct savina_run *run;
	uint64_t trips;
	akt_ref pong;
	uint64_t pings; /* counted by pong */
	uint64_t pongs; /* counted by ping */
};

struct player {
	struct pingpong *shared;
};

static int send_ping(akt_ctx *ctx, const struct pingpong *shared)
{
	return akt_send(ctx, shared->pong, AKT_NEW_SIGNAL(pingpong_ping));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return send_ping(ctx, ((struct player *)state)->shared);
}

static int on_pong(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct pingpong *shared = ((struct player *)state)->shared;

	(void)msg;
	if (++shared->pongs == shared->trips)
		return savina_over(shared->run);
	return send_ping(ctx, shared);
}

static int on_ping(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	((struct player *)state)->shared->pings++;
	return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(pingpong_pong));
}

static const akt_handler ping_handlers[] = { AKT_ON(pingpong_pong, on_pong),
					     AKT_ON(pingpong_start, on_start), AKT_END };
static const akt_type ping_type = {
	.name = "ping",
	.state_size = sizeof(struct player),
	.handlers = ping_handlers,
	.start = savina_keep_arg,
};

static const akt_handler pong_handlers[] = { AKT_ON(pingpong_ping, on_ping), AKT_END };
static const akt_type pong_type = {
	.name = "pong",
	.state_size = sizeof(struct player),
	.handlers = pong_handlers,
	.start = savina_keep_arg,
};

static bool start(struct savina_run *run)
{
	struct pingpong *shared = run->data;
	akt_ref ping;

	shared->run = run;
	shared->trips = savina_size(run, 40000, 100);
	return savina_spawn(run, &pong_type, shared, &shared->pong) &&
	       savina_spawn(run, &ping_type, shared, &ping) &&
	       savina_post(run, ping, AKT_NEW_SIGNAL(pingpong_start));
}

static bool check(struct savina_run *run)
{
	const struct pingpong *shared = run->data;

	return bench_equal(run->b, shared->pings, shared->trips, "pings") &&
	       bench_equal(run->b, shared->pongs, shared->trips, "pongs");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct pingpong),
	.start = start,
	.check = check,
};

void savina_pingpong(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
