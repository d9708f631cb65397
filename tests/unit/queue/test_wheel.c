/* SPDX-License-Identifier: MIT */
/* Proves, against a list that is searched from end to end: timers fire once, never early, in time,
 * and not when cancelled; near and far (beyond the top level); `next` is never late and moves on.
 * Not: which of two timers of one tick comes first. */
#include "harness.h"
#include "queue/wheel.h"
#include <string.h>

#define TIMERS 40u
#define TICK (INT64_C(1) << WHEEL_TICK_BITS)

static struct wheel wheel;
static struct wheel_timer timers[TIMERS];
static bool armed[TIMERS];
static uint64_t random_state = 12345;
static unsigned far_ones;

static int64_t tick_up(int64_t ns)
{
	return (ns + TICK - 1) / TICK;
}

/* From now to some hours hence, each magnitude as likely; some in the past. */
static int64_t some_delay(void)
{
	uint64_t kind = draw(&random_state) % 50;

	if (kind == 0)
		return -(int64_t)(draw(&random_state) % (uint64_t)AKT_S(1));
	if (kind == 1)
		return AKT_S(3600) * (int64_t)(1 + draw(&random_state) % 100);
	return (int64_t)(draw(&random_state) % (UINT64_C(1) << (draw(&random_state) % 45)));
}

/* Advance to now: what the list says is due comes, and nothing else. */
static void expire(int64_t now)
{
	struct wheel_timer *timer;

	while ((timer = akti_wheel_expire(&wheel, now)) != NULL) {
		ck_assert(armed[timer - timers]);
		ck_assert_ptr_null(timer->prev);
		ck_assert_int_le(timer->deadline_ns, now);
		armed[timer - timers] = false;
	}
	for (unsigned i = 0; i < TIMERS; i++) {
		if (armed[i])
			ck_assert_int_gt(tick_up(timers[i].deadline_ns), now / TICK);
	}
}

static int64_t earliest(void)
{
	int64_t least = AKT_FOREVER;

	for (unsigned i = 0; i < TIMERS; i++) {
		if (armed[i] && timers[i].deadline_ns < least)
			least = timers[i].deadline_ns;
	}
	return least;
}

static void arm_some(int64_t now)
{
	unsigned i = (unsigned)(draw(&random_state) % TIMERS);

	if (armed[i]) {
		akti_wheel_cancel(&wheel, &timers[i]);
		ck_assert_ptr_null(timers[i].prev);
		armed[i] = false;
		return;
	}
	akti_wheel_arm(&wheel, &timers[i], now + some_delay());
	far_ones += timers[i].deadline_ns - now > TICK << 24;
	armed[i] = true;
}

static void check_next(int64_t now)
{
	int64_t next = akti_wheel_next(&wheel);
	int64_t least = earliest();
	unsigned count = 0;

	for (unsigned i = 0; i < TIMERS; i++)
		count += armed[i];
	ck_assert_uint_eq(wheel.count, count);
	if (least == AKT_FOREVER)
		ck_assert_int_eq(next, AKT_FOREVER);
	else if (least > now)
		ck_assert_int_le(next, tick_up(least) * TICK);
}

static void play(unsigned steps)
{
	int64_t now = AKT_S(1) + (int64_t)(draw(&random_state) % (UINT64_C(1) << 50));

	memset(timers, 0, sizeof(timers));
	memset(armed, 0, sizeof(armed));
	akti_wheel_init(&wheel, now);
	for (unsigned i = 0; i < steps; i++) {
		switch (draw(&random_state) % 4) {
		case 0:
			/* To the time it names: there it fires, or there is something to do. */
			if (wheel.count > 0 && akti_wheel_next(&wheel) > now)
				now = akti_wheel_next(&wheel);
			expire(now);
			break;
		case 1:
			now += some_delay() & INT64_MAX >> (20 + draw(&random_state) % 30);
			expire(now);
			break;
		default:
			arm_some(now);
			break;
		}
		check_next(now);
	}
	/* Going from `next` to `next` ends, and soon. */
	for (unsigned looks = 0; wheel.count > 0; looks++) {
		int64_t next = akti_wheel_next(&wheel);

		ck_assert_uint_lt(looks, 20000);
		if (next > now)
			now = next;
		expire(now);
		check_next(now);
	}
	ck_assert_int_eq(akti_wheel_next(&wheel), AKT_FOREVER);
}

START_TEST(a_wheel_does_what_a_list_would)
{
	for (unsigned i = 0; i < 1000 / SLOW; i++)
		play(100);
	ck_assert_uint_gt(far_ones, 100 / SLOW);
}
END_TEST

START_TEST(an_emptied_slot_is_not_due_for_ever)
{
	int64_t now = 63 * TICK; /* the last slot of the lowest level */

	akti_wheel_init(&wheel, now);
	akti_wheel_arm(&wheel, &timers[0], now);
	akti_wheel_arm(&wheel, &timers[1], now + AKT_S(40));
	ck_assert_ptr_eq(akti_wheel_expire(&wheel, now), &timers[0]);
	ck_assert_ptr_null(akti_wheel_expire(&wheel, now));
	ck_assert_int_gt(akti_wheel_next(&wheel), now);
}
END_TEST

START_TEST(an_empty_wheel_follows_the_clock)
{
	akti_wheel_init(&wheel, 0);
	ck_assert_ptr_null(akti_wheel_expire(&wheel, AKT_S(100000)));
	akti_wheel_arm(&wheel, &timers[0], AKT_S(100001));
	ck_assert_ptr_null(akti_wheel_expire(&wheel, AKT_S(100001) - TICK));
	ck_assert_ptr_eq(akti_wheel_expire(&wheel, AKT_S(100001) + TICK), &timers[0]);
	ck_assert_ptr_null(akti_wheel_expire(&wheel, AKT_S(100002)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wheel");
	TCase *tcase = tcase_create("wheel");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_wheel_does_what_a_list_would);
	tcase_add_test(tcase, an_emptied_slot_is_not_due_for_ever);
	tcase_add_test(tcase, an_empty_wheel_follows_the_clock);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
