/* SPDX-License-Identifier: MIT */
/*
 * plat: readiness of file descriptors, by epoll.
 *
 * Each descriptor is reported once (EPOLLONESHOT) and then left alone until it is wanted again, so a
 * reader that is slow is not told the same thing over and over. A bell, an eventfd, ends a sleep
 * from outside; an alarm, a timerfd, ends it when its time has come. Both are emptied where they
 * are reported: what is rung after that is reported again.
 *
 * The simulator knows no descriptors: in its build a sleep waits on the word that the bell bumps,
 * and while descriptors are wanted it looks at them each virtual millisecond.
 */
#include "plat/plat.h"
#include <akt/error.h>
#include <akt/time.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TAG_BELL UINT64_MAX
#define TAG_ALARM (UINT64_MAX - 1)

#ifdef AKTI_INTERLEAVE
static const bool simulated = true;
#else
static const bool simulated = false;
#endif

static int add_own(struct plat_poll *poll, int fd, uint64_t tag)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag };

	return fd < 0 || epoll_ctl(poll->fd, EPOLL_CTL_ADD, fd, &event) != 0 ? AKT_ERR_SYSTEM : 0;
}

int akti_plat_poll_open(struct plat_poll *poll, bool alarm)
{
	memset(poll, 0, sizeof(*poll));
	poll->alarm = -1;
	poll->alarm_ns = AKT_FOREVER;
	poll->fd = epoll_create1(EPOLL_CLOEXEC);
	poll->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (alarm)
		poll->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (poll->fd < 0 || add_own(poll, poll->bell, TAG_BELL) < 0 ||
	    (alarm && add_own(poll, poll->alarm, TAG_ALARM) < 0)) {
		akti_plat_poll_close(poll);
		return AKT_ERR_SYSTEM;
	}
	return 0;
}

static void close_one(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void akti_plat_poll_close(struct plat_poll *poll)
{
	close_one(poll->alarm);
	close_one(poll->bell);
	close_one(poll->fd);
}

/* The simulator's sleepers look again. */
static void stir(struct plat_poll *poll)
{
#ifdef AKTI_INTERLEAVE
	(void)akti_add_sc(&poll->rung, 1);
	akti_plat_wake(&poll->rung, UINT32_MAX >> 1);
#endif
	(void)poll;
}

bool akti_plat_fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int akti_plat_poll_want(struct plat_poll *poll, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event event = { .events = EPOLLONESHOT, .data.u64 = tag };

	if (events & PLAT_READ)
		event.events |= EPOLLIN;
	if (events & PLAT_WRITE)
		event.events |= EPOLLOUT;
	if (!poll->wanted) {
		poll->wanted = true;
		stir(poll);
	}
	if (epoll_ctl(poll->fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
	    (errno == ENOENT && epoll_ctl(poll->fd, EPOLL_CTL_ADD, fd, &event) == 0))
		return 0;
	if (errno == ENOMEM)
		return AKT_ERR_NOMEM;
	return errno == ENOSPC ? AKT_ERR_SYSTEM : AKT_ERR_INVALID;
}

void akti_plat_poll_forget(struct plat_poll *poll, int fd)
{
	(void)epoll_ctl(poll->fd, EPOLL_CTL_DEL, fd, NULL);
}

void akti_plat_poll_ring(struct plat_poll *poll)
{
	int saved = errno;
	uint64_t one = 1;

	/* It fails when it has been rung 2^64 - 2 times: then it rings anyway. */
	(void)!write(poll->bell, &one, sizeof(one));
	errno = saved;
	stir(poll);
}

void akti_plat_poll_alarm(struct plat_poll *poll, int64_t deadline_ns)
{
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };

	if (deadline_ns == poll->alarm_ns)
		return;
	poll->alarm_ns = deadline_ns;
	if (deadline_ns != AKT_FOREVER) {
		spec.it_value.tv_sec = deadline_ns / AKT_S(1);
		spec.it_value.tv_nsec = deadline_ns % AKT_S(1);
	}
	if (!simulated)
		(void)timerfd_settime(poll->alarm, TFD_TIMER_ABSTIME, &spec, NULL);
}

static uint32_t events_of(uint32_t events)
{
	uint32_t ready = 0;

	if (events & EPOLLIN)
		ready |= PLAT_READ;
	if (events & EPOLLOUT)
		ready |= PLAT_WRITE;
	if (events & EPOLLHUP)
		ready |= PLAT_HANGUP;
	if (events & EPOLLERR)
		ready |= PLAT_ERROR;
	return ready;
}

/* Empty the bell or the alarm. False: it is a descriptor of the user's. */
static bool empty_own(struct plat_poll *poll, uint64_t tag)
{
	uint64_t count;

	if (tag == TAG_BELL) {
		(void)!read(poll->bell, &count, sizeof(count));
	} else if (tag == TAG_ALARM) {
		(void)!read(poll->alarm, &count, sizeof(count));
		poll->alarm_ns = AKT_FOREVER;
	} else {
		return false;
	}
	return true;
}

unsigned akti_plat_poll_take(struct plat_poll *poll, struct plat_ready *ret_ready, bool wait)
{
	struct epoll_event events[PLAT_POLL_BATCH];
	unsigned count = 0;
	int n;

	if (simulated) {
		if (wait)
			(void)akti_plat_poll_sleep(poll, AKT_FOREVER);
		if (poll->alarm_ns <= akti_plat_now())
			poll->alarm_ns = AKT_FOREVER;
		wait = false;
	}
	n = epoll_wait(poll->fd, events, PLAT_POLL_BATCH, wait ? -1 : 0);
	for (int i = 0; i < n; i++) {
		if (empty_own(poll, events[i].data.u64))
			continue;
		ret_ready[count].tag = events[i].data.u64;
		ret_ready[count++].events = events_of(events[i].events);
	}
	return count;
}

#ifdef AKTI_INTERLEAVE
bool akti_plat_poll_sleep(struct plat_poll *poll, int64_t deadline_ns)
{
	struct pollfd there = { .fd = poll->fd, .events = POLLIN };

	for (;;) {
		uint32_t seen = akti_load_sc(&poll->rung);
		int64_t now = akti_plat_now();
		int64_t until = deadline_ns < poll->alarm_ns ? deadline_ns : poll->alarm_ns;

		if (poll->alarm_ns <= now || ppoll(&there, 1, &(struct timespec){ 0, 0 }, NULL) > 0)
			return true;
		if (deadline_ns <= now)
			return false;
		if (poll->wanted && now + AKT_MS(1) < until)
			until = now + AKT_MS(1);
		(void)akti_plat_wait(&poll->rung, seen, until);
	}
}
#else
bool akti_plat_poll_sleep(struct plat_poll *poll, int64_t deadline_ns)
{
	struct pollfd there = { .fd = poll->fd, .events = POLLIN };
	struct timespec rest;
	int64_t rest_ns;

	if (deadline_ns == AKT_FOREVER)
		return ppoll(&there, 1, NULL, NULL) > 0;
	rest_ns = deadline_ns - akti_plat_now();
	if (rest_ns < 0)
		rest_ns = 0;
	rest.tv_sec = rest_ns / AKT_S(1);
	rest.tv_nsec = rest_ns % AKT_S(1);
	return ppoll(&there, 1, &rest, NULL) > 0;
}
#endif
