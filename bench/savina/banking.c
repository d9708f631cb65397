/* How fast does money move between accounts that wait for each other's word?
 * SPDX-License-Identifier: MIT
 *
 * 1,000 accounts and 50,000 transactions, which the teller sends all at once. The account that pays asks
 * the one that receives, exclusively, so it takes no other order meanwhile, and tells the teller when it
 * has the answer. Accounts pay only to those of higher numbers, so none waits for itself. Each transaction
 * must be acknowledged once, and each balance be that of the same transactions in a loop. */
#include "savina.h"

#include <stdlib.h>

#define ACCOUNTS 1000u
#define PAYERS (ACCOUNTS / 10 * 8)
#define BALANCE INT64_C(1000000000)
#define AMOUNT_MAX 100000u /* cents */

struct bank_pay {
	int64_t amount;
	uint32_t to;
	uint32_t number;
};
AKT_MESSAGE_DEFINE(bank_pay, "bank.pay", AKT_FIELD(1, bank_pay, amount), AKT_FIELD(2, bank_pay, to),
		   AKT_FIELD(3, bank_pay, number));

struct bank_receive {
	int64_t amount;
};
AKT_MESSAGE_DEFINE(bank_receive, "bank.receive", AKT_FIELD(1, bank_receive, amount));

struct bank_done {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bank_done, "bank.done", AKT_FIELD(1, bank_done, number));

AKT_SIGNAL_DEFINE(bank_start, "bank.start");
AKT_SIGNAL_DEFINE(bank_received, "bank.received");

struct bank;

struct bank_share {
	struct bank *bank;
	uint32_t index;
};

struct bank {
	struct savina_run *run;
	uint64_t transactions;
	akt_ref teller;
	akt_ref accounts[ACCOUNTS];
	struct bank_share shares[ACCOUNTS];
	int64_t balances[ACCOUNTS]; /* each by its account, when it stops */
	uint8_t *acknowledged;      /* how often, by number; by the teller */
};

struct account {
	const struct bank_share *share;
	int64_t balance;
};

static int on_account_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)savina_keep_arg(ctx, state, arg);
	((struct account *)state)->balance = BALANCE;
	return 0;
}

static int on_received(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct account *self = state;
	int r = akt_msg_error(msg);

	if (r < 0)
		return r;
	return akt_send(ctx, self->share->bank->teller, AKT_NEW(bank_done, .number = akt_tag(ctx)));
}

static int on_pay(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct account *self = state;
	const struct bank_pay *order = akt_payload(msg, bank_pay);

	self->balance -= order->amount;
	return akt_ask_exclusive(ctx, self->share->bank->accounts[order->to],
				 AKT_NEW(bank_receive, .amount = order->amount), BENCH_PATIENCE_NS,
				 on_received, order->number);
}

static int on_receive(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct account *self = state;

	self->balance += akt_payload(msg, bank_receive)->amount;
	return akt_reply(ctx, AKT_NEW_SIGNAL(bank_received));
}

static void on_account_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct account *self = state;

	(void)ctx;
	(void)reason;
	self->share->bank->balances[self->share->index] = self->balance;
}

static const akt_handler account_handlers[] = { AKT_ON(bank_receive, on_receive),
						AKT_ON(bank_pay, on_pay), AKT_END };
static const akt_type account_type = {
	.name = "account",
	.state_size = sizeof(struct account),
	.handlers = account_handlers,
	.start = on_account_start,
	.stop = on_account_stop,
};

/* The next transaction: what is to be sent. Returns who pays. */
static uint32_t next_payment(struct savina_random *random, struct bank_pay *ret_order)
{
	uint32_t from = savina_random_below(random, PAYERS);

	ret_order->to = from + 1 + savina_random_below(random, ACCOUNTS - from - 1);
	ret_order->amount = (int64_t)savina_random_below(random, AMOUNT_MAX);
	return from;
}

struct teller {
	struct bank *bank;
	uint64_t done;
};

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct bank *bank = ((struct teller *)state)->bank;
	struct savina_random random = savina_random_of(1);
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; i < bank->transactions && r >= 0; i++) {
		struct bank_pay order = { .number = i };
		uint32_t from = next_payment(&random, &order);

		r = akt_send(ctx, bank->accounts[from], AKT_NEW_FROM(bank_pay, order));
	}
	return r;
}

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct teller *self = state;

	(void)ctx;
	self->bank->acknowledged[akt_payload(msg, bank_done)->number]++;
	return ++self->done == self->bank->transactions ? savina_over(self->bank->run) : 0;
}

static const akt_handler teller_handlers[] = { AKT_ON(bank_done, on_done),
					       AKT_ON(bank_start, on_start), AKT_END };
static const akt_type teller_type = {
	.name = "teller",
	.state_size = sizeof(struct teller),
	.handlers = teller_handlers,
	.start = savina_keep_arg,
};

static bool prepare(struct savina_run *run)
{
	struct bank *bank = run->data;

	bank->run = run;
	bank->transactions = savina_size(run, 50000, 500);
	bank->acknowledged = calloc(bank->transactions, sizeof(*bank->acknowledged));
	if (bank->acknowledged == NULL)
		akt_bench_fail(run->b, "out of memory");
	return bank->acknowledged != NULL;
}

static bool start(struct savina_run *run)
{
	struct bank *bank = run->data;

	if (!savina_spawn(run, &teller_type, bank, &bank->teller))
		return false;
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		bank->shares[i] = (struct bank_share){ .bank = bank, .index = i };
		if (!savina_spawn(run, &account_type, &bank->shares[i], &bank->accounts[i]))
			return false;
	}
	return savina_post(run, bank->teller, AKT_NEW_SIGNAL(bank_start));
}

static bool check(struct savina_run *run)
{
	const struct bank *bank = run->data;
	struct savina_random random = savina_random_of(1);
	int64_t wanted[ACCOUNTS];

	for (uint32_t i = 0; i < ACCOUNTS; i++)
		wanted[i] = BALANCE;
	for (uint64_t i = 0; i < bank->transactions; i++) {
		struct bank_pay order;
		uint32_t from = next_payment(&random, &order);

		wanted[from] -= order.amount;
		wanted[order.to] += order.amount;
		if (!bench_equal(run->b, bank->acknowledged[i], 1,
				 "times that a transaction was acknowledged"))
			return false;
	}
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		if (!bench_equal(run->b, (uint64_t)bank->balances[i], (uint64_t)wanted[i],
				 "a balance"))
			return false;
	return true;
}

static void release(struct savina_run *run)
{
	free(((struct bank *)run->data)->acknowledged);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct bank),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_banking(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
