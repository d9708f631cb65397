/* SPDX-License-Identifier: MIT */
/* system: start, ordered shutdown, statistics. */
#include "actor/ask.h"
#include "actor/block.h"
#include "actor/call.h"
#include "actor/census.h"
#include "actor/fd.h"
#include "actor/latency.h"
#include "crash/crash.h"
#include "system/system.h"
#include "base/hash.h"
#include <akt/block.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* --- workers' contexts -------------------------------------------------------------------------- */

void akti_system_phase(struct actors *actors, enum prof_phase phase)
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

	akti_thread_enter(ctx->actors);
	akti_store_rel(&ctx->label, &akti_prof_label);
}

static void leave_worker(struct worker *worker)
{
	akt_ctx *ctx = worker->user;

	akti_store_rel(&ctx->label, NULL);
	akti_ask_sweep(worker);
	akti_thread_leave(ctx->actors);
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
	if (options.workers > AKT_WORKERS_MAX || options.actors_max > UINT32_C(1) << 31 ||
	    options.blocking_threads > AKT_BLOCKING_THREADS_MAX ||
	    (options.memory_max != 0 && options.memory_max < AKT_MEMORY_MIN) ||
	    options.watchdog_ns < 0 || options.flight_signal < 0 || options.flight_signal >= NSIG ||
	    (options.observe & ~AKT_OBSERVE_ALL) != 0 ||
	    (options.watchdog_ns > 0 && options.watchdog_ns < AKT_WATCHDOG_MIN_NS))
		return AKT_ERR_INVALID;
	if (options.observe_every == 0)
		options.observe_every = AKT_OBSERVE_EVERY;
	if (options.blocking_threads == 0)
		options.blocking_threads = AKT_BLOCKING_THREADS;
	if (options.workers == 0)
		options.workers = akti_plat_cpus();
	if (options.workers > AKT_WORKERS_MAX)
		options.workers = AKT_WORKERS_MAX;
	if (options.driven && (options.seed != 0 || given->workers > 1))
		return AKT_ERR_INVALID;
	if (options.seed != 0 || options.driven)
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
void akti_system_label(struct actors *actors)
{
	atomic_store_explicit(&akti_prof_label.phase, actors != NULL ? &actors->prof_phase : NULL,
			      memory_order_relaxed);
}

static void watch_seeded(const struct actors *actors, bool begin)
{
	if (actors->options.seed == 0)
		return;
	if (begin)
		akti_prof_seeded_begin();
	else
		akti_prof_seeded_end();
}

/* A seeded system has no time, and a driven one no thread, of its own. */
static bool flies(const akt_options *options)
{
	return options->seed == 0 && !options->driven && !options->flight_off && akti_prof_flies();
}

static void tell_name(void *arg, akt_ref ref, const char *name)
{
	(void)arg;
	akti_prof_actor_named((uint64_t)ref.slot << 32 | ref.gen, name);
}

static void tell_names(void *arg)
{
	struct actors *actors = arg;

	akti_registry_each(&actors->names, tell_name, NULL);
}

static int start_actors(struct actors *actors)
{
	struct sched_config config = {
		.workers = actors->options.workers,
		.seed = actors->options.seed,
		.arg = actors,
		.context = context_of,
		.run = akti_block_turn_seeded,
		.loop = akti_turns,
		.timer = akti_ask_timer,
		.held_back = akti_outside_is_any,
		.enter = enter_worker,
		.leave = leave_worker,
		.look = akti_fd_look,
		.door = actors->options.driven ? &actors->poller.poll : NULL,
	};

	return akti_sched_start(&actors->sched, &config);
}

static void stop_observing(struct actors *actors)
{
	akti_latency_stop(actors);
	if (actors->options.observe != 0)
		akti_prof_observe(false);
}

static void look_at_messages(struct prof_messages_system *system, bool on)
{
	akti_table_look(&akti_container_of(system, struct actors, messages)->table, on);
}

static void start_following(struct actors *actors)
{
	akti_flights_init(&actors->flights);
	actors->messages.look = look_at_messages;
	akti_prof_messages_join(&actors->messages);
}

static void stop_following(struct actors *actors)
{
	akti_prof_messages_leave(&actors->messages);
	for (unsigned i = 0; actors->contexts != NULL && i < actors->sched.count; i++)
		akti_prof_writer_end(&actors->contexts[i].following.writer);
	akti_flights_fini(&actors->flights);
}

static void set_up(struct actors *actors, const akt_options *options)
{
	actors->options = *options;
	actors->node = make_node(options);
	actors->supervise = akti_super_decide;
	actors->may_restart_child = akti_super_may_restart_child;
	actors->backoff = akti_super_backoff;
}

/* Workers, and who looks after them. */
static int start_threads(struct akt_system *sys)
{
	struct actors *actors = &sys->actors;
	int64_t watchdog_ns = actors->options.seed == 0 ? actors->options.watchdog_ns : 0;
	int r = start_actors(actors);

	if (r < 0)
		return r;
	if (watchdog_ns != 0)
		r = akti_watch_start(&sys->watchdog, actors, watchdog_ns);
	if (r == 0 && sys->source.flies)
		r = akti_flight_keeper_start(&sys->flight, actors);
	if (r < 0) {
		akti_watch_stop(&sys->watchdog);
		akti_sched_stop(&actors->sched);
	}
	return r;
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
	set_up(actors, &options);
	akti_system_phase(actors, PROF_PHASE_START);
	r = akti_table_init(&actors->table, options.actors_max);
	if (r < 0) {
		free(sys);
		return r;
	}
	akti_system_label(actors);
	start_following(actors);
	akti_gates_init(&actors->gates, options.actors_max);
	akti_registry_init(&actors->names, actors->node);
	akti_census_init(actors);
	akti_plat_mutex_init(&actors->ports_mutex, PLAT_RANK_SYSTEM);
	akti_shutdown_init(&sys->shutdown);
	akti_catalog_init(&sys->catalog);
	akti_block_init(actors);
	r = akti_fd_init(actors);
	sys->source = (struct prof_source){ .tell_names = tell_names,
					    .arg = actors,
					    .flies = flies(&options) };
	akti_who_begin();
	akti_prof_system_started(&sys->source);
	akti_crash_system_started();
	watch_seeded(actors, true);
	if (options.observe != 0)
		akti_prof_observe(true);
	if (r == 0 && (options.observe & AKT_OBSERVE_LATENCY))
		r = akti_latency_start(actors);
	if (r == 0)
		r = make_contexts(actors, &actors->contexts, options.workers);
	if (r == 0)
		r = start_threads(sys);
	akti_system_label(NULL);
	if (r < 0) {
		watch_seeded(actors, false);
		akti_block_fini(actors);
		akti_fd_fini(actors);
		stop_observing(actors);
		akti_prof_system_stopped(&sys->source);
		akti_catalog_fini(&sys->catalog);
		akti_registry_fini(&actors->names);
		akti_gates_fini(&actors->gates);
		stop_following(actors);
		free(actors->contexts);
		akti_table_fini(&actors->table);
		free(sys);
		return r;
	}
	if (options.memory_max != 0)
		akti_mem_budget_begin(&sys->budget, options.memory_max);
	akti_system_phase(actors, PROF_PHASE_RUN);
	*ret_sys = sys;
	return 0;
}

/* --- stop --------------------------------------------------------------------------------------- */

void akti_system_destroy(struct akt_system *sys)
{
	struct actors *actors = &sys->actors;

	akti_system_close_companions(sys);
	akti_flight_keeper_stop(&sys->flight);
	akti_watch_stop(&sys->watchdog);
	watch_seeded(actors, false);
	akti_block_fini(actors);
	akti_fd_fini(actors);
	akti_sched_stop(&actors->sched);
	if (actors->options.memory_max != 0)
		akti_mem_budget_end(&sys->budget);
	akti_ports_fini(actors);
	akti_plat_mutex_fini(&actors->ports_mutex);
	akti_census_fini(actors);
	akti_shutdown_fini(&sys->shutdown);
	akti_catalog_fini(&sys->catalog);
	akti_registry_fini(&actors->names);
	akti_gates_fini(&actors->gates);
	stop_following(actors);
	akti_table_fini(&actors->table);
	free(actors->contexts);
	stop_observing(actors);
	akti_system_label(NULL);
	akti_prof_system_stopped(&sys->source);
	free(sys);
}

/* --- questions ---------------------------------------------------------------------------------- */

int akt_system_drain(akt_system *sys, int64_t timeout_ns)
{
	int64_t now;
	int64_t until;

	if (akti_worker_self != NULL)
		return AKT_ERR_THREAD;
	if (sys == NULL)
		return AKT_ERR_INVALID;
	now = akti_sched_now(&sys->actors.sched);
	until = timeout_ns > AKT_FOREVER - now ? AKT_FOREVER : now + timeout_ns;
	return akti_block_wait_quiet(&sys->actors, until) ? 0 : AKT_ERR_TIMEOUT;
}

int akt_system_stats(akt_system *sys, akt_stats *stats)
{
	akt_stats all;

	if (sys == NULL || stats == NULL)
		return AKT_ERR_INVALID;
	all = (akt_stats){ .size = stats->size };
	/* A program built with the first version asks for less. */
	if (all.size < offsetof(akt_stats, memory_used) || all.size > sizeof(all))
		return AKT_ERR_INVALID;
	akti_super_tally(&sys->actors, &all);
	all.cell_bytes = (uint64_t)akti_load_acq(&sys->actors.table.used) * sizeof(struct cell);
	all.memory_used = akti_mem_used();
	all.memory_max = akti_mem_max();
	memcpy(stats, &all, all.size);
	return 0;
}

int akt_system_fd(akt_system *sys)
{
	if (sys == NULL)
		return AKT_ERR_INVALID;
	return sys->actors.options.driven ? sys->actors.poller.poll.fd : AKT_ERR_UNSUPPORTED;
}

int akt_system_drive(akt_system *sys, int64_t budget_ns)
{
	int64_t now;

	if (sys == NULL || budget_ns <= 0)
		return AKT_ERR_INVALID;
	if (!sys->actors.options.driven)
		return AKT_ERR_UNSUPPORTED;
	now = akti_plat_now();
	return akti_sched_drive(&sys->actors.sched,
				budget_ns > AKT_FOREVER - now ? AKT_FOREVER : now + budget_ns);
}

unsigned akt_system_workers(akt_system *sys)
{
	return sys != NULL ? sys->actors.sched.count : 0;
}

int64_t akt_system_now(akt_system *sys)
{
	return sys != NULL ? akti_sched_now(&sys->actors.sched) : 0;
}

uint64_t akt_system_trace_hash(akt_system *sys)
{
	const struct actors *actors = (const struct actors *)sys;

	return sys == NULL || actors->options.seed == 0
		       ? 0
		       : akti_hash_u64(actors->trace_hash ^ actors->sched.choices);
}
