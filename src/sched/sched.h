/* SPDX-License-Identifier: MIT */
/*
 * sched: workers that run tasks. Knows no actors: a task is a link that somebody runs.
 *
 *	submit on a worker      hand.next            the task just woken runs next, cache-warm, and
 *	                          | displaced        no other worker is woken for it
 *	                        ring (256)  ----->   thieves take half
 *	                          | overflow
 *	submit elsewhere  --->  inject, a list under a mutex
 *
 * A worker takes: hand.next (but at every SCHED_NEXT_MAXth turn whoever waits goes first), its
 * batch, its ring and inject in turn, others' rings. A task whose turn was spent goes to inject while
 * something waits there: it lies behind what it made itself, and work that is made is done. Finding
 * nothing a worker searches while it has patience (plat.h), then parks; at most half of the
 * workers search. Who queues where thieves can reach wakes one sleeper if nobody searches.
 *
 * Short turns. A message between two processors costs more than most handlers do, and a wake-up more than
 * a hundred of them. So a worker measures its turns, SCHED_NEXT_MAX at a time, and what its ring holds is
 * neither stolen nor a reason to wake anybody while the worker itself will have done it in SCHED_WORTH_NS. The
 * same goes for what lies in inject while whoever took from there last is awake (inject.c). A worker that has
 * not been measured counts as slow.
 *
 * Stuck hands. What lies in a hand cannot be stolen cheaply, and what lies in a ring of short turns or waits in
 * inject for a quick taker is left there; none must wait for ever behind a long handler. While some workers
 * run and others sleep, one of the sleepers is the watch: it wakes every SCHED_WATCH_NS, takes the hand of a
 * worker that is still in the same turn, and goes to work if one whose turns have become long has left something
 * in its ring or in inject. It costs nothing when all sleep.
 *
 * Parking. The sleeper counts itself idle, passes the heavy barrier, looks at every queue once
 * more, and waits on the epoch it had read first. Who submits stores the task and then reads the
 * idle count (light barrier), or does both under the inject mutex. So either sees the other.
 *
 * Driven. With a door there is one worker without a thread: a caller lends it its own (driven.c).
 *
 * Seeded. With a seed there are no threads: sched_run_seeded runs tasks on the calling thread, each
 * chosen among all runnable ones by the seed, and the clock stands still while anything can run.
 */
#ifndef AKTI_SCHED_H
#define AKTI_SCHED_H

#include "plat/plat.h"
#include "queue/biased.h"
#include "queue/ring.h"
#include "queue/wheel.h"
#include <akt/time.h>

#define SCHED_WORKERS_MAX 256u
#define SCHED_HAND_MAX 8u
#define SCHED_NEXT_MAX 64u /* a power of two */
#define SCHED_WATCH_NS AKT_MS(5)
#define SCHED_WORTH_NS AKT_US(20) /* nobody is woken for what waits less */

struct sched_task {
	struct sched_task *link;
};

struct sched;

/* What a worker has taken and only it runs. */
struct hand {
	struct biased lock;
	_Atomic(struct sched_task *) next;
	_Atomic(struct sched_task *) batch[SCHED_HAND_MAX];
	_Atomic uint32_t batch_at;
	_Atomic uint32_t batch_count;
};

/* Who looks after hands that are stuck. */
enum watch {
	WATCH_NOBODY = 0,
	WATCH_AWAKE = 1,     /* a sleeper that wakes now and then */
	WATCH_APPOINTED = 2, /* one is on its way */
	WATCH_NEEDLESS = 3,  /* for ever: one worker alone */
};

/* What is queued for everybody. All of it under the mutex, but a look whether there seems to be something. */
struct inject {
	_Alignas(AKTI_LINES) struct plat_mutex mutex;
	_Atomic(struct sched_task *) head;
	struct sched_task *tail;
	_Atomic(struct worker *) taker; /* who took last, while it is awake; NULL: it is not */
	uint32_t turn_ns;               /* the taker's, then */
	uint32_t count;
};

enum worker_attend {
	WORKER_COMMAND = 1u << 0, /* set by who commands */
	WORKER_WHEEL = 1u << 1,   /* timers are armed; set and cleared by the worker */
	WORKER_DRIVEN = 1u << 2,  /* for ever: the drive may be over */
};

struct worker {
	_Alignas(AKTI_LINES) struct sched *sched;
	void *user; /* the runtime's context for this worker */
	unsigned id;
	uint32_t command_seen;
	_Atomic uint32_t attend; /* WORKER_*: what to see to before the next turn */
	_Atomic bool seeks;      /* for what to do: it runs nothing */
	bool inject_first;       /* before its ring, this time */
	bool woken;              /* since its last search */
	int64_t patience_ns;     /* of its next search */
	int64_t paced_ns; /* when turn_ns was measured, and the turns then; searches left out */
	uint64_t paced_turns;
	_Atomic uint32_t turn_ns; /* of late, on average; UINT32_MAX: long, or unknown */
	struct hand hand;
	struct wheel wheel;
	struct ring ring;
	_Alignas(AKTI_LINES) akti_counter turns;
	akti_counter steals;
	akti_counter parks;
	_Atomic uint32_t parked;
	uint64_t random;
	struct plat_thread thread;
	_Atomic int cpu_clock; /* of its thread, akti_plat_cpu_clock; 0: it has none */
	/* Driven. */
	bool resting;           /* it sleeps, as far as others can see */
	int64_t drive_until_ns; /* of the present drive */
	uint64_t drive_turns;   /* turns when it began */
};

struct sched_config {
	unsigned workers;
	uint64_t seed;          /* not 0: seeded */
	struct plat_poll *door; /* not NULL: driven, and who wakes the worker rings here */
	void *arg;
	/* What worker->user shall be; called for each worker before any runs. */
	void *(*context)(void *arg, struct worker *worker);
	/* One turn of a task. */
	void (*run)(struct worker *worker, struct sched_task *task);
	/* akti_sched_loop(worker, run) with run known to the compiler. */
	void (*loop)(struct worker *worker);
	/* A timer of the worker's wheel is due; it has been taken out. */
	void (*timer)(struct worker *worker, struct wheel_timer *timer);
	/* Seeded, when nothing can run, and driven, at the begin of a drive: see what has come from
	 * outside; driven, empty the door's bell. Whether it has made something runnable. */
	bool (*look)(void *arg);
	/* Whether some thread that is no worker holds a task back: it has taken it and will submit it, or
	 * has seen that it must. NULL: none ever does. */
	bool (*held_back)(void *arg);
	/* A worker begins and ends, on its thread. */
	void (*enter)(struct worker *worker);
	void (*leave)(struct worker *worker);
};

struct sched {
	struct sched_config config;
	unsigned count;
	unsigned threads; /* of them started; fewer only while a start fails */
	struct worker *workers;
	_Alignas(AKTI_LINES) _Atomic uint32_t idle; /* workers that sleep or are about to */
	_Atomic uint32_t searching; /* workers that look for work, or were woken to */
	_Atomic uint32_t wakes;     /* of those, not yet adopted by who woke */
	_Atomic uint32_t watch;     /* enum watch */
	_Alignas(AKTI_LINES) _Atomic uint32_t epoch; /* what sleepers wait on */
	_Atomic uint32_t quiet;                      /* bumped when the last worker goes to sleep */
	_Atomic uint32_t quiet_waiters;
	_Alignas(AKTI_LINES) _Atomic uint32_t command; /* bumped for each command and at the end */
	void (*command_run)(struct worker *worker, void *arg);
	void *command_arg;
	_Atomic uint64_t command_left; /* command << 32 | workers that have not run it */
	_Atomic uint32_t command_done; /* the newest command that all have run */
	_Atomic bool quitting;
	struct inject inject;
	/* Driven. */
	_Atomic uint32_t driving; /* somebody does */
	_Atomic uintptr_t driver; /* the thread that did last, by its akti_worker_self */
	/* Seeded: every runnable task, in no order. */
	struct sched_task **runnable;
	uint32_t runnable_count;
	uint32_t runnable_room;
	struct sched_task *unplaced; /* those for which there was no memory: last in, first out */
	int64_t virtual_ns;
	uint64_t choices; /* hash of every choice made */
};

/* The worker that the calling thread is, of whichever scheduler; NULL: none. */
extern AKTI_SHARED AKTI_TLS struct worker *akti_worker_self;

/* Errors: NOMEM, SYSTEM. On failure nothing is left running. */
int akti_sched_start(struct sched *sched, const struct sched_config *config);
/* Let the workers end after their present turn and join them. Threads: outside. */
void akti_sched_stop(struct sched *sched);

/* Make task run once, soon. Threads: any thread. */
void akti_sched_submit(struct sched *sched, struct sched_task *task);
/* The same on the worker itself. */
void akti_sched_submit_here(struct worker *worker, struct sched_task *task);
/* The same from the task's own turn, for the end of the queue. */
void akti_sched_requeue(struct worker *worker, struct sched_task *task);

/* What the caller has submitted takes longer than it should: if something waits for a worker, have one woken
 * that nobody thought worth it. Threads: any thread. */
void akti_sched_insist(struct sched *sched);

/* Arm a timer in the worker's own wheel. */
void akti_sched_arm(struct worker *worker, struct wheel_timer *timer, int64_t deadline_ns);

/* The scheduler's clock: virtual when seeded. Threads: any thread. */
int64_t akti_sched_now(const struct sched *sched);
uint64_t akti_sched_random(struct worker *worker);

/* Run fn once on every worker, between two turns, and wait until all have, at most until
 * deadline_ns. One command at a time. False: some are still in a turn. Threads: outside. */
bool akti_sched_command(struct sched *sched, void (*fn)(struct worker *worker, void *arg),
			void *arg, int64_t deadline_ns);

/* Wait until all workers sleep and nothing is queued. False: not by deadline_ns. Outside. */
bool akti_sched_wait_quiet(struct sched *sched, int64_t deadline_ns);

/* Driven only: lend the calling thread to the worker until nothing can run, 0, or until_ns has passed
 * after a turn at least, 1. Errors: THREAD (it is a worker, or another thread drives).
 * Threads: outside. */
int akti_sched_drive(struct sched *sched, int64_t until_ns);
/* Whether the calling thread is the one that drives: to wait for a turn it must drive itself. */
bool akti_sched_is_driver(const struct sched *sched);

/* Whether turns are up to the calling thread, because the system is seeded or it is the driver; then
 * run them until done(arg). False: the clock reached deadline_ns first. Threads: outside. */
bool akti_sched_runs_here(const struct sched *sched);
bool akti_sched_run_here(struct sched *sched, bool (*done)(void *arg), void *arg,
			 int64_t deadline_ns);
/* Whether all workers seem to sleep: what is submitted now has one woken. Threads: any thread. */
AKTI_INLINE bool akti_sched_is_at_rest(const struct sched *sched)
{
	return akti_load_rlx(&sched->idle) == sched->count;
}
/* Whether all workers sleep and nothing is queued, now. Threads: outside. */
bool akti_sched_is_quiet(struct sched *sched);

/* Seeded only. With done: run until done(arg), letting time pass when nothing can run; false: the
 * virtual clock reached deadline_ns first. Without: run until nothing can run, at this very time;
 * true. Threads: the one outside thread. */
bool akti_sched_run_seeded(struct sched *sched, bool (*done)(void *arg), void *arg,
			   int64_t deadline_ns);

#endif
