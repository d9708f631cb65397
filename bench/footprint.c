/* How much memory does an idle actor take?
 * SPDX-License-Identifier: MIT
 *
 * GoAkt's ActorMemoryFootprint, and the same for 100,000 and a million. Per actor:
 *
 *	bytes/actor      for 2,000 named actors with 16 bytes of state: every block that the runtime
 *	                 allocated for them, cells, states, names and tables of names, counted one
 *	                 by one; for more of them, anonymous and without state: rss-bytes/actor
 *	rss-bytes/actor  the growth of the resident memory of the whole process
 *
 * Pools keep what earlier benchmarks touched and would hand it out again unseen, so each op is
 * measured by a process of its own, which runs just this benchmark; the median over n counts. The flight
 * recorder is off in it: there is one watcher of memory, which would be that one. */
#include "common.h"
#include "mem/mem.h"
#include "table.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Set in the environment of the process that measures. */
#define FRESH_SWITCH "AKT_BENCH_FRESH"
#define SAMPLES_MAX 64u

struct footprint {
	const char *benchmark;
	uint32_t actors;
	bool named; /* and with state */
};

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type bare_type = { .name = "bare", .handlers = no_handlers };
static const akt_type small_type = { .name = "small", .state_size = 16, .handlers = no_handlers };

static bool spawn_all(akt_bench *b, akt_system *sys, const struct footprint *what)
{
	int r = 0;

	for (uint32_t i = 0; i < what->actors && r >= 0; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "actor-%u", i);
		r = what->named ? akt_spawn_named(sys, &small_type, name, NULL, NULL)
				: akt_spawn(sys, &bare_type, NULL, NULL);
	}
	return bench_ok(b, r, "akt_spawn") &&
	       bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain");
}

static _Atomic uint64_t allocated_bytes;

static bool on_due(size_t size_bytes)
{
	(void)size_bytes;
	return true;
}

static void on_allocated(void *block, size_t size_bytes, enum mem_kind kind)
{
	(void)block;
	(void)kind;
	atomic_fetch_add_explicit(&allocated_bytes, size_bytes, memory_order_relaxed);
}

static void on_freed(void *block)
{
	(void)block;
}

static void measure_here(akt_bench *b, const struct footprint *what)
{
	static const struct mem_hook hook = { on_due, on_allocated, on_freed };
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_bench_memory before;
	akt_bench_memory after;

	options.flight_off = true;
	akti_mem_set_watch(&hook, MEM_WATCH_ALL);
	sys = bench_start_with(b, &options);
	akt_bench_memory_now(&before);
	atomic_store(&allocated_bytes, 0);
	if (sys != NULL && spawn_all(b, sys, what)) {
		double actors = what->actors;
		double allocated = (double)atomic_load(&allocated_bytes) / actors;
		double rss;

		akt_bench_memory_now(&after);
		rss = ((double)after.rss_bytes - (double)before.rss_bytes) / actors;
		akt_bench_report(b, what->named ? allocated : rss, "bytes/actor");
		akt_bench_report(b, rss, "rss-bytes/actor");
	}
	(void)bench_stop(b, sys);
}

/* The environment with the switch, without what would make the other process write profiles. */
static char **fresh_environment(void)
{
	static char fresh[] = FRESH_SWITCH "=1";
	size_t count = 0;
	size_t kept = 0;
	char **copy;

	while (environ[count] != NULL)
		count++;
	copy = calloc(count + 2, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++)
		if (strstr(environ[i], "AKT_PROFILE") == NULL)
			copy[kept++] = environ[i];
	if (copy != NULL)
		copy[kept] = fresh;
	return copy;
}

/* Start this program for one benchmark. Returns the end of the pipe it prints to, or -1. */
static int start_fresh(akt_bench *b, const char *benchmark, pid_t *ret_pid)
{
	char program[] = "akt-bench";
	char once[] = "-benchtime=1x";
	char bench[128], cpu[32];
	char *argv[] = { program, bench, once, cpu, NULL };
	char **environment = fresh_environment();
	posix_spawn_file_actions_t actions;
	int ends[2];
	int r;

	(void)snprintf(bench, sizeof(bench), "-bench=^%s$", benchmark);
	(void)snprintf(cpu, sizeof(cpu), "-cpu=%u", akt_bench_workers(b));
	if (environment == NULL || pipe(ends) != 0) {
		free(environment);
		return -1;
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addclose(&actions, ends[0]);
	(void)posix_spawn_file_actions_addclose(&actions, ends[1]);
	r = posix_spawn(ret_pid, "/proc/self/exe", &actions, NULL, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	free(environment);
	(void)close(ends[1]);
	if (r == 0)
		return ends[0];
	(void)close(ends[0]);
	return -1;
}

/* The number before a unit on a result line; false when the unit is not there. */
static bool value_of(const char *line, const char *unit, double *ret_value)
{
	char wanted[64];
	const char *at;

	(void)snprintf(wanted, sizeof(wanted), " %s", unit);
	at = strstr(line, wanted);
	if (at == NULL)
		return false;
	while (at > line && at[-1] != '\t')
		at--;
	*ret_value = strtod(at, NULL);
	return true;
}

/* One op: both values from a process of its own. */
static bool measure_fresh(akt_bench *b, const struct footprint *what, double *ret_bytes,
			  double *ret_rss)
{
	char line[1024];
	int status = -1;
	bool found = false;
	pid_t pid;
	int fd = start_fresh(b, what->benchmark, &pid);
	FILE *out = fd >= 0 ? fdopen(fd, "r") : NULL;

	while (out != NULL && fgets(line, sizeof(line), out) != NULL)
		found = found || (value_of(line, "bytes/actor", ret_bytes) &&
				  value_of(line, "rss-bytes/actor", ret_rss));
	if (out != NULL)
		(void)fclose(out);
	if (fd >= 0)
		(void)waitpid(pid, &status, 0);
	if (status != 0 || !found)
		akt_bench_fail(b, "the process that measures failed, status %d", status);
	return status == 0 && found;
}

static void footprint(akt_bench *b, const struct footprint *what)
{
	double bytes[SAMPLES_MAX];
	double rss[SAMPLES_MAX];
	size_t count = 0;

	if (akt_bench_short(b)) {
		akt_bench_skip(b, "memory: left out with -short");
		return;
	}
	if (getenv(FRESH_SWITCH) != NULL) {
		measure_here(b, what);
		return;
	}
	for (; count < akt_bench_n(b) && count < SAMPLES_MAX; count++)
		if (!measure_fresh(b, what, &bytes[count], &rss[count]))
			return;
	akt_bench_report(b, bench_median(bytes, count), "bytes/actor");
	akt_bench_report(b, bench_median(rss, count), "rss-bytes/actor");
	akt_bench_report(b, 0, "ns/op");
}

void bench_footprint(akt_bench *b)
{
	static const struct footprint what = { "BenchmarkActorMemoryFootprint", 2000, true };

	footprint(b, &what);
}

void bench_footprint_100000(akt_bench *b)
{
	static const struct footprint what = { "BenchmarkActorMemoryFootprint_100000Actors", 100000,
					       false };

	footprint(b, &what);
}

void bench_footprint_1000000(akt_bench *b)
{
	static const struct footprint what = { "BenchmarkActorMemoryFootprint_1000000Actors",
					       1000000, false };

	footprint(b, &what);
}
