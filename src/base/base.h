/* SPDX-License-Identifier: MIT */
/*
 * base: what every module may use: compiler shims, assertions, small arithmetic.
 *
 * AKT_ASSERT is always on: it guards cheap invariants, and a violated one ends the process with the
 * place and the condition, for the state can no longer be trusted. AKT_DEBUG costs too much for a
 * release and is on in paranoid and sanitizer builds. One condition each.
 */
#ifndef AKTI_BASE_H
#define AKTI_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define akti_likely(x) __builtin_expect(!!(x), 1)
#define akti_unlikely(x) __builtin_expect(!!(x), 0)
#define AKTI_NOINLINE __attribute__((noinline))
/* On the message path: small frames without arrays, where a canary guards nothing. */
#define AKTI_HOT __attribute__((hot, no_stack_protector))
#define AKTI_COLD __attribute__((noinline, cold))
#define AKTI_INLINE static inline __attribute__((always_inline))
/* For code that reads what others own, or runs in a signal handler: sanitizers keep out. */
#define AKTI_RAW __attribute__((no_sanitize("address", "thread", "undefined")))
#define AKTI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* Variables of this library that other files of it use: no detour through the GOT. */
#define AKTI_SHARED __attribute__((visibility("hidden")))
#define AKTI_TLS _Thread_local __attribute__((tls_model("initial-exec")))

/* Bytes that two cores fight over as one: two 64-byte lines, for the adjacent-line prefetcher. */
#define AKTI_LINE 64
#define AKTI_LINES 128

#define AKTI_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define akti_container_of(ptr, type, member)                                                       \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define AKT_ASSERT(condition)                                                                      \
	(akti_likely(condition) ? (void)0                                                          \
				: akti_assert_failed(#condition, __FILE__, __LINE__, __func__))
#if defined(AKT_PARANOID) || defined(AKTI_MEM_PASSTHROUGH)
#define AKT_DEBUG(condition) AKT_ASSERT(condition)
#define AKT_DEBUG_ON 1
#else
#define AKT_DEBUG(condition) ((void)sizeof(condition))
#define AKT_DEBUG_ON 0
#endif

/* Write the place and the condition to stderr, then abort. Threads: any thread, signal-safe. */
_Noreturn void akti_assert_failed(const char *condition, const char *file, int line,
				  const char *function) __attribute__((cold));

/* What failed, for who records crashes: set on the thread that is about to abort. Its texts are
 * constants of the program; NULL: nothing has failed. */
struct assert_site {
	const char *condition;
	const char *file;
	const char *function;
	int line;
};
extern struct assert_site akti_assert_site;

AKTI_INLINE size_t akti_round_up(size_t n, size_t power_of_two)
{
	return (n + power_of_two - 1) & ~(power_of_two - 1);
}

AKTI_INLINE uint64_t akti_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#endif
