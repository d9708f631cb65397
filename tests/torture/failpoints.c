/* SPDX-License-Identifier: MIT */
#include "failpoints.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

static _Atomic int armed; /* enum fail_what */
static _Atomic int64_t left;
static _Atomic bool for_good;
static _Atomic uint64_t failed;

void fail_from(enum fail_what what, uint64_t nth, bool on)
{
	atomic_store(&left, (int64_t)nth);
	atomic_store(&for_good, on);
	atomic_store(&failed, 0);
	atomic_store(&armed, (int)what);
}

static int paused;

void fail_pause(void)
{
	paused = atomic_exchange(&armed, FAIL_NOTHING);
}

void fail_resume(void)
{
	atomic_store(&armed, paused);
}

uint64_t fail_never(void)
{
	atomic_store(&armed, FAIL_NOTHING);
	return atomic_load(&failed);
}

static bool fails(enum fail_what what)
{
	int64_t before;

	if (atomic_load(&armed) != (int)what)
		return false;
	before = atomic_fetch_sub(&left, 1);
	if (before > 1 || (before < 1 && !atomic_load(&for_good)))
		return false;
	atomic_fetch_add(&failed, 1);
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
	return fails(FAIL_MEMORY) ? NULL : __real_malloc(bytes);
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes)
{
	return fails(FAIL_MEMORY) ? NULL : __real_calloc(count, bytes);
}

void *__real_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes)
{
	return fails(FAIL_MEMORY) ? NULL : __real_realloc(block, bytes);
}

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	return fails(FAIL_MEMORY) ? NULL : __real_aligned_alloc(alignment, bytes);
}

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	return fails(FAIL_MEMORY) ? (void *)-1
				  : __real_mmap(at, bytes, protection, flags, fd, offset);
}

int __real_mprotect(void *at, size_t bytes, int protection);
int __wrap_mprotect(void *at, size_t bytes, int protection);
int __wrap_mprotect(void *at, size_t bytes, int protection)
{
	return fails(FAIL_MEMORY) ? -1 : __real_mprotect(at, bytes, protection);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *arg), void *arg)
{
	return fails(FAIL_THREADS) ? EAGAIN : __real_pthread_create(thread, attributes, run, arg);
}
