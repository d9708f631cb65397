/* SPDX-License-Identifier: MIT */
/*
 * Atomics: C11's, under names that carry their order, and the one door through which a test build
 * interleaves threads.
 *
 * Every access to shared memory in akt goes through this header. In the interleave build each of
 * them first calls akti_interleave(), where the simulator (plat/sim.c) may let another thread run:
 * what a stress test meets once a month is then met in some seed. No standalone fence exists here:
 * ThreadSanitizer reports races on correct fence-based publication.
 */
#ifndef AKTI_ATOMIC_H
#define AKTI_ATOMIC_H

#include "base/base.h"
#include <stdatomic.h>

#if defined(__SANITIZE_THREAD__)
#define AKTI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AKTI_TSAN 1
#endif
#endif

#ifdef AKTI_INTERLEAVE
void akti_interleave(void);
#else
#define akti_interleave() ((void)0)
#endif

#define akti_load_rlx(p) (akti_interleave(), atomic_load_explicit((p), memory_order_relaxed))
#define akti_load_acq(p) (akti_interleave(), atomic_load_explicit((p), memory_order_acquire))
#define akti_load_sc(p) (akti_interleave(), atomic_load_explicit((p), memory_order_seq_cst))
#define akti_store_rlx(p, v)                                                                       \
	(akti_interleave(), atomic_store_explicit((p), (v), memory_order_relaxed))
#define akti_store_rel(p, v)                                                                       \
	(akti_interleave(), atomic_store_explicit((p), (v), memory_order_release))
#define akti_store_sc(p, v)                                                                        \
	(akti_interleave(), atomic_store_explicit((p), (v), memory_order_seq_cst))
#define akti_xchg_acqrel(p, v)                                                                     \
	(akti_interleave(), atomic_exchange_explicit((p), (v), memory_order_acq_rel))
#define akti_xchg_sc(p, v)                                                                         \
	(akti_interleave(), atomic_exchange_explicit((p), (v), memory_order_seq_cst))
#define akti_add_rlx(p, v)                                                                         \
	(akti_interleave(), atomic_fetch_add_explicit((p), (v), memory_order_relaxed))
#define akti_add_acqrel(p, v)                                                                      \
	(akti_interleave(), atomic_fetch_add_explicit((p), (v), memory_order_acq_rel))
#define akti_add_sc(p, v)                                                                          \
	(akti_interleave(), atomic_fetch_add_explicit((p), (v), memory_order_seq_cst))
#define akti_sub_acqrel(p, v)                                                                      \
	(akti_interleave(), atomic_fetch_sub_explicit((p), (v), memory_order_acq_rel))
#define akti_sub_sc(p, v)                                                                          \
	(akti_interleave(), atomic_fetch_sub_explicit((p), (v), memory_order_seq_cst))
#define akti_or_acqrel(p, v)                                                                       \
	(akti_interleave(), atomic_fetch_or_explicit((p), (v), memory_order_acq_rel))
#define akti_and_acqrel(p, v)                                                                      \
	(akti_interleave(), atomic_fetch_and_explicit((p), (v), memory_order_acq_rel))
#define akti_or_sc(p, v)                                                                           \
	(akti_interleave(), atomic_fetch_or_explicit((p), (v), memory_order_seq_cst))
#define akti_and_sc(p, v)                                                                          \
	(akti_interleave(), atomic_fetch_and_explicit((p), (v), memory_order_seq_cst))
/* Strong compare-and-swap: *expected is the value seen when it fails. */
#define akti_cas_acqrel(p, expected, v)                                                            \
	(akti_interleave(),                                                                        \
	 atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acq_rel,       \
						 memory_order_acquire))
#define akti_cas_sc(p, expected, v)                                                                \
	(akti_interleave(),                                                                        \
	 atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_seq_cst,       \
						 memory_order_seq_cst))

/* A plain object that one thread at a time owns, and reads plainly: it writes with publish what others,
 * who own nothing, read with peek. */
#define akti_publish(p, v) (akti_interleave(), __atomic_store_n((p), (v), __ATOMIC_RELEASE))
#define akti_peek(p) (akti_interleave(), __atomic_load_n((p), __ATOMIC_ACQUIRE))

/* A counter with one writer and many readers: no locked instruction. */
typedef _Atomic uint64_t akti_counter;
#if defined(__x86_64__) && !defined(AKTI_TSAN)
/* The compilers make three instructions of it; one to aligned memory is as whole as they are. */
#define akti_count(counter, n)                                                                     \
	__asm__("addq %1, %0" : "+m"(*(counter)) : "er"((uint64_t)(n)) : "cc")
#else
#define akti_count(counter, n)                                                                     \
	atomic_store_explicit((counter),                                                           \
			      atomic_load_explicit((counter), memory_order_relaxed) +              \
				      (uint64_t)(n),                                               \
			      memory_order_relaxed)
#endif
#define akti_counter_read(counter) atomic_load_explicit((counter), memory_order_relaxed)

/* Whether a word is not 0, by a relaxed load. Compilers load it into a register first; its address too. */
#if defined(__x86_64__) && !defined(AKTI_TSAN) && !defined(AKTI_INTERLEAVE)
AKTI_INLINE bool akti_any_rlx(const _Atomic uint32_t *word)
{
	bool any;

	__asm__ volatile("cmpl $0, %1" : "=@ccne"(any) : "m"(*word));
	return any;
}
#else
#define akti_any_rlx(p) (akti_load_rlx(p) != 0)
#endif

/* value | *word, by a relaxed load: likewise. */
#if defined(__x86_64__) && !defined(AKTI_TSAN) && !defined(AKTI_INTERLEAVE)
AKTI_INLINE uint64_t akti_or_with_rlx(uint64_t value, const _Atomic uint64_t *word)
{
	__asm__ volatile("orq %1, %0" : "+r"(value) : "m"(*word) : "cc");
	return value;
}
#else
#define akti_or_with_rlx(value, p) ((value) | akti_load_rlx(p))
#endif

/* A turn of a bounded spin loop. */
#if defined(AKTI_INTERLEAVE)
void akti_interleave_spin(void);
#define akti_pause() akti_interleave_spin()
#elif defined(__x86_64__)
#define akti_pause() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define akti_pause() __asm__ volatile("yield" ::: "memory")
#else
#define akti_pause() ((void)0)
#endif

#endif
