/* SPDX-License-Identifier: MIT */
/*
 * The collector's life: armed by the first system that starts under a switch, paused while no
 * system runs, and written each time the last one has stopped.
 *
 * One mutex orders starts, stops and threads coming and going; it is held over nothing of akt's,
 * and over the write, so that a system that starts meanwhile waits for the file. It is a plain
 * one: a seed has nothing to decide here.
 *
 * A child of fork is not profiled and writes nothing: timers are not inherited, and the flags go
 * off in the child before fork returns there. SIGPROF is blocked around fork, because old kernels
 * begin a fork anew at every signal.
 */
#include "prof/prof.h"
#include "prof/cpu.h"
#include "prof/env.h"
#include "prof/heap.h"
#include "prof/names.h"
#include "prof/stacks.h"
#include "prof/unwind.h"
#include "prof/write.h"
#include "mem/mem.h"
#include "plat/plat.h"

#include <akt/error.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

_Atomic uint32_t akti_prof_on;

static struct {
	pthread_mutex_t mutex;
	struct prof_env env;
	bool configured;
	bool armed;
	bool sampling; /* a stretch is being recorded */
	bool dirty;    /* recorded and not yet written */
	bool written;
	pid_t pid;
	unsigned systems;
	unsigned holds;
	unsigned observers;
	int64_t time_ns;                    /* wall clock when first armed */
	int64_t recorded_ns, cpu_clock_ns;  /* of the stretches that ended */
	int64_t stretch_ns, stretch_cpu_ns; /* clocks when this one began */
	sigset_t before_fork;
} collector = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static _Atomic bool forked; /* this process is a child of the one that was armed */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* --- stretches of recording ------------------------------------------------------------------- */

static void resume(void)
{
	(void)akti_prof_cfi_refresh();
	if (!collector.sampling) {
		collector.stretch_ns = clock_ns(CLOCK_MONOTONIC);
		collector.stretch_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	}
	collector.sampling = true;
	collector.dirty = true;
	akti_prof_cpu_resume();
}

static void pause_and_write(void)
{
	struct prof_section section = { .name = "shutdown", .dir = collector.env.dir };
	int cpu, heap;

	akti_prof_cpu_pause();
	collector.sampling = false;
	collector.recorded_ns += clock_ns(CLOCK_MONOTONIC) - collector.stretch_ns;
	collector.cpu_clock_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - collector.stretch_cpu_ns;
	section.time_ns = collector.time_ns;
	section.duration_ns = collector.recorded_ns;
	section.cpu_clock_ns = collector.cpu_clock_ns;
	cpu = akti_prof_write_cpu(&section);
	heap = akti_prof_write_heap(&section);
	collector.dirty = false;
	collector.written = true;
	(void)cpu; /* what failed was said */
	(void)heap;
}

/* --- process events --------------------------------------------------------------------------- */

static void before_fork(void)
{
	sigset_t ours, before;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGPROF);
	(void)pthread_sigmask(SIG_BLOCK, &ours, &before);
	(void)pthread_mutex_lock(&collector.mutex);
	collector.before_fork = before;
}

static void unblock_after_fork(void)
{
	sigset_t before = collector.before_fork;

	(void)pthread_mutex_unlock(&collector.mutex);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void in_child(void)
{
	atomic_store_explicit(&forked, true, memory_order_relaxed);
	(void)atomic_fetch_and_explicit(&akti_prof_on, ~(uint32_t)PROF_WATCH_PROFILE,
					memory_order_relaxed);
	atomic_store_explicit(&akti_prof_cpu.on, false, memory_order_relaxed);
	atomic_store_explicit(&akti_mem_hook, NULL, memory_order_relaxed);
	unblock_after_fork();
}

static void at_exit(void)
{
	if (atomic_load_explicit(&forked, memory_order_relaxed) || getpid() != collector.pid)
		return;
	(void)pthread_mutex_lock(&collector.mutex);
	if (collector.dirty && collector.systems == 0)
		pause_and_write();
	else if (collector.armed)
		akti_prof_cpu_pause();
	akti_prof_env_report(&collector.env, collector.written);
	(void)pthread_mutex_unlock(&collector.mutex);
}

/* --- arming ----------------------------------------------------------------------------------- */

static void arm(void)
{
	collector.env.shutdown = false; /* until all of it is there */
	if (akti_prof_names_create() < 0 || akti_prof_cpu_create(collector.env.hz) < 0 ||
	    akti_prof_heap_create() < 0) {
		akti_prof_say("no memory for profiles: nothing is recorded");
		return;
	}
	if (akti_prof_cpu.refused)
		akti_prof_say("SIGPROF belongs to another handler: shutdown_cpu.prof will hold "
			      "cycles, but no samples");
	collector.env.shutdown = true;
	collector.armed = true;
	collector.time_ns = clock_ns(CLOCK_REALTIME);
	(void)pthread_atfork(before_fork, unblock_after_fork, in_child);
	(void)atomic_fetch_or_explicit(&akti_prof_on, PROF_WATCH_PROFILE, memory_order_release);
}

static void configure(void)
{
	if (collector.configured)
		return;
	collector.configured = true;
	collector.pid = getpid();
	akti_prof_env_read(&collector.env);
	(void)atexit(at_exit);
	if (collector.env.shutdown)
		arm();
}

void akti_prof_system_started(void)
{
	if (atomic_load_explicit(&forked, memory_order_relaxed))
		return;
	(void)pthread_mutex_lock(&collector.mutex);
	configure();
	collector.systems++;
	if (collector.armed)
		resume();
	(void)pthread_mutex_unlock(&collector.mutex);
}

/* With the mutex held: write what is recorded, if now is the time. */
static void settle(void)
{
	if (!collector.armed || collector.systems > 0)
		return;
	akti_prof_names_forget();
	if (collector.dirty && collector.holds == 0)
		pause_and_write();
}

void akti_prof_system_stopped(void)
{
	if (atomic_load_explicit(&forked, memory_order_relaxed))
		return;
	(void)pthread_mutex_lock(&collector.mutex);
	AKT_ASSERT(collector.systems > 0);
	collector.systems--;
	settle();
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_hold(void)
{
	(void)pthread_mutex_lock(&collector.mutex);
	collector.holds++;
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_release(void)
{
	(void)pthread_mutex_lock(&collector.mutex);
	AKT_ASSERT(collector.holds > 0);
	collector.holds--;
	if (!atomic_load_explicit(&forked, memory_order_relaxed))
		settle();
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_unwind_refresh(void)
{
	(void)pthread_mutex_lock(&collector.mutex);
	(void)akti_prof_cfi_refresh();
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_observe(bool on)
{
	(void)pthread_mutex_lock(&collector.mutex);
	if (on && collector.observers++ == 0)
		(void)atomic_fetch_or_explicit(&akti_prof_on, PROF_WATCH_OBSERVE,
					       memory_order_release);
	else if (!on && --collector.observers == 0)
		(void)atomic_fetch_and_explicit(&akti_prof_on, ~(uint32_t)PROF_WATCH_OBSERVE,
						memory_order_relaxed);
	(void)pthread_mutex_unlock(&collector.mutex);
}

/* --- threads and actors ----------------------------------------------------------------------- */

void akti_prof_thread_enter(void)
{
	uintptr_t stack_end;

	if (!akti_prof_watched_by(PROF_WATCH_PROFILE))
		return;
	stack_end = akti_prof_stacks_end_here();
	(void)pthread_mutex_lock(&collector.mutex);
	akti_prof_cpu_thread_enter(stack_end);
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_thread_leave(void)
{
	if (!akti_prof_watched_by(PROF_WATCH_PROFILE))
		return;
	(void)pthread_mutex_lock(&collector.mutex);
	akti_prof_cpu_thread_leave();
	(void)pthread_mutex_unlock(&collector.mutex);
}

void akti_prof_actor_named(uint64_t actor, const char *name)
{
	if (akti_prof_watched_by(PROF_WATCH_PROFILE))
		akti_prof_name_add(actor, name);
}
