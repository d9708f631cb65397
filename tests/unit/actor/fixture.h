/* SPDX-License-Identifier: MIT */
/* What the tests of actors share: messages, an oracle of conservation, waiting with a deadline. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "harness.h"
#include <akt/akt.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct number {
	uint64_t value;
};
AKT_MESSAGE_DECLARE(number);
AKT_MESSAGE_DECLARE(poke);

/* Dead letters by reason, as the hook saw them. */
struct seen_dead {
	_Atomic uint64_t count[AKT_DEAD_REASONS];
};
void count_dead(void *seen, const akt_dead_letter *letter);

/* A system of so many workers (0: seeded, with test_seed()) whose dead letters go to seen. */
akt_system *start_system(unsigned workers, struct seen_dead *seen);

/* Stop the system; every message must be accounted for and every actor have ended. */
void stop_system(akt_system *sys);
/* accepted == processed + dead + dropped, nobody is busy. */
void check_conserved(akt_system *sys);
void drain(akt_system *sys);

/* Run one case as a suite of its own name, with so many seconds for each of its tests. The program's
 * exit status. */
int run_case(const char *name, TCase *tests, double seconds);

/* Loop index of a test in every mode: workers 1, 2, 3, and 0 for seeded. */
#define MODES 4
#define SEEDED 3 /* the last */
extern const unsigned mode_workers[MODES];

#endif
