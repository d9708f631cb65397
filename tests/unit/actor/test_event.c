/* SPDX-License-Identifier: MIT */
/*
 * Proves which events subscribers are told of, in which order, that they are bounded and what is lost
 * is counted, that a subscription ends with its subscriber, and that events do not feed themselves.
 * Each with one worker, several, and seeded.
 */
#include "fixture.h"
#include <stdio.h>

enum what {
	DO_NOTHING,
	DO_FAIL,
	DO_CHILD,
	DO_ESCALATE, /* by its child, born now */
	DO_UNHANDLED,
	DO_STOP,
	DO_SUBSCRIBE,
	DO_UNSUBSCRIBE,
};
struct act {
	uint64_t what;
	uint64_t kinds;
	uint64_t most;
	akt_ref ref;
};
AKT_MESSAGE_DEFINE(act, "test.act", AKT_FIELD(1, act, what), AKT_FIELD(2, act, kinds),
		   AKT_FIELD(3, act, most), AKT_FIELD(4, act, ref));

static akt_system *sys;
static struct seen_dead dead;
static char notes[4096]; /* by the one subscriber, read when all is quiet */
static bool many;        /* there are more: no notes */
static _Atomic uint64_t events;
static _Atomic uint64_t lost;
static akt_ref expected_child; /* written by the parent, read when all is quiet */
static const akt_type *only;   /* of what type; set when all is quiet */
static _Atomic int answer;     /* of the newest subscription */

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	memset(notes, 0, sizeof(notes));
	events = lost = 0;
	only = NULL;
	many = false;
	answer = 0;
	sys = start_system(mode_workers[mode], &dead);
}

static void tell(akt_ref ref, enum what what)
{
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(act, .what = what)), 0);
}

static const char *kind_name(uint32_t kind)
{
	static const char *const names[] = { "start", "stop", "restart", "suspend", "resume",
					     "fail",  "esc",  "dead",    "child" };

	for (unsigned i = 0; i < 9; i++) {
		if (kind == 1u << i)
			return names[i];
	}
	ck_abort_msg("an event of no kind");
}

/* --- the subscriber ----------------------------------------------------------------------------- */

static int on_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct akt_event *event = akt_payload(msg, akt_event);
	size_t used;

	(void)state;
	ck_assert(akt_ref_is_null(akt_sender(ctx)));
	ck_assert(!akt_ref_equal(event->about, akt_self(ctx)));
	events++;
	lost += event->lost;
	if (many)
		return 0;
	used = strlen(notes);
	if (used < sizeof(notes) - 100)
		(void)snprintf(notes + used, sizeof(notes) - used, "%s:%s%s%s:%d:%d ",
			       kind_name(event->kind), event->actor_type,
			       event->name[0] != '\0' ? "=" : event->message_type, event->name,
			       event->code, event->error);
	if (event->kind == AKT_EVENT_CHILD)
		expected_child = event->other;
	return 0;
}

static int on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct act *act = akt_payload(msg, act);

	(void)state;
	switch (act->what) {
	case DO_SUBSCRIBE:
		answer = akt_events_subscribe(ctx, (uint32_t)act->kinds, only, (uint32_t)act->most);
		return 0;
	case DO_UNSUBSCRIBE:
		answer = akt_events_unsubscribe(ctx);
		return 0;
	case DO_FAIL:
		return AKT_ERR_FAILED;
	default:
		return 0;
	}
}

static const akt_handler listener_handlers[] = { AKT_ON(akt_event, on_event), AKT_ON(act, on_order),
						 AKT_END };
static const akt_type listener = { .name = "listener",
				   .handlers = listener_handlers,
				   .on_failure = AKT_DIRECTIVE_RESTART };

static akt_ref new_listener(uint64_t kinds, uint64_t most)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &listener, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref,
				  AKT_NEW(act, .what = DO_SUBSCRIBE, .kinds = kinds, .most = most)),
			 0);
	drain(sys);
	return ref;
}

static void expect(const char *words)
{
	drain(sys);
	ck_assert_str_eq(notes, words);
	memset(notes, 0, sizeof(notes));
}

/* --- the observed ------------------------------------------------------------------------------- */

static const akt_type child;

static int on_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct act *act = akt_payload(msg, act);
	akt_ref ref;

	(void)state;
	switch (act->what) {
	case DO_FAIL:
		return AKT_ERR_IO;
	case DO_CHILD:
		return akt_spawn_child(ctx, &child, "kid", NULL, NULL);
	case DO_ESCALATE:
		ck_assert_int_eq(akt_spawn_child(ctx, &child, NULL, NULL, &ref), 0);
		return akt_send(ctx, ref, AKT_NEW(act, .what = DO_FAIL));
	case DO_UNHANDLED:
		return akt_unhandled(ctx);
	case DO_STOP:
		return akt_stop(akt_system_of(ctx), akt_self(ctx));
	default:
		return 0;
	}
}

static int start_hook(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	return 0;
}

static const akt_handler act_handlers[] = { AKT_ON(act, on_act), AKT_END };
static const akt_type child = { .name = "child",
				.handlers = act_handlers,
				.on_failure = AKT_DIRECTIVE_ESCALATE };
static const akt_type star = { .name = "star",
			       .handlers = act_handlers,
			       .start = start_hook,
			       .on_failure = AKT_DIRECTIVE_RESTART,
			       .restarts_max = 1 };
static const akt_type calm = { .name = "calm",
			       .handlers = act_handlers,
			       .on_failure = AKT_DIRECTIVE_RESUME };

/* --- tests -------------------------------------------------------------------------------------- */

START_TEST(each_kind_in_its_order)
{
	akt_ref ref, who;

	set_up(_i);
	who = new_listener(AKT_EVENT_ALL, 0);
	ck_assert_int_eq(akt_spawn_named(sys, &star, "sun", NULL, &ref), 0);
	expect("start:star=sun:0:0 ");
	tell(ref, DO_FAIL);
	expect("fail:star=sun:1:-16 restart:star=sun:0:0 ");
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	expect("suspend:star=sun:0:0 ");
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	expect("resume:star=sun:0:0 ");
	tell(ref, DO_CHILD);
	expect("child:star=sun:0:0 start:child=kid:0:0 ");
	ck_assert(akt_ref_equal(expected_child, akt_find(sys, "kid")));
	tell(ref, DO_UNHANDLED);
	expect("dead:startest.act:1:0 ");
	tell(ref, DO_FAIL); /* one restart too many, and nobody above */
	expect("fail:star=sun:0:-16 stop:child=kid:0:0 stop:star=sun:2:-16 ");
	(void)akt_post(sys, ref, AKT_NEW(act, .what = DO_NOTHING));
	expect("dead:test.act:0:0 ");
	ck_assert_int_eq(akt_spawn(sys, &calm, NULL, &ref), 0);
	expect("start:calm:0:0 ");
	only = &child; /* between its events and its parent's there is no order */
	ck_assert_int_eq(akt_post(sys, who,
				  AKT_NEW(act, .what = DO_SUBSCRIBE, .kinds = AKT_EVENT_ALL)),
			 0);
	drain(sys);
	tell(ref, DO_ESCALATE);
	expect("start:child:0:0 fail:child:3:-16 esc:child:0:-16 resume:child:0:0 ");
	tell(ref, DO_STOP);
	expect("stop:child:0:0 ");
	stop_system(sys);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(only_what_was_asked_for)
{
	akt_ref who, a, b;

	set_up(_i);
	who = new_listener(AKT_EVENT_STARTED, 0);
	ck_assert_int_eq(akt_spawn(sys, &calm, NULL, &a), 0);
	tell(a, DO_FAIL);
	expect("start:calm:0:0 ");
	only = &star;
	ck_assert_int_eq(akt_post(sys, who,
				  AKT_NEW(act, .what = DO_SUBSCRIBE, .kinds = AKT_EVENT_ALL)),
			 0);
	drain(sys);
	ck_assert_int_eq(akt_spawn(sys, &star, NULL, &b), 0);
	tell(a, DO_FAIL);
	tell(a, DO_UNHANDLED);
	tell(a, DO_STOP);
	expect("start:star:0:0 ");
	tell(b, DO_UNHANDLED);
	expect("dead:startest.act:1:0 ");
	tell(who, DO_UNSUBSCRIBE);
	drain(sys);
	ck_assert_int_eq(answer, 0);
	tell(b, DO_STOP);
	expect("");
	tell(who, DO_UNSUBSCRIBE);
	drain(sys);
	ck_assert_int_eq(answer, AKT_ERR_NOTFOUND);
	for (uint64_t kinds = 0; kinds < 2; kinds++) {
		ck_assert_int_eq(akt_post(sys, who,
					  AKT_NEW(act, .what = DO_SUBSCRIBE,
						  .kinds = kinds * (AKT_EVENT_ALL + 1))),
				 0);
		drain(sys);
		ck_assert_int_eq(answer, AKT_ERR_INVALID);
	}
	stop_system(sys);
}
END_TEST

static void births(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(akt_spawn(sys, &calm, NULL, NULL), 0);
	drain(sys);
}

START_TEST(what_does_not_fit_is_counted)
{
	akt_ref who;

	set_up(_i);
	who = new_listener(AKT_EVENT_STARTED, 4);
	for (int round = 0; round < 3; round++) {
		events = lost = 0;
		ck_assert_int_eq(akt_suspend(sys, who), 0);
		drain(sys);
		births(3 + round); /* one less than there is room for, as many, one more */
		ck_assert_int_eq(akt_resume(sys, who), 0);
		drain(sys);
		ck_assert_uint_eq(events, round == 0 ? 3 : 4);
		ck_assert_uint_eq(lost, 0);
		births(1);
		ck_assert_uint_eq(events, round == 0 ? 4 : 5);
		ck_assert_uint_eq(lost, round == 2 ? 1 : 0);
	}
	/* What is queued for one that ends makes room for the next in its place. */
	ck_assert_int_eq(akt_suspend(sys, who), 0);
	drain(sys);
	births(10);
	ck_assert_int_eq(akt_stop(sys, who), 0);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 4);
	events = lost = 0;
	who = new_listener(AKT_EVENT_STARTED, 4);
	ck_assert_int_eq(akt_suspend(sys, who), 0);
	drain(sys);
	births(10);
	ck_assert_int_eq(akt_resume(sys, who), 0);
	drain(sys);
	ck_assert_uint_eq(events, 4);
	ck_assert_uint_eq(lost, 0); /* not told yet */
	stop_system(sys);
}
END_TEST

START_TEST(a_subscription_ends_with_its_subscriber)
{
	akt_ref who[AKT_SUBSCRIBERS_MAX];
	akt_ref more;

	set_up(_i);
	many = true;
	for (unsigned i = 0; i < AKT_SUBSCRIBERS_MAX; i++) {
		who[i] = new_listener(AKT_EVENT_STARTED, 0);
		ck_assert_int_eq(answer, 0);
	}
	more = new_listener(AKT_EVENT_STARTED, 0);
	ck_assert_int_eq(answer, AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_restart(sys, who[0]), 0);
	tell(who[1], DO_FAIL);
	ck_assert_int_eq(akt_stop(sys, who[2]), 0);
	drain(sys);
	events = 0;
	births(1);
	ck_assert_uint_eq(events, AKT_SUBSCRIBERS_MAX - 3);
	ck_assert_int_eq(akt_post(sys, more,
				  AKT_NEW(act, .what = DO_SUBSCRIBE, .kinds = AKT_EVENT_STARTED)),
			 0);
	drain(sys);
	ck_assert_int_eq(answer, 0);
	stop_system(sys);
}
END_TEST

/* Each event makes a dead letter, a message that nobody handles, and a failure of the subscriber. */
static int loud_on_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref nobody = { 5000000, 1, 1 };

	(void)state, (void)msg;
	events++;
	(void)akt_send(ctx, nobody, AKT_NEW(act, .what = 0));
	ck_assert_int_eq(akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke)), 0);
	return AKT_ERR_FAILED;
}
static const akt_handler loud_handlers[] = { AKT_ON(akt_event, loud_on_event),
					     AKT_ON(act, on_order), AKT_END };
static const akt_type loud = { .name = "loud",
			       .handlers = loud_handlers,
			       .on_failure = AKT_DIRECTIVE_RESUME };

START_TEST(subscribers_do_not_feed_each_other)
{
	akt_ref who;

	set_up(_i);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(akt_spawn(sys, &loud, NULL, &who), 0);
		ck_assert_int_eq(akt_post(sys, who,
					  AKT_NEW(act, .what = DO_SUBSCRIBE,
						  .kinds = AKT_EVENT_ALL)),
				 0);
	}
	drain(sys);
	events = 0;
	births(10);
	ck_assert_uint_eq(events, 30);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], dead.count[AKT_DEAD_UNHANDLED]);
	stop_system(sys);
}
END_TEST

/* Subscribers and observed come and go; everything is accounted for, and no place is lost. */
START_TEST(all_come_and_go)
{
	akt_ref who, ref;

	set_up(_i);
	many = true;
	for (int round = 0; round < 300; round++) {
		ck_assert_int_eq(akt_spawn(sys, &listener, NULL, &who), 0);
		ck_assert_int_eq(akt_post(sys, who,
					  AKT_NEW(act, .what = DO_SUBSCRIBE, .kinds = AKT_EVENT_ALL,
						  .most = 3)),
				 0);
		for (int i = 0; i < 10; i++) {
			ck_assert_int_eq(akt_spawn(sys, i % 2 ? &star : &calm, NULL, &ref), 0);
			tell(ref, i % 3 ? DO_FAIL : DO_ESCALATE);
			(void)akt_stop(sys, ref);
			if (i == round % 10)
				ck_assert_int_eq(akt_stop(sys, who), 0);
		}
	}
	drain(sys);
	check_conserved(sys);
	memset(notes, 0, sizeof(notes));
	events = lost = 0;
	for (unsigned i = 0; i < AKT_SUBSCRIBERS_MAX; i++) {
		(void)new_listener(AKT_EVENT_STARTED, 1);
		ck_assert_int_eq(answer, 0);
	}
	events = 0;
	births(1);
	ck_assert_uint_eq(events, AKT_SUBSCRIBERS_MAX);
	stop_system(sys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, each_kind_in_its_order, 0, MODES);
	tcase_add_loop_test(all, only_what_was_asked_for, 0, MODES);
	tcase_add_loop_test(all, what_does_not_fit_is_counted, 0, MODES);
	tcase_add_loop_test(all, a_subscription_ends_with_its_subscriber, 0, MODES);
	tcase_add_loop_test(all, subscribers_do_not_feed_each_other, 0, MODES);
	tcase_add_loop_test(all, all_come_and_go, 0, MODES);
	tcase_set_timeout(all, 120);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
