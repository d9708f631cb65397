/* SPDX-License-Identifier: MIT */
/*
 * block: work that may block, and its way back.
 *
 * To the actor it is like a question, answered by a thread of the pool (io/pool.h): the time-out, the end
 * of the actor and the late answer are those of any question. It is not counted as one (asks_max). The message for an error, or for
 * nothing, is made beforehand, so that an answer needs no memory that the work itself does not ask
 * for.
 */
#ifndef AKTI_BLOCK_H
#define AKTI_BLOCK_H

#include "actor/actors.h"

void akti_block_init(struct actors *actors);
void akti_block_fini(struct actors *actors);

/* Wait until no actor has a message and no work is to be done. False: not by until. Outside. */
bool akti_block_wait_quiet(struct actors *actors, int64_t until);
/* No actor is left: discard what has not begun, wait for the rest. False: not by until. Outside. */
bool akti_block_end(struct actors *actors, int64_t until);
/* Describe up to max works that run; returns how many there are. */
size_t akti_block_left(struct actors *actors, akt_left *left, size_t max);

/* One turn of the one thread of a seeded system: of an actor, or of a work. */
void akti_block_turn_seeded(struct worker *worker, struct sched_task *task);

#endif
