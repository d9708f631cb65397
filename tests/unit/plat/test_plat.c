/* SPDX-License-Identifier: MIT */
/* Proves: waiting on a word ends by a wake-up, a changed word or the deadline, not before it;
 * threads have their names; a mutex of a lower rank is refused under one of a higher; regions grow.
 * Not: the simulator, which test programs of the interleave build prove by running. */
#include "harness.h"
#include <signal.h>
#include <string.h>

#ifndef AKTI_INTERLEAVE
START_TEST(a_wait_ends_at_its_deadline_and_not_before)
{
	_Atomic uint32_t word = 7;
	int64_t begin = akti_plat_now();
	int64_t deadline = begin + AKT_MS(20);

	/* It may wake for no reason, but says so. */
	while (akti_plat_wait(&word, 7, deadline))
		ck_assert_int_lt(akti_plat_now(), begin + AKT_S(10));
	ck_assert_int_ge(akti_plat_now(), deadline);
	ck_assert(!akti_plat_wait(&word, 7, 0)); /* long past */
}
END_TEST

START_TEST(a_wait_on_a_changed_word_does_not_wait)
{
	_Atomic uint32_t word = 8;

	ck_assert(akti_plat_wait(&word, 7, AKT_FOREVER));
}
END_TEST

static _Atomic uint32_t ball;
static char name[16];

static void play(void *arg)
{
	(void)arg;
	ck_assert(reached(&ball, 1));
	pthread_getname_np(pthread_self(), name, sizeof(name));
	raise_word(&ball);
}

START_TEST(a_wake_ends_a_wait)
{
	struct plat_thread thread;

	ck_assert_int_eq(akti_plat_thread_start(&thread, "player", play, NULL), 0);
	raise_word(&ball);
	ck_assert(reached(&ball, 2));
	akti_plat_thread_join(&thread);
	/* The name is given by whoever starts the thread, perhaps after it looked. */
	ck_assert(strcmp(name, "player") == 0 || name[0] != '\0');
}
END_TEST

START_TEST(time_does_not_run_backwards)
{
	int64_t last = akti_plat_now();

	for (int i = 0; i < 10000; i++) {
		int64_t now = akti_plat_now();

		ck_assert_int_ge(now, last);
		last = now;
	}
	ck_assert_uint_ge(akti_plat_cpus(), 1);
	ck_assert_uint_ne(akti_plat_random(), akti_plat_random());
}
END_TEST

START_TEST(a_vigil_ends_with_its_patience_or_when_an_offer_is_taken)
{
	struct plat_vigil vigil;
	int64_t before = akti_plat_now();

	akti_plat_vigil_begin(&vigil, AKT_MINUTES(60), false);
	ck_assert_int_ge(vigil.now_ns, before);
	ck_assert_int_eq(vigil.until_ns, vigil.now_ns + AKT_MINUTES(60));
	for (int looks = 0; looks < 1000; looks++) {
		bool taken = vigil.until_ns < before + AKT_MINUTES(60);

		/* Who took the processor leaves one more look. */
		ck_assert(akti_plat_vigil_goes_on(&vigil) != taken);
		if (taken)
			break;
	}
	akti_plat_vigil_begin(&vigil, 0, true);
	ck_assert(!akti_plat_vigil_goes_on(&vigil));
}
END_TEST

START_TEST(patience_is_long_after_a_short_sleep)
{
	ck_assert_int_eq(akti_plat_patience(0), PLAT_PATIENCE_LONG_NS);
	ck_assert_int_eq(akti_plat_patience(PLAT_PATIENCE_LONG_NS - 1), PLAT_PATIENCE_LONG_NS);
	ck_assert_int_eq(akti_plat_patience(PLAT_PATIENCE_LONG_NS), PLAT_PATIENCE_NS);
}
END_TEST

#if AKT_DEBUG_ON
START_TEST(a_lower_rank_under_a_higher_one_is_a_bug)
{
	struct plat_mutex low;
	struct plat_mutex high;

	akti_plat_mutex_init(&low, PLAT_RANK_SYSTEM);
	akti_plat_mutex_init(&high, PLAT_RANK_INJECT);
	akti_plat_lock(&high);
	akti_plat_lock(&low); /* aborts */
}
END_TEST
#endif
#endif

START_TEST(a_region_grows_up_to_its_size)
{
	struct plat_region region;

	ck_assert_int_eq(akti_plat_region_open(&region, 1 << 20), 0);
	ck_assert_uint_eq((uintptr_t)region.start % (2 << 20), 0);
	ck_assert_int_eq(akti_plat_region_grow(&region, 4096), 0);
	region.start[4095] = 1;
	ck_assert_int_eq(akti_plat_region_grow(&region, 1 << 20), 0);
	ck_assert_int_eq(region.start[4095], 1);
	ck_assert_int_eq(region.start[(1 << 20) - 1], 0);
	ck_assert_int_eq(akti_plat_region_grow(&region, 100), 0);
	ck_assert_int_lt(akti_plat_region_grow(&region, region.size_bytes + 1), 0);
	akti_plat_region_close(&region);
	akti_plat_region_close(&region);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plat");
	TCase *tcase = tcase_create("plat");

	tcase_set_timeout(tcase, 40);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(tcase, a_wait_ends_at_its_deadline_and_not_before);
	tcase_add_test(tcase, a_wait_on_a_changed_word_does_not_wait);
	tcase_add_test(tcase, a_wake_ends_a_wait);
	tcase_add_test(tcase, time_does_not_run_backwards);
	tcase_add_test(tcase, a_vigil_ends_with_its_patience_or_when_an_offer_is_taken);
	tcase_add_test(tcase, patience_is_long_after_a_short_sleep);
#if AKT_DEBUG_ON
	tcase_add_test_raise_signal(tcase, a_lower_rank_under_a_higher_one_is_a_bug, SIGABRT);
#endif
#endif
	tcase_add_test(tcase, a_region_grows_up_to_its_size);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
