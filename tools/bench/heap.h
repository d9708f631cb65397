/* SPDX-License-Identifier: MIT */
/*
 * heap: the C library's allocations, counted.
 *
 * The program defines malloc and its kin itself, as glibc allows, and hands each call on to glibc;
 * because its symbols are exported, shared objects are counted too. The counters are striped over
 * threads, so that counting one allocation costs two uncontended atomic additions. Sanitizers have
 * an allocator of their own: there the hook they offer counts.
 */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <stdint.h>

/* Allocations since the process started: calls, and bytes asked for. Threads: any thread. */
void bench_heap_counted(uint64_t *ret_allocations, uint64_t *ret_bytes);

/* Bytes of the libc heap in use now. Threads: any thread. Cost: locks each arena of malloc. */
uint64_t bench_heap_in_use(void);

/* Once, before anything is to be counted. */
void bench_heap_init(void);

#endif
