/* SPDX-License-Identifier: MIT */
/* Profiles of a part of the run. A shop opens, sells, and counts; only the sale is profiled, and within
 * it the rush. Afterwards:
 *
 *	akt pprof -top sale_cpu.prof                         which function
 *	akt pprof -tags sale_cpu.prof                        which actor, message and phase
 *	akt pprof -top -sample_index=messages rush_msg.prof  who sends what to whom */
#include <akt/akt.h>
#include <stdio.h>
#include <unistd.h>

struct item {
	uint64_t price;
};
AKT_MESSAGE_DEFINE(item, "shop.item", AKT_FIELD(1, item, price));
AKT_SIGNAL_DEFINE(count, "shop.count");

struct till {
	uint64_t sum;
	uint64_t items;
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
static const akt_type till_type = {
	.name = "till",
	.state_size = sizeof(struct till),
	.handlers = till_handlers,
};

static void sell(akt_system *sys, akt_ref till, uint64_t items)
{
	for (uint64_t i = 1; i <= items; i++)
		if (akt_post(sys, till, AKT_NEW(item, .price = i)) < 0)
			return;
	(void)akt_system_drain(sys, AKT_S(10));
}

/* A section of its own inside the sale: its samples are in both, and bear the name of this one. */
static void rush(akt_system *sys, akt_ref till)
{
	AKT_PROFILE_SECTION("rush", AKT_PROFILE_MESSAGES);

	sell(sys, till, 100000);
}

int main(void)
{
	static const char *const files[] = { "sale_cpu.prof", "sale_mem.prof", "rush_msg.prof" };
	akt_profile *sale;
	akt_system *sys;
	akt_ref till;
	int r;

	if (akt_system_start(&sys, NULL) < 0)
		return 1;
	if (akt_spawn_named(sys, &till_type, "till-1", NULL, &till) < 0)
		return 1;
	r = akt_profile_begin(&sale, "sale", AKT_PROFILE_CPU | AKT_PROFILE_MEMORY, NULL);
	if (r < 0)
		printf("no profile: %s\n", akt_strerror(r));
	sell(sys, till, 100000);
	rush(sys, till);
	r = akt_profile_end(sale);
	(void)akt_post(sys, till, AKT_NEW_SIGNAL(count));
	if (akt_system_stop(sys) < 0 || r < 0)
		return 1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		printf("%s: %s\n", files[i], access(files[i], R_OK) == 0 ? "written" : "missing");
	return 0;
}
