/* SPDX-License-Identifier: MIT */
/* A scheduler whose tasks are jobs: counted, and what a job does in its turn is a function of the test's. Each test
 * that includes this has its own. */
#ifndef AKTI_TEST_JOBS_H
#define AKTI_TEST_JOBS_H

#include "harness.h"
#include "sched/internal.h"
#include "sched/loop.h"
#include <string.h>

#define TASKS_MAX 4096u

struct job;
struct job {
	struct sched_task task;
	void (*run)(struct worker *worker, struct job *job);
	_Atomic uint32_t runs;
	_Atomic uint32_t running;
	uint32_t left; /* what run makes of it */
	struct wheel_timer timer;
	int64_t due_ns;
	struct worker *armed_on;
};

static struct sched sched;
static struct job jobs[TASKS_MAX];
static _Atomic uint32_t runs;   /* all of them */
static _Atomic uint32_t wanted; /* next job to be submitted by a turn */
static _Atomic uint32_t fired;
static _Atomic uint32_t entered;
static _Atomic uint32_t left;
static _Atomic uint32_t began; /* long turns */
static _Atomic uint32_t late;  /* jobs that waited for something in vain */

static void run_job(struct worker *worker, struct sched_task *task)
{
	struct job *job = akti_container_of(task, struct job, task);

	ck_assert_uint_eq(akti_add_sc(&job->running, 1), 0);
	(void)akti_add_sc(&job->runs, 1);
	/* Not running any more before it can be submitted again. */
	(void)akti_sub_sc(&job->running, 1);
	if (job->run != NULL)
		job->run(worker, job);
	raise_word(&runs);
}

static void loop(struct worker *worker)
{
	akti_sched_loop(worker, run_job);
}

static void on_timer(struct worker *worker, struct wheel_timer *timer)
{
	struct job *job = akti_container_of(timer, struct job, timer);

	ck_assert_ptr_eq(worker, job->armed_on);
	ck_assert_int_ge(akti_sched_now(worker->sched), job->due_ns);
	raise_word(&fired);
}

static void *context(void *arg, struct worker *worker)
{
	(void)worker;
	return arg;
}

static void enter(struct worker *worker)
{
	ck_assert_ptr_eq(akti_worker_self, worker);
	(void)akti_add_sc(&entered, 1);
}

static void leave(struct worker *worker)
{
	(void)worker;
	(void)akti_add_sc(&left, 1);
}

static inline void start(unsigned workers)
{
	struct sched_config config = {
		.workers = workers,
		.context = context,
		.run = run_job,
		.loop = loop,
		.timer = on_timer,
		.enter = enter,
		.leave = leave,
	};

	memset(jobs, 0, sizeof(jobs));
	akti_store_sc(&runs, 0);
	akti_store_sc(&wanted, 0);
	akti_store_sc(&fired, 0);
	akti_store_sc(&entered, 0);
	akti_store_sc(&left, 0);
	akti_store_sc(&began, 0);
	akti_store_sc(&late, 0);
	ck_assert_int_eq(akti_sched_start(&sched, &config), 0);
}

static inline void stop(unsigned workers)
{
	akti_sched_stop(&sched);
	ck_assert_uint_eq(akti_load_sc(&entered), workers);
	ck_assert_uint_eq(akti_load_sc(&left), workers);
}

static inline void check_runs(uint32_t count, uint32_t each)
{
	for (uint32_t i = 0; i < count; i++)
		ck_assert_uint_eq(akti_load_sc(&jobs[i].runs), each);
}

static inline unsigned workers_of(uint64_t seed)
{
	static const unsigned some[] = { 1, 2, 3, 4, 7 };

	return some[seed % AKTI_COUNT_OF(some)];
}

/* A long turn: ends only when all `left` jobs of its kind have begun. */
static inline void wait_for_all(struct worker *worker, struct job *job)
{
	(void)worker;
	raise_word(&began);
	if (!reached(&began, job->left))
		(void)akti_add_sc(&late, 1);
}

#endif
