/* SPDX-License-Identifier: MIT */
/* What is stuck, and where: a shop's order is not answered. A dump, taken from outside while nobody is
 * stopped, shows who waits for whom. The system is seeded, so each run is the same. */
#include <akt/akt.h>
#include <stdio.h>

AKT_SIGNAL_DEFINE(order, "shop.order");
AKT_SIGNAL_DEFINE(pay, "shop.pay");
AKT_SIGNAL_DEFINE(open_till, "shop.open");

struct till {
	bool is_open; /* until it is, it puts payments aside */
};

static int till_on_pay(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct till *self = state;

	(void)msg;
	return self->is_open ? akt_reply(ctx, AKT_NEW_SIGNAL(pay)) : akt_stash(ctx);
}

static int till_on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	((struct till *)state)->is_open = true;
	(void)akt_unstash(ctx, AKT_ALL);
	return 0;
}

static const akt_handler till_handlers[] = { AKT_ON(pay, till_on_pay),
					     AKT_ON(open_till, till_on_open), AKT_END };
static const akt_type till_type = { .name = "till",
				    .state_size = sizeof(struct till),
				    .handlers = till_handlers };

struct shop {
	akt_ref till;
};

static int shop_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct shop *self = state;

	(void)arg;
	return akt_spawn_child(ctx, &till_type, "till-1", NULL, &self->till);
}

static int shop_on_paid(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	printf("paid: %s\n", akt_strerror(akt_msg_error(msg)));
	return 0;
}

static int shop_on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct shop *self = state;

	(void)msg;
	return akt_ask(ctx, self->till, AKT_NEW_SIGNAL(pay), AKT_MINUTES(10), shop_on_paid, 0);
}

static const akt_handler shop_handlers[] = { AKT_ON(order, shop_on_order), AKT_END };
static const akt_type shop_type = { .name = "shop",
				    .state_size = sizeof(struct shop),
				    .start = shop_start,
				    .handlers = shop_handlers };

static void print_line(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

int main(void)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref shop;
	int r;

	options.name = "shop";
	options.seed = 1;
	r = akt_system_start(&sys, &options);
	if (r == 0)
		r = akt_spawn_named(sys, &shop_type, "main", NULL, &shop);
	if (r == 0)
		r = akt_post(sys, shop, AKT_NEW_SIGNAL(order));
	if (r == 0)
		r = akt_system_drain(sys, AKT_S(1)); /* nobody has a message */
	if (r == 0)
		r = akt_system_dump(sys, NULL, print_line, NULL);
	if (r == 0)
		r = akt_post(sys, akt_find_path(sys, "/main/till-1"), AKT_NEW_SIGNAL(open_till));
	if (r == 0)
		r = akt_system_stop(sys);
	return r < 0;
}
