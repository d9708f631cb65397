/* SPDX-License-Identifier: MIT */
/*
 * Blocking work: what takes long or waits, on threads of its own, so that no worker is held up.
 *
 *	static int load(void *arg, akt_msg **ret_result)
 *	{
 *		struct loading *job = arg;
 *		...read the file...
 *		*ret_result = AKT_NEW(loaded, .lines = lines);
 *		free(job);
 *		return 0;
 *	}
 *	static const akt_work load_work = { .name = "load", .run = load, .discard = free };
 *	...
 *	r = akt_block(ctx, &load_work, job, AKT_S(10), on_loaded, 0, NULL);
 *
 * A pool of threads runs the work; it is made when it is first used. The result comes back as an
 * answer comes to a question: to a continuation, on the actor's own turn, exactly once. The work
 * itself cannot be stopped: after a time-out or a cancel it goes on, and its result is a dead letter
 * (AKT_DEAD_LATE), as is that of an actor that has ended or restarted.
 *
 * A seeded system has no such threads: the work runs on the one thread, at a moment that the seed
 * chooses.
 *
 * Shutdown: draining waits for the work too; what has not begun by the end of the drain is discarded,
 * what still runs at the deadline is listed in the report, under the name of the work.
 */
#ifndef AKT_BLOCK_H
#define AKT_BLOCK_H

#include <akt/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be done. The table lives as long as the system. */
typedef struct akt_work {
	const char *name; /* in the report of a shutdown */

	/* Does it, and owns arg. *ret_result is NULL; set it to a message of yours, or leave it when
	 * there is nothing to say. Negative: it failed, the answer is that error, and a result is
	 * freed.
	 * Threads: called on a thread of the pool: it may block, and use akt_call. */
	int (*run)(void *arg, akt_msg **ret_result);

	/* Frees arg when run will never be called. NULL: there is nothing to free.
	 * Threads: called on any thread. */
	void (*discard)(void *arg);
} akt_work;

/* Threads of a system's pool: options.blocking_threads, 0: AKT_BLOCKING_THREADS. They are made when
 * work waits and none is free, and kept. */
#define AKT_BLOCKING_THREADS 16u
#define AKT_BLOCKING_THREADS_MAX 64u
/* Work that may wait for a thread. */
#define AKT_BLOCKING_QUEUE_MAX 65536u

/* Have work->run(arg) done elsewhere, and then(ctx, state, result) run as a handler of this actor.
 * akt_msg_error(result) is 0, the error that run returned, or TIMEOUT. tag comes back from akt_tag;
 * ret_pending, which may be NULL, is for akt_cancel.
 * Threads: handler. Owns: consumes arg, whatever is returned: by run or by discard. Errors: INVALID
 * (no run or no then, timeout_ns <= 0), NOMEM, LIMIT (AKT_BLOCKING_QUEUE_MAX), SYSTEM (no thread
 * could be made), STOPPED (the system is about to end). */
AKT_API int akt_block(akt_ctx *ctx, const akt_work *work, void *arg, int64_t timeout_ns,
		      akt_handler_fn then, uint64_t tag, akt_pending *ret_pending);

/* The same with the result sent to another actor, as a message from this one, which may end before.
 * When run fails, or has nothing to say, what is sent is a message of no type that a table can
 * name (AKT_ON_ANY takes it; akt_msg_error tells).
 * Threads, Owns, Errors: as akt_block. */
AKT_API int akt_block_to(akt_ctx *ctx, const akt_work *work, void *arg, akt_ref to);

#ifdef __cplusplus
}
#endif
#endif
