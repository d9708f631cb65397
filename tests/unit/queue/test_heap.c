/* SPDX-License-Identifier: MIT */
/* Proves, against a list that is searched from end to end: the highest key comes first and equal
 * keys come as they were put; without memory nothing is lost and equal keys still come as they were
 * put. Not: how fast. */
#include "harness.h"
#include "mem/mem.h"
#include "queue/heap.h"

#ifdef AKTI_MEM_PASSTHROUGH
extern _Atomic int64_t akti_mem_fail_in;
#endif

#define ITEMS 2000u
#define KEYS 7

struct item {
	struct mpsc_node node;
	int64_t key;
	uint64_t order;
	bool in;
};
static struct item items[ITEMS];
static uint64_t random_state = 4711;

static int64_t key_of(const void *arg, struct mpsc_node *node)
{
	ck_assert_ptr_eq(arg, items);
	return akti_container_of(node, struct item, node)->key;
}

static struct item *first_in_list(void)
{
	struct item *best = NULL;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct item *item = &items[i];

		if (item->in && (best == NULL || item->key > best->key ||
				 (item->key == best->key && item->order < best->order)))
			best = item;
	}
	return best;
}

static struct item *idle_item(void)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		if (!items[i].in)
			return &items[i];
	}
	return NULL;
}

static struct item *taken(struct heap *heap)
{
	struct mpsc_node *node = akti_heap_take(heap);
	struct item *item = node != NULL ? akti_container_of(node, struct item, node) : NULL;

	if (item != NULL) {
		ck_assert(item->in);
		item->in = false;
	}
	return item;
}

static void put(struct heap *heap, uint64_t order)
{
	struct item *item = idle_item();

	if (item == NULL)
		return;
	item->key = (int64_t)(draw(&random_state) % KEYS) - KEYS / 2;
	if (draw(&random_state) % 64 == 0)
		item->key = draw(&random_state) % 2 == 0 ? INT64_MAX : INT64_MIN;
	item->order = order;
	item->in = true;
	akti_heap_put(heap, &item->node);
}

START_TEST(the_highest_comes_first_and_equals_as_they_came)
{
	struct heap heap;
	uint64_t order = 0;

	akti_heap_init(&heap, key_of, items);
	ck_assert_ptr_null(akti_heap_take(&heap));
	for (unsigned round = 0; round < 6; round++) {
		for (unsigned i = 0; i < 3000 / SLOW; i++) {
			if (draw(&random_state) % 5 < 3) {
				put(&heap, order++);
			} else {
				struct item *expected = first_in_list();

				ck_assert_ptr_eq(taken(&heap), expected);
			}
		}
		while (first_in_list() != NULL) {
			struct item *expected = first_in_list();

			ck_assert_ptr_eq(taken(&heap), expected);
		}
		ck_assert_ptr_null(akti_heap_take(&heap));
	}
	akti_heap_fini(&heap);
}
END_TEST

#ifdef AKTI_MEM_PASSTHROUGH
/* Memory comes and goes: nothing is lost, and of each key the order holds. */
START_TEST(without_memory_the_order_within_a_key_holds)
{
	struct heap heap;
	uint64_t order = 0;

	akti_heap_init(&heap, key_of, items);
	for (unsigned round = 0; round < 40; round++) {
		uint64_t newest[KEYS + 2] = { 0 };
		unsigned puts = 0;
		unsigned takes = 0;
		struct item *item;

		for (unsigned i = 0; i < 200; i++) {
			akti_mem_fail_in = draw(&random_state) % 2 == 0 ? -1 : 0;
			put(&heap, ++order);
			puts++;
		}
		akti_mem_fail_in = -1;
		while ((item = taken(&heap)) != NULL) {
			int64_t lane = item->key == INT64_MAX   ? KEYS
				       : item->key == INT64_MIN ? KEYS + 1
								: item->key + KEYS / 2;

			ck_assert_uint_gt(item->order, newest[lane]);
			newest[lane] = item->order;
			takes++;
		}
		akti_mem_fail_in = 0;
		ck_assert_uint_eq(takes, puts);
	}
	akti_heap_fini(&heap);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("heap");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 100);
	tcase_add_test(all, the_highest_comes_first_and_equals_as_they_came);
#ifdef AKTI_MEM_PASSTHROUGH
	tcase_add_test(all, without_memory_the_order_within_a_key_holds);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
