/* SPDX-License-Identifier: MIT */
/*
 * heap: nodes in the order of a number, the highest first; those of one number in the order in which
 * they were put. A binary heap in an array, one owner.
 *
 *	entries [ key, order, node ][ ... ]     late_first --> [node] --> [node] <-- late_last
 *
 * The tie-break is the count of puts, so stability costs eight bytes an entry and nothing else.
 *
 * Putting never fails. When the array cannot grow, nodes wait in a list of their own until those
 * before them have left: the order is then that of the nodes in the array, and still first come,
 * first served within a number. The array is given back when the heap has run empty.
 *
 * Proved by: tests/unit/queue/test_heap.c against a list searched from end to end, with and without
 * memory.
 */
#ifndef AKTI_HEAP_H
#define AKTI_HEAP_H

#include "queue/mpsc.h"

struct heap_entry {
	int64_t key;
	uint64_t order;
	struct mpsc_node *node;
};

struct heap {
	struct heap_entry *entries;
	uint32_t count;
	uint32_t room;
	uint64_t puts;
	struct mpsc_node *late_first;
	struct mpsc_node *late_last;
	int64_t (*key_of)(const void *arg, struct mpsc_node *node); /* asked once per node */
	const void *arg;
};

void akti_heap_init(struct heap *heap, int64_t (*key_of)(const void *arg, struct mpsc_node *node),
		    const void *arg);
/* What is still in it is forgotten. */
void akti_heap_fini(struct heap *heap);

void akti_heap_put(struct heap *heap, struct mpsc_node *node);
/* The key of the first. False: empty. */
bool akti_heap_peek(const struct heap *heap, int64_t *ret_key);
/* The first; NULL: empty. Allocates nothing. */
struct mpsc_node *akti_heap_take(struct heap *heap);

#endif
