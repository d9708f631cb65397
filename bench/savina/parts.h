/* SPDX-License-Identifier: MIT */
/*
 * parts: what several of the parallel benchmarks are made of.
 *
 * A call that is an actor: it is started with one message, may call others, returns with one message
 * to its parent, and ends. A tally: an actor that is told so often that something is done, and then
 * the run is over. And comparisons with the same computation made without actors.
 */
#ifndef BENCH_SAVINA_PARTS_H
#define BENCH_SAVINA_PARTS_H

#include "savina.h"

/* Start a child of this type and send it its one message. */
int parts_call(akt_ctx *ctx, const akt_type *type, const void *arg, akt_msg *msg);

/* Send the parent the result and end. */
int parts_return(akt_ctx *ctx, akt_msg *msg);

/* An actor of this type is spawned with a struct parts_tally; what is done sends it this signal. */
struct parts_tally {
	struct savina_run *run;
	uint64_t left;
};
extern const akt_type parts_tally_type;
AKT_MESSAGE_DECLARE(parts_done);

/* How long the same computation took without actors, since begin_ns of bench_now: a column of its own. */
void parts_report_sequential(struct savina_run *run, int64_t begin_ns);

/* Whether all that was computed is what is wanted: exactly, or up to rounding in another order. */
bool parts_same(struct savina_run *run, const uint64_t *got, const uint64_t *wanted, size_t count);
bool parts_close(struct savina_run *run, const double *got, const double *wanted, size_t count);

/* Zeroed memory for data of a run; NULL: the benchmark has failed. */
void *parts_memory(struct savina_run *run, size_t count, size_t size_bytes);

/* So many random numbers of so many bits; NULL: the benchmark has failed. */
uint64_t *parts_numbers(struct savina_run *run, size_t count, uint64_t seed, unsigned bits);

/* Whether values are those numbers in the order into which the C library sorts them. */
bool parts_is_sorted(struct savina_run *run, const uint64_t *values, size_t count, uint64_t seed,
		     unsigned bits);

#endif
