/* SPDX-License-Identifier: MIT */
/*
 * shutdown: the three steps of an end, and the hooks between them.
 *
 *	intake closes -> hooks INTAKE -> mailboxes drain -> hooks DRAINED -> actors stop, depth first
 *	-> hooks STOPPED -> memory is given back
 *
 * The steps run whatever the hooks say: a hook that fails for good ends the chain of hooks, and the
 * report names it. Whoever calls akt_system_stop or akt_system_run does the work; akt_system_request_stop
 * only asks, with one store and one wake-up, which handlers and signal handlers may do.
 */
#include "actor/block.h"
#include "system/system.h"
#include <stdio.h>
#include <string.h>

void akti_shutdown_init(struct shutdown *shutdown)
{
	akti_plat_mutex_init(&shutdown->mutex, PLAT_RANK_SYSTEM);
}

void akti_shutdown_fini(struct shutdown *shutdown)
{
	akti_plat_mutex_fini(&shutdown->mutex);
}

/* --- hooks -------------------------------------------------------------------------------------- */

static bool is_valid(const akt_shutdown_hook *hook)
{
	return hook != NULL && hook->size == sizeof(*hook) && hook->run != NULL &&
	       hook->name != NULL && hook->step >= AKT_STEP_INTAKE &&
	       hook->step <= AKT_STEP_STOPPED && hook->recovery >= AKT_RECOVERY_FAIL &&
	       hook->recovery <= AKT_RECOVERY_RETRY_SKIP && hook->pause_ns >= 0;
}

int akt_system_on_shutdown(akt_system *sys, const akt_shutdown_hook *hook)
{
	struct shutdown *shutdown;
	int r = 0;

	if (sys == NULL || !is_valid(hook))
		return AKT_ERR_INVALID;
	shutdown = &sys->shutdown;
	akti_plat_lock(&shutdown->mutex);
	if (shutdown->begun)
		r = AKT_ERR_STOPPED;
	else if (shutdown->count == AKT_SHUTDOWN_HOOKS_MAX)
		r = AKT_ERR_LIMIT;
	else
		shutdown->hooks[shutdown->count++] = (struct shutdown_hook){ .given = *hook };
	akti_plat_unlock(&shutdown->mutex);
	return r;
}

/* The next hook of a step: the lowest priority first, among equals the one given first. */
static struct shutdown_hook *next_hook(struct shutdown *shutdown, enum akt_step step)
{
	struct shutdown_hook *next = NULL;

	for (uint32_t i = 0; i < shutdown->count; i++) {
		struct shutdown_hook *hook = &shutdown->hooks[i];

		if (!hook->done && hook->given.step == step &&
		    (next == NULL || hook->given.priority < next->given.priority))
			next = hook;
	}
	return next;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* Let time pass; in a seeded system it is virtual. */
static void pause_until(struct actors *actors, int64_t until)
{
	_Atomic uint32_t nothing = 0;

	if (akti_sched_runs_here(&actors->sched))
		(void)akti_sched_run_here(&actors->sched, never, NULL, until);
	else
		(void)akti_plat_wait(&nothing, 0, until);
}

/* 0, or what it failed with at its last try. */
static int run_hook(struct actors *actors, const akt_shutdown_hook *hook, int64_t until)
{
	bool retries = hook->recovery == AKT_RECOVERY_RETRY_FAIL ||
		       hook->recovery == AKT_RECOVERY_RETRY_SKIP;
	uint32_t tries = 1;
	int r;

	if (retries)
		tries += hook->retries != 0 ? hook->retries : AKT_SHUTDOWN_RETRIES;
	for (;;) {
		int64_t again;

		r = hook->run(hook->arg, until);
		again = akti_sched_now(&actors->sched) +
			(hook->pause_ns != 0 ? hook->pause_ns : AKT_S(1));
		if (r >= 0 || --tries == 0 || again >= until)
			return r < 0 ? r : 0;
		pause_until(actors, again);
	}
}

static void note_failure(akt_stop_report *report, const akt_shutdown_hook *hook, int error)
{
	if (report->hooks_failed < AKT_SHUTDOWN_HOOKS_MAX) {
		akt_hook_failure *failure = &report->failures[report->hooks_failed];

		failure->error = error;
		(void)snprintf(failure->name, sizeof(failure->name), "%s", hook->name);
	}
	report->hooks_failed++;
}

/* Each hook runs once, also when a shutdown goes on after its deadline. */
static void run_hooks(struct akt_system *sys, enum akt_step step, int64_t until,
		      akt_stop_report *report)
{
	struct shutdown_hook *hook;

	while (!sys->shutdown.broken && (hook = next_hook(&sys->shutdown, step)) != NULL) {
		int r = run_hook(&sys->actors, &hook->given, until);

		hook->done = true;
		if (r >= 0)
			continue;
		note_failure(report, &hook->given, r);
		akti_log(&sys->actors, "shutdown: hook %s failed: %s", hook->given.name,
			 akt_strerror(r));
		sys->shutdown.broken = hook->given.recovery == AKT_RECOVERY_FAIL ||
				       hook->given.recovery == AKT_RECOVERY_RETRY_FAIL;
	}
}

/* --- the steps ---------------------------------------------------------------------------------- */

/* False: some are left at until. */
static bool end_actors(struct akt_system *sys, int64_t begin, int64_t until,
		       akt_stop_report *report)
{
	struct actors *actors = &sys->actors;
	int64_t drain_until = until == AKT_FOREVER ? until : begin + (until - begin) / 2;
	int64_t drained;
	bool ended;

	akti_system_phase(actors, PROF_PHASE_SHUTDOWN);
	akti_store_sc(&actors->phase, ACTORS_DRAINING);
	run_hooks(sys, AKT_STEP_INTAKE, until, report);
	if (!akti_block_wait_quiet(actors, drain_until))
		akti_watch_log_running(actors, "shutdown: not drained");
	run_hooks(sys, AKT_STEP_DRAINED, until, report);
	drained = akti_plat_now();
	akti_store_sc(&actors->phase, ACTORS_STOPPING);
	ended = akti_super_shutdown(actors, until) && akti_block_end(actors, until);
	report->drain_ns = drained - begin;
	report->hooks_ns = akti_plat_now() - drained;
	if (ended)
		run_hooks(sys, AKT_STEP_STOPPED, until, report);
	return ended;
}

static size_t list_left(struct actors *actors, akt_left *left, size_t max)
{
	size_t count = akti_super_left(actors, left, max);

	return count + (count < max ? akti_block_left(actors, left + count, max - count)
				    : akti_block_left(actors, NULL, 0));
}

/* False: somebody is about it: on another thread, or this one is in a hook. */
static bool begin_shutdown(struct shutdown *shutdown)
{
	bool busy;

	akti_plat_lock(&shutdown->mutex);
	busy = shutdown->busy;
	shutdown->begun = true;
	shutdown->busy = true;
	akti_plat_unlock(&shutdown->mutex);
	return !busy;
}

static void pause_shutdown(struct shutdown *shutdown)
{
	akti_plat_lock(&shutdown->mutex);
	shutdown->busy = false;
	akti_plat_unlock(&shutdown->mutex);
}

int akt_system_stop_within(akt_system *sys, int64_t deadline_ns, akt_stop_report *report)
{
	akt_stop_report unread;
	struct actors *actors;
	int64_t begin;
	int64_t until;

	if (sys == NULL)
		return 0;
	actors = &sys->actors;
	if (akti_worker_self != NULL && akti_worker_self->sched == &actors->sched)
		return AKT_ERR_THREAD;
	if (deadline_ns <= 0 || (report != NULL && report->size != sizeof(*report)))
		return AKT_ERR_INVALID;
	if (report == NULL)
		report = &unread;
	report->left_count = 0;
	report->hooks_failed = 0;
	if (!begin_shutdown(&sys->shutdown))
		return AKT_ERR_STOPPED;
	akti_system_label(actors);
	begin = akti_sched_now(&actors->sched);
	until = deadline_ns > AKT_FOREVER - begin ? AKT_FOREVER : begin + deadline_ns;
	if (!end_actors(sys, begin, until, report)) {
		report->left_count = list_left(actors, report->left, AKT_LEFT_MAX);
		akti_system_label(NULL);
		pause_shutdown(&sys->shutdown);
		return AKT_ERR_TIMEOUT;
	}
	begin = akti_plat_now();
	akti_system_destroy(sys);
	report->release_ns = akti_plat_now() - begin;
	return 0;
}

int akt_system_stop(akt_system *sys)
{
	return akt_system_stop_within(sys, AKT_STOP_DEADLINE_NS, NULL);
}

/* --- companions ----------------------------------------------------------------------------------- */

int akti_system_join(struct akt_system *sys, struct companion *companion)
{
	struct shutdown *shutdown = &sys->shutdown;
	bool begun;

	akti_plat_lock(&shutdown->mutex);
	begun = shutdown->begun;
	if (!begun) {
		companion->next = shutdown->companions;
		shutdown->companions = companion;
	}
	akti_plat_unlock(&shutdown->mutex);
	return begun ? AKT_ERR_STOPPED : 0;
}

void akti_system_part(struct akt_system *sys, struct companion *companion)
{
	struct companion **at = &sys->shutdown.companions;

	akti_plat_lock(&sys->shutdown.mutex);
	while (*at != companion)
		at = &(*at)->next;
	*at = companion->next;
	akti_plat_unlock(&sys->shutdown.mutex);
}

void akti_system_close_companions(struct akt_system *sys)
{
	struct companion *companion;

	while ((companion = sys->shutdown.companions) != NULL) {
		sys->shutdown.companions = companion->next;
		companion->close(companion);
	}
}

/* --- from anywhere ------------------------------------------------------------------------------ */

void akt_system_request_stop(akt_system *sys)
{
	if (sys == NULL)
		return;
	akti_store_sc(&sys->shutdown.requested, 1);
	akti_plat_wake(&sys->shutdown.requested, UINT32_MAX >> 1);
	if (sys->actors.options.driven)
		akti_plat_poll_ring(&sys->actors.poller.poll);
}

static bool is_requested(void *arg)
{
	struct akt_system *sys = arg;

	return akti_load_sc(&sys->shutdown.requested) != 0;
}

int akt_system_run(akt_system *sys, int64_t deadline_ns, akt_stop_report *report)
{
	struct sched *sched;
	bool here;

	if (sys == NULL || deadline_ns <= 0 || (report != NULL && report->size != sizeof(*report)))
		return AKT_ERR_INVALID;
	sched = &sys->actors.sched;
	if (akti_worker_self != NULL && akti_worker_self->sched == sched)
		return AKT_ERR_THREAD;
	here = akti_sched_runs_here(sched);
	if (here)
		(void)akti_sched_run_here(sched, is_requested, sys, AKT_FOREVER);
	while (!is_requested(sys) && !here)
		(void)akti_plat_wait(&sys->shutdown.requested, 0, AKT_FOREVER);
	return akt_system_stop_within(sys, deadline_ns, report);
}
