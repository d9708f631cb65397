/* What does a system of 10,000 idle actors cost while nothing happens?
 * SPDX-License-Identifier: MIT
 *
 * Processor time of the whole process over one second of wall time, in percent of one core. The
 * second is the same whatever n is, so ns/op says nothing and is left out. */
#include "common.h"
#include "table.h"

#include <time.h>

#define IDLE_ACTORS 10000u

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type idler_type = { .name = "idler", .state_size = 16, .handlers = no_handlers };

static int64_t cpu_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return AKT_S(now.tv_sec) + now.tv_nsec;
}

/* Processor time over wall time, while this thread waits for a second. */
static double measure_percent(void)
{
	struct timespec second = { .tv_sec = 1 };
	int64_t cpu_ns = cpu_now();
	int64_t wall_ns = bench_now();

	(void)nanosleep(&second, NULL);
	wall_ns = bench_now() - wall_ns;
	return 100.0 * (double)(cpu_now() - cpu_ns) / (double)wall_ns;
}

void bench_idle(akt_bench *b)
{
	struct timespec settle = { .tv_nsec = AKT_MS(50) };
	akt_system *sys = bench_start(b);
	bool ok = sys != NULL;

	for (size_t i = 0; ok && i < IDLE_ACTORS; i++)
		ok = bench_ok(b, akt_spawn(sys, &idler_type, NULL, NULL), "akt_spawn");
	if (ok && bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain")) {
		(void)nanosleep(&settle, NULL); /* workers may search a little before they sleep */
		akt_bench_reset_timer(b);
		akt_bench_report(b, measure_percent(), "%cpu");
		akt_bench_report(b, 0, "ns/op");
		akt_bench_stop_timer(b);
	}
	(void)bench_stop(b, sys);
}
