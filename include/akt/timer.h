/* SPDX-License-Identifier: MIT */
/*
 * Timers: handlers that run when their time has come, and messages that are sent later.
 *
 *	static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
 *	{
 *		const struct akt_tick *tick = akt_payload(msg, akt_tick);
 *
 *		akt_log(ctx, "tick %" PRIu64 ", %" PRIu64 " missed", tick->count, tick->missed);
 *		return 0;
 *	}
 *	...
 *	r = akt_timer_start(ctx, 0, AKT_S(1), on_tick, 0, &self->timer);
 *	r = akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(retry), AKT_MS(250), NULL);
 *
 * A timer belongs to the actor that began it and ends with its incarnation: at a restart and at the
 * end. When its time has come it takes its place among the actor's messages, and runs in its turn.
 * A cancelled one never runs, even if its place had come up already.
 *
 * The clock is monotonic, and virtual in a seeded system. A timer never fires early; it fires late
 * by at most 1.05 ms (the clock's tick), plus the time that its worker is in a handler, plus the time
 * that its actor is busy.
 *
 * Count: each time that a timer fires is one message, accepted and processed. A delayed message to
 * another actor is accepted when it is sent; one that is cancelled was never sent, and is freed.
 */
#ifndef AKT_TIMER_H
#define AKT_TIMER_H

#include <akt/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Timers and delayed messages that one actor may have at a time. */
#define AKT_TIMERS_MAX 65536u

/* The message that the continuation of a timer is given. */
struct akt_tick {
	int64_t due_ns;  /* when it was due, on the system's clock */
	uint64_t count;  /* which due time of this timer this is: 1, 2, ..., missed ones included */
	uint64_t missed; /* due times that had passed after this one when it ran: they do not run */
};
AKT_API extern const akt_msg_type akt_message_akt_tick;

/* Run then(ctx, state, msg) as a handler of this actor in delay_ns, and if interval_ns is not 0
 * every interval_ns after that. At most one tick of a timer is queued: when the actor falls behind,
 * akt_tick.missed says by how much, and the next one is due at the next multiple. tag comes back
 * from akt_tag. ret_timer may be NULL.
 * Threads: handler. Errors: INVALID (a negative time, no function), LIMIT (AKT_TIMERS_MAX), NOMEM. */
AKT_API int akt_timer_start(akt_ctx *ctx, int64_t delay_ns, int64_t interval_ns,
			    akt_handler_fn then, uint64_t tag, akt_pending *ret_timer);

/* akt_send in delay_ns, unless it is cancelled or this actor restarts or ends before. To the actor
 * itself it is handled at the place that the timer has among its messages. A receiver that is gone
 * by then is a dead letter. ret_pending may be NULL.
 * Threads: handler. Owns: consumes msg, whatever is returned. Errors: INVALID (delay_ns < 0),
 * LIMIT (AKT_TIMERS_MAX), NOMEM, and NOMEM or OVERLOAD for a NULL message. */
AKT_API int akt_send_after(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t delay_ns,
			   akt_pending *ret_pending);

#ifdef __cplusplus
}
#endif
#endif
