/* SPDX-License-Identifier: MIT */
/*
 * Proves: order and states of the mailbox one thread at a time; with many senders and several
 * consumers in turn, that each node comes once and in its sender's order, that one consumer runs at
 * a time, and that closing and closing again leave no node behind. Not: memory orders
 * (tests/model/mailbox_orders.pml), actors (tests/unit/actor).
 */
#include "harness.h"
#include "queue/mpsc.h"
#include <string.h>

#define SENDERS 3u
#define EACH (3000u / SLOW)

struct item {
	struct mpsc_node node; /* first: nodes are cast */
	uint32_t sender;
	uint32_t sequence;
	_Atomic uint32_t seen;
};

static struct item *item_of(struct mpsc_node *node)
{
	return akti_container_of(node, struct item, node);
}

/* --- one thread -------------------------------------------------------------------------------- */

START_TEST(nodes_come_in_order_and_the_last_gives_the_queue_up)
{
	struct mpsc q = { 0 };
	struct item items[3] = { 0 };
	struct mpsc_node *node;

	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_WOKE);
	ck_assert_int_eq(mpsc_push(&q, &items[1].node), MPSC_QUEUED);
	ck_assert_int_eq(mpsc_push(&q, &items[2].node), MPSC_QUEUED);
	node = mpsc_first(&q);
	ck_assert_ptr_eq(node, &items[0].node);
	node = mpsc_advance(&q, node, MPSC_IDLE);
	ck_assert_ptr_eq(node, &items[1].node);
	node = mpsc_advance(&q, node, MPSC_BUSY);
	ck_assert_ptr_eq(node, &items[2].node);
	ck_assert_ptr_null(mpsc_advance(&q, node, MPSC_IDLE));
	ck_assert_ptr_eq(q.last, MPSC_IDLE);
	ck_assert_ptr_null(mpsc_first(&q));
	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_WOKE);
}
END_TEST

START_TEST(a_detached_queue_stays_owned)
{
	struct mpsc q = { 0 };
	struct item items[2] = { 0 };

	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_WOKE);
	ck_assert_ptr_null(mpsc_advance(&q, mpsc_first(&q), MPSC_BUSY));
	ck_assert_ptr_null(mpsc_first(&q));
	/* Nobody is woken: the owner is there and finds it when it tries to rest. */
	ck_assert_int_eq(mpsc_push(&q, &items[1].node), MPSC_QUEUED);
	ck_assert(!mpsc_rest(&q));
	ck_assert_ptr_eq(mpsc_first(&q), &items[1].node);
	ck_assert_ptr_null(mpsc_advance(&q, &items[1].node, MPSC_BUSY));
	ck_assert(mpsc_rest(&q));
	ck_assert(!mpsc_rest(&q));
}
END_TEST

START_TEST(only_an_idle_queue_is_claimed)
{
	struct mpsc q = { 0 };
	struct item item = { 0 };

	ck_assert(mpsc_claim(&q));
	ck_assert(!mpsc_claim(&q));
	ck_assert_int_eq(mpsc_push(&q, &item.node), MPSC_QUEUED);
	ck_assert_ptr_eq(mpsc_first(&q), &item.node);
	ck_assert_ptr_null(mpsc_advance(&q, &item.node, MPSC_IDLE));
	ck_assert_int_eq(mpsc_push(&q, &item.node), MPSC_WOKE);
	ck_assert(!mpsc_claim(&q));
}
END_TEST

START_TEST(a_chain_is_queued_at_once)
{
	struct mpsc q = { 0 };
	struct item items[4] = { 0 };
	struct mpsc_node *node;

	items[1].node.next = &items[2].node;
	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_WOKE);
	ck_assert_int_eq(mpsc_push_chain(&q, &items[1].node, &items[2].node), MPSC_QUEUED);
	ck_assert_int_eq(mpsc_push(&q, &items[3].node), MPSC_QUEUED);
	node = mpsc_first(&q);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_ptr_eq(node, &items[i].node);
		node = mpsc_advance(&q, node, MPSC_IDLE);
	}
	ck_assert_ptr_null(node);
}
END_TEST

static unsigned dropped;
static void drop(void *arg, struct mpsc_node *node)
{
	struct item *items = arg;

	ck_assert_ptr_eq(item_of(node), &items[dropped]);
	dropped++;
}

START_TEST(a_closed_queue_refuses_until_it_is_opened)
{
	struct mpsc q = { 0 };
	struct item items[4] = { 0 };
	struct mpsc_node *last;

	ck_assert(mpsc_claim(&q));
	ck_assert_ptr_null(akti_mpsc_close(&q, &last));
	ck_assert_ptr_null(last);
	ck_assert(!mpsc_claim(&q));
	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_REFUSED);
	/* Who comes meanwhile hangs behind and is dropped too. */
	ck_assert_int_eq(mpsc_push(&q, &items[1].node), MPSC_QUEUED);
	ck_assert(!mpsc_open(&q, MPSC_IDLE));
	akti_mpsc_reclose(&q, &items[0].node, drop, items);
	ck_assert_uint_eq(dropped, 2);
	ck_assert_ptr_eq(q.last, MPSC_CLOSED);
	ck_assert(mpsc_open(&q, MPSC_BUSY));
	ck_assert_int_eq(mpsc_push(&q, &items[2].node), MPSC_QUEUED);
	ck_assert_int_eq(mpsc_push(&q, &items[3].node), MPSC_QUEUED);
	ck_assert_ptr_eq(akti_mpsc_close(&q, &last), &items[2].node);
	ck_assert_ptr_eq(last, &items[3].node);
	ck_assert(mpsc_open(&q, MPSC_IDLE));
	ck_assert_int_eq(mpsc_push(&q, &items[0].node), MPSC_WOKE);
}
END_TEST

/* --- many threads ------------------------------------------------------------------------------- */

static struct mpsc box;
static struct item items[SENDERS][EACH];
static uint32_t newest[SENDERS]; /* sequence + 1 of the newest seen; the owner's */
static _Atomic uint32_t owners;
static _Atomic uint32_t consumed;
static _Atomic uint32_t refused;
static uint64_t luck; /* the owner's */
static _Atomic uint32_t ended;

static void consume(struct mpsc_node *node)
{
	struct item *item = item_of(node);

	ck_assert_uint_eq(akti_add_sc(&item->seen, 1), 0);
	ck_assert_uint_ge(item->sequence + 1, newest[item->sender] + 1);
	newest[item->sender] = item->sequence + 1;
	(void)akti_add_sc(&consumed, 1);
}

/* Whoever is told MPSC_WOKE consumes, until the queue is given up; sometimes it is detached, which
 * makes the other way of giving up. */
static void own(void)
{
	struct mpsc_node *node;

	ck_assert_uint_eq(akti_add_sc(&owners, 1), 0);
	node = mpsc_first(&box);
	for (;;) {
		if (node == NULL) {
			(void)akti_sub_sc(&owners, 1);
			if (mpsc_rest(&box))
				return;
			(void)akti_add_sc(&owners, 1);
			while ((node = mpsc_first(&box)) == NULL)
				akti_pause();
		}
		consume(node);
		if (draw(&luck) % 4 == 0) {
			node = mpsc_advance(&box, node, MPSC_BUSY);
			continue;
		}
		(void)akti_sub_sc(&owners, 1);
		node = mpsc_advance(&box, node, MPSC_IDLE);
		if (node == NULL)
			return;
		(void)akti_add_sc(&owners, 1);
	}
}

static void send_all(void *arg)
{
	struct item *mine = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		if (mpsc_push(&box, &mine[i].node) == MPSC_WOKE)
			own();
	}
	raise_word(&ended);
}

static void reset(uint64_t seed)
{
	memset(&box, 0, sizeof(box));
	memset(items, 0, sizeof(items));
	memset(newest, 0, sizeof(newest));
	akti_store_sc(&owners, 0);
	akti_store_sc(&consumed, 0);
	akti_store_sc(&refused, 0);
	akti_store_sc(&ended, 0);
	luck = seed * 2 + 1;
	for (uint32_t s = 0; s < SENDERS; s++) {
		for (uint32_t i = 0; i < EACH; i++) {
			items[s][i].sender = s;
			items[s][i].sequence = i;
		}
	}
}

static void run_threads(void (*run)(void *arg))
{
	struct plat_thread threads[SENDERS];

	for (uint32_t s = 0; s < SENDERS; s++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[s], "sender", run, items[s]), 0);
	for (uint32_t s = 0; s < SENDERS; s++)
		akti_plat_thread_join(&threads[s]);
}

static void many_senders(uint64_t seed)
{
	reset(seed);
	run_threads(send_all);
	ck_assert_uint_eq(consumed, SENDERS * EACH);
	ck_assert_ptr_eq(box.last, MPSC_IDLE);
	ck_assert_uint_eq(owners, 0);
}

START_TEST(with_many_senders_each_node_comes_once_and_in_order)
{
	for_seeds(100, 30, many_senders);
}
END_TEST

static void drop_late(void *arg, struct mpsc_node *node)
{
	(void)arg;
	ck_assert_uint_eq(akti_add_sc(&item_of(node)->seen, 1), 0);
	(void)akti_add_sc(&refused, 1);
}

/* Claim, close, drop, open again: what births and ends make of a mailbox. */
static void close_and_open(void)
{
	struct mpsc_node *last;
	struct mpsc_node *node;

	if (!mpsc_claim(&box))
		return;
	ck_assert_uint_eq(akti_add_sc(&owners, 1), 0);
	(void)akti_sub_sc(&owners, 1);
	node = akti_mpsc_close(&box, &last);
	while (node != NULL) {
		struct mpsc_node *next = node == last ? NULL : mpsc_await_next(node);

		drop_late(NULL, node);
		node = next;
	}
	while (!mpsc_open(&box, MPSC_IDLE))
		akti_pause();
}

static void send_and_close(void *arg)
{
	struct item *mine = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		enum mpsc_pushed pushed = mpsc_push(&box, &mine[i].node);

		if (pushed == MPSC_WOKE)
			own();
		else if (pushed == MPSC_REFUSED)
			akti_mpsc_reclose(&box, &mine[i].node, drop_late, NULL);
		if (i % 3 == 0)
			close_and_open();
	}
}

static void closing(uint64_t seed)
{
	reset(seed);
	run_threads(send_and_close);
	ck_assert_uint_eq(consumed + refused, SENDERS * EACH);
	ck_assert_ptr_eq(box.last, MPSC_IDLE);
	for (uint32_t s = 0; s < SENDERS; s++) {
		for (uint32_t i = 0; i < EACH; i++)
			ck_assert_uint_eq(items[s][i].seen, 1);
	}
}

START_TEST(closing_and_opening_lose_nothing)
{
	for_seeds(100, 30, closing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mpsc");
	TCase *tcase = tcase_create("mpsc");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, nodes_come_in_order_and_the_last_gives_the_queue_up);
	tcase_add_test(tcase, a_detached_queue_stays_owned);
	tcase_add_test(tcase, only_an_idle_queue_is_claimed);
	tcase_add_test(tcase, a_chain_is_queued_at_once);
	tcase_add_test(tcase, a_closed_queue_refuses_until_it_is_opened);
	tcase_add_test(tcase, with_many_senders_each_node_comes_once_and_in_order);
	tcase_add_test(tcase, closing_and_opening_lose_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
