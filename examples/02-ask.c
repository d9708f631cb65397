/* SPDX-License-Identifier: MIT */
/* Ask and reply. The shop asks the warehouse and never waits: the answer comes to one more handler,
 * with the order's number as its tag. A plain thread asks with akt_call, which does wait. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>

struct order {
	uint64_t id;
	uint32_t sku;
};
AKT_MESSAGE_DEFINE(order, "shop.order", AKT_FIELD(1, order, id), AKT_FIELD(2, order, sku));
struct query {
	uint32_t sku;
};
AKT_MESSAGE_DEFINE(query, "warehouse.query", AKT_FIELD(1, query, sku));
struct level {
	uint32_t count;
};
AKT_MESSAGE_DEFINE(level, "warehouse.level", AKT_FIELD(1, level, count));

static int warehouse_on_query(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint32_t sku = akt_payload(msg, query)->sku;

	(void)state;
	if (sku >= 100)
		return akt_reply_error(ctx, AKT_ERR_NOTFOUND, "no shelf %" PRIu32, sku);
	return akt_reply(ctx, AKT_NEW(level, .count = sku * 3));
}

static const akt_handler warehouse_handlers[] = { AKT_ON(query, warehouse_on_query), AKT_END };
static const akt_type warehouse = { .name = "warehouse", .handlers = warehouse_handlers };

static int shop_on_level(akt_ctx *ctx, void *state, akt_msg *reply)
{
	int error = akt_msg_error(reply); /* timed out, refused, or the warehouse is gone */

	(void)state;
	if (error < 0)
		printf("order %" PRIu64 ": %s (%s)\n", akt_tag(ctx), akt_strerror(error),
		       akt_msg_error_text(reply));
	else
		printf("order %" PRIu64 ": %" PRIu32 " in stock\n", akt_tag(ctx),
		       akt_payload(reply, level)->count);
	return 0;
}

static int shop_on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct order *m = akt_payload(msg, order);
	akt_ref to = akt_find(akt_system_of(ctx), "warehouse");

	(void)state;
	return akt_ask(ctx, to, AKT_NEW(query, .sku = m->sku), AKT_S(5), shop_on_level, m->id);
}

static const akt_handler shop_handlers[] = { AKT_ON(order, shop_on_order), AKT_END };
static const akt_type shop = { .name = "shop", .handlers = shop_handlers };

int main(void)
{
	akt_system *sys;
	akt_ref stock, front;
	akt_msg *reply;
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return 1;
	r = akt_spawn_named(sys, &warehouse, "warehouse", NULL, &stock);
	if (r == 0)
		r = akt_spawn(sys, &shop, NULL, &front);
	if (r == 0) {
		akt_post(sys, front, AKT_NEW(order, .id = 1, .sku = 7));
		akt_post(sys, front, AKT_NEW(order, .id = 2, .sku = 400));
		r = akt_system_drain(sys, AKT_S(5));
	}
	if (r == 0)
		r = akt_call(sys, stock, AKT_NEW(query, .sku = 11), AKT_S(5), &reply);
	if (r == 0) {
		printf("call: %" PRIu32 " in stock\n", akt_payload(reply, level)->count);
		akt_msg_free(reply);
	}
	if (r < 0)
		fprintf(stderr, "ask: %s\n", akt_strerror(r));
	return akt_system_stop(sys) < 0 || r < 0;
}
