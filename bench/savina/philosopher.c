/* How fast do philosophers eat when one that they ask hands out the forks?
 * SPDX-License-Identifier: MIT
 *
 * 20 philosophers eat 10,000 times each. The arbitrator gives a hungry one both forks or none; who is
 * denied asks again at once. Each must have eaten as often as it should, and no fork been given twice. */
#include "savina.h"

#define PHILOSOPHERS 20u

struct table_hungry {
	uint64_t seat;
};
AKT_MESSAGE_DEFINE(table_hungry, "philosopher.hungry", AKT_FIELD(1, table_hungry, seat));

struct table_done {
	uint64_t seat;
};
AKT_MESSAGE_DEFINE(table_done, "philosopher.done", AKT_FIELD(1, table_done, seat));

AKT_SIGNAL_DEFINE(table_start, "philosopher.start");
AKT_SIGNAL_DEFINE(table_eat, "philosopher.eat");
AKT_SIGNAL_DEFINE(table_denied, "philosopher.denied");
AKT_SIGNAL_DEFINE(table_full, "philosopher.full");

struct table;

struct table_share {
	struct table *table;
	uint64_t seat;
};

struct table {
	struct savina_run *run;
	uint64_t rounds;
	akt_ref arbitrator;
	akt_ref philosophers[PHILOSOPHERS];
	struct table_share shares[PHILOSOPHERS];
	uint64_t conflicts;           /* forks put back that nobody had, by the arbitrator */
	uint64_t meals[PHILOSOPHERS]; /* each by its philosopher, when it stops */
};

struct philosopher {
	const struct table_share *share;
	uint64_t meals;
};

static int be_hungry(akt_ctx *ctx, const struct philosopher *self)
{
	return akt_send(ctx, self->share->table->arbitrator,
			AKT_NEW(table_hungry, .seat = self->share->seat));
}

static int on_hungry_again(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return be_hungry(ctx, state);
}

static int on_eat(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct philosopher *self = state;
	struct table *table = self->share->table;
	int r;

	(void)msg;
	self->meals++;
	r = akt_send(ctx, table->arbitrator, AKT_NEW(table_done, .seat = self->share->seat));
	if (r < 0)
		return r;
	if (self->meals == table->rounds)
		return akt_send(ctx, table->arbitrator, AKT_NEW_SIGNAL(table_full));
	return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(table_start));
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct philosopher *self = state;

	(void)ctx;
	(void)reason;
	self->share->table->meals[self->share->seat] = self->meals;
}

static const akt_handler philosopher_handlers[] = { AKT_ON(table_denied, on_hungry_again),
						    AKT_ON(table_eat, on_eat),
						    AKT_ON(table_start, on_hungry_again), AKT_END };
static const akt_type philosopher_type = {
	.name = "philosopher",
	.state_size = sizeof(struct philosopher),
	.handlers = philosopher_handlers,
	.start = savina_keep_arg,
	.stop = on_stop,
};

struct arbitrator {
	struct table *table;
	bool taken[PHILOSOPHERS];
	uint32_t full;
};

static int on_hungry(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbitrator *self = state;
	uint64_t left = akt_payload(msg, table_hungry)->seat;
	uint64_t right = (left + 1) % PHILOSOPHERS;

	if (self->taken[left] || self->taken[right])
		return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(table_denied));
	self->taken[left] = self->taken[right] = true;
	return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(table_eat));
}

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbitrator *self = state;
	uint64_t left = akt_payload(msg, table_done)->seat;
	uint64_t right = (left + 1) % PHILOSOPHERS;

	(void)ctx;
	if (!self->taken[left] || !self->taken[right])
		self->table->conflicts++;
	self->taken[left] = self->taken[right] = false;
	return 0;
}

static int on_full(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbitrator *self = state;

	(void)ctx;
	(void)msg;
	return ++self->full == PHILOSOPHERS ? savina_over(self->table->run) : 0;
}

static const akt_handler arbitrator_handlers[] = { AKT_ON(table_hungry, on_hungry),
						   AKT_ON(table_done, on_done),
						   AKT_ON(table_full, on_full), AKT_END };
static const akt_type arbitrator_type = {
	.name = "arbitrator",
	.state_size = sizeof(struct arbitrator),
	.handlers = arbitrator_handlers,
	.start = savina_keep_arg,
};

static bool start(struct savina_run *run)
{
	struct table *table = run->data;

	table->run = run;
	table->rounds = savina_size(run, 10000, 20);
	if (!savina_spawn(run, &arbitrator_type, table, &table->arbitrator))
		return false;
	for (uint32_t i = 0; i < PHILOSOPHERS; i++) {
		table->shares[i] = (struct table_share){ .table = table, .seat = i };
		if (!savina_spawn(run, &philosopher_type, &table->shares[i],
				  &table->philosophers[i]) ||
		    !savina_post(run, table->philosophers[i], AKT_NEW_SIGNAL(table_start)))
			return false;
	}
	return true;
}

static bool check(struct savina_run *run)
{
	const struct table *table = run->data;

	for (uint32_t i = 0; i < PHILOSOPHERS; i++)
		if (!bench_equal(run->b, table->meals[i], table->rounds, "meals"))
			return false;
	return bench_equal(run->b, table->conflicts, 0, "forks in two hands");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct table),
	.start = start,
	.check = check,
};

void savina_philosopher(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
