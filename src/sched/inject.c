/* SPDX-License-Identifier: MIT */
/* sched: inject, the queue for what comes from outside and for what a ring has no room for. */
#include "sched/internal.h"

/* Whether the taker will have done all of it soon. Of who holds the mutex. */
static bool is_soon(const struct inject *inject)
{
	return akti_load_rlx(&inject->taker) != NULL &&
	       (uint64_t)(inject->count + 1) * inject->turn_ns <= SCHED_WORTH_NS;
}

bool akti_inject_put(struct inject *inject, struct sched_task *head, struct sched_task *tail,
		     uint32_t count)
{
	struct sched_task *before;
	bool was_empty;
	bool soon;

	tail->link = NULL;
	akti_plat_lock(&inject->mutex);
	before = inject->tail;
	was_empty = inject->count == 0;
	inject->tail = tail;
	inject->count += count;
	soon = is_soon(inject);
	/* Last, for a worker may look at it all the time, and is here at once. */
	if (was_empty)
		akti_store_rlx(&inject->head, head);
	else
		before->link = head;
	akti_plat_unlock(&inject->mutex);
	return soon;
}

uint32_t akti_inject_take(struct worker *worker, struct sched_task **ret_tasks, uint32_t max)
{
	struct inject *inject = &worker->sched->inject;
	uint32_t share;
	struct sched_task *task;
	uint32_t n = 0;

	if (akti_inject_looks_empty(worker->sched))
		return 0;
	akti_plat_lock(&inject->mutex);
	share = inject->count / worker->sched->count;
	if (share < max)
		max = share;
	task = akti_load_rlx(&inject->head);
	while (task != NULL && (n == 0 || n < max)) {
		ret_tasks[n++] = task;
		task = task->link;
	}
	akti_store_rlx(&inject->head, task);
	inject->count -= n;
	akti_store_rlx(&inject->taker, worker);
	inject->turn_ns = akti_load_rlx(&worker->turn_ns);
	akti_plat_unlock(&inject->mutex);
	return n;
}

void akti_inject_distrust(struct inject *inject)
{
	akti_plat_lock(&inject->mutex);
	akti_store_rlx(&inject->taker, NULL);
	akti_plat_unlock(&inject->mutex);
}

bool akti_inject_is_left(struct inject *inject, struct worker *leaver)
{
	bool left;

	akti_plat_lock(&inject->mutex);
	if (akti_load_rlx(&inject->taker) == leaver)
		akti_store_rlx(&inject->taker, NULL);
	left = akti_load_rlx(&inject->head) != NULL && !is_soon(inject);
	akti_plat_unlock(&inject->mutex);
	return left;
}
