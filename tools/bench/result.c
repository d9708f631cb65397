/* SPDX-License-Identifier: MIT */
/* result: see result.h. Proved by tests/unit/bench/result.c. */
#include "result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int bench_result_report(struct bench_result *result, double value, const char *unit)
{
	size_t length = strlen(unit);
	size_t at = 0;

	if (length == 0 || length >= BENCH_UNIT_MAX || strpbrk(unit, " \t\n\v\f\r") != NULL)
		return -1;
	while (at < result->metric_count && strcmp(result->metrics[at].unit, unit) < 0)
		at++;
	if (at == result->metric_count || strcmp(result->metrics[at].unit, unit) != 0) {
		if (result->metric_count == BENCH_METRICS_MAX)
			return -1;
		memmove(&result->metrics[at + 1], &result->metrics[at],
			(result->metric_count - at) * sizeof(result->metrics[0]));
		result->metric_count++;
		memcpy(result->metrics[at].unit, unit, length + 1);
	}
	result->metrics[at].value = value;
	return 0;
}

static const struct bench_metric *find_metric(const struct bench_result *result, const char *unit)
{
	for (size_t i = 0; i < result->metric_count; i++)
		if (strcmp(result->metrics[i].unit, unit) == 0)
			return &result->metrics[i];
	return NULL;
}

int bench_result_report_cpu(struct bench_result *result)
{
	if (find_metric(result, "ns/op") != NULL || result->n == 0)
		return 0;
	return bench_result_report(result, (double)result->cpu_ns / (double)result->n, "cpu-ns/op");
}

uint64_t bench_predict_n(int64_t goal_ns, uint64_t previous_n, int64_t previous_ns, uint64_t last)
{
	double predicted =
		(double)goal_ns * (double)previous_n / (double)(previous_ns > 0 ? previous_ns : 1);
	uint64_t n;

	predicted += predicted / 5;
	n = predicted < (double)BENCH_N_MAX ? (uint64_t)predicted : BENCH_N_MAX;
	if (n > 100 * last)
		n = 100 * last;
	if (n < last + 1)
		n = last + 1;
	return n < BENCH_N_MAX ? n : BENCH_N_MAX;
}

int bench_format_metric(char *text, size_t text_bytes, double value, const char *unit)
{
	static const struct {
		double from;
		int width;
		int decimals;
	} formats[] = {
		{ 999.95, 10, 0 },     { 99.995, 12, 1 },   { 9.9995, 13, 2 },
		{ 0.99995, 14, 3 },    { 0.099995, 15, 4 }, { 0.0099995, 16, 5 },
		{ 0.00099995, 17, 6 }, { 0, 18, 7 },
	};
	size_t i = 0;

	while (value != 0 && fabs(value) < formats[i].from)
		i++;
	return snprintf(text, text_bytes, "%*.*f %s", formats[i].width, formats[i].decimals, value,
			unit);
}

static bool has_own_column(const char *unit)
{
	return strcmp(unit, "ns/op") == 0 || strcmp(unit, "MB/s") == 0 ||
	       strcmp(unit, "B/op") == 0 || strcmp(unit, "allocs/op") == 0;
}

static double ns_per_op(const struct bench_result *result)
{
	const struct bench_metric *reported = find_metric(result, "ns/op");

	if (reported != NULL)
		return reported->value;
	return result->n > 0 ? (double)result->duration_ns / (double)result->n : 0;
}

static double mb_per_second(const struct bench_result *result)
{
	const struct bench_metric *reported = find_metric(result, "MB/s");

	if (reported != NULL)
		return reported->value;
	if (result->bytes == 0 || result->duration_ns <= 0)
		return 0;
	return (double)result->bytes * (double)result->n / 1e6 /
	       ((double)result->duration_ns / 1e9);
}

/* The reported value of a unit, or total / n rounded down as Go does. */
static uint64_t per_op(const struct bench_result *result, const char *unit, uint64_t total)
{
	const struct bench_metric *reported = find_metric(result, unit);

	if (reported != NULL)
		return (uint64_t)reported->value;
	return result->n > 0 ? total / result->n : 0;
}

void bench_result_print(const struct bench_result *result, bool with_memory,
			char text[BENCH_LINE_MAX])
{
	double ns = ns_per_op(result);
	double mb = mb_per_second(result);
	size_t at = (size_t)snprintf(text, BENCH_LINE_MAX, "%8llu", (unsigned long long)result->n);

	if (ns != 0) {
		text[at++] = '\t';
		at += (size_t)bench_format_metric(text + at, BENCH_LINE_MAX - at, ns, "ns/op");
	}
	if (mb != 0)
		at += (size_t)snprintf(text + at, BENCH_LINE_MAX - at, "\t%7.2f MB/s", mb);
	for (size_t i = 0; i < result->metric_count; i++) {
		const struct bench_metric *metric = &result->metrics[i];

		if (has_own_column(metric->unit) || at + 2 * BENCH_UNIT_MAX > BENCH_LINE_MAX)
			continue;
		text[at++] = '\t';
		at += (size_t)bench_format_metric(text + at, BENCH_LINE_MAX - at, metric->value,
						  metric->unit);
		if (at >= BENCH_LINE_MAX)
			return;
	}
	if (with_memory)
		(void)snprintf(text + at, BENCH_LINE_MAX - at, "\t%8llu B/op\t%8llu allocs/op",
			       (unsigned long long)per_op(result, "B/op", result->allocated_bytes),
			       (unsigned long long)per_op(result, "allocs/op",
							  result->allocations));
}
