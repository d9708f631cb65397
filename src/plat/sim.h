/* SPDX-License-Identifier: MIT */
/*
 * sim: the interleave build's door for tests. The calling thread becomes the first thread of a
 * simulated run; every thread started through plat joins it.
 */
#ifndef AKTI_SIM_H
#define AKTI_SIM_H

#include <stdint.h>

/* Begin a run: the same seed gives the same interleaving of the same program. */
void akti_sim_begin(uint64_t seed);
/* End it; all threads must be joined. Returns a hash of every choice made. */
uint64_t akti_sim_end(void);
/* Baton passes so far. */
uint64_t akti_sim_steps(void);

#endif
