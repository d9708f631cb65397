/* SPDX-License-Identifier: MIT */
/*
 * harness: what all unit tests share. A test is run, and run again with other seeds; what fails is
 * said as a command that runs just that again:
 *
 *	replay: AKT_SEED=17 AKT_TEST_NAME=a_tick_may_fail:3 build/tests/unit/actor/test-actor-timer
 *
 * It stands between Check and the tests: START_TEST, tcase_add_test and ck_assert are Check's, but
 * the process that runs a test writes into shared memory where it is, so that after a crash or a
 * time-out too the seed and the test are known. A main ends with `return run_suite(suite);`.
 *
 * Seeds. There are three kinds of tests with seeds:
 *   - The body starts a seeded system, with test_seed(). It is run for the seeds 1, 2, ...
 *     TEST_SEEDS in one process, so each run sets up all that it counts in.
 *   - for_seeded(body): the same where the seed draws more than the order of things.
 *   - for_seeds(): in the interleave build the seed decides which thread runs next. With real
 *     threads it only draws what is done, so one may have to be replayed often.
 *
 * AKT_SEED=n runs that seed alone. AKT_TEST_NAME=name or name:index runs that test alone; the index is of
 * a test that is run in a loop, in most over the modes. AKT_TEST_SEEDS=n is the number of seeds
 * where they decide everything, AKT_TEST_ROUNDS=n where threads are real; AKT_TEST_FIRST_SEED=n is
 * the first of them (1).
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include "plat/plat.h"
#include <akt/time.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(AKTI_INTERLEAVE)
#define SLOW 20u /* work is divided by this where every atomic may switch threads */
#elif defined(AKTI_MEM_PASSTHROUGH)
#define SLOW 10u
#else
#define SLOW 1u
#endif

/* Where a run costs tens of times more, fewer. */
#if defined(AKTI_MEM_PASSTHROUGH)
#define TEST_SEEDS 4u
#elif defined(__SANITIZE_ADDRESS__) || defined(AKTI_TSAN)
#define TEST_SEEDS 20u
#else
#define TEST_SEEDS 200u
#endif

/* Run one suite: the program's exit status. */
int run_suite(Suite *suite);

/* The seed to start a system with. */
uint64_t test_seed(void);
/* Called by a test where a seed has nothing to decide, and which is slow: it is run under one. */
void one_seed(void);

/* body(seed) for each of so many seeds of the simulator, or so many times with real threads. */
void for_seeds(unsigned simulated, unsigned real, void (*body)(uint64_t seed));
/* body(seed) for each of TEST_SEEDS seeds of a seeded system. */
void for_seeded(void (*body)(uint64_t seed));

/* body(seed), under the simulator in the interleave build. */
void run_seed(uint64_t seed, void (*body)(uint64_t seed));

/* --- between Check and the tests ----------------------------------------------------------------- */

void harness_run(const char *name, void (*body)(int index), int index);
void harness_add(TCase *tcase, const TTest *test, int signal, int status, int from, int to);
/* Check writes a file at each assertion that holds; here it is two stores, and threads do not queue
 * up for it. */
void harness_mark(const char *file, int line);

#undef START_TEST
#define START_TEST(name)                                                                           \
	static void name##_body(int _i);                                                           \
	static void name##_fn(int _i)                                                              \
	{                                                                                          \
		harness_run(#name, name##_body, _i);                                               \
	}                                                                                          \
	static const TTest name##_ttest = { #name, name##_fn, __FILE__, __LINE__ };                \
	static const TTest *name = &name##_ttest;                                                  \
	static void name##_body(int _i __attribute__((unused)))
#define _tcase_add_test(tcase, test, signal, status, from, to)                                     \
	harness_add(tcase, test, signal, status, from, to)
#define _mark_point(file, line) harness_mark(file, line)

/* --- helpers ------------------------------------------------------------------------------------- */

#define DEADLINE_NS AKT_S(30)

/* Wait until *word is at least value. False: not within DEADLINE_NS. */
static inline bool reached(_Atomic uint32_t *word, uint32_t value)
{
	int64_t until = akti_plat_now() + DEADLINE_NS;
	uint32_t seen;

	while ((seen = akti_load_sc(word)) < value) {
		if (!akti_plat_wait(word, seen, until))
			return akti_load_sc(word) >= value;
	}
	return true;
}

static inline void raise_word(_Atomic uint32_t *word)
{
	(void)akti_add_sc(word, 1);
	akti_plat_wake(word, UINT32_MAX >> 1);
}

/* A generator of the test's own. */
static inline uint64_t draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

#endif
