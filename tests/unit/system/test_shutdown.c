/* SPDX-License-Identifier: MIT */
/*
 * Proves who may ask for the end, in which order the steps and their hooks run, what the four
 * recovery policies do, and what the report says. Seeded where a pause must not cost real time.
 */
#include "fixture.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

static char trace[256];
static struct seen_dead dead;
static akt_system *sys;
static akt_ref ref;

static void note(const char *word)
{
	ck_assert_uint_lt(strlen(trace) + strlen(word) + 1, sizeof(trace));
	strcat(trace, word);
	strcat(trace, " ");
}

struct job {
	const char *word;
	int fails; /* tries that fail yet */
};

static int run(void *arg, int64_t until_ns)
{
	struct job *job = arg;

	ck_assert_int_gt(until_ns, 0);
	note(job->word);
	if (job->fails > 0) {
		job->fails--;
		return AKT_ERR_IO;
	}
	return 0;
}

static void add(enum akt_step step, int priority, enum akt_recovery recovery, struct job *job)
{
	akt_shutdown_hook hook = { .size = sizeof(hook),
				   .name = job->word,
				   .step = step,
				   .priority = priority,
				   .recovery = recovery,
				   .run = run,
				   .arg = job,
				   .pause_ns = AKT_MS(100) };

	ck_assert_int_eq(akt_system_on_shutdown(sys, &hook), 0);
}

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	note("poke");
	akt_system_request_stop(akt_system_of(ctx));
	return 0;
}

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	note("stop");
}

static const akt_handler handlers[] = { AKT_ON(poke, on_poke), AKT_END };
static const akt_type type = { .name = "asker", .handlers = handlers, .stop = on_stop };

static void set_up(unsigned workers)
{
	memset(trace, 0, sizeof(trace));
	memset(&dead, 0, sizeof(dead));
	sys = start_system(workers, &dead);
	ck_assert_int_eq(akt_spawn(sys, &type, NULL, &ref), 0);
}

static akt_stop_report stop(void)
{
	akt_stop_report report = { .size = sizeof(report) };

	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	return report;
}

START_TEST(hooks_run_in_their_step_by_priority)
{
	struct job jobs[] = { { "a", 0 }, { "b", 0 }, { "c", 0 }, { "d", 0 }, { "e", 0 } };
	akt_stop_report report;

	set_up((unsigned)_i);
	add(AKT_STEP_STOPPED, 0, AKT_RECOVERY_FAIL, &jobs[0]);
	add(AKT_STEP_INTAKE, 5, AKT_RECOVERY_FAIL, &jobs[1]);
	add(AKT_STEP_INTAKE, -5, AKT_RECOVERY_FAIL, &jobs[2]);
	add(AKT_STEP_INTAKE, 5, AKT_RECOVERY_FAIL, &jobs[3]);
	add(AKT_STEP_DRAINED, 9, AKT_RECOVERY_FAIL, &jobs[4]);
	report = stop();
	ck_assert_str_eq(trace, "c b d e stop a ");
	ck_assert_uint_eq(report.hooks_failed, 0);
	ck_assert_uint_eq(report.left_count, 0);
}
END_TEST

START_TEST(a_hook_that_fails_ends_the_chain_or_not)
{
	struct job fail[] = { { "a", 1 }, { "b", 0 } };
	struct job skip[] = { { "a", 1 }, { "b", 0 } };
	struct job retry[] = { { "a", 3 }, { "b", 0 } };
	struct job retry_skip[] = { { "a", 9 }, { "b", 0 } };
	struct job retry_fail[] = { { "a", 9 }, { "b", 0 } };
	static const enum akt_recovery recoveries[] = { AKT_RECOVERY_FAIL, AKT_RECOVERY_SKIP,
							AKT_RECOVERY_RETRY_FAIL,
							AKT_RECOVERY_RETRY_SKIP,
							AKT_RECOVERY_RETRY_FAIL };
	struct job *jobs[] = { fail, skip, retry, retry_skip, retry_fail };
	static const char *const traces[] = { "a stop ", "a b stop ", "a a a a b stop ",
					      "a a a a b stop ", "a a a a stop " };
	static const size_t failed[] = { 1, 1, 0, 1, 1 };

	for (int i = 0; i < 5; i++) {
		akt_stop_report report;

		set_up(0);
		add(AKT_STEP_INTAKE, 0, recoveries[i], &jobs[i][0]);
		add(AKT_STEP_INTAKE, 1, AKT_RECOVERY_FAIL, &jobs[i][1]);
		report = stop();
		ck_assert_str_eq(trace, traces[i]);
		ck_assert_uint_eq(report.hooks_failed, failed[i]);
		if (failed[i] == 1) {
			ck_assert_str_eq(report.failures[0].name, "a");
			ck_assert_int_eq(report.failures[0].error, AKT_ERR_IO);
		}
	}
}
END_TEST

START_TEST(a_retry_ends_at_the_deadline)
{
	struct job job = { "a", 100 };
	akt_stop_report report = { .size = sizeof(report) };

	set_up(0);
	add(AKT_STEP_INTAKE, 0, AKT_RECOVERY_RETRY_FAIL, &job);
	/* Tries at 0, 100, 200 ms; the next would be at the deadline. */
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(300), &report), 0);
	ck_assert_str_eq(trace, "a a a stop ");
	ck_assert_uint_eq(report.hooks_failed, 1);
}
END_TEST

START_TEST(a_real_pause_passes)
{
	struct job job = { "a", 1 };
	akt_shutdown_hook hook = { .size = sizeof(hook),
				   .name = "a",
				   .run = run,
				   .arg = &job,
				   .recovery = AKT_RECOVERY_RETRY_FAIL,
				   .pause_ns = 1,
				   .retries = 1 };

	set_up(1);
	ck_assert_int_eq(akt_system_on_shutdown(sys, &hook), 0);
	(void)stop();
	ck_assert_str_eq(trace, "a a stop ");
}
END_TEST

START_TEST(an_actor_may_ask_for_the_end)
{
	akt_stop_report report = { .size = sizeof(report) };

	set_up((unsigned)_i);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_system_run(sys, AKT_S(60), &report), 0);
	ck_assert_str_eq(trace, "poke stop ");
}
END_TEST

static void on_signal(int signal)
{
	(void)signal;
	akt_system_request_stop(sys);
}

static void *raise_later(void *arg)
{
	ck_assert_int_eq(pthread_kill(*(pthread_t *)arg, SIGUSR1), 0);
	return NULL;
}

START_TEST(a_signal_handler_may_ask_for_the_end)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t self = pthread_self();
	pthread_t thread;

	set_up(2);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, raise_later, &self), 0);
	ck_assert_int_eq(akt_system_run(sys, AKT_S(60), NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_str_eq(trace, "stop ");
}
END_TEST

static int adds_a_hook(void *arg, int64_t until_ns)
{
	struct job *job = arg;
	akt_shutdown_hook hook = { .size = sizeof(hook), .name = "late", .run = run, .arg = job };

	(void)until_ns;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &hook), AKT_ERR_STOPPED);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), AKT_ERR_STOPPED);
	note("tried");
	return 0;
}

START_TEST(misuse_is_named)
{
	struct job job = { "a", 0 };
	akt_shutdown_hook good = { .size = sizeof(good), .name = "a", .run = run, .arg = &job };
	akt_shutdown_hook late = good;
	akt_shutdown_hook bad = good;
	akt_stop_report report = { .size = sizeof(report) - 1 };

	set_up(1);
	ck_assert_int_eq(akt_system_on_shutdown(NULL, &good), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_on_shutdown(sys, NULL), AKT_ERR_INVALID);
	bad.size--;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	bad = good;
	bad.run = NULL;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	bad = good;
	bad.name = NULL;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	bad = good;
	bad.step = (enum akt_step)3;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	bad = good;
	bad.recovery = (enum akt_recovery)4;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	bad = good;
	bad.pause_ns = -1;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &bad), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_run(NULL, AKT_S(1), NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_run(sys, 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_run(sys, AKT_S(1), &report), AKT_ERR_INVALID);
	akt_system_request_stop(NULL);
	late.run = adds_a_hook;
	ck_assert_int_eq(akt_system_on_shutdown(sys, &late), 0);
	for (unsigned i = 2; i < AKT_SHUTDOWN_HOOKS_MAX; i++)
		ck_assert_int_eq(akt_system_on_shutdown(sys, &good), 0);
	ck_assert_int_eq(akt_system_on_shutdown(sys, &good), 0);
	ck_assert_int_eq(akt_system_on_shutdown(sys, &good), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_int_eq(strncmp(trace, "tried a a ", 10), 0);
}
END_TEST

static _Atomic bool held;
static int hold(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	while (held)
		continue;
	return 0;
}
static const akt_handler holder_handlers[] = { AKT_ON(poke, hold), AKT_END };
static const akt_type holder = { .name = "holder", .handlers = holder_handlers };

/* A shutdown that goes on after its deadline runs no hook twice. */
START_TEST(hooks_run_once_however_long_it_takes)
{
	struct job jobs[] = { { "a", 0 }, { "b", 0 } };
	akt_stop_report report = { .size = sizeof(report) };
	akt_ref held_ref;

	set_up(2);
	add(AKT_STEP_INTAKE, 0, AKT_RECOVERY_FAIL, &jobs[0]);
	add(AKT_STEP_STOPPED, 0, AKT_RECOVERY_FAIL, &jobs[1]);
	held = true;
	ck_assert_int_eq(akt_spawn_named(sys, &holder, "held", NULL, &held_ref), 0);
	ck_assert_int_eq(akt_post(sys, held_ref, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(20), &report), AKT_ERR_TIMEOUT);
	ck_assert_uint_ge(report.left_count, 1);
	held = false;
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_ptr_nonnull(strstr(trace, "a "));
	ck_assert_ptr_null(strstr(strstr(trace, "a ") + 1, "a "));
	ck_assert_str_eq(trace + strlen(trace) - 2, "b ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shutdown");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, hooks_run_in_their_step_by_priority, 0, 4);
	tcase_add_test(all, a_hook_that_fails_ends_the_chain_or_not);
	tcase_add_test(all, a_retry_ends_at_the_deadline);
	tcase_add_test(all, a_real_pause_passes);
	tcase_add_loop_test(all, an_actor_may_ask_for_the_end, 0, 4);
	tcase_add_test(all, a_signal_handler_may_ask_for_the_end);
	tcase_add_test(all, misuse_is_named);
	tcase_add_test(all, hooks_run_once_however_long_it_takes);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
