/* How fast do actors go on that must wait for an answer before they take their next message?
 * SPDX-License-Identifier: MIT
 *
 * 10 series of the logistic map, x' = r x (1 - x), of 25,000 terms each. The master sends all its orders at
 * once; each series asks a computer of its own for each term, exclusively, and so handles no order
 * before it has the term. The last terms must be those of the same computation in a loop. */
#include "savina.h"

#define SERIES 10u
#define START_RATE 3.46
#define RATE_STEP 0.0025

struct map_compute {
	double term;
};
AKT_MESSAGE_DEFINE(map_compute, "logmap.compute", AKT_FIELD(1, map_compute, term));

struct map_term {
	double term;
};
AKT_MESSAGE_DEFINE(map_term, "logmap.term", AKT_FIELD(1, map_term, term));

struct map_last {
	double term;
	uint64_t series;
};
AKT_MESSAGE_DEFINE(map_last, "logmap.last", AKT_FIELD(1, map_last, term),
		   AKT_FIELD(2, map_last, series));

AKT_SIGNAL_DEFINE(map_start, "logmap.start");
AKT_SIGNAL_DEFINE(map_next, "logmap.next");
AKT_SIGNAL_DEFINE(map_get, "logmap.get");

struct map;

struct map_share {
	struct map *map;
	uint64_t index;
	double rate;
	akt_ref computer;
};

struct map {
	struct savina_run *run;
	uint64_t terms;
	akt_ref master;
	akt_ref series[SERIES];
	struct map_share shares[SERIES];
	double last[SERIES]; /* by the master */
};

static double rate_of(uint64_t series)
{
	return START_RATE + (double)series * RATE_STEP;
}

static double first_of(uint64_t series)
{
	return (double)series * RATE_STEP;
}

static double next_term(double rate, double term)
{
	return rate * term * (1 - term);
}

struct computer {
	const struct map_share *share;
};

static int on_compute(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct map_share *share = ((struct computer *)state)->share;
	double term = next_term(share->rate, akt_payload(msg, map_compute)->term);

	return akt_reply(ctx, AKT_NEW(map_term, .term = term));
}

static const akt_handler computer_handlers[] = { AKT_ON(map_compute, on_compute), AKT_END };
static const akt_type computer_type = {
	.name = "rate-computer",
	.state_size = sizeof(struct computer),
	.handlers = computer_handlers,
	.start = savina_keep_arg,
};

struct series {
	const struct map_share *share;
	double term;
};

static int on_series_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct series *self = state;

	(void)savina_keep_arg(ctx, state, arg);
	self->term = first_of(self->share->index);
	return 0;
}

static int on_term(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_msg_error(msg);

	(void)ctx;
	if (r == 0)
		((struct series *)state)->term = akt_payload(msg, map_term)->term;
	return r;
}

static int on_next(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct series *self = state;

	(void)msg;
	return akt_ask_exclusive(ctx, self->share->computer,
				 AKT_NEW(map_compute, .term = self->term), BENCH_PATIENCE_NS,
				 on_term, 0);
}

static int on_get(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct series *self = state;

	(void)msg;
	return akt_send(ctx, akt_sender(ctx),
			AKT_NEW(map_last, .term = self->term, .series = self->share->index));
}

static const akt_handler series_handlers[] = { AKT_ON(map_next, on_next), AKT_ON(map_get, on_get),
					       AKT_END };
static const akt_type series_type = {
	.name = "series",
	.state_size = sizeof(struct series),
	.handlers = series_handlers,
	.start = on_series_start,
};

struct master {
	struct map *map;
	uint32_t got;
};

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct map *map = ((struct master *)state)->map;
	int r = 0;

	(void)msg;
	for (uint64_t i = 0; i < map->terms; i++)
		for (uint32_t j = 0; j < SERIES && r >= 0; j++)
			r = akt_send(ctx, map->series[j], AKT_NEW_SIGNAL(map_next));
	for (uint32_t j = 0; j < SERIES && r >= 0; j++)
		r = akt_send(ctx, map->series[j], AKT_NEW_SIGNAL(map_get));
	return r;
}

static int on_last(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct master *self = state;
	const struct map_last *last = akt_payload(msg, map_last);

	(void)ctx;
	self->map->last[last->series] = last->term;
	return ++self->got == SERIES ? savina_over(self->map->run) : 0;
}

static const akt_handler master_handlers[] = { AKT_ON(map_last, on_last),
					       AKT_ON(map_start, on_start), AKT_END };
static const akt_type master_type = {
	.name = "logmap-master",
	.state_size = sizeof(struct master),
	.handlers = master_handlers,
	.start = savina_keep_arg,
};

static bool start(struct savina_run *run)
{
	struct map *map = run->data;

	map->run = run;
	map->terms = savina_size(run, 25000, 50);
	for (uint32_t i = 0; i < SERIES; i++) {
		struct map_share *share = &map->shares[i];

		*share = (struct map_share){ .map = map, .index = i, .rate = rate_of(i) };
		if (!savina_spawn(run, &computer_type, share, &share->computer) ||
		    !savina_spawn(run, &series_type, share, &map->series[i]))
			return false;
	}
	return savina_spawn(run, &master_type, map, &map->master) &&
	       savina_post(run, map->master, AKT_NEW_SIGNAL(map_start));
}

static bool check(struct savina_run *run)
{
	const struct map *map = run->data;

	for (uint32_t i = 0; i < SERIES; i++) {
		double term = first_of(i);

		for (uint64_t j = 0; j < map->terms; j++)
			term = next_term(rate_of(i), term);
		if (map->last[i] != term) {
			akt_bench_fail(run->b, "series %u ends with %.17g, want %.17g", i,
				       map->last[i], term);
			return false;
		}
	}
	return true;
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct map),
	.start = start,
	.check = check,
};

void savina_logmap(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
