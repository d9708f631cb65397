/* SPDX-License-Identifier: MIT */
/* Events. An auditor writes down how others live and die, and which letters nobody took. Nobody
 * knows that it is there, and it costs messages nothing. */
#include <akt/akt.h>
#include <stdio.h>

struct pay {
	int cents;
};
AKT_MESSAGE_DEFINE(pay, "till.pay", AKT_FIELD(1, pay, cents));
AKT_SIGNAL_DEFINE(gossip, "till.gossip");

static int on_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	static const char *const reasons[] = { "gone", "unhandled", "stopped", "late", "full" };
	const struct akt_event *event = akt_payload(msg, akt_event);

	(void)ctx, (void)state;
	switch (event->kind) {
	case AKT_EVENT_STARTED:
		printf("%s %s has started\n", event->actor_type, event->name);
		break;
	case AKT_EVENT_FAILED:
		printf("%s %s has failed: %s\n", event->actor_type, event->name,
		       akt_strerror(event->error));
		break;
	case AKT_EVENT_RESTARTED:
		printf("%s %s has restarted\n", event->actor_type, event->name);
		break;
	case AKT_EVENT_STOPPED:
		printf("%s %s has ended, reason %d\n", event->actor_type, event->name,
		       (int)event->code);
		break;
	default: /* the only other kind that was asked for */
		printf("nobody took %s: %s\n", event->message_type, reasons[event->code]);
	}
	if (event->lost > 0) /* more came than it had room for */
		printf("and %u were not told\n", (unsigned)event->lost);
	return 0;
}

static int auditor_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_events_subscribe(ctx,
				    AKT_EVENT_STARTED | AKT_EVENT_FAILED | AKT_EVENT_RESTARTED |
					    AKT_EVENT_STOPPED | AKT_EVENT_DEAD_LETTER,
				    NULL, 100);
}

static const akt_handler auditor_handlers[] = { AKT_ON(akt_event, on_event), AKT_END };
static const akt_type auditor = { .name = "auditor",
				  .handlers = auditor_handlers,
				  .start = auditor_start };

static int till_on_pay(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int cents = akt_payload(msg, pay)->cents;

	(void)state;
	return cents > 0 ? 0 : akt_fail(ctx, AKT_ERR_INVALID, "%d cents", cents);
}
static const akt_handler till_handlers[] = { AKT_ON(pay, till_on_pay), AKT_END };
static const akt_type till = { .name = "till",
			       .handlers = till_handlers,
			       .on_failure = AKT_DIRECTIVE_RESTART };

int main(void)
{
	akt_system *sys;
	akt_ref ref = { 0 };
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return 1;
	r = akt_spawn(sys, &auditor, NULL, NULL);
	if (r == 0 && (r = akt_system_drain(sys, AKT_S(30))) == 0) /* it has subscribed */
		r = akt_spawn_named(sys, &till, "till-1", NULL, &ref);
	if (r == 0) {
		akt_post(sys, ref, AKT_NEW(pay, .cents = 250));
		akt_post(sys, ref, AKT_NEW(pay, .cents = -1));
		akt_post(sys, ref, AKT_NEW_SIGNAL(gossip)); /* no row in its table */
		r = akt_system_drain(sys, AKT_S(30));
	}
	if (r == 0 && (r = akt_stop(sys, ref)) == 0)
		r = akt_system_drain(sys, AKT_S(30));
	if (r == 0 && akt_post(sys, ref, AKT_NEW(pay, .cents = 1)) == AKT_ERR_GONE)
		r = akt_system_drain(sys, AKT_S(30));
	return akt_system_stop(sys) < 0 || r < 0;
}
