/* SPDX-License-Identifier: MIT */
/* wheel: see wheel.h. A timer that is due at tick t lies at the level of the highest base-64 digit
 * in which t and now differ; when now reaches that digit, the slot is dealt to the levels below. */
#include "queue/wheel.h"
#include <akt/time.h>
#include <string.h>

#define SLOT_BITS 6u

static int64_t tick_of(int64_t deadline_ns)
{
	/* Round up: a timer never fires early. */
	return (deadline_ns + ((INT64_C(1) << WHEEL_TICK_BITS) - 1)) >> WHEEL_TICK_BITS;
}

void akti_wheel_init(struct wheel *wheel, int64_t now_ns)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now_tick = now_ns >> WHEEL_TICK_BITS;
}

static void put(struct wheel *wheel, struct wheel_timer *timer)
{
	int64_t tick = tick_of(timer->deadline_ns);
	int64_t most = wheel->now_tick + (INT64_C(1) << (SLOT_BITS * WHEEL_LEVELS)) - 1;
	unsigned level = 0;
	unsigned slot;
	uint64_t differs;

	if (tick < wheel->now_tick)
		tick = wheel->now_tick;
	if (tick > most)
		tick = most;
	differs = (uint64_t)tick ^ (uint64_t)wheel->now_tick;
	while (level + 1 < WHEEL_LEVELS && differs >> (SLOT_BITS * (level + 1)) != 0)
		level++;
	slot = (unsigned)((uint64_t)tick >> (SLOT_BITS * level)) & (WHEEL_SLOTS - 1);
	timer->next = wheel->slots[level][slot];
	if (timer->next != NULL)
		timer->next->prev = &timer->next;
	timer->prev = &wheel->slots[level][slot];
	wheel->slots[level][slot] = timer;
	wheel->used[level] |= UINT64_C(1) << slot;
}

void akti_wheel_arm(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline_ns)
{
	timer->deadline_ns = deadline_ns;
	put(wheel, timer);
	wheel->count++;
}

void akti_wheel_cancel(struct wheel *wheel, struct wheel_timer *timer)
{
	*timer->prev = timer->next;
	if (timer->next != NULL)
		timer->next->prev = timer->prev;
	timer->prev = NULL;
	wheel->count--;
	/* A slot that became empty keeps its bit until it is passed: a wasted look, no error. */
}

/* Deal the slots that now has reached on the levels above to the levels below. */
static void cascade(struct wheel *wheel)
{
	for (unsigned level = 1; level < WHEEL_LEVELS; level++) {
		unsigned slot = (unsigned)((uint64_t)wheel->now_tick >> (SLOT_BITS * level)) &
				(WHEEL_SLOTS - 1);
		struct wheel_timer *timer = wheel->slots[level][slot];

		wheel->slots[level][slot] = NULL;
		wheel->used[level] &= ~(UINT64_C(1) << slot);
		while (timer != NULL) {
			struct wheel_timer *next = timer->next;

			put(wheel, timer);
			timer = next;
		}
		if (slot != 0)
			break;
	}
}

/* The next tick at which a slot must be looked at, after now. */
static int64_t next_tick(const struct wheel *wheel)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = SLOT_BITS * level;
		unsigned digit = (unsigned)((uint64_t)wheel->now_tick >> shift) & (WHEEL_SLOTS - 1);
		uint64_t later = wheel->used[level] & ~(((UINT64_C(2) << digit) - 1));

		/* On level 0 the slot of now itself may hold timers put in late. */
		if (level == 0 && (wheel->used[0] >> digit & 1))
			return wheel->now_tick;
		if (digit == WHEEL_SLOTS - 1)
			later = 0;
		if (later != 0) {
			uint64_t base = (uint64_t)wheel->now_tick >> (shift + SLOT_BITS);
			uint64_t slot = (uint64_t)__builtin_ctzll(later);

			return (int64_t)((base << SLOT_BITS | slot) << shift);
		}
	}
	/* Only slots before the digit of now on the top level: a turn of it further. */
	return (int64_t)((((uint64_t)wheel->now_tick >> (SLOT_BITS * WHEEL_LEVELS)) + 1)
			 << (SLOT_BITS * WHEEL_LEVELS));
}

struct wheel_timer *akti_wheel_expire(struct wheel *wheel, int64_t now_ns)
{
	int64_t until = now_ns >> WHEEL_TICK_BITS;

	while (wheel->count > 0) {
		unsigned slot = (unsigned)wheel->now_tick & (WHEEL_SLOTS - 1);
		struct wheel_timer *timer = wheel->slots[0][slot];
		int64_t tick;

		if (timer != NULL && wheel->now_tick <= until) {
			akti_wheel_cancel(wheel, timer);
			return timer;
		}
		if (timer == NULL)
			wheel->used[0] &=
				~(UINT64_C(1) << slot); /* or wheel_next would name now for ever */
		if (timer != NULL || wheel->now_tick >= until)
			return NULL;
		tick = next_tick(wheel);
		wheel->now_tick = tick < until ? tick : until;
		if ((wheel->now_tick & (WHEEL_SLOTS - 1)) == 0)
			cascade(wheel);
	}
	if (wheel->now_tick < until)
		wheel->now_tick = until;
	return NULL;
}

int64_t akti_wheel_next(const struct wheel *wheel)
{
	if (wheel->count == 0)
		return AKT_FOREVER;
	return next_tick(wheel) << WHEEL_TICK_BITS;
}
