/* SPDX-License-Identifier: MIT */
/*
 * top-victim: a system with somebody for each thing that akt top shows, behind a debug server.
 *
 *	top-victim ADDRESS [MORE]     prints the port; MORE idle actors; serves until SIGTERM
 *	top-victim ADDRESS rally      one worker and two actors that pass a message back and forth, for
 *	                              bench/raw/watched.py
 *
 *	mill      burns a processor, in many short messages: more in a second than all others
 *	inbox     has 20,000 messages, takes a millisecond of waiting for each and sends itself another
 *	printer   waits in its handler, since the begin, and three messages wait for it
 *	hoard     owns 8 MiB
 *	patient   fails and is restarted, ten times a second
 *	clock     sees to that
 *	bank/branch, bank/"two words%"   children
 */
#include <akt/akt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLOOD 20000
#define HOARD_BYTES (8u << 20)

AKT_SIGNAL_DEFINE(go, "go");

static akt_system *sys;
static int release[2];

static int again(akt_ctx *ctx, int64_t delay_ns)
{
	if (delay_ns == 0)
		return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(go));
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(go), delay_ns, NULL);
}

static __attribute__((noinline)) uint64_t grind(uint64_t n)
{
	for (uint64_t i = 0; i < 30000; i++)
		n = n * 6364136223846793005u + i;
	return n;
}

static int on_grind(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t *ground = state;

	(void)msg;
	*ground = grind(*ground);
	return again(ctx, 0);
}

static int on_mail(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)poll(NULL, 0, 1);
	return again(ctx, 0);
}

static int on_print(akt_ctx *ctx, void *state, akt_msg *msg)
{
	char byte;

	(void)ctx, (void)state, (void)msg;
	while (read(release[0], &byte, 1) < 0)
		;
	return 0;
}

static int on_hoard(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_alloc(ctx, HOARD_BYTES) != NULL ? 0 : AKT_ERR_NOMEM;
}

static int on_ill(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return -100;
}

/* Whoever is restarted has lost its timers, so the clock wakes the patient. */
static int on_clock(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akt_send(ctx, akt_find(sys, "patient"), AKT_NEW_SIGNAL(go));
	return again(ctx, AKT_MS(100));
}

static int on_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

#define TYPE(type, handle, ...)                                                                    \
	static const akt_handler type##_handlers[] = { AKT_ON(go, handle), AKT_END };              \
	static const akt_type type = { .name = #type,                                              \
				       .state_size = sizeof(uint64_t),                             \
				       .handlers = type##_handlers,                                \
				       __VA_ARGS__ }

TYPE(miller, on_grind, );
TYPE(reader, on_mail, );
TYPE(printer, on_print, );
TYPE(hoarder, on_hoard, );
TYPE(patient, on_ill, .on_failure = AKT_DIRECTIVE_RESTART, .restarts_max = AKT_RESTARTS_MAX,
     .within_ns = 1);
TYPE(ticker, on_clock, );
TYPE(teller, on_nothing, );

static int on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_spawn_child(ctx, &teller, "branch", NULL, &(akt_ref){ 0 });

	(void)state, (void)msg;
	return r < 0 ? r : akt_spawn_child(ctx, &teller, "two words%", NULL, &(akt_ref){ 0 });
}
TYPE(bank, on_open, );

static int on_ball(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(go));
}
TYPE(receiver, on_ball, );

/* The first ball comes from outside, and goes to the one who returns all others. */
static int on_serve(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref *to = state;

	(void)msg;
	if (akt_ref_is_null(*to))
		*to = akt_find(sys, "receiver");
	return akt_send(ctx, *to, AKT_NEW_SIGNAL(go));
}
static const akt_handler server_handlers[] = { AKT_ON(go, on_serve), AKT_END };
static const akt_type server = { .name = "server",
				 .state_size = sizeof(akt_ref),
				 .handlers = server_handlers };

static akt_ref begin(const akt_type *type, const char *name, int messages)
{
	akt_ref ref = { 0 };

	if (akt_spawn_named(sys, type, name, NULL, &ref) < 0)
		abort();
	for (int i = 0; i < messages; i++)
		if (akt_post(sys, ref, AKT_NEW_SIGNAL(go)) < 0)
			abort();
	return ref;
}

static void on_signal(int signal)
{
	(void)signal;
	(void)!write(release[1], "12345678", 8);
	akt_system_request_stop(sys);
}

static int begin_all(int more)
{
	(void)begin(&miller, "mill", 1);
	(void)begin(&printer, "printer", 4);
	(void)begin(&hoarder, "hoard", 1);
	(void)begin(&patient, "patient", 0);
	(void)begin(&ticker, "clock", 1);
	(void)begin(&bank, "bank", 1);
	for (int i = 0; i < more; i++)
		if (akt_spawn(sys, &teller, NULL, &(akt_ref){ 0 }) < 0)
			return -1;
	(void)begin(&reader, "inbox", FLOOD);
	return 0;
}

static int begin_rally(void)
{
	(void)begin(&receiver, "receiver", 0);
	(void)begin(&server, "server", 1);
	return 0;
}

int main(int argc, char **argv)
{
	akt_options options = AKT_OPTIONS;
	bool rally = argc > 2 && strcmp(argv[2], "rally") == 0;
	akt_debug *debug;

	options.name = "top victim";
	options.workers = rally ? 1 : 4;
	options.observe = rally ? 0 : AKT_OBSERVE_DEPTH;
	if (argc < 2 || pipe(release) != 0 || akt_system_start(&sys, &options) < 0)
		return 1;
	if (akt_debug_listen(sys, argv[1], &debug) < 0)
		return 77;
	(void)signal(SIGTERM, on_signal);
	if ((rally ? begin_rally() : begin_all(argc > 2 ? atoi(argv[2]) : 0)) < 0)
		return 1;
	printf("%d\n", akt_debug_port(debug));
	fflush(stdout);
	return akt_system_run(sys, AKT_S(10), NULL) < 0;
}
