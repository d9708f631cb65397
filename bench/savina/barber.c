/* How fast does one barber serve those for whom there are seats?
 * SPDX-License-Identifier: MIT
 *
 * 5,000 customers are made, a random while of 1,000 apart; the waiting room has 1,000 seats, and whoever
 * finds none is sent to try again; a haircut takes a random while of 1,000. A while is so many random
 * numbers. Each customer must get one haircut: a second one would be a dead letter, for it has gone. */
#include "savina.h"

#define SEATS 1000u
#define RATE 1000u
#define WHILE_MIN 10u

struct shop_enter {
	akt_ref customer;
};
AKT_MESSAGE_DEFINE(shop_enter, "barber.enter", AKT_FIELD(1, shop_enter, customer));

AKT_SIGNAL_DEFINE(shop_open, "barber.open");
AKT_SIGNAL_DEFINE(shop_full, "barber.full");
AKT_SIGNAL_DEFINE(shop_returned, "barber.returned");
AKT_SIGNAL_DEFINE(shop_wait, "barber.wait");
AKT_SIGNAL_DEFINE(shop_next, "barber.next");
AKT_SIGNAL_DEFINE(shop_begin, "barber.begin");
AKT_SIGNAL_DEFINE(shop_done, "barber.done");

struct shop {
	struct savina_run *run;
	uint64_t customers;
	akt_ref street; /* where customers come from */
	akt_ref room;
	akt_ref barber;
	uint64_t cut;    /* by the barber, when it stops */
	uint64_t served; /* by the street, the same */
};

static uint64_t random_while(struct savina_random *random)
{
	return savina_busy(random, savina_random_below(random, RATE) + WHILE_MIN);
}

/* --- customers ------------------------------------------------------------------------------------------ */

struct customer {
	bool sits; /* with the barber */
};

static int on_full(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	(void)msg;
	return akt_send(ctx, akt_parent(ctx), AKT_NEW_SIGNAL(shop_returned));
}

static int on_wait(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)state;
	(void)msg;
	return 0;
}

static int on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)msg;
	((struct customer *)state)->sits = true;
	return 0;
}

static int on_cut(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct customer *self = state;
	int r;

	(void)msg;
	if (!self->sits)
		return AKT_ERR_FAILED;
	r = akt_send(ctx, akt_parent(ctx), AKT_NEW_SIGNAL(shop_done));
	return r < 0 ? r : akt_stop(akt_system_of(ctx), akt_self(ctx));
}

static const akt_handler customer_handlers[] = { AKT_ON(shop_wait, on_wait),
						 AKT_ON(shop_full, on_full),
						 AKT_ON(shop_begin, on_begin),
						 AKT_ON(shop_done, on_cut), AKT_END };
static const akt_type customer_type = {
	.name = "customer",
	.state_size = sizeof(struct customer),
	.handlers = customer_handlers,
};

/* --- the street ----------------------------------------------------------------------------------------- */

struct street {
	struct shop *shop;
	struct savina_random random;
	uint64_t numbers; /* so that the whiles have a result */
	uint64_t served;
};

static int send_in(akt_ctx *ctx, const struct street *self, akt_ref customer)
{
	return akt_send(ctx, self->shop->room, AKT_NEW(shop_enter, .customer = customer));
}

static int on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct street *self = state;
	int r = 0;

	(void)msg;
	self->random = savina_random_of(1);
	for (uint64_t i = 0; i < self->shop->customers && r >= 0; i++) {
		akt_ref customer;

		r = akt_spawn_child(ctx, &customer_type, NULL, NULL, &customer);
		if (r >= 0)
			r = send_in(ctx, self, customer);
		self->numbers ^= random_while(&self->random);
	}
	return r;
}

static int on_returned(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return send_in(ctx, state, akt_sender(ctx));
}

static int on_served(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct street *self = state;

	(void)ctx;
	(void)msg;
	return ++self->served == self->shop->customers ? savina_over(self->shop->run) : 0;
}

static void on_street_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct street *self = state;

	(void)ctx;
	(void)reason;
	self->shop->served = self->served;
}

static const akt_handler street_handlers[] = { AKT_ON(shop_returned, on_returned),
					       AKT_ON(shop_done, on_served),
					       AKT_ON(shop_open, on_open), AKT_END };
static const akt_type street_type = {
	.name = "street",
	.state_size = sizeof(struct street),
	.handlers = street_handlers,
	.start = savina_keep_arg,
	.stop = on_street_stop,
};

/* --- the waiting room ----------------------------------------------------------------------------------- */

struct room {
	struct shop *shop;
	akt_ref waiting[SEATS];
	uint32_t first;
	uint32_t count;
	bool barber_works;
};

static int call_next(akt_ctx *ctx, struct room *self)
{
	akt_ref customer = self->waiting[self->first];

	self->barber_works = self->count > 0;
	if (!self->barber_works)
		return 0;
	self->first = (self->first + 1) % SEATS;
	self->count--;
	return akt_send(ctx, self->shop->barber, AKT_NEW(shop_enter, .customer = customer));
}

static int on_enter(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct room *self = state;
	akt_ref customer = akt_payload(msg, shop_enter)->customer;

	if (self->count == SEATS)
		return akt_send(ctx, customer, AKT_NEW_SIGNAL(shop_full));
	self->waiting[(self->first + self->count++) % SEATS] = customer;
	if (!self->barber_works)
		return call_next(ctx, self);
	return akt_send(ctx, customer, AKT_NEW_SIGNAL(shop_wait));
}

static int on_next(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return call_next(ctx, state);
}

static const akt_handler room_handlers[] = { AKT_ON(shop_enter, on_enter),
					     AKT_ON(shop_next, on_next), AKT_END };
static const akt_type room_type = {
	.name = "waiting-room",
	.state_size = sizeof(struct room),
	.handlers = room_handlers,
	.start = savina_keep_arg,
};

/* --- the barber ----------------------------------------------------------------------------------------- */

struct barber {
	struct shop *shop;
	struct savina_random random;
	uint64_t numbers;
	uint64_t cut;
};

static int on_barber_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)savina_keep_arg(ctx, state, arg);
	((struct barber *)state)->random = savina_random_of(2);
	return 0;
}

static int on_customer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct barber *self = state;
	akt_ref customer = akt_payload(msg, shop_enter)->customer;
	int r = akt_send(ctx, customer, AKT_NEW_SIGNAL(shop_begin));

	if (r < 0)
		return r;
	self->numbers ^= random_while(&self->random);
	self->cut++;
	r = akt_send(ctx, customer, AKT_NEW_SIGNAL(shop_done));
	return r < 0 ? r : akt_send(ctx, self->shop->room, AKT_NEW_SIGNAL(shop_next));
}

static void on_barber_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct barber *self = state;

	(void)ctx;
	(void)reason;
	self->shop->cut = self->cut;
}

static const akt_handler barber_handlers[] = { AKT_ON(shop_enter, on_customer), AKT_END };
static const akt_type barber_type = {
	.name = "barber",
	.state_size = sizeof(struct barber),
	.handlers = barber_handlers,
	.start = on_barber_start,
	.stop = on_barber_stop,
};

static bool start(struct savina_run *run)
{
	struct shop *shop = run->data;

	shop->run = run;
	shop->customers = savina_size(run, 5000, SEATS + 100);
	return savina_spawn(run, &street_type, shop, &shop->street) &&
	       savina_spawn(run, &room_type, shop, &shop->room) &&
	       savina_spawn(run, &barber_type, shop, &shop->barber) &&
	       savina_post(run, shop->street, AKT_NEW_SIGNAL(shop_open));
}

static bool check(struct savina_run *run)
{
	const struct shop *shop = run->data;

	return bench_equal(run->b, shop->cut, shop->customers, "haircuts") &&
	       bench_equal(run->b, shop->served, shop->customers, "customers that were served");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct shop),
	.start = start,
	.check = check,
};

void savina_barber(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
