/* SPDX-License-Identifier: MIT */
/*
 * libakt-heap.a: the program's own malloc in its memory profiles, under kind=malloc. The program is
 * linked with --wrap, so its calls come here and go on to whatever malloc it has: nothing is replaced,
 * and sanitizers keep seeing all. What shared libraries allocate among themselves is not seen; a block
 * that one of them frees stays in use in the profile.
 *
 * Not sampled, a call costs a subtraction and a comparison, and a free one comparison.
 * Proved by test_wrap.c, tests/system/packaging.sh.
 */
#include "prof/user.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/* Names of the linker's making.
 * NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
void *__real_malloc(size_t size_bytes);
void *__real_calloc(size_t count, size_t size_bytes);
void *__real_realloc(void *block, size_t size_bytes);
void __real_free(void *block);
int __real_posix_memalign(void **ret_block, size_t alignment, size_t size_bytes);
void *__real_aligned_alloc(size_t alignment, size_t size_bytes);
void *__real_memalign(size_t alignment, size_t size_bytes);

/* Not hidden: a shared library that asks for such a name without a version asks for it here, as those
 * of sanitizer builds do, and the linker refuses what is hidden. */
#pragma GCC visibility push(default)
void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t count, size_t size_bytes);
void *__wrap_realloc(void *block, size_t size_bytes);
void *__wrap_reallocarray(void *block, size_t count, size_t size_bytes);
void __wrap_free(void *block);
int __wrap_posix_memalign(void **ret_block, size_t alignment, size_t size_bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t size_bytes);
void *__wrap_memalign(size_t alignment, size_t size_bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);
#pragma GCC visibility pop

static _Thread_local int64_t until __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void tell(void)
{
	akt_heap_linked_();
}

static inline void *seen(void *block, size_t size_bytes)
{
	if (__builtin_expect(block == NULL, 0))
		return NULL;
	until -= (int64_t)size_bytes;
	if (__builtin_expect(until < atomic_load_explicit(&akt_heap_watch_.limit,
							  memory_order_relaxed),
			     0))
		akt_heap_allocated_(&until, block, size_bytes);
	return block;
}

static inline void forget(void *block)
{
	if (__builtin_expect(atomic_load_explicit(&akt_heap_watch_.live, memory_order_relaxed) != 0,
			     0) &&
	    block != NULL)
		akt_heap_freed_(block);
}

void *__wrap_malloc(size_t size_bytes)
{
	return seen(__real_malloc(size_bytes), size_bytes);
}

void *__wrap_calloc(size_t count, size_t size_bytes)
{
	/* Where that overflows there is no block. */
	return seen(__real_calloc(count, size_bytes), count * size_bytes);
}

/* A block that could not grow lives on unseen. */
void *__wrap_realloc(void *block, size_t size_bytes)
{
	forget(block);
	return seen(__real_realloc(block, size_bytes), size_bytes);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size_bytes, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return __wrap_realloc(block, bytes);
}

void __wrap_free(void *block)
{
	forget(block);
	__real_free(block);
}

int __wrap_posix_memalign(void **ret_block, size_t alignment, size_t size_bytes)
{
	int r = __real_posix_memalign(ret_block, alignment, size_bytes);

	if (r == 0)
		(void)seen(*ret_block, size_bytes);
	return r;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size_bytes)
{
	return seen(__real_aligned_alloc(alignment, size_bytes), size_bytes);
}

void *__wrap_memalign(size_t alignment, size_t size_bytes)
{
	return seen(__real_memalign(alignment, size_bytes), size_bytes);
}

/* Not libc's own, whose malloc is not ours. */
static char *copy(const char *text, size_t length)
{
	char *block = __wrap_malloc(length + 1);

	if (block == NULL)
		return NULL;
	memcpy(block, text, length);
	block[length] = 0;
	return block;
}

char *__wrap_strdup(const char *text)
{
	return copy(text, strlen(text));
}

char *__wrap_strndup(const char *text, size_t length)
{
	return copy(text, strnlen(text, length));
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */
