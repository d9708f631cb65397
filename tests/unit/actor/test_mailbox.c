/* SPDX-License-Identifier: MIT */
/*
 * Proves what the mailboxes promise that a type's table may ask for: each limit and policy at the
 * limit, one below and one beyond; that what the runtime sends needs no place; that places come back
 * whatever becomes of a message. Does not prove it under load: test_mailbox_stress.c.
 *
 * The system is seeded: nothing runs between two posts, so a mailbox is as full as the test makes it.
 */
#include "fixture.h"

#define LIMIT 10u

struct blob {
	unsigned char bytes[88]; /* 128 with its header: two lines */
};
AKT_MESSAGE_DEFINE(blob, "test.blob", AKT_FIELD(1, blob, bytes));

static struct seen_dead dead;
static akt_system *sys;
static uint64_t handled;
static uint64_t newest;
static uint64_t oldest;
static uint64_t answers;
static int last_verdict;

static void set_up(void)
{
	memset(&dead, 0, sizeof(dead));
	handled = newest = answers = 0;
	last_verdict = 1;
	sys = start_system(0, &dead);
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)ctx, (void)state;
	ck_assert_uint_gt(value, newest);
	newest = value;
	if (handled++ == 0)
		oldest = value;
	return 0;
}
static int on_blob(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	handled++;
	return 0;
}
static const akt_handler counter_handlers[] = { AKT_ON(number, on_number), AKT_ON(blob, on_blob),
						AKT_END };

#define COUNTER(...)                                                                               \
	{                                                                                          \
		.name = "counter", .handlers = counter_handlers, __VA_ARGS__                       \
	}
static const akt_type rejecting = COUNTER(.mailbox_messages_max = LIMIT);
static const akt_type dropping =
	COUNTER(.mailbox_messages_max = LIMIT, .overflow = AKT_OVERFLOW_DROP_NEWEST);
static const akt_type in_bytes = COUNTER(.mailbox_bytes_max = LIMIT * 64);
static const akt_type in_both = COUNTER(.mailbox_messages_max = LIMIT, .mailbox_bytes_max = 5 * 64);

static const akt_type ring = COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = LIMIT);
static const akt_type ring_in_bytes =
	COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_bytes_max = LIMIT * 64);
static const akt_type ring_in_both =
	COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = LIMIT,
		.mailbox_bytes_max = 5 * 64);
static const akt_type ring_dropping =
	COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = LIMIT,
		.overflow = AKT_OVERFLOW_DROP_NEWEST);
static const akt_type sliding =
	COUNTER(.mailbox_messages_max = LIMIT, .overflow = AKT_OVERFLOW_DROP_OLDEST);
static const akt_type sliding_in_bytes =
	COUNTER(.mailbox_bytes_max = LIMIT * 64, .overflow = AKT_OVERFLOW_DROP_OLDEST);

static uint64_t value;

static int post(akt_ref ref)
{
	return akt_post(sys, ref, AKT_NEW(number, .value = ++value));
}

static akt_ref born(const akt_type *type)
{
	akt_ref ref = { 0 };

	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	return ref;
}

static uint64_t dropped(void)
{
	akt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	return stats.dropped;
}

/* It takes exactly room messages, and as many again when it has handled them. */
static void check_room(akt_ref ref, uint64_t room)
{
	for (int round = 0; round < 2; round++) {
		uint64_t before = handled;

		for (uint64_t i = 0; i < room; i++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_int_eq(post(ref), AKT_ERR_FULL);
		ck_assert_int_eq(post(ref), AKT_ERR_FULL);
		drain(sys);
		ck_assert_uint_eq(handled, before + room);
	}
}

/* --- limits and policies ----------------------------------------------------------------------- */

START_TEST(a_full_mailbox_rejects_and_says_so)
{
	set_up();
	check_room(born(_i == 0 ? &rejecting : &ring), LIMIT);
	ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], 4);
	ck_assert_uint_eq(dropped(), 0);
	stop_system(sys);
}
END_TEST

START_TEST(one_handled_is_one_place)
{
	akt_ref ref;

	set_up();
	ref = born(_i == 0 ? &rejecting : &ring);
	for (uint64_t i = 0; i < LIMIT - 1; i++)
		ck_assert_int_eq(post(ref), 0);
	drain(sys);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

START_TEST(a_full_mailbox_drops_the_newest_silently)
{
	akt_ref ref;

	set_up();
	ref = born(_i == 0 ? &dropping : &ring_dropping);
	for (uint64_t i = 0; i < LIMIT + 3; i++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_uint_eq(dropped(), 3);
	drain(sys);
	ck_assert_uint_eq(handled, LIMIT);
	ck_assert_uint_eq(newest, value - 3);
	ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_full_mailbox_drops_the_oldest)
{
	akt_ref ref;

	set_up();
	ref = born(_i == 0 ? &sliding : &sliding_in_bytes);
	for (int round = 0; round < 3; round++) {
		newest = 0;
		handled = 0;
		value = 100;
		for (uint64_t i = 0; i < LIMIT - 1; i++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_uint_eq(dropped(), (uint64_t)round * 3);
		for (uint64_t i = 0; i < 4; i++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_uint_eq(dropped(), (uint64_t)round * 3 + 3);
		drain(sys);
		/* From the fourth on. */
		ck_assert_uint_eq(handled, LIMIT);
		ck_assert_uint_eq(newest, value);
		ck_assert_uint_eq(oldest, 104);
	}
	stop_system(sys);
}
END_TEST

START_TEST(who_is_larger_than_the_limit_is_dropped_itself)
{
	static const unsigned char zeros[LIMIT * 64];
	akt_ref ref;
	akt_msg *huge;

	set_up();
	ref = born(&sliding_in_bytes);
	ck_assert_int_eq(post(ref), 0);
	huge = akt_msg_new_bytes(AKT_TYPE_OF(poke), sizeof(zeros));
	ck_assert_int_eq(akt_post(sys, ref, huge), 0);
	/* It would find no place however many made room for it. */
	ck_assert_uint_eq(dropped(), 1);
	ck_assert_int_eq(post(ref), 0);
	drain(sys);
	ck_assert_uint_eq(handled, 2);
	stop_system(sys);
}
END_TEST

START_TEST(bytes_are_counted_in_lines_with_the_header)
{
	static const unsigned char zeros[88];
	akt_ref ref;

	set_up();
	ref = born(_i == 0 ? &in_bytes : &ring_in_bytes);
	check_room(ref, LIMIT);
	/* Nine small ones leave a line: too little for a blob of two. */
	for (uint64_t i = 0; i < LIMIT - 1; i++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, akt_msg_new(AKT_TYPE_OF(blob), zeros)), AKT_ERR_FULL);
	ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	for (uint64_t i = 0; i < LIMIT / 2; i++)
		ck_assert_int_eq(akt_post(sys, ref, akt_msg_new(AKT_TYPE_OF(blob), zeros)), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

START_TEST(of_two_limits_the_nearer_one_counts)
{
	set_up();
	check_room(born(_i == 0 ? &in_both : &ring_in_both), 5);
	stop_system(sys);
}
END_TEST

static int64_t none(const akt_msg *msg)
{
	(void)msg;
	return 0;
}

START_TEST(a_type_that_makes_no_sense_is_refused)
{
	static const akt_type bad[] = {
		COUNTER(.mailbox_bytes_max = 63),
		COUNTER(.mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX + 1),
		COUNTER(.mailbox_messages_max = 1, .overflow = (enum akt_overflow)77),
		COUNTER(.mailbox = AKT_MAILBOX_PRIORITY),
		COUNTER(.mailbox = AKT_MAILBOX_FAIR, .priority = none),
		COUNTER(.mailbox = (enum akt_mailbox)77),
		COUNTER(.mailbox = AKT_MAILBOX_RING),
		COUNTER(.mailbox = AKT_MAILBOX_RING,
			.mailbox_messages_max = AKT_MAILBOX_RING_MAX + 1),
		COUNTER(.overflow = AKT_OVERFLOW_DROP_OLDEST),
		COUNTER(.mailbox = AKT_MAILBOX_FAIR, .mailbox_messages_max = 9,
			.overflow = AKT_OVERFLOW_DROP_OLDEST),
	};
	static const akt_type good[] = {
		COUNTER(.mailbox_bytes_max = 64),
		COUNTER(.mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX),
		COUNTER(.mailbox_messages_max = UINT32_MAX),
		COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = AKT_MAILBOX_RING_MAX),
		COUNTER(.mailbox = AKT_MAILBOX_RING, .mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX),
	};
	akt_ref ref = { 1, 2, 3 };

	one_seed();
	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(akt_spawn(sys, &bad[i], NULL, &ref), AKT_ERR_INVALID);
	ck_assert_uint_eq(ref.slot, 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(post(born(&good[i])), 0);
		drain(sys);
	}
	check_room(born(&(const akt_type)COUNTER(.mailbox_messages_max = 1)), 1);
	check_room(born(&(const akt_type)COUNTER(.mailbox = AKT_MAILBOX_RING,
						 .mailbox_messages_max = 1)),
		   1);
	stop_system(sys);
}
END_TEST

/* --- questions ----------------------------------------------------------------------------------- */

struct asker {
	akt_ref whom;
	uint64_t questions;
};

static int on_answer(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)ctx, (void)state;
	answers++;
	last_verdict = akt_msg_error(reply);
	return 0;
}
static int on_ask_now(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct asker *self = state;

	(void)msg;
	for (uint64_t i = 0; i < self->questions; i++)
		ck_assert_int_eq(akt_ask(ctx, self->whom, AKT_NEW(number, .value = ++value),
					 AKT_FOREVER, on_answer, 0),
				 0);
	return 0;
}
static int asker_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(struct asker *)state = *(const struct asker *)arg;
	return 0;
}
static const akt_handler asker_handlers[] = { AKT_ON(poke, on_ask_now), AKT_END };
static const akt_type narrow_asker = {
	.name = "asker",
	.state_size = sizeof(struct asker),
	.handlers = asker_handlers,
	.start = asker_start,
	.mailbox_messages_max = 1,
};

/* Wakes nobody: the asker's own turn fills whom, which has had none yet. */
static void ask_so_many(const akt_type *whom, uint64_t questions)
{
	struct asker arg = { .questions = questions };
	akt_ref asker;

	set_up();
	arg.whom = born(whom);
	ck_assert_int_eq(akt_spawn(sys, &narrow_asker, &arg, &asker), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, asker, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
}

START_TEST(a_question_without_a_place_is_answered_full)
{
	const akt_type *types[] = { _i == 0 ? &rejecting : &ring,
				    _i == 0 ? &dropping : &ring_dropping };
	akt_msg *reply = NULL;

	for (int i = 0; i < 2; i++) {
		ask_so_many(types[i], LIMIT + 5);
		/* The counter never replies: only those without a place are over. */
		ck_assert_uint_eq(handled, LIMIT);
		ck_assert_uint_eq(answers, 5);
		ck_assert_int_eq(last_verdict, AKT_ERR_FULL);
		ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], i == 0 ? 5 : 0);
		ck_assert_uint_eq(dropped(), i == 0 ? 0 : 5);
		stop_system(sys);

		set_up();
		akt_ref ref = born(types[i]);

		for (uint64_t n = 0; n < LIMIT; n++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = ++value), AKT_S(1),
					  &reply),
				 AKT_ERR_FULL);
		stop_system(sys);
	}
}
END_TEST

START_TEST(a_question_that_is_dropped_is_answered)
{
	ask_so_many(&sliding, LIMIT + 5);
	ck_assert_uint_eq(handled, LIMIT);
	ck_assert_uint_eq(answers, 5);
	ck_assert_int_eq(last_verdict, AKT_ERR_FULL);
	ck_assert_uint_eq(dropped(), 5);
	stop_system(sys);
}
END_TEST

static int on_number_reply(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(number, .value = 1));
}
static const akt_handler echo_handlers[] = { AKT_ON(number, on_number_reply), AKT_END };
static const akt_type echo = { .name = "echo", .handlers = echo_handlers };

START_TEST(answers_reach_a_full_mailbox)
{
	/* The asker has one place; so many answers come at once. */
	ask_so_many(&echo, 100);
	ck_assert_uint_eq(answers, 100);
	ck_assert_int_eq(last_verdict, 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_full_mailbox_can_be_stopped_and_gives_its_places_back)
{
	akt_ref refs[80];

	set_up();
	/* More than the slots at hand, so that slots are used again. */
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 80; i++) {
			refs[i] = born(_i == 0 ? &rejecting : &ring);
			for (uint64_t n = 0; n < LIMIT; n++)
				ck_assert_int_eq(post(refs[i]), 0);
			ck_assert_int_eq(post(refs[i]), AKT_ERR_FULL);
			ck_assert_int_eq(akt_stop(sys, refs[i]), 0);
		}
		drain(sys);
		ck_assert_uint_eq(handled, 0);
	}
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 4u * 80 * LIMIT);
	check_room(born(_i == 0 ? &rejecting : &ring), LIMIT);
	check_room(born(_i == 1 ? &rejecting : &ring), LIMIT);
	stop_system(sys);
}
END_TEST

/* --- restart ------------------------------------------------------------------------------------- */

static int on_fail(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_fail(ctx, AKT_ERR_IO, "as planned");
}
static int with_child(akt_ctx *ctx, void *state, const void *arg)
{
	static const akt_type child = { .name = "child", .handlers = counter_handlers };

	(void)state, (void)arg;
	return akt_spawn_child(ctx, &child, NULL, NULL, NULL);
}
static const akt_handler failing_handlers[] = { AKT_ON(number, on_number), AKT_ON(poke, on_fail),
						AKT_END };
#define FAILING(...)                                                                               \
	{                                                                                          \
		.name = "failing", .handlers = failing_handlers, .start = with_child,              \
		.on_failure = AKT_DIRECTIVE_RESTART, .mailbox_messages_max = LIMIT, __VA_ARGS__    \
	}
static const akt_type failing[] = { FAILING(.mailbox = AKT_MAILBOX_FIFO),
				    FAILING(.mailbox = AKT_MAILBOX_RING) };

START_TEST(a_restart_keeps_the_backlog_and_its_places)
{
	akt_ref ref;

	set_up();
	ref = born(&failing[_i]);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	for (uint64_t n = 0; n < LIMIT - 1; n++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	ck_assert_uint_eq(handled, LIMIT - 1);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *bounded = tcase_create("bounded");

	tcase_set_timeout(bounded, 60);
	tcase_add_loop_test(bounded, a_full_mailbox_rejects_and_says_so, 0, 2);
	tcase_add_loop_test(bounded, one_handled_is_one_place, 0, 2);
	tcase_add_loop_test(bounded, a_full_mailbox_drops_the_newest_silently, 0, 2);
	tcase_add_loop_test(bounded, bytes_are_counted_in_lines_with_the_header, 0, 2);
	tcase_add_loop_test(bounded, of_two_limits_the_nearer_one_counts, 0, 2);
	tcase_add_loop_test(bounded, a_full_mailbox_drops_the_oldest, 0, 2);
	tcase_add_test(bounded, who_is_larger_than_the_limit_is_dropped_itself);
	tcase_add_test(bounded, a_question_that_is_dropped_is_answered);
	tcase_add_test(bounded, a_type_that_makes_no_sense_is_refused);
	tcase_add_loop_test(bounded, a_question_without_a_place_is_answered_full, 0, 2);
	tcase_add_test(bounded, answers_reach_a_full_mailbox);
	tcase_add_loop_test(bounded, a_full_mailbox_can_be_stopped_and_gives_its_places_back, 0, 2);
	tcase_add_loop_test(bounded, a_restart_keeps_the_backlog_and_its_places, 0, 2);
	suite_add_tcase(suite, bounded);
	return run_suite(suite);
}
