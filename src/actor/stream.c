/* SPDX-License-Identifier: MIT */
#include "actor/stream.h"
#include "actor/actors.h"
#include <stdio.h>
#include <string.h>

static const akt_field event_fields[] = {
	AKT_FIELD(1, akt_event, about), AKT_FIELD(2, akt_event, other),
	AKT_FIELD(3, akt_event, kind),  AKT_FIELD(4, akt_event, code),
	AKT_FIELD(5, akt_event, error), AKT_FIELD(6, akt_event, lost),
	AKT_FIELD(7, akt_event, name),
};
const akt_msg_type akt_message_akt_event = { "akt.event", sizeof(struct akt_event), 7, event_fields,
					     NULL };

/* --- subscribers -------------------------------------------------------------------------------- */

/* Take a free entry; 0: there is none, else its number from 1. */
static uint32_t claim(struct stream *stream)
{
	for (uint32_t i = 0; i < AKT_SUBSCRIBERS_MAX; i++) {
		uint64_t address = 0;

		if (akti_cas_acqrel(&stream->subscribers[i].address, &address, ADDRESS_NOBODY))
			return i + 1;
	}
	return 0;
}

int akt_events_subscribe(akt_ctx *ctx, uint32_t kinds, const akt_type *type, uint32_t queued_max)
{
	struct stream *stream = &ctx->actors->stream;
	struct rare *rare = akti_cell_rare(ctx->cell);
	struct subscriber *subscriber;

	if (kinds == 0 || (kinds & ~AKT_EVENT_ALL) != 0)
		return AKT_ERR_INVALID;
	if (rare == NULL)
		return AKT_ERR_NOMEM;
	if (rare->subscriber == 0) {
		rare->subscriber = claim(stream);
		if (rare->subscriber == 0)
			return AKT_ERR_LIMIT;
		(void)akti_add_acqrel(&stream->count, 1);
	}
	subscriber = &stream->subscribers[rare->subscriber - 1];
	akti_store_rlx(&subscriber->type, type);
	akti_store_rlx(&subscriber->kinds, kinds);
	akti_store_rlx(&subscriber->most, queued_max != 0 ? queued_max : AKT_EVENTS_QUEUED);
	akti_store_rel(&subscriber->address, akti_address_of_cell(ctx->actors, ctx->cell)); /* E1 */
	return 0;
}

void akti_event_forget(struct actors *actors, struct cell *cell)
{
	struct subscriber *subscriber;

	if (cell->rare->subscriber == 0)
		return;
	subscriber = &actors->stream.subscribers[cell->rare->subscriber - 1];
	cell->rare->subscriber = 0;
	akti_store_rlx(&subscriber->lost, 0);
	akti_store_rel(&subscriber->address, 0); /* E1 */
	(void)akti_add_acqrel(&actors->stream.count, UINT32_MAX);
}

int akt_events_unsubscribe(akt_ctx *ctx)
{
	if (ctx->cell->rare == NULL || ctx->cell->rare->subscriber == 0)
		return AKT_ERR_NOTFOUND;
	akti_event_forget(ctx->actors, ctx->cell);
	return 0;
}

void akti_event_arrived(struct actors *actors, akt_msg *msg)
{
	(void)akti_add_acqrel(&actors->stream.subscribers[msg->ask - 1].queued, UINT32_MAX);
	msg->to &= ~(uint64_t)MSG_EVENT;
	msg->ask = 0;
}

/* --- telling ------------------------------------------------------------------------------------ */

static void copy_name(char to[AKT_EVENT_NAME], const char *name)
{
	size_t length = strnlen(name, AKT_EVENT_NAME - 1);

	memcpy(to, name, length);
	to[length] = '\0';
}

void akti_event_make(struct actors *actors, const struct cell *cell, struct akt_event *event,
		     enum akt_event_kind kind, int code, int error)
{
	memset(event, 0, sizeof(*event));
	event->about = akti_ref_of(actors, cell);
	event->kind = (uint32_t)kind;
	event->code = code;
	event->error = error;
	event->actor_type = cell->type->name;
	event->message_type = "";
	if (cell->name != NULL)
		copy_name(event->name, cell->name->text);
}

static bool is_a(const akt_type *type, const akt_type *wanted)
{
	return type != NULL && (type == wanted || type->variant_of == wanted);
}

/* Whether a subscriber wants it; *ret_address is who. */
static bool wants(struct subscriber *subscriber, const akt_type *type, uint32_t kind,
		  uint64_t *ret_address)
{
	uint64_t address = akti_load_acq(&subscriber->address); /* E1 */
	const akt_type *wanted;
	uint32_t kinds;

	if (address == 0 || address == ADDRESS_NOBODY)
		return false;
	wanted = akti_load_acq(&subscriber->type);
	kinds = akti_load_acq(&subscriber->kinds);
	*ret_address = address;
	return (kinds & kind) != 0 && (wanted == NULL || is_a(type, wanted)) &&
	       akti_load_acq(&subscriber->address) == address;
}

static bool take_place(struct subscriber *subscriber)
{
	if (akti_add_acqrel(&subscriber->queued, 1) < akti_load_rlx(&subscriber->most))
		return true;
	(void)akti_add_acqrel(&subscriber->queued, UINT32_MAX);
	return false;
}

static void tell(struct actors *actors, akt_ctx *ctx, uint32_t number, uint64_t to,
		 const struct akt_event *event)
{
	struct subscriber *subscriber = &actors->stream.subscribers[number - 1];
	akt_msg *msg = NULL;

	if (take_place(subscriber)) {
		msg = akti_msg_new_signal(&akt_message_akt_event, sizeof(*event));
		if (msg != NULL)
			memcpy(msg->payload, event, sizeof(*event));
		else
			(void)akti_add_acqrel(&subscriber->queued, UINT32_MAX);
	}
	if (msg == NULL) {
		(void)akti_add_acqrel(&subscriber->lost, 1);
		return;
	}
	((struct akt_event *)akt_msg_bytes(msg))->lost = akti_xchg_acqrel(&subscriber->lost, 0);
	msg->from = 0;
	msg->ask = number;
	msg->to = MSG_EVENT;
	(void)akti_deliver(actors, ctx, to, msg);
}

static bool is_subscriber(struct stream *stream, akt_ref ref)
{
	uint64_t address = ADDRESS(ref.slot, ref.gen);

	for (uint32_t i = 0; i < AKT_SUBSCRIBERS_MAX && address != 0; i++) {
		if (akti_load_rlx(&stream->subscribers[i].address) == address)
			return true;
	}
	return false;
}

void akti_event_tell(struct actors *actors, akt_ctx *ctx, const akt_type *type,
		     const struct akt_event *event)
{
	struct stream *stream = &actors->stream;
	uint64_t to;

	if (is_subscriber(stream, event->about) ||
	    (event->kind == AKT_EVENT_DEAD_LETTER && is_subscriber(stream, event->other)))
		return;
	for (uint32_t i = 0; i < AKT_SUBSCRIBERS_MAX; i++) {
		if (wants(&stream->subscribers[i], type, event->kind, &to))
			tell(actors, ctx, i + 1, to, event);
	}
}

void akti_event(akt_ctx *ctx, const struct cell *cell, enum akt_event_kind kind, int code,
		int error)
{
	struct akt_event event;

	if (akti_likely(!akti_event_wanted(ctx->actors)))
		return;
	akti_event_make(ctx->actors, cell, &event, kind, code, error);
	akti_event_tell(ctx->actors, ctx, cell->type, &event);
}

void akti_event_birth(struct actors *actors, akt_ctx *ctx, const struct cell *cell,
		      const struct cell *parent)
{
	struct akt_event event;

	if (parent != NULL) {
		akti_event_make(actors, parent, &event, AKT_EVENT_CHILD, 0, 0);
		event.other = akti_ref_of(actors, cell);
		akti_event_tell(actors, ctx, parent->type, &event);
	}
	if (cell->type->start == NULL) {
		akti_event_make(actors, cell, &event, AKT_EVENT_STARTED, 0, 0);
		akti_event_tell(actors, ctx, cell->type, &event);
	}
}

void akti_event_dead(struct actors *actors, akt_ctx *ctx, const struct cell *cell,
		     const akt_msg *msg, int reason)
{
	const akt_type *type = NULL;
	struct akt_event event;

	if (msg->type == &akt_message_akt_event)
		return;
	memset(&event, 0, sizeof(event));
	event.kind = AKT_EVENT_DEAD_LETTER;
	event.code = reason;
	event.actor_type = "";
	event.message_type = msg->type->name;
	if (cell != NULL) {
		event.about = akti_ref_of(actors, cell);
		event.about.gen = ADDRESS_GEN(msg->to);
		if (reason == AKT_DEAD_UNHANDLED) {
			type = cell->type; /* it is the cell's turn */
			event.actor_type = type->name;
		}
	}
	if (msg->from != 0)
		event.other =
			(akt_ref){ ADDRESS_SLOT(msg->from), ADDRESS_GEN(msg->from), actors->node };
	akti_event_tell(actors, ctx, type, &event);
}
