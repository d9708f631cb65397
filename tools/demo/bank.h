/* SPDX-License-Identifier: MIT */
/*
 * bank: a small bank whose accounts fail on purpose, and which loses no cent by it.
 *
 *	bank -+- branch-0 -+- account-000 ... account-031
 *	      |            ...
 *	      +- branch-7 -+- account-224 ... account-255
 *	teller-0 ... teller-7, auditor
 *
 * A teller asks account A for a transfer to B. A notes it in its record and takes the money off,
 * answers the teller, and asks B to credit it, again and again until B says yes. B notes the number
 * of the last transfer that it took from A, so asking twice credits once. Any of these handlers may
 * fail at any step: the account restarts with empty state, finds its record, and goes on from there.
 *
 * The record stands for the bank's disk. Only the handlers of its own account touch it; the main
 * program reads it after the system has stopped.
 */
#ifndef DEMO_BANK_H
#define DEMO_BANK_H

#include <akt/akt.h>

#define BANK_ACCOUNTS 256u
#define BANK_BRANCHES 8u
#define BANK_TELLERS 8u
#define BANK_OPENING_CENTS 100000
#define BANK_NAME_BYTES 16

struct bank_record {
	uint32_t number;
	uint32_t failures_per_million; /* the same in each record */
	int64_t balance_cents;
	uint64_t transfers_out; /* settled: the receiver has the money */
	uint64_t transfers_in;
	/* The transfer under way: its money is off the balance and not yet at its receiver. */
	bool sending;
	uint32_t to;
	int64_t cents;
	uint64_t sequence;
	uint64_t taken[BANK_ACCOUNTS]; /* sequence of the last transfer taken from each account */
};

struct transfer {
	uint32_t to;
	int64_t cents;
};
AKT_MESSAGE_DECLARE(transfer);

struct credit {
	uint32_t from;
	uint64_t sequence;
	int64_t cents;
};
AKT_MESSAGE_DECLARE(credit);

/* The answer of an account to inspect. */
struct statement {
	uint32_t number;
	bool sending;
	int64_t balance_cents;
	int64_t sending_cents;
};
AKT_MESSAGE_DECLARE(statement);

/* To a teller: this many transfers. To the auditor: this many rounds. */
struct begin {
	uint64_t count;
};
AKT_MESSAGE_DECLARE(begin);

/* The answer of a teller or of the auditor to inspect. */
struct progress {
	uint64_t left;
	uint64_t outstanding;
	uint64_t asked;
	uint64_t done;
	uint64_t refused;
	uint64_t unknown; /* the account failed or was slow: done or not, the bank knows */
	uint64_t wrong;   /* auditor: accounts below zero */
};
AKT_MESSAGE_DECLARE(progress);

AKT_MESSAGE_DECLARE(inspect); /* signals */
AKT_MESSAGE_DECLARE(open_branch);
AKT_MESSAGE_DECLARE(yes);

extern const akt_type bank_account; /* arg: its struct bank_record */
extern const akt_type bank_teller;  /* arg: none */
extern const akt_type bank_auditor; /* arg: none */
extern const akt_type bank_root;    /* arg: all records */

/* Write "account-017" for 17; likewise "branch-3", "teller-0". Returns name. */
const char *bank_name(char name[BANK_NAME_BYTES], const char *noun, uint32_t number);
akt_ref bank_find_account(akt_ctx *ctx, uint32_t number);

#endif
