/* SPDX-License-Identifier: MIT */
/*
 * tree: stopping depth-first without a message per child.
 *
 * The child list of an actor is touched on that actor's turn only. An idle child is claimed by one
 * CAS on its mailbox word, which makes it ours as if a worker had begun its turn: it is stopped in
 * place, its own children first, by descending along the links and coming back up, without
 * recursion. A busy child is asked through ctl and reports its end by pushing itself on the parent's
 * stack of ended children. Children are told youngest first, the reverse of their births.
 *
 * Shutdown walks the table instead of sending anything: every worker takes runs of slots and stops
 * the top-level actors in them the same way.
 */
#include "actor/actors.h"

/* Take an ended child out of its parent's list. On the parent's turn. */
static void unlink_child(struct actors *actors, struct cell *parent, struct cell *child)
{
	struct table *table = &actors->table;

	if (parent->rare != NULL)
		akti_group_leaves(parent, child);
	if (parent->cursor == akti_table_slot(table, child))
		parent->cursor = child->next_sibling;
	if (child->prev_sibling != CELL_NONE)
		akti_table_cell(table, child->prev_sibling)->next_sibling = child->next_sibling;
	else
		parent->first_child = child->next_sibling;
	if (child->next_sibling != CELL_NONE)
		akti_table_cell(table, child->next_sibling)->prev_sibling = child->prev_sibling;
	parent->children--;
}

void akti_tree_reap(akt_ctx *ctx, struct cell *cell)
{
	struct actors *actors = ctx->actors;
	uint32_t slot;

	if (cell->children == 0)
		return;
	slot = akti_xchg_acqrel(&cell->ended, CELL_NONE);
	while (slot != CELL_NONE) {
		struct cell *child = akti_table_cell(&actors->table, slot);

		slot = child->ended_next;
		unlink_child(actors, cell, child);
		akti_life_give(ctx, child);
	}
	if (cell->rare != NULL)
		akti_group_go_on(ctx, cell);
}

/* An actor has ended on a turn of its own: report to the parent, or be free. */
void akti_tree_ended(akt_ctx *ctx, struct cell *cell)
{
	struct actors *actors = ctx->actors;
	struct cell *parent;
	uint32_t top;
	uint32_t gen;

	if (akti_load_rlx(&cell->parent) == CELL_NONE) {
		akti_life_give(ctx, cell);
		return;
	}
	/* The parent outlives its children, so this is still the same one. */
	parent = akti_table_cell(&actors->table, akti_load_rlx(&cell->parent));
	gen = akti_ctl_gen(akti_load_acq(&parent->ctl));
	top = akti_load_rlx(&parent->ended);
	do {
		cell->ended_next = top;
	} while (!akti_cas_acqrel(&parent->ended, &top, akti_table_slot(&actors->table, cell)));
	/* The parent may reap the cell now: no look at it any more. */
	(void)akti_control(actors, parent, gen, CTL_CHILD);
}

/* All children are to end: no group of them restarts any more. */
static void disband(struct cell *cell)
{
	if (cell->rare != NULL)
		cell->rare->group.phase = GROUP_NONE;
	cell->cursor = cell->first_child;
}

static void begin_stop(struct cell *cell, enum akt_reason reason)
{
	akti_publish(&cell->mode, CELL_STOPPING);
	cell->reason = (uint8_t)reason;
	disband(cell);
	(void)akti_or_acqrel(&cell->ctl, CTL_ENDING | CTL_UNSTEADY);
}

/* Done with telling cell's children: end it if it can end now. True: it has ended. */
static bool end_if_ready(akt_ctx *ctx, struct cell *cell)
{
	if (cell->children > 0 || !akti_cell_may_end(cell))
		return false;
	akti_life_end(ctx, cell);
	return true;
}

static enum akt_reason reason_for_children(const struct cell *cell)
{
	return cell->reason == AKT_REASON_SHUTDOWN ? AKT_REASON_SHUTDOWN : AKT_REASON_STOPPED;
}

/* The next child that has not been told. Claimed: returned, ours, in mode STOPPING. Busy ones are
 * asked on the way. NULL: all have been told. */
static struct cell *tell_children(akt_ctx *ctx, struct cell *cell)
{
	struct actors *actors = ctx->actors;
	enum akt_reason reason = reason_for_children(cell);

	while (cell->cursor != CELL_NONE) {
		struct cell *child = akti_table_cell(&actors->table, cell->cursor);
		uint64_t ctl = akti_load_acq(&child->ctl);

		cell->cursor = child->next_sibling;
		if (mpsc_claim(&child->box)) {
			begin_stop(child, reason);
			return child;
		}
		(void)akti_control(actors, child, akti_ctl_gen(ctl),
				   CTL_STOP | (reason == AKT_REASON_SHUTDOWN ? CTL_SHUTDOWN : 0u));
	}
	return NULL;
}

/* Give back a claimed actor that cannot end yet. */
static void let_go(struct actors *actors, struct cell *cell)
{
	if (!mpsc_rest(&cell->box))
		akti_sched_submit(&actors->sched, &cell->task);
}

/* Tell everybody below top to stop, ending in place who can be ended. Owner of top. */
static void descend(akt_ctx *ctx, struct cell *top)
{
	struct actors *actors = ctx->actors;
	struct cell *cell = top;

	for (;;) {
		struct cell *child;
		struct cell *parent;

		akti_tree_reap(ctx, cell);
		child = tell_children(ctx, cell);
		if (child != NULL) {
			cell = child;
			continue;
		}
		if (cell == top)
			break;
		parent = akti_table_cell(&actors->table, akti_load_rlx(&cell->parent));
		if (end_if_ready(ctx, cell)) {
			unlink_child(actors, parent, cell);
			akti_life_give(ctx, cell);
		} else {
			let_go(actors, cell);
		}
		cell = parent;
	}
	akti_publish(&ctx->cell, top);
}

void akti_tree_stop(akt_ctx *ctx, struct cell *cell, enum akt_reason reason)
{
	begin_stop(cell, reason);
	descend(ctx, cell);
}

void akti_tree_restart(akt_ctx *ctx, struct cell *cell, bool halt)
{
	akti_publish(&cell->mode, halt ? CELL_HALTING : CELL_RESTARTING);
	(void)akti_or_acqrel(&cell->ctl, CTL_UNSTEADY);
	disband(cell);
	descend(ctx, cell);
}

/* --- shutdown ----------------------------------------------------------------------------------- */

/* Stop an actor with children, or one that somebody else stops at the same time. Owner. */
static AKTI_NOINLINE void stop_claimed(akt_ctx *ctx, struct cell *cell)
{
	begin_stop(cell, AKT_REASON_SHUTDOWN);
	descend(ctx, cell);
	if (end_if_ready(ctx, cell))
		akti_life_give(ctx, cell);
	else
		let_go(ctx->actors, cell);
}

/* One CAS closes the mailbox of an idle actor for good, so nobody is there to be kept out while the
 * stop hook runs; one more keeps control requests out: most actors end without any other. */
static void stop_slot(akt_ctx *ctx, struct cell *cell)
{
	uint64_t ctl = akti_load_acq(&cell->ctl);

	if (!(ctl & CTL_LIVE) || (ctl & (CTL_PORT | CTL_ENDING)) ||
	    akti_load_rlx(&cell->parent) != CELL_NONE)
		return;
	if (!mpsc_close_idle(&cell->box)) {
		(void)akti_control(ctx->actors, cell, akti_ctl_gen(ctl), CTL_STOP | CTL_SHUTDOWN);
		return;
	}
	/* Ours; but the slot may have changed hands since the look. */
	ctl = akti_load_acq(&cell->ctl);
	if (akti_likely(cell->children == 0 && !(ctl & CTL_PORT) &&
			akti_load_rlx(&cell->parent) == CELL_NONE && akti_cell_may_end(cell))) {
		akti_publish(&cell->mode, CELL_STOPPING);
		cell->reason = AKT_REASON_SHUTDOWN;
		akti_life_end_walked(ctx, cell);
		akti_life_give(ctx, cell);
		return;
	}
	for (unsigned turn = 0; !mpsc_open(&cell->box, MPSC_BUSY); turn++)
		akti_mpsc_wait_turn(turn);
	if ((ctl & CTL_PORT) || akti_load_rlx(&cell->parent) != CELL_NONE)
		let_go(ctx->actors, cell);
	else
		stop_claimed(ctx, cell);
}

/* One landing for many stop hooks: a raise costs its own actor's, not each. */
static void walk_run(akt_ctx *ctx, uint32_t begin, uint32_t end)
{
	jmp_buf *outer = ctx->landing;
	jmp_buf here;
	volatile uint32_t at = begin;

	ctx->landing = &here;
	if (_setjmp(here) != 0) {
		akti_life_end_raised(ctx);
		akti_life_give(ctx, ctx->cell);
	}
	while (at < end)
		stop_slot(ctx, akti_table_cell(&ctx->actors->table, at++));
	ctx->landing = outer;
}

void akti_tree_walk(struct worker *worker, void *arg)
{
	struct actors *actors = arg;
	uint32_t used = akti_load_acq(&actors->table.used);
	uint32_t at;

	while ((at = akti_add_acqrel(&actors->walk_at, TABLE_RUN)) < used)
		walk_run(worker->user, at, used - at < TABLE_RUN ? used : at + TABLE_RUN);
}
