/* SPDX-License-Identifier: MIT */
/*
 * Proves: every submitted task runs exactly once per submission, wherever it was submitted, however
 * many workers there are, through overflow and requeue; commands reach every worker, quiet means quiet, timers fire on their
 * worker and never early. Not: speed, or what is not sequentially consistent (tests/model/park.pml).
 */
#include "jobs.h"

/* --- exactly once ------------------------------------------------------------------------------- */

static void outside(uint64_t seed)
{
	uint32_t count = TASKS_MAX / SLOW;

	start(workers_of(seed));
	for (uint32_t i = 0; i < count; i++)
		akti_sched_submit(&sched, &jobs[i].task);
	ck_assert(reached(&runs, count));
	check_runs(count, 1);
	stop(workers_of(seed));
}

START_TEST(tasks_from_outside_run_once)
{
	for_seeds(30, 30, outside);
}
END_TEST

/* Each turn submits the next two jobs that nobody has submitted. */
static void submit_two(struct worker *worker, struct job *job)
{
	(void)job;
	for (int i = 0; i < 2; i++) {
		uint32_t next = akti_add_sc(&wanted, 1);

		if (next < TASKS_MAX / SLOW)
			akti_sched_submit(worker->sched, &jobs[next].task);
	}
}

static void tree(uint64_t seed)
{
	uint32_t count = TASKS_MAX / SLOW;

	start(workers_of(seed));
	for (uint32_t i = 0; i < count; i++)
		jobs[i].run = submit_two;
	akti_store_sc(&wanted, 1);
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(reached(&runs, count));
	check_runs(count, 1);
	stop(workers_of(seed));
}

START_TEST(tasks_from_turns_run_once)
{
	for_seeds(40, 40, tree);
}
END_TEST

/* One turn submits far more than a ring holds. */
static void submit_all(struct worker *worker, struct job *job)
{
	(void)job;
	for (uint32_t i = 1; i < TASKS_MAX / 2; i++)
		akti_sched_submit(worker->sched, &jobs[i].task);
}

static void flood(uint64_t seed)
{
	start(workers_of(seed));
	jobs[0].run = submit_all;
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(reached(&runs, TASKS_MAX / 2));
	check_runs(TASKS_MAX / 2, 1);
	stop(workers_of(seed));
}

START_TEST(a_full_ring_overflows_to_everybody)
{
	for_seeds(5, 20, flood);
}
END_TEST

static void again(struct worker *worker, struct job *job)
{
	if (job->left-- > 0)
		akti_sched_requeue(worker, &job->task);
}

static void requeues(uint64_t seed)
{
	uint32_t count = 100;
	uint32_t each = 200 / SLOW;

	start(workers_of(seed));
	for (uint32_t i = 0; i < count; i++) {
		jobs[i].run = again;
		jobs[i].left = each - 1;
	}
	for (uint32_t i = 0; i < count; i++)
		akti_sched_submit(&sched, &jobs[i].task);
	ck_assert(reached(&runs, count * each));
	check_runs(count, each);
	stop(workers_of(seed));
}

START_TEST(requeued_tasks_run_again)
{
	for_seeds(20, 30, requeues);
}
END_TEST

/* --- nobody waits for ever ----------------------------------------------------------------------- */

static void until_job_1_has_run(struct worker *worker, struct job *job)
{
	if (akti_load_sc(&jobs[1].runs) == 0)
		akti_sched_requeue(worker, &job->task);
}

/* Two tasks that wake each other would fill the run-next slot for ever. */
static void wake_partner(struct worker *worker, struct job *job)
{
	if (akti_load_sc(&jobs[2].runs) == 0)
		akti_sched_submit(worker->sched, job == &jobs[0] ? &jobs[1].task : &jobs[0].task);
}

static void starve(uint64_t seed)
{
	(void)seed;
	start(1);
	jobs[0].run = until_job_1_has_run;
	akti_sched_submit(&sched, &jobs[0].task);
	akti_sched_submit(&sched, &jobs[1].task);
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	check_runs(1, jobs[0].runs);
	ck_assert_uint_eq(jobs[1].runs, 1);
	stop(1);

	start(1);
	jobs[0].run = wake_partner;
	jobs[1].run = wake_partner;
	akti_sched_submit(&sched, &jobs[0].task);
	akti_sched_submit(&sched, &jobs[2].task);
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	ck_assert_uint_eq(jobs[2].runs, 1);
	stop(1);
}

START_TEST(busy_tasks_starve_nobody)
{
	for_seeds(20, 20, starve);
}
END_TEST

#define BROOD 1000u
#define BROODS 4u

/* Makes more work than a ring holds, and its turns are spent each time. */
static void breed(struct worker *worker, struct job *job)
{
	struct job *brood = &jobs[1 + job->left % BROODS * BROOD];

	for (uint32_t i = 0; i < BROOD; i++) {
		/* Still waiting: more is made than is done. */
		ck_assert_uint_eq(akti_load_sc(&brood[i].runs), job->left / BROODS);
		akti_sched_submit(worker->sched, &brood[i].task);
	}
	if (++job->left < 10 * BROODS)
		akti_sched_requeue(worker, &job->task);
}

static void multiply(uint64_t seed)
{
	(void)seed;
	start(1);
	jobs[0].run = breed;
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	ck_assert_uint_eq(akti_load_sc(&runs), 10 * BROODS * (BROOD + 1));
	stop(1);
}

START_TEST(who_makes_more_than_a_ring_holds_waits_until_it_is_done)
{
	for_seeds(3, 3, multiply);
}
END_TEST
/* --- commands, quiet, timers ---------------------------------------------------------------------- */

static _Atomic uint32_t commanded[SCHED_WORKERS_MAX];

static void on_command(struct worker *worker, void *arg)
{
	ck_assert_ptr_eq(arg, commanded);
	ck_assert_ptr_eq(akti_worker_self, worker);
	(void)akti_add_sc(&commanded[worker->id], 1);
}

static void commands(uint64_t seed)
{
	unsigned workers = workers_of(seed);

	memset(commanded, 0, sizeof(commanded));
	start(workers);
	for (uint32_t i = 0; i < 100; i++) {
		jobs[i].run = again;
		jobs[i].left = 20 / SLOW;
		akti_sched_submit(&sched, &jobs[i].task);
	}
	for (uint32_t round = 1; round <= 10; round++) {
		ck_assert(akti_sched_command(&sched, on_command, commanded,
					     akti_plat_now() + DEADLINE_NS));
		for (unsigned i = 0; i < workers; i++)
			ck_assert_uint_eq(akti_load_sc(&commanded[i]), round);
	}
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	check_runs(100, 20 / SLOW + 1);
	stop(workers);
}

START_TEST(commands_run_once_on_every_worker)
{
	for_seeds(40, 50, commands);
}
END_TEST

static _Atomic uint32_t open_gate;
static _Atomic uint32_t at_gate;

static void wait_at_gate(struct worker *worker, struct job *job)
{
	(void)worker, (void)job;
	raise_word(&at_gate);
	if (!reached(&open_gate, 1))
		(void)akti_add_sc(&late, 1);
}

static void held_up(uint64_t seed)
{
	(void)seed;
	memset(commanded, 0, sizeof(commanded));
	start(2);
	akti_store_sc(&open_gate, 0);
	akti_store_sc(&at_gate, 0);
	jobs[0].run = wait_at_gate;
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(reached(&at_gate, 1));
	ck_assert(!akti_sched_command(&sched, on_command, commanded, akti_plat_now() + AKT_MS(2)));
	ck_assert(!akti_sched_wait_quiet(&sched, akti_plat_now() + AKT_MS(2)));
	raise_word(&open_gate);
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	ck_assert(akti_sched_command(&sched, on_command, commanded, akti_plat_now() + DEADLINE_NS));
	/* Who has not got to the one that was given up meets the next one only. */
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_ge(akti_load_sc(&commanded[i]), 1);
		ck_assert_uint_le(akti_load_sc(&commanded[i]), 2);
	}
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(2);
}

START_TEST(a_long_turn_holds_up_commands_and_quiet_until_the_deadline)
{
	for_seeds(40, 20, held_up);
}
END_TEST

/* When quiet says so, everything that was submitted before has run. */
static void quiet(uint64_t seed)
{
	unsigned workers = workers_of(seed);
	uint32_t submitted = 0;

	start(workers);
	for (unsigned round = 0; round < 60 / SLOW; round++) {
		for (uint32_t i = 0; i < 1 + round % 40; i++) {
			jobs[submitted].run = again;
			jobs[submitted].left = 2;
			akti_sched_submit(&sched, &jobs[submitted++].task);
		}
		ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
		check_runs(submitted, 3);
	}
	stop(workers);
}

START_TEST(quiet_means_that_all_has_run)
{
	for_seeds(100, 20, quiet);
}
END_TEST

static void arm(struct worker *worker, struct job *job)
{
	job->armed_on = worker;
	job->due_ns = akti_sched_now(worker->sched) + (int64_t)job->left;
	akti_sched_arm(worker, &job->timer, job->due_ns);
}

static void timers(uint64_t seed)
{
	uint64_t random = seed;
	unsigned workers = workers_of(seed);

	start(workers);
	for (uint32_t i = 0; i < 200; i++) {
		jobs[i].run = arm;
		jobs[i].left = (uint32_t)(draw(&random) % (uint64_t)AKT_MS(20));
		akti_sched_submit(&sched, &jobs[i].task);
	}
	ck_assert(reached(&fired, 200));
	stop(workers);
}

START_TEST(timers_fire_on_their_worker_and_never_early)
{
	for_seeds(10, 5, timers);
}
END_TEST

/* A sleeper that was woken in vain may still be on its way: it gives its search back. */
static bool no_search_counted(void)
{
	int64_t until = akti_plat_now() + DEADLINE_NS;

	while (akti_load_sc(&sched.searching) != 0 || akti_load_sc(&sched.wakes) != 0) {
		if (akti_plat_now() > until)
			return false;
		akti_pause();
	}
	return true;
}

/* Few tasks, many sleepers, and sleepers that get up by themselves: each task must be met by a
 * wake-up that arrives. */
static void nap(uint64_t seed)
{
	uint64_t random = seed;
	unsigned workers = 1 + (unsigned)(seed % 3);
	uint32_t timed = 0;
	bool with_timers = draw(&random) % 2 == 0;

	start(workers);
	for (uint32_t i = 0; i < 12; i++) {
		bool timer = i % 3 == 0 && with_timers;

		jobs[i].run = timer ? arm : NULL;
		jobs[i].left = (uint32_t)(draw(&random) % (uint64_t)AKT_MS(3));
		timed += timer;
		/* From before the search for work ends to after the worker sleeps. */
		for (uint64_t turns = draw(&random) % 300; turns > 0; turns--)
			akti_pause();
		akti_sched_submit(&sched, &jobs[i].task);
		/* Without timers nothing but the wake-up helps. */
		if (!with_timers || draw(&random) % 2 == 0)
			ck_assert(reached(&runs, i + 1));
	}
	ck_assert(reached(&fired, timed));
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	ck_assert(no_search_counted());
	stop(workers);
}

START_TEST(tasks_and_timers_wake_who_sleeps)
{
	for_seeds(200, 30, nap);
}
END_TEST

/* Two turns that wait for each other come when the only worker that searches is about to sleep:
 * who meets them at its last look must see to both. */
static void last_look(uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	unsigned workers = 2 + (unsigned)(seed % 2);

	start(workers);
	for (uint32_t round = 0; round < 8; round++) {
		struct job *job = &jobs[round * 3];
		int64_t until;

		akti_sched_submit(&sched, &job[0].task);
		ck_assert(reached(&runs, round * 3 + 1));
		until = akti_plat_now() + PLAT_PATIENCE_NS - AKT_US(1);
		until += (int64_t)(draw(&random) % (uint64_t)AKT_US(3));
		while (akti_plat_now() < until)
			akti_pause();
		for (uint32_t i = 1; i <= 2; i++) {
			job[i].run = wait_for_all;
			job[i].left = 2;
			akti_sched_submit(&sched, &job[i].task);
		}
		ck_assert(reached(&runs, round * 3 + 3));
	}
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	ck_assert(no_search_counted());
	stop(workers);
}

START_TEST(what_comes_at_the_last_look_wakes_as_many_as_it_needs)
{
	for_seeds(200, 30, last_look);
}
END_TEST

/* --- life ----------------------------------------------------------------------------------------- */

static void start_and_stop(uint64_t seed)
{
	unsigned workers = workers_of(seed);

	start(workers);
	if (seed % 3 == 0)
		akti_sched_submit(&sched, &jobs[0].task);
	if (seed % 3 == 1)
		ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	stop(workers);
}

START_TEST(workers_start_and_stop)
{
	for_seeds(300, 1000 / SLOW, start_and_stop);
}
END_TEST

#ifndef AKTI_INTERLEAVE
START_TEST(as_many_workers_as_there_may_be)
{
	start(SCHED_WORKERS_MAX);
	for (uint32_t i = 0; i < TASKS_MAX; i++)
		akti_sched_submit(&sched, &jobs[i].task);
	ck_assert(reached(&runs, TASKS_MAX));
	check_runs(TASKS_MAX, 1);
	memset(commanded, 0, sizeof(commanded));
	ck_assert(akti_sched_command(&sched, on_command, commanded, akti_plat_now() + DEADLINE_NS));
	for (unsigned i = 0; i < SCHED_WORKERS_MAX; i++)
		ck_assert_uint_eq(akti_load_sc(&commanded[i]), 1);
	stop(SCHED_WORKERS_MAX);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("sched");
	TCase *once = tcase_create("once");
	TCase *park = tcase_create("park");
	TCase *rest = tcase_create("rest");

	tcase_add_test(once, tasks_from_outside_run_once);
	tcase_add_test(once, tasks_from_turns_run_once);
	tcase_add_test(once, a_full_ring_overflows_to_everybody);
	tcase_add_test(once, requeued_tasks_run_again);
	tcase_add_test(once, busy_tasks_starve_nobody);
	tcase_add_test(once, who_makes_more_than_a_ring_holds_waits_until_it_is_done);
	tcase_add_test(park, quiet_means_that_all_has_run);
	tcase_add_test(park, tasks_and_timers_wake_who_sleeps);
	tcase_add_test(park, what_comes_at_the_last_look_wakes_as_many_as_it_needs);
	tcase_add_test(rest, commands_run_once_on_every_worker);
	tcase_add_test(rest, a_long_turn_holds_up_commands_and_quiet_until_the_deadline);
	tcase_add_test(rest, timers_fire_on_their_worker_and_never_early);
	tcase_add_test(rest, workers_start_and_stop);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(rest, as_many_workers_as_there_may_be);
#endif
	tcase_set_timeout(once, 120);
	tcase_set_timeout(park, 120);
	tcase_set_timeout(rest, 120);
	suite_add_tcase(suite, once);
	suite_add_tcase(suite, park);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
