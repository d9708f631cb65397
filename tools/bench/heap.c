/* SPDX-License-Identifier: MIT */
/* heap: see heap.h. Proved by BenchmarkGCAllocationsDuringShutdown_Control, which allocates a known
 * amount and fails when it is not seen, and by tests/system/bench_runner.sh. */
#include "heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define HEAP_SANITIZED 1
#endif
#endif

#define STRIPES 64u

struct stripe {
	_Alignas(64) _Atomic uint64_t allocations;
	_Atomic uint64_t bytes;
};

static struct stripe stripes[STRIPES];
static _Atomic unsigned threads_seen;
static _Thread_local unsigned own_stripe; /* 0: none yet, else its index + 1 */

static void count(size_t bytes)
{
	struct stripe *stripe;

	if (own_stripe == 0)
		own_stripe = 1 + atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed) %
					 STRIPES;
	stripe = &stripes[own_stripe - 1];
	atomic_fetch_add_explicit(&stripe->allocations, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&stripe->bytes, bytes, memory_order_relaxed);
}

void bench_heap_counted(uint64_t *ret_allocations, uint64_t *ret_bytes)
{
	uint64_t allocations = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < STRIPES; i++) {
		allocations += atomic_load_explicit(&stripes[i].allocations, memory_order_relaxed);
		bytes += atomic_load_explicit(&stripes[i].bytes, memory_order_relaxed);
	}
	*ret_allocations = allocations;
	*ret_bytes = bytes;
}

#ifdef HEAP_SANITIZED

int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
					      void (*freed)(const volatile void *))
	__attribute__((weak));
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static void on_malloc(const volatile void *block, size_t bytes)
{
	(void)block;
	count(bytes);
}

static void on_free(const volatile void *block)
{
	(void)block;
}

void bench_heap_init(void)
{
	if (__sanitizer_install_malloc_and_free_hooks != NULL)
		(void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

uint64_t bench_heap_in_use(void)
{
	if (__sanitizer_get_current_allocated_bytes == NULL)
		return 0;
	return __sanitizer_get_current_allocated_bytes();
}

#elif defined(__GLIBC__)

/* glibc's own entry points, exported for exactly this. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

/* Parameters have names of their own: glibc's are reserved.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *malloc(size_t bytes)
{
	count(bytes);
	return __libc_malloc(bytes);
}

EXPORTED void free(void *block)
{
	__libc_free(block);
}

EXPORTED void *calloc(size_t members, size_t bytes)
{
	count(members * bytes); /* where it overflows, glibc refuses */
	return __libc_calloc(members, bytes);
}

EXPORTED void *realloc(void *block, size_t bytes)
{
	if (bytes != 0)
		count(bytes);
	return __libc_realloc(block, bytes);
}

EXPORTED void *reallocarray(void *block, size_t members, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(members, bytes, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, total);
}

EXPORTED void *memalign(size_t alignment, size_t bytes)
{
	count(bytes);
	return __libc_memalign(alignment, bytes);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t bytes)
{
	return memalign(alignment, bytes);
}

EXPORTED int posix_memalign(void **ret_block, size_t alignment, size_t bytes)
{
	void *block;

	if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
		return EINVAL;
	block = memalign(alignment, bytes);
	if (block == NULL)
		return ENOMEM;
	*ret_block = block;
	return 0;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

void bench_heap_init(void)
{
}

uint64_t bench_heap_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

#else /* another C library: nothing is counted, and the control benchmark says so */

void bench_heap_init(void)
{
}

uint64_t bench_heap_in_use(void)
{
	return 0;
}

#endif
