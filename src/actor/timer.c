/* SPDX-License-Identifier: MIT */
/*
 * timer: the verbs of timers and delayed messages. How a record comes and goes is ask.h.
 *
 * A repeating timer is armed again when its tick has been handled, in the wheel of the worker that
 * handled it: so it cannot flood a mailbox, and what it missed meanwhile is a division. Its due
 * times stay on the grid of the first one, so it does not drift.
 */
#include "actor/follow.h"
#include "actor/ask.h"
#include <akt/timer.h>

static const akt_field tick_fields[] = {
	AKT_FIELD(1, akt_tick, due_ns),
	AKT_FIELD(2, akt_tick, count),
	AKT_FIELD(3, akt_tick, missed),
};
const akt_msg_type akt_message_akt_tick = { "akt.tick", sizeof(struct akt_tick), 3, tick_fields,
					    NULL };

_Static_assert(sizeof(struct akt_msg) + sizeof(struct akt_tick) <= ASK_MSG_BYTES, "fits in place");

static struct akt_tick *tick_of(struct ask *ask)
{
	return akt_msg_bytes(akti_msg_of_ask(ask));
}

void akti_timer_tick(struct ask *ask, int64_t now_ns)
{
	struct akt_tick *tick = tick_of(ask);
	int64_t late_ns = now_ns - ask->timer.deadline_ns;

	tick->due_ns = ask->timer.deadline_ns;
	tick->count += tick->missed + 1;
	tick->missed = 0;
	if (ask->interval_ns > 0 && late_ns > 0)
		tick->missed = (uint64_t)(late_ns / ask->interval_ns);
}

void akti_timer_again(akt_ctx *ctx, struct ask *ask)
{
	const struct akt_tick *tick = tick_of(ask);
	int64_t last_ns = tick->due_ns + (int64_t)tick->missed * ask->interval_ns;

	akti_store_rlx(&ask->state, ASK_PENDING);
	akti_ask_arm_at(ctx, ask,
			ask->interval_ns < AKT_FOREVER - last_ns ? last_ns + ask->interval_ns
								 : AKT_FOREVER);
}

int akti_timer_send(akt_ctx *ctx, struct cell *cell, struct ask *ask)
{
	akt_msg *msg = ask->msg;
	uint64_t to = ask->to;
	int r = 0;

	(void)akti_follow_begin(ctx, cell, akti_msg_of_ask(ask));
	akti_ask_free(ask);
	msg->from = akti_address_of_cell(ctx->actors, cell);
	msg->ask = 0;
	msg->to = 0;
	if (to == msg->from) {
		msg->to = to & GEN_MASK; /* counted as the record that brought it */
		r = akti_handle_instead(ctx, cell, msg);
	} else {
		(void)akti_deliver(ctx->actors, ctx, to, msg);
		akti_count(&ctx->tally.processed, 1);
	}
	akti_follow_end(ctx);
	return r;
}

/* --- the verbs ---------------------------------------------------------------------------------- */

static int begin(akt_ctx *ctx, enum ask_kind kind, akt_handler_fn then, uint64_t tag,
		 struct ask **ret_ask)
{
	const struct rare *rare = ctx->cell->rare;

	if (rare != NULL && rare->timers_count >= AKT_TIMERS_MAX)
		return AKT_ERR_LIMIT;
	*ret_ask = akti_ask_new(ctx, kind, then, tag);
	if (*ret_ask == NULL)
		return AKT_ERR_NOMEM;
	ctx->cell->rare->timers_count++;
	return 0;
}

int akt_timer_start(akt_ctx *ctx, int64_t delay_ns, int64_t interval_ns, akt_handler_fn then,
		    uint64_t tag, akt_pending *ret_timer)
{
	struct ask *ask;
	int r;

	if (delay_ns < 0 || interval_ns < 0 || then == NULL)
		return AKT_ERR_INVALID;
	r = begin(ctx, ASK_TIMER, then, tag, &ask);
	if (r < 0)
		return r;
	ask->interval_ns = interval_ns;
	akti_msg_of_ask(ask)->type = AKT_TYPE_OF(akt_tick);
	akti_ask_arm(ctx, ask, delay_ns);
	if (ret_timer != NULL)
		*ret_timer = akti_ask_handle(ask);
	return 0;
}

int akt_send_after(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t delay_ns,
		   akt_pending *ret_pending)
{
	struct ask *ask;
	int r;

	if (msg == NULL)
		return akt_msg_null_error();
	r = delay_ns < 0 ? AKT_ERR_INVALID : begin(ctx, ASK_SEND, akti_ask_nothing, 0, &ask);
	if (r < 0) {
		akt_msg_free(msg);
		return r;
	}
	ask->msg = msg;
	ask->to = akti_address_of(ctx->actors, to);
	akti_msg_of_ask(ask)->type = AKT_TYPE_OF(akt_tick);
	akti_ask_arm(ctx, ask, delay_ns);
	if (ret_pending != NULL)
		*ret_pending = akti_ask_handle(ask);
	return 0;
}
