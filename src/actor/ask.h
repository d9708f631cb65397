/* SPDX-License-Identifier: MIT */
/*
 * ask: what an actor waits for. A question waits for an answer, a timer for the clock.
 *
 * Each is a record in its actor's table, found by the id that an answer carries, and a timer in the
 * wheel of the worker on which it was begun. One block holds both, and in front of them a message:
 * when the time has come the record itself is sent to its actor, so that needs no memory, and keeps
 * its place among the actor's other messages.
 *
 *	[ struct akt_msg, 64 bytes ][ struct ask ]
 *
 * Who ends it, and who frees it. Each arrow is one CAS on `state`:
 *
 *	PENDING --> DONE    the actor wants it no more. The block is the wheel's worker's: the actor
 *	                    frees it if that is its own, and else leaves it on that one's stack
 *	PENDING --> FIRED   by the wheel's worker: the record is in flight, and in the table
 *	FIRED --> DONE      the actor wants it no more: who ends the flight frees it
 *	FIRED --> LOST      the flight ended nowhere (the mailbox was closed, or the actor takes no more
 *	                    messages): the actor frees it with the rest of its table
 *	FIRED --> PENDING   its turn came, it ran, and it repeats: armed again. Else freed
 *
 * So a timer has at most one message in flight, a cancelled one is never handled, even if it is
 * queued already, and none outlives the incarnation that began it.
 */
#ifndef AKTI_ASK_H
#define AKTI_ASK_H

#include "actor/cell.h"

struct actors;
struct rare;

#define ASK_MSG_BYTES 64u

enum ask_state { ASK_PENDING = 0, ASK_FIRED = 1, ASK_DONE = 2, ASK_LOST = 3 };

enum ask_kind {
	ASK_QUESTION = 0, /* the clock says that it is too late */
	ASK_TIMER = 1,    /* the clock is the answer, once or at each interval */
	ASK_SEND = 2,     /* the same, and a message is sent then */
	ASK_WATCH = 3,    /* another actor's end is the answer */
	ASK_WAIT = 4,     /* the clock is the answer, to the runtime itself: a signal */
	ASK_WORK = 5,     /* the result of blocking work, or the clock: too late */
	ASK_FD = 6,       /* a descriptor is ready, or the clock says that it is too late */
};

struct ask {
	struct ask *next; /* in its bucket; then in the stack of cancelled ones */
	struct wheel_timer timer;
	akt_handler_fn then; /* the actor's; NULL: of no more use */
	uint64_t tag;
	struct worker *worker; /* whose wheel the timer is in */
	_Atomic uint32_t state;
	uint32_t kind;  /* enum ask_kind */
	uint64_t id;    /* answers carry its lower half */
	uint64_t asker; /* address */
	union {
		int64_t interval_ns; /* ASK_TIMER; 0: once */
		akt_msg *
			msg; /* ASK_SEND: what; ASK_WATCH: the request, by which it is known there */
		uint64_t serial; /* ASK_FD: of the wait, by which it is known to the poller */
	};
	uint64_t to;    /* ASK_SEND, ASK_WATCH: address; ASK_FD: the descriptor */
	bool exclusive; /* ASK_QUESTION: until its answer nothing else is handled */
};
#define ASK_BYTES (ASK_MSG_BYTES + sizeof(struct ask))

AKTI_INLINE bool akti_ask_is_timer(const struct ask *ask)
{
	return ask->kind == ASK_TIMER || ask->kind == ASK_SEND;
}

AKTI_INLINE struct ask *akti_ask_of_msg(akt_msg *msg)
{
	return (struct ask *)(void *)((char *)msg + ASK_MSG_BYTES);
}

AKTI_INLINE akt_msg *akti_msg_of_ask(struct ask *ask)
{
	return (akt_msg *)(void *)((char *)ask - ASK_MSG_BYTES);
}

/* --- for the verbs that begin one, on the actor's own turn -------------------------------------- */

/* A record of the running actor, in its table, not armed. NULL: memory is out. */
struct ask *akti_ask_new(akt_ctx *ctx, enum ask_kind kind, akt_handler_fn then, uint64_t tag);
/* Have it fire in delay_ns; AKT_FOREVER, and what comes near it: never. */
void akti_ask_arm(akt_ctx *ctx, struct ask *ask, int64_t delay_ns);
/* The same at a time of the system's clock. */
void akti_ask_arm_at(akt_ctx *ctx, struct ask *ask, int64_t deadline_ns);
/* Its name outside. */
AKTI_INLINE akt_pending akti_ask_handle(const struct ask *ask)
{
	akt_pending pending = { ask->asker, ask->id };

	return pending;
}
/* Take it out of the table. */
void akti_ask_remove(struct rare *rare, struct ask *ask);
/* What has just been made was not begun: take it out and free it. */
void akti_ask_drop(akt_ctx *ctx, struct ask *ask);
/* Stands for the continuation of one that has none. */
int akti_ask_nothing(akt_ctx *ctx, void *state, akt_msg *msg);
/* Its place in memory, once nobody else knows it. */
void akti_ask_free(struct ask *ask);

/* A question without a time-out, asked by a watch request. Consumes it. Errors: NOMEM. Own turn. */
int akti_ask_watch(akt_ctx *ctx, akt_ref to, akt_msg *request, akt_handler_fn then, uint64_t tag);

/* Wait: after wait_ns a signal comes that akti_ask_waited understands. The id; 0: memory is out.
 * Own turn. */
uint32_t akti_ask_wait(akt_ctx *ctx, int64_t wait_ns);
/* Which wait has ended with msg, which is freed; 0: one that was given up. */
uint32_t akti_ask_waited(akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* --- for turns ---------------------------------------------------------------------------------- */

/* A reply, or a record that has fired, has come to the actor it is for: run its continuation.
 * Negative: it failed. Own turn. */
int akti_ask_answered(akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* Whether msg answers an exclusive question of the actor it is for. Own turn. */
bool akti_ask_is_awaited(const struct cell *cell, akt_msg *msg);

/* The continuation of ctx->running has returned, or was left in another way: free the record, or arm
 * it again. */
void akti_ask_ran(akt_ctx *ctx);

/* The actor ends or restarts: forget all it waits for. Own turn. */
void akti_ask_release_all(akt_ctx *ctx, struct cell *cell);

/* The stop hook is about to run, and may close what it has opened: wait for no descriptor any more. Own
 * turn. */
void akti_ask_release_fds(akt_ctx *ctx, struct cell *cell);

/* The scheduler's timer callback. */
void akti_ask_timer(struct worker *worker, struct wheel_timer *timer);

/* Free what other workers have cancelled. The worker itself. */
void akti_ask_sweep(struct worker *worker);

/* --- timer.c ------------------------------------------------------------------------------------ */

/* A timer's record has fired and is about to run: write its tick. */
void akti_timer_tick(struct ask *ask, int64_t now_ns);
/* It has run and goes on. */
void akti_timer_again(akt_ctx *ctx, struct ask *ask);
/* A delayed message is due: send it, or handle it at once if it is for the actor itself. Frees the
 * record. Negative: the actor failed. */
int akti_timer_send(akt_ctx *ctx, struct cell *cell, struct ask *ask);

#endif
