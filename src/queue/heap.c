/* SPDX-License-Identifier: MIT */
/* heap: see heap.h. */
#include "queue/heap.h"
#include "mem/mem.h"
#include <string.h>

#define HEAP_ROOM_MIN 32u
#define HEAP_ROOM_MAX (UINT32_C(1) << 30)

void akti_heap_init(struct heap *heap, int64_t (*key_of)(const void *arg, struct mpsc_node *node),
		    const void *arg)
{
	memset(heap, 0, sizeof(*heap));
	heap->key_of = key_of;
	heap->arg = arg;
}

void akti_heap_fini(struct heap *heap)
{
	if (heap->entries != NULL)
		akti_mem_free(heap->entries, heap->room * sizeof(struct heap_entry));
	heap->entries = NULL;
	heap->room = 0;
	heap->count = 0;
}

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key != b->key ? a->key > b->key : a->order < b->order;
}

static bool grow(struct heap *heap)
{
	uint32_t room = heap->room == 0 ? HEAP_ROOM_MIN : heap->room * 2;
	struct heap_entry *entries;

	if (room > HEAP_ROOM_MAX)
		return false;
	entries = akti_mem_alloc(room * sizeof(*entries), MEM_MAILBOX);
	if (entries == NULL)
		return false;
	if (heap->entries != NULL) {
		memcpy(entries, heap->entries, heap->count * sizeof(*entries));
		akti_mem_free(heap->entries, heap->room * sizeof(*entries));
	}
	heap->entries = entries;
	heap->room = room;
	return true;
}

/* There is room. */
static void sift_up(struct heap *heap, struct mpsc_node *node)
{
	struct heap_entry entry = { heap->key_of(heap->arg, node), heap->puts++, node };
	uint32_t at = heap->count++;

	while (at > 0 && before(&entry, &heap->entries[(at - 1) / 2])) {
		heap->entries[at] = heap->entries[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->entries[at] = entry;
}

/* The last entry takes the place of the first. */
static void sift_down(struct heap *heap)
{
	struct heap_entry entry = heap->entries[--heap->count];
	uint32_t at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
		    before(&heap->entries[child + 1], &heap->entries[child]))
			child++;
		if (!before(&heap->entries[child], &entry))
			break;
		heap->entries[at] = heap->entries[child];
		at = child;
	}
	heap->entries[at] = entry;
}

static struct mpsc_node *take_late(struct heap *heap)
{
	struct mpsc_node *node = heap->late_first;

	if (node != NULL) {
		heap->late_first = akti_load_rlx(&node->next);
		if (heap->late_first == NULL)
			heap->late_last = NULL;
	}
	return node;
}

static void put_late(struct heap *heap, struct mpsc_node *node)
{
	akti_store_rlx(&node->next, NULL);
	if (heap->late_last != NULL)
		akti_store_rlx(&heap->late_last->next, node);
	else
		heap->late_first = node;
	heap->late_last = node;
}

void akti_heap_put(struct heap *heap, struct mpsc_node *node)
{
	if (heap->count == heap->room)
		(void)grow(heap);
	while (heap->late_first != NULL && heap->count < heap->room)
		sift_up(heap, take_late(heap));
	if (heap->late_first == NULL && heap->count < heap->room)
		sift_up(heap, node);
	else
		put_late(heap, node);
}

bool akti_heap_peek(const struct heap *heap, int64_t *ret_key)
{
	if (heap->count > 0)
		*ret_key = heap->entries[0].key;
	else if (heap->late_first != NULL)
		*ret_key = heap->key_of(heap->arg, heap->late_first);
	else
		return false;
	return true;
}

struct mpsc_node *akti_heap_take(struct heap *heap)
{
	struct mpsc_node *node;

	if (heap->count == 0)
		return take_late(heap); /* there was never memory for an array */
	node = heap->entries[0].node;
	sift_down(heap);
	if (heap->late_first != NULL)
		sift_up(heap, take_late(heap));
	else if (heap->count == 0 && heap->room > HEAP_ROOM_MIN)
		akti_heap_fini(heap);
	return node;
}
