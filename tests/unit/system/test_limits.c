/* SPDX-License-Identifier: MIT */
/* Proves: what options allow, at the limit and one beyond. Not: behaviour under load. */
#include "fixture.h"
#include <sys/resource.h>

static _Atomic uint64_t seen;

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	seen += akt_payload(msg, number)->value;
	return 0;
}
static const akt_handler handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type counter = { .name = "counter", .handlers = handlers };

#ifndef AKTI_INTERLEAVE
static akt_system *with_options(unsigned workers, uint32_t actors_max, uint32_t budget)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = workers;
	options.actors_max = actors_max;
	options.budget = budget;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	return sys;
}

START_TEST(so_many_workers_and_no_more)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = with_options(AKT_WORKERS_MAX, 0, 0);
	akt_ref ref;

	ck_assert_uint_eq(akt_system_workers(sys), AKT_WORKERS_MAX);
	seen = 0;
	ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &ref), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = i)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 500500);
	sys = NULL;
	options.workers = AKT_WORKERS_MAX + 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	ck_assert_ptr_null(sys);
}
END_TEST

START_TEST(so_many_actors_and_no_more)
{
	enum { MOST = 100 };
	akt_system *sys = with_options(2, MOST, 0);
	akt_ref refs[MOST];
	akt_ref more = { 1, 2, 3 };

	for (int i = 0; i < MOST; i++)
		ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &refs[i]), 0);
	ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &more), AKT_ERR_LIMIT);
	ck_assert_uint_eq(more.slot, 1); /* untouched */
	/* A call takes a place too. */
	ck_assert_int_eq(akt_call(sys, refs[0], AKT_NEW(number, .value = 1), AKT_S(1), NULL),
			 AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_stop(sys, refs[MOST - 1]), 0);
	drain(sys);
	for (int i = 0; i < MOST - 1; i++)
		ck_assert(akt_alive(sys, refs[i]));
	ck_assert(!akt_alive(sys, refs[MOST - 1]));
	stop_system(sys);
}
END_TEST

START_TEST(a_budget_of_one_serves_everybody)
{
	akt_system *sys = with_options(2, 0, 1);
	akt_ref refs[8];

	seen = 0;
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &refs[i]), 0);
	for (uint64_t i = 0; i < 8000; i++)
		ck_assert_int_eq(akt_post(sys, refs[i % 8], AKT_NEW(number, .value = 1)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 8000);
}
END_TEST

START_TEST(options_of_another_size_are_refused)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.size = sizeof(options) + 8;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	options.size = 0;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_start(NULL, NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(sys);
}
END_TEST

START_TEST(systems_start_and_stop_again_and_again)
{
	for (int i = 0; i < 200; i++) {
		akt_system *sys = with_options(1 + (unsigned)i % 4, 0, 0);
		akt_ref ref;

		if (i % 2 == 0)
			ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &ref), 0);
		ck_assert_int_eq(akt_system_stop(sys), 0);
	}
}
END_TEST
#else
static void nothing(uint64_t seed)
{
	akt_system *sys = start_system(1 + (unsigned)(seed % 3), NULL);
	akt_ref ref;

	seen = 0;
	ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
	stop_system(sys);
	ck_assert_uint_eq(seen, 1);
}

START_TEST(systems_start_and_stop_again_and_again)
{
	for_seeds(200, 200, nothing);
}
END_TEST
#endif

/* Millions of messages to somebody who has ended cost no memory and no line in the log, and each is
 * counted. */
static _Atomic uint64_t lines;
static void count_line(void *arg, const char *line)
{
	(void)arg, (void)line;
	lines++;
}
static long resident_kib(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

START_TEST(a_storm_of_dead_letters_costs_nothing)
{
	const uint64_t count = 1000000 / SLOW;
	akt_stats stats = { .size = sizeof(stats) };
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref gone;
	long before;

	lines = 0;
	options.workers = 1;
	options.log = count_line;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn(sys, &counter, NULL, &gone), 0);
	ck_assert_int_eq(akt_stop(sys, gone), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, gone, AKT_NEW(number, .value = 0)), AKT_ERR_GONE);
	before = resident_kib();
	for (uint64_t i = 1; i < count; i++)
		ck_assert_int_eq(akt_post(sys, gone, AKT_NEW(number, .value = i)), AKT_ERR_GONE);
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.dead[AKT_DEAD_GONE], count);
	ck_assert_uint_eq(stats.accepted, count);
	ck_assert_uint_eq(lines, 0);
#if !defined(AKTI_MEM_PASSTHROUGH) && !defined(__SANITIZE_ADDRESS__) && !defined(AKTI_TSAN)
	ck_assert_int_le(resident_kib() - before, 4096); /* a block of each would be 64 MiB */
#else
	(void)before; /* checkers keep back what was freed */
#endif
	stop_system(sys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 60);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(tcase, so_many_workers_and_no_more);
	tcase_add_test(tcase, so_many_actors_and_no_more);
	tcase_add_test(tcase, a_budget_of_one_serves_everybody);
	tcase_add_test(tcase, options_of_another_size_are_refused);
#endif
	tcase_add_test(tcase, systems_start_and_stop_again_and_again);
	tcase_add_test(tcase, a_storm_of_dead_letters_costs_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
