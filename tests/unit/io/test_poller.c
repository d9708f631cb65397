/* SPDX-License-Identifier: MIT */
/*
 * Proves: a wait is over exactly once, fired or withdrawn, whoever comes first; a report that is older
 * than the wait is dropped; the limit. Does not prove what actors make of it: that is
 * tests/unit/actor/test_fd.c.
 */
#include "../harness.h"
#include "io/poller.h"
#include <akt/error.h>
#include <fcntl.h>
#include <unistd.h>

static struct io_poller poller;
static _Atomic uint32_t fired, entered, left_;

static void enter(void *arg)
{
	(void)arg;
	raise_word(&entered);
}
static void leave(void *arg)
{
	(void)arg;
	raise_word(&left_);
}
static void ready(void *arg, struct io_wait *wait)
{
	(void)arg;
	ck_assert_uint_eq(wait->events, PLAT_READ);
	wait->serial = 0;
	raise_word(&fired);
}

static void set_up(bool thread, uint32_t waits_max)
{
	struct io_poller_config config = { .waits_max = waits_max,
					   .thread = thread,
					   .ready = ready,
					   .enter = enter,
					   .leave = leave };

	fired = entered = left_ = 0;
	akti_io_poller_init(&poller, &config);
}

static void open_pipe(int ends[2])
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
}
static void close_pipe(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}
static int wait_to_read(struct io_wait *wait, int fd, uint64_t *ret_serial)
{
	wait->fd = fd;
	wait->events = PLAT_READ;
	return akti_io_wait(&poller, wait, ret_serial);
}

/* Each wait is the only one for a while. */
static void one_by_one(uint64_t seed)
{
	uint32_t begun = 0;
	uint32_t withdrawn = 0;

	set_up(true, 3);
	for (uint64_t round = 0; round < 5; round++) {
		struct io_wait wait, *back;
		uint64_t serial;
		int ends[2];

		open_pipe(ends);
		ck_assert_int_eq(wait_to_read(&wait, ends[0], &serial), 0);
		begun++;
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
		back = NULL;
		if ((seed >> round) % 2 == 0)
			back = akti_io_withdraw(&poller, ends[0], serial);
		if (back != NULL) {
			ck_assert_ptr_eq(back, &wait);
			withdrawn++;
		}
		ck_assert(reached(&fired, begun - withdrawn)); /* wait is ours again */
		ck_assert_ptr_null(akti_io_withdraw(&poller, ends[0], serial));
		close_pipe(ends);
	}
	akti_io_poller_fini(&poller);
	ck_assert_uint_eq(fired + withdrawn, begun);
	ck_assert_uint_eq(entered, 1);
	ck_assert_uint_eq(left_, 1);
}

START_TEST(a_wait_is_fired_or_withdrawn)
{
	for_seeds(400, 30, one_by_one);
}
END_TEST

#ifndef AKTI_INTERLEAVE
START_TEST(a_report_older_than_the_wait_is_dropped)
{
	struct plat_ready old = { .events = PLAT_READ };
	struct io_wait wait;
	uint64_t first, second;
	int ends[2];

	set_up(false, 3);
	ck_assert_uint_eq(akti_io_poll(&poller), 0); /* never used */
	open_pipe(ends);
	ck_assert_int_eq(wait_to_read(&wait, ends[0], &first), 0);
	ck_assert_ptr_eq(akti_io_withdraw(&poller, ends[0], first), &wait);
	ck_assert_int_eq(wait_to_read(&wait, ends[0], &second), 0);
	/* What the kernel had said of the first wish, before it was withdrawn. */
	old.tag = (uint64_t)1 << 32 | (uint32_t)ends[0];
	ck_assert_uint_eq(akti_io_report(&poller, &old, 1), 0);
	ck_assert_uint_eq(akti_io_poll(&poller), 0);
	ck_assert_ptr_null(akti_io_withdraw(&poller, ends[0], first));
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_uint_eq(akti_io_poll(&poller), 1);
	ck_assert_uint_eq(fired, 1);
	ck_assert_uint_eq(akti_io_poll(&poller), 0);
	close_pipe(ends);
	akti_io_poller_fini(&poller);
}
END_TEST

#define LIMIT 5u
START_TEST(so_many_may_wait_and_no_more)
{
	struct io_wait waits[LIMIT + 1];
	uint64_t serials[LIMIT + 1];
	int pipes[LIMIT + 1][2];

	set_up(false, LIMIT);
	for (unsigned i = 0; i <= LIMIT; i++)
		open_pipe(pipes[i]);
	for (unsigned i = 0; i < LIMIT; i++)
		ck_assert_int_eq(wait_to_read(&waits[i], pipes[i][0], &serials[i]), 0);
	ck_assert_int_eq(wait_to_read(&waits[LIMIT], pipes[LIMIT][0], &serials[LIMIT]),
			 AKT_ERR_LIMIT);
	ck_assert_ptr_nonnull(akti_io_withdraw(&poller, pipes[2][0], serials[2]));
	ck_assert_int_eq(wait_to_read(&waits[2], pipes[0][0], &serials[2]), AKT_ERR_EXISTS);
	ck_assert_int_eq(wait_to_read(&waits[LIMIT], pipes[LIMIT][0], &serials[LIMIT]), 0);
	ck_assert_int_eq(wait_to_read(&waits[2], pipes[2][0], &serials[2]), AKT_ERR_LIMIT);
	for (unsigned i = 0; i <= LIMIT; i++) {
		ck_assert_int_eq(write(pipes[i][1], "x", 1), 1);
	}
	ck_assert_uint_eq(akti_io_poll(&poller), LIMIT);
	for (unsigned i = 0; i <= LIMIT; i++)
		close_pipe(pipes[i]);
	akti_io_poller_fini(&poller);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("poller");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 100);
	tcase_add_test(all, a_wait_is_fired_or_withdrawn);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(all, a_report_older_than_the_wait_is_dropped);
	tcase_add_test(all, so_many_may_wait_and_no_more);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
