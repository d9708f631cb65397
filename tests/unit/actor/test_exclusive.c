/* SPDX-License-Identifier: MIT */
/*
 * Proves that an exclusive question keeps everything else waiting, in its order, whatever ends it; the
 * limit on questions, and cancelling them. Each with one worker, several, and seeded.
 */
#include "fixture.h"
#include <stdio.h>

enum what {
	DO_COUNT,     /* note arg */
	DO_ASK,       /* ask `ref` exclusively */
	DO_ASK_TWO,   /* twice in one handler */
	DO_ASK_AGAIN, /* again in the continuation */
	DO_ASK_FAIL,  /* fail in the continuation */
	DO_CANCEL,    /* ask, and cancel at once */
	DO_WATCH,
	DO_SEND_STOP, /* to ref: 1, 2, 3; then end */
	DO_MANY,      /* ask arg times, not exclusively */
	DO_DROP,      /* cancel those */
};
struct act {
	uint64_t what;
	uint64_t arg;
	akt_ref ref;
};
AKT_MESSAGE_DEFINE(act, "test.act", AKT_FIELD(1, act, what), AKT_FIELD(2, act, arg),
		   AKT_FIELD(3, act, ref));

static akt_system *sys;
static struct seen_dead dead;
static char notes[1024]; /* by the one asker, read when all is quiet */
static _Atomic int answers;
static _Atomic int asked;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	memset(notes, 0, sizeof(notes));
	answers = asked = 0;
	sys = start_system(mode_workers[mode], &dead);
}

static void note(const char *how, int64_t arg)
{
	size_t used = strlen(notes);

	(void)snprintf(notes + used, sizeof(notes) - used, "%s%d ", how, (int)arg);
}

static void expect(const char *words)
{
	drain(sys);
	ck_assert_str_eq(notes, words);
	memset(notes, 0, sizeof(notes));
}

/* --- who answers when it is told to ------------------------------------------------------------- */

#define HELD_MAX 16
struct holder {
	akt_msg *held[HELD_MAX];
	size_t count;
};

static int hold(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct holder *self = state;

	ck_assert_uint_lt(self->count, HELD_MAX);
	self->held[self->count++] = akt_msg_take(ctx);
	(void)msg;
	return 0;
}

/* Answer the newest. */
static int let_go(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct holder *self = state;
	akt_msg *held = self->held[--self->count];

	(void)msg;
	ck_assert_int_eq(akt_reply_to(ctx, held, AKT_NEW(act, .arg = self->count)), 0);
	akt_msg_free(held);
	return 0;
}

static void holder_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct holder *self = state;

	(void)ctx, (void)reason;
	while (self->count > 0)
		akt_msg_free(self->held[--self->count]);
}

static const akt_handler holder_handlers[] = { AKT_ON(act, hold), AKT_ON(poke, let_go), AKT_END };
static const akt_type holder = { .name = "holder",
				 .state_size = sizeof(struct holder),
				 .handlers = holder_handlers,
				 .stop = holder_stop };

static akt_ref new_holder(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &holder, NULL, &ref), 0);
	return ref;
}

static void release(akt_ref ref)
{
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
}

/* --- the asker ---------------------------------------------------------------------------------- */

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_msg_error(msg);

	(void)state;
	answers++;
	note(r < 0 ? "!" : "=", r < 0 ? -r : (int64_t)akt_payload(msg, act)->arg);
	if (akt_tag(ctx) == 7 && r == 0)
		return akt_ask_exclusive(ctx, akt_sender(ctx), AKT_NEW(act, 0), AKT_FOREVER,
					 on_answer, 0);
	if (akt_tag(ctx) == 8)
		akt_raise(ctx, AKT_ERR_IO, "answered");
	return 0;
}

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	note("down", 0);
	return 0;
}

static int ask(akt_ctx *ctx, const struct act *act, uint64_t tag)
{
	return akt_ask_exclusive(ctx, act->ref, AKT_NEW(act, 0),
				 act->arg != 0 ? AKT_MS((int64_t)act->arg) : AKT_FOREVER, on_answer,
				 tag);
}

static int on_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct act *act = akt_payload(msg, act);
	int r = 0;

	(void)state;
	switch (act->what) {
	case DO_COUNT:
		note("", (int64_t)act->arg);
		return 0;
	case DO_ASK:
		return ask(ctx, act, 1);
	case DO_ASK_TWO:
		ck_assert_int_eq(ask(ctx, act, 1), 0);
		return ask(ctx, act, 2);
	case DO_ASK_AGAIN:
		return ask(ctx, act, 7);
	case DO_ASK_FAIL:
		return ask(ctx, act, 8);
	case DO_CANCEL:
		ck_assert_int_eq(ask(ctx, act, 3), 0);
		ck_assert_int_eq(akt_ask_cancel(ctx, 4), 0);
		ck_assert_int_eq(akt_ask_cancel(ctx, 3), 1);
		return 0;
	case DO_WATCH:
		return akt_watch(ctx, act->ref, on_down, 0);
	case DO_SEND_STOP:
		for (uint64_t i = 1; i <= 3; i++)
			ck_assert_int_eq(akt_send(ctx, act->ref, AKT_NEW(act, .arg = i)), 0);
		return akt_stop(akt_system_of(ctx), akt_self(ctx));
	case DO_MANY:
		for (uint64_t i = 0; i < act->arg && r == 0; i++) {
			r = akt_ask(ctx, act->ref, AKT_NEW(act, 0), AKT_FOREVER, on_answer, 9);
			asked += r == 0;
		}
		ck_assert(r == 0 || r == AKT_ERR_LIMIT);
		note("r", -r);
		return 0;
	case DO_DROP:
		note("c", akt_ask_cancel(ctx, 9));
		return 0;
	default:
		return 0;
	}
}

static const akt_handler asker_handlers[] = { AKT_ON(act, on_act), AKT_END };
static const akt_type asker = { .name = "asker",
				.handlers = asker_handlers,
				.on_failure = AKT_DIRECTIVE_RESTART,
				.asks_max = 4 };

static akt_ref new_asker(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &asker, NULL, &ref), 0);
	return ref;
}

static void tell(akt_ref ref, enum what what, uint64_t arg, akt_ref other)
{
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(act, .what = what, .arg = arg, .ref = other)),
			 0);
}

static void count_to(akt_ref ref, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++)
		tell(ref, DO_COUNT, i, ref);
}

static uint64_t queued(void)
{
	akt_stats stats = { .size = sizeof(stats) };
	uint64_t n;

	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	n = stats.accepted - stats.processed - stats.dropped;
	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		n -= stats.dead[i];
	return n;
}

/* --- tests -------------------------------------------------------------------------------------- */

START_TEST(nothing_else_is_handled_until_the_answer)
{
	akt_ref who, other;

	set_up(_i);
	who = new_asker();
	other = new_holder();
	for (int round = 0; round < 20; round++) {
		tell(who, DO_ASK, 0, other);
		count_to(who, 1, 3);
		expect("");
		ck_assert_uint_eq(queued(), 3);
		count_to(who, 4, 5);
		if (round % 2 == 0)
			drain(sys);
		release(other);
		expect("=0 1 2 3 4 5 ");
		count_to(who, 6, 6);
		expect("6 ");
	}
	stop_system(sys);
}
END_TEST

START_TEST(two_at_once_and_one_after_the_other)
{
	akt_ref who, other;

	set_up(_i);
	who = new_asker();
	other = new_holder();
	tell(who, DO_ASK_TWO, 0, other);
	count_to(who, 1, 2);
	drain(sys);
	release(other);
	expect("=1 ");
	release(other);
	expect("=0 1 2 ");
	tell(who, DO_ASK_AGAIN, 0, other);
	count_to(who, 3, 4);
	drain(sys);
	release(other);
	expect("=0 ");
	release(other);
	expect("=0 3 4 ");
	stop_system(sys);
}
END_TEST

START_TEST(whatever_ends_it_lets_go)
{
	akt_ref who, other, gone;

	set_up(_i);
	who = new_asker();
	other = new_holder();
	gone = new_holder();
	ck_assert_int_eq(akt_stop(sys, gone), 0);
	drain(sys);
	tell(who, DO_ASK, 0, gone);
	count_to(who, 1, 2);
	expect("!3 1 2 ");
	/* Too late: the clock runs while a call waits. */
	tell(who, DO_ASK, 10, other);
	count_to(who, 3, 4);
	for (int i = 0; i < 1000 && answers < 2; i++)
		(void)akt_call(sys, other, AKT_NEW(act, 0), AKT_MS(20), NULL);
	expect("!5 3 4 ");
	/* Cancelled, and what comes late is nobody's. */
	other = new_holder();
	tell(who, DO_CANCEL, 0, other);
	count_to(who, 5, 6);
	expect("5 6 ");
	release(other);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 1);
	/* A failure in the continuation. */
	tell(who, DO_ASK_FAIL, 0, other);
	count_to(who, 7, 8);
	drain(sys);
	release(other);
	expect("=0 7 8 ");
	/* A restart forgets the question and keeps the messages. */
	tell(who, DO_ASK, 0, other);
	count_to(who, 9, 9);
	expect("");
	ck_assert_int_eq(akt_restart(sys, who), 0);
	expect("9 ");
	/* The end. */
	tell(who, DO_ASK, 0, other);
	count_to(who, 10, 12);
	expect("");
	ck_assert_int_eq(akt_stop(sys, who), 0);
	expect("");
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 1 + 3);
	stop_system(sys);
}
END_TEST

START_TEST(an_answer_that_finds_it_suspended)
{
	akt_ref who, other;

	set_up(_i);
	who = new_asker();
	other = new_holder();
	tell(who, DO_ASK, 0, other);
	count_to(who, 1, 2);
	drain(sys);
	ck_assert_int_eq(akt_suspend(sys, who), 0);
	drain(sys);
	count_to(who, 3, 3);
	drain(sys);
	release(other);
	drain(sys);
	count_to(who, 4, 4);
	expect("");
	ck_assert_int_eq(akt_resume(sys, who), 0);
	expect("=0 1 2 3 4 ");
	/* Resumed before the answer. */
	tell(who, DO_ASK, 0, other);
	drain(sys);
	ck_assert_int_eq(akt_suspend(sys, who), 0);
	drain(sys);
	ck_assert_int_eq(akt_resume(sys, who), 0);
	count_to(who, 5, 6);
	expect("");
	release(other);
	expect("=0 5 6 ");
	stop_system(sys);
}
END_TEST

START_TEST(a_down_keeps_its_place)
{
	akt_ref who, other, leaver;

	set_up(_i);
	who = new_asker();
	leaver = new_asker();
	other = new_holder();
	tell(who, DO_WATCH, 0, leaver);
	tell(who, DO_ASK, 0, other);
	drain(sys);
	tell(leaver, DO_SEND_STOP, 0, who);
	expect("");
	release(other);
	expect("=0 1 2 3 down0 ");
	stop_system(sys);
}
END_TEST

START_TEST(questions_have_a_limit)
{
	akt_ref who, other;

	set_up(_i);
	who = new_asker();
	other = new_holder();
	tell(who, DO_MANY, 3, other);
	tell(who, DO_MANY, 1, other);
	tell(who, DO_MANY, 1, other);
	expect("r0 r0 r8 ");
	ck_assert_int_eq(AKT_ERR_LIMIT, -8);
	ck_assert_int_eq(asked, 4);
	release(other);
	drain(sys);
	tell(who, DO_MANY, 2, other);
	expect("=3 r8 ");
	ck_assert_int_eq(asked, 5);
	tell(who, DO_DROP, 0, other);
	tell(who, DO_DROP, 0, other);
	tell(who, DO_MANY, 4, other);
	expect("c4 c0 r0 ");
	stop_system(sys);
}
END_TEST

/* --- late answers --------------------------------------------------------------------------------- */

#define LATER 64
struct slow {
	akt_msg *held[LATER + 1];
	size_t count;
};
static akt_ref slow_ref;
static _Atomic int timeouts;

static int slow_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct slow *self = state;

	(void)msg;
	ck_assert_uint_le(self->count, LATER);
	self->held[self->count++] = akt_msg_take(ctx);
	return 0;
}
/* Answer all, each with what was asked. */
static int slow_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct slow *self = state;

	(void)msg;
	for (size_t i = 0; i < self->count; i++) {
		uint64_t value = akt_payload(self->held[i], number)->value;

		ck_assert_int_eq(akt_reply_to(ctx, self->held[i], AKT_NEW(number, .value = value)),
				 0);
		akt_msg_free(self->held[i]);
	}
	self->count = 0;
	return 0;
}
static const akt_handler slow_handlers[] = { AKT_ON(number, slow_on_number),
					     AKT_ON(poke, slow_on_poke), AKT_END };
static const akt_type slow = {
	.name = "slow",
	.state_size = sizeof(struct slow),
	.handlers = slow_handlers,
};

static int own_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	if (akt_msg_error(msg) == AKT_ERR_TIMEOUT) {
		ck_assert_uint_eq(akt_tag(ctx), 0);
		timeouts++;
		return 0;
	}
	ck_assert_int_eq(akt_msg_error(msg), 0);
	ck_assert_uint_eq(akt_payload(msg, number)->value, akt_tag(ctx));
	answers++;
	return 0;
}
/* The question 0 gives up soon. */
static int curious_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)state;
	return akt_ask(ctx, slow_ref, AKT_NEW(number, .value = value),
		       value == 0 ? AKT_MS(1) : AKT_S(600), own_answer, value);
}
static const akt_handler curious_handlers[] = { AKT_ON(number, curious_on_number), AKT_END };
static const akt_type curious = { .name = "curious", .handlers = curious_handlers };

static int say_nothing(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)ctx, (void)arg, (void)msg;
	return 0;
}

START_TEST(a_late_answer_reaches_no_later_question)
{
	akt_ref ref, silent;

	set_up(_i);
	timeouts = 0;
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, say_nothing, NULL, &silent), 0);
	ck_assert_int_eq(akt_spawn(sys, &slow, NULL, &slow_ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &curious, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 0)), 0);
	while (timeouts == 0) /* time passes while somebody waits */
		(void)akt_call(sys, silent, AKT_NEW_SIGNAL(poke), AKT_MS(5), NULL);
	for (uint64_t i = 1; i <= LATER; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = i)), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, slow_ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_int_eq(answers, LATER);
	ck_assert_int_eq(timeouts, 1);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 1);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, nothing_else_is_handled_until_the_answer, 0, MODES);
	tcase_add_loop_test(all, two_at_once_and_one_after_the_other, 0, MODES);
	tcase_add_loop_test(all, whatever_ends_it_lets_go, 0, MODES);
	tcase_add_loop_test(all, an_answer_that_finds_it_suspended, 0, MODES);
	tcase_add_loop_test(all, a_down_keeps_its_place, 0, MODES);
	tcase_add_loop_test(all, questions_have_a_limit, 0, MODES);
	tcase_add_loop_test(all, a_late_answer_reaches_no_later_question, 0, MODES);
	return run_case("exclusive", all, 120);
}
