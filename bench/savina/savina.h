/* SPDX-License-Identifier: MIT */
/*
 * savina: the benchmarks of the Savina suite (Imam and Sarkar, AGERE! 2014) with its parameters.
 *
 * An op is one whole run, from the first spawn until the result is there. Each run has a system of
 * its own, which is started before the timer and stopped after it; then the result is checked.
 *
 * A benchmark is a plan, and one row in the table of savina.c:
 *
 *	static const struct savina_plan plan = {
 *		.data_bytes = sizeof(struct logmap), .start = start, .check = check,
 *	};
 *
 *	void savina_logmap(akt_bench *b, void *arg)
 *	{
 *		(void)arg;
 *		savina_measure(b, &plan);
 *	}
 *
 * What the actors of a run share is its data: zeroed before each run, written by one actor at a time,
 * read again when the system has stopped.
 *
 * Most micro benchmarks are measured by the message too, under names of their own, as other frameworks
 * measure them: BenchmarkPingPong is one run of n messages, between actors that are there before.
 */
#ifndef BENCH_SAVINA_H
#define BENCH_SAVINA_H

#include "common.h"

/* One run of a benchmark. */
struct savina_run {
	akt_bench *b;
	akt_system *sys;
	struct bench_gate over;
	void *data; /* plan->data_bytes */
	/* Of a plan that can be measured by the message. */
	uint64_t ops;
	uint32_t actors;
};

/* Each function says whether it succeeded; if not, the benchmark has failed with a reason. */
struct savina_plan {
	size_t data_bytes;
	/* Input that is made before the timer runs. NULL: none. */
	bool (*prepare)(struct savina_run *run);
	/* Timed in a run: spawn the actors. NULL: start does that too. */
	bool (*spawn)(struct savina_run *run);
	/* Timed: send the first messages. Then the gate is waited for. */
	bool (*start)(struct savina_run *run);
	/* When the system has stopped: is the result right? */
	bool (*check)(struct savina_run *run);
	/* Give back what prepare, spawn and start took, whether they succeeded or not. NULL: nothing. */
	void (*release)(struct savina_run *run);
};

/* Run a plan akt_bench_n(b) times. A message that became a dead letter, or an actor that failed, fails
 * the benchmark too. */
void savina_measure(akt_bench *b, const struct savina_plan *plan);

/* The same for a plan that can be measured by the message: so many ops in each run, by so many actors;
 * fewer ops with -short. */
void savina_measure_sized(akt_bench *b, const struct savina_plan *plan, uint64_t ops,
			  uint32_t actors);

/* Measured by the message: one run of akt_bench_n(b) ops, whose actors are spawned before the timer
 * runs. options NULL: the usual ones. */
void savina_measure_ops(akt_bench *b, const struct savina_plan *plan, uint32_t actors,
			const akt_options *options);

/* How large a parameter of the benchmark is: full, or small with -short, where only the result
 * counts. */
uint64_t savina_size(const struct savina_run *run, uint64_t full, uint64_t small);

/* akt_spawn and akt_post, which fail the benchmark when they fail. */
bool savina_spawn(struct savina_run *run, const akt_type *type, const void *arg, akt_ref *ret_ref);
bool savina_post(struct savina_run *run, akt_ref to, akt_msg *msg);

/* From a handler: the result is there. Returns 0. */
int savina_over(struct savina_run *run);

/* A start hook for a state whose first member is a pointer, which is set to arg. With it an actor is
 * spawned with a pointer to what it shares, or to the part of it that is its own. */
int savina_keep_arg(akt_ctx *ctx, void *state, const void *arg);

/* Random numbers: a sequence for each actor, the same in each run (splitmix64 of Steele, Lea and
 * Flood, OOPSLA 2014). */
struct savina_random {
	uint64_t state;
};
struct savina_random savina_random_of(uint64_t seed);
uint64_t savina_random_next(struct savina_random *random);
/* From 0 to bound - 1. */
uint32_t savina_random_below(struct savina_random *random, uint32_t bound);

/* Keep the processor busy with so many random numbers. Returns what must be kept, for compilers would
 * leave it all out. */
uint64_t savina_busy(struct savina_random *random, uint64_t count);

/* Micro benchmarks. */
void savina_pingpong(akt_bench *b, void *arg);
void savina_count(akt_bench *b, void *arg);
void savina_fjthrput(akt_bench *b, void *arg);
void savina_fjcreate(akt_bench *b, void *arg);
void savina_threadring(akt_bench *b, void *arg);
void savina_chameneos(akt_bench *b, void *arg);
void savina_big(akt_bench *b, void *arg);

/* Concurrency benchmarks. */
void savina_concdict(akt_bench *b, void *arg);
void savina_concsll(akt_bench *b, void *arg);
void savina_bndbuffer(akt_bench *b, void *arg);
void savina_philosopher(akt_bench *b, void *arg);
void savina_barber(akt_bench *b, void *arg);
void savina_cigsmok(akt_bench *b, void *arg);
void savina_logmap(akt_bench *b, void *arg);
void savina_banking(akt_bench *b, void *arg);

/* Parallelism benchmarks. */
void savina_fib(akt_bench *b, void *arg);
void savina_nqueenk(akt_bench *b, void *arg);
void savina_quicksort(akt_bench *b, void *arg);
void savina_radixsort(akt_bench *b, void *arg);
void savina_sieve(akt_bench *b, void *arg);
void savina_trapezoid(akt_bench *b, void *arg);
void savina_recmatmul(akt_bench *b, void *arg);
void savina_bitonicsort(akt_bench *b, void *arg);
void savina_apsp(akt_bench *b, void *arg);
void savina_sor(akt_bench *b, void *arg);
void savina_piprecision(akt_bench *b, void *arg);
void savina_uct(akt_bench *b, void *arg);
void savina_filterbank(akt_bench *b, void *arg);
void savina_astar(akt_bench *b, void *arg);
void savina_facloc(akt_bench *b, void *arg);

#endif
