/* SPDX-License-Identifier: MIT */
/* Profiles of a part of the run. A shop opens, sells, and counts; only the sale is profiled, and within
 * it the rush. Its printer is out of paper. Afterwards:
 *
 *	akt pprof -top -sample_index=cycles sale_cpu.prof        which handler, however short
 *	akt pprof -tags sale_cpu.prof                            which actor, message and phase
 *	akt pprof -tags -sample_index=inuse_space sale_mem.prof  who holds the memory (owner)
 *	akt pprof -top -sample_index=messages rush_msg.prof      who sends what to whom */
#include <akt/akt.h>
#include <stdio.h>
#include <unistd.h>

struct item {
	uint64_t price;
};
AKT_MESSAGE_DEFINE(item, "shop.item", AKT_FIELD(1, item, price));
AKT_SIGNAL_DEFINE(count, "shop.count");

struct receipt {
	char text[16000];
};
AKT_MESSAGE_DEFINE(receipt, "shop.receipt", AKT_FIELD(1, receipt, text));

struct till {
	uint64_t sum, items;
};

static int on_item(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct till *self = state;

	(void)ctx;
	self->sum += akt_payload(msg, item)->price;
	self->items++;
	return 0;
}

static int on_count(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct till *self = state;

	(void)msg;
	printf("%s: %llu items, %llu\n", akt_name(ctx), (unsigned long long)self->items,
	       (unsigned long long)self->sum);
	return 0;
}

static const akt_handler till_handlers[] = { AKT_ON(item, on_item), AKT_ON(count, on_count),
					     AKT_END };
static const akt_type till_type = { .name = "till",
				    .state_size = sizeof(struct till),
				    .handlers = till_handlers };

static int on_receipt(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_stash(ctx); /* no paper */
}

static const akt_handler printer_handlers[] = { AKT_ON(receipt, on_receipt), AKT_END };
static const akt_type printer_type = { .name = "printer", .handlers = printer_handlers };

static void sell(akt_system *sys, akt_ref till, akt_ref printer, uint64_t items)
{
	for (uint64_t i = 1; i <= items; i++)
		if (akt_post(sys, till, AKT_NEW(item, .price = i)) < 0 ||
		    (i % 200 == 0 && akt_post(sys, printer, AKT_NEW(receipt, .text = "1x")) < 0))
			return;
	(void)akt_system_drain(sys, AKT_S(10));
}

/* A section of its own inside the sale: its samples are in both, and bear the name of this one. */
static void rush(akt_system *sys, akt_ref till, akt_ref printer)
{
	AKT_PROFILE_SECTION("rush", AKT_PROFILE_MESSAGES);

	sell(sys, till, printer, 100000);
}

int main(void)
{
	static const char *const files[] = { "sale_cpu.prof", "sale_mem.prof", "rush_msg.prof" };
	akt_profile *sale;
	akt_system *sys;
	akt_ref till, printer;

	if (akt_system_start(&sys, NULL) < 0 ||
	    akt_spawn_named(sys, &till_type, "till-1", NULL, &till) < 0 ||
	    akt_spawn_named(sys, &printer_type, "printer-1", NULL, &printer) < 0 ||
	    akt_profile_begin(&sale, "sale", AKT_PROFILE_CYCLES | AKT_PROFILE_MEMORY, NULL) < 0)
		return 1;
	sell(sys, till, printer, 100000);
	rush(sys, till, printer);
	if (akt_profile_end(sale) < 0 || akt_post(sys, till, AKT_NEW_SIGNAL(count)) < 0 ||
	    akt_system_stop(sys) < 0)
		return 1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		printf("%s: %s\n", files[i], access(files[i], R_OK) == 0 ? "written" : "missing");
	return 0;
}
