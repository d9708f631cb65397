/* SPDX-License-Identifier: MIT */
/*
 * A program for flight.sh to look into: flight-victim MODE. An actor "hot" burns CPU and keeps memory, "cold"
 * fails, a stale reference gets a letter.
 *
 *	dump DIR    asks for files itself             none      asks where there is no recorder
 *	signal      sends itself SIGUSR2              watchdog  overruns its time again and again
 *	overload    sends until it is refused         crash     dies of a null pointer
 */
#include <akt/akt.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct burn {
	uint32_t left;
};
AKT_MESSAGE_DEFINE(burn, "test.burn", AKT_FIELD(1, burn, left));
struct fail {
	uint32_t unused;
};
AKT_MESSAGE_DEFINE(fail, "test.fail", AKT_FIELD(1, fail, unused));
struct load {
	char bytes[4096];
};
AKT_MESSAGE_DEFINE(load, "test.load", AKT_FIELD(1, load, bytes));

static _Atomic int done;
static _Atomic int words; /* of the recorder, in the log */
static _Atomic bool gate;
static volatile double sink;

static double thread_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

__attribute__((noinline)) static void burn_cpu(double seconds)
{
	double until = thread_seconds() + seconds;

	while (thread_seconds() < until) {
		for (int i = 0; i < 10000; i++)
			sink += (double)i * 1.5;
	}
}

/* What it keeps is sampled, for it is much. */
static int on_burn(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint32_t left = akt_payload(msg, burn)->left;

	(void)state;
	burn_cpu(0.1);
	if (akt_alloc(ctx, 1024 * 1024) == NULL)
		return AKT_ERR_NOMEM;
	if (left == 0)
		done++;
	else
		(void)akt_send(ctx, akt_self(ctx), AKT_NEW(burn, .left = left - 1));
	return 0;
}

static int on_fail(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)state;
	(void)msg;
	done++;
	return AKT_ERR_IO;
}

/* Until the gate is open: what is sent to it stays. */
static int on_load(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)state;
	(void)msg;
	while (!gate)
		(void)sched_yield();
	return 0;
}

static const akt_handler handlers[] = { AKT_ON(burn, on_burn), AKT_ON(fail, on_fail),
					AKT_ON(load, on_load), AKT_END };
static const akt_type burner = { .name = "burner", .handlers = handlers };

static void wait_for(int count)
{
	const struct timespec pause = { 0, 1000000 };

	for (int i = 0; i < 60000 && done < count; i++)
		(void)nanosleep(&pause, NULL);
	if (done < count)
		exit(3);
}

/* Until the recorder has written, or has said that it cannot. */
static void wait_for_word(void)
{
	const struct timespec pause = { 0, 1000000 };

	for (int i = 0; i < 60000 && words == 0; i++)
		(void)nanosleep(&pause, NULL);
}

static void listen(void *arg, const char *line)
{
	akt_log_stderr(arg, line);
	words += strncmp(line, "flight recorder:", 16) == 0;
}

static void overload(akt_system *sys, akt_ref hot)
{
	int r = 0;

	for (int i = 0; i < 100000 && r != AKT_ERR_OVERLOAD; i++)
		r = akt_post(sys, hot, AKT_NEW(load, .bytes = "x"));
	printf("refused: %s\n", akt_strerror(r));
	wait_for_word();
	gate = true;
	(void)akt_system_drain(sys, AKT_S(60)); /* so that there is room again */
}

static void run(akt_system *sys, const char *mode, const char *dir, akt_ref hot, akt_ref cold)
{
	if (strcmp(mode, "overload") == 0)
		overload(sys, hot);
	(void)akt_post(sys, hot, AKT_NEW(burn, .left = 15));
	wait_for(1);
	(void)akt_post(sys, cold, AKT_NEW(fail, .unused = 1));
	wait_for(2);
	if (strcmp(mode, "watchdog") == 0)
		wait_for_word();
	if (strcmp(mode, "signal") == 0) {
		(void)raise(SIGUSR2);
		wait_for_word();
	}
	if (strcmp(mode, "dump") == 0 || strcmp(mode, "none") == 0)
		printf("dump: %s\n", akt_strerror(akt_flight_dump(dir, "asked")));
	if (strcmp(mode, "crash") == 0)
		*(volatile int *)0 = 1;
}

int main(int argc, char **argv)
{
	akt_options options = AKT_OPTIONS;
	const char *mode = argc > 1 ? argv[1] : "";
	akt_system *sys;
	akt_ref hot, cold, stale;

	options.workers = 2;
	options.log = listen;
	if (strcmp(mode, "watchdog") == 0)
		options.watchdog_ns = AKT_MS(20);
	if (strcmp(mode, "overload") == 0)
		options.memory_max = 4 * AKT_MEMORY_MIN; /* what it keeps has room */
	if (akt_system_start(&sys, &options) < 0 || akt_spawn(sys, &burner, NULL, &stale) < 0 ||
	    akt_stop(sys, stale) < 0 || akt_spawn_named(sys, &burner, "hot", NULL, &hot) < 0 ||
	    akt_spawn_named(sys, &burner, "cold", NULL, &cold) < 0)
		return 1;
	(void)akt_system_drain(sys, AKT_S(10));
	(void)akt_post(sys, stale, AKT_NEW(burn, .left = 0)); /* a dead letter */
	run(sys, mode, argc > 2 ? argv[2] : NULL, hot, cold);
	return akt_system_stop(sys) < 0;
}
