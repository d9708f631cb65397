/* SPDX-License-Identifier: MIT */
/* Proves: keys take turns, nobody is passed over twice while it waits, within a key the order is that
 * of the puts, lanes end with their nodes; beyond the most lanes and without memory nothing is lost
 * and the order within a key holds. Not: how fast. */
#include "harness.h"
#include "mem/mem.h"
#include "queue/fair.h"
#include <string.h>

#ifdef AKTI_MEM_PASSTHROUGH
extern _Atomic int64_t akti_mem_fail_in;
#endif

#define KEYS 50u
#define ITEMS 3000u

struct item {
	struct mpsc_node node;
	uint64_t key;
	uint64_t order;
	struct item *next_idle;
};
static struct item items[ITEMS];
static uint64_t random_state = 815;
static uint64_t newest[KEYS];
static unsigned waiting[KEYS];
static unsigned passed[KEYS]; /* turns of others since this key waits or had its own */

static struct item *item_of(struct mpsc_node *node)
{
	return node != NULL ? akti_container_of(node, struct item, node) : NULL;
}

static void check_taken(const struct item *item)
{
	ck_assert_uint_gt(item->order, newest[item->key]);
	newest[item->key] = item->order;
	waiting[item->key]--;
}

static void check_turns(uint64_t key)
{
	for (unsigned k = 0; k < KEYS; k++) {
		passed[k] = k == key || waiting[k] == 0 ? 0 : passed[k] + 1;
		ck_assert_uint_lt(passed[k], KEYS);
	}
}

static struct item *all_idle(void)
{
	struct item *idle = NULL;

	for (unsigned i = 0; i < ITEMS; i++) {
		items[i].next_idle = idle;
		idle = &items[i];
	}
	return idle;
}

static void run(bool memory_fails)
{
	struct fair fair;
	uint64_t order = 0;
	unsigned in = 0;
	struct item *idle = all_idle();

	memset(newest, 0, sizeof(newest));
	memset(waiting, 0, sizeof(waiting));
	memset(passed, 0, sizeof(passed));
	akti_fair_init(&fair);
	ck_assert_ptr_null(akti_fair_take(&fair));
	for (unsigned step = 0; step < 60000 / SLOW; step++) {
		bool filling = (step / 2000) % 2 == 0;

#ifdef AKTI_MEM_PASSTHROUGH
		akti_mem_fail_in = memory_fails && draw(&random_state) % 2 == 0 ? -1 : 0;
#endif
		if (in < ITEMS && draw(&random_state) % 8 < (filling ? 6u : 2u)) {
			struct item *item = idle;

			idle = idle->next_idle;
			item->key = draw(&random_state) % KEYS;
			item->order = ++order;
			akti_fair_put(&fair, item->key, &item->node);
			waiting[item->key]++;
			in++;
		} else {
			struct item *item = item_of(akti_fair_take(&fair));

			ck_assert((item == NULL) == (in == 0));
			if (item == NULL)
				continue;
			in--;
			item->next_idle = idle;
			idle = item;
			check_taken(item);
			if (!memory_fails)
				check_turns(item->key);
		}
	}
#ifdef AKTI_MEM_PASSTHROUGH
	akti_mem_fail_in = 0;
#endif
	for (; in > 0; in--)
		check_taken(item_of(akti_fair_take(&fair)));
	ck_assert_ptr_null(akti_fair_take(&fair));
	ck_assert_uint_eq(fair.lanes, 0);
	akti_fair_fini(&fair);
}

START_TEST(keys_take_turns)
{
	run(false);
}
END_TEST

START_TEST(three_keys_in_turn_exactly)
{
	static const uint64_t keys[] = { 1, 1, 1, 2, 2, 3 };
	static const unsigned expected[] = { 0, 3, 5, 1, 4, 2 };
	struct fair fair;

	akti_fair_init(&fair);
	for (unsigned i = 0; i < 6; i++)
		akti_fair_put(&fair, keys[i], &items[i].node);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_ptr_eq(akti_fair_take(&fair), &items[expected[i]].node);
	ck_assert_ptr_null(akti_fair_take(&fair));
	akti_fair_fini(&fair);
}
END_TEST

START_TEST(beyond_the_most_lanes_keys_share_one)
{
	enum { MORE = FAIR_LANES_MAX + 3 };
	struct item *many = calloc(2 * (size_t)MORE, sizeof(*many));
	struct fair fair;

	ck_assert_ptr_nonnull(many);
	akti_fair_init(&fair);
	for (unsigned i = 0; i < 2 * MORE; i++) {
		many[i].key = i % MORE;
		many[i].order = i;
		akti_fair_put(&fair, many[i].key, &many[i].node);
	}
	ck_assert_uint_eq(fair.lanes, FAIR_LANES_MAX);
	/* A first round with everybody's first, the last three by one. */
	for (unsigned i = 0; i < FAIR_LANES_MAX + 1; i++)
		ck_assert_uint_eq(item_of(akti_fair_take(&fair))->order, i);
	for (unsigned i = FAIR_LANES_MAX + 1; i < 2 * MORE; i++)
		ck_assert_ptr_nonnull(akti_fair_take(&fair));
	ck_assert_ptr_null(akti_fair_take(&fair));
	ck_assert_uint_eq(fair.lanes, 0);
	akti_fair_fini(&fair);
	free(many);
}
END_TEST

#ifdef AKTI_MEM_PASSTHROUGH
START_TEST(without_memory_the_order_within_a_key_holds)
{
	run(true);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("fair");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 100);
	tcase_add_test(all, keys_take_turns);
	tcase_add_test(all, three_keys_in_turn_exactly);
	tcase_add_test(all, beyond_the_most_lanes_keys_share_one);
#ifdef AKTI_MEM_PASSTHROUGH
	tcase_add_test(all, without_memory_the_order_within_a_key_holds);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
