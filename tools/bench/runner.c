/* SPDX-License-Identifier: MIT */
/* runner: see runner.h. The order of events is that of Go's testing package, whose output people and
 * benchstat know. Proved by tests/system/bench_runner.sh. */
#include "runner.h"

#include "deadline.h"
#include "heap.h"
#include "plat/plat.h"
#include "result.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REASON_MAX 1024u
/* Go leaves room for sub-benchmarks' names, to avoid too many jumps of the columns. */
#define WIDTH_SLACK 8

/* What all benchmarks of one run share. */
struct run {
	const struct bench_plan *plan;
	struct bench_tally tally;
	int width;     /* of the column of names */
	int extension; /* width of the longest "-N" */
	char **names;  /* of sub-benchmarks so far, so that a second one of a name is told apart */
	size_t name_count;
};

struct akt_bench {
	struct run *run;
	char name[BENCH_NAME_MAX];
	void (*top)(akt_bench *b); /* one of the two */
	void (*sub)(akt_bench *b, void *arg);
	void *arg;

	uint64_t n;
	unsigned workers;
	bool failed;
	bool skipped;
	bool has_sub; /* holds sub-benchmarks, so it is not measured itself */
	char reason[REASON_MAX];

	bool timer_on;
	int64_t started_ns;
	int64_t started_cpu_ns;
	uint64_t started_allocations;
	uint64_t started_bytes;
	struct bench_result result;
};

/* --- what a benchmark may call: <akt/bench.h> ------------------------------------------------- */

uint64_t akt_bench_n(akt_bench *b)
{
	return b->n;
}

unsigned akt_bench_workers(akt_bench *b)
{
	return b->workers;
}

bool akt_bench_short(akt_bench *b)
{
	return b->run->plan->flags->is_short;
}

/* Processor time of the process; 0 when nobody asks for it. */
static int64_t cpu_now(const akt_bench *b)
{
	struct timespec now = { 0 };

	if (b->run->plan->flags->with_cpu)
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void akt_bench_start_timer(akt_bench *b)
{
	if (b->timer_on)
		return;
	b->started_cpu_ns = cpu_now(b);
	bench_heap_counted(&b->started_allocations, &b->started_bytes);
	b->timer_on = true;
	b->started_ns = akti_plat_now();
}

void akt_bench_stop_timer(akt_bench *b)
{
	int64_t now_ns = akti_plat_now();
	uint64_t allocations;
	uint64_t bytes;

	if (!b->timer_on)
		return;
	b->timer_on = false;
	bench_heap_counted(&allocations, &bytes);
	b->result.duration_ns += now_ns - b->started_ns;
	b->result.cpu_ns += cpu_now(b) - b->started_cpu_ns;
	b->result.allocations += allocations - b->started_allocations;
	b->result.allocated_bytes += bytes - b->started_bytes;
}

void akt_bench_reset_timer(akt_bench *b)
{
	bool was_on = b->timer_on;

	b->timer_on = false;
	b->result.duration_ns = 0;
	b->result.cpu_ns = 0;
	b->result.allocations = 0;
	b->result.allocated_bytes = 0;
	b->result.metric_count = 0;
	if (was_on)
		akt_bench_start_timer(b);
}

void akt_bench_report(akt_bench *b, double value, const char *unit)
{
	if (bench_result_report(&b->result, value, unit) < 0)
		akt_bench_fail(b,
			       "cannot report \"%s\": at most %u units of less than %u bytes, "
			       "without white space",
			       unit, BENCH_METRICS_MAX, BENCH_UNIT_MAX);
}

void akt_bench_set_bytes(akt_bench *b, uint64_t bytes)
{
	b->result.bytes = bytes;
}

/* Keep the first reason; a failure outranks a skip. */
static void keep_reason(akt_bench *b, bool first, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
static void keep_reason(akt_bench *b, bool first, const char *format, va_list args)
{
	if (first)
		(void)vsnprintf(b->reason, sizeof(b->reason), format, args);
}

void akt_bench_fail(akt_bench *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep_reason(b, !b->failed, format, args);
	va_end(args);
	b->failed = true;
}

void akt_bench_skip(akt_bench *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep_reason(b, !b->failed && !b->skipped, format, args);
	va_end(args);
	b->skipped = true;
}

static uint64_t resident_bytes(void)
{
	char text[128] = "";
	unsigned long long total_pages;
	unsigned long long resident_pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "%llu %llu", &total_pages, &resident_pages) != 2)
		resident_pages = 0;
	(void)close(fd);
	return resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void akt_bench_memory_now(akt_bench_memory *ret_memory)
{
	akt_bench_memory memory = { 0 };
	uint64_t mapped_now;

	bench_heap_counted(&memory.allocations, &memory.bytes);
	akti_plat_mapped(&memory.mappings, &memory.mapped_bytes, &mapped_now);
	memory.heap_bytes = bench_heap_in_use() + mapped_now;
	memory.rss_bytes = resident_bytes();
	*ret_memory = memory;
}

/* --- one benchmark ---------------------------------------------------------------------------- */

static int name_extension(unsigned workers)
{
	return workers == 1 ? 0 : snprintf(NULL, 0, "-%u", workers);
}

/* "BenchmarkTell-2", as Go prints it: nothing is added for one worker. */
static void name_with_workers(const akt_bench *b, char text[BENCH_NAME_MAX + 16])
{
	if (b->workers == 1)
		(void)snprintf(text, BENCH_NAME_MAX + 16, "%s", b->name);
	else
		(void)snprintf(text, BENCH_NAME_MAX + 16, "%s-%u", b->name, b->workers);
}

/* Call the benchmark once with n operations. */
static void run_n(akt_bench *b, uint64_t n)
{
	bench_output_progress(b->run->plan->output, b->name, n);
	bench_deadline_running(b->name);
	b->n = n;
	b->result = (struct bench_result){ .n = n };
	b->timer_on = false;
	akt_bench_start_timer(b);
	if (b->top != NULL)
		b->top(b);
	else
		b->sub(b, b->arg);
	akt_bench_stop_timer(b);
}

/* After run_n(b, 1): go on until the timed part lasts as long as asked. */
static void grow_n(akt_bench *b)
{
	const struct bench_time *time = &b->run->plan->flags->time;

	if (time->count > 1)
		run_n(b, time->count);
	if (time->count > 0)
		return;
	for (uint64_t n = 1; !b->failed && !b->skipped &&
			     b->result.duration_ns < time->duration_ns && n < BENCH_N_MAX;) {
		n = bench_predict_n(time->duration_ns, b->result.n, b->result.duration_ns, n);
		run_n(b, n);
	}
}

static void print_verdict(akt_bench *b, const char *name)
{
	if (b->failed || b->skipped)
		bench_output_verdict(b->run->plan->output, b->name, name, b->failed, b->reason);
	if (b->failed)
		b->run->tally.failed = true;
}

/* One result line, or a verdict. is_first: run_n(b, 1) has just been done. */
static void measure(akt_bench *b, bool is_first)
{
	const struct bench_plan *plan = b->run->plan;
	char name[BENCH_NAME_MAX + 16];
	char text[BENCH_LINE_MAX];

	name_with_workers(b, name);
	bench_output_name(plan->output, name, b->run->width);
	if (!is_first)
		run_n(b, 1);
	if (!b->failed && !b->skipped)
		grow_n(b);
	if (plan->flags->with_cpu && !b->failed && bench_result_report_cpu(&b->result) < 0)
		akt_bench_fail(b, "no room for cpu-ns/op: %u units at most", BENCH_METRICS_MAX);
	if (b->failed || b->skipped) {
		print_verdict(b, name);
		return;
	}
	bench_result_print(&b->result, plan->flags->with_memory, text);
	bench_output_result(plan->output, b->name, name, b->run->width, text);
}

/* Run it for each number of workers, each as often as asked. */
static void measure_all(akt_bench *b)
{
	const struct bench_flags *flags = b->run->plan->flags;
	bool any_failed = false;

	for (size_t i = 0; i < flags->cpus.count; i++)
		for (unsigned j = 0; j < flags->count; j++) {
			b->workers = flags->cpus.workers[i];
			b->failed = b->skipped = false;
			b->reason[0] = '\0';
			measure(b, i == 0 && j == 0);
			any_failed = any_failed || b->failed;
		}
	b->failed = any_failed;
}

/* Run a benchmark whose name matched, fully or only in its first levels. */
static void run_benchmark(akt_bench *b, enum bench_matched matched)
{
	struct run *run = b->run;
	int length = (int)strlen(b->name) + run->extension + 1;

	if (length > run->width)
		run->width = length + WIDTH_SLACK;
	b->has_sub = matched == BENCH_MATCH_PARTIAL;
	b->workers = run->plan->flags->cpus.workers[0];
	bench_output_run(run->plan->output, b->name);
	run_n(b, 1);
	if (!b->has_sub || ((b->failed || b->skipped) && b->reason[0] != '\0'))
		run->tally.ran++;
	if (b->failed || b->skipped)
		print_verdict(b, b->name);
	else if (!b->has_sub)
		measure_all(b);
}

static bool name_is_taken(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->name_count; i++)
		if (strcmp(run->names[i], name) == 0)
			return true;
	return false;
}

/* Give b the name parent/name, with #01 and so on when it was given before. */
static bool name_sub(akt_bench *b, const akt_bench *parent, const char *name)
{
	char rewritten[BENCH_NAME_MAX];
	char **grown;
	int length;

	bench_match_rewrite(name, rewritten, sizeof(rewritten));
	length = snprintf(b->name, sizeof(b->name), "%s/%s%s", parent->name, rewritten,
			  rewritten[0] == '\0' ? "#00" : "");
	for (unsigned i = 1; length < (int)sizeof(b->name) && name_is_taken(b->run, b->name); i++)
		length = snprintf(b->name, sizeof(b->name), "%s/%s#%02u", parent->name, rewritten,
				  i);
	if (length >= (int)sizeof(b->name))
		return false;
	grown = realloc(b->run->names, (b->run->name_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return false;
	b->run->names = grown;
	grown[b->run->name_count] = strdup(b->name);
	if (grown[b->run->name_count] == NULL)
		return false;
	b->run->name_count++;
	return true;
}

void akt_bench_run(akt_bench *parent, const char *name, void (*function)(akt_bench *b, void *arg),
		   void *arg)
{
	akt_bench *b = calloc(1, sizeof(*b));
	enum bench_matched matched;

	parent->has_sub = true;
	if (b == NULL) {
		akt_bench_fail(parent, "out of memory");
		return;
	}
	b->run = parent->run;
	b->sub = function;
	b->arg = arg;
	if (!name_sub(b, parent, name)) {
		akt_bench_fail(parent, "cannot name \"%s\": out of memory, or over %u bytes", name,
			       BENCH_NAME_MAX);
		free(b);
		return;
	}
	matched = bench_match_name(parent->run->plan->match, b->name);
	if (matched != BENCH_MATCH_NONE)
		run_benchmark(b, matched);
	parent->failed = parent->failed || b->failed;
	free(b);
	bench_deadline_running(parent->name);
}

/* --- a table ---------------------------------------------------------------------------------- */

/* The column of names is as wide as the longest one that will run. */
static void measure_names(struct run *run, const akt_benchmark *table)
{
	const struct bench_cpus *cpus = &run->plan->flags->cpus;

	for (size_t i = 0; i < cpus->count; i++) {
		int extension = name_extension(cpus->workers[i]);

		run->extension = extension > run->extension ? extension : run->extension;
	}
	for (; table->name != NULL; table++) {
		int width = (int)strlen(table->name) + 2 * run->extension + 1;

		if (bench_match_name(run->plan->match, table->name) == BENCH_MATCH_NONE)
			continue;
		run->tally.matched++;
		run->width = width > run->width ? width : run->width;
	}
}

struct bench_tally bench_runner_run(const struct bench_plan *plan, const akt_benchmark *table)
{
	struct run run = { .plan = plan };
	akt_bench *b = malloc(sizeof(*b));

	measure_names(&run, table);
	if (run.tally.matched > 0)
		bench_output_environment(plan->output);
	for (; b != NULL && table->name != NULL; table++) {
		enum bench_matched matched = bench_match_name(plan->match, table->name);

		if (matched == BENCH_MATCH_NONE)
			continue;
		*b = (akt_bench){ .run = &run, .top = table->run };
		(void)snprintf(b->name, sizeof(b->name), "%s", table->name);
		run_benchmark(b, matched);
	}
	bench_deadline_running(NULL);
	run.tally.failed = run.tally.failed || b == NULL;
	for (size_t i = 0; i < run.name_count; i++)
		free(run.names[i]);
	free(run.names);
	free(b);
	return run.tally;
}

size_t bench_runner_list(const struct bench_plan *plan, const akt_benchmark *table)
{
	size_t count = 0;

	for (; table->name != NULL; table++) {
		if (bench_match_name(plan->match, table->name) == BENCH_MATCH_NONE)
			continue;
		bench_output_listed(plan->output, table->name);
		count++;
	}
	return count;
}
