/* SPDX-License-Identifier: MIT */
/*
 * Proves that the watchdog tells of each handler that overruns its budget once, and once more when it
 * has ended, with the right names, and of no other. The looks are given the time; one test has the
 * thread do it, and waits for what it says and not for any time.
 */
#include "fixture.h"
#include "observe/watch.h"
#include <stdio.h>

#define BUDGET AKT_S(1)
#define PATIENCE AKT_S(60)

static _Atomic uint32_t inside;
static _Atomic uint32_t released;

static void set(_Atomic uint32_t *word)
{
	(void)akti_add_sc(word, 1);
	akti_plat_wake(word, UINT32_MAX >> 1);
}

static void await(_Atomic uint32_t *word, uint32_t value)
{
	int64_t until = akti_plat_now() + PATIENCE;
	uint32_t seen;

	while ((seen = akti_load_sc(word)) < value)
		ck_assert(akti_plat_wait(word, seen, until) || akti_load_sc(word) >= value);
}

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	set(&inside);
	await(&released, akti_load_sc(&inside));
	return 0;
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	set(&inside);
	await(&released, akti_load_sc(&inside));
	akt_raise(ctx, -100, "raised");
}

static const akt_handler handlers[] = { AKT_ON(poke, on_poke), AKT_ON(number, on_number), AKT_END };
static const akt_type slow_type = { .name = "slow",
				    .handlers = handlers,
				    .on_failure = AKT_DIRECTIVE_RESUME };

static int start_slowly(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	set(&inside);
	await(&released, akti_load_sc(&inside));
	return 0;
}

static const akt_type slow_start_type = { .name = "slow to start", .start = start_slowly };

/* --- what was told ---------------------------------------------------------------------------------- */

static akt_overrun told[8];
static _Atomic uint32_t told_count;

static void on_overrun(void *arg, const akt_overrun *overrun)
{
	(void)arg;
	ck_assert_uint_lt(akti_load_sc(&told_count), 8);
	told[akti_load_sc(&told_count)] = *overrun;
	set(&told_count);
}

static char logged[4096];

static void on_line(void *arg, const char *line)
{
	(void)arg;
	strncat(logged, line, sizeof(logged) - strlen(logged) - 2);
	strcat(logged, "\n");
}

static akt_system *start(akt_options *options)
{
	akt_system *sys = NULL;

	options->workers = 1;
	ck_assert_int_eq(akt_system_start(&sys, options), 0);
	return sys;
}

static struct watchdog watchdog;

static akt_system *start_looked_at(void)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;

	options.overrun = on_overrun;
	sys = start(&options);
	ck_assert_int_eq(akti_watch_init(&watchdog, (struct actors *)sys, BUDGET), 0);
	return sys;
}

static void stop(akt_system *sys)
{
	akti_watch_fini(&watchdog);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}

START_TEST(an_overrun_is_told_once_and_its_end_once)
{
	akt_system *sys = start_looked_at();
	int64_t begin = AKT_S(100);
	akt_ref slow;

	ck_assert_int_eq(akt_spawn_named(sys, &slow_type, "turtle", NULL, &slow), 0);
	for (uint32_t round = 1; round <= 2; round++, begin += AKT_S(100)) {
		ck_assert_int_eq(akt_post(sys, slow, AKT_NEW_SIGNAL(poke)), 0);
		await(&inside, round);
		akti_watch_look(&watchdog, begin);
		akti_watch_look(&watchdog, begin + BUDGET - 1);
		ck_assert_uint_eq(told_count, 2 * round - 2);
		akti_watch_look(&watchdog, begin + BUDGET);
		akti_watch_look(&watchdog, begin + 2 * BUDGET);
		ck_assert_uint_eq(told_count, 2 * round - 1);
		set(&released);
		drain(sys);
		akti_watch_look(&watchdog, begin + 3 * BUDGET);
		akti_watch_look(&watchdog, begin + 9 * BUDGET);
		ck_assert_uint_eq(told_count, 2 * round);
	}
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert(akt_ref_equal(told[i].ref, slow));
		ck_assert_str_eq(told[i].type, "slow");
		ck_assert_str_eq(told[i].name, "turtle");
		ck_assert_str_eq(told[i].msg_type, "test.poke");
		ck_assert(told[i].handler == on_poke);
		ck_assert_uint_eq(told[i].worker, 0);
		ck_assert_int_eq(told[i].ended, i % 2 != 0);
		ck_assert_int_eq(told[i].for_ns, i % 2 != 0 ? 3 * BUDGET : BUDGET);
		ck_assert_int_eq(told[i].budget_ns, BUDGET);
	}
	stop(sys);
}
END_TEST

/* Many short ones, looked at far apart: never the same one twice. */
START_TEST(handlers_within_their_budget_are_not_told_of)
{
	akt_system *sys = start_looked_at();
	int64_t now = AKT_S(100);
	akt_ref slow;

	ck_assert_int_eq(akt_spawn(sys, &slow_type, NULL, &slow), 0);
	for (uint32_t i = 1; i <= 10; i++) {
		ck_assert_int_eq(akt_post(sys, slow, AKT_NEW_SIGNAL(poke)), 0);
		await(&inside, i);
		akti_watch_look(&watchdog, now += 2 * BUDGET);
		set(&released);
		if (i % 2 == 0) {
			drain(sys);
			akti_watch_look(&watchdog, now += 2 * BUDGET);
		}
	}
	drain(sys);
	ck_assert_uint_eq(told_count, 0);
	stop(sys);
}
END_TEST

START_TEST(hooks_and_handlers_that_raise_are_told_of)
{
	akt_system *sys = start_looked_at();
	akt_ref slow;

	ck_assert_int_eq(akt_spawn(sys, &slow_start_type, NULL, &slow), 0);
	await(&inside, 1);
	akti_watch_look(&watchdog, 0);
	akti_watch_look(&watchdog, BUDGET);
	ck_assert_uint_eq(told_count, 1);
	ck_assert_str_eq(told[0].type, "slow to start");
	ck_assert_str_eq(told[0].msg_type, "");
	ck_assert(told[0].handler == NULL);
	set(&released);
	drain(sys);
	akti_watch_look(&watchdog, 2 * BUDGET);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_int_eq(akt_spawn(sys, &slow_type, NULL, &slow), 0);
	ck_assert_int_eq(akt_post(sys, slow, AKT_NEW(number, .value = 1)), 0);
	await(&inside, 2);
	akti_watch_look(&watchdog, 3 * BUDGET);
	akti_watch_look(&watchdog, 4 * BUDGET);
	set(&released);
	drain(sys);
	akti_watch_look(&watchdog, 5 * BUDGET);
	ck_assert_uint_eq(told_count, 4);
	ck_assert_str_eq(told[3].msg_type, "test.number");
	ck_assert(told[3].ended);
	stop(sys);
}
END_TEST

/* --- with its thread -------------------------------------------------------------------------------- */

static int until_told(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	await(&told_count, 1);
	return 0;
}

static const akt_handler told_handlers[] = { AKT_ON(poke, until_told), AKT_END };
static const akt_type told_type = { .name = "told", .handlers = told_handlers };

START_TEST(the_thread_tells_too)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref ref;

	options.overrun = on_overrun;
	options.watchdog_ns = AKT_WATCHDOG_MIN_NS;
	sys = start(&options);
	ck_assert_int_eq(akt_spawn(sys, &told_type, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	await(&told_count, 2);
	ck_assert(!told[0].ended && told[1].ended);
	ck_assert_int_ge(told[0].for_ns, AKT_WATCHDOG_MIN_NS);
	ck_assert_int_ge(told[1].for_ns, told[0].for_ns);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(without_a_function_it_is_a_line_in_the_log)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref slow;

	options.log = on_line;
	options.name = "zoo";
	sys = start(&options);
	ck_assert_int_eq(akti_watch_init(&watchdog, (struct actors *)sys, BUDGET), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &slow_type, "turtle", NULL, &slow), 0);
	ck_assert_int_eq(akt_post(sys, slow, AKT_NEW_SIGNAL(poke)), 0);
	await(&inside, 1);
	akti_watch_look(&watchdog, 0);
	akti_watch_look(&watchdog, BUDGET);
	set(&released);
	drain(sys);
	akti_watch_look(&watchdog, 2 * BUDGET);
	ck_assert_str_eq(logged,
			 "zoo: watchdog: slow /turtle, test.poke: has run for 1000 ms on worker "
			 "0, over 1000 ms\n"
			 "zoo: watchdog: slow /turtle, test.poke: has ended after 2000 ms\n");
	stop(sys);
}
END_TEST

START_TEST(a_shutdown_that_is_not_drained_says_who_runs)
{
	akt_stop_report report = { .size = sizeof(report) };
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref slow;

	options.log = on_line;
	sys = start(&options);
	ck_assert_int_eq(akti_watch_init(&watchdog, (struct actors *)sys, BUDGET), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &slow_type, "turtle", NULL, &slow), 0);
	ck_assert_int_eq(akt_post(sys, slow, AKT_NEW_SIGNAL(poke)), 0);
	await(&inside, 1);
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(1), &report), AKT_ERR_TIMEOUT);
	ck_assert_msg(strstr(logged,
			     "shutdown: not drained: worker 0 is at slow /turtle, test.poke\n"),
		      "%s", logged);
	set(&released);
	akti_watch_fini(&watchdog);
	ck_assert_int_eq(akt_system_stop_within(sys, PATIENCE, &report), 0);
}
END_TEST

START_TEST(budgets_have_a_least)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.watchdog_ns = AKT_WATCHDOG_MIN_NS - 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	options.watchdog_ns = -1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	options.watchdog_ns = AKT_FOREVER;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	options.seed = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("watch");

	tcase_add_test(tests, an_overrun_is_told_once_and_its_end_once);
	tcase_add_test(tests, handlers_within_their_budget_are_not_told_of);
	tcase_add_test(tests, hooks_and_handlers_that_raise_are_told_of);
	tcase_add_test(tests, the_thread_tells_too);
	tcase_add_test(tests, without_a_function_it_is_a_line_in_the_log);
	tcase_add_test(tests, a_shutdown_that_is_not_drained_says_who_runs);
	tcase_add_test(tests, budgets_have_a_least);
	return run_case("watch", tests, 120);
}
