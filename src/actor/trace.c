/* SPDX-License-Identifier: MIT */
/*
 * trace: what happened to an actor, kept for a crash record, and hashed in a seeded system.
 *
 * No address and no padding is in the hash: names, numbers and the virtual time are, so it is the
 * same whichever compiler built the program.
 */
#include "actor/actors.h"
#include "base/hash.h"
#include <string.h>

static void fold(struct actors *actors, uint64_t value)
{
	actors->trace_hash = akti_hash_u64(actors->trace_hash ^ value);
}

static void fold_name(struct actors *actors, const char *name)
{
	fold(actors, akti_hash_bytes(name, strlen(name), 0));
}

static void fold_event(struct actors *actors, const struct crash_event *event)
{
	const akt_ctx *ctx = akti_ctx_here(actors);

	fold(actors, (uint64_t)event->kind << 32 | (uint32_t)event->error);
	fold(actors, (uint64_t)akti_sched_now(&actors->sched));
	fold(actors, event->actor);
	if (event->type != NULL)
		fold_name(actors, event->type->name);
	if (event->msg != NULL)
		fold_name(actors, event->msg->name);
	if (event->kind == CRASH_HANDLE && ctx != NULL)
		fold(actors, ctx->msg->from);
}

/* For the flight recorder, what is rare. */
static void keep(const struct crash_event *event)
{
	if (event->kind == CRASH_FAIL)
		akti_blackbox_event(BLACKBOX_FAIL, event->actor, event->type, event->msg,
				    event->error);
	else if (event->kind == CRASH_RESTART)
		akti_blackbox_event(BLACKBOX_RESTART, event->actor, event->type, NULL, 0);
	else if (event->kind == CRASH_DEAD)
		akti_blackbox_event(BLACKBOX_DEAD, event->actor, NULL, event->msg, event->error);
}

static void note(struct actors *actors, const struct crash_event *event)
{
	if (actors->options.seed != 0)
		fold_event(actors, event);
	if (akti_prof_watched_by(PROF_WATCH_CRASH))
		akti_crash_note(event);
	if (akti_blackbox_is_on())
		keep(event);
}

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
	note(actors, &event);
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
	note(actors, &event);
}
