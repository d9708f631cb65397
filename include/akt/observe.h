/* SPDX-License-Identifier: MIT */
/*
 * Observing: what a running system is doing, seen from any thread.
 *
 *	char path[200];
 *
 *	if (akt_system_path(sys, ref, path, sizeof(path)) > 0)
 *		printf("%s\n", path);                   "/bank/branch-7/teller#17.3"
 *
 * Paths. A path names an actor by its place in the tree: '/' and a component for each of its ancestors
 * and for itself. A component is the actor's name, or, of an anonymous one, its type's name, '#', slot
 * '.' generation. In both, bytes that could be taken for something else ('/', '#', '%', blanks and
 * control characters) are written as %XX, so a path reads back as one actor or none.
 *
 * Everything at once, also while all workers are stuck:
 *
 *	akt_system_dump(sys, NULL, akt_log_stderr, NULL);
 *
 *	system "shop" @51c0..: 4 actors: 1 running, 1 queued, 2 idle; 2 workers
 *	worker 0: runs #1.1 shop.pay for 12.4 s
 *	worker 1: sleeps
 *	  #0.1 shop "main": idle, 2 questions, 1 timer
 *	    #1.1 till "till-1": runs shop.pay for 12.4 s, mailbox not known
 *
 * What stands above the topmost actors is the system itself. It has no actors of its own, no guardian
 * and no dead letter office, so no name is reserved: a topmost actor that fails for good stops, says so
 * by an event, and the others go on.
 */
#ifndef AKT_OBSERVE_H
#define AKT_OBSERVE_H

#include <akt/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the tree ---------------------------------------------------------------------------------- */

/* Write an actor's path into text, cut to size with its NUL. Returns its whole length, so size 0 only
 * asks for that. The actor was live when the path was complete; one that is just ending may be shown
 * as anonymous.
 * Threads: any thread. Errors: GONE, INVALID, LIMIT (longer than INT_MAX).
 * Cost: a mutex for each ancestor that has a name, twice. */
AKT_API int akt_system_path(akt_system *sys, akt_ref ref, char *text, size_t size);

/* The same for the running actor. Threads: handler. */
AKT_API int akt_path(akt_ctx *ctx, char *text, size_t size);

/* Who has this path now; null if nobody has. Threads: any thread. */
AKT_API akt_ref akt_find_path(akt_system *sys, const char *path);

/* The children of the running actor, the youngest first, those that are ending included. Returns how
 * many there are; refs gets at most max of them.
 * Threads: handler. Errors: INVALID. */
AKT_API int akt_children(akt_ctx *ctx, akt_ref *refs, size_t max);

/* The children of any actor, or, with the null reference, the topmost actors; in the order of their
 * slots. Each was live when it was looked at. Returns how many there are; refs gets at most max.
 * Threads: any thread. Errors: GONE, INVALID. Cost: a look at each slot that was ever used. */
AKT_API int akt_system_children(akt_system *sys, akt_ref parent, akt_ref *refs, size_t max);

/* --- all actors --------------------------------------------------------------------------------- */

enum akt_activity {
	AKT_IDLE = 0,    /* has nothing to handle */
	AKT_QUEUED = 1,  /* has something, and waits for a worker */
	AKT_RUNNING = 2, /* a worker is at it */
};

enum akt_mode {
	AKT_MODE_RUNNING = 0,
	AKT_MODE_SUSPENDED = 1,
	AKT_MODE_STOPPING = 2,   /* it, or its children first */
	AKT_MODE_RESTARTING = 3, /* waits for its children to end, or for its group */
};

#define AKT_UNKNOWN (-1)

/* An actor as it was at one moment. What is AKT_UNKNOWN could not be read without stopping it. */
typedef struct akt_actor_info {
	size_t size;
	akt_ref ref;
	akt_ref parent; /* null: a topmost one */
	uint32_t level; /* ancestors */
	const char *type;
	const char *name; /* "" for an anonymous one; until the visit returns */
	enum akt_activity activity;
	enum akt_mode mode;
	int worker;                   /* RUNNING: on which; else AKT_UNKNOWN */
	const akt_msg_type *msg_type; /* RUNNING: what it handles; NULL: a hook, or not known */
	akt_handler_fn handler;       /* RUNNING: in which function; NULL: not known */
	int64_t running_ns;           /* RUNNING: for how long; else AKT_UNKNOWN */
	int64_t queued;               /* messages in its mailbox, the one it handles excluded */
	bool queued_more;             /* ... and there are more */
	int64_t stashed;
	int64_t questions; /* that wait for their answers */
	int64_t watches;
	int64_t timers;
	int64_t descriptors; /* that it waits for */
	int64_t failures;    /* so far */
	int64_t restarts;
	int64_t memory_bytes; /* of its state, of akt_alloc, of messages it keeps and that were counted one
				 by one; not what it got from malloc */
	int64_t oldest_ns; /* how long the oldest message has waited of those that are timed: by
			      AKT_OBSERVE_LATENCY, or while messages are profiled */
} akt_actor_info;

typedef struct akt_dump_options {
	size_t size; /* sizeof(akt_dump_options) */
	/* How long to wait for actors that are not idle to say on their own turns what they have.
	 * 0: AKT_DUMP_PATIENCE_NS; negative: not at all. */
	int64_t patience_ns;
	uint32_t actors_max; /* told of at most, see busy; 0: AKT_DUMP_ACTORS_MAX */
	bool busy; /* only actors that are not idle, or not in mode RUNNING, or wait for answers */
} akt_dump_options;

#define AKT_DUMP_PATIENCE_NS AKT_MS(20)
#define AKT_DUMP_ACTORS_MAX 100000u
/* Messages of one mailbox that are counted; then there are more. */
#define AKT_DUMP_QUEUED_MAX 65536u

/*
 * Call visit for the actors of a system: each after its parent, siblings in the order of their slots.
 * Returns how many there were, visited or not. options may be NULL.
 *
 * Nobody is stopped, and it works while all workers are stuck. What is consistent: each actor was live
 * and had this parent, type, name and mode when it was looked at. The numbers of an idle one are of one
 * moment, in which it was idle: a message that came just then waits for some tens of nanoseconds. One
 * that is not idle is asked, and answers between two messages; until its handler has returned, queued
 * to timers stay AKT_UNKNOWN (queued is known nevertheless of a bounded mailbox, and of all when
 * options.observe has AKT_OBSERVE_DEPTH). Different actors are looked at one after the other, so a
 * message may be seen at two of them or at none.
 *
 * Who runs: the actor and the message are exact while something is observed (options.observe, a
 * watchdog, AKT_PROFILE_SHUTDOWN=1, crash records). Otherwise only the actor that a worker took up last
 * is known, so one that has just been put back into the queue may be shown as running.
 *
 * Threads: any thread; in a handler, and in a seeded system, it waits for nobody.
 * Errors: NOMEM, INVALID. Cost: about 250 ns an actor; 80 bytes for each slot that was ever used.
 */
AKT_API int64_t akt_system_actors(akt_system *sys, const akt_dump_options *options,
				  void (*visit)(void *arg, const akt_actor_info *info), void *arg);

/* The same in words, a line at a time, without newlines: the system, its workers, its actors.
 * akt_log_stderr is a line function. Threads, errors, cost: the same. Returns 0. */
AKT_API int akt_system_dump(akt_system *sys, const akt_dump_options *options,
			    void (*line)(void *arg, const char *text), void *arg);

/* --- latency ------------------------------------------------------------------------------------ */

/* Times by counts in buckets: exact below 64 ns, then 32 buckets for each power of two, so what is read
 * from it is at most 1/32 too large. The last one holds all from 72 minutes on. All zero: empty. */
#define AKT_HISTOGRAM_BUCKETS 1216u
typedef struct akt_histogram {
	uint64_t count;
	int64_t max_ns; /* exact */
	uint64_t counts[AKT_HISTOGRAM_BUCKETS];
} akt_histogram;

AKT_API void akt_histogram_add(akt_histogram *histogram, int64_t ns);
AKT_API void akt_histogram_merge(akt_histogram *into, const akt_histogram *from);
/* So many of them, 0.99 for p99, were not longer than this; 0 of an empty one. Threads, these three: any
 * thread, one at a time for one histogram. */
AKT_API int64_t akt_histogram_quantile(const akt_histogram *histogram, double quantile);

/* The samples of one message type at one actor type. */
typedef struct akt_latency {
	size_t size;
	const char *actor_type;
	const char *msg_type;
	const akt_histogram *waited; /* from the send to the begin of the handler */
	const akt_histogram *ran;    /* the handler; but for those that raised, or run still */
	uint32_t every;              /* options.observe_every */
	uint64_t lost; /* samples for which there was no place; of all types together */
} akt_latency;

/* Message types at actor types that are told apart, and samples on their way at a time. */
#define AKT_LATENCY_SERIES_MAX 1024u
#define AKT_LATENCY_IN_FLIGHT_MAX (1u << 20)

/*
 * Call visit for each pair of types since the start of a system with AKT_OBSERVE_LATENCY; the histograms
 * are copies until it returns. Sampled are messages that were sent or posted or asked, to actors, each
 * with the same chance of 1 in options.observe_every; answers and timers are not. Those that became dead
 * letters or were dropped are in neither histogram. Returns the number of pairs, 0 without it.
 * Threads: any thread. Errors: INVALID, NOMEM.
 */
AKT_API int akt_system_latency(akt_system *sys,
			       void (*visit)(void *arg, const akt_latency *latency), void *arg);

#ifdef __cplusplus
}
#endif
#endif
