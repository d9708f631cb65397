/* SPDX-License-Identifier: MIT */
/*
 * Systems: the workers that run actors, from start to ordered shutdown.
 *
 *	akt_system *sys;
 *	int r = akt_system_start(&sys, NULL);
 *	...
 *	r = akt_system_stop(sys);
 *
 * Two systems may live in one process. Nothing is printed, no signal handler is installed and no
 * file is written unless asked for (AKT_PROFILE_SHUTDOWN=1 in the environment asks for profiles).
 *
 * Shutdown has three steps. Intake closes: posts from outside are refused with AKT_ERR_STOPPED.
 * Mailboxes drain: actors go on until nobody has a message, or half of the deadline is over. Actors
 * stop: children before parents, each stop hook on its actor's own turn. What has not ended by the
 * deadline is listed. Shutdown hooks (akt_system_on_shutdown) run between the steps.
 *
 * A server's main thread waits in akt_system_run until somebody, an actor or a signal handler, has
 * called akt_system_request_stop.
 */
#ifndef AKT_SYSTEM_H
#define AKT_SYSTEM_H

#include <akt/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a message became a dead letter. */
enum akt_dead {
	AKT_DEAD_GONE = 0,      /* the receiver had ended, or ended before its turn came */
	AKT_DEAD_UNHANDLED = 1, /* its type has no handler for the message */
	AKT_DEAD_STOPPED = 2,   /* posted while the system shut down */
	AKT_DEAD_LATE = 3,      /* a reply whose asker had given up, or never asked */
	AKT_DEAD_FULL = 4,      /* the receiver's mailbox was full, and its policy is to reject */
	AKT_DEAD_REASONS = 5,
};

typedef struct akt_dead_letter {
	enum akt_dead reason;
	akt_ref to;
	akt_ref from;        /* null for a post */
	const char *to_type; /* actor type, "" when the actor is gone */
	const char *msg_type;
} akt_dead_letter;

/* A handler that has overrun options.watchdog_ns. */
typedef struct akt_overrun {
	akt_ref ref;
	const char *type;
	char name[64];          /* cut to fit; "" for an anonymous actor */
	const char *msg_type;   /* "": a start or stop hook */
	akt_handler_fn handler; /* NULL: a hook */
	unsigned worker;
	bool ended; /* false: it runs still, for for_ns so far; true: it has ended after for_ns */
	int64_t for_ns;
	int64_t budget_ns;
} akt_overrun;

typedef struct akt_options {
	size_t size;         /* sizeof(akt_options); AKT_OPTIONS sets it */
	const char *name;    /* in logs and profiles; NULL: "akt" */
	unsigned workers;    /* threads that run actors; 0: one per processor */
	uint32_t actors_max; /* live actors; 0: AKT_ACTORS_MAX */
	uint32_t budget;     /* messages an actor handles per turn; 0: AKT_BUDGET */
	uint64_t seed;       /* not 0: one worker, a virtual clock, and every choice by this seed */

	/* One line of text, no newline, from akt_log and from the runtime. NULL: nothing is kept.
	 * Threads: called on any thread, several at once. */
	void (*log)(void *arg, const char *line);
	/* Each dead letter. The message itself is freed after the call.
	 * Threads: called on any thread, several at once. */
	void (*dead_letter)(void *arg, const akt_dead_letter *letter);
	void *arg; /* of all functions here */

	unsigned blocking_threads; /* at most, see block.h; 0: AKT_BLOCKING_THREADS */

	/* The memory budget, bytes; 0: none, else at least AKT_MEMORY_MIN. When so much is in use,
	 * AKT_NEW and its kin give NULL, and the send says AKT_ERR_OVERLOAD, until messages have been
	 * handled: senders stop before the machine runs out. Only users' messages are refused. What the
	 * runtime needs is counted, but given: verdicts, orders to stop and restart, DOWN, events,
	 * timers, questions, actors and their states; so a full system still answers, drains and stops.
	 *
	 * Counted are messages, states and what belongs to them, in lines of 64 bytes, and what each
	 * thread has ready: by size of block up to two magazines, of 64 KiB at most, and the rest of a
	 * slab, of 64 KiB (256 KiB over 4 KiB). Never more than this is given to users' messages; up
	 * to that much less may be, so grant a MiB for each thread. Not counted: the table of actors
	 * (akt_stats.cell_bytes), objects in messages, memory of the program's own.
	 *
	 * Memory belongs to the process: of all live systems the smallest budget holds, for all. */
	uint64_t memory_max;

	/* The watchdog: a handler or hook that has run for so long is told of, once, and once more
	 * when it has ended. Its thread looks at the workers four times in this time, so the first
	 * word comes at the latest a half of it late, and for_ns is a quarter of it too short at
	 * most, or too long once it has ended. Handlers pay some nanoseconds for it
	 * (docs/internals/performance.md). 0: none; at least AKT_WATCHDOG_MIN_NS. Not in a seeded
	 * system, whose clock stands while a handler runs; nor for blocking work. */
	int64_t watchdog_ns;
	/* NULL: a line to log, or to stderr if there is none. Threads: called on the watchdog's. */
	void (*overrun)(void *arg, const akt_overrun *overrun);

	uint32_t observe;       /* enum akt_observe, together; 0: nothing */
	uint32_t observe_every; /* messages per sample of latency; 1: each; 0: AKT_OBSERVE_EVERY */

	bool driven; /* one worker without a thread: see akt_system_drive; not with a seed */

	/* The flight recorder, see flight.h. */
	bool flight_off; /* this system does without */
	const char *
		flight_dir; /* it writes its files there by itself; NULL: AKT_FLIGHT_DIR, or never */
	int flight_signal;  /* a signal that makes it write; 0: AKT_FLIGHT_SIGNAL, or none. Its
				   handler is put back when the system has stopped */
} akt_options;

/* What a system keeps for observe.h. What it costs: docs/internals/performance.md. */
enum akt_observe {
	AKT_OBSERVE_RUNNING = 1 << 0, /* what each worker runs, exactly; the others imply it */
	AKT_OBSERVE_LATENCY = 1 << 1, /* akt_system_latency */
	AKT_OBSERVE_DEPTH = 1 << 2,   /* the number of messages in each mailbox, at any time */
};
#define AKT_OBSERVE_ALL 7u
#define AKT_OBSERVE_EVERY 64u

#define AKT_OPTIONS                                                                                \
	{                                                                                          \
		sizeof(akt_options), NULL, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, 0,      \
			false, false, NULL, 0                                                      \
	}

#define AKT_ACTORS_MAX ((uint32_t)16 * 1024 * 1024) /* default; the most is 2^31 */
#define AKT_WORKERS_MAX 256u
#define AKT_BUDGET 64u
#define AKT_MEMORY_MIN ((uint64_t)16 * 1024 * 1024)
#define AKT_WATCHDOG_MIN_NS AKT_MS(1)
#define AKT_STOP_DEADLINE_NS AKT_S(10)

/* A ready-made sink: options.log = akt_log_stderr. Threads: any thread. */
AKT_API void akt_log_stderr(void *arg, const char *line);

/* Start a system. options may be NULL; it is copied, what it points to must outlive the system.
 * Threads: any thread. Errors: NOMEM, INVALID, SYSTEM (a thread could not be made). */
AKT_API int akt_system_start(akt_system **ret_sys, const akt_options *options);

/* An actor that had not ended when the deadline came, or blocking work that still ran. */
typedef struct akt_left {
	akt_ref ref;
	const char *type; /* actor type, or the work's name */
	char name[64];    /* cut to fit; "" for an anonymous actor, "(blocking)" for work */
} akt_left;

#define AKT_LEFT_MAX 64u

/* When a shutdown hook runs. */
enum akt_step {
	AKT_STEP_INTAKE = 0,  /* posts are refused; actors go on with what they have */
	AKT_STEP_DRAINED = 1, /* nobody has a message, or half of the deadline is over */
	AKT_STEP_STOPPED = 2, /* all actors have ended; not run while some are left */
};

/* What a hook's failure means. Whatever it means, the steps go on. */
enum akt_recovery {
	AKT_RECOVERY_FAIL = 0,       /* no further hook runs */
	AKT_RECOVERY_RETRY_FAIL = 1, /* first it is tried again */
	AKT_RECOVERY_SKIP = 2,       /* the next hook runs */
	AKT_RECOVERY_RETRY_SKIP = 3, /* first it is tried again */
};

typedef struct akt_shutdown_hook {
	size_t size;      /* sizeof(akt_shutdown_hook) */
	const char *name; /* in the report and the log; must outlive the system */
	enum akt_step step;
	int priority; /* within a step the lowest runs first, equals as they were given */
	enum akt_recovery recovery;
	uint32_t retries; /* 0: AKT_SHUTDOWN_RETRIES */
	int64_t pause_ns; /* between tries; 0: AKT_S(1) */
	/* Runs once, on the thread that stops the system. until_ns: the shutdown's deadline on the
	 * system's clock; a hook that waits keeps to it. Negative: it failed. */
	int (*run)(void *arg, int64_t until_ns);
	void *arg;
} akt_shutdown_hook;

#define AKT_SHUTDOWN_HOOKS_MAX 32u
#define AKT_SHUTDOWN_RETRIES 3u

typedef struct akt_hook_failure {
	int error; /* of its last try */
	char name[60];
} akt_hook_failure;

/* Have a hook run at the shutdown. It is copied.
 * Threads: any thread. Errors: INVALID, LIMIT (AKT_SHUTDOWN_HOOKS_MAX), STOPPED (it has begun). */
AKT_API int akt_system_on_shutdown(akt_system *sys, const akt_shutdown_hook *hook);

/* How a shutdown went. */
typedef struct akt_stop_report {
	size_t size;                 /* sizeof(akt_stop_report), set by the caller */
	int64_t drain_ns;            /* from the order until nobody had a message */
	int64_t hooks_ns;            /* from then until the last stop hook had returned */
	int64_t release_ns;          /* from then until threads were joined and memory given back */
	size_t left_count;           /* actors that had not ended */
	akt_left left[AKT_LEFT_MAX]; /* the first of them */
	size_t hooks_failed;
	akt_hook_failure failures[AKT_SHUTDOWN_HOOKS_MAX]; /* in the order they failed */
} akt_stop_report;

/* Ordered shutdown within deadline_ns, then free the system. NULL is welcome.
 * When actors are left at the deadline: AKT_ERR_TIMEOUT, report->left lists them, and the system is
 * not freed, because their handlers still run; call again to go on waiting. report may be NULL.
 * Threads: outside (THREAD on a worker of this system); one at a time, and not in a shutdown hook:
 * while a stop is under way another is STOPPED and changes nothing. Errors: TIMEOUT, THREAD, STOPPED,
 * INVALID (deadline_ns <= 0, a report of another size). */
AKT_API int akt_system_stop_within(akt_system *sys, int64_t deadline_ns, akt_stop_report *report);

/* akt_system_stop_within(sys, AKT_STOP_DEADLINE_NS, NULL). */
AKT_API int akt_system_stop(akt_system *sys);

/* Ask for the end: akt_system_run returns from its wait. Asking twice is asking once.
 * Threads: any thread, handler, signal-safe; until the system is freed. */
AKT_API void akt_system_request_stop(akt_system *sys);

/* Wait until akt_system_request_stop, then akt_system_stop_within(sys, deadline_ns, report).
 * Threads: outside. Errors: INVALID, THREAD, and as akt_system_stop_within. */
AKT_API int akt_system_run(akt_system *sys, int64_t deadline_ns, akt_stop_report *report);

/* Driven: an event loop that the program has already (libuv, an epoll loop of its own) runs the actors.
 * The system has one worker and no thread for it; akt_system_fd is one descriptor that is readable
 * whenever something is to be done, for a message from another thread, a timer or a descriptor that an actor
 * waits for, and then the loop calls akt_system_drive:
 *
 *	struct pollfd fds[] = { { .fd = akt_system_fd(sys), .events = POLLIN }, ...its own... };
 *
 *	while (poll(fds, 2, -1) >= 0) {
 *		if (fds[0].revents)
 *			(void)akt_system_drive(sys, AKT_MS(1));
 *		...
 *	}
 *
 * One thread drives: the one that has called akt_system_drive last, at first the one that has started the
 * system. akt_call, akt_system_drain, akt_system_run and akt_system_stop on that thread drive while
 * they wait; on other threads they wait for it to be driven. Stop the system on the driving thread, after
 * its descriptor has been taken out of the loop.
 *
 * The descriptor: poll it for reading (poll, select, epoll, uv_poll_t), level triggered; it is not to be read
 * or closed, and lives as long as the system. Readable for nothing it may be, too.
 * Threads: any thread. Errors: UNSUPPORTED (the system is not driven), INVALID (NULL). */
AKT_API int akt_system_fd(akt_system *sys);

/* Run actors on this thread: 0, nothing is left to do, the descriptor says when to come again; 1, there is
 * more, and the descriptor is readable. It ends at the first turn that ends after budget_ns, so a
 * drive lasts that much longer at most, a turn being options.budget messages of one actor. It does
 * not wait for anything.
 * Threads: outside, one at a time (THREAD: another thread drives, or a handler called). Errors: THREAD,
 * UNSUPPORTED, INVALID (NULL, budget_ns <= 0). */
AKT_API int akt_system_drive(akt_system *sys, int64_t budget_ns);

/* Wait until no actor has a message and no blocking work is to be done, at most timeout_ns. Posts from outside meanwhile prolong it.
 * Threads: outside. Errors: TIMEOUT, THREAD, INVALID. */
AKT_API int akt_system_drain(akt_system *sys, int64_t timeout_ns);

/* Counters since start. accepted == processed + dead[] + dropped + queued at every quiet moment; while
 * messages move, each number is exact but they are read one after the other. */
typedef struct akt_stats {
	size_t size;        /* sizeof(akt_stats), set by the caller */
	uint64_t accepted;  /* messages given to the runtime */
	uint64_t processed; /* handled, to the return of the handler */
	uint64_t dead[AKT_DEAD_REASONS];
	uint64_t dropped; /* by the policy of a full mailbox (akt_overflow) */
	uint64_t spawned; /* actors born */
	uint64_t ended;   /* actors ended */
	uint64_t restarts;
	uint64_t failures;   /* negative returns */
	uint64_t turns;      /* times a worker took an actor */
	uint64_t steals;     /* turns taken from another worker */
	uint64_t parks;      /* times a worker went to sleep */
	uint64_t cell_bytes; /* memory of the actor table that has been used at least once */
	/* Of the process, see akt_options.memory_max: bytes counted now, and the budget that holds,
	 * 0: none. */
	uint64_t memory_used;
	uint64_t memory_max;
} akt_stats;

/* A size of a former version is welcome: so much is filled.
 * Threads: any thread. Errors: INVALID (NULL, size). */
AKT_API int akt_system_stats(akt_system *sys, akt_stats *stats);

/* Make an object of the program's own known to all actors of the system under an id: a store, a
 * configuration, a client that is safe to share. Neither is copied; both must outlive the system.
 * Threads: any thread. Errors: INVALID (NULL, an id that is empty or over AKT_NAME_MAX), EXISTS, LIMIT
 * (AKT_EXTENSIONS_MAX). */
AKT_API int akt_extend(akt_system *sys, const char *id, void *object);
#define AKT_EXTENSIONS_MAX 64u

/* The object of that id; NULL: none.
 * Threads: any thread. Cost: no lock, a look at each extension. */
AKT_API void *akt_extension(akt_system *sys, const char *id);

/* Number of workers. Threads: any thread. */
AKT_API unsigned akt_system_workers(akt_system *sys);

/* The system's monotonic clock, ns: virtual when it is seeded. Threads: any thread. */
AKT_API int64_t akt_system_now(akt_system *sys);

/* A hash of all that has happened in a seeded system so far, in order: births, starts, each message
 * with its type, sender and receiver, failures, restarts, dead letters and ends, the virtual time of
 * each, and what the seed chose. A program gets the same one from the same seed, whichever compiler
 * has built it, until it does something else; contents of messages are not in it. Not seeded: 0.
 * Threads: the outside thread that drives the system. */
AKT_API uint64_t akt_system_trace_hash(akt_system *sys);

#ifdef __cplusplus
}
#endif
#endif
