/* SPDX-License-Identifier: MIT */
/* system: start, ordered shutdown, statistics. */
#include "actor/ask.h"
#include "actor/call.h"
#include "super/super.h"
#include <akt/system.h>
#include <stdlib.h>
#include <string.h>

struct akt_system {
	struct actors actors; /* first: the actor verbs cast */
};
_Static_assert(offsetof(struct akt_system, actors) == 0, "akt_system begins with its actors");

/* --- workers' contexts -------------------------------------------------------------------------- */

static void set_phase(struct actors *actors, enum prof_phase phase)
{
	atomic_store_explicit(&actors->prof_phase, (uint8_t)phase, memory_order_relaxed);
}

static void *context_of(void *arg, struct worker *worker)
{
	struct actors *actors = arg;
	akt_ctx *ctx = &actors->contexts[worker->id];

	ctx->worker = worker;
	return ctx;
}

static void enter_worker(struct worker *worker)
{
	akt_ctx *ctx = worker->user;

	atomic_store_explicit(&akti_prof_label.phase, &ctx->actors->prof_phase,
			      memory_order_relaxed);
	akti_prof_thread_enter();
}

static void leave_worker(struct worker *worker)
{
	akti_ask_sweep(worker);
	akti_prof_thread_leave();
	atomic_store_explicit(&akti_prof_label.phase, NULL, memory_order_relaxed);
}

static int make_contexts(struct actors *actors, akt_ctx **ret_contexts, unsigned count)
{
	size_t bytes = akti_round_up(sizeof(akt_ctx), AKTI_LINES) * count;
	akt_ctx *contexts = aligned_alloc(AKTI_LINES, bytes);

	if (contexts == NULL)
		return AKT_ERR_NOMEM;
	memset(contexts, 0, bytes);
	for (unsigned i = 0; i < count; i++) {
		contexts[i].actors = actors;
		contexts[i].slots.first = CELL_NONE;
	}
	*ret_contexts = contexts;
	return 0;
}

/* --- start -------------------------------------------------------------------------------------- */

static int read_options(const akt_options *given, akt_options *ret_options)
{
	akt_options options = AKT_OPTIONS;

	if (given != NULL) {
		if (given->size == 0 || given->size > sizeof(options))
			return AKT_ERR_INVALID;
		memcpy(&options, given, given->size);
	}
	if (options.workers > AKT_WORKERS_MAX || options.actors_max > UINT32_C(1) << 31)
		return AKT_ERR_INVALID;
	if (options.workers == 0)
		options.workers = akti_plat_cpus();
	if (options.workers > AKT_WORKERS_MAX)
		options.workers = AKT_WORKERS_MAX;
	if (options.seed != 0)
		options.workers = 1;
	if (options.actors_max == 0)
		options.actors_max = AKT_ACTORS_MAX;
	if (options.budget == 0)
		options.budget = AKT_BUDGET;
	if (options.name == NULL)
		options.name = "akt";
	*ret_options = options;
	return 0;
}

static uint64_t make_node(const akt_options *options)
{
	uint64_t node = options->seed != 0 ? options->seed : akti_plat_random();

	return node != 0 ? node : 1;
}

/* The thread that starts or stops a system works for it: what it does carries the phase. */
static void label_caller(struct actors *actors)
{
	atomic_store_explicit(&akti_prof_label.phase, actors != NULL ? &actors->prof_phase : NULL,
			      memory_order_relaxed);
}

static int start_actors(struct actors *actors)
{
	struct sched_config config = {
		.workers = actors->options.workers,
		.seed = actors->options.seed,
		.arg = actors,
		.context = context_of,
		.run = akti_turn,
		.loop = akti_turns,
		.timer = akti_ask_timer,
		.enter = enter_worker,
		.leave = leave_worker,
	};

	return akti_sched_start(&actors->sched, &config);
}

int akt_system_start(akt_system **ret_sys, const akt_options *given)
{
	akt_options options;
	int r = read_options(given, &options);
	struct akt_system *sys;
	struct actors *actors;

	if (r < 0 || ret_sys == NULL)
		return AKT_ERR_INVALID;
	sys = aligned_alloc(AKTI_LINES, akti_round_up(sizeof(*sys), AKTI_LINES));
	if (sys == NULL)
		return AKT_ERR_NOMEM;
	memset(sys, 0, sizeof(*sys));
	actors = &sys->actors;
	actors->options = options;
	actors->node = make_node(&options);
	actors->supervise = akti_super_decide;
	actors->may_restart_child = akti_super_may_restart_child;
	actors->backoff = akti_super_backoff;
	set_phase(actors, PROF_PHASE_START);
	r = akti_table_init(&actors->table, options.actors_max);
	if (r < 0) {
		free(sys);
		return r;
	}
	label_caller(actors);
	akti_gates_init(&actors->gates, options.actors_max);
	akti_registry_init(&actors->names, actors->node);
	akti_plat_mutex_init(&actors->ports_mutex, PLAT_RANK_SYSTEM);
	akti_prof_system_started();
	r = make_contexts(actors, &actors->contexts, options.workers);
	if (r == 0)
		r = start_actors(actors);
	label_caller(NULL);
	if (r < 0) {
		free(actors->contexts);
		akti_prof_system_stopped();
		akti_registry_fini(&actors->names);
		akti_gates_fini(&actors->gates);
		akti_table_fini(&actors->table);
		free(sys);
		return r;
	}
	set_phase(actors, PROF_PHASE_RUN);
	*ret_sys = sys;
	return 0;
}

/* --- stop --------------------------------------------------------------------------------------- */

static void destroy(struct akt_system *sys)
{
	struct actors *actors = &sys->actors;

	akti_sched_stop(&actors->sched);
	akti_ports_fini(actors);
	akti_plat_mutex_fini(&actors->ports_mutex);
	akti_registry_fini(&actors->names);
	akti_gates_fini(&actors->gates);
	akti_table_fini(&actors->table);
	free(actors->contexts);
	label_caller(NULL);
	akti_prof_system_stopped();
	free(sys);
}

/* Drain, then stop everybody. False: some are left at until. */
static bool end_actors(struct actors *actors, int64_t begin, int64_t until, akt_stop_report *report)
{
	int64_t drain_until = until == AKT_FOREVER ? until : begin + (until - begin) / 2;
	int64_t drained;
	bool ended;

	set_phase(actors, PROF_PHASE_SHUTDOWN);
	akti_store_sc(&actors->phase, ACTORS_DRAINING);
	(void)akti_sched_wait_quiet(&actors->sched, drain_until);
	drained = akti_plat_now();
	akti_store_sc(&actors->phase, ACTORS_STOPPING);
	ended = akti_super_shutdown(actors, until);
	report->drain_ns = drained - begin;
	report->hooks_ns = akti_plat_now() - drained;
	return ended;
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
	label_caller(actors);
	begin = akti_sched_now(&actors->sched);
	until = deadline_ns > AKT_FOREVER - begin ? AKT_FOREVER : begin + deadline_ns;
	if (!end_actors(actors, begin, until, report)) {
		report->left_count = akti_super_left(actors, report->left, AKT_LEFT_MAX);
		label_caller(NULL);
		return AKT_ERR_TIMEOUT;
	}
	begin = akti_plat_now();
	destroy(sys);
	report->release_ns = akti_plat_now() - begin;
	return 0;
}

int akt_system_stop(akt_system *sys)
{
	return akt_system_stop_within(sys, AKT_STOP_DEADLINE_NS, NULL);
}

/* --- questions ---------------------------------------------------------------------------------- */

int akt_system_drain(akt_system *sys, int64_t timeout_ns)
{
	struct actors *actors = &sys->actors;
	int64_t now = akti_sched_now(&actors->sched);
	int64_t until = timeout_ns > AKT_FOREVER - now ? AKT_FOREVER : now + timeout_ns;

	if (akti_worker_self != NULL)
		return AKT_ERR_THREAD;
	return akti_sched_wait_quiet(&actors->sched, until) ? 0 : AKT_ERR_TIMEOUT;
}

int akt_system_stats(akt_system *sys, akt_stats *stats)
{
	size_t size = stats->size;

	if (size != sizeof(*stats))
		return AKT_ERR_INVALID;
	memset(stats, 0, sizeof(*stats));
	stats->size = size;
	akti_super_tally(&sys->actors, stats);
	stats->cell_bytes = (uint64_t)akti_load_acq(&sys->actors.table.used) * sizeof(struct cell);
	return 0;
}

unsigned akt_system_workers(akt_system *sys)
{
	return sys->actors.sched.count;
}

int64_t akt_system_now(akt_system *sys)
{
	return akti_sched_now(&sys->actors.sched);
}
