/* SPDX-License-Identifier: MIT */
/*
 * verdict: what keeps an actor from being faster, from how long its messages waited and were worked
 * on. Rules in this order, the first that holds; u is utilization (processing / duration), queue
 * the mean number of messages that wait (total wait / duration: Little's law), others how many
 * handlers of other actors ran at a time:
 *
 *	few		fewer than FEW_MESSAGES timed messages, or a u beyond 1: it is estimated from
 *			the few that were timed, and some of these took long
 *	blocked		u >= BLOCKED_BUSY, and less than BLOCKED_CPU of processing on a CPU
 *	flooded		u >= SATURATED_BUSY and queue >= FLOODED_QUEUE
 *	CPU-bound	u >= SATURATED_BUSY
 *	starved		wait of one >= LATE_TIMES its processing and LATE_WAIT_NS, others >= OTHERS_BUSY
 *	flooded		the same wait with others idle, queue >= FLOODED_QUEUE: bursts
 *	fine		else
 *
 * Without a CPU profile blocked cannot be told from CPU-bound: the verdict is then busy.
 */
#ifndef PPROF_VERDICT_H
#define PPROF_VERDICT_H

#include "pprof/buffer.h"

/* X(name, value, what it limits); the same table is in akt-pprof(1). */
#define VERDICT_LIMITS(X)                                                                          \
	X(FEW_MESSAGES, 10, "timed messages below which nothing is said")                          \
	X(BLOCKED_BUSY, 0.1, "utilization from which being blocked matters")                       \
	X(BLOCKED_CPU, 0.5, "part of processing on a CPU below which an actor is blocked")         \
	X(BLOCKED_TICKS, 10, "CPU samples that processing would give, for that to be known")       \
	X(SATURATED_BUSY, 0.7, "utilization from which an actor is the bottleneck")                \
	X(FLOODED_QUEUE, 10, "messages that wait at a time, from which an actor is flooded")       \
	X(LATE_TIMES, 10, "a wait of so many times the processing is not of its own making")       \
	X(LATE_WAIT_NS, 100000, "and of at least so many nanoseconds")                             \
	X(OTHERS_BUSY, 0.5, "handlers of others at a time from which workers count as busy")

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
