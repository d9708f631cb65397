/* SPDX-License-Identifier: MIT */
/*
 * Torture of starts and stops. Proves: a system whose threads cannot be made does not start, says
 * SYSTEM, and leaves nothing, while others go on; without descriptors systems start and go on, and a
 * wait for a descriptor says SYSTEM; systems start and stop thousands of times, idle, busy and in the
 * middle of births, and none hangs; the end may be asked for in handlers, timers, hooks, blocking work and
 * signal handlers.
 *
 * AKT_TEST_LOOPS=n is how often (500; a tenth for each way to ask for the end). A watchdog ends what
 * hangs, and says where it was.
 */
#include "failpoints.h"
#include "fixture.h"
#include <akt/block.h>
#include <akt/fd.h>
#include <akt/timer.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- the watchdog ------------------------------------------------------------------------------------ */

static char doing[80];

static void bark(int signal_number)
{
	static const char text[] = "\nhangs: ";

	(void)signal_number;
	(void)!write(2, text, sizeof(text) - 1);
	(void)!write(2, doing, strlen(doing));
	(void)!write(2, "\n", 1);
	abort();
}

/* What is done next, within a minute. */
static void next_is(const char *what, unsigned loop)
{
	(void)snprintf(doing, sizeof(doing), "%s, loop %u", what, loop);
	(void)signal(SIGALRM, bark);
	(void)alarm(60);
}

static unsigned loops(void)
{
	const char *given = getenv("AKT_TEST_LOOPS");

	return given != NULL ? (unsigned)strtoul(given, NULL, 10) : 500 / (SLOW > 1 ? 5 : 1);
}

/* --- what must not be left --------------------------------------------------------------------------- */

static unsigned entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

/* A joined thread may be seen for a moment. */
static void check_threads(unsigned expected)
{
	int64_t until = akti_plat_now() + AKT_S(30);

	while (entries("/proc/self/task") != expected && akti_plat_now() < until)
		;
	ck_assert_uint_eq(entries("/proc/self/task"), expected);
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return akt_reply(ctx, AKT_NEW(number, .value = akt_payload(msg, number)->value + 1));
}
static const akt_handler echo_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type echo = { .name = "echo", .state_size = 40, .handlers = echo_handlers };

static void check_goes_on(akt_system *sys, akt_ref ref)
{
	akt_msg *reply = NULL;

	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 4), AKT_S(50), &reply), 0);
	ck_assert_uint_eq(akt_payload(reply, number)->value, 5);
	akt_msg_free(reply);
}

/* --- threads ----------------------------------------------------------------------------------------- */

START_TEST(a_thread_that_cannot_be_made_fails_the_start_and_nothing_is_left)
{
	akt_system *other = start_system(2, NULL);
	unsigned threads;
	unsigned files;
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(other, &echo, NULL, &ref), 0);
	check_goes_on(other, ref);
	threads = entries("/proc/self/task");
	files = entries("/proc/self/fd");
	for (unsigned workers = 1; workers <= 5; workers++) {
		akt_options options = AKT_OPTIONS;

		options.workers = workers;
		options.watchdog_ns = AKT_S(1); /* a thread of its own: one more than workers */
		for (unsigned nth = 1; nth <= workers + 1; nth++) {
			akt_system *sys = NULL;

			next_is("a thread fails", nth);
			fail_from(FAIL_THREADS, nth, nth % 2 == 0);
			ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_SYSTEM);
			ck_assert_uint_ge(fail_never(), 1);
			ck_assert_ptr_null(sys);
			check_threads(threads);
			ck_assert_uint_eq(entries("/proc/self/fd"), files);
			check_goes_on(other, ref);
		}
	}
	stop_system(other);
}
END_TEST

static _Atomic uint64_t done;
static _Atomic int64_t discarded;
static _Atomic int result;

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	done++;
	return 0;
}

static int work_run(void *arg, akt_msg **ret_result)
{
	(void)arg, (void)ret_result;
	return 0;
}
static void work_discard(void *arg)
{
	(void)arg;
	discarded++;
}
static const akt_work work = { .name = "work", .run = work_run, .discard = work_discard };

static int ends[2];

static int on_block(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	if (akt_payload(msg, number)->value == 0)
		result = akt_block(ctx, &work, NULL, AKT_S(50), on_done, 0, NULL);
	else
		result = akt_fd_wait(ctx, ends[1], AKT_FD_WRITE, AKT_S(50), on_done, 0, NULL);
	return akt_reply(ctx, AKT_NEW(number, .value = 5));
}
static const akt_handler blocker_handlers[] = { AKT_ON(number, on_block), AKT_END };
static const akt_type blocker = { .name = "blocker", .handlers = blocker_handlers };

/* What the blocker was told: by akt_block for 0, by akt_fd_wait for 1. */
static int told(akt_system *sys, akt_ref ref, uint64_t value)
{
	akt_msg *reply = NULL;

	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = value), AKT_S(50), &reply), 0);
	akt_msg_free(reply);
	return result;
}

START_TEST(without_a_thread_blocking_and_descriptors_are_refused_until_there_is_one)
{
	akt_system *sys = start_system(2, NULL);
	akt_ref ref;

	done = 0;
	discarded = 0;
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(akt_spawn(sys, &blocker, NULL, &ref), 0);
	fail_from(FAIL_THREADS, 1, true);
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(told(sys, ref, 0), AKT_ERR_SYSTEM);
		ck_assert_int_eq(told(sys, ref, 1), AKT_ERR_SYSTEM);
		ck_assert_int_eq(discarded, i);
	}
	(void)fail_never();
	ck_assert_int_eq(told(sys, ref, 0), 0);
	ck_assert_int_eq(told(sys, ref, 1), 0);
	drain(sys);
	/* One thread is enough to go on with. */
	fail_from(FAIL_THREADS, 1, true);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(told(sys, ref, 0), 0);
	(void)fail_never();
	while (done < 12)
		drain(sys);
	stop_system(sys);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

/* --- descriptors ------------------------------------------------------------------------------------- */

static void descriptors_max(rlim_t most)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = most;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(without_descriptors_systems_start_and_go_on)
{
	akt_system *before = start_system(mode_workers[_i], NULL);
	akt_system *after;
	struct rlimit limit;
	akt_ref old_ref;
	akt_ref ref;

	one_seed();
	done = 0;
	discarded = 0;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(akt_spawn(before, &blocker, NULL, &old_ref), 0);
	descriptors_max(0);
	after = start_system(mode_workers[_i], NULL);
	ck_assert_int_eq(akt_spawn(after, &blocker, NULL, &ref), 0);
	ck_assert_int_eq(told(before, old_ref, 1), AKT_ERR_SYSTEM);
	ck_assert_int_eq(told(after, ref, 1), AKT_ERR_SYSTEM);
	ck_assert_int_eq(told(before, old_ref, 0), 0);
	ck_assert_int_eq(told(after, ref, 0), 0);
	drain(before);
	drain(after);
	ck_assert_uint_eq(done, 2);
	descriptors_max(limit.rlim_cur);
	/* When there are some again they are found. */
	ck_assert_int_eq(told(after, ref, 1), 0);
	while (done < 3)
		(void)told(after, ref, 0);
	stop_system(after);
	stop_system(before);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

/* --- again and again --------------------------------------------------------------------------------- */

/* Keeps itself busy, has children, waits for things. */
static int on_busy(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke));
	return 0;
}
static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}
static const akt_handler busy_handlers[] = { AKT_ON(poke, on_busy), AKT_ON(number, on_number),
					     AKT_END };

static int busy_starts(akt_ctx *ctx, void *state, const void *arg);
static const akt_type busy = {
	.name = "busy", .state_size = 24, .handlers = busy_handlers, .start = busy_starts
};
static const char leaf[] = "leaf";

static int busy_starts(akt_ctx *ctx, void *state, const void *arg)
{
	akt_ref child;

	(void)state;
	(void)akt_timer_start(ctx, AKT_MS(1), AKT_MS(1), on_tick, 0, NULL);
	if (arg == leaf)
		return 0;
	for (int i = 0; i < 3; i++)
		(void)akt_spawn_child(ctx, &busy, NULL, leaf, &child);
	(void)akt_block(ctx, &work, NULL, AKT_S(1), on_tick, 0, NULL);
	(void)akt_ask(ctx, child, AKT_NEW(number, .value = 1), AKT_S(1), on_tick, 0);
	return 0;
}

START_TEST(systems_start_and_stop_again_and_again)
{
	unsigned count = loops();

	one_seed();
	for (unsigned i = 0; i < count; i++) {
		akt_stop_report report = { .size = sizeof(report) };
		akt_system *sys = start_system(i % 5 == 4 ? 0 : 1 + i % 5, NULL);
		akt_ref ref;

		next_is("start and stop", i);
		for (unsigned n = 0; n < i % 7; n++) {
			if (akt_spawn(sys, n % 2 ? &busy : &echo, NULL, &ref) == 0)
				(void)akt_post(sys, ref, AKT_NEW(number, .value = n));
		}
		ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(50), &report), 0);
		ck_assert_uint_eq(report.left_count, 0);
	}
	(void)alarm(0);
}
END_TEST

/* --- ways to ask for the end ------------------------------------------------------------------------- */

enum way { BY_HANDLER, BY_TIMER, BY_WORK, BY_SIGNAL, BY_START, BY_THREAD, WAYS };
static const char *const way_names[WAYS] = {
	"handler", "timer", "work", "signal", "start", "thread"
};

static akt_system *_Atomic ending;
static _Atomic int wrong;

static void on_signal(int signal_number)
{
	(void)signal_number;
	akt_system_request_stop(ending);
}

/* A stop from where none may be: refused, and the request that may be. */
static void ask_for_the_end(bool on_worker)
{
	akt_system *sys = ending;

	if (on_worker)
		wrong += akt_system_stop(sys) != AKT_ERR_THREAD ||
			 akt_system_run(sys, 1, NULL) != AKT_ERR_THREAD;
	akt_system_request_stop(sys);
}

static int end_by_timer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	ask_for_the_end(true);
	return 0;
}

static int end_work(void *arg, akt_msg **ret_result)
{
	(void)arg, (void)ret_result;
	ask_for_the_end(false);
	return 0;
}
static const akt_work ender = { .name = "ender", .run = end_work };

static int on_end(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	switch ((enum way)akt_payload(msg, number)->value) {
	case BY_HANDLER:
		ask_for_the_end(true);
		break;
	case BY_TIMER:
		return akt_timer_start(ctx, AKT_MS(1), 0, end_by_timer, 0, NULL);
	case BY_WORK:
		return akt_block(ctx, &ender, NULL, AKT_S(50), on_tick, 0, NULL);
	case BY_SIGNAL:
		(void)kill(getpid(), SIGUSR1);
		break;
	default:
		break;
	}
	return 0;
}

static int ender_starts(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state;
	if (*(const enum way *)arg == BY_START)
		ask_for_the_end(true);
	return 0;
}
static const akt_handler ender_handlers[] = { AKT_ON(number, on_end), AKT_END };
static const akt_type ender_type = { .name = "ender",
				     .handlers = ender_handlers,
				     .start = ender_starts };

/* In a hook: the stop is under way. */
static int hook(void *arg, int64_t until_ns)
{
	(void)arg, (void)until_ns;
	akt_system_request_stop(ending);
	wrong += akt_system_stop(ending) != AKT_ERR_STOPPED ||
		 akt_system_run(ending, 1, NULL) != AKT_ERR_STOPPED;
	return 0;
}

static void end_thread(void *arg)
{
	(void)arg;
	ask_for_the_end(false);
}

START_TEST(the_end_may_be_asked_for_anywhere)
{
	unsigned count = loops() / 10 + 5;
	enum way way = (enum way)_i;

	one_seed();
	wrong = 0;
	(void)signal(SIGUSR1, on_signal);
	for (unsigned i = 0; i < count; i++) {
		/* Nobody comes to a seeded system from another thread. */
		unsigned workers = way == BY_THREAD ? 1 + i % 3 : mode_workers[i % MODES];
		akt_stop_report report = { .size = sizeof(report) };
		akt_system *sys = start_system(workers, NULL);
		struct plat_thread thread;
		akt_ref ref;

		next_is(way_names[way], i);
		ending = sys;
		for (int step = 0; step < 3; step++) {
			akt_shutdown_hook given = { .size = sizeof(given),
						    .name = "hook",
						    .step = (enum akt_step)step,
						    .run = hook };

			ck_assert_int_eq(akt_system_on_shutdown(sys, &given), 0);
		}
		ck_assert_int_eq(akt_spawn(sys, &ender_type, &way, &ref), 0);
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = way)), 0);
		if (way == BY_THREAD)
			ck_assert_int_eq(akti_plat_thread_start(&thread, "ender", end_thread, NULL),
					 0);
		ck_assert_int_eq(akt_system_run(sys, AKT_S(50), &report), 0);
		ck_assert_uint_eq(report.left_count, 0);
		ck_assert_uint_eq(report.hooks_failed, 0);
		if (way == BY_THREAD)
			akti_plat_thread_join(&thread);
	}
	ck_assert_int_eq(wrong, 0);
	(void)alarm(0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("startstop");

	tcase_add_test(tests, a_thread_that_cannot_be_made_fails_the_start_and_nothing_is_left);
	tcase_add_test(tests,
		       without_a_thread_blocking_and_descriptors_are_refused_until_there_is_one);
	tcase_add_loop_test(tests, without_descriptors_systems_start_and_go_on, 0, MODES);
	tcase_add_test(tests, systems_start_and_stop_again_and_again);
	tcase_add_loop_test(tests, the_end_may_be_asked_for_anywhere, 0, WAYS);
	return run_case("startstop", tests, 290);
}
