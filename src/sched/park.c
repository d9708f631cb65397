/* SPDX-License-Identifier: MIT */
/* sched: sleeping, waking, and the watch. */
#include "sched/internal.h"

/* A waker counts the sleeper that it wakes as searching, so that a second waker sees that somebody
 * is on the way. Whoever wakes, or is about to sleep, adopts that count (adopt_search) and looks
 * everywhere after it has given the count back: what was queued in between is not missed. */
void akti_sched_wake_one(struct sched *sched)
{
	uint32_t nobody = 0;

	if (akti_likely(akti_load_rlx(&sched->idle) == 0))
		return;
	if (akti_load_rlx(&sched->searching) != 0 || !akti_cas_sc(&sched->searching, &nobody, 1))
		return;
	(void)akti_add_sc(&sched->wakes, 1);
	(void)akti_add_sc(&sched->epoch, 1);
	akti_plat_wake(&sched->epoch, 1);
}

static bool work_somewhere(struct sched *sched)
{
	bool injected;

	akti_plat_lock(&sched->inject_mutex);
	injected = akti_load_rlx(&sched->inject_head) != NULL;
	akti_plat_unlock(&sched->inject_mutex);
	if (injected)
		return true;
	for (unsigned i = 0; i < sched->count; i++) {
		if (!ring_empty(&sched->workers[i].ring))
			return true;
	}
	return false;
}

static bool hand_is_empty(struct hand *hand)
{
	return akti_load_rlx(&hand->next) == NULL &&
	       akti_load_rlx(&hand->batch_at) == akti_load_rlx(&hand->batch_count);
}

/* Move a stuck worker's hand to our ring. */
static bool take_over(struct worker *worker, struct worker *victim)
{
	struct hand *hand = &victim->hand;
	struct sched_task *task;
	uint32_t at;
	bool took = false;

	if (!biased_try_steal(&hand->lock))
		return false;
	task = akti_load_acq(&hand->next);
	if (task != NULL) {
		akti_store_rlx(&hand->next, NULL);
		took = ring_push(&worker->ring, task);
		AKT_ASSERT(took); /* a sleeper's ring is empty */
	}
	for (at = akti_load_rlx(&hand->batch_at); at < akti_load_rlx(&hand->batch_count); at++) {
		took = ring_push(&worker->ring, akti_load_acq(&hand->batch[at]));
		AKT_ASSERT(took);
	}
	akti_store_rlx(&hand->batch_at, at);
	biased_leave_stolen(&hand->lock);
	if (took)
		akti_count(&worker->steals, 1);
	return took;
}

/* Whether a hand was taken over. turns_seen: each worker's turns at the look before. */
static bool watch_look(struct worker *worker, uint64_t *turns_seen)
{
	struct sched *sched = worker->sched;

	for (unsigned i = 0; i < sched->count; i++) {
		struct worker *other = &sched->workers[i];
		uint64_t turns = akti_counter_read(&other->turns);
		bool stuck = turns == turns_seen[i];

		turns_seen[i] = turns;
		if (other == worker || !stuck || akti_load_acq(&other->parked) != 0)
			continue;
		if (!hand_is_empty(&other->hand) && take_over(worker, other))
			return true;
	}
	return false;
}

/* Give the watch up when everybody else sleeps too. False: kept, or somebody else has it. */
static bool retire_watch(struct sched *sched)
{
	uint32_t no = 0;

	if (akti_load_sc(&sched->idle) != sched->count)
		return false;
	akti_store_sc(&sched->watch, 0);
	if (akti_load_sc(&sched->idle) == sched->count)
		return true;
	/* Somebody began to run: it may have seen the watch still there. */
	return !akti_cas_sc(&sched->watch, &no, 1);
}

/* Wait on epoch; as the watch, look around now and then. */
static void sleep_on_epoch(struct worker *worker, uint32_t epoch)
{
	struct sched *sched = worker->sched;
	int64_t timer_ns = akti_wheel_next(&worker->wheel);
	uint64_t turns_seen[SCHED_WORKERS_MAX];
	uint32_t no = 0;
	bool watch = sched->count > 1 && akti_load_sc(&sched->idle) < sched->count &&
		     akti_cas_sc(&sched->watch, &no, 1);

	if (watch) {
		for (unsigned i = 0; i < sched->count; i++)
			turns_seen[i] = UINT64_MAX;
	}
	for (;;) {
		int64_t until = timer_ns;

		if (watch) {
			int64_t look_ns = akti_plat_now() + SCHED_WATCH_NS;

			until = look_ns < timer_ns ? look_ns : timer_ns;
		}
		(void)akti_plat_wait(&sched->epoch, epoch, until);
		if (akti_load_sc(&sched->epoch) != epoch)
			break;
		if (timer_ns != AKT_FOREVER && akti_plat_now() >= timer_ns)
			break;
		if (watch && retire_watch(sched))
			watch = false;
		else if (watch && watch_look(worker, turns_seen))
			break;
	}
	if (watch)
		akti_store_sc(&sched->watch, 0);
}

/* Take over a search that a waker counted for one of the sleepers. False: there is none. */
static bool adopt_search(struct sched *sched)
{
	uint32_t wakes = akti_load_sc(&sched->wakes);

	while (wakes > 0 && !akti_cas_sc(&sched->wakes, &wakes, wakes - 1))
		akti_pause();
	if (wakes == 0)
		return false;
	(void)akti_sub_sc(&sched->searching, 1);
	return true;
}

void akti_sched_park(struct worker *worker, bool was_searching)
{
	struct sched *sched = worker->sched;
	uint32_t epoch = akti_load_sc(&sched->epoch);

	(void)akti_add_sc(&sched->idle, 1);
	if (was_searching)
		(void)akti_sub_sc(&sched->searching, 1);
	akti_plat_heavy_barrier();
	/* A wake-up meant for a sleeper that was just getting up by itself is adopted here: else its
	 * search would count for ever, and nobody would be woken again. */
	if (!adopt_search(sched) && !work_somewhere(sched) &&
	    !(akti_load_sc(&worker->attend) & WORKER_COMMAND)) {
		akti_count(&worker->parks, 1);
		akti_store_sc(&worker->parked, 1);
		if (akti_load_sc(&sched->idle) == sched->count &&
		    akti_load_sc(&sched->quiet_waiters) != 0) {
			(void)akti_add_sc(&sched->quiet, 1);
			akti_plat_wake(&sched->quiet, UINT32_MAX >> 1);
		}
		sleep_on_epoch(worker, epoch);
		akti_store_sc(&worker->parked, 0);
		(void)adopt_search(sched);
	}
	(void)akti_sub_sc(&sched->idle, 1);
}
