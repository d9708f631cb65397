/* What does it cost to give every actor its turn often, and what to give it seldom?
 * SPDX-License-Identifier: MIT
 *
 * The sweep over options.budget, as GoAkt's over its throughput budget. ACTORS actors have TOKENS
 * messages each and pass every one on to the next actor, so all mailboxes stay full and each turn
 * uses up its budget. An op is one message handled. How many were is checked. */
#include "common.h"
#include "table.h"

#include <stdio.h>

#define ACTORS 64u
#define TOKENS 64u /* per actor */

struct bench_relay {
	uint64_t left;
};
AKT_MESSAGE_DEFINE(bench_relay, "bench.relay", AKT_FIELD(1, bench_relay, left));

struct bench_next {
	akt_ref next;
};
AKT_MESSAGE_DEFINE(bench_next, "bench.next", AKT_FIELD(1, bench_next, next));

struct race {
	struct bench_gate over;
	akt_ref actors[ACTORS];
	_Atomic uint64_t tokens;  /* still on their way */
	_Atomic uint64_t handled; /* added up when the actors stop */
};

struct runner {
	struct race *race;
	akt_ref next;
	uint64_t handled;
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct runner *self = state;

	(void)ctx;
	self->race = *(struct race *const *)arg;
	return 0;
}

static int on_next(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct runner *self = state;

	(void)ctx;
	self->next = akt_payload(msg, bench_next)->next;
	return 0;
}

static int on_relay(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct runner *self = state;
	uint64_t left = akt_payload(msg, bench_relay)->left;

	self->handled++;
	if (left > 1)
		return akt_send(ctx, self->next, AKT_NEW(bench_relay, .left = left - 1));
	if (atomic_fetch_sub(&self->race->tokens, 1) == 1)
		bench_gate_open(&self->race->over);
	return 0;
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct runner *self = state;

	(void)ctx, (void)reason;
	atomic_fetch_add(&self->race->handled, self->handled);
}

static const akt_handler runner_handlers[] = { AKT_ON(bench_relay, on_relay),
					       AKT_ON(bench_next, on_next), AKT_END };
static const akt_type runner_type = {
	.name = "runner",
	.state_size = sizeof(struct runner),
	.handlers = runner_handlers,
	.start = on_start,
	.stop = on_stop,
};

static bool line_up(akt_bench *b, akt_system *sys, struct race **shared)
{
	struct race *race = *shared;

	for (unsigned i = 0; i < ACTORS; i++)
		if (!bench_ok(b, akt_spawn(sys, &runner_type, shared, &race->actors[i]),
			      "akt_spawn"))
			return false;
	for (unsigned i = 0; i < ACTORS; i++) {
		akt_ref next = race->actors[(i + 1) % ACTORS];

		if (!bench_ok(b, akt_post(sys, race->actors[i], AKT_NEW(bench_next, .next = next)),
			      "akt_post"))
			return false;
	}
	return bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain");
}

/* n messages over all tokens. */
static bool go(akt_bench *b, akt_system *sys, struct race *race)
{
	uint64_t n = akt_bench_n(b);
	uint64_t tokens = n < (uint64_t)ACTORS * TOKENS ? n : (uint64_t)ACTORS * TOKENS;

	atomic_store(&race->tokens, tokens);
	for (uint64_t i = 0; i < tokens; i++) {
		uint64_t left = n / tokens + (i < n % tokens ? 1 : 0);

		if (!bench_ok(b,
			      akt_post(sys, race->actors[i % ACTORS],
				       AKT_NEW(bench_relay, .left = left)),
			      "akt_post"))
			return false;
	}
	return bench_gate_wait(b, &race->over);
}

static void with_budget(akt_bench *b, void *arg)
{
	struct race race = { .handled = 0 };
	struct race *shared = &race;
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.name = "bench";
	options.workers = akt_bench_workers(b);
	options.budget = *(const uint32_t *)arg;
	if (!bench_ok(b, akt_system_start(&sys, &options), "akt_system_start"))
		return;
	bench_gate_init(&race.over);
	if (line_up(b, sys, &shared)) {
		akt_bench_reset_timer(b);
		(void)go(b, sys, &race);
		akt_bench_stop_timer(b);
	}
	if (bench_stop(b, sys))
		(void)bench_equal(b, atomic_load(&race.handled), akt_bench_n(b), "handled");
	bench_gate_fini(&race.over);
}

void bench_throughput_budget(akt_bench *b)
{
	static uint32_t budgets[] = { 1, 8, 32, 64, 128, 256, 1024 };

	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "budget=%u", budgets[i]);
		akt_bench_run(b, name, with_budget, &budgets[i]);
	}
}
