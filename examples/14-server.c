/* SPDX-License-Identifier: MIT */
/* The main of a server. It waits until somebody wants the end: SIGTERM here, but any thread and any
 * handler may ask. Then the steps of a shutdown, and between them what the program has registered: to
 * leave the balancer, to flush, to close. So that it ends by itself, its third customer sends the
 * signal. */
#include <akt/akt.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct request {
	int number;
};
AKT_MESSAGE_DEFINE(request, "shop.request", AKT_FIELD(1, request, number));

static int on_request(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int number = akt_payload(msg, request)->number;

	(void)ctx, (void)state;
	printf("request %d\n", number);
	return number == 3 && kill(getpid(), SIGTERM) < 0 ? AKT_ERR_SYSTEM : 0;
}

static void shop_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)state, (void)reason;
	printf("%s ends\n", akt_name(ctx));
}

static const akt_handler handlers[] = { AKT_ON(request, on_request), AKT_END };
static const akt_type shop = { .name = "shop", .handlers = handlers, .stop = shop_stop };

static int say(void *arg, int64_t until_ns)
{
	(void)until_ns;
	printf("%s\n", (const char *)arg);
	return 0;
}

/* The disk is full, at first. */
static int flush(void *arg, int64_t until_ns)
{
	static int tries;

	(void)arg, (void)until_ns;
	printf("flush, try %d\n", ++tries);
	return tries < 3 ? AKT_ERR_IO : 0;
}

static int upload(void *arg, int64_t until_ns)
{
	(void)arg, (void)until_ns;
	return AKT_ERR_SYSTEM;
}

static akt_system *sys;
static void on_term(int signal)
{
	(void)signal;
	akt_system_request_stop(sys); /* safe in a signal handler */
}

int main(void)
{
	static char said[][40] = { "the store is closed", "the balancer sends nobody any more" };
	const akt_shutdown_hook hooks[] = {
		{ sizeof(hooks[0]), "close the store", AKT_STEP_STOPPED, 0, AKT_RECOVERY_FAIL, 0, 0,
		  say, said[0] },
		{ sizeof(hooks[0]), "upload", AKT_STEP_DRAINED, 2, AKT_RECOVERY_SKIP, 0, 0, upload,
		  NULL },
		{ sizeof(hooks[0]), "flush", AKT_STEP_DRAINED, 1, AKT_RECOVERY_RETRY_FAIL, 5,
		  AKT_MS(1), flush, NULL },
		{ sizeof(hooks[0]), "leave the balancer", AKT_STEP_INTAKE, 0, AKT_RECOVERY_SKIP, 0,
		  0, say, said[1] },
	};
	akt_stop_report report = { .size = sizeof(report) };
	akt_ref ref;
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return 1;
	signal(SIGTERM, on_term);
	for (size_t i = 0; r == 0 && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		r = akt_system_on_shutdown(sys, &hooks[i]);
	if (r == 0)
		r = akt_spawn_named(sys, &shop, "shop", NULL, &ref);
	for (int i = 1; r == 0 && i <= 3; i++)
		r = akt_post(sys, ref, AKT_NEW(request, .number = i));
	if (r < 0)
		return akt_system_stop(sys), 1;
	r = akt_system_run(sys, AKT_S(30), &report);
	for (size_t i = 0; i < report.hooks_failed; i++)
		printf("failed: %s (%s)\n", report.failures[i].name,
		       akt_strerror(report.failures[i].error));
	printf("%zu actors are left\n", report.left_count);
	return r < 0;
}
