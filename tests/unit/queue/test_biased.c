/* SPDX-License-Identifier: MIT */
/* Proves: owner and thieves are never inside together, with the asymmetric barrier and with the
 * exchange; the owner always gets in. Not: weak memory (tests/model/biased.pml). */
#include "harness.h"
#include "queue/biased.h"
#include <string.h>

#ifdef AKTI_INTERLEAVE
#define THIEVES 2u
#else
#define THIEVES 1u /* with fewer processors than threads the owner mostly waits */
#endif
#define TURNS (4000u / SLOW)

static struct biased lock;
static uint64_t guarded; /* plain: a race on it is what ThreadSanitizer would see */
static _Atomic uint32_t inside;
static _Atomic uint64_t stolen;
static _Atomic bool done;

static void touch(void)
{
	ck_assert_uint_eq(akti_add_sc(&inside, 1), 0);
	guarded++;
	(void)akti_sub_sc(&inside, 1);
}

static void thief(void *arg)
{
	(void)arg;
	while (!akti_load_sc(&done)) {
		if (biased_try_steal(&lock)) {
			touch();
			(void)akti_add_sc(&stolen, 1);
			biased_leave_stolen(&lock);
		}
		akti_pause();
	}
}

static void exclusion(uint64_t seed)
{
	struct plat_thread threads[THIEVES];

	biased_init(&lock, seed % 2 == 0 || !akti_plat_asymmetric());
	guarded = 0;
	akti_store_sc(&stolen, 0);
	akti_store_sc(&done, false);
	for (unsigned i = 0; i < THIEVES; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "thief", thief, NULL), 0);
	for (unsigned i = 0; i < TURNS; i++) {
		biased_enter(&lock);
		touch();
		biased_leave(&lock);
	}
	akti_store_sc(&done, true);
	for (unsigned i = 0; i < THIEVES; i++)
		akti_plat_thread_join(&threads[i]);
	ck_assert_uint_eq(guarded, TURNS + stolen);
}

START_TEST(owner_and_thief_are_never_in_together)
{
	for_seeds(100, 4, exclusion);
}
END_TEST

START_TEST(a_thief_gives_up_while_the_owner_is_in)
{
	biased_init(&lock, false);
	biased_enter(&lock);
	ck_assert(!biased_try_steal(&lock));
	biased_leave(&lock);
	ck_assert(biased_try_steal(&lock));
	ck_assert(!biased_try_steal(&lock));
	biased_leave_stolen(&lock);
	biased_enter(&lock);
	biased_leave(&lock);
}
END_TEST

START_TEST(the_simple_way_in_is_not_for_the_careful_nor_beside_a_thief)
{
	biased_init(&lock, false);
	ck_assert(biased_try_enter(&lock));
	biased_leave(&lock);
	ck_assert(biased_try_steal(&lock));
	ck_assert(!biased_try_enter(&lock));
	biased_leave_stolen(&lock);
	ck_assert(biased_try_enter(&lock));
	biased_leave(&lock);
	biased_init(&lock, true);
	ck_assert(!biased_try_enter(&lock));
	ck_assert(biased_try_steal(&lock));
	biased_leave_stolen(&lock);
	ck_assert(!biased_try_enter(&lock));
	biased_enter(&lock);
	ck_assert(!biased_try_steal(&lock));
	biased_leave(&lock);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("biased");
	TCase *tcase = tcase_create("biased");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, owner_and_thief_are_never_in_together);
	tcase_add_test(tcase, a_thief_gives_up_while_the_owner_is_in);
	tcase_add_test(tcase, the_simple_way_in_is_not_for_the_careful_nor_beside_a_thief);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
