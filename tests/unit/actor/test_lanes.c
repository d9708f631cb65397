/* SPDX-License-Identifier: MIT */
/*
 * Proves the two lanes of a mailbox (docs/guide/order.md): orders to stop, suspend, resume and restart
 * overtake messages, and nothing else does; what the runtime sends, a DOWN, an answer, a tick, keeps
 * its place among the messages of the same sender. With one worker, with several, and seeded.
 * Everything is queued from within one handler, so its order is known.
 */
#include "fixture.h"
#include <stdio.h>

static struct seen_dead dead;
static akt_system *sys;
static char notes[256]; /* one actor writes at a time, and the test reads when nobody does */
static akt_ref other;

static void note(const char *word)
{
	ck_assert_uint_lt(strlen(notes) + strlen(word) + 1, sizeof(notes));
	strcat(notes, word);
	strcat(notes, " ");
}

static void tell_oneself(akt_ctx *ctx, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++)
		ck_assert_int_eq(akt_send(ctx, akt_self(ctx), AKT_NEW(number, .value = i)), 0);
}

typedef int (*script_fn)(akt_ctx *ctx);
static script_fn script; /* what a poke has the actor do */

struct writer {
	akt_msg *request;
};

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct writer *self = state;

	(void)msg;
	self->request = akt_msg_take(ctx);
	return script(ctx);
}
static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	char word[24];

	(void)ctx, (void)state;
	(void)snprintf(word, sizeof(word), "%u", (unsigned)akt_payload(msg, number)->value);
	note(word);
	return 0;
}
static int writer_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	note("start");
	return 0;
}
static void writer_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct writer *self = state;

	(void)ctx, (void)reason;
	akt_msg_free(self->request);
	note("stop");
}
static const akt_handler writer_handlers[] = { AKT_ON(number, on_number), AKT_ON(poke, on_poke),
					       AKT_END };
static const akt_type writer = {
	.name = "writer",
	.state_size = sizeof(struct writer),
	.handlers = writer_handlers,
	.start = writer_start,
	.stop = writer_stop,
};

static akt_ref set_up(int mode, script_fn run)
{
	akt_ref ref;

	memset(&dead, 0, sizeof(dead));
	notes[0] = '\0';
	script = run;
	sys = start_system(mode_workers[mode], &dead);
	ck_assert_int_eq(akt_spawn(sys, &writer, NULL, &ref), 0);
	return ref;
}

static akt_ref play(int mode, script_fn run)
{
	akt_ref ref = set_up(mode, run);

	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	return ref;
}

/* --- the first lane ------------------------------------------------------------------------------- */

static int then_stop(akt_ctx *ctx)
{
	tell_oneself(ctx, 1, 3);
	return akt_stop(sys, akt_self(ctx));
}
static int then_restart(akt_ctx *ctx)
{
	tell_oneself(ctx, 1, 3);
	return akt_restart(sys, akt_self(ctx));
}
static int then_suspend(akt_ctx *ctx)
{
	tell_oneself(ctx, 1, 3);
	return akt_suspend(sys, akt_self(ctx));
}
static int then_both(akt_ctx *ctx)
{
	tell_oneself(ctx, 1, 2);
	ck_assert_int_eq(akt_suspend(sys, akt_self(ctx)), 0);
	tell_oneself(ctx, 3, 3);
	return akt_resume(sys, akt_self(ctx));
}

START_TEST(only_stop_suspend_resume_and_restart_overtake_messages)
{
	akt_ref ref;

	(void)play(_i, then_stop);
	ck_assert_str_eq(notes, "start stop ");
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 3);
	stop_system(sys);

	(void)play(_i, then_restart);
	ck_assert_str_eq(notes, "start stop start 1 2 3 ");
	stop_system(sys);

	ref = play(_i, then_suspend);
	ck_assert_str_eq(notes, "start ");
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 4)), 0);
	drain(sys);
	ck_assert_str_eq(notes, "start ");
	ck_assert_int_eq(akt_resume(sys, ref), 0); /* four messages are before it */
	drain(sys);
	ck_assert_str_eq(notes, "start 1 2 3 4 ");
	stop_system(sys);

	(void)play(_i, then_both);
	ck_assert_str_eq(notes, "start 1 2 3 ");
	stop_system(sys);
}
END_TEST

/* --- the second ----------------------------------------------------------------------------------- */

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	note("down");
	return 0;
}
static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	note("answer");
	return 0;
}

/* Asked, it sends, answers, sends and ends. */
static int other_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref asker = akt_sender(ctx);

	(void)state, (void)msg;
	ck_assert_int_eq(akt_send(ctx, asker, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akt_reply(ctx, AKT_NEW(number, .value = 2)), 0);
	ck_assert_int_eq(akt_send(ctx, asker, AKT_NEW(number, .value = 3)), 0);
	return akt_stop(sys, akt_self(ctx));
}
static const akt_handler other_handlers[] = { AKT_ON(poke, other_on_poke), AKT_END };
static const akt_type other_type = { .name = "other", .handlers = other_handlers };

static int ask_and_watch(akt_ctx *ctx)
{
	ck_assert_int_eq(akt_spawn(sys, &other_type, NULL, &other), 0);
	ck_assert_int_eq(akt_watch(ctx, other, on_down, 0), 0);
	return akt_ask(ctx, other, AKT_NEW_SIGNAL(poke), AKT_S(60), on_answer, 0);
}

START_TEST(an_answer_and_a_down_keep_their_place)
{
	(void)play(_i, ask_and_watch);
	ck_assert_str_eq(notes, "start 1 answer 3 down ");
	stop_system(sys);
}
END_TEST

static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct writer *self = state;
	akt_msg *request = self->request;

	(void)msg;
	note("tick");
	self->request = NULL;
	ck_assert_int_eq(akt_reply_to(ctx, request, AKT_NEW(number, .value = 0)), 0);
	akt_msg_free(request);
	return 0;
}
/* Due at once, it is queued when the handler has returned: behind what the handler sent. */
static int wait_for_nothing(akt_ctx *ctx)
{
	int r = akt_timer_start(ctx, 0, 0, on_tick, 0, NULL);

	tell_oneself(ctx, 1, 3);
	return r;
}

START_TEST(a_tick_keeps_its_place)
{
	akt_ref ref = set_up(_i, wait_for_nothing);

	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), AKT_S(60), NULL), 0);
	drain(sys);
	ck_assert_str_eq(notes, "start 1 2 3 tick ");
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, only_stop_suspend_resume_and_restart_overtake_messages, 0, MODES);
	tcase_add_loop_test(all, an_answer_and_a_down_keep_their_place, 0, MODES);
	tcase_add_loop_test(all, a_tick_keeps_its_place, 0, MODES);
	return run_case("lanes", all, 60);
}
