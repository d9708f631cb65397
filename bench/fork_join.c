/* How fast are messages spread over 10,000 actors and their completion gathered?
 * SPDX-License-Identifier: MIT
 *
 * Savina's fork-join throughput. An op is one message from the driver to one of the actors, in
 * turn. Rounds of at most ROUND messages bound the memory: an actor that has handled its last
 * message of a round tells the driver, which is not counted; the next round starts when all have.
 * Each actor checks the order of its messages. */
#include "common.h"
#include "table.h"

#include <stdlib.h>

#define ACTORS 10000u
#define ROUND 1000000u

struct bench_work {
	uint32_t number; /* within this actor's share of the round */
	bool is_last;
};
AKT_MESSAGE_DEFINE(bench_work, "bench.work", AKT_FIELD(1, bench_work, number),
		   AKT_FIELD(2, bench_work, is_last));
AKT_SIGNAL_DEFINE(bench_done, "bench.done");
AKT_SIGNAL_DEFINE(bench_fork, "bench.fork");

struct forks {
	struct bench_gate over;
	akt_ref actors[ACTORS];
	uint64_t left;
	_Atomic uint64_t handled; /* added up when the actors stop */
	_Atomic uint64_t out_of_order;
};

struct driver {
	struct forks *forks;
	uint32_t waiting; /* actors that have not finished the round */
};

struct branch {
	struct forks *forks;
	uint64_t handled;
	uint32_t next;
};

static int on_driver_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	((struct driver *)state)->forks = *(struct forks *const *)arg;
	return 0;
}

static int on_branch_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	((struct branch *)state)->forks = *(struct forks *const *)arg;
	return 0;
}

/* Send a round: as many messages to each actor, the first ones one more. */
static int send_round(akt_ctx *ctx, struct driver *self)
{
	struct forks *forks = self->forks;
	uint32_t size = forks->left < ROUND ? (uint32_t)forks->left : ROUND;

	forks->left -= size;
	self->waiting = size < ACTORS ? size : ACTORS;
	for (uint32_t i = 0; i < size; i++) {
		bool is_last = i + ACTORS >= size;
		int r = akt_send(ctx, forks->actors[i % ACTORS],
				 AKT_NEW(bench_work, .number = i / ACTORS, .is_last = is_last));

		if (r < 0)
			return r;
	}
	return 0;
}

static int on_fork(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return send_round(ctx, state);
}

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct driver *self = state;

	(void)msg;
	if (--self->waiting > 0)
		return 0;
	if (self->forks->left > 0)
		return send_round(ctx, self);
	bench_gate_open(&self->forks->over);
	return 0;
}

static int on_work(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct branch *self = state;
	const struct bench_work *work = akt_payload(msg, bench_work);

	if (work->number != self->next)
		atomic_fetch_add(&self->forks->out_of_order, 1);
	self->handled++;
	self->next = work->is_last ? 0 : work->number + 1;
	return work->is_last ? akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(bench_done)) : 0;
}

static void on_branch_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct branch *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->forks->handled, self->handled);
}

static const akt_handler driver_handlers[] = { AKT_ON(bench_done, on_done),
					       AKT_ON(bench_fork, on_fork), AKT_END };
static const akt_type driver_type = {
	.name = "fork-driver",
	.state_size = sizeof(struct driver),
	.handlers = driver_handlers,
	.start = on_driver_start,
};

static const akt_handler branch_handlers[] = { AKT_ON(bench_work, on_work), AKT_END };
static const akt_type branch_type = {
	.name = "fork-branch",
	.state_size = sizeof(struct branch),
	.handlers = branch_handlers,
	.start = on_branch_start,
	.stop = on_branch_stop,
};

static bool spawn_all(akt_bench *b, akt_system *sys, struct forks **shared, akt_ref *ret_driver)
{
	if (!bench_ok(b, akt_spawn(sys, &driver_type, shared, ret_driver), "akt_spawn"))
		return false;
	for (size_t i = 0; i < ACTORS; i++)
		if (!bench_ok(b, akt_spawn(sys, &branch_type, shared, &(*shared)->actors[i]),
			      "akt_spawn"))
			return false;
	return bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain");
}

void bench_fork_join(akt_bench *b)
{
	struct forks *forks = calloc(1, sizeof(*forks));
	akt_system *sys = forks != NULL ? bench_start(b) : NULL;
	akt_ref driver;

	if (forks == NULL)
		akt_bench_fail(b, "out of memory");
	if (sys == NULL) {
		free(forks);
		return;
	}
	forks->left = akt_bench_n(b);
	bench_gate_init(&forks->over);
	if (spawn_all(b, sys, &forks, &driver)) {
		akt_bench_reset_timer(b);
		if (bench_ok(b, akt_post(sys, driver, AKT_NEW_SIGNAL(bench_fork)), "akt_post"))
			(void)bench_gate_wait(b, &forks->over);
		akt_bench_stop_timer(b);
	}
	if (bench_stop(b, sys) &&
	    bench_equal(b, atomic_load(&forks->handled), akt_bench_n(b), "handled"))
		(void)bench_equal(b, atomic_load(&forks->out_of_order), 0, "out of order");
	bench_gate_fini(&forks->over);
	free(forks);
}
