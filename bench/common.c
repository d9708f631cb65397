/* SPDX-License-Identifier: MIT */
/* common: see common.h. */
#include "common.h"

#include <stdlib.h>
#include <time.h>

int64_t bench_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return AKT_S(now.tv_sec) + now.tv_nsec;
}

bool bench_ok(akt_bench *b, int r, const char *what)
{
	if (r < 0)
		akt_bench_fail(b, "%s: %s (%s)", what, akt_strerror(r), akt_error_name(r));
	return r >= 0;
}

bool bench_equal(akt_bench *b, uint64_t got, uint64_t wanted, const char *what)
{
	if (got != wanted)
		akt_bench_fail(b, "%s: %llu, want %llu", what, (unsigned long long)got,
			       (unsigned long long)wanted);
	return got == wanted;
}

void bench_report_rate(akt_bench *b, int64_t begin_ns)
{
	int64_t ns = bench_now() - begin_ns;

	akt_bench_report(b, (double)akt_bench_n(b) * 1e9 / (double)(ns > 0 ? ns : 1),
			 "messages/sec");
}

akt_system *bench_start_with(akt_bench *b, const akt_options *given)
{
	akt_options options = *given;
	akt_system *sys = NULL;

	options.name = "bench";
	options.workers = akt_bench_workers(b);
	if (!bench_ok(b, akt_system_start(&sys, &options), "akt_system_start"))
		return NULL;
	return sys;
}

akt_system *bench_start(akt_bench *b)
{
	akt_options options = AKT_OPTIONS;

	return bench_start_with(b, &options);
}

bool bench_stop(akt_bench *b, akt_system *sys)
{
	return bench_ok(b, akt_system_stop_within(sys, BENCH_PATIENCE_NS, NULL), "akt_system_stop");
}

void bench_gate_init(struct bench_gate *gate)
{
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&gate->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&gate->opened, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	gate->is_open = false;
}

void bench_gate_fini(struct bench_gate *gate)
{
	(void)pthread_cond_destroy(&gate->opened);
	(void)pthread_mutex_destroy(&gate->mutex);
}

void bench_gate_open(struct bench_gate *gate)
{
	(void)pthread_mutex_lock(&gate->mutex);
	gate->is_open = true;
	(void)pthread_cond_signal(&gate->opened);
	(void)pthread_mutex_unlock(&gate->mutex);
}

bool bench_gate_wait(akt_bench *b, struct bench_gate *gate)
{
	int64_t patience_ns = BENCH_PATIENCE_NS + (int64_t)akt_bench_n(b) * BENCH_PATIENCE_OP_NS;
	int64_t until_ns = bench_now() + patience_ns;
	struct timespec until = { .tv_sec = until_ns / AKT_S(1), .tv_nsec = until_ns % AKT_S(1) };
	int r = 0;
	bool is_open;

	(void)pthread_mutex_lock(&gate->mutex);
	while (!gate->is_open && r == 0)
		r = pthread_cond_timedwait(&gate->opened, &gate->mutex, &until);
	is_open = gate->is_open;
	(void)pthread_mutex_unlock(&gate->mutex);
	if (!is_open)
		akt_bench_fail(b, "not done after %lld s: a message was lost",
			       (long long)(patience_ns / AKT_S(1)));
	return is_open;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_percentile(double *values, size_t count, unsigned percent)
{
	size_t rank = (count * percent + 99) / 100;

	if (count == 0)
		return 0;
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[rank > 0 ? rank - 1 : 0];
}

double bench_median(double *values, size_t count)
{
	if (count == 0)
		return 0;
	qsort(values, count, sizeof(*values), compare_doubles);
	return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
