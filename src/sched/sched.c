/* SPDX-License-Identifier: MIT */
/* sched: life of the workers, commands, quiet. */
#include "sched/internal.h"
#include "sched/loop.h"
#include "mem/mem.h"
#include <akt/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

AKTI_TLS struct worker *akti_worker_self;

int64_t akti_sched_now(const struct sched *sched)
{
	return sched->config.seed != 0 ? sched->virtual_ns : akti_plat_now();
}

uint64_t akti_sched_random(struct worker *worker)
{
	/* xorshift64* (Vigna, 2016) */
	uint64_t x = worker->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	worker->random = x;
	return x * 0x2545F4914F6CDD1Du;
}

void akti_sched_timers(struct worker *worker)
{
	int64_t now = akti_sched_now(worker->sched);
	struct wheel_timer *timer;

	while ((timer = akti_wheel_expire(&worker->wheel, now)) != NULL)
		worker->sched->config.timer(worker, timer);
}

/* A worker has run command. Whoever gave it may have lost patience and given another one since. */
static void command_ran(struct sched *sched, uint32_t command)
{
	uint64_t left = akti_load_acq(&sched->command_left);

	do {
		if (left >> 32 != command)
			return;
	} while (!akti_cas_acqrel(&sched->command_left, &left, left - 1));
	if ((uint32_t)left == 1) {
		akti_store_sc(&sched->command_done, command);
		akti_plat_wake(&sched->command_done, UINT32_MAX >> 1);
	}
}

static void run_command(struct worker *worker)
{
	struct sched *sched = worker->sched;
	uint32_t command = akti_load_acq(&sched->command);

	if (command == worker->command_seen)
		return;
	worker->command_seen = command;
	if (akti_load_acq(&sched->quitting))
		return;
	sched->command_run(worker, sched->command_arg);
	command_ran(sched, command);
}

bool akti_sched_attend(struct worker *worker)
{
	uint32_t attend = akti_load_acq(&worker->attend);

	if (akti_unlikely(attend & WORKER_DRIVEN) && akti_sched_drive_is_over(worker))
		return false;
	if (attend & WORKER_COMMAND) {
		(void)akti_and_acqrel(&worker->attend, ~(uint32_t)WORKER_COMMAND);
		run_command(worker);
	}
	if (akti_load_acq(&worker->sched->quitting))
		return false;
	if (attend & WORKER_WHEEL) {
		akti_sched_timers(worker);
		if (worker->wheel.count == 0)
			(void)akti_and_acqrel(&worker->attend, ~(uint32_t)WORKER_WHEEL);
	}
	return true;
}

void akti_sched_arm(struct worker *worker, struct wheel_timer *timer, int64_t deadline_ns)
{
	akti_wheel_arm(&worker->wheel, timer, deadline_ns);
	if (!(akti_load_rlx(&worker->attend) & WORKER_WHEEL))
		(void)akti_or_acqrel(&worker->attend, WORKER_WHEEL);
}

static void worker_main(void *arg)
{
	struct worker *worker = arg;

	akti_worker_self = worker;
	akti_store_rlx(&worker->cpu_clock, akti_plat_cpu_clock());
	worker->sched->config.enter(worker);
	worker->sched->config.loop(worker);
	worker->sched->config.leave(worker);
	akti_worker_self = NULL;
}

/* Have every worker look at command before its next turn. */
static void command_all(struct sched *sched)
{
	(void)akti_add_sc(&sched->command, 1);
	for (unsigned i = 0; i < sched->count; i++)
		(void)akti_or_acqrel(&sched->workers[i].attend, WORKER_COMMAND);
	akti_sched_wake(sched, UINT32_MAX >> 1);
}

static void init_worker(struct sched *sched, unsigned id)
{
	struct worker *worker = &sched->workers[id];
	uint64_t seed = sched->config.seed != 0 ? sched->config.seed : akti_plat_random();

	worker->sched = sched;
	worker->patience_ns = PLAT_PATIENCE_NS;
	akti_store_rlx(&worker->turn_ns, UINT32_MAX);
	worker->id = id;
	worker->user = sched->config.context(sched->config.arg, worker);
	worker->random = (seed + id) * 0x9E3779B97F4A7C15u | 1;
	/* Seeded, the hand stays empty: no short cuts. */
	biased_init(&worker->hand.lock,
		    sched->config.seed != 0 || (sched->count > 1 && !akti_plat_asymmetric()));
	if (sched->config.door != NULL)
		akti_store_rlx(&worker->attend, WORKER_DRIVEN);
	akti_wheel_init(&worker->wheel, akti_sched_now(sched));
}

int akti_sched_start(struct sched *sched, const struct sched_config *config)
{
	size_t bytes;

	memset(sched, 0, sizeof(*sched));
	sched->config = *config;
	sched->count = config->seed != 0 ? 1 : config->workers;
	sched->virtual_ns = AKT_S(1);
	if (sched->count == 1)
		akti_store_rlx(&sched->watch, WATCH_NEEDLESS);
	bytes = sizeof(struct worker) * sched->count;
	sched->workers = aligned_alloc(AKTI_LINES, akti_round_up(bytes, AKTI_LINES));
	if (sched->workers == NULL)
		return AKT_ERR_NOMEM;
	memset(sched->workers, 0, bytes);
	akti_plat_mutex_init(&sched->inject.mutex, PLAT_RANK_INJECT);
	for (unsigned i = 0; i < sched->count; i++)
		init_worker(sched, i);
	if (config->seed != 0) {
		config->enter(&sched->workers[0]);
		return 0;
	}
	if (config->door != NULL) {
		AKT_ASSERT(config->workers == 1);
		akti_store_rlx(&sched->driver, (uintptr_t)&akti_worker_self);
		akti_plat_poll_ring(config->door); /* the first drive is due */
		return 0;
	}
	for (unsigned i = 0; i < sched->count; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "akt-%u", i);
		if (akti_plat_thread_start(&sched->workers[i].thread, name, worker_main,
					   &sched->workers[i]) != 0) {
			akti_sched_stop(sched);
			return AKT_ERR_SYSTEM;
		}
		sched->threads++;
	}
	return 0;
}

void akti_sched_stop(struct sched *sched)
{
	if (sched->config.seed != 0) {
		sched->config.leave(&sched->workers[0]);
	} else if (sched->config.door == NULL) {
		akti_store_sc(&sched->quitting, true);
		command_all(sched);
		for (unsigned i = 0; i < sched->threads; i++)
			akti_plat_thread_join(&sched->workers[i].thread);
	}
	akti_plat_mutex_fini(&sched->inject.mutex);
	free(sched->runnable);
	free(sched->workers);
	sched->workers = NULL;
}

static bool command_is_done(void *arg)
{
	struct sched *sched = arg;

	return akti_load_acq(&sched->command_done) == akti_load_rlx(&sched->command);
}

bool akti_sched_command(struct sched *sched, void (*fn)(struct worker *worker, void *arg),
			void *arg, int64_t deadline_ns)
{
	uint32_t command = akti_load_rlx(&sched->command) + 1;
	uint32_t done;

	if (sched->config.seed != 0) {
		akti_worker_self = &sched->workers[0];
		fn(&sched->workers[0], arg);
		akti_worker_self = NULL;
		return true;
	}
	sched->command_run = fn;
	sched->command_arg = arg;
	akti_store_sc(&sched->command_left, (uint64_t)command << 32 | sched->count);
	command_all(sched);
	if (akti_sched_is_driver(sched))
		return akti_sched_run_driven(sched, command_is_done, sched, deadline_ns);
	while ((done = akti_load_acq(&sched->command_done)) != command) {
		if (!akti_plat_wait(&sched->command_done, done, deadline_ns))
			return akti_load_acq(&sched->command_done) == command;
	}
	return true;
}

/* How long somebody may hold a task back who is not kept from running himself. */
#define HELD_BACK_NS AKT_US(100)

enum sched_quiet {
	SCHED_BUSY,
	SCHED_HELD_BACK, /* all workers sleep, and somebody outside is about to wake one, or not */
	SCHED_QUIET, /* nothing was queued and every worker slept between two looks that agree */
};

static enum sched_quiet look(struct sched *sched)
{
	uint64_t parks = 0;
	uint64_t again = 0;

	if (akti_load_sc(&sched->idle) != sched->count)
		return SCHED_BUSY;
	for (unsigned i = 0; i < sched->count; i++) {
		parks += akti_counter_read(&sched->workers[i].parks);
		if (akti_load_acq(&sched->workers[i].parked) == 0)
			return SCHED_BUSY;
	}
	/* Before the look into the queue: what was held back is there now. */
	if (sched->config.held_back != NULL && sched->config.held_back(sched->config.arg))
		return SCHED_HELD_BACK;
	if (akti_inject_is_left(&sched->inject, NULL))
		return SCHED_BUSY;
	/* Here the flag first: one that was awake meanwhile has counted before it set it again. The other
	 * way round its count may be the old one, and its flag that of the park which followed. */
	for (unsigned i = 0; i < sched->count; i++) {
		if (akti_load_acq(&sched->workers[i].parked) == 0)
			return SCHED_BUSY;
		again += akti_counter_read(&sched->workers[i].parks);
	}
	return again == parks ? SCHED_QUIET : SCHED_BUSY;
}

bool akti_sched_is_quiet(struct sched *sched)
{
	return look(sched) == SCHED_QUIET;
}

static bool is_quiet(void *arg)
{
	return akti_sched_is_quiet(arg);
}

bool akti_sched_runs_here(const struct sched *sched)
{
	return sched->config.seed != 0 || akti_sched_is_driver(sched);
}

bool akti_sched_run_here(struct sched *sched, bool (*done)(void *arg), void *arg,
			 int64_t deadline_ns)
{
	return sched->config.seed != 0 ? akti_sched_run_seeded(sched, done, arg, deadline_ns)
				       : akti_sched_run_driven(sched, done, arg, deadline_ns);
}

bool akti_sched_wait_quiet(struct sched *sched, int64_t deadline_ns)
{
	bool quiet = false;
	bool in_time = true;

	if (sched->config.seed != 0)
		return akti_sched_run_seeded(sched, NULL, NULL, deadline_ns);
	if (akti_sched_is_driver(sched))
		return akti_sched_run_driven(sched, is_quiet, sched, deadline_ns);
	(void)akti_add_sc(&sched->quiet_waiters, 1);
	while (!quiet && in_time) {
		uint32_t seen = akti_load_sc(&sched->quiet);
		enum sched_quiet found = look(sched);
		int64_t now = akti_plat_now();

		quiet = found == SCHED_QUIET;
		if (found == SCHED_HELD_BACK && now + HELD_BACK_NS < deadline_ns)
			/* It may be let go of without waking anybody. */
			(void)akti_plat_wait(&sched->quiet, seen, now + HELD_BACK_NS);
		else if (!quiet)
			in_time = akti_plat_wait(&sched->quiet, seen, deadline_ns);
	}
	(void)akti_sub_sc(&sched->quiet_waiters, 1);
	return quiet || akti_sched_is_quiet(sched);
}
