/* How fast does an arbiter find a smoker for what it lays on the table, again and again?
 * SPDX-License-Identifier: MIT
 *
 * 1,000 rounds with 200 smokers: the arbiter picks a random one, who says that it has begun, so that the
 * next round starts, and smokes for a random while of 1,000 numbers. Each must have smoked as often as
 * the arbiter's random sequence, replayed, says. */
#include "savina.h"

#define SMOKERS 200u
#define WHILE 1000u
#define WHILE_MIN 10u

struct smoke_begin {
	uint64_t count; /* random numbers that it takes */
};
AKT_MESSAGE_DEFINE(smoke_begin, "smoker.begin", AKT_FIELD(1, smoke_begin, count));

AKT_SIGNAL_DEFINE(smoke_start, "smoker.start");
AKT_SIGNAL_DEFINE(smoke_begun, "smoker.begun");
AKT_SIGNAL_DEFINE(smoke_leave, "smoker.leave");
AKT_SIGNAL_DEFINE(smoke_left, "smoker.left");

struct smoking;

struct smoke_share {
	struct smoking *smoking;
	uint32_t index;
};

struct smoking {
	struct savina_run *run;
	uint64_t rounds;
	akt_ref arbiter;
	akt_ref smokers[SMOKERS];
	struct smoke_share shares[SMOKERS];
	uint64_t smoked[SMOKERS]; /* each by its smoker, when it stops */
};

struct smoker {
	const struct smoke_share *share;
	struct savina_random random;
	uint64_t numbers; /* so that the whiles have a result */
	uint64_t smoked;
};

static int on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct smoker *self = state;
	int r = akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(smoke_begun));

	self->numbers ^= savina_busy(&self->random, akt_payload(msg, smoke_begin)->count);
	self->smoked++;
	return r;
}

static int on_leave(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	(void)msg;
	return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(smoke_left));
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct smoker *self = state;

	(void)ctx;
	(void)reason;
	self->share->smoking->smoked[self->share->index] = self->smoked;
}

static const akt_handler smoker_handlers[] = { AKT_ON(smoke_begin, on_begin),
					       AKT_ON(smoke_leave, on_leave), AKT_END };
static const akt_type smoker_type = {
	.name = "smoker",
	.state_size = sizeof(struct smoker),
	.handlers = smoker_handlers,
	.start = savina_keep_arg,
	.stop = on_stop,
};

/* Who is next, and how long it smokes. */
static uint64_t pick(struct savina_random *random, uint64_t *ret_count)
{
	uint64_t smoker = savina_random_below(random, SMOKERS);

	*ret_count = savina_random_below(random, WHILE) + WHILE_MIN;
	return smoker;
}

struct arbiter {
	struct smoking *smoking;
	struct savina_random random;
	uint64_t rounds;
	uint32_t left;
};

static int next_round(akt_ctx *ctx, struct arbiter *self)
{
	uint64_t count;
	uint64_t smoker = pick(&self->random, &count);

	return akt_send(ctx, self->smoking->smokers[smoker], AKT_NEW(smoke_begin, .count = count));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbiter *self = state;

	(void)msg;
	self->random = savina_random_of(1);
	return next_round(ctx, self);
}

static int on_begun(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbiter *self = state;
	int r = 0;

	(void)msg;
	if (++self->rounds < self->smoking->rounds)
		return next_round(ctx, self);
	for (uint32_t i = 0; i < SMOKERS && r >= 0; i++)
		r = akt_send(ctx, self->smoking->smokers[i], AKT_NEW_SIGNAL(smoke_leave));
	return r;
}

static int on_left(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct arbiter *self = state;

	(void)ctx;
	(void)msg;
	return ++self->left == SMOKERS ? savina_over(self->smoking->run) : 0;
}

static const akt_handler arbiter_handlers[] = { AKT_ON(smoke_begun, on_begun),
						AKT_ON(smoke_left, on_left),
						AKT_ON(smoke_start, on_start), AKT_END };
static const akt_type arbiter_type = {
	.name = "arbiter",
	.state_size = sizeof(struct arbiter),
	.handlers = arbiter_handlers,
	.start = savina_keep_arg,
};

static bool start(struct savina_run *run)
{
	struct smoking *smoking = run->data;

	smoking->run = run;
	smoking->rounds = savina_size(run, 1000, 50);
	for (uint32_t i = 0; i < SMOKERS; i++) {
		smoking->shares[i] = (struct smoke_share){ .smoking = smoking, .index = i };
		if (!savina_spawn(run, &smoker_type, &smoking->shares[i], &smoking->smokers[i]))
			return false;
	}
	return savina_spawn(run, &arbiter_type, smoking, &smoking->arbiter) &&
	       savina_post(run, smoking->arbiter, AKT_NEW_SIGNAL(smoke_start));
}

static bool check(struct savina_run *run)
{
	const struct smoking *smoking = run->data;
	struct savina_random random = savina_random_of(1);
	uint64_t wanted[SMOKERS] = { 0 };
	uint64_t count;

	for (uint64_t i = 0; i < smoking->rounds; i++)
		wanted[pick(&random, &count)]++;
	for (uint32_t i = 0; i < SMOKERS; i++)
		if (!bench_equal(run->b, smoking->smoked[i], wanted[i], "smoked by one"))
			return false;
	return true;
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct smoking),
	.start = start,
	.check = check,
};

void savina_cigsmok(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
