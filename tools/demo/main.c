/* SPDX-License-Identifier: MIT */
/*
 * akt demo: opens the bank, puts it under load while its accounts fail, closes it and does the sums.
 * Exit status: 0 when every sum is right, 1 when one is wrong, 2 for a wrong command line.
 */
#include "bank.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE AKT_S(120)
#define AUDIT_ROUNDS 20

struct plan {
	uint64_t transfers;
	bool messages; /* record who sends what to whom */
	uint32_t failures_per_million;
	uint64_t seed;
	unsigned workers;
	bool sabotage;
	bool verbose;
};

struct outcome {
	struct progress tellers; /* summed */
	struct progress auditor;
	akt_stats stats;
	int64_t load_ns;
};

static struct bank_record records[BANK_ACCOUNTS];
static struct bank_record *ledger[BANK_ACCOUNTS];

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return AKT_S(now.tv_sec) + now.tv_nsec;
}

static int ask_yes(akt_system *sys, akt_ref ref)
{
	akt_msg *reply;
	int r = akt_call(sys, ref, AKT_NEW_SIGNAL(open_branch), AKT_S(10), &reply);

	if (r == 0)
		akt_msg_free(reply);
	return r;
}

static int open_bank(akt_system *sys, const struct plan *plan)
{
	char name[BANK_NAME_BYTES];
	akt_ref ref;
	int r;

	for (uint32_t i = 0; i < BANK_ACCOUNTS; i++) {
		records[i].number = i;
		records[i].balance_cents = BANK_OPENING_CENTS;
		records[i].failures_per_million = plan->failures_per_million;
		ledger[i] = &records[i];
	}
	r = akt_spawn_named(sys, &bank_root, "bank", ledger, &ref);
	if (r == 0)
		r = ask_yes(sys, ref);
	for (uint32_t i = 0; r == 0 && i < BANK_BRANCHES; i++)
		r = ask_yes(sys, akt_find(sys, bank_name(name, "branch", i)));
	for (uint32_t i = 0; r == 0 && i < BANK_TELLERS; i++)
		r = akt_spawn_named(sys, &bank_teller, bank_name(name, "teller", i), NULL, NULL);
	if (r == 0)
		r = akt_spawn_named(sys, &bank_auditor, "auditor", NULL, NULL);
	return r;
}

static int begin_load(akt_system *sys, const struct plan *plan)
{
	char name[BANK_NAME_BYTES];
	int r = akt_post(sys, akt_find(sys, "auditor"), AKT_NEW(begin, .count = AUDIT_ROUNDS));

	for (uint32_t i = 0; r == 0 && i < BANK_TELLERS; i++) {
		uint64_t share = plan->transfers / BANK_TELLERS;

		if (i < plan->transfers % BANK_TELLERS)
			share++;
		r = akt_post(sys, akt_find(sys, bank_name(name, "teller", i)),
			     AKT_NEW(begin, .count = share));
	}
	return r;
}

static int add_progress(akt_system *sys, const char *name, struct progress *sum)
{
	akt_msg *reply;
	const struct progress *p;
	int r = akt_call(sys, akt_find(sys, name), AKT_NEW_SIGNAL(inspect), AKT_S(10), &reply);

	if (r < 0)
		return r;
	p = akt_payload(reply, progress);
	sum->left += p->left;
	sum->outstanding += p->outstanding;
	sum->asked += p->asked;
	sum->done += p->done;
	sum->refused += p->refused;
	sum->unknown += p->unknown;
	sum->wrong += p->wrong;
	akt_msg_free(reply);
	return 0;
}

/* Whether an account still has a transfer under way, or a negative error. */
static int still_sending(akt_system *sys)
{
	char name[BANK_NAME_BYTES];

	for (uint32_t i = 0; i < BANK_ACCOUNTS; i++) {
		akt_msg *reply;
		bool sending;
		int r = akt_call(sys, akt_find(sys, bank_name(name, "account", i)),
				 AKT_NEW_SIGNAL(inspect), AKT_S(10), &reply);

		if (r < 0)
			return r;
		sending = akt_payload(reply, statement)->sending;
		akt_msg_free(reply);
		if (sending)
			return 1;
	}
	return 0;
}

/* Wait until the tellers have all their answers and every transfer is settled. A pause between two
 * looks: a settlement may wait for a time-out, and then nobody has a message. */
static int await_quiet(akt_system *sys, struct outcome *outcome)
{
	static const struct timespec pause = { 0, 2000000 };
	char name[BANK_NAME_BYTES];
	int64_t deadline = wall_ns() + PATIENCE;

	while (wall_ns() < deadline) {
		int r = akt_system_drain(sys, PATIENCE);

		outcome->tellers = (struct progress){ 0 };
		outcome->auditor = (struct progress){ 0 };
		for (uint32_t i = 0; r == 0 && i < BANK_TELLERS; i++)
			r = add_progress(sys, bank_name(name, "teller", i), &outcome->tellers);
		if (r == 0)
			r = add_progress(sys, "auditor", &outcome->auditor);
		if (r == 0 && outcome->tellers.left + outcome->tellers.outstanding == 0 &&
		    outcome->auditor.left + outcome->auditor.outstanding == 0) {
			r = still_sending(sys);
			if (r == 0)
				return akt_system_drain(sys, PATIENCE);
		}
		if (r < 0)
			return r;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return AKT_ERR_TIMEOUT;
}

static int run_bank(const struct plan *plan, struct outcome *outcome)
{
	akt_options options = AKT_OPTIONS;
	akt_profile *profile = NULL;
	akt_system *sys;
	int64_t began;
	int r, stopped;

	options.name = "bank";
	options.workers = plan->workers;
	options.seed = plan->seed;
	options.log = plan->verbose ? akt_log_stderr : NULL;
	r = akt_system_start(&sys, &options);
	if (r < 0)
		return r;
	r = open_bank(sys, plan);
	printf("bank: %u accounts in %u branches, %u tellers, an auditor; workers: %u\n",
	       BANK_ACCOUNTS, BANK_BRANCHES, BANK_TELLERS, akt_system_workers(sys));
	if (r == 0 && plan->messages)
		r = akt_profile_begin(&profile, "bank", AKT_PROFILE_MESSAGES, NULL);
	began = wall_ns();
	if (r == 0)
		r = begin_load(sys, plan);
	if (r == 0)
		r = await_quiet(sys, outcome);
	outcome->load_ns = wall_ns() - began;
	if (r == 0)
		r = akt_profile_end(profile);
	outcome->stats.size = sizeof(outcome->stats);
	if (r == 0)
		r = akt_system_stats(sys, &outcome->stats);
	stopped = akt_system_stop(sys);
	return r < 0 ? r : stopped;
}

static bool check(const char *what, int64_t expected, int64_t found)
{
	printf("  %-52s %12" PRId64 " %12" PRId64 "  %s\n", what, expected, found,
	       expected == found ? "ok" : "WRONG");
	return expected == found;
}

/* The sums. Everybody has stopped: the records are ours. */
static bool check_books(const struct plan *plan, const struct outcome *outcome)
{
	const struct progress *tellers = &outcome->tellers;
	const akt_stats *stats = &outcome->stats;
	int64_t money = 0, sending = 0, overdrawn = 0;
	uint64_t out = 0, in = 0, dead = 0, debits = 0;
	bool good = true;

	for (uint32_t i = 0; i < BANK_ACCOUNTS; i++) {
		money += records[i].balance_cents;
		sending += records[i].sending;
		overdrawn += records[i].balance_cents < 0;
		out += records[i].transfers_out;
		in += records[i].transfers_in;
		debits += records[i].sequence;
	}
	for (unsigned i = 0; i < AKT_DEAD_REASONS; i++)
		dead += stats->dead[i];
	if (plan->sabotage)
		money++;
	printf("  %-52s %12s %12s\n", "check", "expected", "found");
	good &= check("money is conserved (cents)", (int64_t)BANK_OPENING_CENTS * BANK_ACCOUNTS,
		      money);
	good &= check("transfers still under way", 0, sending);
	good &= check("accounts below zero, at the end", 0, overdrawn);
	good &= check("accounts below zero, seen by the auditor", 0,
		      (int64_t)outcome->auditor.wrong);
	good &= check("transfers credited = transfers settled", (int64_t)out, (int64_t)in);
	good &= check("transfers debited = transfers settled", (int64_t)out, (int64_t)debits);
	good &= check("asked by the tellers", (int64_t)plan->transfers, (int64_t)tellers->asked);
	good &= check("asked = done + refused + unknown", (int64_t)tellers->asked,
		      (int64_t)(tellers->done + tellers->refused + tellers->unknown));
	good &= check("done + unknown covers what was debited", 1,
		      tellers->done <= debits && debits <= tellers->done + tellers->unknown);
	good &= check("messages accepted = processed + dead", (int64_t)stats->accepted,
		      (int64_t)(stats->processed + dead));
	good &= check("failures = restarts", (int64_t)stats->failures, (int64_t)stats->restarts);
	good &= check("failures were injected", plan->failures_per_million > 0,
		      stats->failures > 0);
	return good;
}

static int usage(FILE *out, int status)
{
	fputs("usage: akt demo [-transfers N] [-failures PER-MILLION] [-workers N] [-seed N]\n"
	      "                [-messages] [-sabotage] [-v]\n"
	      "\n"
	      "A bank of supervised actors under load. Accounts fail on purpose and restart; at "
	      "the\n"
	      "end the sums are done. Exit status 1 when a sum is wrong.\n"
	      "\n"
	      "  -transfers N    transfers the tellers ask for (200000)\n"
	      "  -failures N     injected failures per million steps (2000)\n"
	      "  -workers N      threads that run actors (one per processor)\n"
	      "  -seed N         one worker, virtual clock: the same run each time\n"
	      "  -messages       write who sends what to whom to bank_msg.prof\n"
	      "  -sabotage       one cent appears from nowhere: the sums must notice\n"
	      "  -v              each failure and restart on stderr\n",
	      out);
	return status;
}

static int read_plan(struct plan *plan, int argc, char **argv)
{
	static const struct option flags[] = {
		{ "transfers", required_argument, NULL, 't' },
		{ "failures", required_argument, NULL, 'f' },
		{ "workers", required_argument, NULL, 'w' },
		{ "seed", required_argument, NULL, 's' },
		{ "messages", no_argument, NULL, 'm' },
		{ "sabotage", no_argument, NULL, 'x' },
		{ "v", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int flag;

	while ((flag = getopt_long_only(argc, argv, "", flags, NULL)) >= 0) {
		char *end = NULL;
		uint64_t value = optarg != NULL ? strtoull(optarg, &end, 10) : 0;

		if (optarg != NULL && (end == optarg || *end != '\0')) {
			fprintf(stderr, "akt demo: '%s' is not a number\n", optarg);
			return usage(stderr, 2);
		}
		switch (flag) {
		case 't':
			plan->transfers = value;
			break;
		case 'f':
			plan->failures_per_million = value > 500000 ? 500000 : (uint32_t)value;
			break;
		case 'w':
			plan->workers = (unsigned)value;
			break;
		case 's':
			plan->seed = value;
			break;
		case 'm':
			plan->messages = true;
			break;
		case 'x':
			plan->sabotage = true;
			break;
		case 'v':
			plan->verbose = true;
			break;
		case 'h':
			exit(usage(stdout, 0));
		default:
			return usage(stderr, 2);
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "akt demo: no argument is wanted: %s\n", argv[optind]);
	return usage(stderr, 2);
}

int main(int argc, char **argv)
{
	struct plan plan = { .transfers = 200000, .failures_per_million = 2000 };
	struct outcome outcome = { 0 };
	int r = read_plan(&plan, argc, argv);

	if (r != 0)
		return r;
	r = run_bank(&plan, &outcome);
	if (r < 0) {
		fprintf(stderr, "akt demo: %s: %s\n", akt_strerror(r), akt_error_hint(r));
		return 1;
	}
	printf("bank: %" PRIu64 " transfers in %.2f s: %" PRIu64 " done, %" PRIu64
	       " refused, %" PRIu64 " answered by a failure\n",
	       outcome.tellers.asked, (double)outcome.load_ns / 1e9, outcome.tellers.done,
	       outcome.tellers.refused, outcome.tellers.unknown);
	printf("bank: %" PRIu64 " messages, %" PRIu64 " failures injected, %" PRIu64 " restarts\n",
	       outcome.stats.accepted, outcome.stats.failures, outcome.stats.restarts);
	return check_books(&plan, &outcome) ? 0 : 1;
}
