/* SPDX-License-Identifier: MIT */
/* Proves: with thieves at work each item is taken once, also where the indices wrap; a full ring
 * refuses and loses nothing. Not: fairness. */
#include "harness.h"
#include "queue/ring.h"
#include <string.h>

#define THIEVES 2u
#define ITEMS (40000u / SLOW)
#define NEAR_WRAP (UINT32_MAX - 3)

static struct ring ring;
static _Atomic uint8_t taken[40000];
static _Atomic uint32_t count;
static _Atomic bool done;

static void begin_at(uint32_t index)
{
	memset(&ring, 0, sizeof(ring));
	ring.head = index;
	ring.tail = index;
}

static void *item(uint32_t number)
{
	return (void *)(uintptr_t)(number + 1);
}

static void note(void *what)
{
	uint32_t number = (uint32_t)(uintptr_t)what - 1;

	ck_assert_uint_lt(number, ITEMS);
	ck_assert_uint_eq(akti_add_sc(&taken[number], 1), 0);
	(void)akti_add_sc(&count, 1);
}

START_TEST(a_ring_takes_what_it_holds_and_no_more)
{
	void *items[RING_SLOTS];
	uint32_t n = 0;

	begin_at(NEAR_WRAP);
	ck_assert(ring_empty(&ring));
	for (uint32_t i = 0; i < RING_SLOTS; i++)
		ck_assert(ring_push(&ring, item(i)));
	ck_assert(!ring_push(&ring, item(0)));
	ck_assert(!ring_empty(&ring));
	while (!ring_empty(&ring)) {
		uint32_t before = RING_SLOTS - n;
		uint32_t now = ring_take(&ring, items, 100);

		/* Half, rounded up. */
		ck_assert_uint_eq(now, (before + 1) / 2 < 100 ? (before + 1) / 2 : 100);
		for (uint32_t i = 0; i < now; i++)
			ck_assert_ptr_eq(items[i], item(n + i));
		n += now;
	}
	ck_assert_uint_eq(n, RING_SLOTS);
	ck_assert_uint_eq(ring_take(&ring, items, 100), 0);
}
END_TEST

START_TEST(indices_wrap)
{
	begin_at(NEAR_WRAP - RING_SLOTS);
	for (uint32_t i = 0; i < 4 * RING_SLOTS; i++) {
		void *got[2];

		ck_assert(ring_push(&ring, item(i)));
		ck_assert_uint_eq(ring_take(&ring, got, 2), 1);
		ck_assert_ptr_eq(got[0], item(i));
		ck_assert(ring_empty(&ring));
	}
}
END_TEST

static void steal(void *arg)
{
	void *items[8];

	(void)arg;
	for (;;) {
		bool last_look = akti_load_sc(&done);
		uint32_t n = ring_take(&ring, items, 8);

		for (uint32_t i = 0; i < n; i++)
			note(items[i]);
		if (n == 0 && last_look)
			return;
		akti_pause();
	}
}

static void with_thieves(uint64_t seed)
{
	struct plat_thread threads[THIEVES];
	uint64_t random = seed;

	begin_at(seed % 2 == 0 ? NEAR_WRAP : UINT32_MAX - (uint32_t)(draw(&random) % 1000));
	memset((void *)taken, 0, sizeof(taken));
	akti_store_sc(&count, 0);
	akti_store_sc(&done, false);
	for (uint32_t i = 0; i < THIEVES; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "thief", steal, NULL), 0);
	for (uint32_t i = 0; i < ITEMS; i++) {
		void *mine[4];
		uint32_t n;

		while (!ring_push(&ring, item(i)))
			akti_pause();
		if (draw(&random) % 3 != 0)
			continue;
		n = ring_take(&ring, mine, 1 + (uint32_t)(draw(&random) % 4));
		while (n > 0)
			note(mine[--n]);
	}
	akti_store_sc(&done, true);
	for (uint32_t i = 0; i < THIEVES; i++)
		akti_plat_thread_join(&threads[i]);
	ck_assert_uint_eq(count, ITEMS);
	for (uint32_t i = 0; i < ITEMS; i++)
		ck_assert_uint_eq(taken[i], 1);
}

START_TEST(with_thieves_each_item_is_taken_once)
{
	for_seeds(40, 6, with_thieves);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = tcase_create("ring");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_ring_takes_what_it_holds_and_no_more);
	tcase_add_test(tcase, indices_wrap);
	tcase_add_test(tcase, with_thieves_each_item_is_taken_once);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
