/* SPDX-License-Identifier: MIT */
/*
 * fd: readiness of file descriptors, and its way to who waits.
 *
 * To the actor it is like a question, answered by the poller (io/poller.h). The answer is made
 * beforehand, and the poller's record of the wait is its payload: so one block of one line is all that a
 * wait takes, and an answer needs no memory. The record of what the actor waits for (ask.h) knows it by
 * descriptor and serial number, never by address: the block may be on its way already.
 */
#ifndef AKTI_FD_H
#define AKTI_FD_H

#include "actor/actors.h"

struct ask;

/* Errors: SYSTEM (driven: no descriptors left). */
int akti_fd_init(struct actors *actors);
void akti_fd_fini(struct actors *actors);

/* The actor has no more use for it: the descriptor is its own again. Own turn. */
void akti_fd_withdraw(akt_ctx *ctx, const struct ask *ask);

/* The scheduler's look: seeded or driven, the one thread sees what is ready. Whether something was. */
bool akti_fd_look(void *arg);

#endif
