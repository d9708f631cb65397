/* SPDX-License-Identifier: MIT */
/*
 * poller: who waits for which file descriptor. Knows no actors: a wait is a record, and a function is
 * called when it is over.
 *
 *	wait --> fds[fd].read, .write --> kernel (one wish per fd: what its waits want together)
 *	                                    | ready, once
 *	                                  poll: takes the wait out, calls config.ready(wait)
 *
 * At most one wait per descriptor and direction; one for both directions is over with the first.
 * Each is over exactly once: fired by poll, or withdrawn by akti_io_withdraw, whichever has the mutex
 * first. After either the descriptor is of no more interest here, and may be closed.
 *
 * A report of the kernel may be older than what is in the table: the wait was withdrawn meanwhile, the
 * descriptor closed, its number given to another socket, and that waited for. So each wish has a
 * number, the kernel repeats it in its report, and a report that does not carry the present one is
 * dropped. Nothing is lost by that: the kernel looks anew whenever a wish is made.
 *
 * poll runs on a thread of the poller's own, made when it is first used; or, without one, whenever
 * somebody calls it.
 */
#ifndef AKTI_IO_POLLER_H
#define AKTI_IO_POLLER_H

#include "plat/plat.h"

/* The caller's, until it is fired or withdrawn. */
struct io_wait {
	int32_t fd;
	uint32_t events;      /* PLAT_READ, PLAT_WRITE; fired: those that will not block, and why */
	uint64_t serial;      /* the poller's */
	struct io_wait *next; /* the poller's */
};

struct io_poller_config {
	uint32_t waits_max;
	bool thread; /* have one of its own */
	bool alarm;  /* have an alarm (plat_poll) */
	void *arg;
	/* The wait is over, because its descriptor is ready; it is the caller's again. */
	void (*ready)(void *arg, struct io_wait *wait);
	/* The thread begins and ends, on itself. */
	void (*enter)(void *arg);
	void (*leave)(void *arg);
};

struct io_fd {
	struct io_wait *waits[2]; /* reading, writing; NULL: nobody */
	uint32_t wish;            /* number of the newest */
};

struct io_poller {
	struct io_poller_config config;
	struct plat_mutex mutex; /* of all below but quitting */
	struct plat_poll poll;
	bool open;
	bool has_thread;
	struct io_fd *fds; /* by descriptor */
	uint32_t room;
	uint32_t wish;          /* number of the newest */
	uint64_t serial;        /* of the newest wait */
	_Atomic uint32_t count; /* waits */
	_Atomic uint32_t quitting;
	struct plat_thread thread;
};

/* Threads: outside, both. At its end nobody may wait. */
void akti_io_poller_init(struct io_poller *poller, const struct io_poller_config *config);
void akti_io_poller_fini(struct io_poller *poller);
/* What is opened at the first wait otherwise. Errors: SYSTEM. */
int akti_io_poller_open(struct io_poller *poller);

/* Wait for wait->fd to be ready for wait->events. *ret_serial names the wait for akti_io_withdraw.
 * Threads: any thread. Errors: INVALID (not open, or it cannot be waited for), EXISTS (somebody waits
 * for that already), LIMIT (waits_max), NOMEM, SYSTEM; the wait is then still the caller's. */
int akti_io_wait(struct io_poller *poller, struct io_wait *wait, uint64_t *ret_serial);
/* Wait no more: the wait is the caller's again. NULL: it has been fired.
 * Threads: any thread. */
struct io_wait *akti_io_withdraw(struct io_poller *poller, int fd, uint64_t serial);

/* Fire what is ready now. Returns how many; 0 also if it never was used.
 * Threads: one at a time; none if the poller has its own. */
unsigned akti_io_poll(struct io_poller *poller);
/* The same with what the kernel has said. */
unsigned akti_io_report(struct io_poller *poller, const struct plat_ready *ready, unsigned n);

#endif
