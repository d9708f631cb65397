/* SPDX-License-Identifier: MIT */
/*
 * who: which actor the calling thread runs, for a sample that is taken on it (prof/label.h).
 *
 * A worker's context says so anyway: the cell of the turn, and the type of the message that it handles or
 * handled last. What the runtime does after a handler, taking the next message and giving the block
 * back, counts for that message; a worker that looks for work is nobody's.
 *
 * In a signal handler the cell may not be this worker's any more: between the end of a turn and the next
 * another worker may run it or even give its slot to a new tenant. Cells lie in a region that stands until
 * the workers have ended, and what is read here are single words, so such a sample may name the
 * tenant that follows and nothing worse.
 */
#include "actor/actors.h"
#include "prof/unwind.h"

AKTI_RAW static void who(struct prof_who *ret_who)
{
	const struct worker *worker = akti_worker_self;
	const akt_ctx *ctx = worker != NULL ? worker->user : NULL;
	const struct cell *cell;

	/* Not by akti_peek: a signal handler must not interleave. */
	if (ctx == NULL || atomic_load_explicit(&worker->seeks, memory_order_relaxed))
		return;
	cell = __atomic_load_n(&ctx->cell, __ATOMIC_RELAXED);
	if (cell == NULL)
		return;
	ret_who->type = __atomic_load_n(&cell->type, __ATOMIC_RELAXED);
	ret_who->actor = (uint64_t)cell->slot << 32 |
			 akti_ctl_gen(atomic_load_explicit(&cell->ctl, memory_order_relaxed));
	ret_who->msg = __atomic_load_n(&ctx->msg_type, __ATOMIC_RELAXED);
}

void akti_who_begin(void)
{
	atomic_store_explicit(&akti_prof_who, who, memory_order_relaxed);
}
