/* SPDX-License-Identifier: MIT */
/*
 * Proves: each job given to the pool runs once and no wake-up is lost between a job and a thread
 * about to sleep, or between the last job and who waits for quiet; limits. Does not prove what actors
 * make of it: that is tests/unit/actor/test_block.c.
 */
#include "../harness.h"
#include "io/pool.h"
#include <akt/error.h>

static struct io_pool pool;
static _Atomic uint32_t ran, entered, left_, gate;

static void enter(void *arg)
{
	(void)arg;
	raise_word(&entered);
}
static void leave(void *arg)
{
	(void)arg;
	raise_word(&left_);
}
static void count_run(struct io_job *job)
{
	(void)job;
	raise_word(&ran);
}
static void named_wait(struct io_job *job)
{
	akti_io_name(&gate, 7);
	raise_word(&entered);
	while (akti_load_sc(&gate) == 0)
		(void)akti_plat_wait(&gate, 0, AKT_FOREVER);
	count_run(job);
}

static void set_up(unsigned threads, uint32_t queue_max)
{
	struct io_config config = { threads, queue_max, NULL, enter, leave, NULL, NULL };

	ran = entered = left_ = gate = 0;
	akti_io_pool_init(&pool, &config);
}

/* Each job is the last one for a while: whoever loses it loses everything. */
static void one_by_one(uint64_t seed)
{
	struct io_job jobs[3];

	set_up((unsigned)(seed % 3) + 1, 100);
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t n = i % 3 + 1;

		for (uint32_t k = 0; k < n; k++) {
			jobs[k].run = count_run;
			ck_assert_int_eq(akti_io_submit(&pool, &jobs[k]), 0);
		}
		ck_assert(akti_io_wait_quiet(&pool, AKT_FOREVER));
	}
	ck_assert_uint_eq(ran, 2 * (1 + 2 + 3));
	ck_assert_uint_eq(akti_io_submitted(&pool), ran);
	akti_io_pool_fini(&pool);
	ck_assert_uint_eq(entered, left_);
	ck_assert_uint_le(entered, seed % 3 + 1);
}

START_TEST(each_job_runs_once_and_quiet_is_noticed)
{
	for_seeds(400, 50, one_by_one);
}
END_TEST

START_TEST(a_pool_that_is_not_used_has_no_thread)
{
	set_up(4, 4);
	ck_assert(akti_io_wait_quiet(&pool, AKT_FOREVER));
	akti_io_pool_fini(&pool);
	ck_assert_uint_eq(entered, 0);
}
END_TEST

START_TEST(so_many_wait_and_what_runs_has_a_name)
{
	struct io_job jobs[4];
	const void *what[2] = { NULL, NULL };
	uint64_t whose[2] = { 0, 0 };

	set_up(1, 2);
	for (int i = 0; i < 4; i++)
		jobs[i].run = i == 0 ? named_wait : count_run;
	ck_assert_int_eq(akti_io_submit(&pool, &jobs[0]), 0);
	ck_assert(reached(&entered, 2)); /* the thread, and its job */
	ck_assert_int_eq(akti_io_submit(&pool, &jobs[1]), 0);
	ck_assert_int_eq(akti_io_submit(&pool, &jobs[2]), 0);
	ck_assert_int_eq(akti_io_submit(&pool, &jobs[3]), AKT_ERR_LIMIT);
	ck_assert_uint_eq(akti_io_running(&pool, what, whose, 2), 1);
	ck_assert_ptr_eq(what[0], &gate);
	ck_assert_uint_eq(whose[0], 7);
	ck_assert(!akti_io_wait_quiet(&pool, akti_plat_now()));
	ck_assert_ptr_eq(akti_io_take_back(&pool), &jobs[1]);
	ck_assert_ptr_eq(akti_io_take_back(&pool), &jobs[2]);
	ck_assert_ptr_null(akti_io_take_back(&pool));
	raise_word(&gate);
	ck_assert(akti_io_wait_quiet(&pool, AKT_FOREVER));
	ck_assert_uint_eq(akti_io_running(&pool, what, whose, 2), 0);
	ck_assert_uint_eq(ran, 1);
	akti_io_name(NULL, 0); /* not one of its threads: nothing */
	akti_io_pool_fini(&pool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, each_job_runs_once_and_quiet_is_noticed);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(all, a_pool_that_is_not_used_has_no_thread);
	tcase_add_test(all, so_many_wait_and_what_runs_has_a_name);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
