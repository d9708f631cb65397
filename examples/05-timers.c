/* SPDX-License-Identifier: MIT */
/* Timers. A lamp blinks at an interval and turns itself off by a message sent to itself later. The
 * system is seeded: its clock is virtual, so a minute passes at once and each run is the same. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>

AKT_SIGNAL_DEFINE(report, "lamp.report");
AKT_SIGNAL_DEFINE(off, "lamp.off");
struct blinks {
	uint64_t count;
};
AKT_MESSAGE_DEFINE(blinks, "lamp.blinks", AKT_FIELD(1, blinks, count));

struct lamp {
	akt_pending blinking;
	akt_msg *request; /* who wants to know, once it is off */
	uint64_t blinks;
};

static int lamp_on_blink(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct lamp *self = state;
	const struct akt_tick *tick = akt_payload(msg, akt_tick);

	(void)ctx;
	self->blinks++;
	if (tick->count <= 3)
		printf("blink %" PRIu64 "\n", tick->count);
	return 0;
}

static int lamp_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct lamp *self = state;
	int r = akt_timer_start(ctx, AKT_S(1), AKT_S(1), lamp_on_blink, 0, &self->blinking);

	(void)arg;
	if (r < 0)
		return r;
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(off), AKT_MS(60500), NULL);
}

static int lamp_on_off(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct lamp *self = state;
	int r = akt_cancel(ctx,
			   self->blinking); /* no tick comes after this, not even a queued one */

	(void)msg;
	printf("off after %" PRIu64 " blinks\n", self->blinks);
	if (r == 0 && self->request != NULL)
		r = akt_reply_to(ctx, self->request, AKT_NEW(blinks, .count = self->blinks));
	akt_msg_free(self->request);
	self->request = NULL;
	return r;
}

static int lamp_on_report(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct lamp *self = state;

	(void)msg;
	self->request = akt_msg_take(ctx); /* answered when the lamp goes off */
	return 0;
}

static const akt_handler lamp_handlers[] = {
	AKT_ON(report, lamp_on_report),
	AKT_ON(off, lamp_on_off),
	AKT_END,
};
static const akt_type lamp = {
	.name = "lamp",
	.state_size = sizeof(struct lamp),
	.start = lamp_start,
	.handlers = lamp_handlers,
};

int main(void)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref ref;
	akt_msg *reply;
	int r;

	options.seed = 1;
	r = akt_system_start(&sys, &options);
	if (r < 0)
		return 1;
	r = akt_spawn(sys, &lamp, NULL, &ref);
	if (r == 0)
		r = akt_call(sys, ref, AKT_NEW_SIGNAL(report), AKT_MINUTES(2), &reply);
	if (r == 0)
		akt_msg_free(reply);
	else
		fprintf(stderr, "timers: %s\n", akt_strerror(r));
	return akt_system_stop(sys) < 0 || r < 0;
}
