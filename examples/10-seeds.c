/* SPDX-License-Identifier: MIT */
/* Tests with seeds. Two customers look whether a ticket is left, and then buy: in some order of
 * things both get the only one. A seeded system draws the order by its seed, so a hundred seeds find
 * it, and the seed shows it again whenever it is asked. Run with a seed it shows that one alone. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

AKT_SIGNAL_DEFINE(go, "tickets.go");
AKT_SIGNAL_DEFINE(look, "tickets.look");
AKT_SIGNAL_DEFINE(buy, "tickets.buy");
struct left {
	uint32_t count;
};
AKT_MESSAGE_DEFINE(left, "tickets.left", AKT_FIELD(1, left, count));

static int sold;
static akt_ref office;

static int office_on_look(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(left, .count = sold == 0 ? 1 : 0));
}

static int office_on_buy(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	sold++; /* the mistake: the customer has looked, but others may have come since */
	return 0;
}
static const akt_handler office_rows[] = { AKT_ON(look, office_on_look), AKT_ON(buy, office_on_buy),
					   AKT_END };
static const akt_type office_type = { .name = "office", .handlers = office_rows };

static int customer_on_left(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)state;
	if (akt_msg_error(reply) < 0 || akt_payload(reply, left)->count == 0)
		return 0;
	return akt_send(ctx, office, AKT_NEW_SIGNAL(buy));
}

static int customer_on_go(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_ask(ctx, office, AKT_NEW_SIGNAL(look), AKT_S(1), customer_on_left, 0);
}
static const akt_handler customer_rows[] = { AKT_ON(go, customer_on_go), AKT_END };
static const akt_type customer_type = { .name = "customer", .handlers = customer_rows };

/* Tickets sold, or an error; *ret_hash says what happened, event by event. */
static int sell(uint64_t seed, uint64_t *ret_hash)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref customer;
	int r;

	sold = 0;
	options.seed = seed;
	r = akt_system_start(&sys, &options);
	if (r < 0)
		return r;
	r = akt_spawn(sys, &office_type, NULL, &office);
	for (int i = 0; i < 2 && r == 0; i++) {
		r = akt_spawn(sys, &customer_type, NULL, &customer);
		if (r == 0)
			r = akt_post(sys, customer, AKT_NEW_SIGNAL(go));
	}
	if (r == 0)
		r = akt_system_drain(sys, AKT_S(1)); /* here everything happens, on this thread */
	*ret_hash = akt_system_trace_hash(sys);
	(void)akt_system_stop(sys);
	return r < 0 ? r : sold;
}

int main(int argc, char **argv)
{
	uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t to = argc > 1 ? from : 100;
	uint64_t hash = 0, again = 0;

	for (uint64_t seed = from; seed <= to; seed++) {
		if (sell(seed, &hash) <= 1)
			continue;
		printf("one ticket was sold twice\n");
		fprintf(stderr, "replay: %s %" PRIu64 "\n", argv[0], seed);
		printf("the same seed: %s\n",
		       sell(seed, &again) > 1 && again == hash ? "the same events" : "others");
		return 0;
	}
	printf("no seed of %" PRIu64 " found anything\n", to - from + 1);
	return 0;
}
