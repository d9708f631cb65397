/* SPDX-License-Identifier: MIT */
#include "super/super.h"
#include <stdio.h>
#include <string.h>

static struct restarts *restarts_of(struct cell *cell, uint32_t room)
{
	struct rare *rare = akti_cell_rare(cell);

	if (rare == NULL)
		return NULL;
	if (rare->restarts == NULL) {
		rare->restarts = akti_mem_alloc(akti_restarts_bytes(room), MEM_OTHER);
		if (rare->restarts != NULL)
			*rare->restarts = (struct restarts){ .room = room };
	}
	return rare->restarts;
}

/* Whether one more restart keeps to at most `most` within any within_ns, and note it. */
static bool may_restart(struct actors *actors, struct cell *cell)
{
	const akt_type *type = cell->type;
	uint32_t most = type->restarts_max != 0 ? type->restarts_max : SUPER_RESTARTS_MAX;
	int64_t within_ns = type->within_ns != 0 ? type->within_ns : SUPER_WITHIN_NS;
	struct restarts *restarts = restarts_of(cell, most);
	int64_t now = akti_sched_now(&actors->sched);

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
		struct cell *cell = akti_table_cell(&actors->table, slot);
		uint64_t ctl = akti_load_acq(&cell->ctl);

		if (!(ctl & CTL_LIVE) || (ctl & CTL_PORT))
			continue;
		if (count < max) {
			akt_left *entry = &left[count];

			memset(entry, 0, sizeof(*entry));
			entry->ref = akti_ref_of(actors, cell);
			entry->type = cell->type->name;
			if (cell->name != NULL)
				(void)snprintf(entry->name, sizeof(entry->name), "%.63s",
					       cell->name->text);
		}
		count++;
	}
	return count;
}
