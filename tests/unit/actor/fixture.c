/* SPDX-License-Identifier: MIT */
#include "fixture.h"

AKT_MESSAGE_DEFINE(number, "test.number", AKT_FIELD(1, number, value));
AKT_SIGNAL_DEFINE(poke, "test.poke");

void count_dead(void *seen, const akt_dead_letter *letter)
{
	struct seen_dead *dead = seen;

	if (dead != NULL)
		atomic_fetch_add(&dead->count[letter->reason], 1);
}

akt_system *start_system(unsigned workers, struct seen_dead *seen)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.dead_letter = count_dead;
	options.arg = seen;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	return sys;
}

void drain(akt_system *sys)
{
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(60)), 0);
}

void check_conserved(akt_system *sys)
{
	akt_stats stats = { .size = sizeof(stats) };
	uint64_t ended = 0; /* without a handler */

	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		ended += stats.dead[i];
	ended += stats.dropped;
	ck_assert_uint_eq(stats.accepted, stats.processed + ended);
}

void stop_system(akt_system *sys)
{
	akt_stop_report report = { .size = sizeof(report) };

	drain(sys);
	check_conserved(sys);
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_uint_eq(report.left_count, 0);
}

const unsigned mode_workers[MODES] = { 1, 2, 3, 0 };

int run_case(const char *name, TCase *tests, double seconds)
{
	Suite *suite = suite_create(name);

	tcase_set_timeout(tests, seconds);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
