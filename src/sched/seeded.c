/* SPDX-License-Identifier: MIT */
/*
 * sched, seeded: one runner, a virtual clock, and each next task drawn from all runnable ones.
 * Everything that a user's test can observe is then a function of the seed.
 */
#include "sched/internal.h"
#include "base/hash.h"
#include <stdlib.h>

void akti_sched_seeded_add(struct sched *sched, struct sched_task *task)
{
	if (sched->runnable_count == sched->runnable_room) {
		uint32_t room = sched->runnable_room == 0 ? 64 : sched->runnable_room * 2;
		struct sched_task **more = realloc(sched->runnable, room * sizeof(*more));

		if (more == NULL) {
			task->link = sched->unplaced;
			sched->unplaced = task;
			return;
		}
		sched->runnable = more;
		sched->runnable_room = room;
	}
	sched->runnable[sched->runnable_count++] = task;
}

static struct sched_task *take_unplaced(struct sched *sched)
{
	struct sched_task *task = sched->unplaced;

	if (task != NULL)
		sched->unplaced = task->link;
	return task;
}

static struct sched_task *draw(struct sched *sched)
{
	uint32_t pick;
	struct sched_task *task;

	if (sched->runnable_count == 0)
		return take_unplaced(sched);
	pick = (uint32_t)(akti_sched_random(&sched->workers[0]) % sched->runnable_count);
	task = sched->runnable[pick];
	sched->runnable[pick] = sched->runnable[--sched->runnable_count];
	sched->choices = akti_hash_u64(sched->choices ^ pick);
	if (akti_unlikely(sched->unplaced != NULL))
		sched->runnable[sched->runnable_count++] = take_unplaced(sched);
	return task;
}

/* Nothing can run: see whether something from outside has come. */
static bool look(struct sched *sched)
{
	return sched->config.look != NULL && sched->config.look(sched->config.arg);
}

/* Nothing can run: let time pass to the next timer, or to the deadline. False: it is reached. */
static bool pass_time(struct worker *worker, int64_t deadline_ns)
{
	struct sched *sched = worker->sched;
	int64_t next_ns = akti_wheel_next(&worker->wheel);

	if (next_ns >= deadline_ns) {
		if (deadline_ns != AKT_FOREVER && deadline_ns > sched->virtual_ns)
			sched->virtual_ns = deadline_ns;
		return false;
	}
	if (next_ns > sched->virtual_ns)
		sched->virtual_ns = next_ns;
	akti_sched_timers(worker);
	return true;
}

bool akti_sched_run_seeded(struct sched *sched, bool (*done)(void *arg), void *arg,
			   int64_t deadline_ns)
{
	struct worker *worker = &sched->workers[0];
	struct worker *before = akti_worker_self;
	bool reached = true;

	akti_worker_self = worker;
	while (done == NULL || !done(arg)) {
		struct sched_task *task = draw(sched);

		if (task != NULL) {
			sched->config.run(worker, task);
			akti_count(&worker->turns, 1);
		} else if (look(sched)) {
			continue;
		} else if (done == NULL || !pass_time(worker, deadline_ns)) {
			reached = done == NULL;
			break;
		}
	}
	akti_worker_self = before;
	return reached;
}
