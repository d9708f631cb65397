/* SPDX-License-Identifier: MIT */
/*
 * ask: questions with continuations.
 *
 * A question is a record in the asker's table of pending ones, found by the id that the reply
 * carries, and a timer in the wheel of the worker on which it was asked. One block holds both, and
 * in front of them a message: when the time is over the record itself is sent to the asker, so a
 * time-out needs no memory.
 *
 *	[ struct akt_msg, 64 bytes ][ struct ask ]
 *
 * Who ends it. `state` decides between the timer and the answer by one CAS: PENDING to FIRED by the
 * wheel's worker, PENDING to DONE by the asker. After FIRED the record belongs to the message in
 * flight. After DONE it belongs to the wheel's worker: the asker frees it if that is its own worker,
 * and else pushes it on that worker's stack of cancelled ones.
 */
#ifndef AKTI_ASK_H
#define AKTI_ASK_H

#include "actor/cell.h"

struct actors;

/* A question without a time-out, asked by a watch request. Consumes it. Errors: NOMEM. Own turn. */
int akti_ask_watch(akt_ctx *ctx, akt_ref to, akt_msg *request, akt_handler_fn then, uint64_t tag);

/* Wait: after wait_ns a signal comes that akti_ask_waited understands. The id; 0: memory is out.
 * Own turn. */
uint32_t akti_ask_wait(akt_ctx *ctx, struct cell *cell, int64_t wait_ns);
/* Which wait has ended with msg; 0: one that was given up. */
uint32_t akti_ask_waited(struct cell *cell, akt_msg *msg);

/* A reply or a time-out has come to the actor it is for: run its continuation. Negative: it
 * failed. Own turn. */
int akti_ask_answered(akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* The actor ends or restarts: forget its questions. Own turn. */
void akti_ask_release_all(akt_ctx *ctx, struct cell *cell);

/* The scheduler's timer callback. */
void akti_ask_timer(struct worker *worker, struct wheel_timer *timer);

/* Free what other workers have cancelled. The worker itself. */
void akti_ask_sweep(struct worker *worker);

#endif
