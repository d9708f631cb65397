/* SPDX-License-Identifier: MIT */
/* The bank opens its branches, each branch its accounts: whoever spawned an actor ends after it. */
#include "bank.h"

AKT_SIGNAL_DEFINE(open_branch, "bank.open");

struct house {
	struct bank_record *const *records; /* of this branch; of all, in the bank */
};

static int house_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct house *self = state;

	(void)ctx;
	self->records = arg;
	return 0;
}

static int branch_on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct house *self = state;
	char name[BANK_NAME_BYTES];
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; r == 0 && i < BANK_ACCOUNTS / BANK_BRANCHES; i++)
		r = akt_spawn_child(ctx, &bank_account,
				    bank_name(name, "account", self->records[i]->number),
				    &self->records[i], NULL);
	return r < 0 ? r : akt_reply(ctx, AKT_NEW_SIGNAL(yes));
}

static const akt_handler branch_handlers[] = { AKT_ON(open_branch, branch_on_open), AKT_END };

static const akt_type bank_branch = {
	.name = "branch",
	.state_size = sizeof(struct house),
	.handlers = branch_handlers,
	.start = house_start,
};

static int bank_on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct house *self = state;
	char name[BANK_NAME_BYTES];
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; r == 0 && i < BANK_BRANCHES; i++)
		r = akt_spawn_child(ctx, &bank_branch, bank_name(name, "branch", i),
				    self->records + (size_t)i * (BANK_ACCOUNTS / BANK_BRANCHES),
				    NULL);
	return r < 0 ? r : akt_reply(ctx, AKT_NEW_SIGNAL(yes));
}

static const akt_handler bank_handlers[] = { AKT_ON(open_branch, bank_on_open), AKT_END };

const akt_type bank_root = {
	.name = "bank",
	.state_size = sizeof(struct house),
	.handlers = bank_handlers,
	.start = house_start,
};
