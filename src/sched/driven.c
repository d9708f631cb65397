/* SPDX-License-Identifier: MIT */
/*
 * sched, driven: the one worker has no thread; whoever calls lends it one, until nothing can run or its
 * time is over. In between it rests: to all others it is a worker that sleeps, counted idle, with
 * one difference, that who wakes it rings a bell which the caller's own loop can poll (plat_poll).
 *
 *	drive:  get up -> look (empties the bell) -> turns -> rest: count idle, last look -> alarm
 *
 * D1  The bell is emptied after getting up and before the last look. What was queued before it was
 *     emptied is found by the last look at the latest; what is queued after that look finds a sleeper
 *     counted, and rings a bell that nobody empties before the next drive.
 * D2  Who stops before nothing is left rings the bell itself, and is not counted idle: so nobody else
 *     needs to.
 *
 * tests/unit/sched/test_driven.c, and two plants in tests/torture/plant.sh.
 */
#include "sched/internal.h"
#include "sched/loop.h"
#include <akt/error.h>

/* One drive of who waits for something else: then it looks whether that has come. */
#define SLICE_NS AKT_MS(1)

bool akti_sched_drive_is_over(struct worker *worker)
{
	return worker->resting ||
	       (akti_counter_read(&worker->turns) != worker->drive_turns &&
		worker->drive_until_ns != AKT_FOREVER && akti_plat_now() >= worker->drive_until_ns);
}

bool akti_sched_is_driver(const struct sched *sched)
{
	return sched->config.door != NULL &&
	       akti_load_rlx(&((struct sched *)(uintptr_t)sched)->driver) ==
		       (uintptr_t)&akti_worker_self;
}

/* Turns, until nothing can run or it is time. The caller is the worker. */
static void run(struct worker *worker, int64_t until_ns)
{
	struct sched *sched = worker->sched;

	akti_sched_get_up(worker);
	(void)sched->config.look(sched->config.arg);
	worker->drive_turns = akti_counter_read(&worker->turns);
	worker->drive_until_ns = until_ns;
	sched->config.loop(worker);
}

int akti_sched_drive(struct sched *sched, int64_t until_ns)
{
	struct worker *worker = &sched->workers[0];
	uint32_t nobody = 0;
	bool idle;

	if (akti_worker_self != NULL || !akti_cas_acqrel(&sched->driving, &nobody, 1))
		return AKT_ERR_THREAD;
	akti_store_rlx(&sched->driver, (uintptr_t)&akti_worker_self);
	akti_worker_self = worker;
	sched->config.enter(worker);
	run(worker, until_ns);
	sched->config.leave(worker);
	idle = worker->resting;
	if (idle)
		akti_plat_poll_alarm(sched->config.door, akti_wheel_next(&worker->wheel));
	else
		akti_plat_poll_ring(sched->config.door);
	akti_worker_self = NULL;
	akti_store_rel(&sched->driving, 0);
	return idle ? 0 : 1;
}

bool akti_sched_run_driven(struct sched *sched, bool (*done)(void *arg), void *arg,
			   int64_t deadline_ns)
{
	for (;;) {
		int64_t now = akti_plat_now();
		int r;

		if (done(arg))
			return true;
		if (now >= deadline_ns)
			return false;
		r = akti_sched_drive(sched,
				     now + SLICE_NS < deadline_ns ? now + SLICE_NS : deadline_ns);
		if (r < 0)
			return false; /* another thread drives after all */
		if (r == 0) {
			if (done(arg))
				return true;
			/* Not for good: what is held back outside may be let go of without a bell. */
			(void)akti_plat_poll_sleep(sched->config.door, now + SLICE_NS < deadline_ns
									       ? now + SLICE_NS
									       : deadline_ns);
		}
	}
}
