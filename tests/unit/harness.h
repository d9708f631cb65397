/* SPDX-License-Identifier: MIT */
/* What the tests of queues and of the scheduler share: one body that runs with real threads, or, in
 * the interleave build, once per seed under the simulator; waiting for a word with a deadline. */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include "plat/plat.h"
#include <akt/time.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef AKTI_INTERLEAVE
#include "plat/sim.h"
#endif

#if defined(AKTI_INTERLEAVE)
#define SLOW 20u /* work is divided by this where every atomic may switch threads */
#elif defined(AKTI_MEM_PASSTHROUGH)
#define SLOW 10u
#else
#define SLOW 1u
#endif

static inline void run_seed(uint64_t seed, void (*body)(uint64_t seed))
{
#ifdef AKTI_INTERLEAVE
	akti_sim_begin(seed);
	body(seed);
	(void)akti_sim_end();
#else
	body(seed);
#endif
}

/* body(seed) for each of so many seeds of the simulator, or so many times with real threads.
 * AKT_SEED=n runs that one, AKT_TEST_SEEDS=n so many. */
static inline void for_seeds(unsigned simulated, unsigned real, void (*body)(uint64_t seed))
{
	const char *given = getenv("AKT_SEED");
	const char *many = getenv("AKT_TEST_SEEDS");
	unsigned count = real;

#ifdef AKTI_INTERLEAVE
	count = simulated;
#endif
	(void)simulated;
	if (many != NULL)
		count = (unsigned)strtoul(many, NULL, 10);
	if (given != NULL) {
		run_seed(strtoull(given, NULL, 10), body);
		return;
	}
	for (uint64_t seed = 1; seed <= count; seed++)
		run_seed(seed, body);
}

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

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

#endif
