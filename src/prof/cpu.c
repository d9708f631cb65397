/* SPDX-License-Identifier: MIT */
/*
 * See cpu.h. Slots are written under the collector's mutex and never unmapped: a late signal may
 * carry the address of one; a handler reads stack_end and adds to ticks.
 */
#include "prof/cpu.h"
#include "prof/blackbox.h"
#include "prof/prof.h"
#include "prof/stacks.h"
#include "prof/unwind.h"
#include "base/hash.h"
#include "queue/mpsc.h"

#include <akt/error.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct cpu_thread {
	pid_t tid;    /* 0: free */
	bool entered; /* one of akt's: it says itself when it leaves */
	bool armed;
	timer_t timer;
	bool seen;                   /* by the scan that runs */
	_Atomic uintptr_t stack_end; /* 0: not known */
	_Atomic int64_t ticks;       /* that came */
	int64_t first_ns;            /* of the thread's CPU time: when the first was due */
	_Atomic int64_t period_ns;   /* from tick to tick */
};

struct cpu_state akti_prof_cpu;
static struct cpu_thread *threads; /* PROF_THREADS_MAX of them */
static unsigned thread_count;      /* slots used at least once */
static bool maps_are_old;          /* read before the scan that runs */

AKTI_TLS struct prof_label akti_prof_label;

/* --- the handler ------------------------------------------------------------------------------ */

AKTI_RAW static struct prof_regs regs_of(const ucontext_t *context)
{
	struct prof_regs regs = { 0, 0, 0, 0 };

#if defined(__x86_64__)
	regs.pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
	regs.sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
	regs.fp = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
	regs.pc = (uintptr_t)context->uc_mcontext.pc;
	regs.sp = (uintptr_t)context->uc_mcontext.sp;
	regs.fp = (uintptr_t)context->uc_mcontext.regs[29];
	regs.lr = (uintptr_t)context->uc_mcontext.regs[30];
#else
	(void)context;
#endif
	return regs;
}

struct tick {
	int64_t weight; /* ticks that it stands for */
	int64_t ns;
};

static void record(const uintptr_t *pcs, uint32_t count, bool truncated, struct tick tick)
{
	struct prof_store *store = akti_prof_cpu.store;
	struct prof_key key = { .what = PROF_CPU };
	struct prof_bucket *bucket = NULL;

	akti_prof_store_label(&key);
	if (akti_blackbox_is_on())
		akti_blackbox_cpu(&key, pcs, count, truncated, tick.weight, tick.ns);
	if (!atomic_load(&akti_prof_cpu.storing))
		return;
	key.stack = akti_prof_store_stack(store, pcs, count, truncated);
	if (key.stack != NULL)
		bucket = akti_prof_store_bucket(store, &key);
	if (bucket != NULL) {
		akti_prof_store_add(bucket, CPU_TICKS, tick.weight);
		akti_prof_store_add(bucket, CPU_NS, tick.ns);
	} else {
		(void)atomic_fetch_add_explicit(&store->lost, (uint64_t)tick.weight,
						memory_order_relaxed);
		(void)atomic_fetch_add_explicit(&store->lost_ns, (uint64_t)tick.ns,
						memory_order_relaxed);
	}
}

/* The slot that a signal of ours carries, NULL for anyone else's. */
AKTI_RAW static struct cpu_thread *slot_of(const siginfo_t *info)
{
	uintptr_t at = (uintptr_t)info->si_value.sival_ptr - (uintptr_t)threads;

	if (info->si_code != SI_TIMER || at >= PROF_THREADS_MAX * sizeof(*threads) ||
	    at % sizeof(*threads) != 0)
		return NULL;
	return &threads[at / sizeof(*threads)];
}

AKTI_RAW static void tick_on(struct cpu_thread *thread, const siginfo_t *info, void *context)
{
	uintptr_t pcs[PROF_FRAMES_MAX], end;
	struct prof_regs regs = regs_of(context);
	struct tick tick;
	uint32_t count;
	bool truncated;

	end = atomic_load_explicit(&thread->stack_end, memory_order_relaxed);
	if (end == 0 || regs.sp >= end)
		end = akti_prof_stacks_end(regs.sp);
	count = akti_prof_walk(regs, end, pcs, PROF_FRAMES_MAX, NULL, &truncated);
	tick.weight = 1 + (int64_t)info->si_overrun;
	tick.ns = tick.weight * atomic_load_explicit(&thread->period_ns, memory_order_relaxed);
	(void)atomic_fetch_add_explicit(&thread->ticks, tick.weight, memory_order_relaxed);
	record(pcs, count, truncated, tick);
}

AKTI_RAW static void on_tick(int signal_number, siginfo_t *info, void *context)
{
	struct cpu_thread *thread = slot_of(info);
	int saved_errno = errno;

	(void)signal_number;
	if (thread == NULL)
		return;
	/* Of this, with on and storing, and akti_prof_cpu_settle at least one sees the other: all are
	 * seq_cst. */
	(void)atomic_fetch_add(&akti_prof_cpu.inside, 1);
	if (atomic_load(&akti_prof_cpu.on))
		tick_on(thread, info, context);
	(void)atomic_fetch_sub(&akti_prof_cpu.inside, 1);
	errno = saved_errno;
}

/* Ours is installed unless someone else's is there. */
static bool install(void)
{
	struct sigaction ours = { .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK }, there;

	if (sigaction(SIGPROF, NULL, &there) != 0)
		return false;
	if ((there.sa_flags & SA_SIGINFO) != 0 && there.sa_sigaction == on_tick)
		return true;
	if ((there.sa_flags & SA_SIGINFO) != 0 ||
	    (there.sa_handler != SIG_DFL && there.sa_handler != SIG_IGN))
		return false;
	ours.sa_sigaction = on_tick;
	(void)sigfillset(&ours.sa_mask);
	return sigaction(SIGPROF, &ours, NULL) == 0;
}

/* --- timers ----------------------------------------------------------------------------------- */

/* The kernel's name for the CPU clock of any thread (include/linux/posix-timers.h). */
static clockid_t clock_of(pid_t tid)
{
	return (clockid_t)((~(unsigned)tid << 3) | 6u);
}

static int64_t cpu_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* A timer for the thread, its first tick at a random moment: short lives are not biased away. */
static bool arm(struct cpu_thread *thread, pid_t tid)
{
	const int64_t period = 1000000000 / (int64_t)akti_prof_cpu.hz;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF };
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
	uint64_t random = akti_hash_u64(akti_prof_cycles() ^ ((uint64_t)(unsigned)tid << 40));

	event.sigev_value.sival_ptr = thread;
	event.sigev_notify_thread_id = tid;
	if (timer_create(clock_of(tid), &event, &thread->timer) != 0)
		return false;
	spec.it_interval.tv_sec = period / 1000000000;
	spec.it_interval.tv_nsec = period % 1000000000;
	spec.it_value.tv_nsec = 1 + (int64_t)(random % akti_min_u64((uint64_t)period, 999999999u));
	thread->first_ns = cpu_ns(clock_of(tid)) + spec.it_value.tv_nsec;
	atomic_store_explicit(&thread->ticks, 0, memory_order_relaxed);
	atomic_store_explicit(&thread->period_ns, period, memory_order_relaxed);
	if (timer_settime(thread->timer, 0, &spec, NULL) != 0) {
		(void)timer_delete(thread->timer);
		return false;
	}
	return true;
}

static struct cpu_thread *find(pid_t tid)
{
	for (unsigned i = 0; i < thread_count; i++) {
		if (threads[i].tid == tid)
			return &threads[i];
	}
	return NULL;
}

static bool rearm(struct cpu_thread *thread)
{
	thread->armed = thread->armed || arm(thread, thread->tid);
	return thread->armed;
}

/* The thread's slot, armed; NULL when it got none. A stack_end of 0: look for it in the maps. */
static struct cpu_thread *attach(pid_t tid, uintptr_t stack_end)
{
	struct cpu_thread *thread = find(tid);

	if (thread != NULL)
		return rearm(thread) ? thread : NULL;
	if (stack_end == 0 && maps_are_old) {
		akti_prof_stacks_refresh();
		maps_are_old = false;
	}
	thread = find(0);
	if (thread == NULL && thread_count < PROF_THREADS_MAX)
		thread = &threads[thread_count++];
	if (thread == NULL || !arm(thread, tid)) {
		akti_prof_cpu.unarmed += thread == NULL || errno != EINVAL; /* EINVAL: it ended */
		return NULL;
	}
	atomic_store_explicit(&thread->stack_end, stack_end, memory_order_relaxed);
	thread->tid = tid;
	thread->entered = false;
	thread->armed = true;
	return thread;
}

static void disarm(struct cpu_thread *thread)
{
	if (thread->armed)
		(void)timer_delete(thread->timer);
	thread->armed = false;
}

static void detach(struct cpu_thread *thread)
{
	disarm(thread);
	thread->tid = 0;
}

int akti_prof_cpu_create(void)
{
	void *at;

	if (threads != NULL)
		return 0;
	at = mmap(NULL, PROF_THREADS_MAX * sizeof(*threads), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return AKT_ERR_NOMEM;
	threads = at;
	akti_prof_cpu.refused = !install();
	return 0;
}

int akti_prof_cpu_create_store(void)
{
	int r = akti_prof_cpu_create();

	if (r == 0 && akti_prof_cpu.store == NULL)
		akti_prof_cpu.store =
			akti_prof_store_create(PROF_CPU_STORE_BYTES, PROF_CPU_TOUCHED_BYTES);
	return r == 0 && akti_prof_cpu.store == NULL ? AKT_ERR_NOMEM : r;
}

static void arm_entered(void)
{
	for (unsigned i = 0; i < thread_count; i++) {
		if (threads[i].tid != 0)
			(void)rearm(&threads[i]);
	}
}

void akti_prof_cpu_resume(unsigned hz, bool everywhere)
{
	DIR *tasks;
	struct dirent *entry;

	if (akti_prof_cpu.refused)
		return;
	if (hz != akti_prof_cpu.hz || everywhere != akti_prof_cpu.everywhere)
		akti_prof_cpu_pause();
	akti_prof_cpu.hz = hz;
	akti_prof_cpu.everywhere = everywhere;
	atomic_store_explicit(&akti_prof_cpu.on, true, memory_order_relaxed);
	if (!everywhere) {
		arm_entered();
		return;
	}
	maps_are_old = true;
	tasks = opendir("/proc/self/task");
	for (unsigned i = 0; i < thread_count; i++)
		threads[i].seen = tasks == NULL;
	while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct cpu_thread *thread = tid > 0 ? attach(tid, 0) : NULL;

		if (thread != NULL)
			thread->seen = true;
	}
	for (unsigned i = 0; i < thread_count; i++) {
		if (threads[i].tid != 0 && !threads[i].seen)
			detach(&threads[i]);
	}
	if (tasks != NULL)
		(void)closedir(tasks);
}

void akti_prof_cpu_settle(void)
{
	for (unsigned turn = 0; atomic_load(&akti_prof_cpu.inside) != 0; turn++)
		akti_mpsc_wait_turn(turn);
}

void akti_prof_cpu_pause(void)
{
	atomic_store(&akti_prof_cpu.on, false);
	for (unsigned i = 0; i < thread_count; i++) {
		if (threads[i].entered && threads[i].tid != 0)
			disarm(&threads[i]);
		else if (threads[i].tid != 0)
			detach(&threads[i]);
	}
	akti_prof_cpu.hz = 0;
}

void akti_prof_cpu_thread_enter(uintptr_t stack_end)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	struct cpu_thread *thread;

	if (akti_prof_cpu.refused || !atomic_load_explicit(&akti_prof_cpu.on, memory_order_relaxed))
		return;
	thread = attach(tid, stack_end);
	if (thread == NULL)
		return;
	thread->entered = true;
	atomic_store_explicit(&thread->stack_end, stack_end, memory_order_relaxed);
}

/* The kernel looks at CPU timers when its own clock ticks, so a thread may end with ticks due that
 * never came. They are recorded without a stack: time is not lost, only its place. */
static void settle(struct cpu_thread *thread)
{
	int64_t late_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - thread->first_ns;
	int64_t period_ns = atomic_load_explicit(&thread->period_ns, memory_order_relaxed);
	int64_t missing = (late_ns < 0 ? 0 : 1 + late_ns / period_ns) -
			  atomic_load_explicit(&thread->ticks, memory_order_relaxed);

	if (missing > 0)
		record(NULL, 0, false, (struct tick){ missing, missing * period_ns });
}

void akti_prof_cpu_thread_leave(void)
{
	struct cpu_thread *thread = find((pid_t)syscall(SYS_gettid));

	if (thread == NULL)
		return;
	if (thread->armed)
		settle(thread);
	detach(thread);
}
