/* SPDX-License-Identifier: MIT */
/*
 * Actors: a const table of handlers, and what a handler may do.
 *
 *	static int on_greet(akt_ctx *ctx, void *state, akt_msg *msg)
 *	{
 *		struct greeter *self = state;
 *		const struct greet *m = akt_payload(msg, greet);
 *
 *		self->greeted++;
 *		return akt_reply(ctx, AKT_NEW(greeting, .count = self->greeted));
 *	}
 *
 *	static const akt_handler greeter_handlers[] = { AKT_ON(greet, on_greet), AKT_END };
 *	static const akt_type greeter = {
 *		.name = "greeter", .state_size = sizeof(struct greeter),
 *		.handlers = greeter_handlers,
 *	};
 *
 * An actor runs one handler at a time, on any worker; its state needs no lock. Handlers, the start
 * hook and the stop hook all run on the actor's own turn. A handler never blocks: it returns.
 *
 * Three kinds of bad news. A refusal is a message (akt_reply_error): the actor goes on. A failure
 * is a negative return: the type's directive decides, stop or restart. A bug is an assertion: the
 * process dies with a report.
 *
 * What a call is given: a reference that is stale, null, of another system or made up names nobody, and
 * where an error can be returned it is AKT_ERR_GONE. A system that is NULL is INVALID, or nobody, none
 * and zero. Not looked at, for speed: ctx, which is the one that the handler was given; the system in
 * akt_post and akt_post_batch; the type in akt_msg_new and its kin; a message that is not NULL.
 *
 * Order: what one sender sends to one receiver arrives in the order sent.
 * Count: each message handed to a send is processed, or it ends in the dead letters with a reason,
 * or a full mailbox drops it because its type says so.
 */
#ifndef AKT_ACTOR_H
#define AKT_ACTOR_H

#include <akt/message.h>
#include <akt/time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akt_system akt_system;
typedef struct akt_ctx akt_ctx;
typedef struct akt_type akt_type;

/* Runs for one message. Negative is a failure of the actor.
 * Threads: called on a worker, never twice at once for one actor. */
typedef int (*akt_handler_fn)(akt_ctx *ctx, void *state, akt_msg *msg);

typedef struct akt_handler {
	const akt_msg_type *type; /* NULL with a function: any type that no other row names */
	akt_handler_fn run;
} akt_handler;

#define AKT_ON(tag, fn)                                                                            \
	{                                                                                          \
		AKT_TYPE_OF(tag), fn                                                               \
	}
#define AKT_ON_ANY(fn)                                                                             \
	{                                                                                          \
		NULL, fn                                                                           \
	}
#define AKT_END                                                                                    \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

/* Why a stop hook runs. */
enum akt_reason {
	AKT_REASON_STOPPED = 0,  /* akt_stop, or its parent stops */
	AKT_REASON_SHUTDOWN = 1, /* the system shuts down */
	AKT_REASON_FAILED = 2,   /* a handler or the start hook failed; no restart */
	AKT_REASON_RESTART = 3,  /* a fresh incarnation follows */
	AKT_REASON_GONE = 4,     /* only in akt_down: it had ended before it was watched */
};

/* What happens after a failure. */
enum akt_directive {
	AKT_DIRECTIVE_STOP = 0,    /* the actor ends, its children first */
	AKT_DIRECTIVE_RESTART = 1, /* same reference, name and mailbox; fresh zeroed state */
	AKT_DIRECTIVE_RESUME = 2,  /* the message that failed is lost; the state stays as it is */
	/* The actor is suspended and its parent fails with its error: if the parent resumes, so does
	 * the child; if it restarts or stops, the child ends first. Without a parent: STOP. */
	AKT_DIRECTIVE_ESCALATE = 3,
};

/* In which order an actor's messages are handled. */
enum akt_mailbox {
	/* As they come. */
	AKT_MAILBOX_FIFO = 0,
	/* By type->priority, the highest first, and as they come within one priority. Answers to the
	 * actor's own questions go before all of it. */
	AKT_MAILBOX_PRIORITY = 1,
	/* The senders that have messages waiting take turns, a message each; what one sender sent
	 * comes in its order. All posts together count as one sender. Of more than 65536 senders that
	 * wait at once, those above share the turns of one. */
	AKT_MAILBOX_FAIR = 2,
	/* As they come, in a ring made at birth. It must be bounded. A send touches no line that the
	 * receiver works on, and no other sender's message: meant for many senders on far processors.
	 * On few processors the list costs less (docs/internals/performance.md). */
	AKT_MAILBOX_RING = 3,
};

/* What happens to a message for which a bounded mailbox has no place. A worker never waits for one.
 * What the runtime itself sends, answers, time-outs and orders to stop or restart, needs no place. */
enum akt_overflow {
	AKT_OVERFLOW_REJECT = 0,      /* the send returns FULL, the message is a dead letter */
	AKT_OVERFLOW_DROP_NEWEST = 1, /* the send returns 0, the message is counted as dropped */
	/* The send returns 0, and the oldest that no handler has begun is counted as dropped instead.
	 * Only with AKT_MAILBOX_FIFO, which is then kept in a ring too, and AKT_MAILBOX_RING. A message
	 * that is larger than the limit in bytes is dropped itself. */
	AKT_OVERFLOW_DROP_OLDEST = 2,
};

/* Who restarts when a child's directive is RESTART. */
enum akt_strategy {
	AKT_ONE_FOR_ONE = 0, /* the child */
	/* All children: from the youngest to the oldest they stop, then back again they start. */
	AKT_ONE_FOR_ALL = 1,
	AKT_REST_FOR_ONE = 2, /* the same for the child and those born after it */
};

struct akt_type {
	const char *name;            /* in every profile, log line and dead letter */
	size_t state_size;           /* bytes, zeroed at birth and at restart; 0: state is NULL */
	const akt_handler *handlers; /* ends with AKT_END */

	/* Before the first message; arg is what akt_spawn was given, and is given again at a
	 * restart, so it must live as long as the actor (but see arg_type). Negative: the actor failed. NULL: none,
	 * and an actor that is never sent anything then costs no turn at all. */
	int (*start)(akt_ctx *ctx, void *state, const void *arg);

	/* Once per start, after the children have ended. NULL: none. */
	void (*stop)(akt_ctx *ctx, void *state, enum akt_reason reason);

	enum akt_directive on_failure;
	/* More restarts than this within any within_ns escalate. At most AKT_RESTARTS_MAX, or
	 * AKT_RESTARTS_UNLIMITED; 0: 3 */
	uint32_t restarts_max;
	int64_t within_ns; /* 0: AKT_S(5) */

	/* The directive by error, instead of on_failure. Called on the actor's own turn. NULL: none. */
	enum akt_directive (*decide)(int error);

	enum akt_mailbox mailbox;
	/* For AKT_MAILBOX_PRIORITY, and only there: called once for each message, of whatever type, on
	 * the actor's own turn, outside any handler. */
	int64_t (*priority)(const akt_msg *msg);

	/* A limit or two make the mailbox bounded; both hold at every moment. A message counts from
	 * its send to the begin of its handler, with its header, in lines of 64 bytes. A question
	 * that finds no place is answered with AKT_ERR_FULL whatever the policy. */
	uint32_t mailbox_messages_max; /* 0: no limit; of a ring at most AKT_MAILBOX_RING_MAX */
	uint64_t mailbox_bytes_max;    /* 0: no limit; else 64 to AKT_MAILBOX_BYTES_MAX */
	enum akt_overflow overflow;

	/* Wait before a restart: so long at the first, twice as long at each that follows within
	 * within_ns, at most backoff_max_ns (0: AKT_BACKOFF_MAX_NS). Messages are kept. 0: none. */
	int64_t backoff_ns;
	int64_t backoff_max_ns;

	/* Of its children. With children_restarts_max, restarts of all children together are counted
	 * here instead of at each: one more than that within any children_within_ns (0: AKT_S(5))
	 * fails this actor with the child's error. At most AKT_RESTARTS_MAX. */
	enum akt_strategy strategy;
	uint32_t children_restarts_max;
	int64_t children_within_ns;

	uint32_t asks_max;  /* questions in flight; 0: AKT_ASKS_DEFAULT, at most AKT_ASKS_MAX */
	uint32_t stash_max; /* messages in akt_stash; 0: AKT_STASH_DEFAULT, at most AKT_STASH_MAX */

	/* What arg points to at birth, a struct with a field table: then it is copied, and need not
	 * live on. NULL for arg: zeros. With it an actor can be described by a record (record.h).
	 * NULL: arg is any pointer, and is kept as it is. */
	const akt_msg_type *arg_type;

	/* The type of which this one has other numbers: whoever asks for events of that one, gets
	 * those of its variants too. NULL: none. */
	const akt_type *variant_of;
};
#define AKT_BACKOFF_MAX_NS AKT_S(60)

#define AKT_RESTARTS_MAX 10000u
#define AKT_RESTARTS_UNLIMITED UINT32_MAX
#define AKT_MAILBOX_BYTES_MAX ((uint64_t)UINT32_MAX * 64)
/* Messages in a ring; without a limit in messages it is as long as lines fit in its bytes, at most
 * this. Its memory is 16 bytes a message, up to the next power of two. */
#define AKT_MAILBOX_RING_MAX (UINT32_C(1) << 20)

#define AKT_ASKS_DEFAULT (1u << 20)
#define AKT_ASKS_MAX (1u << 30)
#define AKT_STASH_DEFAULT 1024u
#define AKT_STASH_MAX 1000000u

/* Children one actor may have. */
#define AKT_CHILDREN_MAX UINT32_MAX
/* Bytes in a name, its NUL excluded. */
#define AKT_NAME_MAX 255

/* --- birth ----------------------------------------------------------------------------------- */

/* Start an anonymous actor. ret_ref may be NULL.
 * Threads: any thread. Errors: NOMEM, STOPPED, LIMIT (options.actors_max), INVALID (the type).
 * Cost: about a message; no turn unless the type has a start hook. */
AKT_API int akt_spawn(akt_system *sys, const akt_type *type, const void *arg, akt_ref *ret_ref);

/* Start an actor under a name that no live actor of the system has; akt_find finds it until it
 * has ended. The name is copied.
 * Threads: any thread. Errors: as akt_spawn, EXISTS (ret_ref is then set to the holder of the
 * name), INVALID (empty, or over AKT_NAME_MAX). */
AKT_API int akt_spawn_named(akt_system *sys, const akt_type *type, const char *name,
			    const void *arg, akt_ref *ret_ref);

/* Start a child of the running actor; it ends before its parent does. name may be NULL.
 * Threads: handler. Errors: as akt_spawn_named; STOPPED when the actor itself is stopping. */
AKT_API int akt_spawn_child(akt_ctx *ctx, const akt_type *type, const char *name, const void *arg,
			    akt_ref *ret_ref);

/* Start an actor that is one function: fn(ctx, arg, msg) runs for each message, of whatever type.
 * name may be NULL. arg is what a state would be, but yours: it must live as long as the actor, and
 * a restart, which only akt_restart causes, leaves it as it is. A failure ends the actor. In
 * profiles its actor type is "function", its handler fn.
 * Threads: any thread. Errors: as akt_spawn_named, INVALID (fn is NULL). */
AKT_API int akt_spawn_fn(akt_system *sys, const char *name, akt_handler_fn fn, void *arg,
			 akt_ref *ret_ref);

/* The actor that has this name, or the null reference.
 * Threads: any thread. */
AKT_API akt_ref akt_find(akt_system *sys, const char *name);

/* --- sending: each call consumes its message, whatever it returns ------------------------------ */

/* From a handler. Errors: NOMEM or OVERLOAD (msg was NULL), GONE, FULL (the receiver's mailbox is
 * bounded).
 * Threads: handler. Cost: one atomic exchange; a bounded mailbox: two more. */
AKT_API int akt_send(akt_ctx *ctx, akt_ref to, akt_msg *msg);

/* From anywhere; the receiver sees no sender. Errors: NOMEM or OVERLOAD (msg was NULL), GONE, FULL,
 * STOPPED. Threads: any thread. */
AKT_API int akt_post(akt_system *sys, akt_ref to, akt_msg *msg);

/* The same for an array of messages to one actor, in its order; nothing of another sender comes in
 * between, unless the actor is of a kind that looks at each message. A NULL in it counts as one that
 * is not sent. Each is counted, and each that nobody takes is a dead letter of its own. The array
 * stays yours.
 * Errors: as above, of the first message that failed; the others have been sent. INVALID (msgs is
 * NULL).
 * Threads: handler for akt_send_batch, any thread for akt_post_batch.
 * Cost: one atomic exchange for all. */
AKT_API int akt_send_batch(akt_ctx *ctx, akt_ref to, akt_msg *const *msgs, size_t count);
AKT_API int akt_post_batch(akt_system *sys, akt_ref to, akt_msg *const *msgs, size_t count);

/* Send, and run then(ctx, state, reply) as a handler of this actor when the answer is there. It
 * runs exactly once while the actor lives: akt_msg_error(reply) is 0 for a value, or says TIMEOUT,
 * GONE, FULL, or what the receiver refused with. tag comes back from akt_tag.
 * Threads: handler. Errors: as akt_send, but only NOMEM, OVERLOAD, INVALID (timeout_ns <= 0) and LIMIT
 * (akt_type.asks_max) are returned; a receiver that is gone is the answer's verdict. When negative, then never runs. */
AKT_API int akt_ask(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_handler_fn then,
		    uint64_t tag);

/* Something that an actor waits for: a timer, a delayed message. A value: copy and keep it; one that
 * is over, or another actor's, is not found. All zero: nothing. */
typedef struct akt_pending {
	uint64_t actor; /* whose it is */
	uint64_t id;
} akt_pending;

/* Wait no more: what was to come does not, even if it is queued already. NOTFOUND: it has come
 * already, or it is not this actor's.
 * Threads: handler. Errors: NOTFOUND. */
AKT_API int akt_cancel(akt_ctx *ctx, akt_pending pending);

/* The same, but until the answer has come this actor handles nothing but answers to its exclusive
 * questions, and what stops, restarts or suspends it: all else is kept, in its order, and handled after
 * the continuation. Two actors that ask each other so wait until the time-out.
 * Threads, errors: as akt_ask. */
AKT_API int akt_ask_exclusive(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns,
			      akt_handler_fn then, uint64_t tag);

/* Want no answer to this actor's questions with this tag: their continuations will not run, and what
 * comes is a dead letter with reason LATE. Returns how many there were.
 * Threads: handler. Cost: a look at each pending question and watch of this actor. */
AKT_API int akt_ask_cancel(akt_ctx *ctx, uint64_t tag);

/* Send and wait for the answer. On success *ret_reply is yours to free; it may carry a verdict
 * (akt_msg_error) only as this call's own negative return.
 * Threads: outside (THREAD on a worker). Limits: calls at a time take places of options.actors_max.
 * Errors: NOMEM, OVERLOAD, LIMIT, GONE, FULL, TIMEOUT, STOPPED, or what
 * the receiver refused with. */
AKT_API int akt_call(akt_system *sys, akt_ref to, akt_msg *msg, int64_t timeout_ns,
		     akt_msg **ret_reply);

/* Answer the message being handled. An asker that is gone, or none at all, is no error: the
 * reply is then counted as a dead letter and 0 is returned.
 * Threads: handler. Errors: NOMEM or OVERLOAD (msg was NULL; an asker is then refused with the same). */
AKT_API int akt_reply(akt_ctx *ctx, akt_msg *msg);

/* Answer a message that was taken earlier (akt_msg_take), for example when the answer to a question
 * of one's own has come. request stays yours; it can be answered once.
 * Threads: handler. Errors: NOMEM or OVERLOAD (msg was NULL: the asker's time-out is its answer). */
AKT_API int akt_reply_to(akt_ctx *ctx, akt_msg *request, akt_msg *msg);

/* Refuse: the asker gets error (negative) and the formatted words. Returns 0: a refusal is not
 * a failure of this actor.
 * Threads: handler. Limits: AKT_ERROR_TEXT_MAX bytes of words, the rest is cut. */
AKT_API int akt_reply_error(akt_ctx *ctx, int error, const char *fmt, ...) AKT_PRINTF(3, 4);
#define AKT_ERROR_TEXT_MAX 200

/* Hand the message being handled to another actor, with its sender and its question: the reply
 * goes to the first asker. msg is then no longer readable here.
 * Threads: handler. Errors: GONE, FULL. */
AKT_API int akt_forward(akt_ctx *ctx, akt_ref to);

/* Keep the message being handled: it is yours to free or to send.
 * Threads: handler. Errors: NULL when it was already taken or forwarded. */
AKT_API akt_msg *akt_msg_take(akt_ctx *ctx);

/* Not for this actor: the message being handled becomes a dead letter with reason UNHANDLED, and an
 * asker is told AKT_ERR_UNHANDLED. It is then no longer readable here.
 * Threads: handler. Errors: INVALID (taken or forwarded already, or an answer). */
AKT_API int akt_unhandled(akt_ctx *ctx);

/* --- behaviour: other handlers, and messages for later ------------------------------------------- */

/* From the next message on, use these handlers instead, until akt_unbecome. The table is not copied.
 * A restart brings the type's own back.
 * Threads: handler. Errors: INVALID (NULL), LIMIT (AKT_BEHAVIOURS_MAX), NOMEM. */
AKT_API int akt_become(akt_ctx *ctx, const akt_handler *handlers);

/* From the next message on, use the handlers that were in use before the last akt_become.
 * Threads: handler. Errors: NOTFOUND (the type's own are in use). */
AKT_API int akt_unbecome(akt_ctx *ctx);
#define AKT_BEHAVIOURS_MAX 32u /* tables on top of the type's own */

/* Put the message being handled aside, with its sender and its question, for akt_unstash. It is then
 * no longer readable here. What is in the stash counts as queued: at the actor's end it goes to the
 * dead letters, at a restart back to the front of the mailbox. Suspension leaves it where it is.
 * Threads: handler. Errors: LIMIT (akt_type.stash_max: the message is still being handled), INVALID
 * (taken or forwarded already, or an answer), NOMEM. */
AKT_API int akt_stash(akt_ctx *ctx);

/* Have the n oldest of the stash (AKT_ALL: all there are) handled next, in their order, before all
 * that has come since. Returns how many.
 * Threads: handler. */
AKT_API int akt_unstash(akt_ctx *ctx, uint32_t n);
#define AKT_ALL UINT32_MAX

/* --- the end ----------------------------------------------------------------------------------- */

/* Ask an actor to stop: after the handler it is in, its children first, then its stop hook; what
 * is left in its mailbox goes to the dead letters. Returns at once. Errors: GONE.
 * Threads: any thread. Cost: no allocation, so it cannot fail for want of memory. */
AKT_API int akt_stop(akt_system *sys, akt_ref ref);

/* Ask for a restart as after a failure, without counting as one. Errors: GONE.
 * Threads: any thread. */
AKT_API int akt_restart(akt_system *sys, akt_ref ref);

/* Let an actor handle nothing but stop, restart and resume: what comes meanwhile is kept, in its
 * order, and handled after akt_resume or a restart. Suspending twice is suspending once. Return at
 * once. Errors: GONE.
 * Threads: any thread. */
AKT_API int akt_suspend(akt_system *sys, akt_ref ref);
AKT_API int akt_resume(akt_system *sys, akt_ref ref);

/* How an actor ended. */
struct akt_down {
	akt_ref ref;
	int32_t reason; /* enum akt_reason */
	int32_t error;  /* FAILED: with what; else 0 */
};
AKT_API extern const akt_msg_type akt_message_akt_down;

/* Have then(ctx, state, msg) run once when the actor has ended, with msg a struct akt_down:
 * after all that it ever sent here, and after its name is free. A restart is no end. Of an actor that
 * has ended before, reason GONE. The watch ends with the watcher's incarnation. tag: see akt_ask.
 * Threads: handler. Errors: NOMEM, INVALID (then is NULL, or the actor itself). */
AKT_API int akt_watch(akt_ctx *ctx, akt_ref ref, akt_handler_fn then, uint64_t tag);

/* End all watches of this actor on ref: then will not run any more. Returns how many there were.
 * Threads: handler. Cost: a look at each pending question and watch of this actor. */
AKT_API int akt_unwatch(akt_ctx *ctx, akt_ref ref);

/* Whether the actor has not ended yet; it may end before the answer is looked at.
 * Threads: any thread. */
AKT_API bool akt_alive(akt_system *sys, akt_ref ref);

/* --- inside a handler -------------------------------------------------------------------------- */

/* Record why and return error (negative), for `return akt_fail(ctx, AKT_ERR_IO, "disk %s", d)`.
 * Threads: handler. */
#define akt_fail(ctx, error, ...) akt_fail_at((ctx), (error), __func__, __LINE__, __VA_ARGS__)
AKT_API int akt_fail_at(akt_ctx *ctx, int error, const char *function, int line, const char *fmt,
			...) AKT_PRINTF(5, 6);

/* The same from any depth of calls: does not return, the handler or hook ends here. What it owned is
 * given back (akt_scratch, akt_defer); a lock that it holds or a malloc of its own is not, unless
 * akt_defer knows of it. C frames in between are skipped; C++ frames with destructors must not be.
 * In a stop hook it ends the hook, and is logged. Not inside the log sink or the dead letter
 * function.
 * Threads: handler. Cost: nothing until it is called. */
#define akt_raise(ctx, error, ...) akt_raise_at((ctx), (error), __func__, __LINE__, __VA_ARGS__)
AKT_API void akt_raise_at(akt_ctx *ctx, int error, const char *function, int line, const char *fmt,
			  ...) AKT_PRINTF(5, 6) AKT_NORETURN;

/* --- memory and duties: given back however the handler or the incarnation ends ------------------ */

/* Zeroed memory that lives until the actor ends or restarts, after its stop hook; akt_free gives it
 * back earlier. Aligned to 16 bytes.
 * Threads: handler. Errors: NULL when memory is out or over AKT_ALLOC_MAX_BYTES. */
AKT_API void *akt_alloc(akt_ctx *ctx, size_t bytes);
AKT_API void akt_free(akt_ctx *ctx, void *block); /* of akt_alloc by this actor; NULL is welcome */
#define AKT_ALLOC_MAX_BYTES ((size_t)1 << 30)

/* Zeroed memory that lives until the handler or hook has ended. Threads, errors: as akt_alloc. */
AKT_API void *akt_scratch(akt_ctx *ctx, size_t bytes);

/* Call duty(arg) when the handler or hook has ended: by return, by failure, by akt_raise; after a
 * failure before anybody is told of it, a supervisor, a sibling or an asker. The newest duty runs first. It runs outside of the handler: no akt call with ctx in it.
 * Threads: handler. Errors: NOMEM (then duty will not run), INVALID (duty is NULL). */
AKT_API int akt_defer(akt_ctx *ctx, void (*duty)(void *arg), void *arg);

/* Call duty(arg) when the incarnation ends, by stop or restart, after the stop hook; the newest
 * duty runs first. Threads, errors: as akt_defer. */
AKT_API int akt_at_end(akt_ctx *ctx, void (*duty)(void *arg), void *arg);

/* Threads: handler, all of these. */
AKT_API akt_system *akt_system_of(akt_ctx *ctx);
AKT_API akt_ref akt_self(akt_ctx *ctx);
AKT_API akt_ref akt_sender(akt_ctx *ctx);   /* null for a post */
AKT_API akt_ref akt_parent(akt_ctx *ctx);   /* null for an actor from akt_spawn */
AKT_API const char *akt_name(akt_ctx *ctx); /* "" for an anonymous actor */
AKT_API uint64_t akt_tag(akt_ctx *ctx);     /* in the continuation of an ask: its tag; else 0 */
AKT_API int64_t akt_now(akt_ctx *ctx);      /* the system's monotonic clock, ns */
AKT_API uint64_t akt_random(akt_ctx *ctx);  /* the system's random source; seeded when it is */
AKT_API void akt_log(akt_ctx *ctx, const char *fmt, ...) AKT_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
