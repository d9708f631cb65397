/* SPDX-License-Identifier: MIT */
#include "super/super.h"
#include <stdio.h>
#include <string.h>

/* A ring for so many; NULL: memory is out. */
static struct restarts *window(struct restarts **restarts, uint32_t room)
{
	if (*restarts == NULL) {
		*restarts = akti_mem_alloc(akti_restarts_bytes(room), MEM_OTHER);
		if (*restarts != NULL)
			**restarts = (struct restarts){ .room = room };
	}
	return *restarts;
}

/* Whether one more restart now keeps to at most restarts->room within any within_ns; note it. */
static bool note_restart(struct restarts *restarts, int64_t now, int64_t within_ns)
{
	if (restarts == NULL)
		return false;
	if (restarts->count < restarts->room) {
		restarts->at_ns[restarts->count++] = now;
		return true;
	}
	if (now - restarts->at_ns[restarts->oldest] <= within_ns)
		return false;
	restarts->at_ns[restarts->oldest] = now;
	restarts->oldest = (restarts->oldest + 1) % restarts->room;
	return true;
}

static int64_t within_of(int64_t within_ns)
{
	return within_ns != 0 ? within_ns : SUPER_WITHIN_NS;
}

bool akti_super_may_restart_child(struct actors *actors, struct cell *parent)
{
	const akt_type *type = parent->type;

	if (type->children_restarts_max == 0)
		return true;
	return note_restart(window(&parent->rare->children_restarts, type->children_restarts_max),
			    akti_sched_now(&actors->sched), within_of(type->children_within_ns));
}

/* Whether its parent counts the restarts of all its children. */
static bool is_counted_above(struct actors *actors, const struct cell *cell)
{
	uint32_t parent = akti_load_rlx(&cell->parent);

	return parent != CELL_NONE &&
	       akti_table_cell(&actors->table, parent)->type->children_restarts_max != 0;
}

static bool may_restart(struct actors *actors, struct cell *cell)
{
	const akt_type *type = cell->type;
	uint32_t most = type->restarts_max != 0 ? type->restarts_max : SUPER_RESTARTS_MAX;

	if (is_counted_above(actors, cell) || most == AKT_RESTARTS_UNLIMITED)
		return true;
	if (akti_cell_rare(cell) == NULL)
		return false;
	return note_restart(window(&cell->rare->restarts, most), akti_sched_now(&actors->sched),
			    within_of(type->within_ns));
}

int64_t akti_super_backoff(struct actors *actors, struct cell *cell)
{
	const akt_type *type = cell->type;
	int64_t most = type->backoff_max_ns > 0 ? type->backoff_max_ns : AKT_BACKOFF_MAX_NS;
	int64_t wait_ns = type->backoff_ns;
	int64_t now = akti_sched_now(&actors->sched);
	struct rare *rare;

	if (wait_ns <= 0)
		return 0;
	rare = akti_cell_rare(cell);
	if (rare == NULL)
		return wait_ns;
	/* A quiet time as long as the window begins it anew. */
	if (now - rare->failed_ns > within_of(type->within_ns))
		rare->backoff_step = 0;
	for (uint32_t i = 0; i < rare->backoff_step && wait_ns < most; i++)
		wait_ns = wait_ns < most / 2 ? wait_ns * 2 : most;
	if (wait_ns > most)
		wait_ns = most;
	rare->backoff_step++;
	rare->failed_ns = now + wait_ns;
	return wait_ns;
}

enum akt_directive akti_super_decide(struct actors *actors, struct cell *cell, int error)
{
	const akt_type *type = cell->type;
	enum akt_directive directive =
		type->decide != NULL ? type->decide(error) : type->on_failure;

	switch (directive) {
	case AKT_DIRECTIVE_RESTART:
		return may_restart(actors, cell) ? directive : AKT_DIRECTIVE_ESCALATE;
	case AKT_DIRECTIVE_RESUME:
	case AKT_DIRECTIVE_ESCALATE:
		return directive;
	default:
		return AKT_DIRECTIVE_STOP;
	}
}

static void add_tally(akt_stats *stats, const struct tally *tally)
{
	stats->accepted += akti_counter_read(&tally->accepted);
	stats->processed += akti_counter_read(&tally->processed);
	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		stats->dead[i] += akti_counter_read(&tally->dead[i]);
	stats->dropped += akti_counter_read(&tally->dropped);
	stats->spawned += akti_counter_read(&tally->spawned);
	stats->ended += akti_counter_read(&tally->ended);
	stats->restarts += akti_counter_read(&tally->restarts);
	stats->failures += akti_counter_read(&tally->failures);
}

void akti_super_tally(struct actors *actors, akt_stats *stats)
{
	for (unsigned i = 0; i < OUTSIDE_TALLIES; i++)
		add_tally(stats, &actors->outside[i]);
	for (unsigned i = 0; i < actors->sched.count; i++) {
		const struct worker *worker = &actors->sched.workers[i];
		const akt_ctx *ctx = worker->user;

		add_tally(stats, &ctx->tally);
		stats->turns += akti_counter_read(&worker->turns);
		stats->steals += akti_counter_read(&worker->steals);
		stats->parks += akti_counter_read(&worker->parks);
	}
}

uint64_t akti_super_live(struct actors *actors)
{
	akt_stats stats;

	memset(&stats, 0, sizeof(stats));
	akti_super_tally(actors, &stats);
	return stats.spawned - stats.ended;
}

bool akti_super_shutdown(struct actors *actors, int64_t deadline_ns)
{
	while (akti_super_live(actors) > 0) {
		akti_store_sc(&actors->walk_at, 0);
		if (!akti_sched_command(&actors->sched, akti_tree_walk, actors, deadline_ns))
			return false;
		/* Those that were busy end on turns of their own; a birth that was under way while
		 * the walk passed is met by the next walk. */
		if (!akti_sched_wait_quiet(&actors->sched, deadline_ns))
			return false;
	}
	return true;
}

size_t akti_super_left(struct actors *actors, akt_left *left, size_t max)
{
	uint32_t used = akti_load_acq(&actors->table.used);
	size_t count = 0;

	for (uint32_t slot = 0; slot < used; slot++) {
		struct look look;

		if (!akti_look(actors, slot, &look))
			continue;
		if (count < max) {
			akt_left *entry = &left[count];

			memset(entry, 0, sizeof(*entry));
			entry->ref = (akt_ref){ look.slot, look.gen, actors->node };
			entry->type = look.type->name;
			(void)snprintf(entry->name, sizeof(entry->name), "%.63s", look.name);
		}
		count++;
	}
	return count;
}
