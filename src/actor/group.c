/* SPDX-License-Identifier: MIT */
/*
 * group: siblings that restart together, led by their parent.
 *
 * A child whose parent has a strategy does not restart by itself: it suspends and reports (signal.c).
 * On the parent's turns, one step at a time:
 *
 *	halt    from the youngest of the group to the oldest: each ends its children, runs its stop
 *	        hook, gives back what it owned, keeps its mailbox, and reports
 *	revive  from the oldest to the youngest: each gets fresh state, runs its start hook, reports
 *
 * So all have stopped before the first starts, and each finds those born before it running, as in
 * Erlang's supervisor (one_for_all, rest_for_one). A child that ends meanwhile is left out; a fault
 * while the group revives begins anew, as one more restart. The parent goes on with its messages.
 *
 * Siblings are linked from the youngest to the oldest. Children born meanwhile come before
 * `youngest` and are not of the group.
 */
#include "actor/actors.h"

static struct cell *cell_at(akt_ctx *ctx, uint32_t slot)
{
	return akti_table_cell(&ctx->actors->table, slot);
}

static void ask_child(akt_ctx *ctx, struct cell *child, uint32_t flag)
{
	(void)akti_control(ctx->actors, child, akti_ctl_gen(akti_load_acq(&child->ctl)), flag);
}

/* Ask whoever is next, or be done. */
static void step(akt_ctx *ctx, struct rare *rare)
{
	struct group *group = &rare->group;

	if (group->phase == GROUP_HALTING && group->at == CELL_NONE) {
		group->phase = GROUP_REVIVING;
		group->at = group->oldest;
	}
	if (group->at == CELL_NONE) {
		group->phase = GROUP_NONE;
		return;
	}
	ask_child(ctx, cell_at(ctx, group->at),
		  group->phase == GROUP_HALTING ? CTL_HALT : CTL_REVIVE);
}

/* Whom to ask after child. */
static uint32_t after(const struct group *group, const struct cell *child)
{
	if (group->phase == GROUP_HALTING)
		return child->slot == group->oldest ? CELL_NONE : child->next_sibling;
	return child->slot == group->youngest ? CELL_NONE : child->prev_sibling;
}

void akti_group_restart(akt_ctx *ctx, struct cell *parent, struct cell *failed)
{
	struct group *group = &parent->rare->group;
	uint32_t oldest = failed->slot;

	if (parent->type->strategy == AKT_ONE_FOR_ONE) {
		ask_child(ctx, failed, CTL_RESTART);
		return;
	}
	if (parent->type->strategy == AKT_ONE_FOR_ALL) {
		while (cell_at(ctx, oldest)->next_sibling != CELL_NONE)
			oldest = cell_at(ctx, oldest)->next_sibling;
	}
	/* Else those born before it are not concerned, or have been revived before it. */
	group->phase = GROUP_HALTING;
	group->youngest = parent->first_child;
	group->oldest = oldest;
	group->at = group->youngest;
	step(ctx, parent->rare);
}

bool akti_group_will_halt(akt_ctx *ctx, const struct cell *parent, const struct cell *child)
{
	const struct group *group = &parent->rare->group;
	uint32_t at = group->at;

	if (group->phase != GROUP_HALTING)
		return false;
	while (at != CELL_NONE && at != child->slot && at != group->oldest)
		at = cell_at(ctx, at)->next_sibling;
	return at == child->slot;
}

void akti_group_reported(akt_ctx *ctx, struct cell *parent, uint32_t slot, bool halted)
{
	struct group *group = &parent->rare->group;

	/* Word of a group that began anew meanwhile, or ended with an incarnation. */
	if (group->phase == GROUP_NONE || slot != group->at ||
	    halted != (group->phase == GROUP_HALTING))
		return;
	group->at = after(group, cell_at(ctx, slot));
	step(ctx, parent->rare);
}

void akti_group_leaves(struct cell *parent, const struct cell *child)
{
	struct group *group = &parent->rare->group;

	if (group->phase == GROUP_NONE)
		return;
	if (group->at == child->slot) {
		group->at = after(group, child);
		group->waits = true;
	}
	if (group->youngest == child->slot && group->oldest == child->slot)
		group->youngest = group->oldest = CELL_NONE;
	else if (group->youngest == child->slot)
		group->youngest = child->next_sibling;
	else if (group->oldest == child->slot)
		group->oldest = child->prev_sibling;
}

void akti_group_go_on(akt_ctx *ctx, struct cell *parent)
{
	struct group *group = &parent->rare->group;

	if (!group->waits)
		return;
	group->waits = false;
	if (group->phase != GROUP_NONE)
		step(ctx, parent->rare);
}
