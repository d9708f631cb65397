/* SPDX-License-Identifier: MIT */
/* plat on Linux: futex, membarrier, mmap. */
#ifndef AKTI_INTERLEAVE
#include "plat/plat.h"
#include <akt/error.h>
#include <akt/time.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t akti_plat_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return AKT_S(ts.tv_sec) + ts.tv_nsec;
}

int akti_plat_cpu_clock(void)
{
	clockid_t clock = 0;

	return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : 0;
}

int64_t akti_plat_cpu_ns(int clock)
{
	struct timespec ts;

	if (clock == 0 || clock_gettime(clock, &ts) != 0)
		return -1;
	return AKT_S(ts.tv_sec) + ts.tv_nsec;
}

uint64_t akti_plat_random(void)
{
	uint64_t word;

	if (getrandom(&word, sizeof(word), 0) != (ssize_t)sizeof(word))
		word = (uint64_t)akti_plat_now() ^ (uint64_t)(uintptr_t)&word;
	return word;
}

unsigned akti_plat_cpus(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

/* As it was when somebody first waited. */
static bool has_one_cpu(void)
{
	static _Atomic unsigned cpus;
	unsigned known = akti_load_rlx(&cpus);

	if (known == 0) {
		known = akti_plat_cpus();
		akti_store_rlx(&cpus, known);
	}
	return known == 1;
}

void akti_plat_vigil_begin(struct plat_vigil *vigil, int64_t patience_ns, bool woken)
{
	int64_t now;

	if (woken)
		(void)sched_yield();
	now = akti_plat_now();
	vigil->now_ns = now;
	vigil->until_ns = now + patience_ns;
	vigil->scarce = has_one_cpu();
	vigil->offer_ns = vigil->scarce ? now : now + PLAT_OFFER_FIRST_NS;
}

bool akti_plat_vigil_goes_on(struct plat_vigil *vigil)
{
	int64_t now = akti_plat_now();
	int64_t offered_ns = now;

	vigil->now_ns = now;
	if (now >= vigil->until_ns)
		return false;
	if (now < vigil->offer_ns)
		return true;
	(void)sched_yield();
	now = akti_plat_now();
	vigil->now_ns = now;
	vigil->offer_ns = vigil->scarce ? now : now + PLAT_OFFER_NS;
	if (now - offered_ns > PLAT_TAKEN_NS && !vigil->scarce)
		vigil->until_ns = now;
	return true;
}

static void *thread_main(void *arg)
{
	struct plat_thread *thread = arg;

	if (akti_plat_fault_stacks_wanted())
		(void)akti_plat_fault_stack_open(); /* without one, an overflow ends without a word */
	thread->run(thread->arg);
	akti_plat_fault_stack_close();
	return NULL;
}

int akti_plat_thread_start(struct plat_thread *thread, const char *name, void (*run)(void *arg),
			   void *arg)
{
	sigset_t blocked;
	sigset_t before;
	int r;

	thread->run = run;
	thread->arg = arg;
	sigfillset(&blocked);
	sigdelset(&blocked, SIGPROF);
	sigdelset(&blocked, SIGSEGV);
	sigdelset(&blocked, SIGBUS);
	sigdelset(&blocked, SIGFPE);
	sigdelset(&blocked, SIGILL);
	sigdelset(&blocked, SIGTRAP);
	sigdelset(&blocked, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	r = pthread_create(&thread->handle, NULL, thread_main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return AKT_ERR_SYSTEM;
	(void)pthread_setname_np(thread->handle, name);
	return 0;
}

void akti_plat_thread_join(struct plat_thread *thread)
{
	(void)pthread_join(thread->handle, NULL);
}

void akti_plat_mutex_init(struct plat_mutex *mutex, enum plat_rank rank)
{
	pthread_mutexattr_t brief;

	/* What they guard takes less time than a sleep: wait awake first. */
	(void)pthread_mutexattr_init(&brief);
	(void)pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(&mutex->handle, &brief);
	(void)pthread_mutexattr_destroy(&brief);
	mutex->rank = rank;
}

void akti_plat_mutex_fini(struct plat_mutex *mutex)
{
	(void)pthread_mutex_destroy(&mutex->handle);
}

#if AKT_DEBUG_ON
/* The ranks this thread holds, as a bit set. */
static AKTI_TLS uint64_t held_ranks;
#endif

void akti_plat_lock(struct plat_mutex *mutex)
{
	(void)pthread_mutex_lock(&mutex->handle);
#if AKT_DEBUG_ON
	AKT_DEBUG(held_ranks >> mutex->rank == 0);
	held_ranks |= UINT64_C(1) << mutex->rank;
#endif
}

void akti_plat_unlock(struct plat_mutex *mutex)
{
#if AKT_DEBUG_ON
	held_ranks &= ~(UINT64_C(1) << mutex->rank);
#endif
	(void)pthread_mutex_unlock(&mutex->handle);
}

bool akti_plat_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns)
{
	struct timespec ts;
	struct timespec *until = NULL;
	long r;

	if (deadline_ns != AKT_FOREVER) {
		ts.tv_sec = deadline_ns / AKT_S(1);
		ts.tv_nsec = deadline_ns % AKT_S(1);
		until = &ts;
	}
	/* WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, so EINTR needs no arithmetic. */
	r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, until, NULL,
		    FUTEX_BITSET_MATCH_ANY);
	return !(r != 0 && errno == ETIMEDOUT);
}

void akti_plat_wake(_Atomic uint32_t *word, unsigned count)
{
	int saved = errno;

	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
	errno = saved;
}

static _Atomic int asymmetric_state; /* 0 unknown, 1 yes, 2 no */

bool akti_plat_asymmetric(void)
{
	int state = akti_load_acq(&asymmetric_state);

	if (akti_likely(state != 0))
		return state == 1;
#if defined(AKTI_TSAN)
	state = 2;
#else
	state = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 ? 1
											      : 2;
#endif
	akti_store_rel(&asymmetric_state, state);
	return state == 1;
}

void akti_plat_heavy_barrier(void)
{
	if (akti_plat_asymmetric())
		AKT_ASSERT(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}
#endif
