/* SPDX-License-Identifier: MIT */
/* Tests that fail under one seed each, in each way a test can: for replay.sh. */
#include "harness.h"
#include <signal.h>
#include <unistd.h>

START_TEST(an_assertion_fails)
{
	ck_assert_uint_ne(test_seed(), _i == 1 ? 17 : 0);
}
END_TEST

static void crash(uint64_t seed)
{
	ck_assert_uint_gt(seed, 0);
	if (seed == 5)
		abort();
}

START_TEST(a_crash)
{
	for_seeded(crash);
}
END_TEST

START_TEST(a_hang)
{
	while (test_seed() == 3)
		(void)pause();
}
END_TEST

START_TEST(no_seed_at_all)
{
	ck_assert_int_eq(getpid(), 0);
}
END_TEST

START_TEST(a_signal_that_is_expected)
{
	abort();
}
END_TEST

START_TEST(nothing_fails)
{
	ck_assert_uint_gt(test_seed(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("replay");

	tcase_set_timeout(tcase, 1);
	tcase_add_loop_test(tcase, an_assertion_fails, 0, 3);
	tcase_add_test(tcase, a_crash);
	tcase_add_test(tcase, a_hang);
	tcase_add_test(tcase, no_seed_at_all);
	tcase_add_test_raise_signal(tcase, a_signal_that_is_expected, SIGABRT);
	tcase_add_test(tcase, nothing_fails);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
