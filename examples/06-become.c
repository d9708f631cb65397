/* SPDX-License-Identifier: MIT */
/* Become and stash. A store is not open yet while it looks for its key: orders that come meanwhile
 * are stashed. When the key is there it becomes another store, and takes the stashed orders first,
 * before those that have come since. */
#include <akt/akt.h>
#include <stdio.h>

struct order {
	int number;
};
AKT_MESSAGE_DEFINE(order, "store.order", AKT_FIELD(1, order, number));
AKT_SIGNAL_DEFINE(key, "store.key");
AKT_SIGNAL_DEFINE(evening, "store.evening");

static int open_on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	printf("order %d is served\n", akt_payload(msg, order)->number);
	return 0;
}

static int open_on_evening(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	printf("the store closes\n");
	return akt_unbecome(ctx); /* from the next message on, its type's own handlers */
}

static const akt_handler open_handlers[] = { AKT_ON(order, open_on_order),
					     AKT_ON(evening, open_on_evening), AKT_END };

static int closed_on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int number = akt_payload(msg, order)->number;

	(void)state;
	if (akt_stash(ctx) == AKT_ERR_LIMIT)
		printf("order %d is refused: too many wait\n", number);
	else
		printf("order %d waits\n", number);
	return 0;
}

static int closed_on_key(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_become(ctx, open_handlers);

	(void)state, (void)msg;
	if (r < 0)
		return r;
	printf("the store opens, %d have waited\n", akt_unstash(ctx, AKT_ALL));
	return 0;
}

static const akt_handler closed_handlers[] = { AKT_ON(order, closed_on_order),
					       AKT_ON(key, closed_on_key), AKT_END };
static const akt_type store = { .name = "store", .handlers = closed_handlers, .stash_max = 2 };

int main(void)
{
	akt_system *sys;
	akt_ref ref;
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return 1;
	r = akt_spawn(sys, &store, NULL, &ref);
	if (r == 0) {
		akt_msg *day[] = { AKT_NEW(order, 1),   AKT_NEW(order, 2),  AKT_NEW(order, 3),
				   AKT_NEW_SIGNAL(key), AKT_NEW(order, 4),  AKT_NEW_SIGNAL(evening),
				   AKT_NEW(order, 5),   AKT_NEW_SIGNAL(key) };

		/* All at once, and in this order. */
		r = akt_post_batch(sys, ref, day, sizeof(day) / sizeof(day[0]));
	}
	return akt_system_stop(sys) < 0 || r < 0;
}
