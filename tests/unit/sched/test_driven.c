/* SPDX-License-Identifier: MIT */
/*
 * Proves: a worker that is driven runs whatever is submitted, by whomever, when its door is polled; no
 * wake-up is lost between the last look of a drive and the sleep of the caller's loop; timers and
 * commands open the door; a drive ends when its time is over, and says so. Does not prove what actors and
 * foreign loops make of it: that is tests/unit/system/test_driven.c.
 */
#include "harness.h"
#include "sched/loop.h"
#include <akt/error.h>
#include <string.h>

#define PUSHERS 2u
#define JOBS 3u

struct job {
	struct sched_task task;
	_Atomic uint32_t runs;
	uint32_t again; /* how often it queues itself */
};

static struct sched sched;
static struct plat_poll door;
static struct job jobs[PUSHERS][JOBS];
static _Atomic uint32_t runs, fired, commanded, ended;
static struct wheel_timer timer;
static int64_t due_ns;

static void run_job(struct worker *worker, struct sched_task *task)
{
	struct job *job = akti_container_of(task, struct job, task);

	if (job->again > 0) {
		job->again--;
		akti_sched_requeue(worker, task);
		return;
	}
	raise_word(&runs);
	raise_word(&job->runs);
}
static void loop(struct worker *worker)
{
	akti_sched_loop(worker, run_job);
}
static void on_timer(struct worker *worker, struct wheel_timer *expired)
{
	(void)worker;
	ck_assert_ptr_eq(expired, &timer);
	ck_assert_int_ge(akti_plat_now(), due_ns);
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
}
static bool look(void *arg)
{
	struct plat_ready ready[PLAT_POLL_BATCH];

	(void)arg;
	ck_assert_uint_eq(akti_plat_poll_take(&door, ready, false), 0);
	return false;
}

static void start(void)
{
	struct sched_config config = { .workers = 1,
				       .door = &door,
				       .context = context,
				       .run = run_job,
				       .loop = loop,
				       .timer = on_timer,
				       .look = look,
				       .enter = enter,
				       .leave = enter };

	memset(jobs, 0, sizeof(jobs));
	runs = fired = commanded = ended = 0;
	ck_assert_int_eq(akti_plat_poll_open(&door, true), 0);
	ck_assert_int_eq(akti_sched_start(&sched, &config), 0);
	ck_assert(akti_sched_is_driver(&sched));
}
static void stop(void)
{
	akti_sched_stop(&sched);
	akti_plat_poll_close(&door);
}

/* A loop that has nothing else to do. */
static void drive_until(_Atomic uint32_t *word, uint32_t value)
{
	while (akti_load_sc(word) < value) {
		int r = akti_sched_drive(&sched, AKT_FOREVER);

		ck_assert_int_eq(r, 0);
		if (akti_load_sc(word) < value)
			(void)akti_plat_poll_sleep(&door, AKT_FOREVER);
	}
}

/* Each job is the last one for a while: whoever loses it loses everything. */
static void push(void *arg)
{
	struct job *mine = arg;

	for (uint32_t round = 1; round <= 3; round++) {
		for (uint32_t i = 0; i < round && i < JOBS; i++) {
			uint32_t before = akti_load_sc(&mine[i].runs);

			akti_sched_submit(&sched, &mine[i].task);
			ck_assert(reached(&mine[i].runs, before + 1));
		}
	}
	raise_word(&ended);
	akti_sched_submit(&sched, &mine[0].task); /* the loop looks at ended */
}

static void push_and_drive(uint64_t seed)
{
	struct plat_thread threads[PUSHERS];
	uint32_t pushers = (uint32_t)(seed % PUSHERS) + 1;

	start();
	for (uint32_t i = 0; i < pushers; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "pusher", push, jobs[i]), 0);
	drive_until(&runs, pushers * (1 + 2 + 3 + 1));
	for (uint32_t i = 0; i < pushers; i++)
		akti_plat_thread_join(&threads[i]);
	ck_assert_int_eq(akti_sched_drive(&sched, AKT_FOREVER), 0);
	ck_assert(akti_sched_is_quiet(&sched));
	stop();
}

START_TEST(what_others_submit_opens_the_door)
{
	for_seeds(600, 60, push_and_drive);
}
END_TEST

static void count_command(struct worker *worker, void *arg)
{
	ck_assert_ptr_eq(akti_worker_self, worker);
	raise_word(arg);
}
static void command(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		ck_assert(akti_sched_command(&sched, count_command, &commanded, AKT_FOREVER));
	raise_word(&ended);
	akti_sched_submit(&sched, &jobs[0][0].task);
}

static void command_and_drive(uint64_t seed)
{
	struct plat_thread thread;

	(void)seed;
	start();
	ck_assert_int_eq(akti_plat_thread_start(&thread, "commander", command, NULL), 0);
	drive_until(&runs, 1);
	akti_plat_thread_join(&thread);
	ck_assert(akti_sched_command(&sched, count_command, &commanded, AKT_FOREVER));
	ck_assert_uint_eq(commanded, 4);
	ck_assert(akti_sched_wait_quiet(&sched, AKT_FOREVER));
	stop();
}

START_TEST(commands_open_the_door)
{
	for_seeds(200, 20, command_and_drive);
}
END_TEST

static void arm_in(struct worker *worker, void *arg)
{
	due_ns = akti_plat_now() + *(int64_t *)arg;
	akti_sched_arm(worker, &timer, due_ns);
}

static void arm_and_drive(uint64_t seed)
{
	int64_t delay_ns = AKT_MS(seed % 5);

	start();
	ck_assert(akti_sched_command(&sched, arm_in, &delay_ns, AKT_FOREVER));
	drive_until(&fired, 1);
	stop();
}

START_TEST(a_timer_opens_the_door)
{
	for_seeds(100, 20, arm_and_drive);
}
END_TEST

#ifndef AKTI_INTERLEAVE
static void drive_in_a_turn(struct worker *worker, void *arg)
{
	(void)worker, (void)arg;
	ck_assert_int_eq(akti_sched_drive(&sched, AKT_FOREVER), AKT_ERR_THREAD);
	raise_word(&commanded);
}

START_TEST(a_drive_ends_when_its_time_is_over)
{
	start();
	ck_assert(akti_plat_poll_sleep(&door, 0)); /* the first one is due */
	ck_assert_int_eq(akti_sched_drive(&sched, 0), 0);
	ck_assert(!akti_plat_poll_sleep(&door, 0));
	jobs[0][0].again = 5;
	akti_sched_submit(&sched, &jobs[0][0].task);
	for (int turn = 0; turn < 5; turn++) {
		ck_assert(akti_plat_poll_sleep(&door, 0));
		ck_assert_int_eq(akti_sched_drive(&sched, 0), 1); /* one turn at least */
		ck_assert_uint_eq(jobs[0][0].again, 4 - turn);
	}
	ck_assert_int_eq(akti_sched_drive(&sched, AKT_FOREVER), 0);
	ck_assert_uint_eq(runs, 1);
	ck_assert(akti_sched_command(&sched, drive_in_a_turn, NULL, AKT_FOREVER));
	ck_assert_uint_eq(commanded, 1);
	ck_assert(!akti_plat_poll_sleep(&door, akti_plat_now() + AKT_MS(1)) ||
		  akti_sched_drive(&sched, AKT_FOREVER) == 0);
	stop();
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("driven");
	TCase *all = tcase_create("driven");

	tcase_set_timeout(all, 100);
	tcase_add_test(all, what_others_submit_opens_the_door);
	tcase_add_test(all, commands_open_the_door);
	tcase_add_test(all, a_timer_opens_the_door);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(all, a_drive_ends_when_its_time_is_over);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
