/* SPDX-License-Identifier: MIT */
/* Between the files of sched: taking tasks (take.c), sleeping (park.c), what is queued for everybody (inject.c),
 * being driven (driven.c), the rest (sched.c). */
#ifndef AKTI_SCHED_INTERNAL_H
#define AKTI_SCHED_INTERNAL_H

#include "sched/sched.h"

/* One look everywhere but at the own hand and ring. */
struct sched_task *akti_sched_find(struct worker *worker);

/* A task was put where others can take it: wake one if nobody searches. */
void akti_sched_wake_one(struct sched *sched);

/* Wake so many sleepers, or have the caller's loop drive. */
void akti_sched_wake(struct sched *sched, unsigned count);

/* Sleep until woken, or until the wheel has something. searching: the caller counts as searching,
 * and no longer does. Driven: rest instead, until akti_sched_get_up. True: it counts as searching again, on behalf of who woke it. */
bool akti_sched_park(struct worker *worker, bool searching);

/* A hand was filled and nobody watches: have a sleeper watch. */
void akti_sched_appoint_watch(struct sched *sched);

/* Before a look for what others have queued: a heavy barrier against the light one in push_ring, unless
 * nobody else runs who could push. quiet: so many sleep now, with the caller. Who sleeps has nothing in its
 * store buffer, and who gets up after that was counted sees what the caller did before. */
void akti_sched_see_pushed(struct sched *sched, uint32_t quiet);

/* Whether a ring holds what is worth a wake-up or a steal: more than its owner is about to do. */
bool akti_sched_is_worth(struct worker *owner);

/* Whether something lies in inject, or in a ring and is worth it. leaver: as for akti_inject_is_left. */
bool akti_sched_work_left(struct sched *sched, struct worker *leaver);

/* Put a list of count tasks into inject. True: whoever took last is awake and will have done them soon, so
 * nobody need be woken, only somebody must watch. */
bool akti_inject_put(struct inject *inject, struct sched_task *head, struct sched_task *tail,
		     uint32_t count);
/* Take a fair share, at most max; returns how many. The worker is the taker from now on. */
uint32_t akti_inject_take(struct worker *worker, struct sched_task **ret_tasks, uint32_t max);
/* Whether something is there that the taker will not have done soon. leaver, unless NULL, is about to sleep:
 * with the same look it ceases to be the taker, so nobody relies on it any more. */
bool akti_inject_is_left(struct inject *inject, struct worker *leaver);
/* Let nobody rely on the taker until there is another one. */
void akti_inject_distrust(struct inject *inject);
/* Looks without the mutex. */
AKTI_INLINE bool akti_inject_is_taker(const struct worker *worker)
{
	return akti_load_rlx(&worker->sched->inject.taker) == worker;
}
AKTI_INLINE bool akti_inject_looks_empty(struct sched *sched)
{
	return akti_load_rlx(&sched->inject.head) == NULL;
}

/* Of a worker that rests since akti_sched_park: it sleeps no more. */
void akti_sched_get_up(struct worker *worker);
/* Whether the caller's drive ends before the next turn. */
bool akti_sched_drive_is_over(struct worker *worker);
/* Drive until done(arg). False: not by deadline_ns. Of the driving thread. */
bool akti_sched_run_driven(struct sched *sched, bool (*done)(void *arg), void *arg,
			   int64_t deadline_ns);

/* Fire what is due. */
void akti_sched_timers(struct worker *worker);

void akti_sched_seeded_add(struct sched *sched, struct sched_task *task);

#endif
