/* SPDX-License-Identifier: MIT */
/* sched: where a task is put, and where the next one comes from. */
#include "sched/internal.h"
#include "sched/loop.h"
#include "mem/mem.h"
#include <stdlib.h>

/* Put tasks into the batch, which must be empty. Owner, not inside its hand. */
static void fill_batch(struct worker *worker, struct sched_task **tasks, uint32_t count)
{
	struct hand *hand = &worker->hand;

	biased_enter(&hand->lock);
	for (uint32_t i = 0; i < count; i++)
		akti_store_rlx(&hand->batch[i], tasks[i]);
	akti_store_rlx(&hand->batch_at, 0);
	akti_store_rlx(&hand->batch_count, count);
	biased_leave(&hand->lock);
	akti_sched_want_watch(worker->sched);
}

/* Take from inject, one to run, others into the batch, which must be empty. */
static struct sched_task *take_injected(struct worker *worker)
{
	struct sched_task *tasks[SCHED_HAND_MAX];
	uint32_t n = akti_inject_take(worker, tasks, SCHED_HAND_MAX);

	if (n > 1)
		fill_batch(worker, tasks + 1, n - 1);
	return n > 0 ? tasks[0] : NULL;
}

/* Take from a ring, one to run, others into the batch, which must be empty. */
static struct sched_task *take_from_ring(struct worker *worker, struct ring *ring)
{
	struct sched_task *tasks[SCHED_HAND_MAX];
	void *items[SCHED_HAND_MAX];
	uint32_t n = ring_take(ring, items, SCHED_HAND_MAX);

	for (uint32_t i = 0; i < n; i++)
		tasks[i] = items[i];
	if (n > 1)
		fill_batch(worker, tasks + 1, n - 1);
	return n > 0 ? tasks[0] : NULL;
}

struct sched_task *akti_sched_find(struct worker *worker)
{
	struct sched *sched = worker->sched;
	struct sched_task *task = take_injected(worker);

	for (unsigned i = 1; task == NULL && i < sched->count; i++) {
		struct worker *victim = &sched->workers[(worker->id + i) % sched->count];

		if (!akti_sched_is_worth(victim))
			continue;
		task = take_from_ring(worker, &victim->ring);
		if (task != NULL)
			akti_count(&worker->steals, 1);
	}
	return task;
}

/* Half of a full ring goes to inject, with the task that found it full. */
static AKTI_NOINLINE void overflow(struct worker *worker, struct sched_task *task)
{
	struct sched_task *head = task;
	struct sched_task *tail = task;
	uint32_t count = 1;

	while (count < RING_SLOTS / 2) {
		void *items[SCHED_HAND_MAX];
		uint32_t n = ring_take(&worker->ring, items, SCHED_HAND_MAX);

		if (n == 0)
			break;
		for (uint32_t i = 0; i < n; i++) {
			struct sched_task *moved = items[i];

			/* Older ones first: they have waited longer than task. */
			moved->link = head;
			head = moved;
		}
		count += n;
	}
	(void)akti_inject_put(&worker->sched->inject, head, tail, count);
}

static void push_ring(struct worker *worker, struct sched_task *task)
{
	bool overflows = !ring_push(&worker->ring, task);

	if (akti_unlikely(overflows))
		overflow(worker, task);
	if (worker->sched->count == 1)
		return;
	atomic_signal_fence(memory_order_seq_cst); /* light; heavy in akti_sched_park */
	if (akti_unlikely(overflows) || akti_sched_is_worth(worker))
		akti_sched_wake_one(worker->sched);
	akti_sched_want_watch(worker->sched);
}

static AKTI_NOINLINE void submit_elsewhere(struct sched *sched, struct sched_task *task)
{
	if (sched->config.seed != 0) {
		akti_sched_seeded_add(sched, task);
		return;
	}
	if (akti_inject_put(&sched->inject, task, task, 1))
		akti_sched_want_watch(sched);
	else
		akti_sched_wake_one(sched);
}

AKTI_HOT void akti_sched_submit_here(struct worker *worker, struct sched_task *task)
{
	struct sched *sched = worker->sched;
	struct sched_task *displaced;

	if (akti_unlikely(sched->config.seed != 0)) {
		akti_sched_seeded_add(sched, task);
		return;
	}
	biased_enter(&worker->hand.lock);
	displaced = akti_load_rlx(&worker->hand.next);
	akti_store_rel(&worker->hand.next, task);
	biased_leave(&worker->hand.lock);
	if (displaced != NULL)
		push_ring(worker, displaced);
	else
		akti_sched_want_watch(sched);
}

void akti_sched_want_watch(struct sched *sched)
{
	atomic_signal_fence(memory_order_seq_cst); /* light; heavy in leave_watch */
	if (akti_load_rlx(&sched->watch) == WATCH_NOBODY)
		akti_sched_appoint_watch(sched);
}

int akti_sched_submit_last(struct worker *worker, struct sched_task *task)
{
	akti_sched_submit_here(worker, task);
	return 0;
}

int akti_sched_want_watch_last(struct worker *worker)
{
	akti_sched_want_watch(worker->sched);
	return 0;
}

void akti_sched_submit(struct sched *sched, struct sched_task *task)
{
	struct worker *worker = akti_worker_self;

	if (worker != NULL && worker->sched == sched)
		akti_sched_submit_here(worker, task);
	else
		submit_elsewhere(sched, task);
}

void akti_sched_insist(struct sched *sched)
{
	if (akti_inject_looks_empty(sched))
		return;
	akti_inject_distrust(&sched->inject);
	akti_sched_wake_one(sched);
}

void akti_sched_requeue(struct worker *worker, struct sched_task *task)
{
	struct sched *sched = worker->sched;
	struct hand *hand = &worker->hand;
	bool alone;

	if (akti_unlikely(sched->config.seed != 0)) {
		akti_sched_seeded_add(sched, task);
		return;
	}
	/* Who has had its turns goes behind those who came before it, wherever they wait: else an actor that
	 * makes more work than a ring holds would come round faster than its work is done. */
	if (!akti_inject_looks_empty(sched)) {
		submit_elsewhere(sched, task);
		return;
	}
	/* With nobody waiting behind it, it goes on here: queuing it would only invite a thief. */
	biased_enter(&hand->lock);
	alone = akti_load_rlx(&hand->next) == NULL &&
		akti_load_rlx(&hand->batch_at) == akti_load_rlx(&hand->batch_count) &&
		ring_empty(&worker->ring);
	if (alone)
		akti_store_rel(&hand->next, task);
	biased_leave(&hand->lock);
	if (!alone)
		push_ring(worker, task);
}

/* The hand: next unless it has had its turns and somebody else waits; else the batch.
 * *ret_later is a task that must make room: it goes to the ring. */
static struct sched_task *take_hand(struct worker *worker, struct sched_task **ret_later)
{
	struct hand *hand = &worker->hand;
	struct sched_task *task;
	uint32_t at;

	*ret_later = NULL;
	biased_enter(&hand->lock);
	task = akti_load_acq(&hand->next);
	at = akti_load_rlx(&hand->batch_at);
	if (task != NULL) {
		akti_store_rlx(&hand->next, NULL);
		if (akti_unlikely(akti_counter_read(&worker->turns) % SCHED_NEXT_MAX == 0)) {
			if (at < akti_load_rlx(&hand->batch_count) || !ring_empty(&worker->ring) ||
			    !akti_inject_looks_empty(worker->sched)) {
				*ret_later = task;
				task = NULL;
			}
		}
	}
	if (task == NULL && at < akti_load_rlx(&hand->batch_count)) {
		task = akti_load_acq(&hand->batch[at]);
		akti_store_rlx(&hand->batch_at, at + 1);
	}
	biased_leave(&hand->lock);
	return task;
}

static bool must_look_up(const struct worker *worker)
{
	return (akti_load_rlx(&worker->attend) & WORKER_COMMAND) != 0;
}

/* A short while, or until something is injected: that is one line to look at, a ring of each worker is
 * many. */
static void spin_a_little(struct sched *sched)
{
	for (unsigned i = 0; i < 16 && akti_inject_looks_empty(sched); i++)
		akti_pause();
}

/* Look everywhere while there is patience. NULL: nothing came, or something else wants the worker. */
static struct sched_task *spin(struct worker *worker)
{
	struct plat_vigil vigil;
	struct sched_task *task;

	akti_plat_vigil_begin(&vigil, worker->patience_ns, worker->woken);
	worker->woken = false;
	worker->paced_ns -= vigil.now_ns;
	do {
		if (!vigil.scarce)
			spin_a_little(worker->sched);
		task = akti_sched_find(worker);
	} while (task == NULL && !must_look_up(worker) && worker->wheel.count == 0 &&
		 akti_plat_vigil_goes_on(&vigil));
	worker->paced_ns += vigil.now_ns;
	return task;
}

/* Stop searching. Who queued something and saw us search relied on us: if more is left and somebody
 * sleeps, wake one. Whoever goes to sleep from now on looks for himself. */
static void end_search(struct sched *sched)
{
	uint32_t idle;

	if (akti_sub_sc(&sched->searching, 1) != 1)
		return;
	idle = akti_load_sc(&sched->idle);
	if (idle == 0)
		return;
	akti_sched_see_pushed(sched, idle + 1);
	if (akti_sched_work_left(sched, NULL))
		akti_sched_wake_one(sched);
	else if (!akti_inject_looks_empty(sched))
		akti_sched_want_watch(sched);
}

/* From the ring and from inject in turn, while both have something: what lies in inject is often what
 * the ring had no room for, and older. */
static struct sched_task *take_turns(struct worker *worker)
{
	struct sched_task *task = NULL;

	worker->inject_first = !worker->inject_first;
	if (worker->inject_first)
		task = take_injected(worker);
	return task != NULL ? task : take_from_ring(worker, &worker->ring);
}

/* Nothing here: search for a while, then sleep, then search again. Whoever searches and finds wakes
 * the next one if there is more: a waker that saw somebody search relied on that. */
static AKTI_NOINLINE struct sched_task *search(struct worker *worker)
{
	struct sched *sched = worker->sched;
	struct sched_task *task;
	bool searching = false;

	for (;;) {
		task = take_turns(worker);
		if (task == NULL)
			task = akti_sched_find(worker);
		if (task != NULL || must_look_up(worker))
			break;
		akti_store_rlx(&worker->seeks, true);
		if (!searching && akti_load_rlx(&sched->searching) * 2 < sched->count) {
			searching = true;
			(void)akti_add_sc(&sched->searching, 1);
		}
		/* Who takes what comes from outside waits for more even where others search: they may have been
		 * put behind it on its own processor, and whoever sends relies on it. */
		if ((searching || akti_inject_is_taker(worker)) && sched->config.door == NULL)
			task = spin(worker);
		if (task != NULL || must_look_up(worker))
			break;
		searching = akti_sched_park(worker, searching);
		if (worker->wheel.count > 0 || worker->resting)
			break; /* it may have been a timer that woke us */
	}
	if (searching)
		end_search(sched);
	akti_store_rlx(&worker->seeks, false);
	return task;
}

/* Every SCHED_NEXT_MAX turns. What it searched and slept in between does not count. */
static void measure_turns(struct worker *worker, uint64_t turns)
{
	int64_t now = akti_plat_now();
	int64_t each_ns = (now - worker->paced_ns) / (int64_t)(turns - worker->paced_turns);

	worker->paced_ns = now;
	worker->paced_turns = turns;
	akti_store_rlx(&worker->turn_ns,
		       each_ns < (int64_t)UINT32_MAX ? (uint32_t)each_ns : UINT32_MAX);
}

struct sched_task *akti_sched_take(struct worker *worker)
{
	struct sched_task *later;
	struct sched_task *task;

	uint64_t turns = akti_counter_read(&worker->turns);

	if (turns - worker->paced_turns >= SCHED_NEXT_MAX)
		measure_turns(worker, turns);
	task = take_hand(worker, &later);
	if (akti_unlikely(later != NULL))
		push_ring(worker, later);
	return task != NULL ? task : search(worker);
}
