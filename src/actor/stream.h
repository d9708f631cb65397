/* SPDX-License-Identifier: MIT */
/*
 * stream: events of actors, told to subscribers.
 *
 * A table of subscribers in the system, read by whoever has an event and written by subscribers on
 * their own turns. No lock: an entry is claimed by CAS on `address`, and a reader looks at the address
 * before and after the rest, so it tells nobody what was meant for another.
 *
 *	field                written by                        read by
 *	address              the subscriber: 0, then NOBODY,   everybody (E1: store rel, load acq)
 *	                     then its own; 0 at its end
 *	kinds, type, most    the subscriber                    everybody
 *	queued               who tells, by add; who takes the message out of a mailbox, by sub
 *	lost                 who tells, by add and exchange
 *
 * queued counts messages in flight that name the entry (msg->ask with MSG_EVENT), whoever has it by
 * then: so it is right for the next subscriber too, and is never reset.
 */
#ifndef AKTI_STREAM_H
#define AKTI_STREAM_H

#include "actor/cell.h"
#include <akt/event.h>

struct actors;

struct subscriber {
	_Atomic uint64_t address; /* 0: free */
	_Atomic(const akt_type *) type;
	_Atomic uint32_t kinds;
	_Atomic uint32_t most;
	_Atomic uint32_t queued;
	_Atomic uint32_t lost;
};

struct stream {
	_Atomic uint32_t count; /* subscribers; 0: no event is made */
	struct subscriber subscribers[AKT_SUBSCRIBERS_MAX];
};

/* Describe an event of a live actor, on a turn of its own or before it is let live. */
void akti_event_make(struct actors *actors, const struct cell *cell, struct akt_event *event,
		     enum akt_event_kind kind, int code, int error);
/* Tell the subscribers. type: of whom it is, NULL: not known. Any thread; ctx may be NULL. */
void akti_event_tell(struct actors *actors, akt_ctx *ctx, const akt_type *type,
		     const struct akt_event *event);
/* Both. Own turn. */
void akti_event(akt_ctx *ctx, const struct cell *cell, enum akt_event_kind kind, int code,
		int error);
/* An actor is about to live. */
void akti_event_birth(struct actors *actors, akt_ctx *ctx, const struct cell *cell,
		      const struct cell *parent);
/* msg is about to be a dead letter of cell, which may be NULL. */
void akti_event_dead(struct actors *actors, akt_ctx *ctx, const struct cell *cell,
		     const akt_msg *msg, int reason);

/* An event has left its mailbox: it is a plain message now. */
void akti_event_arrived(struct actors *actors, akt_msg *msg);
/* The incarnation of a subscriber ends. Owner. */
void akti_event_forget(struct actors *actors, struct cell *cell);

#endif
