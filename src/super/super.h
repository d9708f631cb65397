/* SPDX-License-Identifier: MIT */
/*
 * super: what is decided about actors that fail, and in which order a system ends.
 *
 * A failed actor's type names the directive. Restarts are counted in a window that begins with the
 * first of them: restarts_max within within_ns are granted, the next failure stops the actor.
 */
#ifndef AKTI_SUPER_H
#define AKTI_SUPER_H

#include "actor/actors.h"

#define SUPER_RESTARTS_MAX 3u
#define SUPER_WITHIN_NS AKT_S(5)

/* The decision about cell, which failed with error. On the actor's own turn. */
enum akt_directive akti_super_decide(struct actors *actors, struct cell *cell, int error);

/* Whether parent may have one more of its children restarted; counts it. On the parent's turn. */
bool akti_super_may_restart_child(struct actors *actors, struct cell *parent);

/* How long cell is to wait before a restart, ns; counts it. On the actor's own turn. */
int64_t akti_super_backoff(struct actors *actors, struct cell *cell);

/* Live actors: born and not ended. Exact only when nothing runs. */
uint64_t akti_super_live(struct actors *actors);

/* Stop everybody, children first; false: some are left at deadline_ns. Outside. */
bool akti_super_shutdown(struct actors *actors, int64_t deadline_ns);

/* Describe up to max actors that are live; returns how many there are in all. */
size_t akti_super_left(struct actors *actors, akt_left *left, size_t max);

/* Sum of all tallies. */
void akti_super_tally(struct actors *actors, akt_stats *stats);

#endif
