/* SPDX-License-Identifier: MIT */
/* See watch.h. */
#include "observe/watch.h"
#include "actor/census.h"
#include "prof/prof.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOKS_PER_BUDGET 4
#define LINE_BYTES 1024u

/* --- telling -------------------------------------------------------------------------------------- */

static void say(struct actors *actors, const char *line)
{
	if (actors->options.log != NULL)
		actors->options.log(actors->options.arg, line);
	else
		akt_log_stderr(NULL, line);
}

static void tell(struct actors *actors, const akt_overrun *overrun)
{
	char line[LINE_BYTES];
	char path[256];
	int n;

	if (actors->options.overrun != NULL) {
		actors->options.overrun(actors->options.arg, overrun);
		return;
	}
	if (akt_system_path((akt_system *)actors, overrun->ref, path, sizeof(path)) <= 0)
		(void)snprintf(path, sizeof(path), "#%" PRIu32 ".%" PRIu32, overrun->ref.slot,
			       overrun->ref.gen);
	n = snprintf(line, sizeof(line), "%s: watchdog: %s %s, ", actors->options.name,
		     overrun->type, path);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	(void)snprintf(line + n, sizeof(line) - (size_t)n,
		       overrun->ended ? "%s: has ended after %" PRId64 " ms"
				      : "%s: has run for %" PRId64 " ms on worker %u, over %" PRId64
					" ms",
		       overrun->msg_type[0] != '\0' ? overrun->msg_type : "a hook",
		       overrun->for_ns / AKT_MS(1), overrun->worker,
		       overrun->budget_ns / AKT_MS(1));
	say(actors, line);
}

/* --- looking -------------------------------------------------------------------------------------- */

static void begin_overrun(struct watchdog *watchdog, unsigned worker,
			  const struct prof_running *running, int64_t for_ns)
{
	struct watched *watched = &watchdog->watched[worker];
	akt_overrun *overrun = &watched->overrun;
	struct look look;

	memset(overrun, 0, sizeof(*overrun));
	overrun->ref = (akt_ref){ (uint32_t)(running->actor >> 32), (uint32_t)running->actor,
				  watchdog->actors->node };
	overrun->type = running->type->name;
	overrun->msg_type = running->msg != NULL ? running->msg->name : "";
	overrun->handler = running->msg != NULL ? (akt_handler_fn)running->code : NULL;
	overrun->worker = worker;
	overrun->budget_ns = watchdog->budget_ns;
	overrun->for_ns = for_ns;
	if (akti_look(watchdog->actors, overrun->ref.slot, &look) && look.gen == overrun->ref.gen)
		(void)snprintf(overrun->name, sizeof(overrun->name), "%.63s", look.name);
	watched->told = true;
	akti_blackbox_event(BLACKBOX_OVERRUN, running->actor, running->type, running->msg,
			    (int32_t)(for_ns / AKT_MS(1)));
	akti_blackbox_ask(BLACKBOX_BY_WATCHDOG);
	tell(watchdog->actors, overrun);
}

static void look_at(struct watchdog *watchdog, unsigned worker, int64_t now_ns)
{
	struct watched *watched = &watchdog->watched[worker];
	const struct prof_label *label = akti_load_acq(&watchdog->actors->contexts[worker].label);
	struct prof_running running;
	bool runs = label != NULL && akti_label_read(label, &running) && running.type != NULL;

	if (runs && running.serial == watched->serial) {
		if (!watched->told && now_ns - watched->seen_ns >= watchdog->budget_ns)
			begin_overrun(watchdog, worker, &running, now_ns - watched->seen_ns);
		return;
	}
	if (watched->told) {
		watched->told = false;
		watched->overrun.ended = true;
		watched->overrun.for_ns = now_ns - watched->seen_ns;
		tell(watchdog->actors, &watched->overrun);
	}
	watched->serial = runs ? running.serial : 0;
	watched->seen_ns = now_ns;
}

void akti_watch_look(struct watchdog *watchdog, int64_t now_ns)
{
	for (unsigned i = 0; i < watchdog->actors->sched.count; i++)
		look_at(watchdog, i, now_ns);
}

/* --- its thread ----------------------------------------------------------------------------------- */

static size_t watched_bytes(const struct actors *actors)
{
	return actors->options.workers * sizeof(struct watched);
}

int akti_watch_init(struct watchdog *watchdog, struct actors *actors, int64_t budget_ns)
{
	watchdog->actors = actors;
	watchdog->budget_ns = budget_ns;
	watchdog->watched = akti_mem_alloc(watched_bytes(actors), MEM_OTHER);
	if (watchdog->watched == NULL)
		return AKT_ERR_NOMEM;
	memset(watchdog->watched, 0, watched_bytes(actors));
	akti_prof_observe(true);
	return 0;
}

void akti_watch_fini(struct watchdog *watchdog)
{
	akti_prof_observe(false);
	akti_mem_free(watchdog->watched, watched_bytes(watchdog->actors));
	watchdog->watched = NULL;
}

static void watch(void *arg)
{
	struct watchdog *watchdog = arg;
	int64_t pause_ns = watchdog->budget_ns / LOOKS_PER_BUDGET;

	while (akti_load_sc(&watchdog->quit) == 0) {
		(void)akti_plat_wait(&watchdog->quit, 0, akti_plat_now() + pause_ns);
		akti_watch_look(watchdog, akti_plat_now());
	}
}

int akti_watch_start(struct watchdog *watchdog, struct actors *actors, int64_t budget_ns)
{
	int r = akti_watch_init(watchdog, actors, budget_ns);

	if (r < 0)
		return r;
	akti_store_sc(&watchdog->quit, 0);
	r = akti_plat_thread_start(&watchdog->thread, "akt-watchdog", watch, watchdog);
	if (r < 0)
		akti_watch_fini(watchdog);
	return r;
}

void akti_watch_stop(struct watchdog *watchdog)
{
	if (watchdog->watched == NULL)
		return;
	akti_store_sc(&watchdog->quit, 1);
	akti_plat_wake(&watchdog->quit, 1);
	akti_plat_thread_join(&watchdog->thread);
	akti_watch_fini(watchdog);
}

void akti_watch_log_running(struct actors *actors, const char *why)
{
	for (unsigned i = 0; i < actors->sched.count; i++) {
		struct census_worker at;
		char path[256];
		struct look look;

		akti_census_worker(actors, i, &at);
		if (at.slot == CELL_NONE || !akti_look(actors, at.slot, &look) ||
		    look.gen != at.gen)
			continue;
		if (akt_system_path((akt_system *)actors,
				    (akt_ref){ at.slot, at.gen, actors->node }, path,
				    sizeof(path)) <= 0)
			continue;
		akti_log(actors, "%s: worker %u is at %s %s%s%s", why, i, look.type->name, path,
			 at.msg != NULL ? ", " : "", at.msg != NULL ? at.msg->name : "");
	}
}
