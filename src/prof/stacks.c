/* SPDX-License-Identifier: MIT */
/* See stacks.h. Two copies take turns, so that a handler may still read the one before; it is
 * rewritten only at the second next system start. */
#include "prof/stacks.h"
#include "base/atomic.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RANGES_MAX 4096u
#define PAGE_BYTES 4096u
#define MAIN_STACK_BYTES ((uintptr_t)8 * 1024 * 1024)

struct range {
	uintptr_t start;
	uintptr_t end;
};

struct ranges {
	uint32_t count;
	struct range at[RANGES_MAX];
};

static struct ranges copies[2];
static _Atomic(const struct ranges *) current;

/* The first thread's stack grows; nothing else is mapped where it may grow to. */
static uintptr_t grown_start(const struct ranges *ranges, uintptr_t start, uintptr_t end)
{
	uintptr_t below = ranges->count == 0 ? 0 : ranges->at[ranges->count - 1].end;

	if (end - start < MAIN_STACK_BYTES && end > MAIN_STACK_BYTES)
		start = end - MAIN_STACK_BYTES;
	return start < below ? below : start;
}

void akti_prof_stacks_refresh(void)
{
	struct ranges *ranges = atomic_load_explicit(&current, memory_order_relaxed) == &copies[0]
					? &copies[1]
					: &copies[0];
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	ranges->count = 0;
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long start, end;
		char rights[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 ||
		    strncmp(rights, "rw", 2) != 0 || ranges->count == RANGES_MAX)
			continue;
		if (strstr(line, "[stack]") != NULL)
			start = grown_start(ranges, start, end);
		ranges->at[ranges->count++] = (struct range){ start, end };
	}
	if (maps != NULL)
		(void)fclose(maps);
	atomic_store_explicit(&current, ranges, memory_order_release);
}

uintptr_t akti_prof_stacks_end(uintptr_t sp)
{
	const struct ranges *ranges = atomic_load_explicit(&current, memory_order_acquire);
	uint32_t low = 0, high = ranges == NULL ? 0 : ranges->count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (sp < ranges->at[mid].start)
			high = mid;
		else if (sp >= ranges->at[mid].end)
			low = mid + 1;
		else
			return ranges->at[mid].end;
	}
	return (sp | (PAGE_BYTES - 1)) + 1;
}

uintptr_t akti_prof_stacks_end_here(void)
{
	uintptr_t end = 0;
	pthread_attr_t attr;
	void *start;
	size_t size_bytes;

	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		if (pthread_attr_getstack(&attr, &start, &size_bytes) == 0)
			end = (uintptr_t)start + size_bytes;
		(void)pthread_attr_destroy(&attr);
	}
	return end;
}
