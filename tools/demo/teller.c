/* SPDX-License-Identifier: MIT */
/* teller: the load. Keeps a few transfers under way until its share is done. The auditor goes from
 * account to account meanwhile; no balance may ever be below zero. */
#include "bank.h"

#define TELLER_WINDOW 8
#define TELLER_TIMEOUT AKT_S(2)
#define TELLER_CENTS_MAX 5000

AKT_MESSAGE_DEFINE(begin, "bank.begin", AKT_FIELD(1, begin, count));
AKT_MESSAGE_DEFINE(progress, "bank.progress", AKT_FIELD(1, progress, left),
		   AKT_FIELD(2, progress, outstanding), AKT_FIELD(3, progress, asked),
		   AKT_FIELD(4, progress, done), AKT_FIELD(5, progress, refused),
		   AKT_FIELD(6, progress, unknown), AKT_FIELD(7, progress, wrong));

static int on_inspect(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct progress *self = state;

	(void)msg;
	return akt_reply(ctx, AKT_NEW_FROM(progress, *self));
}

static int on_transferred(akt_ctx *ctx, void *state, akt_msg *reply);

static int ask_for_transfers(akt_ctx *ctx, struct progress *self)
{
	while (self->left > 0 && self->outstanding < TELLER_WINDOW) {
		uint32_t from = (uint32_t)(akt_random(ctx) % BANK_ACCOUNTS);
		uint32_t step = 1 + (uint32_t)(akt_random(ctx) % (BANK_ACCOUNTS - 1));
		int64_t cents = 1 + (int64_t)(akt_random(ctx) % TELLER_CENTS_MAX);
		int r = akt_ask(ctx, bank_find_account(ctx, from),
				AKT_NEW(transfer, .to = (from + step) % BANK_ACCOUNTS,
					.cents = cents),
				TELLER_TIMEOUT, on_transferred, 0);

		if (r < 0)
			return r;
		self->left--;
		self->asked++;
		self->outstanding++;
	}
	return 0;
}

static int on_transferred(akt_ctx *ctx, void *state, akt_msg *reply)
{
	struct progress *self = state;
	int error = akt_msg_error(reply);

	self->outstanding--;
	if (error == 0)
		self->done++;
	else if (error == AKT_ERR_REFUSED)
		self->refused++;
	else
		self->unknown++;
	return ask_for_transfers(ctx, self);
}

static int teller_on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct progress *self = state;

	self->left += akt_payload(msg, begin)->count;
	return ask_for_transfers(ctx, self);
}

static const akt_handler teller_handlers[] = {
	AKT_ON(begin, teller_on_begin),
	AKT_ON(inspect, on_inspect),
	AKT_END,
};

const akt_type bank_teller = {
	.name = "teller",
	.state_size = sizeof(struct progress),
	.handlers = teller_handlers,
};

static int on_statement(akt_ctx *ctx, void *state, akt_msg *reply);

static int audit_next(akt_ctx *ctx, struct progress *self)
{
	int r;

	if (self->left == 0)
		return 0;
	r = akt_ask(ctx, bank_find_account(ctx, (uint32_t)(self->asked % BANK_ACCOUNTS)),
		    AKT_NEW_SIGNAL(inspect), TELLER_TIMEOUT, on_statement, 0);
	if (r < 0)
		return r;
	self->left--;
	self->asked++;
	self->outstanding++;
	return 0;
}

static int on_statement(akt_ctx *ctx, void *state, akt_msg *reply)
{
	struct progress *self = state;

	self->outstanding--;
	if (akt_msg_error(reply) < 0)
		self->unknown++;
	else if (akt_payload(reply, statement)->balance_cents < 0)
		self->wrong++;
	else
		self->done++;
	return audit_next(ctx, self);
}

static int auditor_on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct progress *self = state;

	self->left += akt_payload(msg, begin)->count * BANK_ACCOUNTS;
	return audit_next(ctx, self);
}

static const akt_handler auditor_handlers[] = {
	AKT_ON(begin, auditor_on_begin),
	AKT_ON(inspect, on_inspect),
	AKT_END,
};

const akt_type bank_auditor = {
	.name = "auditor",
	.state_size = sizeof(struct progress),
	.handlers = auditor_handlers,
};
