/* SPDX-License-Identifier: MIT */
/*
 * Events: what happens to actors, as messages to whoever has subscribed.
 *
 *	static int on_event(akt_ctx *ctx, void *state, akt_msg *msg)
 *	{
 *		const struct akt_event *event = akt_payload(msg, akt_event);
 *
 *		akt_log(ctx, "%s %s failed", event->actor_type, event->name);
 *		return 0;
 *	}
 *	...
 *	r = akt_events_subscribe(ctx, AKT_EVENT_FAILED | AKT_EVENT_STOPPED, NULL, 0);
 *
 * A subscriber has at most so many events queued as it said; what comes meanwhile is dropped, and
 * the next event says how many were lost. What happens to one actor is told in its order. Nobody is
 * told of a subscriber's own events, nor of dead letters that it sent, so subscribers never feed each
 * other; but one that starts an actor for each STARTED has no end.
 *
 * While nobody subscribes an event costs one load, and messages cost nothing at any time.
 */
#ifndef AKT_EVENT_H
#define AKT_EVENT_H

#include <akt/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum akt_event_kind {
	AKT_EVENT_STARTED = 1 << 0,   /* it is born, and its start hook has succeeded */
	AKT_EVENT_STOPPED = 1 << 1,   /* it has ended. code: enum akt_reason; error: of FAILED */
	AKT_EVENT_RESTARTED = 1 << 2, /* a fresh incarnation has started */
	AKT_EVENT_SUSPENDED = 1 << 3, /* by akt_suspend */
	AKT_EVENT_RESUMED = 1 << 4,   /* by akt_resume, or its parent's directive */
	AKT_EVENT_FAILED = 1 << 5,    /* error: with what; code: enum akt_directive */
	AKT_EVENT_ESCALATED = 1 << 6, /* suspended, and its parent is to decide. error: with what */
	AKT_EVENT_DEAD_LETTER = 1 << 7, /* sent to it. code: enum akt_dead; other: from whom */
	AKT_EVENT_CHILD = 1 << 8,       /* it has a new child. other: which */
};
#define AKT_EVENT_ALL 0x1ffu

/* Bytes of a name in an event, its NUL included; longer names are cut. */
#define AKT_EVENT_NAME 64

struct akt_event {
	akt_ref about;
	akt_ref other; /* null if there is none */
	uint32_t kind; /* one of enum akt_event_kind */
	int32_t code;
	int32_t error;
	uint32_t lost;             /* events that this subscriber has missed since its last one */
	const char *actor_type;    /* "" when the actor is gone */
	const char *message_type;  /* of a dead letter; else "" */
	char name[AKT_EVENT_NAME]; /* "" for an anonymous actor, and for dead letters */
};
AKT_API extern const akt_msg_type akt_message_akt_event;

/* Have the events of these kinds sent to this actor as struct akt_event, from now on. type: only of
 * actors of this type; NULL: of all. (The type of who got a dead letter is known if that has reason
 * UNHANDLED.) queued_max: events waiting for this actor at a time; 0: AKT_EVENTS_QUEUED. Subscribing
 * again replaces. A subscription ends with the subscriber's incarnation.
 * Threads: handler. Errors: INVALID (kinds is 0 or has others), LIMIT (AKT_SUBSCRIBERS_MAX), NOMEM. */
AKT_API int akt_events_subscribe(akt_ctx *ctx, uint32_t kinds, const akt_type *type,
				 uint32_t queued_max);
#define AKT_EVENTS_QUEUED 1024u
#define AKT_SUBSCRIBERS_MAX 64u /* in one system */

/* No more events are sent to this actor; those queued still come.
 * Threads: handler. Errors: NOTFOUND. */
AKT_API int akt_events_unsubscribe(akt_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
