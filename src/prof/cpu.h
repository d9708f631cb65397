/* SPDX-License-Identifier: MIT */
/*
 * cpu: which code runs, so many times per second of each thread's CPU time; and exact cycles.
 *
 * One POSIX timer per thread, on that thread's CPU clock, with SIGEV_THREAD_ID and SIGPROF: an idle
 * thread gets no signal, a busy one its share on any number of cores. A tick weighs
 * 1 + si_overrun, so no CPU time is lost above the kernel's tick rate. Timers can be made for any
 * thread from outside, so threads of the user are found in /proc/self/task when a system starts, and
 * those born later at their first allocation (heap.c).
 * The timer carries the address of the thread's slot, so the handler needs no thread-local state
 * but the labels.
 *
 * The handler walks the stack (unwind.h) and adds to the store (store.h), for sections, and to the
 * flight recorder's ring (blackbox.h): no lock, no allocation.
 * It stays installed for ever and looks at a flag first: a signal that comes late, after its timer
 * was deleted, is ignored. A SIGPROF that belongs to someone else is never taken over.
 *
 * ITIMER_PROF was rejected (wrong above 2.5 cores, inherited over exec), perf_event_open too (often
 * forbidden in containers). Proved by test_cpu.c: at least 97 % of the CPU clock at 100, 250 and
 * 1000 Hz.
 */
#ifndef AKTI_PROF_CPU_H
#define AKTI_PROF_CPU_H

#include "prof/store.h"

/* Threads sampled at one time. */
#define PROF_THREADS_MAX 4096u
#define PROF_CPU_STORE_BYTES ((size_t)256 * 1024 * 1024)
#define PROF_CPU_TOUCHED_BYTES ((size_t)3 * 1024 * 1024)

/* Values of PROF_CPU and of PROF_CYCLES buckets. */
enum { CPU_TICKS = 0, CPU_NS = 1 };
enum { CYCLES_SUM = 0, CYCLES_RUNS = 1 };

struct cpu_state {
	struct prof_store *store; /* NULL: no section asked for it yet */
	_Atomic bool storing;     /* ticks go there; the flight recorder gets them anyhow */
	unsigned hz;              /* of the timers; 0: there are none */
	bool everywhere;          /* threads that are not akt's have timers too */
	bool refused;             /* SIGPROF belongs to someone else: no ticks */
	unsigned unarmed;         /* threads that got no timer */
	_Atomic bool on;          /* ticks count */
	_Atomic uint32_t inside;  /* handlers that look at it, or record */
	_Atomic bool counting;    /* cycles do; the store is there */
};
extern struct cpu_state akti_prof_cpu;

/* Make what is needed for ticks and install the handler. Errors: NOMEM; a refused signal is no error but
 * is remembered. Again does nothing. Threads: outside, as all below; one at a time. */
int akti_prof_cpu_create(void);
/* Make the store. */
int akti_prof_cpu_create_store(void);

/* Ticks count, hz a second; arm a timer for every thread of the process that has none of that rate, or,
 * not everywhere, for those that have entered; drop those of threads that ended. May be called again
 * and again. */
void akti_prof_cpu_resume(unsigned hz, bool everywhere);

/* Delete all timers. Signals on their way are ignored. */
void akti_prof_cpu_pause(void);

/* Paused or no longer storing, wait until no handler writes to the store any more. */
void akti_prof_cpu_settle(void);

/* The running thread gets, gives back its timer. stack_end: where its stack ends. */
void akti_prof_cpu_thread_enter(uintptr_t stack_end);
void akti_prof_cpu_thread_leave(void);

#endif
