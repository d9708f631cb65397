/* SPDX-License-Identifier: MIT */
/*
 * The collector's life: which sections there are, and what the process does to them.
 *
 * Three mutexes, plain ones, for a seed has nothing to decide here:
 *	mutex    orders begins, ends and threads coming and going; held over nothing of akt's
 *	files    one section makes its files at a time, for symbolizing is the process's too; taken
 *	         before mutex where both are
 *	sources  the systems; held over their registries' locks, and never with the other two
 *
 * A child of fork is not profiled and writes nothing: timers are not inherited, and the flags go
 * off in the child before fork returns there. SIGPROF is blocked around fork, because old kernels
 * begin a fork anew at every signal.
 */
#include "prof/prof.h"
#include "prof/blackbox.h"
#include "prof/cpu.h"
#include "prof/env.h"
#include "prof/heap.h"
#include "prof/messages.h"
#include "prof/names.h"
#include "prof/phase.h"
#include "prof/section.h"
#include "prof/stacks.h"
#include "prof/unwind.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Atomic uint32_t akti_prof_on;
_Atomic uint64_t akti_prof_diverted;
_Atomic bool akti_prof_sampling;
_Atomic(prof_who_fn) akti_prof_who;

/* What is recorded for a switch in the environment. */
#define SWITCHED (AKT_PROFILE_CPU | AKT_PROFILE_CYCLES | AKT_PROFILE_MEMORY)

static struct {
	pthread_mutex_t mutex;
	pthread_mutex_t files;
	pthread_mutex_t sources;
	struct prof_source *systems; /* that live */
	struct prof_env env;
	bool configured;
	bool dirty;   /* "shutdown" ran and was not written since */
	bool written; /* it was, ever */
	pid_t pid;
	unsigned system_count;
	unsigned holds;
	unsigned observers;
	unsigned flying;    /* systems that want the flight recorder */
	unsigned unwritten; /* sections that were closed and are not gone */
	struct akt_profile shutdown;
	struct akt_profile *phases; /* that have a switch, by next_phase */
	sigset_t before_fork;
} collector = { .mutex = PTHREAD_MUTEX_INITIALIZER,
		.files = PTHREAD_MUTEX_INITIALIZER,
		.sources = PTHREAD_MUTEX_INITIALIZER };

static _Atomic bool forked; /* this process is a child of the one that was configured */

/* Of those who do this at one time the last to store looks again after it: what it stored holds, or whoever
 * changed it since comes after. All are seq_cst. */
void akti_prof_divert(void)
{
	bool on;

	do {
		on = atomic_load(&akti_prof_on) != 0;
		atomic_store(&akti_prof_diverted, on ? PROF_DIVERTED : 0);
	} while ((atomic_load(&akti_prof_on) != 0) != on);
}

static bool is_forked(void)
{
	return atomic_load_explicit(&forked, memory_order_relaxed);
}

/* Who holds the mutex must not be sampled: a thread's first sample takes it. */
static void lock(void)
{
	akti_prof_heap_quiet(true);
	(void)pthread_mutex_lock(&collector.mutex);
}

static void unlock(void)
{
	(void)pthread_mutex_unlock(&collector.mutex);
	akti_prof_heap_quiet(false);
}

static void lock_both(void)
{
	(void)pthread_mutex_lock(&collector.files);
	lock();
}

static void unlock_both(void)
{
	unlock();
	(void)pthread_mutex_unlock(&collector.files);
}

/* --- process events --------------------------------------------------------------------------- */

static void before_fork(void)
{
	sigset_t ours, before;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGPROF);
	(void)pthread_sigmask(SIG_BLOCK, &ours, &before);
	lock();
	akti_prof_messages_fork(true);
	collector.before_fork = before;
}

static void unblock_after_fork(void)
{
	sigset_t before = collector.before_fork;

	akti_prof_messages_fork(false);
	unlock();
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void in_child(void)
{
	atomic_store_explicit(&forked, true, memory_order_relaxed);
	(void)atomic_fetch_and_explicit(&akti_prof_on, ~(uint32_t)PROF_WATCH_CYCLES,
					memory_order_relaxed);
	akti_prof_divert();
	atomic_store_explicit(&akti_prof_sampling, false, memory_order_relaxed);
	atomic_store_explicit(&akti_prof_cpu.on, false, memory_order_relaxed);
	akti_prof_heap_in_child();
	akti_store_rlx(&akti_prof_messages.every, 0);
	akti_blackbox_in_child();
	unblock_after_fork();
}

/* Whether a phase with that switch has begun. */
static bool has_run(const char *name)
{
	char text[AKT_PROFILE_NAME_MAX + 1];

	for (const struct akt_profile *at = collector.phases; at != NULL; at = at->next_phase) {
		akti_prof_env_switch(at->about.phase, text);
		if (at->begun && strcmp(text, name) == 0)
			return true;
	}
	return false;
}

static void at_exit(void)
{
	struct akt_profile *shutdown = &collector.shutdown;

	if (is_forked() || getpid() != collector.pid)
		return;
	lock_both();
	if (collector.dirty && collector.system_count == 0 && shutdown->runs) {
		akti_section_pause(shutdown);
		(void)akti_section_write(shutdown);
		collector.written = true;
	}
	for (struct akt_profile *at = collector.phases; at != NULL; at = at->next_phase) {
		if (at->runs) {
			akti_section_pause(at);
			(void)akti_section_write(at);
		}
	}
	akti_prof_env_report(&collector.env, collector.written, has_run);
	akti_section_abandon();
	unlock_both();
}

static void configure(void)
{
	if (collector.configured)
		return;
	collector.configured = true;
	collector.pid = getpid();
	akti_prof_env_read(&collector.env);
	(void)atexit(at_exit);
	(void)pthread_atfork(before_fork, unblock_after_fork, in_child);
}

/* --- sections, with the mutex held ------------------------------------------------------------- */

static int set_names(struct prof_file *about, const char *phase, const akt_profile_options *options)
{
	const char *dir = options->dir != NULL ? options->dir : collector.env.dir;
	const char *node = options->node != NULL ? options->node : "";

	if (!akti_section_name_valid(phase) || (node[0] != 0 && !akti_section_name_valid(node)) ||
	    dir[0] == 0 || strlen(dir) > AKT_PROFILE_DIR_MAX)
		return AKT_ERR_INVALID;
	(void)snprintf(about->phase, sizeof(about->phase), "%s", phase);
	(void)snprintf(about->node, sizeof(about->node), "%s", node);
	(void)snprintf(about->dir, sizeof(about->dir), "%s", dir);
	return 0;
}

static int set_up(struct akt_profile *section, const char *phase, unsigned what,
		  const akt_profile_options *given)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;

	if (given != NULL && (given->size == 0 || given->size > sizeof(options)))
		return AKT_ERR_INVALID;
	if (given != NULL)
		memcpy(&options, given, given->size);
	if (what == 0 || (what & ~(AKT_PROFILE_ALL | AKT_PROFILE_CYCLES)) != 0 ||
	    options.hz > AKT_PROFILE_HZ_MAX)
		return AKT_ERR_INVALID;
	section->what = what & AKT_PROFILE_CYCLES ? what | AKT_PROFILE_CPU : what;
	section->about.cycles = what & AKT_PROFILE_CYCLES;
	section->about.hz = options.hz != 0 ? options.hz : collector.env.hz;
	section->about.raw = collector.env.raw;
	section->about.memory_every =
		options.memory_every != 0 ? options.memory_every : AKT_PROFILE_MEMORY_EVERY;
	section->about.messages_every =
		options.messages_every != 0 ? options.messages_every : AKT_PROFILE_MESSAGES_EVERY;
	return set_names(&section->about, phase, &options);
}

/* It runs; labelled: samples bear its name. */
static int open_section(struct akt_profile *section, bool labelled)
{
	int r = akti_prof_names_create();

	if (r == 0 && akti_section_count() >= AKT_PROFILE_OPEN_MAX)
		r = AKT_ERR_LIMIT;
	if (r == 0 && labelled && section->label == PROF_PHASE_NONE) {
		section->label = akti_prof_phase_number(section->about.phase);
		if (section->label == PROF_PHASE_NONE)
			r = AKT_ERR_LIMIT;
	}
	return r < 0 ? r : akti_section_run(section);
}

/* --- sections that programs open ---------------------------------------------------------------- */

/* Names of actors that were born before anybody wanted to know them. Without the mutexes. */
static void learn_names(void)
{
	(void)pthread_mutex_lock(&collector.sources);
	for (struct prof_source *at = collector.systems; at != NULL; at = at->next)
		at->tell_names(at->arg);
	(void)pthread_mutex_unlock(&collector.sources);
}

static void free_section(struct akt_profile *section)
{
	akti_section_fini(section);
	free(section);
}

static int begin(akt_profile **ret_profile, const char *phase, unsigned what,
		 const akt_profile_options *options, bool labelled)
{
	struct akt_profile *section;
	int r;

	if (ret_profile == NULL)
		return AKT_ERR_INVALID;
	*ret_profile = NULL;
	if (is_forked())
		return AKT_ERR_UNSUPPORTED;
	section = calloc(1, sizeof(*section));
	if (section == NULL)
		return AKT_ERR_NOMEM;
	lock();
	configure();
	r = set_up(section, phase, what, options);
	if (r == 0)
		r = open_section(section, labelled);
	unlock();
	if (r < 0) {
		free_section(section);
		return r;
	}
	learn_names();
	*ret_profile = section;
	return 0;
}

int akt_profile_begin(akt_profile **ret_profile, const char *phase, unsigned what,
		      const akt_profile_options *options)
{
	return begin(ret_profile, phase, what, options, true);
}

int akti_profile_begin_unlabelled(akt_profile **ret_profile, const char *name, unsigned what,
				  const akt_profile_options *options)
{
	return begin(ret_profile, name, what, options, false);
}

/* Close a section whose files come next. False: this process is a child of the one that opened it. */
static bool close_section(struct akt_profile *section)
{
	if (is_forked())
		return false;
	lock();
	akti_section_pause(section);
	collector.unwritten++;
	unlock();
	return true;
}

/* Under the collector's mutex. */
static void empty_unused(void)
{
	if (collector.unwritten == 0 && collector.phases == NULL && !collector.shutdown.begun)
		akti_section_empty();
}

/* The files of a closed section, or a look at one, are there: with the last one goes what was recorded. */
static void let_go(struct akt_profile *section)
{
	lock();
	collector.unwritten--;
	empty_unused();
	unlock();
	akti_section_fini(section);
}

static int end_phase(struct akt_profile *phase)
{
	bool last;
	int r = 0;

	if (is_forked())
		return 0;
	lock_both();
	AKT_ASSERT(phase->depth > 0);
	last = --phase->depth == 0;
	if (last)
		akti_section_pause(phase);
	unlock();
	if (last)
		r = akti_section_write(phase);
	(void)pthread_mutex_unlock(&collector.files);
	return r;
}

int akt_profile_end(akt_profile *profile)
{
	int r;

	if (profile == NULL)
		return 0;
	if (profile->adds_up)
		return end_phase(profile);
	if (!close_section(profile)) {
		free_section(profile);
		return 0;
	}
	(void)pthread_mutex_lock(&collector.files);
	r = akti_section_write(profile);
	(void)pthread_mutex_unlock(&collector.files);
	let_go(profile);
	free(profile);
	return r;
}

void akti_profile_show_in_use(akt_profile *profile)
{
	profile->about.in_use = true;
}

void akti_profile_spare_names(akt_profile *profile)
{
	profile->about.raw = true;
}

int akti_profile_end_to(akt_profile *profile, unsigned what, void **ret_bytes, size_t *ret_size)
{
	int r;

	if (!close_section(profile)) {
		free_section(profile);
		return AKT_ERR_UNSUPPORTED;
	}
	(void)pthread_mutex_lock(&collector.files);
	r = akti_section_encode(profile, what, ret_bytes, ret_size);
	(void)pthread_mutex_unlock(&collector.files);
	let_go(profile);
	free(profile);
	return r;
}

int akti_profile_end_as(akt_profile *profile, const char *const *paths)
{
	int r;

	if (!close_section(profile)) {
		free_section(profile);
		return AKT_ERR_UNSUPPORTED;
	}
	(void)pthread_mutex_lock(&collector.files);
	r = akti_section_write_as(profile, paths);
	(void)pthread_mutex_unlock(&collector.files);
	let_go(profile);
	free(profile);
	return r;
}

int akti_profile_snapshot_to(unsigned what, bool in_use, void **ret_bytes, size_t *ret_size)
{
	struct akt_profile section;
	int r;

	if (is_forked())
		return AKT_ERR_UNSUPPORTED;
	lock();
	r = akti_section_snapshot(what, &section);
	collector.unwritten += r == 0;
	unlock();
	if (r < 0)
		return r;
	section.about.in_use = in_use;
	(void)pthread_mutex_lock(&collector.files);
	r = akti_section_encode(&section, what, ret_bytes, ret_size);
	(void)pthread_mutex_unlock(&collector.files);
	let_go(&section);
	return r;
}

void akti_prof_counts(struct prof_counts *ret_counts)
{
	struct prof_counts counts = { 0 };

	lock();
	counts.sections = akti_section_count();
	if (akti_prof_cpu.store != NULL)
		counts.cpu_lost = akti_load_rlx(&akti_prof_cpu.store->lost);
	if (akti_prof_heap.store != NULL)
		counts.memory_lost = akti_load_rlx(&akti_prof_heap.store->lost);
	counts.memory_untracked = akti_load_rlx(&akti_prof_heap.untracked);
	unlock();
	*ret_counts = counts;
}

akt_profile *akt_profile_enter_(const char *phase, unsigned what)
{
	akt_profile *profile;
	int r = akt_profile_begin(&profile, phase, what, NULL);

	if (r < 0)
		akti_prof_say("no profile of the section %s: %s", phase == NULL ? "" : phase,
			      akt_strerror(r));
	return profile;
}

void akt_profile_leave_(akt_profile **profile)
{
	(void)akt_profile_end(*profile);
}

/* --- phases that have a switch ------------------------------------------------------------------ */

static int make_phase(const char *name, struct akt_profile **ret_phase)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	struct akt_profile *phase = calloc(1, sizeof(*phase));
	int r;

	options.memory_every = 1;
	if (phase == NULL)
		return AKT_ERR_NOMEM;
	r = set_up(phase, name, SWITCHED, &options);
	if (r < 0) {
		free(phase);
		return r;
	}
	phase->adds_up = true;
	phase->next_phase = collector.phases;
	collector.phases = phase;
	*ret_phase = phase;
	return 0;
}

/* The phase of that name, made at its first use, runs. */
static int run_phase(const char *name, struct akt_profile **ret_phase)
{
	struct akt_profile *phase = collector.phases;
	int r = 0;

	while (phase != NULL && strcmp(phase->about.phase, name) != 0)
		phase = phase->next_phase;
	if (phase == NULL)
		r = make_phase(name, &phase);
	if (r == 0 && phase->depth == 0)
		r = open_section(phase, true);
	if (r < 0)
		return r;
	phase->depth++;
	*ret_phase = phase;
	return 0;
}

akt_profile *akt_profile_phase(const char *name)
{
	static _Atomic uint32_t asked; /* 1: no switch is on; 2: one may be */
	struct akt_profile *phase = NULL;
	int r;

	if (akti_load_rlx(&asked) == 0)
		akti_store_rlx(&asked, akti_prof_env_asks_any() ? 2 : 1);
	if (akti_load_rlx(&asked) == 1 || is_forked() || !akti_section_name_valid(name) ||
	    !akti_prof_env_asks(name))
		return NULL;
	lock_both();
	configure();
	r = run_phase(name, &phase);
	unlock_both();
	if (r < 0)
		akti_prof_say("no profile of the phase %s: %s", name, akt_strerror(r));
	else
		learn_names();
	return phase;
}

/* --- systems ---------------------------------------------------------------------------------- */

/* With the mutex held: "shutdown" runs if its switch is set. */
static void run_shutdown(void)
{
	struct akt_profile *shutdown = &collector.shutdown;
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	bool first = !shutdown->begun;
	int r;

	options.memory_every = 1;
	r = first ? set_up(shutdown, "shutdown", SWITCHED, &options) : 0;
	if (r == 0)
		r = open_section(shutdown, false);
	if (r < 0) {
		akti_prof_say("nothing is recorded for profiles: %s", akt_strerror(r));
		collector.env.shutdown = false;
	} else if (first && akti_prof_cpu.refused) {
		akti_prof_say("SIGPROF belongs to another handler: shutdown_cpu.prof will hold "
			      "cycles, but no samples");
	}
}

void akti_prof_system_started(struct prof_source *source)
{
	if (is_forked())
		return;
	if (source != NULL) {
		(void)pthread_mutex_lock(&collector.sources);
		source->next = collector.systems;
		collector.systems = source;
		(void)pthread_mutex_unlock(&collector.sources);
	}
	lock_both(); /* a system that starts waits for files that are being written */
	configure();
	collector.system_count++;
	if (source != NULL && source->flies && collector.flying++ == 0)
		(void)akti_section_fly(true); /* without memory there is none */
	if (collector.env.shutdown && !collector.shutdown.runs)
		run_shutdown();
	else
		akti_section_refresh();
	collector.dirty = collector.shutdown.runs;
	unlock_both();
}

/* With both mutexes held, which it gives back: write "shutdown" if now is the time. */
static void settle(void)
{
	struct akt_profile *shutdown = &collector.shutdown;
	bool now = collector.system_count == 0 && collector.holds == 0 && collector.dirty;

	if (collector.system_count == 0)
		akti_prof_names_forget();
	empty_unused();
	if (now) {
		akti_section_pause(shutdown);
		collector.dirty = false;
		collector.written = true;
	}
	unlock();
	if (now)
		(void)akti_section_write(shutdown); /* what failed was said */
	(void)pthread_mutex_unlock(&collector.files);
}

void akti_prof_system_stopped(struct prof_source *source)
{
	struct prof_source **at = &collector.systems;

	if (is_forked())
		return;
	if (source != NULL) {
		(void)pthread_mutex_lock(&collector.sources);
		while (*at != source)
			at = &(*at)->next;
		*at = source->next;
		(void)pthread_mutex_unlock(&collector.sources);
	}
	lock_both();
	AKT_ASSERT(collector.system_count > 0);
	collector.system_count--;
	if (source != NULL && source->flies && --collector.flying == 0)
		(void)akti_section_fly(false);
	settle();
}

void akti_prof_hold(void)
{
	lock();
	collector.holds++;
	unlock();
}

void akti_prof_release(void)
{
	lock_both();
	AKT_ASSERT(collector.holds > 0);
	collector.holds--;
	if (is_forked())
		unlock_both();
	else
		settle();
}

void akti_prof_unwind_refresh(void)
{
	lock();
	(void)akti_prof_cfi_refresh();
	unlock();
}

void akti_prof_observe(bool on)
{
	lock();
	if (on && collector.observers++ == 0)
		(void)atomic_fetch_or_explicit(&akti_prof_on, PROF_WATCH_OBSERVE,
					       memory_order_release);
	else if (!on && --collector.observers == 0)
		(void)atomic_fetch_and_explicit(&akti_prof_on, ~(uint32_t)PROF_WATCH_OBSERVE,
						memory_order_relaxed);
	akti_prof_divert();
	unlock();
}

/* --- the flight recorder ------------------------------------------------------------------------ */

bool akti_prof_flies(void)
{
	bool flies;

	lock();
	configure();
	flies = collector.env.flies;
	unlock();
	return flies && !is_forked();
}

static int write_flight(const struct prof_file *about)
{
	static const char *const suffix[BLACKBOX_RINGS] = { "cpu", "mem", "event" };
	int first = 0;

	for (unsigned i = 0; i < BLACKBOX_RINGS; i++) {
		struct profile *profile;
		char path[PROF_PATH_MAX];
		int r;

		akti_prof_heap_quiet(true);
		(void)akti_blackbox_build(&profile, i, about);
		akti_prof_path(about, suffix[i], path);
		r = akti_prof_write_file(profile, path);
		akti_profile_destroy(profile);
		akti_prof_heap_quiet(false);
		first = first == 0 ? r : first;
	}
	return first;
}

int akt_flight_dump(const char *dir, const char *cause)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	struct prof_file about = { .hz = BLACKBOX_HZ,
				   .memory_every = BLACKBOX_MEMORY_EVERY,
				   .raw = collector.env.raw };
	char phase[AKT_PROFILE_NAME_MAX + 1], pid[24];
	int r;

	if (!akti_section_name_valid(cause) || strlen(cause) > AKT_FLIGHT_CAUSE_MAX)
		return AKT_ERR_INVALID;
	if (!akti_blackbox_is_on())
		return AKT_ERR_NOTFOUND;
	(void)snprintf(phase, sizeof(phase), "flight-%s", cause);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	options.dir = dir;
	options.node = pid;
	r = set_names(&about, phase, &options);
	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&collector.files);
	r = write_flight(&about);
	(void)pthread_mutex_unlock(&collector.files);
	return r;
}

/* --- threads and actors ----------------------------------------------------------------------- */

static bool is_sampling(void)
{
	return atomic_load_explicit(&akti_prof_sampling, memory_order_relaxed);
}

void akti_prof_thread_enter(void)
{
	uintptr_t stack_end;

	if (!is_sampling())
		return;
	stack_end = akti_prof_stacks_end_here();
	lock();
	akti_prof_cpu_thread_enter(stack_end);
	unlock();
}

void akti_prof_thread_leave(void)
{
	if (!is_sampling())
		return;
	lock();
	akti_prof_cpu_thread_leave();
	unlock();
}

void akti_prof_actor_named(uint64_t actor, const char *name)
{
	if (is_sampling() || akti_prof_watched_by(PROF_WATCH_CYCLES) ||
	    akti_load_rlx(&akti_prof_messages.every) != 0)
		akti_prof_name_add(actor, name);
}
