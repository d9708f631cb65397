/* SPDX-License-Identifier: MIT */
/*
 * plat under the simulator: the interleave build's threads, one at a time.
 *
 * Every thread is a real one, but only the holder of the baton runs. At each atomic access, lock,
 * wait and wake the holder may pass the baton to another runnable thread; a generator seeded by
 * AKT_SEED decides whether and to whom, so a seed replays a whole run. Time is virtual: it moves
 * when nobody can run, to the earliest deadline. If there is none, somebody waits for a wake-up
 * that will never come: the run is reported with its seed and aborted. That is how a lost wake-up
 * is found.
 *
 * Interleavings are sequentially consistent; what weak memory adds is modelled in tests/model.
 * Spinning counts as giving way: akti_interleave_spin always switches.
 */
#ifdef AKTI_INTERLEAVE
#include "plat/plat.h"
#include "plat/sim.h"
#include <akt/error.h>
#include <akt/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIM_THREADS_MAX 64u
#define SIM_SWITCH_ONE_IN 4u

enum sim_state { SIM_FREE = 0, SIM_RUNNABLE, SIM_WAITING, SIM_LOCKING, SIM_JOINING, SIM_ENDED };

struct sim_thread {
	enum sim_state state;
	pthread_cond_t baton_arrived;
	const void *waits_for; /* word, mutex or thread */
	int64_t deadline_ns;
	bool timed_out;
};

static pthread_mutex_t sim_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sim_thread sim_threads[SIM_THREADS_MAX];
static struct sim_thread *sim_holder;
static uint64_t sim_rng;
static uint64_t sim_seed_now;
static uint64_t sim_hash;
static uint64_t sim_steps;
static int64_t sim_clock;
static AKTI_TLS struct sim_thread *sim_self;

static uint64_t sim_random(void)
{
	sim_rng ^= sim_rng << 13;
	sim_rng ^= sim_rng >> 7;
	sim_rng ^= sim_rng << 17;
	return sim_rng;
}

void akti_sim_begin(uint64_t seed)
{
	pthread_mutex_lock(&sim_lock);
	for (size_t i = 0; i < SIM_THREADS_MAX; i++) {
		if (sim_threads[i].state == SIM_FREE)
			continue;
		sim_threads[i].state = SIM_FREE;
		pthread_cond_destroy(&sim_threads[i].baton_arrived);
	}
	sim_seed_now = seed;
	sim_rng = seed * 0x9E3779B97F4A7C15u + 1;
	sim_hash = 0;
	sim_steps = 0;
	sim_clock = AKT_S(1);
	sim_self = &sim_threads[0];
	sim_self->state = SIM_RUNNABLE;
	pthread_cond_init(&sim_self->baton_arrived, NULL);
	sim_holder = sim_self;
	pthread_mutex_unlock(&sim_lock);
}

uint64_t akti_sim_end(void)
{
	sim_self = NULL;
	return sim_hash;
}

uint64_t akti_sim_steps(void)
{
	return sim_steps;
}

static _Noreturn void sim_deadlock(void)
{
	fprintf(stderr,
		"interleave: nobody can run: a wake-up was lost. Replay with AKT_SEED=%llu\n",
		(unsigned long long)sim_seed_now);
	for (size_t i = 0; i < SIM_THREADS_MAX; i++) {
		if (sim_threads[i].state != SIM_FREE && sim_threads[i].state != SIM_ENDED)
			fprintf(stderr, "  thread %zu: state %d, for %p\n", i,
				(int)sim_threads[i].state, sim_threads[i].waits_for);
	}
	abort();
}

/* Let time pass until somebody's deadline. */
static void sim_advance(void)
{
	int64_t earliest = AKT_FOREVER;

	for (size_t i = 0; i < SIM_THREADS_MAX; i++) {
		if (sim_threads[i].state == SIM_WAITING && sim_threads[i].deadline_ns < earliest)
			earliest = sim_threads[i].deadline_ns;
	}
	if (earliest == AKT_FOREVER)
		sim_deadlock();
	if (earliest > sim_clock)
		sim_clock = earliest;
	for (size_t i = 0; i < SIM_THREADS_MAX; i++) {
		if (sim_threads[i].state == SIM_WAITING &&
		    sim_threads[i].deadline_ns <= sim_clock) {
			sim_threads[i].state = SIM_RUNNABLE;
			sim_threads[i].timed_out = true;
		}
	}
}

/* Give the baton to a runnable thread and wait until it comes back, if self is to run again. */
static void sim_pass(struct sim_thread *self, bool returns)
{
	unsigned runnable;
	unsigned pick;
	struct sim_thread *next = NULL;

	for (;;) {
		runnable = 0;
		for (size_t i = 0; i < SIM_THREADS_MAX; i++)
			runnable += sim_threads[i].state == SIM_RUNNABLE;
		if (runnable > 0)
			break;
		sim_advance();
	}
	pick = (unsigned)(sim_random() % runnable);
	for (size_t i = 0; i < SIM_THREADS_MAX; i++) {
		if (sim_threads[i].state == SIM_RUNNABLE && pick-- == 0) {
			next = &sim_threads[i];
			sim_hash = sim_hash * 31 + i;
			break;
		}
	}
	sim_steps++;
	sim_holder = next;
	if (next == self)
		return;
	pthread_cond_signal(&next->baton_arrived);
	while (returns && sim_holder != self)
		pthread_cond_wait(&self->baton_arrived, &sim_lock);
}

void akti_interleave(void)
{
	struct sim_thread *self = sim_self;

	if (self == NULL || sim_random() % SIM_SWITCH_ONE_IN != 0)
		return;
	pthread_mutex_lock(&sim_lock);
	sim_pass(self, true);
	pthread_mutex_unlock(&sim_lock);
}

void akti_interleave_spin(void)
{
	struct sim_thread *self = sim_self;

	if (self == NULL)
		return;
	pthread_mutex_lock(&sim_lock);
	sim_clock += 100;
	sim_pass(self, true);
	pthread_mutex_unlock(&sim_lock);
}

/* Leave the runnable ones until somebody makes self runnable again. Holds sim_lock. */
static void sim_block(struct sim_thread *self, enum sim_state state, const void *what,
		      int64_t deadline_ns)
{
	self->state = state;
	self->waits_for = what;
	self->deadline_ns = deadline_ns;
	self->timed_out = false;
	sim_pass(self, true);
}

static unsigned sim_unblock(enum sim_state state, const void *what, unsigned count)
{
	unsigned woken = 0;

	for (size_t i = 0; i < SIM_THREADS_MAX && woken < count; i++) {
		if (sim_threads[i].state == state && sim_threads[i].waits_for == what) {
			sim_threads[i].state = SIM_RUNNABLE;
			woken++;
		}
	}
	return woken;
}

int64_t akti_plat_now(void)
{
	return sim_clock;
}

int akti_plat_cpu_clock(void)
{
	return 0;
}

int64_t akti_plat_cpu_ns(int clock)
{
	(void)clock;
	return -1;
}

uint64_t akti_plat_random(void)
{
	return sim_random();
}

void akti_plat_vigil_begin(struct plat_vigil *vigil, int64_t patience_ns, bool woken)
{
	(void)woken;
	vigil->now_ns = akti_plat_now();
	vigil->until_ns = vigil->now_ns + patience_ns;
	vigil->scarce = false;
}

bool akti_plat_vigil_goes_on(struct plat_vigil *vigil)
{
	vigil->now_ns = akti_plat_now();
	return vigil->now_ns < vigil->until_ns;
}

unsigned akti_plat_cpus(void)
{
	return 2;
}

static void *thread_main(void *arg)
{
	struct plat_thread *thread = arg;

	sim_self = thread->sim;
	pthread_mutex_lock(&sim_lock);
	while (sim_holder != sim_self)
		pthread_cond_wait(&sim_self->baton_arrived, &sim_lock);
	pthread_mutex_unlock(&sim_lock);
	thread->run(thread->arg);
	pthread_mutex_lock(&sim_lock);
	sim_self->state = SIM_ENDED;
	(void)sim_unblock(SIM_JOINING, sim_self, SIM_THREADS_MAX);
	sim_pass(sim_self, false);
	sim_self = NULL;
	pthread_mutex_unlock(&sim_lock);
	return NULL;
}

int akti_plat_thread_start(struct plat_thread *thread, const char *name, void (*run)(void *arg),
			   void *arg)
{
	struct sim_thread *made = NULL;

	(void)name;
	thread->run = run;
	thread->arg = arg;
	pthread_mutex_lock(&sim_lock);
	for (size_t i = 0; i < SIM_THREADS_MAX && made == NULL; i++) {
		if (sim_threads[i].state == SIM_FREE)
			made = &sim_threads[i];
	}
	AKT_ASSERT(made != NULL);
	pthread_cond_init(&made->baton_arrived, NULL);
	made->state = SIM_RUNNABLE;
	thread->sim = made;
	pthread_mutex_unlock(&sim_lock);
	if (pthread_create(&thread->handle, NULL, thread_main, thread) != 0)
		return AKT_ERR_SYSTEM;
	return 0;
}

void akti_plat_thread_join(struct plat_thread *thread)
{
	struct sim_thread *other = thread->sim;

	pthread_mutex_lock(&sim_lock);
	while (other->state != SIM_ENDED)
		sim_block(sim_self, SIM_JOINING, other, AKT_FOREVER);
	pthread_mutex_unlock(&sim_lock);
	(void)pthread_join(thread->handle, NULL);
	pthread_mutex_lock(&sim_lock);
	other->state = SIM_FREE;
	pthread_cond_destroy(&other->baton_arrived);
	pthread_mutex_unlock(&sim_lock);
}

void akti_plat_mutex_init(struct plat_mutex *mutex, enum plat_rank rank)
{
	(void)pthread_mutex_init(&mutex->handle, NULL);
	mutex->rank = rank;
	mutex->holder = NULL;
}

void akti_plat_mutex_fini(struct plat_mutex *mutex)
{
	(void)pthread_mutex_destroy(&mutex->handle);
}

void akti_plat_lock(struct plat_mutex *mutex)
{
	if (sim_self == NULL)
		return;
	akti_interleave();
	pthread_mutex_lock(&sim_lock);
	while (mutex->holder != NULL)
		sim_block(sim_self, SIM_LOCKING, mutex, AKT_FOREVER);
	mutex->holder = sim_self;
	pthread_mutex_unlock(&sim_lock);
}

void akti_plat_unlock(struct plat_mutex *mutex)
{
	if (sim_self == NULL)
		return;
	pthread_mutex_lock(&sim_lock);
	AKT_ASSERT(mutex->holder == sim_self);
	mutex->holder = NULL;
	(void)sim_unblock(SIM_LOCKING, mutex, SIM_THREADS_MAX);
	pthread_mutex_unlock(&sim_lock);
	akti_interleave();
}

bool akti_plat_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns)
{
	bool in_time = true;

	akti_interleave();
	pthread_mutex_lock(&sim_lock);
	if (atomic_load(word) == value) {
		if (deadline_ns <= sim_clock) {
			in_time = false;
		} else {
			sim_block(sim_self, SIM_WAITING, word, deadline_ns);
			in_time = !sim_self->timed_out;
		}
	}
	pthread_mutex_unlock(&sim_lock);
	return in_time;
}

void akti_plat_wake(_Atomic uint32_t *word, unsigned count)
{
	pthread_mutex_lock(&sim_lock);
	(void)sim_unblock(SIM_WAITING, word, count);
	pthread_mutex_unlock(&sim_lock);
	akti_interleave();
}

/* Sequentially consistent anyway: the light barrier is enough. */
bool akti_plat_asymmetric(void)
{
	return true;
}

void akti_plat_heavy_barrier(void)
{
	akti_interleave();
}
#else
typedef int akti_sim_is_for_the_interleave_build;
#endif
