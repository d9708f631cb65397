/* SPDX-License-Identifier: MIT */
/* Proves: with a seed, the order in which tasks run and timers fire is a function of it; each task
 * still runs once; time is virtual and passes only when nothing can run. Not: what actors add. */
#include "harness.h"
#include "sched/sched.h"
#include <string.h>

#define TASKS 200u

struct job {
	struct sched_task task;
	uint32_t runs;
	uint32_t left;
};

static struct sched sched;
static struct job jobs[TASKS];
static uint32_t order[TASKS * 4];
static uint32_t ran;
static struct wheel_timer timers[3];
static int64_t fired_ns[3];

static void run_job(struct worker *worker, struct sched_task *task)
{
	struct job *job = akti_container_of(task, struct job, task);

	job->runs++;
	order[ran++] = (uint32_t)(job - jobs);
	if (job->left == 0)
		return;
	job->left--;
	if (job->left % 2 == 0)
		akti_sched_requeue(worker, task);
	else
		akti_sched_submit(worker->sched, task);
}

static void on_timer(struct worker *worker, struct wheel_timer *timer)
{
	fired_ns[timer - timers] = akti_sched_now(worker->sched);
	akti_sched_submit(worker->sched, &jobs[timer - timers].task);
}

static void *context(void *arg, struct worker *worker)
{
	(void)worker;
	return arg;
}

static void nothing(struct worker *worker)
{
	(void)worker;
}

static void start(uint64_t seed)
{
	struct sched_config config = {
		.workers = 4,
		.seed = seed,
		.context = context,
		.run = run_job,
		.timer = on_timer,
		.enter = nothing,
		.leave = nothing,
	};

	memset(jobs, 0, sizeof(jobs));
	memset(order, 0, sizeof(order));
	memset(timers, 0, sizeof(timers));
	ran = 0;
	ck_assert_int_eq(akti_sched_start(&sched, &config), 0);
	ck_assert_uint_eq(sched.count, 1);
}

static uint64_t play(uint64_t seed)
{
	uint64_t choices;

	start(seed);
	for (uint32_t i = 0; i < TASKS; i++) {
		jobs[i].left = i % 4;
		akti_sched_submit(&sched, &jobs[i].task);
	}
	ck_assert(akti_sched_wait_quiet(&sched, AKT_FOREVER));
	for (uint32_t i = 0; i < TASKS; i++)
		ck_assert_uint_eq(jobs[i].runs, i % 4 + 1);
	choices = sched.choices;
	akti_sched_stop(&sched);
	return choices;
}

START_TEST(a_seed_replays_every_choice)
{
	uint32_t before[TASKS * 4];
	uint64_t first = play(7);
	uint64_t second;

	memcpy(before, order, sizeof(order));
	second = play(7);
	ck_assert_uint_eq(first, second);
	ck_assert_mem_eq(before, order, sizeof(order));
	ck_assert_uint_ne(play(8), first);
	ck_assert_mem_ne(before, order, sizeof(order));
}
END_TEST

static bool all_fired(void *arg)
{
	(void)arg;
	return fired_ns[0] != 0 && fired_ns[1] != 0 && fired_ns[2] != 0;
}

START_TEST(time_stands_still_while_anything_can_run)
{
	static const int64_t after_ns[] = { AKT_S(3600), AKT_MS(5), AKT_S(40) };
	int64_t begin;

	start(3);
	begin = akti_sched_now(&sched);
	for (int i = 0; i < 3; i++)
		akti_sched_arm(&sched.workers[0], &timers[i], begin + after_ns[i]);
	jobs[9].left = 3;
	akti_sched_submit(&sched, &jobs[9].task);
	/* At this very time only the task runs. */
	ck_assert(akti_sched_wait_quiet(&sched, AKT_FOREVER));
	ck_assert_int_eq(akti_sched_now(&sched), begin);
	ck_assert_uint_eq(jobs[9].runs, 4);
	ck_assert(!akti_sched_run_seeded(&sched, all_fired, NULL, begin + AKT_S(50)));
	ck_assert_int_eq(akti_sched_now(&sched), begin + AKT_S(50));
	ck_assert(akti_sched_run_seeded(&sched, all_fired, NULL, AKT_FOREVER));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_ge(fired_ns[i], begin + after_ns[i]);
		ck_assert_int_le(fired_ns[i],
				 begin + after_ns[i] + (INT64_C(2) << WHEEL_TICK_BITS));
		ck_assert(akti_sched_wait_quiet(&sched, AKT_FOREVER));
		ck_assert_uint_eq(jobs[i].runs, 1);
	}
	akti_sched_stop(&sched);
}
END_TEST

static unsigned commands;

static void on_command(struct worker *worker, void *arg)
{
	ck_assert_ptr_eq(akti_worker_self, worker);
	ck_assert_ptr_eq(arg, &commands);
	commands++;
}

START_TEST(a_command_runs_at_once)
{
	start(5);
	ck_assert(akti_sched_command(&sched, on_command, &commands, AKT_FOREVER));
	ck_assert_uint_eq(commands, 1);
	ck_assert_ptr_null(akti_worker_self);
	akti_sched_stop(&sched);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seeded");
	TCase *tcase = tcase_create("seeded");

	tcase_add_test(tcase, a_seed_replays_every_choice);
	tcase_add_test(tcase, time_stands_still_while_anything_can_run);
	tcase_add_test(tcase, a_command_runs_at_once);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
