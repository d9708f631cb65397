/* SPDX-License-Identifier: MIT */
/*
 * gate: what senders look at before they queue to a bounded mailbox.
 *
 *	used, most:   [ lines of 64 bytes : 32 ][ messages : 32 ]
 *
 * One word counts messages and memory, so that one CAS takes a place under both limits or under
 * none, and the limits are never exceeded. A message that has a place says so itself (MSG_COUNTED);
 * the place is given back when it leaves the mailbox: to its handler, to the dead letters or to the
 * drop count. Answers, time-outs and requests to stop or restart need no place.
 *
 * A mailbox that is a ring has its ring here (queue/mpmc.h): its positions count the messages, and the
 * word above only serves a limit in bytes.
 *
 * A gate belongs to a slot, like the cell: both are never unmapped while the system lives, so a
 * sender that lost the race against the actor's end gives its place back where it took it, and the
 * count is right whoever has the slot by then. The gates are a table of their own beside that of the
 * cells: its pages become memory only under slots that had a bounded mailbox.
 *
 *	field            written by                   read by
 *	used             senders, the owner, by CAS   everybody
 *	most, overflow   birth, relaxed; seen through the ctl word that says CTL_GATED (rel, acq). A late
 *	                 sender may meet the next tenant's limits: its message is dead anyway
 */
#ifndef AKTI_GATE_H
#define AKTI_GATE_H

#include "actor/cell.h"
#include "queue/mpmc.h"

struct gate {
	_Alignas(AKTI_LINE) _Atomic uint64_t used;
	_Atomic uint64_t most;
	_Atomic uint32_t overflow; /* enum akt_overflow */
	_Atomic bool in_bytes;     /* most has a limit in bytes */
	struct mpmc ring;
};

struct gates {
	struct plat_mutex mutex;
	struct plat_region region;
	uint32_t slots_max;
	_Atomic(struct gate *) first; /* NULL until the first bounded mailbox */
	_Atomic uint32_t ready;       /* gates whose memory is committed */
};

void akti_gates_init(struct gates *gates, uint32_t slots_max);
void akti_gates_fini(struct gates *gates);

/* The gate of a slot, made if need be; NULL: memory is out. Threads: any thread. */
struct gate *akti_gates_make(struct gates *gates, uint32_t slot);

/* The gate of a slot that has or had a bounded mailbox. */
AKTI_INLINE struct gate *akti_gate_of(struct gates *gates, const struct cell *cell)
{
	return akti_load_rlx(&gates->first) + cell->slot;
}

/* Set the limits of a new tenant; 0: none. */
void akti_gate_set(struct gate *gate, const akt_type *type);

/* Take a place for msg, and note so in it. False: full. Any thread. */
bool akti_gate_enter(struct gate *gate, akt_msg *msg);
/* Whether msg has a place when the mailbox is empty. */
bool akti_gate_fits(struct gate *gate, const akt_msg *msg);
/* Give the place of a counted msg back. Any thread that has the message. */
void akti_gate_leave(struct gate *gate, akt_msg *msg);

#endif
