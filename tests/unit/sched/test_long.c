/* SPDX-License-Identifier: MIT */
/*
 * Proves: nobody waits behind a long turn while another worker sleeps, whether what waits lies in a hand, a
 * ring or inject, and whoever was thought to have it done soon. Not: how soon it is found.
 */
#include "jobs.h"
#include <stdlib.h>

static void parallel_injected(uint64_t seed)
{
	unsigned workers = 2 + (unsigned)(seed % 3);

	start(workers);
	for (unsigned i = 0; i < workers; i++) {
		jobs[i].run = wait_for_all;
		jobs[i].left = workers;
	}
	if (seed % 2 == 0)
		ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	for (unsigned i = 0; i < workers; i++)
		akti_sched_submit(&sched, &jobs[i].task);
	ck_assert(reached(&runs, workers));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(workers);
}

START_TEST(long_turns_run_side_by_side)
{
	for_seeds(200, 200, parallel_injected);
}
END_TEST

/* Submits what all wait for, and waits: it lies in this worker's hand or ring. */
static void fan_out_and_wait(struct worker *worker, struct job *job)
{
	for (uint32_t i = 1; i < job->left; i++)
		akti_sched_submit(worker->sched, &jobs[i].task);
	wait_for_all(worker, job);
}

/* The first job begins the others in its last turn, which is long as theirs are. */
static void parallel_after(uint64_t seed, void (*first)(struct worker *worker, struct job *job),
			   uint32_t turns)
{
	unsigned workers = 2 + (unsigned)(seed % 3);

	start(workers);
	for (unsigned i = 0; i < workers; i++) {
		jobs[i].run = i == 0 ? first : wait_for_all;
		jobs[i].left = workers;
	}
	if (seed % 2 == 0)
		ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(reached(&runs, workers - 1 + turns));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(workers);
}

static void parallel_submitted(uint64_t seed)
{
	parallel_after(seed, fan_out_and_wait, 1);
}

START_TEST(a_long_turn_does_not_hold_what_it_submitted)
{
	for_seeds(200, 100, parallel_submitted);
}
END_TEST

#define SHORT_TURNS (10 * SCHED_NEXT_MAX)

/* The same by a worker whose turns have been short, so that nobody is woken for what it queues. */
static void fan_out_at_last(struct worker *worker, struct job *job)
{
	if (atomic_load(&job->runs) < SHORT_TURNS)
		akti_sched_requeue(worker, &job->task);
	else
		fan_out_and_wait(worker, job);
}

static void parallel_at_last(uint64_t seed)
{
	parallel_after(seed, fan_out_at_last, SHORT_TURNS);
}

START_TEST(a_long_turn_after_short_ones_does_not_hold_what_it_submitted)
{
	for_seeds(100, 50, parallel_at_last);
}
END_TEST

/* Long turns from outside, one after the other, when those before were short: nobody is woken for them, for
 * the worker that took the last one counts as quick. */
static void short_turns_from_outside(unsigned workers, uint32_t count)
{
	start(workers);
	if (count < SCHED_NEXT_MAX) /* too few to be measured */
		for (unsigned i = 0; i < workers; i++)
			akti_store_rlx(&sched.workers[i].turn_ns, 0);
	for (uint32_t i = 0; i < count; i++) {
		akti_sched_submit(&sched, &jobs[workers].task);
		ck_assert(reached(&runs, i + 1));
	}
}

static void parallel_outside_at_last(uint64_t seed)
{
	const unsigned workers = 2; /* with more, none may have had turns enough */

	short_turns_from_outside(workers, 4 * SCHED_NEXT_MAX);
	for (uint32_t i = 0; i < workers; i++) {
		jobs[i].run = wait_for_all;
		jobs[i].left = workers;
		akti_sched_submit(&sched, &jobs[i].task);
		if (seed % 2 == 0)
			ck_assert(reached(&began, i + 1));
	}
	ck_assert(reached(&runs, 4 * SCHED_NEXT_MAX + workers));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(workers);
}

START_TEST(a_long_turn_after_short_ones_does_not_hold_what_comes_from_outside)
{
	for_seeds(30, 50, parallel_outside_at_last);
}
END_TEST

/* The same with nobody to watch: who waits for one of them insists. */
static void insisted_at_last(uint64_t seed)
{
	(void)seed;
	short_turns_from_outside(2, 1);
	akti_store_sc(&sched.watch, WATCH_NEEDLESS);
	for (uint32_t i = 0; i < 2; i++) {
		jobs[i].run = wait_for_all;
		jobs[i].left = 2;
		akti_sched_submit(&sched, &jobs[i].task);
		ck_assert(i == 1 || reached(&began, 1));
	}
	akti_sched_insist(&sched);
	ck_assert(reached(&runs, 3));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(2);
}

START_TEST(who_insists_has_somebody_woken)
{
	for_seeds(2000, 50, insisted_at_last);
}
END_TEST

/* Nobody is woken for what is put into inject while its taker is awake, quick, and not asked for too much. */
START_TEST(who_took_last_is_relied_on_while_it_is_awake_and_quick)
{
	struct sched_task *tasks[2];
	struct worker *worker;
	uint32_t most = 0;

	memset(jobs, 0, sizeof(jobs));
	memset(&sched, 0, sizeof(sched));
	worker = aligned_alloc(AKTI_LINES, akti_round_up(sizeof(*worker), AKTI_LINES));
	ck_assert_ptr_nonnull(worker);
	memset(worker, 0, sizeof(*worker));
	worker->sched = &sched;
	sched.count = 2;
	sched.workers = worker;
	akti_plat_mutex_init(&sched.inject.mutex, PLAT_RANK_INJECT);

	/* Nobody has taken anything yet. */
	ck_assert(!akti_inject_put(&sched.inject, &jobs[0].task, &jobs[0].task, 1));
	ck_assert(akti_inject_is_left(&sched.inject, NULL));
	akti_store_rlx(&worker->turn_ns, SCHED_WORTH_NS / 8);
	ck_assert_uint_eq(akti_inject_take(worker, tasks, 2), 1);
	ck_assert_ptr_eq(tasks[0], &jobs[0].task);
	ck_assert(!akti_inject_is_left(&sched.inject, NULL));
	/* Before the last one come the turn that runs and those in front of it. */
	while (akti_inject_put(&sched.inject, &jobs[most].task, &jobs[most].task, 1))
		most++;
	ck_assert_uint_eq(most, 8 - 1);
	ck_assert(akti_inject_is_left(&sched.inject, NULL));
	/* It takes a fair share, and is asked for less. */
	ck_assert_uint_eq(akti_inject_take(worker, tasks, 2), 2);
	ck_assert(!akti_inject_is_left(&sched.inject, NULL));
	/* It goes to sleep. */
	ck_assert(akti_inject_is_left(&sched.inject, worker));
	ck_assert(!akti_inject_put(&sched.inject, &jobs[100].task, &jobs[100].task, 1));
	/* It was slow when it took. */
	akti_store_rlx(&worker->turn_ns, UINT32_MAX);
	ck_assert_uint_eq(akti_inject_take(worker, tasks, 1), 1);
	ck_assert(!akti_inject_put(&sched.inject, &jobs[101].task, &jobs[101].task, 1));

	akti_plat_mutex_fini(&sched.inject.mutex);
	free(worker);
}
END_TEST

/* The watch is called to work, while another long turn has something in its hand and a third worker
 * sleeps: somebody else must watch. */
static void submit_one_and_wait(struct worker *worker, struct job *job)
{
	akti_sched_submit(worker->sched, &jobs[2].task);
	wait_for_all(worker, job);
}

static void watch_called_away(uint64_t seed)
{
	(void)seed;
	start(3);
	for (unsigned i = 0; i < 3; i++) {
		jobs[i].run = i == 0 ? submit_one_and_wait : wait_for_all;
		jobs[i].left = 3;
	}
	ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	akti_sched_submit(&sched, &jobs[0].task);
	ck_assert(reached(&began, 1));
	akti_sched_submit(&sched, &jobs[1].task);
	ck_assert(reached(&runs, 3));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(3);
}

START_TEST(a_stuck_hand_is_emptied_though_the_watch_is_called_away)
{
	for_seeds(200, 50, watch_called_away);
}
END_TEST

/* As many long turns as workers, among short ones, from outside or from a turn: wherever a long one
 * comes to lie, behind another or in a batch, somebody who sleeps must come for it. */
static void submit_mix(struct worker *worker, struct job *job)
{
	for (uint32_t i = 1; i <= job->left; i++)
		akti_sched_submit(worker->sched, &jobs[i].task);
}

static void mixed(uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	unsigned workers = 2 + (unsigned)(draw(&random) % 3);
	uint32_t count = workers + (uint32_t)(draw(&random) % 30);

	start(workers);
	for (uint32_t chosen = 0; chosen < workers;) {
		struct job *job = &jobs[1 + draw(&random) % count];

		chosen += job->run == NULL;
		job->run = wait_for_all;
		job->left = workers;
	}
	jobs[0].run = submit_mix;
	jobs[0].left = count;
	if (draw(&random) % 2 == 0)
		ck_assert(akti_sched_wait_quiet(&sched, akti_plat_now() + DEADLINE_NS));
	if (draw(&random) % 2 == 0) {
		akti_sched_submit(&sched, &jobs[0].task);
	} else {
		for (uint32_t i = 1; i <= count; i++)
			akti_sched_submit(&sched, &jobs[i].task);
		jobs[0].run = NULL;
		akti_sched_submit(&sched, &jobs[0].task);
	}
	ck_assert(reached(&runs, 1 + count));
	ck_assert_uint_eq(akti_load_sc(&late), 0);
	stop(workers);
}

START_TEST(long_turns_among_short_ones_run_side_by_side)
{
	for_seeds(300, 200, mixed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("long");
	TCase *side = tcase_create("side");
	TCase *inject = tcase_create("inject");

	tcase_add_test(side, long_turns_run_side_by_side);
	tcase_add_test(side, a_long_turn_does_not_hold_what_it_submitted);
	tcase_add_test(side, a_long_turn_after_short_ones_does_not_hold_what_it_submitted);
	tcase_add_test(side, long_turns_among_short_ones_run_side_by_side);
	tcase_add_test(side, a_stuck_hand_is_emptied_though_the_watch_is_called_away);
	tcase_add_test(inject, a_long_turn_after_short_ones_does_not_hold_what_comes_from_outside);
	tcase_add_test(inject, who_insists_has_somebody_woken);
	tcase_add_test(inject, who_took_last_is_relied_on_while_it_is_awake_and_quick);
	tcase_set_timeout(side, 120);
	tcase_set_timeout(inject, 120);
	suite_add_tcase(suite, side);
	suite_add_tcase(suite, inject);
	return run_suite(suite);
}
