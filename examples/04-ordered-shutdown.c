/* SPDX-License-Identifier: MIT */
/* Ordered shutdown. First what was posted is handled, then children end before their parents. A
 * handler that does not come back cannot be stopped by force: the deadline passes, the call says who
 * is left, and one may wait again. */
#include <akt/akt.h>
#include <stdatomic.h>
#include <stdio.h>

AKT_SIGNAL_DEFINE(work, "demo.work");
AKT_SIGNAL_DEFINE(hang, "demo.hang");

static atomic_bool let_go;

static int on_work(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	printf("%s works\n", akt_name(ctx));
	return 0;
}

static int on_hang(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	while (!atomic_load(&let_go)) /* never do this: a handler returns */
		;
	return 0;
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)state, (void)reason;
	printf("%s ends\n", akt_name(ctx));
}

static const akt_handler handlers[] = { AKT_ON(work, on_work), AKT_ON(hang, on_hang), AKT_END };

/* arg is the list of names below this actor: "shop", its child "desk", its child "till". */
static int on_start(akt_ctx *ctx, void *state, const void *arg);
static const akt_type unit = {
	.name = "unit", .handlers = handlers, .start = on_start, .stop = on_stop
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	const char *const *names = arg;

	(void)state;
	return names[0] != NULL ? akt_spawn_child(ctx, &unit, names[0], names + 1, NULL) : 0;
}

int main(void)
{
	static const char *const below[] = { "desk", "till", NULL };
	akt_stop_report report = { .size = sizeof(report) };
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	int r;

	options.workers = 2;
	if (akt_system_start(&sys, &options) < 0)
		return 1;
	r = akt_spawn_named(sys, &unit, "shop", below, NULL);
	if (r == 0)
		r = akt_system_drain(sys, AKT_S(5));
	for (int i = 0; r == 0 && i < 3; i++)
		r = akt_post(sys, akt_find(sys, "till"), AKT_NEW_SIGNAL(work));
	if (r == 0)
		r = akt_post(sys, akt_find(sys, "desk"), AKT_NEW_SIGNAL(hang));
	if (r == 0)
		r = akt_system_stop_within(sys, AKT_MS(200), &report);
	if (r == AKT_ERR_TIMEOUT) {
		printf("the deadline has passed, still there:");
		for (size_t i = 0; i < report.left_count && i < AKT_LEFT_MAX; i++)
			printf(" %s", report.left[i].name);
		printf("\n");
	}
	atomic_store(&let_go, true);
	return akt_system_stop_within(sys, AKT_S(10), NULL) < 0;
}
