/* SPDX-License-Identifier: MIT */
/*
 * behaviour: handlers that change, messages put aside, functions as actors.
 *
 * The handlers of the next message are a word of the cell, so become and unbecome cost the message
 * path nothing. The type stays what it is: names and profiles speak of it.
 *
 * The stash is a list beside the backlog, which a turn handles before the mailbox. Unstashing moves
 * the list's head in front of the backlog; the actor must then not rest (CTX_STAY), for its mailbox
 * may be empty.
 */
#include "actor/actors.h"

/* Tables in use before, oldest first. */
struct behaviours {
	uint32_t count;
	const akt_handler *below[AKT_BEHAVIOURS_MAX];
};

int akt_become(akt_ctx *ctx, const akt_handler *handlers)
{
	struct rare *rare = akti_cell_rare(ctx->cell);

	if (handlers == NULL)
		return AKT_ERR_INVALID;
	if (rare == NULL)
		return AKT_ERR_NOMEM;
	if (rare->behaviours == NULL) {
		rare->behaviours = akti_mem_alloc(sizeof(struct behaviours), MEM_OTHER);
		if (rare->behaviours == NULL)
			return AKT_ERR_NOMEM;
		rare->behaviours->count = 0;
	}
	if (rare->behaviours->count == AKT_BEHAVIOURS_MAX)
		return AKT_ERR_LIMIT;
	rare->behaviours->below[rare->behaviours->count++] = ctx->cell->handlers;
	ctx->cell->handlers = handlers;
	return 0;
}

int akt_unbecome(akt_ctx *ctx)
{
	const struct rare *rare = ctx->cell->rare;

	if (rare == NULL || rare->behaviours == NULL || rare->behaviours->count == 0)
		return AKT_ERR_NOTFOUND;
	ctx->cell->handlers = rare->behaviours->below[--rare->behaviours->count];
	return 0;
}

/* --- messages for later ------------------------------------------------------------------------- */

/* Whether a message is being handled that can be handled again: an answer is one to a question that
 * has ended. */
static bool has_message(const akt_ctx *ctx)
{
	return ctx->msg != NULL && (ctx->msg->to & MSG_FLAGS) == 0;
}

/* Detach the message being handled. Its question goes with it, and it is counted when it ends. */
static akt_msg *leave_undone(akt_ctx *ctx)
{
	ctx->state |= CTX_REPLIED | CTX_UNDONE;
	return akti_detach_current(ctx);
}

int akt_unhandled(akt_ctx *ctx)
{
	if (!has_message(ctx))
		return AKT_ERR_INVALID;
	akti_dead_letter(ctx->actors, ctx, ctx->cell, leave_undone(ctx), AKT_DEAD_UNHANDLED);
	return 0;
}

int akt_stash(akt_ctx *ctx)
{
	struct rare *rare = akti_cell_rare(ctx->cell);
	uint32_t most = ctx->cell->type->stash_max;

	if (!has_message(ctx))
		return AKT_ERR_INVALID;
	if (rare == NULL)
		return AKT_ERR_NOMEM;
	if (rare->stash.count >= (most != 0 ? most : AKT_STASH_DEFAULT))
		return AKT_ERR_LIMIT;
	akti_kept_append(&rare->stash, leave_undone(ctx));
	return 0;
}

/* Move the n oldest of the stash in front of the backlog. n is at least 1. */
static void unstash(struct rare *rare, uint32_t n)
{
	struct kept *stash = &rare->stash;
	struct kept *backlog = &rare->backlog;
	struct mpsc_node *first = stash->first;
	struct mpsc_node *last = first;

	for (uint32_t i = 1; i < n; i++)
		last = akti_load_rlx(&last->next);
	stash->first = akti_load_rlx(&last->next);
	stash->count -= n;
	akti_store_rlx(&last->next, backlog->first);
	if (backlog->first == NULL)
		backlog->last = last;
	backlog->first = first;
	backlog->count += n;
}

int akt_unstash(akt_ctx *ctx, uint32_t n)
{
	struct rare *rare = ctx->cell->rare;

	if (rare == NULL || n == 0 || rare->stash.count == 0)
		return 0;
	if (n > rare->stash.count)
		n = rare->stash.count;
	unstash(rare, n);
	(void)akti_or_acqrel(&ctx->cell->ctl, CTL_UNSTEADY);
	ctx->state |= CTX_STAY;
	return (int)n;
}

void akti_behaviour_end(struct cell *cell)
{
	struct rare *rare = cell->rare;

	if (rare->stash.count > 0)
		unstash(rare, rare->stash.count);
	if (rare->behaviours == NULL)
		return;
	if (rare->behaviours->count > 0)
		cell->handlers = rare->behaviours->below[0];
	akti_mem_free(rare->behaviours, sizeof(struct behaviours));
	rare->behaviours = NULL;
}

/* --- functions ---------------------------------------------------------------------------------- */

const akt_type akti_function_type = { .name = "function" };

#define FUNCTION_BYTES (2 * sizeof(akt_handler))

void akti_function_enter(struct cell *cell, const struct function *function)
{
	cell->handlers = function->handlers;
	cell->state = function->arg;
	cell->arg = function->arg;
}

void akti_function_leave(struct cell *cell)
{
	if (cell->type == &akti_function_type)
		akti_mem_free((void *)(uintptr_t)cell->handlers, FUNCTION_BYTES);
}

int akt_spawn_fn(akt_system *sys, const char *name, akt_handler_fn fn, void *arg, akt_ref *ret_ref)
{
	struct function function;
	akt_handler *handlers;
	int r;

	if (fn == NULL)
		return AKT_ERR_INVALID;
	handlers = akti_mem_alloc(FUNCTION_BYTES, MEM_OTHER);
	if (handlers == NULL)
		return AKT_ERR_NOMEM;
	handlers[0] = (akt_handler)AKT_ON_ANY(fn);
	handlers[1] = (akt_handler)AKT_END;
	function.handlers = handlers;
	function.arg = arg;
	/* Its birth reads the argument and keeps none of it. */
	r = name != NULL ? akt_spawn_named(sys, &akti_function_type, name, &function, ret_ref)
			 : akt_spawn(sys, &akti_function_type, &function, ret_ref);
	if (r < 0)
		akti_mem_free(handlers, FUNCTION_BYTES);
	return r;
}
