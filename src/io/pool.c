/* SPDX-License-Identifier: MIT */
#include "io/pool.h"
#include <akt/error.h>
#include <akt/time.h>
#include <stdio.h>
#include <string.h>

static AKTI_TLS struct io_thread *self; /* the calling thread, if it is a pool's */

void akti_io_pool_init(struct io_pool *pool, const struct io_config *config)
{
	memset(pool, 0, sizeof(*pool));
	pool->config = *config;
	AKT_ASSERT(config->threads_max <= IO_THREADS_MAX);
	akti_plat_mutex_init(&pool->mutex, PLAT_RANK_IO);
}

static struct io_job *take(struct io_pool *pool)
{
	struct io_job *job = pool->first;

	if (job == NULL)
		return NULL;
	pool->first = job->next;
	pool->queued--;
	return job;
}

/* Holds the mutex. */
static void tell_if_quiet(struct io_pool *pool)
{
	if (pool->queued + pool->running > 0)
		return;
	(void)akti_add_sc(&pool->quiet, 1);
	akti_plat_wake(&pool->quiet, UINT32_MAX >> 1);
	if (pool->config.quiet != NULL)
		pool->config.quiet(pool->config.arg);
}

/* The next job; NULL: the pool ends. Holds the mutex. */
static struct io_job *next_job(struct io_pool *pool)
{
	struct io_job *job;

	while ((job = take(pool)) == NULL && !pool->quitting) {
		uint32_t seen = akti_load_sc(&pool->bell);

		pool->sleeping++;
		akti_plat_unlock(&pool->mutex);
		(void)akti_plat_wait(&pool->bell, seen, AKT_FOREVER);
		akti_plat_lock(&pool->mutex);
		pool->sleeping--;
	}
	return job;
}

static void thread_main(void *arg)
{
	struct io_pool *pool;
	struct io_job *job;

	self = arg;
	pool = self->pool;
	pool->config.enter(pool->config.arg);
	akti_plat_lock(&pool->mutex);
	while ((job = next_job(pool)) != NULL) {
		pool->running++;
		akti_plat_unlock(&pool->mutex);
		job->run(job);
		akti_plat_lock(&pool->mutex);
		self->what = NULL;
		pool->running--;
		tell_if_quiet(pool);
	}
	akti_plat_unlock(&pool->mutex);
	pool->config.leave(pool->config.arg);
}

/* One more thread, if that helps. Holds the mutex. False: there is none at all. */
static bool have_thread(struct io_pool *pool)
{
	struct io_thread *thread = &pool->threads[pool->count];
	char name[16];

	if (pool->queued <= pool->sleeping || pool->count == pool->config.threads_max)
		return true;
	thread->pool = pool;
	(void)snprintf(name, sizeof(name), "%s%u",
		       pool->config.name != NULL ? pool->config.name : "akt-io-", pool->count);
	if (akti_plat_thread_start(&thread->thread, name, thread_main, thread) == 0)
		pool->count++;
	return pool->count > 0;
}

int akti_io_submit(struct io_pool *pool, struct io_job *job)
{
	int r = 0;

	job->next = NULL;
	akti_plat_lock(&pool->mutex);
	pool->queued++;
	if (pool->queued > pool->config.queue_max)
		r = AKT_ERR_LIMIT;
	else if (!have_thread(pool))
		r = AKT_ERR_SYSTEM;
	if (r < 0) {
		pool->queued--;
	} else {
		if (pool->first != NULL)
			pool->last->next = job;
		else
			pool->first = job;
		pool->last = job;
		pool->submitted++;
		(void)akti_add_sc(&pool->bell, 1);
	}
	akti_plat_unlock(&pool->mutex);
	if (r == 0)
		akti_plat_wake(&pool->bell, 1);
	return r;
}

void akti_io_name(const void *what, uint64_t whose)
{
	if (self == NULL)
		return;
	akti_plat_lock(&self->pool->mutex);
	self->what = what;
	self->whose = whose;
	akti_plat_unlock(&self->pool->mutex);
}

uint64_t akti_io_submitted(struct io_pool *pool)
{
	uint64_t submitted;

	akti_plat_lock(&pool->mutex);
	submitted = pool->submitted;
	akti_plat_unlock(&pool->mutex);
	return submitted;
}

bool akti_io_wait_quiet(struct io_pool *pool, int64_t deadline_ns)
{
	bool in_time = true;

	for (;;) {
		uint32_t seen = akti_load_sc(&pool->quiet);
		bool quiet;

		akti_plat_lock(&pool->mutex);
		quiet = pool->queued + pool->running == 0;
		akti_plat_unlock(&pool->mutex);
		if (quiet || !in_time)
			return quiet;
		in_time = akti_plat_wait(&pool->quiet, seen, deadline_ns);
	}
}

struct io_job *akti_io_take_back(struct io_pool *pool)
{
	struct io_job *job;

	akti_plat_lock(&pool->mutex);
	job = take(pool);
	if (job != NULL)
		tell_if_quiet(pool);
	akti_plat_unlock(&pool->mutex);
	return job;
}

size_t akti_io_running(struct io_pool *pool, const void **ret_what, uint64_t *ret_whose, size_t max)
{
	size_t n = 0;

	akti_plat_lock(&pool->mutex);
	for (unsigned i = 0; i < pool->count && n < max; i++) {
		if (pool->threads[i].what == NULL)
			continue;
		ret_what[n] = pool->threads[i].what;
		ret_whose[n++] = pool->threads[i].whose;
	}
	akti_plat_unlock(&pool->mutex);
	return n;
}

void akti_io_pool_fini(struct io_pool *pool)
{
	akti_plat_lock(&pool->mutex);
	AKT_ASSERT(pool->queued + pool->running == 0);
	pool->quitting = true;
	(void)akti_add_sc(&pool->bell, 1);
	akti_plat_unlock(&pool->mutex);
	akti_plat_wake(&pool->bell, UINT32_MAX >> 1);
	for (unsigned i = 0; i < pool->count; i++)
		akti_plat_thread_join(&pool->threads[i].thread);
	akti_plat_mutex_fini(&pool->mutex);
}
