/* SPDX-License-Identifier: MIT */
/*
 * Proves that the message profile counts each message once, under the chain that says how it came about;
 * that roots, depth, waits and processing are right; that samples stand for all; that nothing is lost or
 * misread in any kind of mailbox, whatever becomes of a message, and when the profile goes on and off
 * meanwhile. Not proved: what it costs; the file (tests/unit/prof/test_messages.c).
 */
#include "actor/actors.h"
#include "fixture.h"
#include "prof/names.h"
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

/* --- what was recorded ---------------------------------------------------------------------------- */

static int64_t fate(enum prof_messages_fate fate)
{
	const struct prof_store *store = akti_prof_messages.store;
	int64_t sum = 0;

	for (struct prof_bucket *at = store->newest; at != NULL; at = at->older)
		sum += at->key.type == NULL ? akti_load_rlx(&at->value[fate]) : 0;
	return sum;
}

/* A test may run under several seeds: each has a store of its own. */
static void profile(uint32_t every)
{
	if (akti_prof_messages.store == NULL)
		ck_assert_int_eq(akti_prof_names_create(), 0);
	else
		(void)munmap(akti_prof_messages.store, PROF_MESSAGES_STORE_BYTES);
	ck_assert_int_eq(akti_prof_messages_create(), 0);
	akti_prof_messages_set_every(every);
}

/* "leaf < its sender < ... < root". */
static void chain_text(const struct prof_stack *stack, char *text, size_t size)
{
	char frame[128];
	size_t at = 0;

	for (uint32_t i = 0; i < stack->count; i += 2)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : " < ",
				       akti_prof_chain_frame(stack->pcs[i], stack->pcs[i + 1],
							     frame, sizeof(frame)));
	if (stack->truncated)
		(void)snprintf(text + at, size - at, " < [...]");
}

struct sums {
	int64_t of[PROF_VALUES];
	unsigned buckets;
};

/* Of the chains that begin so; "" is all. */
static struct sums sums_of(const char *chain)
{
	const struct prof_store *store = akti_prof_messages.store;
	struct sums sums = { .buckets = 0 };
	char text[1024];

	for (struct prof_bucket *at = store->newest; at != NULL; at = at->older) {
		chain_text(at->key.stack, text, sizeof(text));
		if (at->key.type == NULL || strncmp(text, chain, strlen(chain)) != 0)
			continue;
		sums.buckets++;
		for (unsigned v = 0; v < PROF_VALUES; v++)
			sums.of[v] += akti_load_rlx(&at->value[v]);
	}
	return sums;
}

static void show_all(void)
{
	const struct prof_store *store = akti_prof_messages.store;
	char text[1024];

	for (struct prof_bucket *at = store->newest; at != NULL; at = at->older) {
		chain_text(at->key.stack, text, sizeof(text));
		fprintf(stderr, "%lld %lld %s\n", (long long)at->value[0], (long long)at->value[2],
			text);
	}
}

static void check_chain(const char *chain, int64_t count, int64_t bytes)
{
	struct sums sums = sums_of(chain);

	if (sums.of[MESSAGES_COUNT] != count)
		show_all();
	ck_assert_msg(sums.of[MESSAGES_COUNT] == count && sums.of[MESSAGES_BYTES] == bytes,
		      "%s: %lld messages, %lld bytes", chain, (long long)sums.of[MESSAGES_COUNT],
		      (long long)sums.of[MESSAGES_BYTES]);
}

/* Whatever was to be timed has come to its end, and every flight is over. */
static void check_fates(akt_system *sys)
{
	struct actors *actors = (struct actors *)sys;
	int64_t ended = sums_of("").of[MESSAGES_COUNT] + fate(MESSAGES_DEAD) +
			fate(MESSAGES_DROPPED) + (int64_t)akti_prof_messages.store->lost;
	uint32_t count = 0;

	ck_assert_int_eq(fate(MESSAGES_SENT), ended);
	for (uint32_t at = actors->flights.free; at != 0; count++)
		at = akti_flight_at(&actors->flights, at - 1)->next;
	for (unsigned i = 0; i < actors->sched.count; i++)
		count += actors->contexts[i].flights.count;
	ck_assert_uint_eq(count, actors->flights.used);
}

static akt_system *start(unsigned workers, uint32_t observe)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.observe = observe;
	options.observe_every = 2;
	options.flight_off = true; /* the rate of timed messages is set by hand here */
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	return sys;
}

/* --- who sends what to whom ------------------------------------------------------------------------- */

static akt_ref answerer;

static int on_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW_SIGNAL(poke));
}
static const akt_handler answer_handlers[] = { AKT_ON(number, answer), AKT_ON(poke, on_nothing),
					       AKT_END };
static const akt_type answer_type = { .name = "Answerer", .handlers = answer_handlers };

/* For each number two to the answerer, which answers each. */
static int ask_twice(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	ck_assert_int_eq(akt_send(ctx, answerer, AKT_NEW(number, .value = 1)), 0);
	return akt_send(ctx, answerer, AKT_NEW(number, .value = 2));
}
static const akt_handler ask_handlers[] = { AKT_ON(number, ask_twice), AKT_ON(poke, on_nothing),
					    AKT_END };
static const akt_type ask_type = { .name = "Asker", .handlers = ask_handlers };

#define ROUNDS 500

START_TEST(a_conversation_is_counted_by_its_chains)
{
	akt_system *sys;
	akt_ref asker;

	profile(1);
	sys = start(mode_workers[_i], 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &answerer), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &ask_type, "ada", NULL, &asker), 0);
	for (int i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(akt_post(sys, asker, AKT_NEW(number, .value = 0)), 0);
	drain(sys);
	check_chain("Asker.test.number < [outside]", ROUNDS, ROUNDS * 8);
	check_chain("Answerer.test.number < Asker.test.number < [outside]", 2 * ROUNDS,
		    2 * ROUNDS * 8);
	check_chain("Asker.test.poke < Answerer.test.number < Asker.test.number < [outside]",
		    2 * ROUNDS, 0);
	check_chain("", 5 * ROUNDS, 3 * ROUNDS * 8);
	check_fates(sys);
	stop_system(sys);
}
END_TEST

static int count_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t left = akt_payload(msg, number)->value;

	(void)state;
	return left == 0 ? 0 : akt_send(ctx, akt_self(ctx), AKT_NEW(number, .value = left - 1));
}
static const akt_handler down_handlers[] = { AKT_ON(number, count_down), AKT_END };
static const akt_type down_type = { .name = "D", .handlers = down_handlers };

#define D "D.test.number"
#define D7 D " < " D " < " D " < " D " < " D " < " D " < " D

START_TEST(a_chain_holds_eight_handlers)
{
	akt_system *sys;
	akt_ref down;

	profile(1);
	sys = start(0, 0);
	ck_assert_int_eq(akt_spawn(sys, &down_type, NULL, &down), 0);
	ck_assert_int_eq(akt_post(sys, down, AKT_NEW(number, .value = 19)), 0);
	drain(sys);
	check_chain(D " < [outside]", 1, 8);
	check_chain(D7 " < [outside]", 1, 8);
	check_chain(D7 " < " D " < [outside]", 1, 8);
	check_chain(D7 " < " D " < [...]", 12, 96);
	check_chain("", 20, 160);
	stop_system(sys);
}
END_TEST

/* --- roots ------------------------------------------------------------------------------------------ */

static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_send(ctx, answerer, AKT_NEW_SIGNAL(poke));
}

static int on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(5), 0, on_tick, 0, NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, answerer, AKT_NEW_SIGNAL(poke), AKT_MS(6), NULL), 0);
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW(number, .value = 1), AKT_MS(7), NULL);
}

static int hello(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_send(ctx, answerer, AKT_NEW_SIGNAL(poke));
}
static const akt_handler timer_handlers[] = { AKT_ON(poke, on_begin), AKT_ON(number, on_tick),
					      AKT_END };
static const akt_type timer_type = { .name = "T", .handlers = timer_handlers, .start = hello };

START_TEST(clocks_hooks_and_what_was_before_are_roots)
{
	akt_system *sys;
	akt_msg *reply = NULL;
	akt_ref timer;

	akti_prof_messages_set_every(0);
	sys = start(0, 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &answerer), 0);
	ck_assert_int_eq(akt_post(sys, answerer, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_spawn(sys, &ask_type, NULL, &timer), 0);
	ck_assert_int_eq(akt_post(sys, timer, AKT_NEW(number, .value = 1)), 0); /* earlier */
	profile(1);
	ck_assert_int_eq(akt_spawn(sys, &timer_type, NULL, &timer), 0);
	ck_assert_int_eq(akt_post(sys, timer, AKT_NEW_SIGNAL(poke)), 0);
	/* Nobody answers a poke: so a second passes. */
	ck_assert_int_eq(akt_call(sys, answerer, AKT_NEW_SIGNAL(poke), AKT_S(1), &reply),
			 AKT_ERR_TIMEOUT);
	check_chain("Answerer.test.number < Asker.[earlier]", 2, 16);
	check_chain("Asker.test.poke < Answerer.test.number < Asker.[earlier]", 2, 0);
	check_chain("Answerer.test.poke < T.[hook]", 1, 0);
	check_chain("T.test.poke < [outside]", 1, 0);
	check_chain("T.akt.tick < [timer]", 2, 2 * (int64_t)sizeof(struct akt_tick));
	check_chain("Answerer.test.poke < T.akt.tick < [timer]", 2, 0);
	check_chain("T.test.number < [timer]", 1, 8);
	check_chain("Answerer.test.poke < T.test.number < [timer]", 1, 0);
	check_chain("Answerer.test.poke < [outside]", 1, 0);
	check_fates(sys);
	stop_system(sys);
}
END_TEST

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return akt_msg_error(msg) == 0 ? akt_send(ctx, answerer, AKT_NEW_SIGNAL(poke)) : 0;
}

static int question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	ck_assert_int_eq(akt_ask_exclusive(ctx, answerer, AKT_NEW(number, .value = 1), AKT_S(1),
					   on_answer, 0),
			 0);
	return akt_ask(ctx, answerer, AKT_NEW_SIGNAL(poke), AKT_S(1), on_answer, 0);
}
static const akt_handler question_handlers[] = { AKT_ON(poke, question), AKT_ON(number, on_nothing),
						 AKT_END };
static const akt_type question_types[] = {
	{ .name = "Q", .handlers = question_handlers },
	{ .name = "Q", .handlers = question_handlers, .mailbox_messages_max = 8 },
	{ .name = "Q", .handlers = question_handlers, .mailbox = AKT_MAILBOX_FAIR },
	{ .name = "Q",
	  .handlers = question_handlers,
	  .mailbox = AKT_MAILBOX_RING,
	  .mailbox_messages_max = 8 },
};
#define KINDS (int)(sizeof(question_types) / sizeof(question_types[0]))

START_TEST(answers_and_timeouts_carry_their_chain_into_any_mailbox)
{
	akt_system *sys;
	akt_msg *reply = NULL;
	akt_ref asker;

	profile(1);
	sys = start(0, 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &answerer), 0);
	ck_assert_int_eq(akt_spawn(sys, &question_types[_i], NULL, &asker), 0);
	ck_assert_int_eq(akt_post(sys, asker, AKT_NEW_SIGNAL(poke)), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(akt_post(sys, asker, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akt_call(sys, asker, AKT_NEW(number, .value = 1), AKT_S(2), &reply),
			 AKT_ERR_TIMEOUT);
	ck_assert_int_eq(akt_call(sys, answerer, AKT_NEW(number, .value = 1), AKT_S(1), &reply), 0);
	akt_msg_free(reply);
	check_chain("Q.test.number < [outside]", 5, 40);
	check_chain("Q.test.poke < Answerer.test.number < Q.test.poke < [outside]", 1, 0);
	check_chain("Answerer.test.poke < Q.test.poke < Answerer.test.number < Q.test.poke", 1, 0);
	check_chain("Answerer.test.poke < Q.test.poke < [outside]", 1, 0);
	ck_assert_int_eq(sums_of("Q.akt.").of[MESSAGES_COUNT], 1); /* the time-out of the other */
	check_chain("akt.outside.test.poke < Answerer.test.number < [outside]", 1, 0);
	check_fates(sys);
	stop_system(sys);
}
END_TEST

/* --- times ------------------------------------------------------------------------------------------ */

static akt_system *slow_system;

static int take_time(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	((struct actors *)slow_system)->sched.virtual_ns += AKT_MS(3);
	return 0;
}

static int take_time_and_raise(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)take_time(ctx, state, msg);
	akt_raise(ctx, -100, "raised");
}
static const akt_handler slow_handlers[] = { AKT_ON(number, take_time),
					     AKT_ON(poke, take_time_and_raise), AKT_END };
static const akt_type slow_type = { .name = "Slow",
				    .handlers = slow_handlers,
				    .on_failure = AKT_DIRECTIVE_RESUME };

START_TEST(waits_and_processing_are_those_of_the_systems_clock)
{
	struct sums sums;
	akt_ref slow;

	profile(1);
	slow_system = start(0, _i == 0 ? 0 : AKT_OBSERVE_LATENCY);
	ck_assert_int_eq(akt_spawn(slow_system, &slow_type, NULL, &slow), 0);
	ck_assert_int_eq(akt_suspend(slow_system, slow), 0);
	drain(slow_system);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(akt_post(slow_system, slow, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akt_post(slow_system, slow, AKT_NEW_SIGNAL(poke)), 0);
	((struct actors *)slow_system)->sched.virtual_ns += AKT_S(1);
	ck_assert_int_eq(akt_resume(slow_system, slow), 0);
	drain(slow_system);
	sums = sums_of("Slow.test.number");
	ck_assert_int_eq(sums.of[MESSAGES_WAIT], 2 * AKT_S(1) + AKT_MS(3));
	ck_assert_int_eq(sums.of[MESSAGES_PROCESSING], 2 * AKT_MS(3));
	sums = sums_of("Slow.test.poke");
	ck_assert_int_eq(sums.of[MESSAGES_WAIT], AKT_S(1) + AKT_MS(6));
	ck_assert_int_eq(sums.of[MESSAGES_PROCESSING], AKT_MS(3));
	check_fates(slow_system);
	stop_system(slow_system);
}
END_TEST

START_TEST(a_failed_handler_has_sent_its_verdict)
{
	akt_msg *reply = NULL;
	akt_ref slow;

	profile(1);
	slow_system = start(0, 0);
	ck_assert_int_eq(akt_spawn(slow_system, &slow_type, NULL, &slow), 0);
	(void)akt_call(slow_system, slow, AKT_NEW_SIGNAL(poke), AKT_S(1), &reply);
	akt_msg_free(reply);
	check_chain("akt.outside.akt.verdict < Slow.test.poke < [outside]", 1,
		    sums_of("akt.outside.akt.verdict").of[MESSAGES_BYTES]);
	check_chain("", 2, sums_of("").of[MESSAGES_BYTES]);
	check_fates(slow_system);
	stop_system(slow_system);
}
END_TEST

START_TEST(a_handler_that_begins_where_the_last_one_ended_loses_no_time)
{
	struct sums before, after;
	double tick_ns;
	akt_system *sys;
	akt_ref down;

	profile(1);
	sys = start(1, 0);
	ck_assert_int_eq(akt_spawn(sys, &down_type, NULL, &down), 0);
	before = sums_of("");
	ck_assert_int_eq(akt_post(sys, down, AKT_NEW(number, .value = 100000)), 0);
	drain(sys);
	after = sums_of("");
	tick_ns = akti_prof_messages_tick_ns();
	ck_assert(tick_ns > 0);
	ck_assert_int_eq(after.of[MESSAGES_COUNT] - before.of[MESSAGES_COUNT], 100001);
	/* One is handled while the next one waits: so both are all the time there is. */
	ck_assert_int_gt(after.of[MESSAGES_PROCESSING], 0);
	ck_assert_int_lt(after.of[MESSAGES_WAIT], 2 * after.of[MESSAGES_PROCESSING] +
							  (int64_t)((double)AKT_S(60) / tick_ns));
	stop_system(sys);
}
END_TEST

/* --- samples ---------------------------------------------------------------------------------------- */

#define BURST 20000
#define EVERY 16

static int burst(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	for (int i = 0; i < BURST; i++) {
		ck_assert_int_eq(akt_send(ctx, answerer, AKT_NEW_SIGNAL(poke)), 0);
		ck_assert_int_eq(akt_send(ctx, akt_self(ctx), AKT_NEW(number, .value = 1)), 0);
	}
	return 0;
}
static const akt_handler burst_handlers[] = { AKT_ON(poke, burst), AKT_ON(number, on_nothing),
					      AKT_END };
static const akt_type burst_type = { .name = "Burst", .handlers = burst_handlers };

START_TEST(samples_stand_for_all)
{
	akt_system *sys;
	akt_ref ref;

	one_seed();
	profile(EVERY);
	sys = start(0, 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &answerer), 0);
	ck_assert_int_eq(akt_spawn(sys, &burst_type, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	for (int which = 0; which < 2; which++) {
		int64_t count = sums_of(which == 0 ? "Answerer.test.poke < Burst.test.poke"
						   : "Burst.test.number < Burst.test.poke")
					.of[MESSAGES_COUNT];
		int64_t off = count - BURST;

		/* Four standard deviations; a sample of each has variance EVERY (EVERY - 1). */
		ck_assert_int_eq(count % EVERY, 0);
		ck_assert_int_lt(off * off, 16 * (int64_t)BURST * (EVERY - 1));
	}
	check_fates(sys);
	stop_system(sys);
}
END_TEST

/* --- whatever becomes of them ----------------------------------------------------------------------- */

static akt_ref target;

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	switch (akt_payload(msg, number)->value % 8) {
	case 0:
		return akt_stash(ctx);
	case 1:
		(void)akt_unstash(ctx, AKT_ALL);
		return -100;
	case 2:
		(void)akt_forward(ctx, target);
		return 0;
	case 3:
		return akt_unhandled(ctx);
	case 4:
		akt_raise(ctx, -100, "raised");
	case 5:
		(void)akt_ask(ctx, target, AKT_NEW(number, .value = 1), AKT_S(60), on_answer, 0);
		return 0;
	case 6: {
		akt_pending pending = { 0 };

		(void)akt_timer_start(ctx, 0, AKT_US(1), on_nothing, 0, &pending);
		(void)akt_timer_start(ctx, 0, 0, on_nothing, 0, NULL);
		(void)akt_cancel(ctx, pending);
		return 0;
	}
	default:
		akt_msg_free(akt_msg_take(ctx));
		return 0;
	}
}

static int64_t by_value(const akt_msg *msg)
{
	return msg->size == sizeof(struct number) ? (int64_t)akt_payload(msg, number)->value : 0;
}

static const akt_handler wild_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type wild_types[] = {
	{ .name = "list", .handlers = wild_handlers, .on_failure = AKT_DIRECTIVE_RESUME },
	{ .name = "restarted", .handlers = wild_handlers, .on_failure = AKT_DIRECTIVE_RESTART },
	{ .name = "bounded",
	  .handlers = wild_handlers,
	  .on_failure = AKT_DIRECTIVE_RESUME,
	  .mailbox_messages_max = 4 },
	{ .name = "oldest",
	  .handlers = wild_handlers,
	  .on_failure = AKT_DIRECTIVE_RESUME,
	  .overflow = AKT_OVERFLOW_DROP_OLDEST,
	  .mailbox_messages_max = 4 },
	{ .name = "newest",
	  .handlers = wild_handlers,
	  .on_failure = AKT_DIRECTIVE_RESUME,
	  .overflow = AKT_OVERFLOW_DROP_NEWEST,
	  .mailbox_messages_max = 4 },
	{ .name = "fair",
	  .handlers = wild_handlers,
	  .on_failure = AKT_DIRECTIVE_RESUME,
	  .mailbox = AKT_MAILBOX_FAIR },
	{ .name = "first",
	  .handlers = wild_handlers,
	  .on_failure = AKT_DIRECTIVE_RESUME,
	  .mailbox = AKT_MAILBOX_PRIORITY,
	  .priority = by_value },
};
#define WILD (unsigned)(sizeof(wild_types) / sizeof(wild_types[0]))

static void *post_wildly(void *arg)
{
	akt_system *sys = arg;

	for (unsigned i = 0; i < 2000 / SLOW; i++) {
		akt_ref ref;

		ck_assert_int_eq(akt_spawn(sys, &wild_types[i % WILD], NULL, &ref), 0);
		for (unsigned k = 0; k < 16; k++) {
			if (k == 5)
				(void)akt_suspend(sys, ref);
			if (k == 12)
				(void)akt_resume(sys, ref);
			(void)akt_post(sys, ref, AKT_NEW(number, .value = k));
		}
		(void)akt_post(sys, ref, AKT_NEW_SIGNAL(poke));
		(void)akt_stop(sys, ref);
		(void)akt_post(sys, ref, AKT_NEW_SIGNAL(poke));
	}
	return NULL;
}

static _Atomic uint32_t over;

static void *switch_on_and_off(void *arg)
{
	static const uint32_t rates[] = { 1, 0, 7, 64, 0, 2 };

	(void)arg;
	for (unsigned i = 0; !akti_load_acq(&over); i++)
		akti_prof_messages_set_every(rates[i % 6]);
	return NULL;
}

/* _i: bit 0: latency too; bit 1: on and off meanwhile. */
START_TEST(each_message_comes_to_one_end)
{
	akt_system *sys;
	pthread_t other, switcher;

	profile(_i & 2 ? 7 : 1);
	sys = start(2, _i & 1 ? AKT_OBSERVE_ALL : 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &answerer), 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &target), 0);
	if (_i & 2)
		ck_assert_int_eq(pthread_create(&switcher, NULL, switch_on_and_off, NULL), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, post_wildly, sys), 0);
	(void)post_wildly(sys);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	akti_store_rel(&over, 1);
	if (_i & 2)
		ck_assert_int_eq(pthread_join(switcher, NULL), 0);
	drain(sys);
	check_fates(sys);
	akti_prof_messages_set_every(0);
	stop_system(sys);
}
END_TEST

START_TEST(limits_hold)
{
	akt_system *sys;
	akt_ref ref;

	profile(1);
	sys = start(0, 0);
	ck_assert_int_eq(akt_spawn(sys, &answer_type, NULL, &ref), 0);
	((struct actors *)sys)->flights.used =
		AKT_LATENCY_IN_FLIGHT_MAX; /* as if so many were out */
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	((struct actors *)sys)->flights.used = 0;
	drain(sys);
	ck_assert_int_eq(fate(MESSAGES_UNTIMED), 1);
	check_chain("", 0, 0);
	akti_prof_messages.store->used_bytes = akti_prof_messages.store->size_bytes; /* full */
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_uint_eq(akti_prof_messages.store->lost, 2);
	check_fates(sys);
	stop_system(sys);
}
END_TEST

START_TEST(more_writers_than_numbers_share)
{
	static struct prof_writer writers[PROF_WRITERS_MAX + 1];
	uint32_t shared = 0;

	profile(1);
	for (unsigned i = 0; i < PROF_WRITERS_MAX + 1; i++) {
		akti_prof_messages_count(&writers[i], MESSAGES_SENT, 1);
		akti_prof_messages_count(&writers[i], MESSAGES_SENT, 1);
		shared += writers[i].shares;
	}
	ck_assert_uint_eq(shared, 2);
	ck_assert_int_eq(fate(MESSAGES_SENT), 2 * (PROF_WRITERS_MAX + 1));
	akti_prof_writer_end(&writers[7]);
	akti_prof_messages_count(&writers[PROF_WRITERS_MAX], MESSAGES_SENT, 1);
	akti_prof_messages_count(&writers[7], MESSAGES_SENT, 1);
	ck_assert_uint_eq(writers[7].number, 8);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("follow");

	tcase_add_loop_test(tests, a_conversation_is_counted_by_its_chains, 0, MODES);
	tcase_add_test(tests, a_chain_holds_eight_handlers);
	tcase_add_test(tests, clocks_hooks_and_what_was_before_are_roots);
	tcase_add_loop_test(tests, answers_and_timeouts_carry_their_chain_into_any_mailbox, 0,
			    KINDS);
	tcase_add_loop_test(tests, waits_and_processing_are_those_of_the_systems_clock, 0, 2);
	tcase_add_test(tests, a_failed_handler_has_sent_its_verdict);
	tcase_add_test(tests, a_handler_that_begins_where_the_last_one_ended_loses_no_time);
	tcase_add_test(tests, samples_stand_for_all);
	tcase_add_loop_test(tests, each_message_comes_to_one_end, 0, 4);
	tcase_add_test(tests, limits_hold);
	tcase_add_test(tests, more_writers_than_numbers_share);
	return run_case("follow", tests, 120);
}
