/* SPDX-License-Identifier: MIT */
/* Proves: a ring takes exactly as many nodes as it may; each node put is taken once, by the owner or
 * by a thief; the nodes of one putter are taken in its order; closing loses none; a ring opens again
 * for another tenant while putters of the last one are still at it. With real threads, and in the
 * interleave build under many seeds. Not: weak memory orders. */
#include "harness.h"
#include "queue/mpmc.h"
#include <string.h>

#define PUTTERS 3u

struct item {
	struct mpsc_node node;
	uint32_t putter;
	uint32_t number;
	_Atomic uint32_t taken;
};

static struct mpmc q; /* like a gate, it outlives its tenants */
static uint64_t random_state = 99;

static void open_ring(uint64_t most)
{
	akti_mpmc_open(&q, calloc(1, akti_mpmc_slots_bytes(most)), most);
}

static struct item *take(void)
{
	uint64_t position;
	struct mpsc_node *node = mpmc_peek(&q, &position) ? mpmc_take_at(&q, position) : NULL;

	return node != NULL ? akti_container_of(node, struct item, node) : NULL;
}

static void close_ring(void (*dropped)(struct item *item))
{
	struct mpsc_node *node;

	akti_mpmc_close(&q);
	while ((node = akti_mpmc_drain(&q)) != NULL)
		dropped(akti_container_of(node, struct item, node));
	free(akti_load_rlx(&q.slots));
	akti_store_rlx(&q.slots, NULL);
}

static void no_item(struct item *item)
{
	ck_assert_ptr_null(item);
}

START_TEST(it_takes_as_many_as_it_may_and_no_more)
{
	static const uint64_t bounds[] = { 1, 2, 3, 4, 5, 7, 8, 9, 100 };
	static struct item items[101];
	uint64_t tail;

	for (size_t b = 0; b < AKTI_COUNT_OF(bounds); b++) {
		open_ring(bounds[b]);
		ck_assert_ptr_null(take());
		for (int round = 0; round < 5; round++) {
			uint64_t keep = draw(&random_state) % (bounds[b] + 1);

			for (uint64_t i = 0; i < bounds[b]; i++)
				ck_assert_int_eq(mpmc_put(&q, &items[i].node, &tail), MPMC_PUT);
			ck_assert_int_eq(mpmc_put(&q, &items[bounds[b]].node, &tail), MPMC_FULL);
			/* The oldest makes room, as often as one likes. */
			for (uint64_t i = 0; i < keep; i++) {
				ck_assert_int_eq(mpmc_put(&q, &items[i].node, &tail), MPMC_FULL);
				ck_assert_ptr_eq(akti_mpmc_steal(&q, tail), &items[i].node);
				ck_assert_ptr_null(akti_mpmc_steal(&q, tail - 1));
				ck_assert_int_eq(mpmc_put(&q, &items[i].node, &tail), MPMC_PUT);
			}
			for (uint64_t i = 0; i < bounds[b]; i++)
				ck_assert_ptr_eq(take(), &items[(keep + i) % bounds[b]]);
			ck_assert_ptr_null(take());
		}
		close_ring(no_item);
		ck_assert_int_eq(mpmc_put(&q, &items[0].node, &tail), MPMC_SHUT);
		ck_assert_ptr_null(akti_mpmc_steal(&q, tail));
	}
}
END_TEST

/* --- many putters -------------------------------------------------------------------------------- */

#define ROUNDS (1000u / SLOW)

struct putter {
	struct plat_thread thread;
	uint32_t number;
	bool steals;
	struct item *items;
	_Atomic uint32_t stolen;
};
static struct putter putters[PUTTERS];
static uint32_t newest[PUTTERS];
static _Atomic uint32_t putters_done;
static _Atomic uint32_t refused;
static uint32_t taken;
static uint64_t bound;

static void put_all(void *arg)
{
	struct putter *self = arg;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct item *item = &self->items[i];
		enum mpmc_put put;
		uint64_t tail;

		item->putter = self->number;
		item->number = i + 1;
		while ((put = mpmc_put(&q, &item->node, &tail)) == MPMC_FULL) {
			struct mpsc_node *node = self->steals ? akti_mpmc_steal(&q, tail) : NULL;

			if (node != NULL) {
				struct item *old = akti_container_of(node, struct item, node);

				ck_assert_uint_eq(akti_add_sc(&old->taken, 1), 0);
				(void)akti_add_sc(&self->stolen, 1);
			} else {
				akti_mpsc_wait_turn(i);
			}
		}
		if (put == MPMC_SHUT)
			(void)akti_add_sc(&refused, 1);
	}
	raise_word(&putters_done);
}

static void note_taken(struct item *item)
{
	ck_assert_uint_eq(akti_add_sc(&item->taken, 1), 0);
	ck_assert_uint_gt(item->number, newest[item->putter]);
	newest[item->putter] = item->number;
	taken++;
}

static void compete(uint64_t seed)
{
	uint64_t random = seed * 77 + 1;
	uint32_t stolen = 0;
	uint32_t closings = 0;

	bound = 1 + seed * 7 % 50;
	putters_done = 0;
	refused = 0;
	taken = 0;
	memset(newest, 0, sizeof(newest));
	open_ring(bound);
	for (uint32_t p = 0; p < PUTTERS; p++) {
		putters[p].number = p;
		putters[p].steals = (seed + p) % 2 == 0;
		putters[p].stolen = 0;
		putters[p].items = calloc(ROUNDS, sizeof(struct item));
		ck_assert_int_eq(akti_plat_thread_start(&putters[p].thread, "putter", put_all,
							&putters[p]),
				 0);
	}
	for (unsigned turn = 0; akti_load_sc(&putters_done) < PUTTERS; turn++) {
		struct item *item = take();

		ck_assert_int_le((int64_t)(mpmc_tail(&q) - akti_load_acq(&q.head)), (int64_t)bound);
		if (item != NULL)
			note_taken(item);
		else
			akti_mpsc_wait_turn(turn);
		/* Another tenant. */
		if (draw(&random) % 64 == 0 && closings++ < 20) {
			close_ring(note_taken);
			bound = 1 + draw(&random) % (seed % 2 == 0 ? 5 : 50);
			open_ring(bound);
		}
	}
	close_ring(note_taken);
	for (uint32_t p = 0; p < PUTTERS; p++) {
		akti_plat_thread_join(&putters[p].thread);
		stolen += putters[p].stolen;
		free(putters[p].items);
	}
	ck_assert_uint_eq(taken + stolen + refused, PUTTERS * ROUNDS);
}

START_TEST(each_node_is_taken_once_and_in_order)
{
	for_seeds(300, 8, compete);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mpmc");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 280);
	tcase_add_test(all, it_takes_as_many_as_it_may_and_no_more);
	tcase_add_test(all, each_node_is_taken_once_and_in_order);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
