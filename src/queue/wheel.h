/* SPDX-License-Identifier: MIT */
/*
 * wheel: timers of one worker, a hierarchical timing wheel (Varghese and Lauck, SOSP 1987).
 *
 * Four levels of 64 slots over ticks of 2^20 ns (1.05 ms): arm and cancel are O(1), a timer is moved
 * at most three times before it fires. It never fires early, and late by at most a tick plus the
 * time until its worker looks. Deadlines beyond 64^4 ticks (4.9 hours) wait in the last slot of the
 * top level and are put in again from there.
 *
 * Not thread-safe: the worker that owns the wheel does everything. A timer is memory of its user,
 * which stays where it is while armed.
 */
#ifndef AKTI_WHEEL_H
#define AKTI_WHEEL_H

#include "base/base.h"

#define WHEEL_LEVELS 4u
#define WHEEL_SLOTS 64u
#define WHEEL_TICK_BITS 20u

struct wheel_timer {
	struct wheel_timer *next;
	struct wheel_timer **prev; /* what points to this one; NULL: not armed */
	int64_t deadline_ns;
};

struct wheel {
	int64_t now_tick; /* all earlier ticks have been fired */
	uint32_t count;
	uint64_t used[WHEEL_LEVELS]; /* a bit per slot that is not empty */
	struct wheel_timer *slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

void akti_wheel_init(struct wheel *wheel, int64_t now_ns);
void akti_wheel_arm(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline_ns);
void akti_wheel_cancel(struct wheel *wheel, struct wheel_timer *timer);

/* Take one timer that is due at now_ns out of the wheel; NULL: none. */
struct wheel_timer *akti_wheel_expire(struct wheel *wheel, int64_t now_ns);

/* A time at which to look again: no armed timer is due before it. AKT_FOREVER: none is armed. */
int64_t akti_wheel_next(const struct wheel *wheel);

#endif
