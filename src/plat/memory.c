/* SPDX-License-Identifier: MIT */
/* plat: address space by mmap, and callbacks at thread exit; the same under the simulator. */
#include "plat/plat.h"
#include <akt/error.h>
#include <sys/mman.h>

#define HUGE_BYTES ((size_t)2 * 1024 * 1024)
/* What a small program has is made page by page, as it is touched; beyond that, a step at a time. */
#define POPULATE_FROM_BYTES ((size_t)4 * 1024 * 1024)
#define POPULATE_MAX_BYTES ((size_t)256 * 1024)

static _Atomic uint64_t grow_calls;
static _Atomic uint64_t grown_bytes;
static _Atomic uint64_t bytes_now;

static char *reserve(uintptr_t at, size_t size_bytes)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	char *start = mmap((void *)at, size_bytes, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return start == MAP_FAILED ? NULL : start;
}

int akti_plat_region_open(struct plat_region *region, size_t size_bytes)
{
	size_t total = akti_round_up(size_bytes, HUGE_BYTES) + HUGE_BYTES;
	char *raw = reserve(0, total);
	size_t before;

	if (raw == NULL)
		return AKT_ERR_NOMEM;
	region->start = (char *)akti_round_up((size_t)(uintptr_t)raw, HUGE_BYTES);
	region->size_bytes = total - HUGE_BYTES;
	region->committed_bytes = 0;
	before = (size_t)(region->start - raw);
	if (before > 0)
		(void)munmap(raw, before);
	if (before < HUGE_BYTES)
		(void)munmap(region->start + region->size_bytes, HUGE_BYTES - before);
	return 0;
}

int akti_plat_region_open_at(struct plat_region *region, uintptr_t at, size_t size_bytes)
{
	char *start = reserve(at, size_bytes);

	if (start == NULL)
		return AKT_ERR_NOMEM;
	if ((uintptr_t)start != at) {
		(void)munmap(start, size_bytes);
		return AKT_ERR_NOMEM;
	}
	*region = (struct plat_region){ .start = start, .size_bytes = size_bytes };
	return 0;
}

/* The kernel makes the pages of one call for less than half of what as many faults cost. An old one
 * refuses, and nothing is different. */
static void populate(char *start, size_t size_bytes, size_t committed_bytes)
{
#ifdef MADV_POPULATE_WRITE
	if (committed_bytes > POPULATE_FROM_BYTES && size_bytes <= POPULATE_MAX_BYTES)
		(void)madvise(start, size_bytes, MADV_POPULATE_WRITE);
#endif
}

int akti_plat_region_grow(struct plat_region *region, size_t committed_bytes)
{
	size_t more = committed_bytes - region->committed_bytes;

	if (committed_bytes <= region->committed_bytes)
		return 0;
	if (committed_bytes > region->size_bytes)
		return AKT_ERR_NOMEM;
	if (mprotect(region->start + region->committed_bytes, more, PROT_READ | PROT_WRITE) != 0)
		return AKT_ERR_NOMEM;
	populate(region->start + region->committed_bytes, more, committed_bytes);
	region->committed_bytes = committed_bytes;
	atomic_fetch_add_explicit(&grow_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&grown_bytes, more, memory_order_relaxed);
	atomic_fetch_add_explicit(&bytes_now, more, memory_order_relaxed);
	return 0;
}

void akti_plat_pages_free(void *start, size_t size_bytes)
{
	(void)madvise(start, size_bytes, MADV_FREE);
}

void akti_plat_region_close(struct plat_region *region)
{
	if (region->start == NULL)
		return;
	atomic_fetch_sub_explicit(&bytes_now, region->committed_bytes, memory_order_relaxed);
	(void)munmap(region->start, region->size_bytes);
	region->start = NULL;
}

void akti_plat_mapped(uint64_t *ret_calls, uint64_t *ret_bytes, uint64_t *ret_now_bytes)
{
	*ret_calls = atomic_load_explicit(&grow_calls, memory_order_relaxed);
	*ret_bytes = atomic_load_explicit(&grown_bytes, memory_order_relaxed);
	*ret_now_bytes = atomic_load_explicit(&bytes_now, memory_order_relaxed);
}

struct exit_entry {
	void (*fn)(void *arg);
	void *arg;
};
static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static AKTI_TLS struct exit_entry exit_entries[PLAT_EXIT_SLOTS];

static void run_exit_entries(void *unused)
{
	(void)unused;
	for (int i = PLAT_EXIT_SLOTS - 1; i >= 0; i--) {
		struct exit_entry entry = exit_entries[i];

		exit_entries[i].fn = NULL;
		if (entry.fn != NULL)
			entry.fn(entry.arg);
	}
}

static void make_exit_key(void)
{
	(void)pthread_key_create(&exit_key, run_exit_entries);
}

void akti_plat_at_thread_exit(enum plat_exit_slot slot, void (*fn)(void *arg), void *arg)
{
	(void)pthread_once(&exit_once, make_exit_key);
	(void)pthread_setspecific(exit_key, exit_entries);
	exit_entries[slot].fn = fn;
	exit_entries[slot].arg = arg;
}
