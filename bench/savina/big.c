/* How fast do messages cross between many actors that talk to each other at random?
 * SPDX-License-Identifier: MIT
 *
 * 120 actors, of which each sends 20,000 pings to random ones, the next when the answer to the last is
 * there, and answers those of the others. Who is done tells the sink. BenchmarkBig: an op is one message,
 * ping or pong; an odd number of them is one more. */
#include "savina.h"
#include "table.h"

#define ACTORS_MAX 120u

struct big_ping {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(big_ping, "big.ping", AKT_FIELD(1, big_ping, number));

struct big_pong {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(big_pong, "big.pong", AKT_FIELD(1, big_pong, number));

AKT_SIGNAL_DEFINE(big_start, "big.start");
AKT_SIGNAL_DEFINE(big_done, "big.done");

struct big;

/* What one of the actors is given. */
struct big_share {
	struct big *big;
	uint32_t seed;
	uint64_t pings;
};

struct big {
	struct savina_run *run;
	akt_ref sink;
	akt_ref actors[ACTORS_MAX];
	struct big_share shares[ACTORS_MAX];
	_Atomic uint64_t pings; /* added up when the actors stop */
	_Atomic uint64_t pongs;
	_Atomic uint64_t wrong; /* answers to another ping than the last */
};

struct talker {
	const struct big_share *share;
	struct big *big;
	uint32_t
		random; /* of the suite's own generator, as the peers' is: it is part of the work */
	uint64_t left;
	uint64_t pings;
	uint64_t pongs;
	uint64_t wrong;
};

struct sink {
	struct big *big;
	uint32_t done;
};

static int on_talker_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct talker *self = state;

	(void)ctx;
	self->share = arg;
	self->big = self->share->big;
	self->random = self->share->seed;
	self->left = self->share->pings;
	return 0;
}

static int send_ping(akt_ctx *ctx, struct talker *self)
{
	struct big *big = self->big;

	if (self->left == 0)
		return akt_send(ctx, big->sink, AKT_NEW_SIGNAL(big_done));
	self->random = (self->random * 1309 + 13849) & 65535;
	return akt_send(ctx, big->actors[self->random % big->run->actors],
			AKT_NEW(big_ping, .number = self->left));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return send_ping(ctx, state);
}

static int on_ping(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct talker *self = state;

	self->pings++;
	return akt_send(ctx, akt_sender(ctx),
			AKT_NEW(big_pong, .number = akt_payload(msg, big_ping)->number));
}

static int on_pong(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct talker *self = state;

	self->pongs++;
	if (akt_payload(msg, big_pong)->number != self->left)
		self->wrong++;
	self->left--;
	return send_ping(ctx, self);
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct talker *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->big->pings, self->pings);
	atomic_fetch_add(&self->big->pongs, self->pongs);
	atomic_fetch_add(&self->big->wrong, self->wrong);
}

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sink *self = state;

	(void)ctx;
	(void)msg;
	return ++self->done == self->big->run->actors ? savina_over(self->big->run) : 0;
}

static const akt_handler talker_handlers[] = { AKT_ON(big_ping, on_ping), AKT_ON(big_pong, on_pong),
					       AKT_ON(big_start, on_start), AKT_END };
static const akt_type talker_type = {
	.name = "big-talker",
	.state_size = sizeof(struct talker),
	.handlers = talker_handlers,
	.start = on_talker_start,
	.stop = on_stop,
};

static const akt_handler sink_handlers[] = { AKT_ON(big_done, on_done), AKT_END };
static const akt_type sink_type = {
	.name = "big-sink",
	.state_size = sizeof(struct sink),
	.handlers = sink_handlers,
	.start = savina_keep_arg,
};

static uint64_t pings_of(const struct savina_run *run)
{
	return run->ops / 2 + run->ops % 2;
}

static bool spawn(struct savina_run *run)
{
	struct big *big = run->data;
	uint64_t pings = pings_of(run);

	big->run = run;
	if (!savina_spawn(run, &sink_type, big, &big->sink))
		return false;
	for (uint32_t i = 0; i < run->actors; i++) {
		struct big_share *share = &big->shares[i];

		*share = (struct big_share){ .big = big, .seed = i };
		share->pings = pings / run->actors + (i < pings % run->actors ? 1 : 0);
		if (!savina_spawn(run, &talker_type, share, &big->actors[i]))
			return false;
	}
	return true;
}

static bool start(struct savina_run *run)
{
	struct big *big = run->data;

	for (uint32_t i = 0; i < run->actors; i++)
		if (!savina_post(run, big->actors[i], AKT_NEW_SIGNAL(big_start)))
			return false;
	return true;
}

static bool check(struct savina_run *run)
{
	struct big *big = run->data;

	return bench_equal(run->b, atomic_load(&big->pings), pings_of(run), "pings") &&
	       bench_equal(run->b, atomic_load(&big->pongs), pings_of(run), "pongs") &&
	       bench_equal(run->b, atomic_load(&big->wrong), 0, "wrong answers");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct big),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void savina_big(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, UINT64_C(2) * 120 * 20000, 120);
}

void bench_big(akt_bench *b)
{
	savina_measure_ops(b, &plan, ACTORS_MAX, NULL);
}
