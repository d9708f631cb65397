/* SPDX-License-Identifier: MIT */
/* Proves: each flag of akt bench is read in its four spellings, values that make no sense are
 * refused with a reason, durations are Go's. Not: what the flags do. */
#include "harness.h"
#include "flags.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 16

static char error[BENCH_ERROR_MAX];
static struct bench_flags parsed;
static char texts[ARGS_MAX][64];
static char *args[ARGS_MAX];

/* Parse a command line without its program name. */
#define parse(...) parse_list((const char *const[]){ __VA_ARGS__, NULL })

static int parse_list(const char *const *list)
{
	int count = 1;

	args[0] = strcpy(texts[0], "akt-bench");
	for (; *list != NULL; list++, count++)
		args[count] = strcpy(texts[count], *list);
	args[count] = NULL;
	memset(&parsed, 0xFF, sizeof(parsed));
	error[0] = '\0';
	return bench_flags_parse(&parsed, count, args, error);
}

START_TEST(nothing_given_leaves_go_defaults)
{
	ck_assert_int_eq(parse(NULL), 0);
	ck_assert_ptr_null(parsed.bench);
	ck_assert_ptr_null(parsed.run);
	ck_assert_ptr_null(parsed.list);
	ck_assert_uint_eq(parsed.count, 1);
	ck_assert_uint_eq(parsed.time.count, 0);
	ck_assert_int_eq(parsed.time.duration_ns, 1000000000);
	ck_assert_uint_eq(parsed.cpus.count, 0);
	ck_assert_int_eq(parsed.timeout_ns, 0);
	ck_assert(!parsed.with_memory && !parsed.with_cpu && !parsed.json && !parsed.verbose &&
		  !parsed.is_short);
	ck_assert_uint_eq(parsed.path_count, 0);
}
END_TEST

START_TEST(a_value_may_be_apart_or_joined_with_one_or_two_dashes)
{
	static const char *const spellings[][2] = {
		{ "-bench=Tell", NULL },
		{ "--bench=Tell", NULL },
		{ "-bench", "Tell" },
		{ "--bench", "Tell" },
	};

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(parse(spellings[i][0], spellings[i][1]), 0);
		ck_assert_str_eq(parsed.bench, "Tell");
	}
}
END_TEST

START_TEST(a_value_may_hold_an_equals_sign_and_an_empty_one_is_none)
{
	ck_assert_int_eq(parse("-bench=TellPayload/size=64"), 0);
	ck_assert_str_eq(parsed.bench, "TellPayload/size=64");
	ck_assert_int_eq(parse("-run=^$", "-bench="), 0);
	ck_assert_str_eq(parsed.run, "^$");
	ck_assert_ptr_null(parsed.bench);
}
END_TEST

START_TEST(a_switch_takes_no_separate_value)
{
	ck_assert_int_eq(parse("-benchmem", "-cputime", "./bench", "-v", "-short", "-json=true"),
			 0);
	ck_assert(parsed.with_memory && parsed.with_cpu && parsed.verbose && parsed.is_short &&
		  parsed.json);
	ck_assert_uint_eq(parsed.path_count, 1);
	ck_assert_str_eq(parsed.paths[0], "./bench");
	ck_assert_int_eq(parse("-benchmem=false"), 0);
	ck_assert(!parsed.with_memory);
	ck_assert_int_eq(parse("-benchmem=perhaps"), -1);
}
END_TEST

START_TEST(flags_and_paths_mix_and_two_dashes_end_the_flags)
{
	ck_assert_int_eq(parse("a.so", "-count", "3", "b.so", "--", "-v"), 0);
	ck_assert_uint_eq(parsed.count, 3);
	ck_assert_uint_eq(parsed.path_count, 3);
	ck_assert_str_eq(parsed.paths[0], "a.so");
	ck_assert_str_eq(parsed.paths[1], "b.so");
	ck_assert_str_eq(parsed.paths[2], "-v");
	ck_assert(!parsed.verbose);
}
END_TEST

START_TEST(benchtime_is_a_time_or_a_count)
{
	ck_assert_int_eq(parse("-benchtime=100x"), 0);
	ck_assert_uint_eq(parsed.time.count, 100);
	ck_assert_int_eq(parse("-benchtime", "250ms"), 0);
	ck_assert_uint_eq(parsed.time.count, 0);
	ck_assert_int_eq(parsed.time.duration_ns, 250000000);
	ck_assert_int_eq(parse("-benchtime=0x"), -1);
	ck_assert_int_eq(parse("-benchtime=x"), -1);
	ck_assert_int_eq(parse("-benchtime=0s"), -1);
	ck_assert_int_eq(parse("-benchtime=5"), -1);
	ck_assert_int_eq(parse("-benchtime=-1s"), -1);
}
END_TEST

START_TEST(cpu_is_a_list_of_worker_counts)
{
	ck_assert_int_eq(parse("-cpu=1,2,16"), 0);
	ck_assert_uint_eq(parsed.cpus.count, 3);
	ck_assert_uint_eq(parsed.cpus.workers[0], 1);
	ck_assert_uint_eq(parsed.cpus.workers[1], 2);
	ck_assert_uint_eq(parsed.cpus.workers[2], 16);
	ck_assert_int_eq(parse("-cpu=0"), -1);
	ck_assert_int_eq(parse("-cpu=1,,2"), -1);
	ck_assert_int_eq(parse("-cpu=257"), -1);
	ck_assert_int_eq(parse("-cpu="), -1);
}
END_TEST

START_TEST(count_is_a_positive_number)
{
	ck_assert_int_eq(parse("-count=10"), 0);
	ck_assert_uint_eq(parsed.count, 10);
	ck_assert_int_eq(parse("-count=0"), -1);
	ck_assert_int_eq(parse("-count=-1"), -1);
	ck_assert_int_eq(parse("-count=1.5"), -1);
	ck_assert_int_eq(parse("-count=99999999999999999999999"), -1);
}
END_TEST

START_TEST(profiles_have_files_of_their_own)
{
	ck_assert_int_eq(parse("-cpuprofile=c"), 0);
	ck_assert_str_eq(parsed.profiles[0], "c");
	ck_assert_ptr_null(parsed.profiles[1]);
	ck_assert_int_eq(parse("-memprofile=m"), 0);
	ck_assert_str_eq(parsed.profiles[1], "m");
	ck_assert_int_eq(parse("-msgprofile=g"), 0);
	ck_assert_str_eq(parsed.profiles[2], "g");
	ck_assert_int_eq(parse("-memprofilerate=1"), 0);
	ck_assert_uint_eq(parsed.memory_every, 1);
	ck_assert_int_eq(parse("-msgprofilerate=7"), 0);
	ck_assert_uint_eq(parsed.messages_every, 7);
}
END_TEST

START_TEST(errors_name_the_flag)
{
	ck_assert_int_eq(parse("-bench"), -1);
	ck_assert_str_eq(error, "flag needs an argument: -bench");
	ck_assert_int_eq(parse("-bonch=."), -1);
	ck_assert_str_eq(error, "flag provided but not defined: -bonch");
	ck_assert_int_eq(parse("-count=x"), -1);
	ck_assert_str_eq(error, "invalid value \"x\" for flag -count: want N");
	ck_assert_int_eq(parse("-memprofilerate=0"), -1);
	ck_assert_str_eq(error, "invalid value \"0\" for flag -memprofilerate: want N");
}
END_TEST

START_TEST(durations_are_those_of_go)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: refused */
	} cases[] = {
		{ "1s", 1000000000 },
		{ "0", 0 },
		{ "1m30s", 90000000000 },
		{ "1.5h", 5400000000000 },
		{ "300ms", 300000000 },
		{ "10us", 10000 },
		{ "10\xC2\xB5s", 10000 },
		{ "1ns", 1 },
		{ ".5s", 500000000 },
		{ "1h15m30.918s", 4530918000000 },
		{ "", -1 },
		{ "s", -1 },
		{ "1", -1 },
		{ "1x", -1 },
		{ "-1s", -1 },
		{ "1s ", -1 },
		{ "1 s", -1 },
		{ "99999999999h", -1 },
		{ "inf", -1 },
		{ ".s", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = -1;
		int r = bench_duration_parse(cases[i].text, &ns);

		ck_assert_msg(ns == cases[i].ns && (r < 0) == (cases[i].ns < 0), "%s: %d, %lld",
			      cases[i].text, r, (long long)ns);
	}
}
END_TEST

START_TEST(durations_print_for_people)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = { { 300000000, "300ms" },       { 1000000000, "1s" }, { 90000000000, "1m30s" },
		      { 5400000000000, "1h30m0s" }, { 1500, "1.5us" },    { 2500000000, "2.5s" } };
	char text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench_duration_print(cases[i].ns, text, sizeof(text));
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench-flags");
	TCase *tcase = tcase_create("flags");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, nothing_given_leaves_go_defaults);
	tcase_add_test(tcase, a_value_may_be_apart_or_joined_with_one_or_two_dashes);
	tcase_add_test(tcase, a_value_may_hold_an_equals_sign_and_an_empty_one_is_none);
	tcase_add_test(tcase, a_switch_takes_no_separate_value);
	tcase_add_test(tcase, flags_and_paths_mix_and_two_dashes_end_the_flags);
	tcase_add_test(tcase, benchtime_is_a_time_or_a_count);
	tcase_add_test(tcase, cpu_is_a_list_of_worker_counts);
	tcase_add_test(tcase, count_is_a_positive_number);
	tcase_add_test(tcase, profiles_have_files_of_their_own);
	tcase_add_test(tcase, errors_name_the_flag);
	tcase_add_test(tcase, durations_are_those_of_go);
	tcase_add_test(tcase, durations_print_for_people);
	return run_suite(suite);
}
