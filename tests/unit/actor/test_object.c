/* SPDX-License-Identifier: MIT */
/* Proves: an object is dropped exactly once, whatever becomes of its message: handled, dead, refused
 * by a bound, turned into a verdict, replied, forwarded, taken, stashed, delayed, cut off by the end
 * of the system. Not: what objects are on the wire (tests/unit/wire). */
#include "fixture.h"
#include <signal.h>

static _Atomic uint64_t made, dropped, seen;

struct thing {
	uint64_t value;
	bool alive;
};

static void drop_thing(const void *arg, void *object)
{
	struct thing *thing = object;

	ck_assert_ptr_eq(arg, &made);
	ck_assert(thing->alive);
	thing->alive = false;
	dropped++;
	free(thing);
}

static const akt_codec codec = { drop_thing, NULL, NULL, &made };
AKT_OBJECT_DEFINE(thing, "test.thing", codec);

static akt_msg *new_thing(uint64_t value)
{
	struct thing *thing = malloc(sizeof(*thing));

	*thing = (struct thing){ value, true };
	made++;
	return akt_msg_new_object(AKT_TYPE_OF(thing), thing);
}

static uint64_t value_of(const akt_msg *msg)
{
	const struct thing *thing = akt_msg_object(msg, AKT_TYPE_OF(thing));

	ck_assert(thing->alive);
	return thing->value;
}

static int on_thing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	seen += value_of(msg);
	return 0;
}
static const akt_handler taker_handlers[] = { AKT_ON(thing, on_thing), AKT_END };
static const akt_type taker = { .name = "taker", .handlers = taker_handlers };
static const akt_handler none[] = { AKT_END };
static const akt_type deaf = { .name = "deaf", .handlers = none };

static void all_dropped(void)
{
	ck_assert_uint_gt(made, 0);
	ck_assert_uint_eq(dropped, made);
}

static akt_ref spawn(akt_system *sys, const akt_type *type)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	return ref;
}

START_TEST(a_message_that_is_not_sent_drops_its_object)
{
	akt_msg *msg = new_thing(5);

	ck_assert_uint_eq(value_of(msg), 5);
	ck_assert_uint_eq(akt_msg_size(msg), 0);
	ck_assert_uint_eq(dropped, 0);
	akt_msg_free(msg);
	all_dropped();
	ck_assert_ptr_null(akt_msg_new_object(AKT_TYPE_OF(thing), NULL));
}
END_TEST

START_TEST(an_object_that_was_taken_is_not_dropped)
{
	akt_msg *msg = new_thing(5);
	struct thing *thing = akt_msg_take_object(msg);

	ck_assert_uint_eq(thing->value, 5);
	ck_assert_ptr_null(akt_msg_take_object(msg));
	ck_assert_ptr_null(akt_msg_object(msg, AKT_TYPE_OF(thing)));
	akt_msg_free(msg);
	ck_assert_uint_eq(dropped, 0);
	free(thing);
	msg = AKT_NEW(number, .value = 1);
	ck_assert_ptr_null(akt_msg_take_object(msg));
	akt_msg_free(msg);
}
END_TEST

START_TEST(a_blank_message_of_the_type_holds_no_object)
{
	akt_msg *msg = akt_msg_blank(AKT_TYPE_OF(thing));

	ck_assert_ptr_null(akt_msg_object(msg, AKT_TYPE_OF(thing)));
	akt_msg_free(msg);
}
END_TEST

START_TEST(the_object_of_another_type_is_a_bug)
{
	(void)akt_msg_object(AKT_NEW(number, .value = 1), AKT_TYPE_OF(thing));
}
END_TEST

START_TEST(a_handled_object_is_dropped_after_its_handler)
{
	akt_system *sys = start_system(2, NULL);
	akt_ref ref = spawn(sys, &taker);

	for (uint64_t i = 1; i <= 1000; i++)
		ck_assert_int_eq(akt_post(sys, ref, new_thing(i)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 500500);
	all_dropped();
}
END_TEST

START_TEST(dead_letters_drop_their_objects)
{
	struct seen_dead dead = { 0 };
	akt_system *sys = start_system(1, &dead);
	akt_ref ref = spawn(sys, &deaf);

	ck_assert_int_eq(akt_post(sys, ref, new_thing(1)), 0);
	drain(sys);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, ref, new_thing(2)), AKT_ERR_GONE);
	stop_system(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 1);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 1);
	all_dropped();
}
END_TEST

START_TEST(a_question_that_becomes_its_verdict_drops_its_object)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &deaf);
	akt_msg *reply = NULL;

	ck_assert_int_eq(akt_call(sys, ref, new_thing(1), AKT_S(30), &reply), AKT_ERR_UNHANDLED);
	all_dropped();
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_call(sys, ref, new_thing(1), AKT_S(30), &reply), AKT_ERR_GONE);
	stop_system(sys);
	all_dropped();
}
END_TEST

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return akt_reply(ctx, new_thing(akt_payload(msg, number)->value + 1));
}
static const akt_handler maker_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type maker = { .name = "maker", .handlers = maker_handlers };

START_TEST(an_object_can_be_an_answer)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &maker);
	akt_msg *reply = NULL;

	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 6), AKT_S(30), &reply), 0);
	ck_assert_uint_eq(value_of(reply), 7);
	ck_assert_uint_eq(dropped, 0);
	akt_msg_free(reply);
	/* Nobody waits for this one. */
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 6)), 0);
	stop_system(sys);
	all_dropped();
}
END_TEST

static akt_ref next;

static int pass_on(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return value_of(msg) % 2 == 0 ? akt_forward(ctx, next)
				      : akt_send(ctx, next, akt_msg_take(ctx));
}
static const akt_handler passer_handlers[] = { AKT_ON(thing, pass_on), AKT_END };
static const akt_type passer = { .name = "passer", .handlers = passer_handlers };

START_TEST(an_object_goes_on_with_its_message)
{
	akt_system *sys = start_system(2, NULL);
	akt_ref first = spawn(sys, &passer);

	next = spawn(sys, &taker);
	for (uint64_t i = 1; i <= 100; i++)
		ck_assert_int_eq(akt_post(sys, first, new_thing(i)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 5050);
	all_dropped();
}
END_TEST

static int keep(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct thing *thing = akt_msg_take_object(msg);

	(void)ctx, (void)state;
	seen += thing->value;
	free(thing);
	return 0;
}
static const akt_handler keeper_handlers[] = { AKT_ON(thing, keep), AKT_END };
static const akt_type keeper = { .name = "keeper", .handlers = keeper_handlers };

START_TEST(a_handler_may_take_the_object_and_leave_the_message)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &keeper);

	ck_assert_int_eq(akt_post(sys, ref, new_thing(3)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 3);
	ck_assert_uint_eq(dropped, 0);
}
END_TEST

static int give_up(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return AKT_ERR_FAILED;
}
static const akt_handler broken_handlers[] = { AKT_ON(thing, give_up), AKT_END };
static const akt_type broken = { .name = "broken", .handlers = broken_handlers };

START_TEST(a_failure_drops_the_object_and_those_behind_it)
{
	akt_system *sys = start_system(0, NULL);
	akt_ref ref = spawn(sys, &broken);

	for (uint64_t i = 0; i < 10; i++)
		(void)akt_post(sys, ref, new_thing(i));
	stop_system(sys);
	all_dropped();
}
END_TEST

static const akt_type narrow = { .name = "narrow",
				 .handlers = taker_handlers,
				 .mailbox_messages_max = 3 };
static unsigned full;

/* The only worker is busy here, so nothing leaves the mailbox meanwhile. */
static int flood(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	for (uint64_t i = 0; i < 10; i++)
		full += akt_send(ctx, next, new_thing(1)) == AKT_ERR_FULL;
	ck_assert_uint_eq(dropped, 7);
	return 0;
}
static const akt_handler flooder_handlers[] = { AKT_ON(poke, flood), AKT_END };
static const akt_type flooder = { .name = "flooder", .handlers = flooder_handlers };

START_TEST(a_full_mailbox_drops_what_it_rejects)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &flooder);

	next = spawn(sys, &narrow);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	stop_system(sys);
	ck_assert_uint_eq(full, 7);
	ck_assert_uint_eq(seen, 3);
	all_dropped();
}
END_TEST

static int put_aside(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_stash(ctx);
}
static const akt_handler hoarder_handlers[] = { AKT_ON(thing, put_aside), AKT_END };
static const akt_type hoarder = { .name = "hoarder", .handlers = hoarder_handlers };

START_TEST(what_is_in_a_stash_is_dropped_with_it)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &hoarder);

	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(akt_post(sys, ref, new_thing(i)), 0);
	drain(sys);
	ck_assert_uint_eq(dropped, 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	stop_system(sys);
	all_dropped();
}
END_TEST

/* One is cancelled, one is sent, one waits longer than its system lives. */
static int send_later(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_pending pending;

	(void)state, (void)msg;
	ck_assert_int_eq(akt_send_after(ctx, next, new_thing(1), AKT_S(3600), &pending), 0);
	ck_assert_int_eq(akt_cancel(ctx, pending), 0);
	ck_assert_int_eq(akt_send_after(ctx, next, new_thing(2), AKT_MS(1), NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, next, new_thing(4), AKT_S(3600), NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, next, new_thing(8), -1, NULL), AKT_ERR_INVALID);
	return 0;
}
static const akt_handler later_handlers[] = { AKT_ON(poke, send_later), AKT_END };
static const akt_type later = { .name = "later", .handlers = later_handlers };

START_TEST(what_was_to_be_sent_later_is_dropped_or_sent)
{
	akt_system *sys = start_system(1, NULL);
	akt_ref ref = spawn(sys, &later);

	next = spawn(sys, &taker);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert(seen == 0 || seen == 2);
	all_dropped();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("object");
	TCase *tcase = tcase_create("object");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_message_that_is_not_sent_drops_its_object);
	tcase_add_test(tcase, an_object_that_was_taken_is_not_dropped);
	tcase_add_test(tcase, a_blank_message_of_the_type_holds_no_object);
	tcase_add_test_raise_signal(tcase, the_object_of_another_type_is_a_bug, SIGABRT);
	tcase_add_test(tcase, a_handled_object_is_dropped_after_its_handler);
	tcase_add_test(tcase, dead_letters_drop_their_objects);
	tcase_add_test(tcase, a_question_that_becomes_its_verdict_drops_its_object);
	tcase_add_test(tcase, an_object_can_be_an_answer);
	tcase_add_test(tcase, an_object_goes_on_with_its_message);
	tcase_add_test(tcase, a_handler_may_take_the_object_and_leave_the_message);
	tcase_add_test(tcase, a_failure_drops_the_object_and_those_behind_it);
	tcase_add_test(tcase, a_full_mailbox_drops_what_it_rejects);
	tcase_add_test(tcase, what_is_in_a_stash_is_dropped_with_it);
	tcase_add_test(tcase, what_was_to_be_sent_later_is_dropped_or_sent);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
