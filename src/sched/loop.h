/* SPDX-License-Identifier: MIT */
/*
 * loop: what a worker does all day, as a template.
 *
 * A turn may be as short as one message, so a call through a pointer and two frames around it would
 * be a fifth of its cost. The runtime instantiates the loop with its turn in place and hands the
 * result to the scheduler, which still knows nothing of it.
 */
#ifndef AKTI_SCHED_LOOP_H
#define AKTI_SCHED_LOOP_H

#include "sched/sched.h"

/* See to commands and timers. False: the worker is to end. */
bool akti_sched_attend(struct worker *worker);
/* Something was put where a long turn may hold it: see that somebody watches over it. Threads: any thread. */
void akti_sched_want_watch(struct sched *sched);
/* The last call of akti_sched_submit_on where it is not the common case. 0. */
int akti_sched_submit_last(struct worker *worker, struct sched_task *task);
int akti_sched_want_watch_last(struct worker *worker);
/* The next task from anywhere; NULL: look at attend. May sleep. */
struct sched_task *akti_sched_take(struct worker *worker);

/* hand.next, unless it is the turn of those who wait behind it. */
AKTI_INLINE struct sched_task *akti_sched_take_next(struct worker *worker)
{
	struct hand *hand = &worker->hand;
	struct sched_task *task;

	if (akti_unlikely(akti_counter_read(&worker->turns) % SCHED_NEXT_MAX == 0))
		return NULL;
	biased_enter(&hand->lock);
	task = akti_load_acq(&hand->next);
	akti_store_rlx(&hand->next, NULL);
	biased_leave(&hand->lock);
	return task;
}

/* akti_sched_submit_here with its common case in place: nothing is displaced, and if there are
 * other workers, one of them is awake or the watch. Returns 0, as the two functions do in which it
 * ends otherwise: so a verb that ends in it needs no frame. */
AKTI_INLINE int akti_sched_submit_on(struct worker *worker, struct sched_task *task)
{
	struct hand *hand = &worker->hand;

	if (akti_unlikely(!biased_try_enter(&hand->lock)))
		return akti_sched_submit_last(worker, task);
	if (akti_unlikely(akti_load_rlx(&hand->next) != NULL)) {
		biased_leave(&hand->lock);
		return akti_sched_submit_last(worker, task);
	}
	akti_store_rel(&hand->next, task);
	biased_leave(&hand->lock);
	atomic_signal_fence(memory_order_seq_cst); /* light; heavy in leave_watch */
	if (akti_likely(akti_load_rlx(&worker->sched->watch) != WATCH_NOBODY))
		return 0;
	return akti_sched_want_watch_last(worker);
}

AKTI_INLINE void akti_sched_loop(struct worker *worker,
				 void (*turn)(struct worker *worker, struct sched_task *task))
{
	for (;;) {
		struct sched_task *task;

		if (akti_unlikely(akti_any_rlx(&worker->attend)) && !akti_sched_attend(worker))
			return;
		task = akti_sched_take_next(worker);
		if (akti_unlikely(task == NULL))
			task = akti_sched_take(worker);
		if (akti_unlikely(task == NULL))
			continue;
		turn(worker, task);
		akti_count(&worker->turns, 1);
	}
}

#endif
