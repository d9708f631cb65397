/* How fast do actors meet in pairs, through one that all of them ask?
 * SPDX-License-Identifier: MIT
 *
 * 100 creatures and 200,000 meetings. The mall keeps the first that comes and hands the message of the
 * second to it: the first takes its new colour and tells the second which it gets. So a meeting has four
 * messages; BenchmarkChameneos: an op is one meeting. When the meetings are used up, whoever comes is sent
 * home and reports how many he had. */
#include "savina.h"
#include "table.h"

#define CREATURES_MAX 100u
#define COLOURS 3u

struct cham_meet {
	uint64_t colour;
};
AKT_MESSAGE_DEFINE(cham_meet, "chameneos.meet", AKT_FIELD(1, cham_meet, colour));

struct cham_change {
	uint64_t colour;
};
AKT_MESSAGE_DEFINE(cham_change, "chameneos.change", AKT_FIELD(1, cham_change, colour));

struct cham_count {
	uint64_t meetings;
};
AKT_MESSAGE_DEFINE(cham_count, "chameneos.count", AKT_FIELD(1, cham_count, meetings));

AKT_SIGNAL_DEFINE(cham_start, "chameneos.start");
AKT_SIGNAL_DEFINE(cham_go_home, "chameneos.go-home");

struct chameneos;

struct cham_share {
	struct chameneos *shared;
	uint64_t colour;
};

struct chameneos {
	struct savina_run *run;
	akt_ref mall;
	akt_ref creatures[CREATURES_MAX];
	struct cham_share shares[CREATURES_MAX];
	uint64_t meetings; /* by the creatures' count */
};

struct mall {
	struct chameneos *shared;
	akt_ref first; /* who waits for a partner; null: nobody */
	uint64_t left;
	uint32_t at_home;
};

struct creature {
	const struct cham_share *share;
	akt_ref mall;
	uint64_t colour;
	uint64_t meetings;
};

/* Two of a colour keep it, others both take the third. */
static uint64_t complement(uint64_t a, uint64_t b)
{
	return a == b ? a : COLOURS - a - b;
}

static int on_mall_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct mall *self = state;

	(void)savina_keep_arg(ctx, state, arg);
	self->left = self->shared->run->ops;
	return 0;
}

static int on_arrival(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct mall *self = state;
	akt_ref first = self->first;

	(void)msg;
	if (self->left == 0)
		return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(cham_go_home));
	if (akt_ref_is_null(first)) {
		self->first = akt_sender(ctx);
		return 0;
	}
	self->left--;
	self->first = (akt_ref){ 0 };
	return akt_forward(ctx, first);
}

static int on_count(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct mall *self = state;

	(void)ctx;
	self->shared->meetings += akt_payload(msg, cham_count)->meetings;
	return ++self->at_home == self->shared->run->actors ? savina_over(self->shared->run) : 0;
}

static int on_creature_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct creature *self = state;

	(void)savina_keep_arg(ctx, state, arg);
	self->mall = self->share->shared->mall;
	self->colour = self->share->colour;
	return 0;
}

static int go_to_mall(akt_ctx *ctx, const struct creature *self)
{
	return akt_send(ctx, self->mall, AKT_NEW(cham_meet, .colour = self->colour));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return go_to_mall(ctx, state);
}

static int on_meet(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct creature *self = state;
	int r;

	self->colour = complement(self->colour, akt_payload(msg, cham_meet)->colour);
	self->meetings++;
	r = akt_send(ctx, akt_sender(ctx), AKT_NEW(cham_change, .colour = self->colour));
	return r < 0 ? r : go_to_mall(ctx, self);
}

static int on_change(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct creature *self = state;

	self->colour = akt_payload(msg, cham_change)->colour;
	self->meetings++;
	return go_to_mall(ctx, self);
}

static int on_go_home(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct creature *self = state;

	(void)msg;
	return akt_send(ctx, self->mall, AKT_NEW(cham_count, .meetings = self->meetings));
}

static const akt_handler mall_handlers[] = { AKT_ON(cham_meet, on_arrival),
					     AKT_ON(cham_count, on_count), AKT_END };
static const akt_type mall_type = {
	.name = "mall",
	.state_size = sizeof(struct mall),
	.handlers = mall_handlers,
	.start = on_mall_start,
};

static const akt_handler creature_handlers[] = { AKT_ON(cham_meet, on_meet),
						 AKT_ON(cham_change, on_change),
						 AKT_ON(cham_go_home, on_go_home),
						 AKT_ON(cham_start, on_start), AKT_END };
static const akt_type creature_type = {
	.name = "chameneos",
	.state_size = sizeof(struct creature),
	.handlers = creature_handlers,
	.start = on_creature_start,
};

static bool spawn(struct savina_run *run)
{
	struct chameneos *shared = run->data;

	shared->run = run;
	if (!savina_spawn(run, &mall_type, shared, &shared->mall))
		return false;
	for (uint32_t i = 0; i < run->actors; i++) {
		shared->shares[i] = (struct cham_share){ .shared = shared, .colour = i % COLOURS };
		if (!savina_spawn(run, &creature_type, &shared->shares[i], &shared->creatures[i]))
			return false;
	}
	return true;
}

static bool start(struct savina_run *run)
{
	struct chameneos *shared = run->data;

	for (uint32_t i = 0; i < run->actors; i++)
		if (!savina_post(run, shared->creatures[i], AKT_NEW_SIGNAL(cham_start)))
			return false;
	return true;
}

/* Each meeting is counted by both. */
static bool check(struct savina_run *run)
{
	const struct chameneos *shared = run->data;

	return bench_equal(run->b, shared->meetings, 2 * run->ops, "meetings, by both");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct chameneos),
	.spawn = spawn,
	.start = start,
	.check = check,
};

void savina_chameneos(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure_sized(b, &plan, 200000, 100);
}

void bench_chameneos(akt_bench *b)
{
	savina_measure_ops(b, &plan, CREATURES_MAX, NULL);
}
