/* SPDX-License-Identifier: MIT */
/* Proves: a stash, exclusive questions and batches do with each kind of mailbox what they do with a plain
 * one: an answer comes before all that was kept for it, what was put aside comes back in its order, and
 * of a batch to a bounded mailbox just what has no place is refused. Not: under load. */
#include "fixture.h"

#define NUMBERS 20u

AKT_SIGNAL_DEFINE(open_up, "test.open_up");

struct keeper {
	bool answered;
	bool opened;
};
static akt_ref friend;
static uint64_t seen[NUMBERS];
static unsigned seen_count;
static unsigned too_early;

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct keeper *self = state;

	(void)ctx;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	self->answered = true;
	return 0;
}

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_ask_exclusive(ctx, friend, AKT_NEW_SIGNAL(poke), AKT_S(50), on_answer, 0);
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct keeper *self = state;

	too_early += !self->answered;
	if (!self->opened)
		return akt_stash(ctx);
	seen[seen_count++ % NUMBERS] = akt_payload(msg, number)->value;
	return 0;
}

static int on_open_up(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct keeper *self = state;

	(void)msg;
	too_early += !self->answered;
	self->opened = true;
	ck_assert_int_eq(akt_unstash(ctx, AKT_ALL), NUMBERS);
	return 0;
}

static int answer(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)arg, (void)msg;
	return akt_reply(ctx, AKT_NEW_SIGNAL(poke));
}

/* The question first, then the largest number, and the order to open at last. */
static int64_t by_value(const akt_msg *msg)
{
	if (akt_msg_type_of(msg) == &akt_message_poke)
		return 1000;
	return akt_msg_type_of(msg) == &akt_message_number
		       ? (int64_t)akt_payload(msg, number)->value
		       : -1;
}

static const akt_handler handlers[] = { AKT_ON(poke, on_poke), AKT_ON(number, on_number),
					AKT_ON(open_up, on_open_up), AKT_END };
#define KEEPER(...)                                                                                \
	{                                                                                          \
		.name = "keeper", .state_size = sizeof(struct keeper), .handlers = handlers,       \
		__VA_ARGS__                                                                        \
	}
static const akt_type kinds[] = {
	KEEPER(.mailbox = AKT_MAILBOX_FIFO),
	KEEPER(.mailbox = AKT_MAILBOX_FAIR),
	KEEPER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = NUMBERS + 2),
	KEEPER(.mailbox_messages_max = NUMBERS + 2),
	KEEPER(.mailbox_bytes_max = (NUMBERS + 2) * 64),
	KEEPER(.mailbox_messages_max = NUMBERS + 2, .overflow = AKT_OVERFLOW_DROP_OLDEST),
	KEEPER(.mailbox = AKT_MAILBOX_FAIR, .mailbox_messages_max = NUMBERS + 2),
	KEEPER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = by_value),
	KEEPER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = by_value,
	       .mailbox_messages_max = NUMBERS + 2),
};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

START_TEST(what_waits_for_an_answer_and_what_is_put_aside_keeps_its_order)
{
	const akt_type *kind = &kinds[_i / MODES];
	akt_system *sys = start_system(mode_workers[_i % MODES], NULL);
	bool falling = kind->mailbox == AKT_MAILBOX_PRIORITY;
	akt_msg *batch[NUMBERS + 2];
	akt_ref ref;

	seen_count = 0;
	too_early = 0;
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, answer, NULL, &friend), 0);
	ck_assert_int_eq(akt_spawn(sys, kind, NULL, &ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	batch[0] = AKT_NEW_SIGNAL(poke);
	for (uint64_t i = 0; i < NUMBERS; i++)
		batch[1 + i] = AKT_NEW(number, .value = i);
	batch[NUMBERS + 1] = AKT_NEW_SIGNAL(open_up);
	ck_assert_int_eq(akt_post_batch(sys, ref, batch, NUMBERS + 2), 0);
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(too_early, 0);
	ck_assert_uint_eq(seen_count, NUMBERS);
	for (uint64_t i = 0; i < NUMBERS; i++)
		ck_assert_uint_eq(seen[i], falling ? NUMBERS - 1 - i : i);
	stop_system(sys);
}
END_TEST

START_TEST(of_a_batch_what_has_no_place_is_refused)
{
	const akt_type *kind = &kinds[_i / MODES];
	struct seen_dead dead = { 0 };
	akt_system *sys = start_system(mode_workers[_i % MODES], &dead);
	bool bounded = kind->mailbox_messages_max + kind->mailbox_bytes_max > 0;
	bool drops = kind->overflow == AKT_OVERFLOW_DROP_OLDEST;
	akt_stats stats = { .size = sizeof(stats) };
	akt_msg *batch[NUMBERS + 7];
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, kind, NULL, &ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	for (uint64_t i = 0; i < NUMBERS + 7; i++)
		batch[i] = AKT_NEW(number, .value = i);
	ck_assert_int_eq(akt_post_batch(sys, ref, batch, NUMBERS + 7),
			 bounded && !drops ? AKT_ERR_FULL : 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.accepted, NUMBERS + 7);
	ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], bounded && !drops ? 5 : 0);
	ck_assert_uint_eq(stats.dropped, drops ? 5 : 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], bounded ? NUMBERS + 2 : NUMBERS + 7);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("mixes");

	tcase_add_loop_test(tests, what_waits_for_an_answer_and_what_is_put_aside_keeps_its_order,
			    0, KINDS * MODES);
	tcase_add_loop_test(tests, of_a_batch_what_has_no_place_is_refused, 0, KINDS * MODES);
	return run_case("mailbox-mixes", tests, 60);
}
