/* How fast are messages spread over many actors and their completion gathered?
 * SPDX-License-Identifier: MIT
 *
 * 60 actors get 10,000 messages each from the driver, in turn. BenchmarkForkJoin: 10,000 actors, an op
 * is one of these messages. Rounds of at most ROUND messages bound the memory: an actor that has handled
 * its last message of a round tells the driver, which is not counted; the next round starts when all
 * have. Each actor checks the order of its messages. */
#include "savina.h"
#include "table.h"

#define ACTORS_MAX 10000u
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
	struct savina_run *run;
	akt_ref driver;
	akt_ref actors[ACTORS_MAX];
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

/* Send a round: as many messages to each actor, the first ones one more. */
static int send_round(akt_ctx *ctx, struct driver *self)
{
	struct forks *forks = self->forks;
	uint32_t actors = forks->run->actors;
	uint32_t size = forks->left < ROUND ? (uint32_t)forks->left : ROUND;

	forks->left -= size;
	self->waiting = size < actors ? size : actors;
	for (uint32_t i = 0; i < size; i++) {
		bool is_last = i + actors >= size;
		int r = akt_send(ctx, forks->actors[i % actors],
				 AKT_NEW(bench_work, .number = i / actors, .is_last = is_last));

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
	return savina_over(self->forks->run);
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
	.start = savina_keep_arg,
};

static const akt_handler branch_handlers[] = { AKT_ON(bench_work, on_work), AKT_END };
static const akt_type branch_type = {
	.name = "fork-branch",
	.state_size = sizeof(struct branch),
	.handlers = branch_handlers,
	.start = savina_keep_arg,
	.stop = on_branch_stop,
};

static bool spawn(struct savina_run *run)
{
	struct forks *forks = run->data;

	forks->run = run;
	forks->left = run->ops;
	if (!savina_spawn(run, &driver_type, forks, &forks->driver))
		return false;
	for (uint32_t i = 0; i < run->actors; i++)
		if (!savina_spawn(run, &branch_type, forks, &forks->actors[i]))
			return false;
	return true;
}

static bool start(struct savina_run *run)
{
	struct forks *forks = run->data;

	return savina_post(run, forks->driver, AKT_NEW_SIGNAL(bench_fork));
}

static bool check(struct savina_run *run)
{
	struct forks *forks = run->data;

	return bench_equal(run->b, atomic_load(&forks->handled), run->ops, "handled") &&
	       bench_equal(run->b, atomic_load(&forks->out_of_order), 0, "out of order");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct forks),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void savina_fjthrput(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, UINT64_C(60) * 10000, 60);
}

void bench_fork_join(akt_bench *b)
{
	savina_measure_ops(b, &plan, ACTORS_MAX, NULL);
}
