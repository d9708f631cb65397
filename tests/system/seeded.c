/* SPDX-License-Identifier: MIT */
/*
 * A company under seeds, for seeded.sh: seeded FROM TO prints "seed hash" for each, where hash is
 * akt_system_trace_hash after a run. Clerks of four kinds of mailboxes in a group under a chief who
 * restarts all of them together; they send, ask, stash, become, wait, block, watch and fail as
 * akt_random says, and an auditor hears of it. It uses the public headers only, and draws each random
 * number in a statement of its own: C leaves the order within one to the compiler.
 */
#include <akt/akt.h>
#include <akt/block.h>
#include <akt/event.h>
#include <akt/timer.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLERKS 6u
#define JOBS 40u

struct job {
	uint32_t hops;
};
AKT_MESSAGE_DEFINE(job, "seeded.job", AKT_FIELD(1, job, hops));
AKT_SIGNAL_DEFINE(query, "seeded.query");
AKT_SIGNAL_DEFINE(noon, "seeded.noon");
AKT_SIGNAL_DEFINE(night, "seeded.night");

static akt_ref clerks[CLERKS];
static akt_ref chief;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "seeded: %s: %s\n", what, akt_strerror(r));
	exit(1);
}

static akt_ref colleague(akt_ctx *ctx)
{
	return clerks[akt_random(ctx) % CLERKS];
}

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	if (akt_msg_error(msg) == AKT_ERR_TIMEOUT && akt_random(ctx) % 2 == 0)
		return akt_fail(ctx, AKT_ERR_TIMEOUT, "nobody answered");
	return 0;
}

static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref to = colleague(ctx);

	(void)state, (void)msg;
	return akt_send(ctx, to, AKT_NEW(job, .hops = 1)) == AKT_ERR_NOMEM ? AKT_ERR_NOMEM : 0;
}

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akt_send(ctx, akt_self(ctx), AKT_NEW(job, .hops = 0));
	return 0;
}

static int add_up(void *arg, akt_msg **ret_result)
{
	(void)arg;
	*ret_result = AKT_NEW(job, .hops = 0);
	return 0;
}
static const akt_work adding = { .name = "adding", .run = add_up };

static int night_on_job(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_stash(ctx) == AKT_ERR_LIMIT ? akt_unhandled(ctx) : 0;
}
static int night_on_noon(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akt_unstash(ctx, AKT_ALL);
	return akt_unbecome(ctx);
}
static const akt_handler by_night[] = { AKT_ON(job, night_on_job), AKT_ON(noon, night_on_noon),
					AKT_END };

static int day_on_night(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	must(akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(noon), AKT_MS(20), NULL), "noon");
	return akt_become(ctx, by_night);
}

static int day_on_query(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(job, .hops = 0));
}

static int helper_on_job(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	if (akt_random(ctx) % 2 == 0)
		akt_raise(ctx, AKT_ERR_REFUSED, "no");
	return akt_stop(akt_system_of(ctx), akt_self(ctx));
}
static const akt_handler helper_handlers[] = { AKT_ON(job, helper_on_job), AKT_END };
static const akt_type helper = {
	.name = "helper",
	.handlers = helper_handlers,
	.on_failure = AKT_DIRECTIVE_ESCALATE,
};

static int day_on_job(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint32_t hops = akt_payload(msg, job)->hops;
	akt_ref to = colleague(ctx);
	uint64_t what = akt_random(ctx) % 16;
	int64_t delay_ns = (int64_t)(akt_random(ctx) % (uint64_t)AKT_MS(30)) + 1;

	(void)state;
	if (hops == 0)
		return 0;
	switch (what) {
	case 0:
		return akt_ask(ctx, to, AKT_NEW_SIGNAL(query), delay_ns, on_answer, what);
	case 1:
		return akt_ask_exclusive(ctx, to, AKT_NEW_SIGNAL(query), delay_ns, on_answer, 0);
	case 2:
		return akt_timer_start(ctx, delay_ns, 0, on_tick, 0, NULL);
	case 3:
		return akt_block(ctx, &adding, NULL, delay_ns, on_answer, 0, NULL);
	case 4:
		return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(night));
	case 5:
		return akt_fail(ctx, AKT_ERR_IO, "as it happens");
	case 6:
		must(akt_spawn_child(ctx, &helper, NULL, NULL, &to), "a helper");
		must(akt_watch(ctx, to, on_down, 0), "a watch");
		break;
	case 7:
		(void)akt_suspend(akt_system_of(ctx), to);
		(void)akt_send_after(ctx, chief, AKT_NEW_SIGNAL(noon), delay_ns, NULL);
		return 0;
	default:
		break;
	}
	(void)akt_send(ctx, to, AKT_NEW(job, .hops = hops - 1));
	return 0;
}
static const akt_handler by_day[] = { AKT_ON(job, day_on_job), AKT_ON(night, day_on_night),
				      AKT_ON(query, day_on_query), AKT_END };

static int64_t by_hops(const akt_msg *msg)
{
	return akt_msg_type_of(msg) == AKT_TYPE_OF(job) ? (int64_t)akt_payload(msg, job)->hops : 9;
}

#define CLERK(...)                                                                                 \
	{                                                                                          \
		.name = "clerk", .handlers = by_day, .on_failure = AKT_DIRECTIVE_RESTART,          \
		.restarts_max = AKT_RESTARTS_MAX, .stash_max = 8, __VA_ARGS__                      \
	}
static const akt_type kinds[] = {
	CLERK(.backoff_ns = AKT_MS(1)),
	CLERK(.mailbox_messages_max = 3),
	CLERK(.mailbox = AKT_MAILBOX_PRIORITY, .priority = by_hops),
	CLERK(.mailbox = AKT_MAILBOX_FAIR, .mailbox_messages_max = 9),
	CLERK(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 4,
	      .overflow = AKT_OVERFLOW_DROP_OLDEST),
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int chief_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	chief = akt_self(ctx);
	for (size_t i = 0; i < CLERKS; i++)
		must(akt_spawn_child(ctx, &kinds[i % KINDS], NULL, NULL, &clerks[i]), "a clerk");
	return 0;
}
/* All go on, and one may start over. */
static int chief_on_noon(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref one = colleague(ctx);

	(void)state, (void)msg;
	for (size_t i = 0; i < CLERKS; i++)
		(void)akt_resume(akt_system_of(ctx), clerks[i]);
	if (akt_random(ctx) % 2 == 0)
		(void)akt_restart(akt_system_of(ctx), one);
	return 0;
}
static const akt_handler chief_handlers[] = { AKT_ON(noon, chief_on_noon), AKT_END };
static const akt_type chief_type = {
	.name = "chief",
	.handlers = chief_handlers,
	.start = chief_start,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_MAX,
	.strategy = AKT_ONE_FOR_ALL,
	.children_restarts_max = 12,
};

static int auditor_on_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}
static int auditor_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_events_subscribe(ctx, AKT_EVENT_ALL, NULL, 16);
}
static const akt_handler auditor_handlers[] = { AKT_ON(akt_event, auditor_on_event), AKT_END };
static const akt_type auditor = {
	.name = "auditor",
	.handlers = auditor_handlers,
	.start = auditor_start,
};

static uint64_t run(uint64_t seed)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	uint64_t hash;

	options.seed = seed;
	must(akt_system_start(&sys, &options), "the system");
	must(akt_spawn_named(sys, &auditor, "auditor", NULL, NULL), "the auditor");
	must(akt_spawn_named(sys, &chief_type, "chief", NULL, NULL), "the chief");
	must(akt_system_drain(sys, AKT_S(1)), "a quiet begin");
	for (uint32_t i = 0; i < JOBS; i++) {
		(void)akt_post(sys, clerks[i % CLERKS], AKT_NEW(job, .hops = 1 + i % 7));
		/* Time passes while somebody waits. */
		if (i % 8 == 7)
			(void)akt_call(sys, clerks[i % CLERKS], AKT_NEW_SIGNAL(night), AKT_MS(15),
				       NULL);
	}
	(void)akt_call(sys, chief, AKT_NEW_SIGNAL(noon), AKT_MS(100), NULL);
	must(akt_system_drain(sys, AKT_S(1)), "a quiet end");
	hash = akt_system_trace_hash(sys);
	must(akt_system_stop(sys), "the end");
	return hash;
}

int main(int argc, char **argv)
{
	uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t to = argc > 2 ? strtoull(argv[2], NULL, 10) : from;

	for (uint64_t seed = from; seed <= to; seed++)
		printf("%" PRIu64 " %016" PRIx64 "\n", seed, run(seed));
	return 0;
}
