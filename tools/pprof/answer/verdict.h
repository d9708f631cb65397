/* SPDX-License-Identifier: MIT */
/*
 * verdict: what keeps an actor from being faster, from how long its messages waited and were worked
 * on. Rules in this order, the first that holds; u is utilization (processing / duration), queue
 * the mean number of messages that wait (total wait / duration: Little's law), others how many
 * handlers of other actors ran at a time:
 *
 *	few		fewer than few_messages timed messages, or u > most_busy: it is estimated from
 *			the few that were timed, and some of these took long
 *	blocked		u >= blocked_busy, and less than blocked_cpu of processing on a CPU
 *	flooded		u >= saturated_busy and queue >= flooded_queue
 *	CPU-bound	u >= saturated_busy
 *	starved		wait of one >= late_times its processing and late_wait_ns, others >= others_busy
 *	flooded		the same wait with others idle, queue >= flooded_queue: bursts
 *	fine		else
 *
 * Without a CPU profile blocked cannot be told from CPU-bound: the verdict is then busy.
 */
#ifndef PPROF_VERDICT_H
#define PPROF_VERDICT_H

#include "pprof/ground/buffer.h"

/* X(name, value, what it limits); the same table is in akt-pprof(1). */
#define VERDICT_LIMITS(X)                                                                          \
	X(few_messages, 10, "timed messages below which nothing is said")                          \
	X(most_busy, 1.05, "utilization beyond which too little was timed: an actor is one")       \
	X(blocked_busy, 0.1, "utilization from which being blocked matters")                       \
	X(blocked_cpu, 0.5, "part of processing on a CPU below which an actor is blocked")         \
	X(blocked_ticks, 10, "CPU samples that processing would give, for that to be known")       \
	X(saturated_busy, 0.7, "utilization from which an actor is the bottleneck")                \
	X(flooded_queue, 10, "messages that wait at a time, from which an actor is flooded")       \
	X(late_times, 10, "a wait of so many times the processing is not of its own making")       \
	X(late_wait_ns, 100000, "and of at least so many nanoseconds")                             \
	X(others_busy, 0.5, "handlers of others at a time from which workers count as busy")

enum actor_verdict {
	ACTOR_FEW = 0,
	ACTOR_UNKNOWN = 1, /* no duration */
	ACTOR_BLOCKED = 2,
	ACTOR_FLOODED = 3,
	ACTOR_CPU_BOUND = 4,
	ACTOR_BUSY = 5,
	ACTOR_STARVED = 6,
	ACTOR_FINE = 7,
};

struct actor_load {
	double timed;         /* messages that were timed */
	double messages;      /* that they stand for */
	double duration_ns;   /* of the recording; 0: not known */
	double wait_ns;       /* of all messages together */
	double processing_ns; /* likewise */
	double others;        /* handlers of other actors that ran at a time */
	bool has_cpu;
	double cpu_ns;        /* of this actor, for the same duration */
	double cpu_period_ns; /* one sample stands for */
};

enum actor_verdict verdict_of(const struct actor_load *load);

/* One line: the verdict and why. */
void verdict_print(enum actor_verdict verdict, const struct actor_load *load, struct buffer *out);

#endif
