/* SPDX-License-Identifier: MIT */
/* Supervision. A pool starts a child that may fail twice: each time it restarts under the same
 * reference with fresh state and keeps its mailbox. The third failure is one too many: it escalates,
 * and the pool, which has no better idea, ends with its child. What is sent to the child after that
 * becomes a dead letter. */
#include <akt/akt.h>
#include <stdio.h>

struct job {
	int number;
};
AKT_MESSAGE_DEFINE(job, "pool.job", AKT_FIELD(1, job, number));

struct digger {
	int done; /* since its last start */
};

static int digger_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state;
	printf("%s starts with a %s\n", akt_name(ctx), (const char *)arg);
	return 0;
}

static int digger_on_job(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct digger *self = state;
	int number = akt_payload(msg, job)->number;

	if (number < 0)
		return akt_fail(ctx, AKT_ERR_INVALID, "job %d has no hole", number);
	self->done++;
	printf("job %d done, %d since the start\n", number, self->done);
	return 0;
}

static void digger_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	const struct digger *self = state;

	printf("%s %s after %d\n", akt_name(ctx),
	       reason == AKT_REASON_RESTART ? "restarts" : "ends", self->done);
}

static const akt_handler digger_handlers[] = { AKT_ON(job, digger_on_job), AKT_END };
static const akt_type digger = {
	.name = "digger",
	.state_size = sizeof(struct digger),
	.handlers = digger_handlers,
	.start = digger_start,
	.stop = digger_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = 2,
	.within_ns = AKT_MINUTES(1),
};

static int pool_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state;
	return akt_spawn_child(ctx, &digger, "digger-1", arg, NULL);
}

static const akt_handler pool_handlers[] = { AKT_END };
static const akt_type pool = { .name = "pool", .handlers = pool_handlers, .start = pool_start };

static void lost(void *arg, const akt_dead_letter *letter)
{
	(void)arg;
	printf("dead letter: %s\n", letter->msg_type);
}

int main(void)
{
	static const int jobs[] = { 1, 2, -3, 4, -5, 6, -7 };
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref ref;
	int r;

	options.dead_letter = lost;
	r = akt_system_start(&sys, &options);
	if (r < 0)
		return 1;
	r = akt_spawn(sys, &pool, "spade", NULL);
	if (r == 0)
		r = akt_system_drain(sys, AKT_S(5));
	ref = akt_find(sys, "digger-1");
	for (size_t i = 0; r == 0 && i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		(void)akt_post(sys, ref, AKT_NEW(job, .number = jobs[i]));
		r = akt_system_drain(sys, AKT_S(5));
	}
	(void)akt_post(sys, ref, AKT_NEW(job, .number = 8));
	return akt_system_stop(sys) < 0 || r < 0;
}
