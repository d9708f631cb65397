/* SPDX-License-Identifier: MIT */
/*
 * Proves: blocking work holds up no worker, is done or discarded exactly once, and answers exactly
 * once or not at all once nobody waits; limits, misuse, shutdown. With one worker, with several, and
 * seeded. Does not prove how many threads are best.
 */
#include "fixture.h"
#include <sched.h>

static struct seen_dead dead;
static akt_system *sys;
static _Atomic uint64_t done;      /* runs that have returned */
static _Atomic uint64_t discarded; /* args that were freed without a run */
static _Atomic uint64_t answers;
static _Atomic uint64_t sum;
static _Atomic int error_seen;
static _Atomic int gate; /* runs of `waiting` go on when it is open */
static _Atomic uint64_t inside, inside_max;

static akt_system *start_with(unsigned workers, unsigned threads)
{
	akt_options options = AKT_OPTIONS;
	akt_system *system = NULL;

	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.blocking_threads = threads;
	options.dead_letter = count_dead;
	options.arg = &dead;
	ck_assert_int_eq(akt_system_start(&system, &options), 0);
	return system;
}

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	done = discarded = answers = sum = inside = inside_max = 0;
	gate = 0;
	error_seen = 1;
	sys = start_with(mode_workers[mode], 0);
}

static void await(_Atomic uint64_t *count, uint64_t value)
{
	while (*count < value)
		sched_yield(); /* the test's own time limit is the deadline */
}

/* --- works: each owns its arg, a block of its own ------------------------------------------------ */

struct job {
	uint64_t value;
};

static void discard_job(void *arg)
{
	free(arg);
	discarded++;
}
static struct job *new_job(uint64_t value)
{
	struct job *job = malloc(sizeof(*job));

	ck_assert_ptr_nonnull(job);
	job->value = value;
	return job;
}

static int run_double(void *arg, akt_msg **ret_result)
{
	struct job *job = arg;

	ck_assert_ptr_null(*ret_result);
	*ret_result = AKT_NEW(number, .value = job->value * 2);
	free(job);
	done++;
	return 0;
}
static const akt_work doubling = { .name = "doubling", .run = run_double, .discard = discard_job };

static int run_fail(void *arg, akt_msg **ret_result)
{
	*ret_result = AKT_NEW(number, .value = 1); /* freed: the error is the answer */
	free(arg);
	done++;
	return AKT_ERR_IO;
}
static const akt_work failing = { .name = "failing", .run = run_fail, .discard = discard_job };

static int run_silent(void *arg, akt_msg **ret_result)
{
	(void)ret_result;
	free(arg);
	done++;
	return 0;
}
static const akt_work silent = { .name = "silent", .run = run_silent, .discard = discard_job };

static int run_waiting(void *arg, akt_msg **ret_result)
{
	uint64_t now = ++inside;
	uint64_t most = inside_max;

	while (now > most && !atomic_compare_exchange_weak(&inside_max, &most, now))
		;
	while (gate == 0)
		sched_yield();
	inside--;
	return run_double(arg, ret_result);
}
static const akt_work waiting = { .name = "waiting", .run = run_waiting, .discard = discard_job };

/* --- an actor that has a script done ------------------------------------------------------------- */

typedef void (*script_fn)(akt_ctx *ctx, uint64_t arg);
static script_fn script;
static akt_ref other;

static int count_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	error_seen = akt_msg_error(msg);
	if (error_seen == 0 && akt_msg_size(msg) == sizeof(struct number)) {
		uint64_t value = akt_payload(msg, number)->value;

		ck_assert_uint_eq(value, 2 * akt_tag(ctx));
		sum += value;
	}
	answers++; /* last: who awaits it reads the others */
	return 0;
}
static int client_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	script(ctx, akt_payload(msg, number)->value);
	return akt_reply(ctx, AKT_NEW_SIGNAL(poke));
}
static const akt_handler client_handlers[] = { AKT_ON(number, client_on_number), AKT_END };
static const akt_type client = { .name = "client", .handlers = client_handlers };

static akt_ref run_script(script_fn run, uint64_t arg)
{
	akt_ref ref;

	script = run;
	ck_assert_int_eq(akt_spawn(sys, &client, NULL, &ref), 0);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = arg), AKT_S(60), NULL), 0);
	return ref;
}

static void many(akt_ctx *ctx, uint64_t count)
{
	for (uint64_t i = 1; i <= count; i++)
		ck_assert_int_eq(akt_block(ctx, &doubling, new_job(i), AKT_FOREVER, count_answer, i,
					   NULL),
				 0);
}

START_TEST(each_result_comes_back_once)
{
	set_up(_i);
	(void)run_script(many, 100);
	drain(sys); /* waits for the work too */
	ck_assert_uint_eq(done, 100);
	ck_assert_uint_eq(answers, 100);
	ck_assert_uint_eq(sum, 100 * 101);
	stop_system(sys);
	ck_assert_uint_eq(discarded, 0);
}
END_TEST

static void fail_once(akt_ctx *ctx, uint64_t arg)
{
	const akt_work *work = arg == 0 ? &failing : &silent;

	ck_assert_int_eq(akt_block(ctx, work, new_job(0), AKT_S(50), count_answer, 0, NULL), 0);
}

START_TEST(an_error_is_the_answer_and_silence_is_none)
{
	set_up(_i);
	(void)run_script(fail_once, 0);
	drain(sys);
	ck_assert_int_eq(error_seen, AKT_ERR_IO);
	(void)run_script(fail_once, 1);
	drain(sys);
	ck_assert_int_eq(error_seen, 0);
	ck_assert_uint_eq(answers, 2);
	stop_system(sys);
}
END_TEST

static void ask_other(akt_ctx *ctx, uint64_t arg)
{
	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(arg), AKT_FOREVER, count_answer, arg,
				   NULL),
			 0);
	ck_assert_int_eq(akt_ask(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke), AKT_S(50), count_answer,
				 0),
			 0);
}

START_TEST(work_is_not_one_of_the_questions_that_are_limited)
{
	akt_ref ref;

	set_up(_i);
	ref = run_script(ask_other, 4);
	drain(sys);
	/* The work has ended: there is as much room for questions as before. */
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 5), AKT_S(60), NULL), 0);
	drain(sys);
	ck_assert_uint_eq(answers, 4);
	ck_assert_uint_eq(sum, 2 * (4 + 5));
	stop_system(sys);
}
END_TEST

/* --- nobody waits any more ---------------------------------------------------------------------- */

static void begin_one(akt_ctx *ctx, uint64_t timeout_ns)
{
	ck_assert_int_eq(akt_block(ctx, &waiting, new_job(7), (int64_t)timeout_ns, count_answer, 7,
				   NULL),
			 0);
}
static void begin_and_cancel(akt_ctx *ctx, uint64_t arg)
{
	akt_pending pending;

	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(arg), AKT_FOREVER, count_answer, arg,
				   &pending),
			 0);
	ck_assert_int_eq(akt_cancel(ctx, pending), 0);
	ck_assert_int_eq(akt_cancel(ctx, pending), AKT_ERR_NOTFOUND);
}

START_TEST(a_time_out_is_the_answer_and_the_result_is_late)
{
	set_up(_i);
	(void)run_script(begin_one, (uint64_t)AKT_MS(5));
	await(&answers, 1);
	ck_assert_int_eq(error_seen, AKT_ERR_TIMEOUT);
	gate = 1;
	drain(sys);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 1);
	stop_system(sys);
}
END_TEST

START_TEST(what_nobody_waits_for_is_a_dead_letter)
{
	akt_ref ref;

	set_up(_i);
	(void)run_script(begin_and_cancel, 4);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 1);
	if (mode_workers[_i] > 0) {
		ref = run_script(begin_one, (uint64_t)AKT_S(60));
		ck_assert_int_eq(akt_stop(sys, ref), 0);
		while (akt_alive(sys, ref))
			sched_yield();
		ref = run_script(begin_one, (uint64_t)AKT_S(60));
		ck_assert_int_eq(akt_restart(sys, ref), 0);
		/* Once it answers, it has restarted. */
		script = begin_and_cancel;
		ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 1), AKT_S(60), NULL),
				 0);
		gate = 1;
		drain(sys);
		ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 4);
		ck_assert_uint_eq(done, 4);
	}
	ck_assert_uint_eq(answers, 0);
	stop_system(sys);
}
END_TEST

/* --- to another actor --------------------------------------------------------------------------- */

static _Atomic uint64_t piped;
static _Atomic int pipe_error;

static int other_on_any(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	pipe_error = akt_msg_error(msg);
	return 0;
}
static int other_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref none = { 0, 0, 0 };

	(void)state;
	ck_assert(!akt_ref_equal(akt_sender(ctx), none));
	piped += akt_payload(msg, number)->value;
	return 0;
}
static const akt_handler other_handlers[] = { AKT_ON(number, other_on_number),
					      AKT_ON_ANY(other_on_any), AKT_END };
static const akt_type other_type = { .name = "other", .handlers = other_handlers };

static void pipe_all(akt_ctx *ctx, uint64_t arg)
{
	akt_ref none = { 0, 0, 0 };

	ck_assert_int_eq(akt_block_to(ctx, &doubling, new_job(arg), other), 0);
	ck_assert_int_eq(akt_block_to(ctx, &failing, new_job(0), other), 0);
	ck_assert_int_eq(akt_block_to(ctx, &doubling, new_job(arg), none), 0);
	ck_assert_int_eq(akt_stop(akt_system_of(ctx), akt_self(ctx)), 0);
}

START_TEST(a_result_may_go_to_another_actor)
{
	set_up(_i);
	piped = 0;
	pipe_error = 0;
	ck_assert_int_eq(akt_spawn(sys, &other_type, NULL, &other), 0);
	(void)run_script(pipe_all, 21);
	drain(sys);
	ck_assert_uint_eq(piped, 42);
	ck_assert_int_eq(pipe_error, AKT_ERR_IO);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 1);
	stop_system(sys);
}
END_TEST

/* --- it may block, and nobody else does ----------------------------------------------------------- */

static int echo_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(number, .value = 3));
}
static const akt_handler echo_handlers[] = { AKT_ON(poke, echo_on_poke), AKT_END };
static const akt_type echo = { .name = "echo", .handlers = echo_handlers };

static int run_call(void *arg, akt_msg **ret_result)
{
	done++;
	free(arg);
	return akt_call(sys, other, AKT_NEW_SIGNAL(poke), AKT_S(60), ret_result);
}
static const akt_work calling = { .name = "calling", .run = run_call, .discard = discard_job };

static void call_back(akt_ctx *ctx, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		ck_assert_int_eq(akt_block_to(ctx, &calling, new_job(0), other), 0);
}

START_TEST(work_may_call)
{
	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &other), 0);
	(void)run_script(call_back, 20);
	drain(sys);
	ck_assert_uint_eq(done, 20);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 20); /* echo knows no numbers */
	stop_system(sys);
}
END_TEST

static void hold_up(akt_ctx *ctx, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		ck_assert_int_eq(akt_block(ctx, &waiting, new_job(1), AKT_FOREVER, count_answer, 1,
					   NULL),
				 0);
}

START_TEST(no_worker_is_held_up_and_so_many_run_at_once)
{
	akt_msg *reply = NULL;

	memset(&dead, 0, sizeof(dead));
	done = discarded = answers = sum = inside = inside_max = 0;
	gate = 0;
	sys = start_with(1, 3);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &other), 0);
	(void)run_script(hold_up, 10);
	await(&inside, 3);
	ck_assert_int_eq(akt_call(sys, other, AKT_NEW_SIGNAL(poke), AKT_S(60), &reply), 0);
	akt_msg_free(reply);
	ck_assert_int_eq(akt_system_drain(sys, AKT_MS(1)), AKT_ERR_TIMEOUT);
	gate = 1;
	drain(sys);
	ck_assert_uint_eq(inside_max, 3);
	ck_assert_uint_eq(answers, 10);
	stop_system(sys);
}
END_TEST

/* --- limits and misuse -------------------------------------------------------------------------- */

static void misuse(akt_ctx *ctx, uint64_t arg)
{
	static const akt_work nothing = { .name = "nothing", .discard = discard_job };
	static const akt_work nameless = { .run = run_double, .discard = discard_job };
	akt_pending pending = { 0, 0 };

	(void)arg;
	ck_assert_int_eq(akt_block(ctx, NULL, NULL, 1, count_answer, 0, &pending), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_block(ctx, &nothing, new_job(0), 1, count_answer, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_block(ctx, &nameless, new_job(0), 1, count_answer, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(0), 0, count_answer, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(0), 1, NULL, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_block_to(ctx, &nothing, new_job(0), other), AKT_ERR_INVALID);
	ck_assert_uint_eq(pending.id, 0);
	ck_assert_uint_eq(discarded, 5);
}

START_TEST(misuse_is_named_and_gives_the_arg_back)
{
	set_up(_i);
	(void)run_script(misuse, 0);
	drain(sys);
	ck_assert_uint_eq(answers, 0);
	stop_system(sys);
}
END_TEST

static void fill_queue(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(akt_block(ctx, &waiting, new_job(1), AKT_FOREVER, count_answer, 1, NULL),
			 0);
	await(&inside, 1);
	for (unsigned i = 0; i < AKT_BLOCKING_QUEUE_MAX; i++)
		ck_assert_int_eq(akt_block(ctx, &doubling, new_job(1), AKT_FOREVER, count_answer, 1,
					   NULL),
				 0);
	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(1), AKT_FOREVER, count_answer, 1, NULL),
			 AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_block_to(ctx, &doubling, new_job(1), other), AKT_ERR_LIMIT);
	ck_assert_uint_eq(discarded, 2);
}

START_TEST(so_much_may_wait_and_no_more)
{
	akt_options options = AKT_OPTIONS;

	options.blocking_threads = AKT_BLOCKING_THREADS_MAX + 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	sys = start_with(1, AKT_BLOCKING_THREADS_MAX);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	memset(&dead, 0, sizeof(dead));
	done = discarded = answers = sum = inside = inside_max = 0;
	gate = 0;
	sys = start_with(1, 1);
	(void)run_script(fill_queue, 0);
	gate = 1;
	drain(sys);
	ck_assert_uint_eq(answers, AKT_BLOCKING_QUEUE_MAX + 1);
	stop_system(sys);
}
END_TEST

/* --- the end ------------------------------------------------------------------------------------- */

START_TEST(a_shutdown_lists_what_runs_and_discards_what_has_not_begun)
{
	akt_stop_report report = { .size = sizeof(report) };

	memset(&dead, 0, sizeof(dead));
	done = discarded = answers = sum = inside = inside_max = 0;
	gate = 0;
	sys = start_with(2, 2);
	(void)run_script(hold_up, 5);
	await(&inside, 2);
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(500), &report), AKT_ERR_TIMEOUT);
	ck_assert_uint_eq(report.left_count, 2);
	ck_assert_str_eq(report.left[0].type, "waiting");
	ck_assert_str_eq(report.left[1].name, "(blocking)");
	ck_assert_uint_eq(discarded, 3);
	gate = 1;
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_uint_eq(report.left_count, 0);
	ck_assert_uint_eq(done, 2);
	ck_assert_uint_eq(answers, 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 2);
}
END_TEST

static void block_at_the_end(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	int expected = reason == AKT_REASON_SHUTDOWN ? AKT_ERR_STOPPED : 0;

	(void)state;
	ck_assert_int_eq(akt_block(ctx, &doubling, new_job(1), AKT_S(1), count_answer, 1, NULL),
			 expected);
}
static const akt_type late_type = { .name = "late", .stop = block_at_the_end };

START_TEST(a_stop_hook_may_begin_work_but_not_at_a_shutdown)
{
	akt_ref refs[2];

	set_up(_i);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(akt_spawn(sys, &late_type, NULL, &refs[i]), 0);
	ck_assert_int_eq(akt_stop(sys, refs[0]), 0);
	drain(sys);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 1);
	stop_system(sys);
	ck_assert_uint_eq(discarded, 1);
}
END_TEST

/* --- a random life ------------------------------------------------------------------------------ */

#define GAMBLERS 3u
static _Atomic uint64_t begun;

struct gambler {
	akt_pending last;
};

static int gamble_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	(void)count_answer(ctx, state, msg);
	return akt_random(ctx) % 8 == 0 ? akt_fail(ctx, AKT_ERR_REFUSED, "bad luck") : 0;
}
static int gambler_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct gambler *self = state;
	uint64_t value = akt_random(ctx) % 1000;

	(void)msg;
	if (akt_random(ctx) % 3 == 0)
		(void)akt_cancel(ctx, self->last);
	if (akt_random(ctx) % 4 == 0)
		ck_assert_int_eq(akt_block_to(ctx, &doubling, new_job(value), other), 0);
	else
		ck_assert_int_eq(akt_block(ctx, akt_random(ctx) % 4 == 0 ? &failing : &doubling,
					   new_job(value),
					   (int64_t)(akt_random(ctx) % AKT_MS(3)) + 1,
					   gamble_answer, value, &self->last),
				 0);
	begun++;
	return 0;
}
static const akt_handler gambler_handlers[] = { AKT_ON(number, gambler_on_number), AKT_END };
static const akt_type gambler = {
	.name = "gambler",
	.state_size = sizeof(struct gambler),
	.handlers = gambler_handlers,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_MAX,
};

static void live_randomly(unsigned workers, uint64_t seed)
{
	akt_ref refs[GAMBLERS];

	memset(&dead, 0, sizeof(dead));
	done = discarded = answers = sum = begun = 0;
	sys = start_with(workers, 2);
	ck_assert_int_eq(akt_spawn(sys, &other_type, NULL, &other), 0);
	for (unsigned i = 0; i < GAMBLERS; i++)
		ck_assert_int_eq(akt_spawn(sys, &gambler, NULL, &refs[i]), 0);
	for (unsigned round = 0; round < 20; round++)
		ck_assert_int_eq(akt_post(sys, refs[(seed + round) % GAMBLERS],
					  AKT_NEW(number, .value = round)),
				 0);
	if (seed % 3 == 0)
		ck_assert_int_eq(akt_stop(sys, refs[0]), 0);
	if (seed % 2 == 0)
		drain(sys);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_uint_eq(done + discarded, begun);
	ck_assert_uint_le(answers, begun);
}

#ifdef AKTI_INTERLEAVE
#define MANY 100 /* interleavings of virtual threads */
#else
#define MANY 30
#endif

static void live_seeded(uint64_t seed)
{
	live_randomly(0, seed);
}
static void live_on_threads(uint64_t seed)
{
	live_randomly((unsigned)(seed % 3) + 1, seed);
}

START_TEST(a_random_life_seeded)
{
	for_seeded(live_seeded);
}
END_TEST

START_TEST(a_random_life_on_threads)
{
	for_seeds(MANY, MANY, live_on_threads);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

#ifndef AKTI_INTERLEAVE
	tcase_add_loop_test(all, each_result_comes_back_once, 0, MODES);
	tcase_add_loop_test(all, an_error_is_the_answer_and_silence_is_none, 0, MODES);
	tcase_add_loop_test(all, work_is_not_one_of_the_questions_that_are_limited, 0, MODES);
	tcase_add_loop_test(all, a_time_out_is_the_answer_and_the_result_is_late, 0, MODES - 1);
	tcase_add_loop_test(all, what_nobody_waits_for_is_a_dead_letter, 0, MODES);
	tcase_add_loop_test(all, a_result_may_go_to_another_actor, 0, MODES);
	tcase_add_loop_test(all, work_may_call, 0, MODES);
	tcase_add_test(all, no_worker_is_held_up_and_so_many_run_at_once);
	tcase_add_loop_test(all, misuse_is_named_and_gives_the_arg_back, 0, MODES);
	tcase_add_test(all, so_much_may_wait_and_no_more);
	tcase_add_test(all, a_shutdown_lists_what_runs_and_discards_what_has_not_begun);
	tcase_add_loop_test(all, a_stop_hook_may_begin_work_but_not_at_a_shutdown, 0, MODES);
	tcase_add_test(all, a_random_life_seeded);
#endif
	tcase_add_test(all, a_random_life_on_threads);
	return run_case("block", all, 120);
}
