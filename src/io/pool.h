/* SPDX-License-Identifier: MIT */
/*
 * pool: threads on which a job may block. Knows no actors: a job is a function that somebody runs.
 *
 *	submit --> queue, a list under the mutex --> a thread that sleeps, or a new one, or the
 *	                                             next one that has done its job
 *
 * Threads are made when they are needed, at most threads_max, and kept until the pool ends: asleep
 * they cost address space. A pool that is never used has none.
 *
 * Everything is under one mutex: a job that may block costs more than a lock. Sleepers wait on
 * `bell`, which is read under the mutex before the queue is found empty and bumped after a job was
 * queued; who waits for the end of all jobs does the same with `quiet`.
 */
#ifndef AKTI_IO_POOL_H
#define AKTI_IO_POOL_H

#include "plat/plat.h"

#define IO_THREADS_MAX 64u

struct io_job {
	struct io_job *next;
	/* On a thread of the pool. The job is no longer the pool's when it is called. */
	void (*run)(struct io_job *job);
};

struct io_config {
	unsigned threads_max;
	uint32_t queue_max; /* jobs that wait for a thread */
	void *arg;
	/* A thread begins and ends, on itself. */
	void (*enter)(void *arg);
	void (*leave)(void *arg);
	/* No job is left; NULL: nobody cares. Under the mutex. */
	void (*quiet)(void *arg);
	const char *name; /* of its threads, a number behind it; NULL: "akt-io-" */
};

struct io_pool;

struct io_thread {
	struct io_pool *pool;
	const void *what; /* what its job is called, see akti_io_name; NULL: it has none */
	uint64_t whose;
	struct plat_thread thread;
};

struct io_pool {
	struct io_config config;
	struct plat_mutex mutex;
	struct io_job *first; /* oldest */
	struct io_job *last;  /* while first is not NULL */
	uint32_t queued;
	uint32_t running;
	uint32_t sleeping;
	uint32_t count;     /* threads */
	uint64_t submitted; /* jobs so far */
	bool quitting;
	_Atomic uint32_t bell;
	_Atomic uint32_t quiet; /* bumped when no job is left */
	struct io_thread threads[IO_THREADS_MAX];
};

/* Threads: outside, both. At its end no job may be left. */
void akti_io_pool_init(struct io_pool *pool, const struct io_config *config);
void akti_io_pool_fini(struct io_pool *pool);

/* Run job soon. Threads: any thread. Errors: LIMIT (queue_max), SYSTEM (no thread could be made); the
 * job is then still the caller's. */
int akti_io_submit(struct io_pool *pool, struct io_job *job);

/* The running job is called what, of whose, until it ends: for akti_io_running.
 * Threads: the pool's own; elsewhere it does nothing. */
void akti_io_name(const void *what, uint64_t whose);

/* Jobs so far. Threads: any thread. */
uint64_t akti_io_submitted(struct io_pool *pool);
/* Wait until no job is left. False: not by deadline_ns. Threads: outside. */
bool akti_io_wait_quiet(struct io_pool *pool, int64_t deadline_ns);
/* Take a job that waits for a thread out of the queue; NULL: none. Threads: any thread. */
struct io_job *akti_io_take_back(struct io_pool *pool);
/* Up to max of the running jobs; returns how many. Threads: any thread. */
size_t akti_io_running(struct io_pool *pool, const void **ret_what, uint64_t *ret_whose,
		       size_t max);

#endif
