/* SPDX-License-Identifier: MIT */
/*
 * Proves what histograms answer and how far off; that each message is a sample with the same chance; that
 * waits and runs are those of the system's clock; that every stamp comes back whatever becomes of its
 * message; that the depth of any mailbox is known while its actor runs. Not proved: what it costs.
 */
#include "actor/latency.h"
#include "fixture.h"
#include <pthread.h>
#include <stdio.h>

/* --- histograms ------------------------------------------------------------------------------------- */

START_TEST(a_histogram_is_at_most_a_32nd_too_large)
{
	akt_histogram one;

	for (int64_t ns = 0; ns < AKT_S(4000); ns = ns < 200 ? ns + 1 : ns + ns / 7) {
		memset(&one, 0, sizeof(one));
		akt_histogram_add(&one, ns);
		one.max_ns = INT64_MAX; /* what the bucket says */
		ck_assert_int_ge(akt_histogram_quantile(&one, 0.5), ns);
		ck_assert_int_le(akt_histogram_quantile(&one, 0.5), ns + ns / 32);
		if (ns < 64)
			ck_assert_int_eq(akt_histogram_quantile(&one, 0.5), ns);
	}
}
END_TEST

START_TEST(quantiles_merge_and_have_ends)
{
	static akt_histogram all, odd, even;

	ck_assert_int_eq(akt_histogram_quantile(&all, 0.5), 0);
	for (int64_t ns = 1; ns <= 60; ns++) {
		akt_histogram_add(&all, ns);
		akt_histogram_add(ns % 2 == 0 ? &even : &odd, ns);
	}
	akt_histogram_merge(&even, &odd);
	ck_assert_int_eq(memcmp(&all, &even, sizeof(all)), 0);
	ck_assert_int_eq(akt_histogram_quantile(&all, 0.5), 30);
	ck_assert_int_eq(akt_histogram_quantile(&all, 0.9), 54);
	ck_assert_int_eq(akt_histogram_quantile(&all, 0), 1);
	ck_assert_int_eq(akt_histogram_quantile(&all, 1), 60);
	ck_assert_int_eq(akt_histogram_quantile(&all, -1), 1);
	ck_assert_int_eq(akt_histogram_quantile(&all, 2), 60);
	akt_histogram_add(&all, INT64_MAX);
	akt_histogram_add(&all, -5);
	ck_assert_uint_eq(all.counts[AKT_HISTOGRAM_BUCKETS - 1], 1);
	ck_assert_uint_eq(all.counts[0], 1);
	ck_assert(akt_histogram_quantile(&all, 1) == INT64_MAX);
}
END_TEST

/* --- systems ------------------------------------------------------------------------------------------ */

static akt_system *start(unsigned workers, uint32_t observe, uint32_t every)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.observe = observe;
	options.observe_every = every;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	return sys;
}

/* Every flight is over. */
static void check_flights(akt_system *sys)
{
	struct actors *actors = (struct actors *)sys;
	uint32_t count = 0;

	for (uint32_t at = actors->flights.free; at != 0; count++)
		at = akti_flight_at(&actors->flights, at - 1)->next;
	for (unsigned i = 0; i < actors->sched.count; i++)
		count += actors->contexts[i].flights.count;
	ck_assert_uint_eq(count, actors->flights.used);
}

struct told {
	unsigned count;
	uint64_t waited[2]; /* poke, number */
	uint64_t ran[2];
	int64_t wait_ns;
	int64_t run_ns;
	uint64_t lost;
};

static void see(void *arg, const akt_latency *latency)
{
	struct told *told = arg;
	int which = strcmp(latency->msg_type, "test.number") == 0;

	ck_assert_uint_eq(latency->size, sizeof(*latency));
	told->count++;
	told->waited[which] += latency->waited->count;
	told->ran[which] += latency->ran->count;
	told->wait_ns = akt_histogram_quantile(latency->waited, 0.5);
	told->run_ns = latency->ran->max_ns;
	told->lost = latency->lost;
}

static int on_any(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static const akt_handler handlers[] = { AKT_ON(poke, on_any), AKT_ON(number, on_any), AKT_END };
static const akt_type plain_type = { .name = "plain", .handlers = handlers };

START_TEST(waits_are_those_of_the_systems_clock)
{
	akt_system *sys = start(0, AKT_OBSERVE_LATENCY, 1);
	struct told told = { 0 };
	akt_msg *reply;
	akt_ref plain;
	akt_ref other;

	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &plain), 0);
	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &other), 0);
	ck_assert_int_eq(akt_suspend(sys, plain), 0);
	drain(sys);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(akt_post(sys, plain, AKT_NEW(number, .value = 1)), 0);
	/* Nobody answers: so a second passes. */
	ck_assert_int_eq(akt_call(sys, other, AKT_NEW_SIGNAL(poke), AKT_S(1), &reply),
			 AKT_ERR_TIMEOUT);
	ck_assert_int_eq(akt_resume(sys, plain), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_latency(sys, see, &told), 2);
	ck_assert_uint_eq(told.waited[0], 1);
	ck_assert_uint_eq(told.waited[1], 3);
	ck_assert_uint_eq(told.ran[1], 3);
	memset(&told, 0, sizeof(told));
	check_flights(sys);
	stop_system(sys);
}
END_TEST

START_TEST(a_second_is_a_second)
{
	akt_system *sys = start(0, AKT_OBSERVE_LATENCY, 1);
	struct told told = { 0 };
	akt_ref plain;

	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &plain), 0);
	ck_assert_int_eq(akt_suspend(sys, plain), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW(number, .value = 1)), 0);
	((struct actors *)sys)->sched.virtual_ns += AKT_S(1);
	ck_assert_int_eq(akt_resume(sys, plain), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_latency(sys, see, &told), 1);
	ck_assert_int_eq(told.wait_ns, AKT_S(1));
	ck_assert_int_eq(told.run_ns, 0);
	stop_system(sys);
}
END_TEST

/* --- which messages ------------------------------------------------------------------------------------ */

#define PAIRS 20000
#define EVERY 4

static akt_ref target;

/* Two types in turn, in step with any fixed count of four. */
static int on_burst(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	for (int i = 0; i < PAIRS; i++) {
		ck_assert_int_eq(akt_send(ctx, target, AKT_NEW_SIGNAL(poke)), 0);
		ck_assert_int_eq(akt_send(ctx, target, AKT_NEW(number, .value = 1)), 0);
	}
	return 0;
}

static const akt_handler burst_handlers[] = { AKT_ON(poke, on_burst), AKT_END };
static const akt_type burst_type = { .name = "burst", .handlers = burst_handlers };

START_TEST(each_message_is_a_sample_with_the_same_chance)
{
	akt_system *sys;
	struct told told = { 0 };
	akt_ref burst;

	one_seed();
	sys = start(0, AKT_OBSERVE_LATENCY, EVERY);
	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &target), 0);
	ck_assert_int_eq(akt_spawn(sys, &burst_type, NULL, &burst), 0);
	ck_assert_int_eq(akt_post(sys, burst, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_int_ge(akt_system_latency(sys, see, &told), 2);
	for (int which = 0; which < 2; which++) { /* eight standard deviations */
		ck_assert_uint_gt(told.waited[which], PAIRS / EVERY * 9 / 10);
		ck_assert_uint_lt(told.waited[which], PAIRS / EVERY * 11 / 10);
	}
	ck_assert_uint_eq(told.lost, 0);
	check_flights(sys);
	stop_system(sys);
}
END_TEST

/* --- whatever becomes of them -------------------------------------------------------------------------- */

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	switch (akt_payload(msg, number)->value % 6) {
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
	default:
		akt_msg_free(akt_msg_take(ctx));
		return 0;
	}
}

static const akt_handler wild_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type wild_types[] = {
	{ .name = "list", .handlers = wild_handlers, .on_failure = AKT_DIRECTIVE_RESUME },
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
};
#define WILD (int)(sizeof(wild_types) / sizeof(wild_types[0]))

#define ROUNDS (4000 / SLOW)

static void *post_wildly(void *arg)
{
	akt_system *sys = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		akt_ref ref;

		ck_assert_int_eq(akt_spawn(sys, &wild_types[i % WILD], NULL, &ref), 0);
		for (unsigned k = 0; k < 12; k++) {
			if (k == 5)
				(void)akt_suspend(sys, ref);
			if (k == 9)
				(void)akt_resume(sys, ref);
			(void)akt_post(sys, ref, AKT_NEW(number, .value = k));
		}
		(void)akt_post(sys, ref, AKT_NEW_SIGNAL(poke));
		(void)akt_stop(sys, ref);
		(void)akt_post(sys, ref, AKT_NEW_SIGNAL(poke));
	}
	return NULL;
}

START_TEST(every_flight_ends)
{
	akt_system *sys = start(2, AKT_OBSERVE_ALL, 2);
	struct told told = { 0 };
	pthread_t other;

	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &target), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, post_wildly, sys), 0);
	(void)post_wildly(sys);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	/* Of those above it may be that all were stopped before their first message. */
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(akt_post(sys, target, AKT_NEW(number, .value = 0)), 0);
	drain(sys);
	check_flights(sys);
	ck_assert_int_ge(akt_system_latency(sys, see, &told), 1);
	ck_assert_uint_le(told.ran[1], told.waited[1]); /* the rest has raised */
	stop_system(sys);
}
END_TEST

/* --- depth, limits, misuse ------------------------------------------------------------------------------ */

static _Atomic uint32_t inside;
static _Atomic uint32_t released;

static int on_block(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	akti_store_sc(&inside, 1);
	akti_plat_wake(&inside, 1);
	while (akti_load_sc(&released) == 0)
		(void)akti_plat_wait(&released, 0, AKT_FOREVER);
	return 0;
}

static const akt_handler stuck_handlers[] = { AKT_ON(poke, on_block), AKT_ON(number, on_any),
					      AKT_END };
static const akt_type stuck_type = { .name = "stuck", .handlers = stuck_handlers };

static char text[4096];

static void keep_line(void *arg, const char *line)
{
	(void)arg;
	strncat(text, line, sizeof(text) - strlen(text) - 2);
	strcat(text, "\n");
}

START_TEST(any_mailbox_is_counted_while_its_actor_is_stuck)
{
	akt_system *sys = start(1, AKT_OBSERVE_DEPTH, 0);
	akt_ref stuck;

	ck_assert_int_eq(akt_spawn(sys, &stuck_type, NULL, &stuck), 0);
	ck_assert_int_eq(akt_post(sys, stuck, AKT_NEW_SIGNAL(poke)), 0);
	while (akti_load_sc(&inside) == 0)
		(void)akti_plat_wait(&inside, 0, AKT_FOREVER);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(akt_post(sys, stuck, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akt_system_dump(sys, NULL, keep_line, NULL), 0);
	ck_assert_msg(strstr(text, "worker 0: runs #0.1 test.poke") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "  #0.1 stuck: runs test.poke") != NULL, "%s", text);
	ck_assert_msg(strstr(text, ", 7 messages\n") != NULL, "%s", text);
	akti_store_sc(&released, 1);
	akti_plat_wake(&released, 1);
	stop_system(sys);
}
END_TEST

START_TEST(limits_hold)
{
	akt_system *sys = start(0, AKT_OBSERVE_LATENCY, 1);
	struct latency *latency = ((struct actors *)sys)->latency;
	struct flights *flights = &((struct actors *)sys)->flights;
	struct told told = { 0 };
	akt_ref plain;

	ck_assert_int_eq(akt_spawn(sys, &plain_type, NULL, &plain), 0);
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW_SIGNAL(poke)), 0);
	flights->used = AKT_LATENCY_IN_FLIGHT_MAX; /* as if there were so many */
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW_SIGNAL(poke)), 0);
	flights->used = 2;
	drain(sys);
	ck_assert_int_eq(akt_system_latency(sys, see, &told), 1);
	ck_assert_uint_eq(told.waited[0], 2);
	ck_assert_uint_eq(told.lost, 1);
	latency->series_count = AKT_LATENCY_SERIES_MAX - 1;
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW(number, .value = 1)), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_latency(sys, see, &told), 2);
	ck_assert_int_eq(akt_spawn(sys, &stuck_type, NULL, &plain), 0);
	ck_assert_int_eq(akt_post(sys, plain, AKT_NEW(number, .value = 1)), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_latency(sys, see, &told), 2);
	ck_assert_uint_eq(told.lost, 2);
	stop_system(sys);
}
END_TEST

START_TEST(without_it_there_is_nothing_and_misuse_is_named)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = start(0, 0, 0);
	struct told told = { 0 };

	ck_assert_int_eq(akt_system_latency(sys, see, &told), 0);
	ck_assert_int_eq(akt_system_latency(sys, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_latency(NULL, see, &told), AKT_ERR_INVALID);
	stop_system(sys);
	options.observe = AKT_OBSERVE_ALL + 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("latency");

	tcase_add_test(tests, a_histogram_is_at_most_a_32nd_too_large);
	tcase_add_test(tests, quantiles_merge_and_have_ends);
	tcase_add_test(tests, waits_are_those_of_the_systems_clock);
	tcase_add_test(tests, a_second_is_a_second);
	tcase_add_test(tests, each_message_is_a_sample_with_the_same_chance);
	tcase_add_test(tests, every_flight_ends);
	tcase_add_test(tests, any_mailbox_is_counted_while_its_actor_is_stuck);
	tcase_add_test(tests, limits_hold);
	tcase_add_test(tests, without_it_there_is_nothing_and_misuse_is_named);
	return run_case("latency", tests, 120);
}
