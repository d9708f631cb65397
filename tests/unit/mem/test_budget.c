/* SPDX-License-Identifier: MIT */
/* Proves: what threads take and give back is counted and the count comes back to where it began, by
 * size, through depots and across threads; a limit refuses users' messages and nothing else, to the
 * byte where blocks are exact; of several limits the smallest holds; the newest failure has its
 * reason. Not: what systems make of it (system/test_budget.c). */
#include "harness.h"
#include "mem/budget.h"
#include <string.h>

/* Larger than all pools: each is counted by itself, whatever the build. */
#define HUGE_BYTES ((size_t)MEM_POOLED_MAX + 1000)

static void on_a_thread(void (*run)(void *arg), void *arg)
{
	struct plat_thread thread;

	ck_assert_int_eq(akti_plat_thread_start(&thread, "mem", run, arg), 0);
	akti_plat_thread_join(&thread);
}

#define HELD 300u

static void churn(void *arg)
{
	uint64_t random = *(uint64_t *)arg | 1;
	void *blocks[HELD] = { NULL };
	size_t sizes[HELD];
	unsigned failed = 0;

	for (unsigned i = 0; i < 30000 / SLOW; i++) {
		unsigned at = (unsigned)(draw(&random) % HELD);
		size_t range = draw(&random) % 8 == 0 ? 50000 : 500;

		if (blocks[at] != NULL)
			akti_mem_free(blocks[at], sizes[at]);
		sizes[at] = 1 + draw(&random) % range;
		blocks[at] = akti_mem_alloc(sizes[at], draw(&random) % MEM_KINDS);
		failed += blocks[at] == NULL;
	}
	ck_assert_uint_eq(failed, 0);
	for (unsigned at = 0; at < HELD; at++) {
		if (blocks[at] != NULL)
			akti_mem_free(blocks[at], sizes[at]);
	}
}

static void count_comes_back(uint64_t seed)
{
	uint64_t before = akti_mem_used();

	on_a_thread(churn, &seed);
	ck_assert_uint_eq(akti_mem_used(), before);
}

START_TEST(the_count_comes_back_to_where_it_began)
{
	for_seeds(5, 20, count_comes_back);
}
END_TEST

static void *handed[1000];

static void take_them(void *arg)
{
	size_t size = *(size_t *)arg;

	for (unsigned i = 0; i < 1000; i++)
		handed[i] = akti_mem_alloc(size, MEM_MESSAGE);
}

static void give_them(void *arg)
{
	for (unsigned i = 0; i < 1000; i++)
		akti_mem_free(handed[i], *(size_t *)arg);
}

static void far_from_home(uint64_t seed)
{
	size_t size = seed % 2 ? 64 : 2000;
	uint64_t before = akti_mem_used();

	on_a_thread(take_them, &size);
	ck_assert_uint_ge(akti_mem_used(), before + 1000 * size);
	on_a_thread(give_them, &size);
	ck_assert_uint_eq(akti_mem_used(), before);
}

START_TEST(what_is_freed_far_from_home_is_taken_off)
{
	for_seeds(2, 4, far_from_home);
}
END_TEST

START_TEST(a_message_fits_to_the_byte_and_not_one_more)
{
	uint64_t used = akti_mem_used();
	struct mem_budget budget;
	void *block;

	ck_assert_uint_eq(akti_mem_max(), 0);
	akti_mem_budget_begin(&budget, used + HUGE_BYTES);
	ck_assert_uint_eq(akti_mem_max(), used + HUGE_BYTES);
	ck_assert_ptr_null(akti_mem_alloc(HUGE_BYTES + 1, MEM_MESSAGE));
	ck_assert(akti_mem_over_budget());
	ck_assert_uint_eq(akti_mem_used(), used);
	for (size_t less = 0; less < 2; less++) {
		block = akti_mem_alloc(HUGE_BYTES - less, MEM_MESSAGE);
		ck_assert_ptr_nonnull(block);
		ck_assert_uint_eq(akti_mem_used(), used + HUGE_BYTES - less);
		akti_mem_free(block, HUGE_BYTES - less);
	}
	ck_assert_uint_eq(akti_mem_used(), used);
	akti_mem_budget_end(&budget);
	ck_assert_uint_eq(akti_mem_max(), 0);
}
END_TEST

START_TEST(only_messages_of_users_are_refused)
{
	struct mem_budget budget;
	void *blocks[MEM_KINDS];

	akti_mem_budget_begin(&budget, akti_mem_used() + 1);
	for (unsigned kind = 0; kind < MEM_KINDS; kind++) {
		blocks[kind] = akti_mem_alloc(HUGE_BYTES, kind);
		ck_assert_int_eq(blocks[kind] == NULL, kind == MEM_MESSAGE);
	}
	for (unsigned kind = 0; kind < MEM_KINDS; kind++) {
		if (blocks[kind] != NULL)
			akti_mem_free(blocks[kind], HUGE_BYTES);
	}
	akti_mem_budget_end(&budget);
}
END_TEST

/* Blocks of each size until the budget refuses: how far it may be from the limit. */
START_TEST(pools_stop_short_of_the_limit_by_what_a_thread_has_ready)
{
	static const size_t sizes[] = {
		64, 128, 320, 1000, 4096, 5000, 20000, 32768, MEM_POOLED_MAX
	};
	const uint64_t room = 4 * 1024 * 1024;

	for (size_t s = 0; s < AKTI_COUNT_OF(sizes); s++) {
		uint64_t before = akti_mem_used();
		struct mem_budget budget;
		uint64_t given = 0;
		void *list = NULL;
		void *block;

		akti_mem_budget_begin(&budget, before + room);
		while ((block = akti_mem_alloc(sizes[s], MEM_MESSAGE)) != NULL) {
			memcpy(block, &list, sizeof(list));
			list = block;
			given += sizes[s];
		}
		ck_assert(akti_mem_over_budget());
		ck_assert_uint_le(akti_mem_used(), before + room);
		ck_assert_uint_gt(given + given / 4 + 3 * 256 * 1024, room);
		while (list != NULL) {
			block = list;
			memcpy(&list, block, sizeof(list));
			akti_mem_free(block, sizes[s]);
		}
		/* Room again, and at once. */
		block = akti_mem_alloc(sizes[s], MEM_MESSAGE);
		ck_assert_ptr_nonnull(block);
		akti_mem_free(block, sizes[s]);
		akti_mem_budget_end(&budget);
	}
}
END_TEST

START_TEST(the_smallest_of_the_limits_holds)
{
	struct mem_budget a;
	struct mem_budget b;
	struct mem_budget c;

	akti_mem_budget_begin(&a, 300);
	akti_mem_budget_begin(&b, 100);
	akti_mem_budget_begin(&c, 200);
	ck_assert_uint_eq(akti_mem_max(), 100);
	akti_mem_budget_end(&b);
	ck_assert_uint_eq(akti_mem_max(), 200);
	akti_mem_budget_end(&a);
	ck_assert_uint_eq(akti_mem_max(), 200);
	akti_mem_budget_end(&c);
	ck_assert_uint_eq(akti_mem_max(), 0);
}
END_TEST

START_TEST(the_newest_failure_has_its_reason)
{
	struct mem_budget budget;

	ck_assert(!akti_mem_over_budget());
	akti_mem_budget_begin(&budget, 1);
	ck_assert_ptr_null(akti_mem_alloc(HUGE_BYTES, MEM_MESSAGE));
	ck_assert(akti_mem_over_budget());
	akti_mem_budget_end(&budget);
#if !defined(__SANITIZE_ADDRESS__) && !defined(AKTI_TSAN)
	ck_assert_ptr_null(akti_mem_alloc(SIZE_MAX / 4, MEM_MESSAGE)); /* the sanitizers abort */
	ck_assert(!akti_mem_over_budget());
#endif
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("budget");
	TCase *tcase = tcase_create("budget");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_count_comes_back_to_where_it_began);
	tcase_add_test(tcase, what_is_freed_far_from_home_is_taken_off);
	tcase_add_test(tcase, a_message_fits_to_the_byte_and_not_one_more);
	tcase_add_test(tcase, only_messages_of_users_are_refused);
	tcase_add_test(tcase, pools_stop_short_of_the_limit_by_what_a_thread_has_ready);
	tcase_add_test(tcase, the_smallest_of_the_limits_holds);
	tcase_add_test(tcase, the_newest_failure_has_its_reason);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
