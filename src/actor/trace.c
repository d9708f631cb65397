/* SPDX-License-Identifier: MIT */
/* trace: what happened to an actor, kept for a crash record. */
#include "actor/actors.h"

AKTI_COLD void akti_trace_note(struct actors *actors, const struct cell *cell,
			       enum crash_event_kind kind, const akt_msg_type *msg,
			       const void *code, int error)
{
	struct crash_event event = { .kind = kind, .error = error, .msg = msg, .code = code };

	if (cell != NULL) {
		akt_ref ref = akti_ref_of(actors, cell);

		event.node = ref.node;
		event.actor = (uint64_t)ref.slot << 32 | ref.gen;
		event.type = cell->type;
	}
	akti_crash_note(&event);
}

/* The cell may be somebody else's by now: only whom the message was for is said. */
AKTI_COLD void akti_trace_dead(struct actors *actors, const struct cell *cell, const akt_msg *msg,
			       enum akt_dead reason)
{
	struct crash_event event = {
		.kind = CRASH_DEAD, .error = (int32_t)reason, .msg = msg->type, .node = actors->node
	};

	if (cell != NULL)
		event.actor = (uint64_t)akti_table_slot(&actors->table, cell) << 32 |
			      ADDRESS_GEN(msg->to);
	akti_crash_note(&event);
}
