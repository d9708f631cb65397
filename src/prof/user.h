/* SPDX-License-Identifier: MIT */
/*
 * user: what libakt-heap.a tells the sampler of the user's own malloc (src/heap). The archive lies in
 * the program and this in the library, so these are exported; they are no interface.
 *
 * The archive counts for itself, as mem.h does for the pools: a thread's `until` of its own, and the
 * one limit of all. `live` is above 0 while a block of this kind is recorded; only then a free asks.
 */
#ifndef AKTI_PROF_USER_H
#define AKTI_PROF_USER_H

#include <akt/export.h>
#include <stddef.h>
#include <stdint.h>

struct akt_heap_watch {
	_Atomic int64_t limit;
	_Atomic int64_t live;
};
AKT_API extern struct akt_heap_watch akt_heap_watch_;

/* Such programs are told nothing of what they miss. */
AKT_API void akt_heap_linked_(void);

/* size_bytes have been taken off *until, which is below the limit now. */
AKT_API void akt_heap_allocated_(int64_t *until, void *block, size_t size_bytes);

/* Right before the block is freed. */
AKT_API void akt_heap_freed_(void *block);

#endif
