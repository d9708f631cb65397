/* SPDX-License-Identifier: MIT */
/* sched: sleeping, waking, and the watch. */
#include "sched/internal.h"

void akti_sched_wake(struct sched *sched, unsigned count)
{
	(void)akti_add_sc(&sched->epoch, 1);
	if (sched->config.door != NULL)
		akti_plat_poll_ring(sched->config.door);
	else
		akti_plat_wake(&sched->epoch, count);
}

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
	akti_sched_wake(sched, 1);
}

void akti_sched_see_pushed(struct sched *sched, uint32_t quiet)
{
	if (quiet < sched->count)
		akti_plat_heavy_barrier();
}

bool akti_sched_is_worth(struct worker *owner)
{
	uint32_t waiting = ring_length(&owner->ring);

	/* Before them come the turn that runs and the hand. */
	return waiting > 0 &&
	       (uint64_t)(waiting + 1) * akti_load_rlx(&owner->turn_ns) > SCHED_WORTH_NS;
}

bool akti_sched_work_left(struct sched *sched, struct worker *leaver)
{
	if (akti_inject_is_left(&sched->inject, leaver))
		return true;
	for (unsigned i = 0; i < sched->count; i++) {
		if (akti_sched_is_worth(&sched->workers[i]))
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

/* A worker that has had so few turns since the last look has long ones, whatever they were before. The
 * search that follows a look takes from inject, and from its ring. */
static bool has_slowed_down(struct worker *victim, uint64_t turns)
{
	if (turns > SCHED_WATCH_NS / SCHED_WORTH_NS ||
	    (ring_empty(&victim->ring) && akti_inject_looks_empty(victim->sched)))
		return false;
	akti_store_rlx(&victim->turn_ns, UINT32_MAX);
	return true;
}

/* Whether there is something to do. turns_seen: each worker's turns at the look before. */
static bool watch_look(struct worker *worker, uint64_t *turns_seen)
{
	struct sched *sched = worker->sched;

	for (unsigned i = 0; i < sched->count; i++) {
		struct worker *other = &sched->workers[i];
		uint64_t turns = akti_counter_read(&other->turns);
		uint64_t since = turns - turns_seen[i];

		turns_seen[i] = turns;
		if (other == worker || akti_load_acq(&other->parked) != 0)
			continue;
		if (since == 0 && !hand_is_empty(&other->hand) && take_over(worker, other))
			return true;
		if (has_slowed_down(other, since))
			return true;
	}
	return false;
}

/* Make a sleeper the watch: any of them, whoever gets up first. */
void akti_sched_appoint_watch(struct sched *sched)
{
	uint32_t nobody = WATCH_NOBODY;

	if (akti_load_sc(&sched->idle) == 0 ||
	    !akti_cas_sc(&sched->watch, &nobody, WATCH_APPOINTED))
		return;
	akti_sched_wake(sched, 1);
}

/* Become the watch if one is wanted. Of a sleeper. */
static bool take_watch(struct sched *sched)
{
	uint32_t appointed = WATCH_APPOINTED;
	uint32_t nobody = WATCH_NOBODY;

	return akti_cas_sc(&sched->watch, &appointed, WATCH_AWAKE) ||
	       (akti_load_sc(&sched->idle) < sched->count &&
		akti_cas_sc(&sched->watch, &nobody, WATCH_AWAKE));
}

/* Give the watch up when everybody else sleeps too. False: kept, or somebody else has it. */
static bool retire_watch(struct sched *sched)
{
	uint32_t nobody = WATCH_NOBODY;

	if (akti_load_sc(&sched->idle) != sched->count)
		return false;
	akti_store_sc(&sched->watch, WATCH_NOBODY);
	if (akti_load_sc(&sched->idle) == sched->count)
		return true;
	/* Somebody began to run: it may have seen the watch still there. */
	return !akti_cas_sc(&sched->watch, &nobody, WATCH_AWAKE);
}

/* The watch is called to work. Who has filled a hand since has either seen no watch, and appoints
 * one, or is seen here (heavy; light in akti_sched_want_watch). If all others sleep, what lies in inject is what it
 * is called for. */
static void leave_watch(struct worker *worker)
{
	struct sched *sched = worker->sched;
	bool wanted;

	akti_store_sc(&sched->watch, WATCH_NOBODY);
	akti_plat_heavy_barrier();
	wanted = !akti_inject_looks_empty(sched) && akti_load_sc(&sched->idle) < sched->count;
	for (unsigned i = 0; i < sched->count; i++) {
		struct worker *other = &sched->workers[i];

		wanted |= other != worker &&
			  !(hand_is_empty(&other->hand) && ring_empty(&other->ring));
	}
	if (wanted)
		akti_sched_appoint_watch(sched);
}

/* Whether a sleeper has something to get up for, other than to be the watch. */
static bool is_called(struct worker *worker)
{
	struct sched *sched = worker->sched;

	return akti_load_sc(&sched->wakes) > 0 || akti_sched_work_left(sched, NULL) ||
	       (akti_load_sc(&worker->attend) & WORKER_COMMAND);
}

/* Until when to sleep: the next timer, or the watch's next look. */
static int64_t sleep_until(int64_t timer_ns, bool watch)
{
	int64_t look_ns = AKT_FOREVER;

	if (watch)
		look_ns = akti_plat_now() + SCHED_WATCH_NS;
	return look_ns < timer_ns ? look_ns : timer_ns;
}

/* Wait on epoch; as the watch, look around now and then. True: a hand was taken over. */
static bool sleep_on_epoch(struct worker *worker, uint32_t epoch)
{
	struct sched *sched = worker->sched;
	int64_t timer_ns = akti_wheel_next(&worker->wheel);
	uint64_t turns_seen[SCHED_WORKERS_MAX];
	bool watch = take_watch(sched);
	bool took = false;

	for (unsigned i = 0; i < sched->count; i++)
		turns_seen[i] = UINT64_MAX;
	for (;;) {
		(void)akti_plat_wait(&sched->epoch, epoch, sleep_until(timer_ns, watch));
		if (akti_load_sc(&sched->epoch) != epoch) {
			watch = watch || take_watch(sched);
			epoch = akti_load_sc(&sched->epoch);
			if (!watch || is_called(worker))
				break;
		}
		if (timer_ns != AKT_FOREVER && akti_plat_now() >= timer_ns)
			break;
		if (watch && retire_watch(sched))
			watch = false;
		else if (watch && (took = watch_look(worker, turns_seen)))
			break;
	}
	if (watch)
		leave_watch(worker);
	return took;
}

/* Take over a search that a waker counted for one of the sleepers. False: there is none. */
static bool adopt_search(struct sched *sched)
{
	uint32_t wakes = akti_load_sc(&sched->wakes);

	while (wakes > 0 && !akti_cas_sc(&sched->wakes, &wakes, wakes - 1))
		akti_pause();
	return wakes > 0;
}

void akti_sched_get_up(struct worker *worker)
{
	struct sched *sched = worker->sched;

	if (!worker->resting)
		return;
	worker->resting = false;
	akti_store_sc(&worker->parked, 0);
	/* Who woke us counted us as searching. The caller is about to look everywhere. */
	if (adopt_search(sched))
		(void)akti_sub_sc(&sched->searching, 1);
	(void)akti_sub_sc(&sched->idle, 1);
}

bool akti_sched_park(struct worker *worker, bool searching)
{
	struct sched *sched = worker->sched;
	uint32_t epoch = akti_load_sc(&sched->epoch);
	int64_t begin_ns;
	int64_t slept_ns;
	bool adopted;
	bool took = false;

	(void)akti_add_sc(&sched->idle, 1);
	if (searching)
		(void)akti_sub_sc(&sched->searching, 1);
	akti_sched_see_pushed(sched, akti_load_sc(&sched->idle));
	/* A wake-up meant for a sleeper that was just getting up by itself is adopted here: else its
	 * search would count for ever, and nobody would be woken again. */
	adopted = adopt_search(sched);
	if (!adopted && akti_sched_work_left(sched, worker)) {
		/* A waker that saw us search relied on us to find this and to wake the next one: we
		 * search on. */
		(void)akti_add_sc(&sched->searching, 1);
		adopted = true;
	} else if (!adopted && !(akti_load_sc(&worker->attend) & WORKER_COMMAND)) {
		akti_count(&worker->parks, 1);
		akti_store_sc(&worker->parked, 1);
		if (akti_load_sc(&sched->idle) == sched->count &&
		    akti_load_sc(&sched->quiet_waiters) != 0) {
			(void)akti_add_sc(&sched->quiet, 1);
			akti_plat_wake(&sched->quiet, UINT32_MAX >> 1);
		}
		if (sched->config.door != NULL) {
			worker->resting = true;
			return false;
		}
		begin_ns = akti_plat_now();
		took = sleep_on_epoch(worker, epoch);
		slept_ns = akti_plat_now() - begin_ns;
		worker->patience_ns = akti_plat_patience(slept_ns);
		worker->paced_ns += slept_ns;
		worker->woken = true;
		akti_store_sc(&worker->parked, 0);
		adopted = adopt_search(sched);
	}
	(void)akti_sub_sc(&sched->idle, 1);
	if (took)
		akti_sched_wake_one(sched); /* a hand may hold more than one task */
	return adopted;
}
