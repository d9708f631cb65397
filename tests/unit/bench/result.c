/* SPDX-License-Identifier: MIT */
/* Proves: the next n is Go's prediction, numbers and columns are formatted as Go formats them (the
 * expected texts were printed by go1.26), metrics are kept in order of unit. Not: the clock. */
#include "harness.h"
#include "result.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

START_TEST(next_n_is_a_fifth_more_than_it_takes)
{
	ck_assert_uint_eq(bench_predict_n(SECOND, 1000, SECOND / 10, 1000), 12000);
	ck_assert_uint_eq(bench_predict_n(SECOND, 100, SECOND / 2, 100), 240);
}
END_TEST

START_TEST(next_n_grows_at_most_a_hundredfold)
{
	ck_assert_uint_eq(bench_predict_n(SECOND, 1, 10, 1), 100);
	ck_assert_uint_eq(bench_predict_n(SECOND, 100, 1000, 100), 10000);
}
END_TEST

START_TEST(next_n_grows_at_least_by_one)
{
	ck_assert_uint_eq(bench_predict_n(SECOND, 10, 2 * SECOND, 10), 11);
	ck_assert_uint_eq(bench_predict_n(SECOND, 1, INT64_MAX, 1), 2);
}
END_TEST

START_TEST(next_n_is_at_most_a_thousand_million)
{
	ck_assert_uint_eq(bench_predict_n(SECOND, 500000000, SECOND / 10, 500000000), BENCH_N_MAX);
	ck_assert_uint_eq(bench_predict_n(SECOND, 100000000, 0, 100000000), BENCH_N_MAX);
	ck_assert_uint_eq(bench_predict_n(INT64_MAX, BENCH_N_MAX, 1, BENCH_N_MAX), BENCH_N_MAX);
}
END_TEST

START_TEST(next_n_survives_a_run_of_no_time)
{
	ck_assert_uint_eq(bench_predict_n(SECOND, 1, 0, 1), 100);
}
END_TEST

START_TEST(numbers_have_four_figures_and_aligned_points)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "         0 ns/op" },
		{ 123456789, " 123456789 ns/op" },
		{ 999.96, "      1000 ns/op" },
		{ 999.94, "       999.9 ns/op" },
		{ 99.996, "       100.0 ns/op" },
		{ 99.99, "        99.99 ns/op" },
		{ 9.9996, "        10.00 ns/op" },
		{ 1.2345, "         1.234 ns/op" },
		{ 0.99996, "         1.000 ns/op" },
		{ 0.12345, "         0.1235 ns/op" },
		{ 0.012345, "         0.01235 ns/op" },
		{ 0.0012345, "         0.001234 ns/op" },
		{ 0.00012345, "         0.0001234 ns/op" },
		{ 0.000000012345, "         0.0000000 ns/op" },
		{ -2.5, "        -2.500 ns/op" },
	};
	char text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)bench_format_metric(text, sizeof(text), cases[i].value, "ns/op");
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

START_TEST(a_line_has_the_columns_in_go_order)
{
	struct bench_result result = {
		.n = 100,
		.duration_ns = 104230000,
		.bytes = 10,
		.allocations = 250,
		.allocated_bytes = 6450,
	};
	char text[BENCH_LINE_MAX];

	ck_assert_int_eq(bench_result_report(&result, 3.5, "ms/shutdown"), 0);
	ck_assert_int_eq(bench_result_report(&result, 0.00035, "a/b"), 0);
	bench_result_print(&result, true, text);
	ck_assert_str_eq(text, "     100\t   1042300 ns/op\t   0.01 MB/s\t         0.0003500 a/b"
			       "\t         3.500 ms/shutdown\t      64 B/op\t       2 allocs/op");
	bench_result_print(&result, false, text);
	ck_assert_ptr_null(strstr(text, "B/op"));
}
END_TEST

START_TEST(reported_standard_units_replace_the_measured_ones)
{
	struct bench_result result = { .n = 10, .duration_ns = 1000, .bytes = 1 };
	char text[BENCH_LINE_MAX];

	ck_assert_int_eq(bench_result_report(&result, 7, "ns/op"), 0);
	ck_assert_int_eq(bench_result_report(&result, 2.5, "MB/s"), 0);
	ck_assert_int_eq(bench_result_report(&result, 12, "B/op"), 0);
	ck_assert_int_eq(bench_result_report(&result, 3, "allocs/op"), 0);
	bench_result_print(&result, true, text);
	ck_assert_str_eq(text, "      10\t         7.000 ns/op\t   2.50 MB/s"
			       "\t      12 B/op\t       3 allocs/op");
	ck_assert_int_eq(bench_result_report(&result, 0, "ns/op"), 0);
	ck_assert_int_eq(bench_result_report(&result, 0, "MB/s"), 0);
	bench_result_print(&result, false, text);
	ck_assert_str_eq(text, "      10");
}
END_TEST

START_TEST(processor_time_is_a_metric_beside_the_time_per_op_that_was_measured)
{
	struct bench_result result = { .n = 10, .duration_ns = 1000, .cpu_ns = 2500 };
	struct bench_result own = { .n = 10, .duration_ns = 1000, .cpu_ns = 2500 };
	char text[BENCH_LINE_MAX];

	ck_assert_int_eq(bench_result_report_cpu(&result), 0);
	bench_result_print(&result, false, text);
	ck_assert_str_eq(text, "      10\t       100.0 ns/op\t       250.0 cpu-ns/op");
	ck_assert_int_eq(bench_result_report(&own, 0, "ns/op"), 0);
	ck_assert_int_eq(bench_result_report_cpu(&own), 0);
	bench_result_print(&own, false, text);
	ck_assert_str_eq(text, "      10");
}
END_TEST

START_TEST(the_last_report_of_a_unit_wins)
{
	struct bench_result result = { .n = 1 };

	ck_assert_int_eq(bench_result_report(&result, 1, "b"), 0);
	ck_assert_int_eq(bench_result_report(&result, 2, "a"), 0);
	ck_assert_int_eq(bench_result_report(&result, 3, "b"), 0);
	ck_assert_uint_eq(result.metric_count, 2);
	ck_assert_str_eq(result.metrics[0].unit, "a");
	ck_assert_str_eq(result.metrics[1].unit, "b");
	ck_assert(result.metrics[1].value == 3);
}
END_TEST

START_TEST(a_unit_is_one_short_word)
{
	struct bench_result result = { .n = 1 };
	char unit[2 * BENCH_UNIT_MAX];

	ck_assert_int_eq(bench_result_report(&result, 1, ""), -1);
	ck_assert_int_eq(bench_result_report(&result, 1, "two words"), -1);
	memset(unit, 'u', sizeof(unit));
	unit[BENCH_UNIT_MAX] = '\0';
	ck_assert_int_eq(bench_result_report(&result, 1, unit), -1);
	for (unsigned i = 0; i < BENCH_METRICS_MAX; i++) {
		unit[0] = (char)('a' + i);
		unit[1] = '\0';
		ck_assert_int_eq(bench_result_report(&result, 1, unit), 0);
	}
	ck_assert_int_eq(bench_result_report(&result, 1, "one-too-many"), -1);
	ck_assert_int_eq(bench_result_report(&result, 2, "a"), 0);
}
END_TEST

START_TEST(a_full_line_is_never_overrun)
{
	struct bench_result result = { .n = UINT64_MAX, .duration_ns = INT64_MAX };
	char text[BENCH_LINE_MAX];
	char unit[BENCH_UNIT_MAX];

	memset(unit, 'u', sizeof(unit) - 1);
	unit[sizeof(unit) - 1] = '\0';
	for (unsigned i = 0; i < BENCH_METRICS_MAX; i++) {
		unit[0] = (char)('a' + i);
		ck_assert_int_eq(bench_result_report(&result, 1e300, unit), 0);
	}
	bench_result_print(&result, true, text);
	ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench-result");
	TCase *tcase = tcase_create("result");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, next_n_is_a_fifth_more_than_it_takes);
	tcase_add_test(tcase, next_n_grows_at_most_a_hundredfold);
	tcase_add_test(tcase, next_n_grows_at_least_by_one);
	tcase_add_test(tcase, next_n_is_at_most_a_thousand_million);
	tcase_add_test(tcase, next_n_survives_a_run_of_no_time);
	tcase_add_test(tcase, numbers_have_four_figures_and_aligned_points);
	tcase_add_test(tcase, a_line_has_the_columns_in_go_order);
	tcase_add_test(tcase, reported_standard_units_replace_the_measured_ones);
	tcase_add_test(tcase, processor_time_is_a_metric_beside_the_time_per_op_that_was_measured);
	tcase_add_test(tcase, the_last_report_of_a_unit_wins);
	tcase_add_test(tcase, a_unit_is_one_short_word);
	tcase_add_test(tcase, a_full_line_is_never_overrun);
	return run_suite(suite);
}
