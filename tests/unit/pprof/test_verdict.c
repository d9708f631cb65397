/* SPDX-License-Identifier: MIT */
/* Proves: each verdict on an actor follows at its limits, and before those further down. Not: that the
 * limits are wise. */
#include "harness.h"

#include "pprof/answer/verdict.h"

#define SECOND 1e9

/* In ten seconds 1000 messages that were all timed: nothing to say of them. */
static struct actor_load quiet(void)
{
	return (struct actor_load){ .timed = 1000,
				    .messages = 1000,
				    .duration_ns = 10 * SECOND,
				    .wait_ns = 0.01 * SECOND,
				    .processing_ns = 0.01 * SECOND };
}

START_TEST(an_actor_that_has_little_to_do_is_fine)
{
	struct actor_load load = quiet();

	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
}
END_TEST

START_TEST(of_few_messages_nothing_is_said)
{
	struct actor_load load = quiet();

	load.processing_ns = 8 * SECOND;
	load.timed = 10;
	ck_assert_int_eq(verdict_of(&load), ACTOR_BUSY);
	load.timed = 9;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FEW);
	load.timed = 1000;
	load.processing_ns = 11 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FEW);
	load.duration_ns = 0;
	ck_assert_int_eq(verdict_of(&load), ACTOR_UNKNOWN);
}
END_TEST

START_TEST(only_a_cpu_profile_tells_blocked_from_computing)
{
	struct actor_load load = quiet();

	load.processing_ns = 7 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_BUSY);
	load.has_cpu = true;
	load.cpu_period_ns = 0.01 * SECOND;
	load.cpu_ns = 3.5 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_CPU_BOUND);
	load.cpu_ns = 3.4 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_BLOCKED);
	load.processing_ns = 1.0 * SECOND;
	load.cpu_ns = 0;
	ck_assert_int_eq(verdict_of(&load), ACTOR_BLOCKED);
	/* Ten ticks would not be missed; nine might. */
	load.cpu_period_ns = 0.11 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
	load.cpu_period_ns = 0.01 * SECOND;
	load.processing_ns = 0.99 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
}
END_TEST

START_TEST(a_busy_actor_is_flooded_when_messages_queue)
{
	struct actor_load load = quiet();

	load.processing_ns = 7 * SECOND;
	load.wait_ns = 99 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_BUSY);
	load.wait_ns = 100 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FLOODED);
	load.processing_ns = 6.9 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FLOODED);
}
END_TEST

START_TEST(who_waits_long_for_short_work_is_starved_if_others_run)
{
	struct actor_load load = quiet();

	load.wait_ns = 0.1 * SECOND;
	load.others = 0.5;
	ck_assert_int_eq(verdict_of(&load), ACTOR_STARVED);
	load.others = 0.4;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
	load.others = 2;
	load.wait_ns = 0.099 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
	load.wait_ns = 1.0 * SECOND;
	load.processing_ns = 0.11 * SECOND;
	ck_assert_int_eq(verdict_of(&load), ACTOR_FINE);
}
END_TEST

START_TEST(every_verdict_has_its_words)
{
	struct actor_load load = quiet();

	load.cpu_ns = 1;
	for (int verdict = ACTOR_FEW; verdict <= ACTOR_FINE; verdict++) {
		struct buffer text = { 0 };

		verdict_print(verdict, &load, &text);
		ck_assert_uint_gt(text.size, 0);
		ck_assert_ptr_null(strstr(text.at, "inf"));
		ck_assert_ptr_null(strstr(text.at, "nan"));
		buffer_fini(&text);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("verdict");
	Suite *suite = suite_create("pprof-verdict");

	tcase_add_test(tcase, an_actor_that_has_little_to_do_is_fine);
	tcase_add_test(tcase, of_few_messages_nothing_is_said);
	tcase_add_test(tcase, only_a_cpu_profile_tells_blocked_from_computing);
	tcase_add_test(tcase, a_busy_actor_is_flooded_when_messages_queue);
	tcase_add_test(tcase, who_waits_long_for_short_work_is_starved_if_others_run);
	tcase_add_test(tcase, every_verdict_has_its_words);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
