/* SPDX-License-Identifier: MIT */
/*
 * plat: what the operating system gives, and nothing that needs to know why.
 *
 * Threads, mutexes, waiting on a word, readiness, the clock, randomness, address space. One file per system:
 * linux.c is the real thing; sim.c replaces it in the interleave build, where one thread runs at a
 * time, the next is chosen by a seed, and time passes only when nobody can run.
 *
 * Only plat, sched, io, observe and debug create threads; every thread, mutex and wait in akt comes from here, so a
 * seed decides all of them.
 */
#ifndef AKTI_PLAT_H
#define AKTI_PLAT_H

#include "base/atomic.h"
#include <akt/time.h>
#include <pthread.h>

/* --- time and chance -------------------------------------------------------------------------- */

/* Monotonic nanoseconds. Threads: any thread, signal-safe. */
int64_t akti_plat_now(void);

/* The clock of the CPU time of the calling thread; 0: there is none. What it shows, from any thread;
 * -1: the thread has ended, or it is none. */
int akti_plat_cpu_clock(void);
int64_t akti_plat_cpu_ns(int clock);

/* A word of the system's randomness. Threads: any thread. */
uint64_t akti_plat_random(void);

/* --- threads ---------------------------------------------------------------------------------- */

struct plat_thread {
	pthread_t handle;
	void (*run)(void *arg);
	void *arg;
	void *sim; /* the simulator's own */
};

/* Processors this process may run on, at least 1. */
unsigned akti_plat_cpus(void);

/* Start run(arg) on a thread of that name (15 bytes are kept), all signals but faults and SIGPROF
 * blocked. thread must stay where it is until joined.
 * Errors: AKT_ERR_SYSTEM. */
int akti_plat_thread_start(struct plat_thread *thread, const char *name, void (*run)(void *arg),
			   void *arg);
void akti_plat_thread_join(struct plat_thread *thread);

/* Signal handlers of faults need a stack when the thread's own has overflowed. After want, each
 * thread started by akti_plat_thread_start has one; open gives the calling thread one unless it has
 * some already, close takes it back. Threads: any thread. Errors: AKT_ERR_NOMEM. */
void akti_plat_fault_stacks_want(void);
bool akti_plat_fault_stacks_wanted(void);
int akti_plat_fault_stack_open(void);
void akti_plat_fault_stack_close(void);

/* Have fn(arg) run when the calling thread ends; at most once per thread and slot.
 * There are PLAT_EXIT_SLOTS slots, one per module that keeps per-thread state. */
enum plat_exit_slot {
	PLAT_EXIT_MEM = 0,
	PLAT_EXIT_RECORDER = 1,
	PLAT_EXIT_PROF = 2,
	PLAT_EXIT_CRASH = 3,
	PLAT_EXIT_SLOTS = 4
};
void akti_plat_at_thread_exit(enum plat_exit_slot slot, void (*fn)(void *arg), void *arg);

/* --- mutexes ---------------------------------------------------------------------------------- */

/* Ranks: a thread that holds a mutex may only lock one of a higher rank. */
enum plat_rank {
	PLAT_RANK_SYSTEM = 10,   /* system: start, stop, ports */
	PLAT_RANK_REGISTRY = 20, /* names, one per shard */
	PLAT_RANK_CELLS = 30,    /* cell allocation from outside */
	PLAT_RANK_IO = 35,       /* the pool of threads that may block */
	PLAT_RANK_INJECT = 40,   /* the scheduler's global queue */
	PLAT_RANK_DEPOT = 50,    /* mem: one per size class */
	PLAT_RANK_BUDGET = 55,   /* mem: the limits of live systems */
};

struct plat_mutex {
	pthread_mutex_t handle;
	enum plat_rank rank;
#ifdef AKTI_INTERLEAVE
	void *holder;
#endif
};

void akti_plat_mutex_init(struct plat_mutex *mutex, enum plat_rank rank);
void akti_plat_mutex_fini(struct plat_mutex *mutex);
void akti_plat_lock(struct plat_mutex *mutex);
void akti_plat_unlock(struct plat_mutex *mutex);

/* --- waiting on a word ------------------------------------------------------------------------ */

/* Sleep while *word == value, at most until deadline_ns (AKT_FOREVER: no end), or for no reason.
 * Returns false when the deadline has passed. */
bool akti_plat_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns);

/* Wake up to count sleepers on word. Threads: any thread, signal-safe. */
void akti_plat_wake(_Atomic uint32_t *word, unsigned count);

/* --- waiting awake ---------------------------------------------------------------------------- */

/*
 * Before it sleeps, a thread looks for what it waits for, for as long as it has patience. To be woken costs
 * tens of microseconds where a processor that has nothing to do sleeps too. So if two threads hand something
 * back and forth and each is less patient than a wake-up takes, both sleep each time, for ever: patience is
 * long when the last sleep was short, for whoever had waited on would have been spared it. (Competitive
 * spinning: Karlin, Li, Manasse, Owicki, SOSP 1991.) With little to do, sleeps are long and patience is
 * short.
 *
 * What is waited for may need this thread's processor, so now and then it is offered. If somebody takes it,
 * there is one more look and then sleep: who sleeps is woken where there is room, and who offers its
 * processor again and again is made to wait for it (Linux takes a slice for each time).
 */
#define PLAT_PATIENCE_NS AKT_US(20)
#define PLAT_PATIENCE_LONG_NS AKT_US(100)
#define PLAT_OFFER_FIRST_NS AKT_US(1)
#define PLAT_OFFER_NS AKT_US(5)
#define PLAT_TAKEN_NS AKT_US(2) /* an offer that took longer was taken */

struct plat_vigil {
	int64_t now_ns; /* at the last look at the clock */
	int64_t until_ns;
	int64_t offer_ns;
	bool scarce; /* one processor for all: what is waited for needs this one, so offer it at once */
};

/* After a sleep of so long. */
AKTI_INLINE int64_t akti_plat_patience(int64_t slept_ns)
{
	return slept_ns < PLAT_PATIENCE_LONG_NS ? PLAT_PATIENCE_LONG_NS : PLAT_PATIENCE_NS;
}

/* woken: who waits or who is waited for was asleep until now. Often both are on one processor then, and it
 * is offered before the first look. */
void akti_plat_vigil_begin(struct plat_vigil *vigil, int64_t patience_ns, bool woken);
/* Between two looks. False: it is time to sleep. */
bool akti_plat_vigil_goes_on(struct plat_vigil *vigil);

/* --- readiness of file descriptors (poll.c) --------------------------------------------------- */

enum plat_ready_for {
	PLAT_READ = 1u << 0,
	PLAT_WRITE = 1u << 1,
	PLAT_HANGUP = 1u << 2, /* always reported, as the next one: neither read nor write blocks */
	PLAT_ERROR = 1u << 3,
};

struct plat_poll {
	int fd;           /* readable while there is something to take: others may poll it */
	int bell;         /* eventfd */
	int alarm;        /* timerfd; -1: it has none */
	int64_t alarm_ns; /* when the alarm is set for; AKT_FOREVER: it is not */
	bool wanted;      /* some descriptor was */
#ifdef AKTI_INTERLEAVE
	_Atomic uint32_t rung;
#endif
};

struct plat_ready {
	uint64_t tag;
	uint32_t events; /* PLAT_* */
};
#define PLAT_POLL_BATCH 64u

/* Errors: SYSTEM (no descriptors left). */
int akti_plat_poll_open(struct plat_poll *poll, bool alarm);
void akti_plat_poll_close(struct plat_poll *poll);

bool akti_plat_fd_is_open(int fd);
/* Report once when fd is ready for events, under tag; what was wanted of fd before is replaced.
 * Tags of which the lower half is UINT32_MAX are poll's own.
 * Threads: any thread, also while another one takes.
 * Errors: INVALID (not open, or of a kind that cannot be waited for), NOMEM, SYSTEM. */
int akti_plat_poll_want(struct plat_poll *poll, int fd, uint32_t events, uint64_t tag);
/* Want fd no more. */
void akti_plat_poll_forget(struct plat_poll *poll, int fd);
/* End a sleep, the present one or the next. Threads: any thread, signal-safe. */
void akti_plat_poll_ring(struct plat_poll *poll);
/* End a sleep at deadline_ns; AKT_FOREVER: no more. One thread at a time, as the next two. */
void akti_plat_poll_alarm(struct plat_poll *poll, int64_t deadline_ns);
/* What is ready, up to PLAT_POLL_BATCH, after waiting for something if wait is set; the bell and the
 * alarm are emptied, and not reported. Returns how many; it may be none. */
unsigned akti_plat_poll_take(struct plat_poll *poll, struct plat_ready *ret_ready, bool wait);
/* Sleep until there is something to take, bell and alarm included. False: not by deadline_ns, or for no
 * reason. */
bool akti_plat_poll_sleep(struct plat_poll *poll, int64_t deadline_ns);

/* --- asymmetric barrier ----------------------------------------------------------------------- */

/*
 * A pair that replaces a fence on a hot side: a light barrier keeps the compiler from moving
 * accesses, a heavy one makes every other thread of the process pass a full fence now
 * (membarrier(2), PRIVATE_EXPEDITED). Of "store A; light; load B" against "store B; heavy; load A"
 * at least one side sees the other's store.
 *
 * Where membarrier is missing (old kernels, seccomp) akti_plat_asymmetric() is false and the light
 * side must use a locked instruction instead. So it is in sanitizer builds: they do not know it.
 */
bool akti_plat_asymmetric(void);
void akti_plat_heavy_barrier(void);

/* --- address space ---------------------------------------------------------------------------- */

/* A range of addresses, aligned to 2 MiB, of which a growing prefix is memory. */
struct plat_region {
	char *start;
	size_t size_bytes;
	size_t committed_bytes;
};

/* Errors: AKT_ERR_NOMEM. */
int akti_plat_region_open(struct plat_region *region, size_t size_bytes);
/* The same at this address, a multiple of 2 MiB as size_bytes is; NOMEM too if something is there. */
int akti_plat_region_open_at(struct plat_region *region, uintptr_t at, size_t size_bytes);
/* Make the first committed_bytes usable, zeroed at first touch; one caller at a time.
 * Errors: AKT_ERR_NOMEM. */
int akti_plat_region_grow(struct plat_region *region, size_t committed_bytes);
void akti_plat_region_close(struct plat_region *region);
/* The kernel may take these pages of a region, and gives others when they are written to. */
void akti_plat_pages_free(void *start, size_t size_bytes);

/* Of all regions so far: calls that made memory, its bytes, and bytes in use now. */
void akti_plat_mapped(uint64_t *ret_calls, uint64_t *ret_bytes, uint64_t *ret_now_bytes);

#endif
