/* SPDX-License-Identifier: MIT */
/* account: where the money is. Each handler may fail before or after each change of the record. */
#include "bank.h"
#include <inttypes.h>
#include <stdio.h>

#define CREDIT_TIMEOUT AKT_MS(500)

AKT_MESSAGE_DEFINE(transfer, "bank.transfer", AKT_FIELD(1, transfer, to),
		   AKT_FIELD(2, transfer, cents));
AKT_MESSAGE_DEFINE(credit, "bank.credit", AKT_FIELD(1, credit, from),
		   AKT_FIELD(2, credit, sequence), AKT_FIELD(3, credit, cents));
AKT_MESSAGE_DEFINE(statement, "bank.statement", AKT_FIELD(1, statement, number),
		   AKT_FIELD(2, statement, sending), AKT_FIELD(3, statement, balance_cents),
		   AKT_FIELD(4, statement, sending_cents));
AKT_SIGNAL_DEFINE(inspect, "bank.inspect");
AKT_SIGNAL_DEFINE(yes, "bank.yes");

struct account {
	struct bank_record *record; /* lost at a restart, found again by the start hook */
};

/* A disk error, a bad pointer, a bug: now and then something is wrong. */
static int mishap(akt_ctx *ctx, const struct bank_record *record, const char *where)
{
	if (akt_random(ctx) % 1000000 >= record->failures_per_million)
		return 0;
	return akt_fail(ctx, AKT_ERR_IO, "injected %s", where);
}

static int on_credited(akt_ctx *ctx, void *state, akt_msg *reply);

static int ask_for_credit(akt_ctx *ctx, const struct bank_record *record)
{
	return akt_ask(ctx, bank_find_account(ctx, record->to),
		       AKT_NEW(credit, .from = record->number, .sequence = record->sequence,
			       .cents = record->cents),
		       CREDIT_TIMEOUT, on_credited, record->sequence);
}

/* The receiver has the money, or something went wrong there: then ask again. */
static int on_credited(akt_ctx *ctx, void *state, akt_msg *reply)
{
	struct account *self = state;
	struct bank_record *record = self->record;
	int error = akt_msg_error(reply);
	int r = mishap(ctx, record, "before a transfer is settled");

	if (r < 0)
		return r;
	if (!record->sending || akt_tag(ctx) != record->sequence)
		return 0; /* the answer to an earlier life's question */
	if (error == AKT_ERR_STOPPED || error == AKT_ERR_GONE)
		return 0; /* the bank closes; the record still knows of the transfer */
	if (error < 0)
		return ask_for_credit(ctx, record);
	record->sending = false;
	record->transfers_out++;
	return 0;
}

static int on_transfer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct account *self = state;
	struct bank_record *record = self->record;
	const struct transfer *m = akt_payload(msg, transfer);
	int r = mishap(ctx, record, "before a debit");

	if (r < 0)
		return r;
	if (m->to >= BANK_ACCOUNTS || m->to == record->number || m->cents <= 0)
		return akt_reply_error(ctx, AKT_ERR_INVALID, "account %" PRIu32, m->to);
	if (record->sending)
		return akt_reply_error(ctx, AKT_ERR_REFUSED, "one transfer at a time");
	if (record->balance_cents < m->cents)
		return akt_reply_error(ctx, AKT_ERR_REFUSED, "%" PRId64 " cents are not there",
				       m->cents);
	record->sending = true;
	record->to = m->to;
	record->cents = m->cents;
	record->sequence++;
	record->balance_cents -= m->cents;
	r = mishap(ctx, record, "after a debit");
	if (r < 0)
		return r;
	r = akt_reply(ctx, AKT_NEW_SIGNAL(yes));
	return r < 0 ? r : ask_for_credit(ctx, record);
}

static int on_credit(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct account *self = state;
	struct bank_record *record = self->record;
	const struct credit *m = akt_payload(msg, credit);
	int r = mishap(ctx, record, "before a credit");

	if (r < 0)
		return r;
	if (record->taken[m->from] < m->sequence) {
		record->taken[m->from] = m->sequence;
		record->balance_cents += m->cents;
		record->transfers_in++;
	}
	r = mishap(ctx, record, "after a credit");
	return r < 0 ? r : akt_reply(ctx, AKT_NEW_SIGNAL(yes));
}

static int on_inspect(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct account *self = state;
	const struct bank_record *record = self->record;

	(void)msg;
	return akt_reply(ctx,
			 AKT_NEW(statement, .number = record->number, .sending = record->sending,
				 .balance_cents = record->balance_cents,
				 .sending_cents = record->sending ? record->cents : 0));
}

/* At birth there is nothing under way; after a failure there may be. */
static int account_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct account *self = state;
	struct bank_record *const *record = arg;

	self->record = *record;
	return self->record->sending ? ask_for_credit(ctx, self->record) : 0;
}

static const akt_handler account_handlers[] = {
	AKT_ON(transfer, on_transfer),
	AKT_ON(credit, on_credit),
	AKT_ON(inspect, on_inspect),
	AKT_END,
};

const akt_type bank_account = {
	.name = "account",
	.state_size = sizeof(struct account),
	.handlers = account_handlers,
	.start = account_start,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_UNLIMITED,
};

const char *bank_name(char name[BANK_NAME_BYTES], const char *noun, uint32_t number)
{
	(void)snprintf(name, BANK_NAME_BYTES, "%s-%03" PRIu32, noun, number);
	return name;
}

akt_ref bank_find_account(akt_ctx *ctx, uint32_t number)
{
	char name[BANK_NAME_BYTES];

	return akt_find(akt_system_of(ctx), bank_name(name, "account", number));
}
