/* SPDX-License-Identifier: MIT */
/* Proves: blocks of every size hold what they were asked for, apart from each other and aligned; a
 * block may be freed on any thread and is used again; what an ended thread kept is used again; the
 * hook sees each allocation and each free once. Not: speed. */
#include "harness.h"
#include "mem/mem.h"
#include <string.h>

#ifdef AKTI_MEM_PASSTHROUGH
#define POOLED false
#else
#define POOLED true
#endif

static const size_t sizes[] = {
	1,    15,   16,   17,   47,    48,    49,    63,    64,    65,    127,   128,  129,  255,
	511,  512,  513,  639,  640,   641,   1023,  1024,  1025,  1280,  1281,  4095, 4096, 4097,
	5120, 5121, 8192, 8193, 16384, 16385, 28672, 28673, 32767, 32768, 32769, 65536
};

static unsigned char pattern(const void *block, size_t size)
{
	return (unsigned char)((uintptr_t)block >> 4 ^ size);
}

static void check_filled(const unsigned char *block, size_t size)
{
	unsigned char wanted = pattern(block, size);

	size_t wrong = 0;

	for (size_t i = 0; i < size; i++)
		wrong += block[i] != wanted;
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(blocks_of_every_class_are_whole_and_aligned)
{
	enum { EACH = 70 }; /* more than a magazine */
	static unsigned char *blocks[AKTI_COUNT_OF(sizes)][EACH];

	for (int round = 0; round < (POOLED ? 3 : 1); round++) {
		for (size_t s = 0; s < AKTI_COUNT_OF(sizes); s++) {
			for (int i = 0; i < EACH; i++) {
				unsigned char *block = akti_mem_alloc(sizes[s], MEM_OTHER);

				ck_assert_ptr_nonnull(block);
				ck_assert_uint_eq((uintptr_t)block % 16, 0);
				if (POOLED && sizes[s] > 48 && sizes[s] <= MEM_POOLED_MAX)
					ck_assert_uint_eq((uintptr_t)block % AKTI_LINE, 0);
				memset(block, pattern(block, sizes[s]), sizes[s]);
				blocks[s][i] = block;
			}
		}
		for (size_t s = 0; s < AKTI_COUNT_OF(sizes); s++) {
			for (int i = 0; i < EACH; i++) {
				check_filled(blocks[s][i], sizes[s]);
				akti_mem_free(blocks[s][i], sizes[s]);
			}
		}
	}
}
END_TEST

START_TEST(every_size_up_to_the_largest_class_fits)
{
	for (size_t size = 1; size <= MEM_POOLED_MAX + 64; size += size < 2000 ? 1 : 61 * SLOW) {
		unsigned char *a = akti_mem_alloc(size, MEM_OTHER);
		unsigned char *b = akti_mem_alloc(size, MEM_OTHER);

		ck_assert(a + size <= b || b + size <= a);
		memset(a, 1, size);
		memset(b, 2, size);
		ck_assert_uint_eq(a[0], 1);
		ck_assert_uint_eq(a[size - 1], 1);
		akti_mem_free(b, size);
		akti_mem_free(a, size);
	}
}
END_TEST

/* --- between threads ------------------------------------------------------------------------------ */

#define CHAIN 5000u

static void *given[CHAIN];
static size_t given_size;

static void take_all(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < CHAIN; i++) {
		given[i] = akti_mem_alloc(given_size, MEM_MESSAGE);
		memset(given[i], (int)i, given_size);
	}
}

static void free_all(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < CHAIN; i++) {
		ck_assert_uint_eq(*(unsigned char *)given[i], (unsigned char)i);
		akti_mem_free(given[i], given_size);
	}
}

static void on_a_thread(void (*run)(void *arg))
{
	struct plat_thread thread;

	ck_assert_int_eq(akti_plat_thread_start(&thread, "mem", run, NULL), 0);
	akti_plat_thread_join(&thread);
}

static uint64_t mapped(void)
{
	uint64_t calls;
	uint64_t bytes;
	uint64_t now;

	akti_plat_mapped(&calls, &bytes, &now);
	return now;
}

static void far_from_home(uint64_t seed)
{
	given_size = seed % 2 ? 64 : 3000;
	for (int round = 0; round < 3; round++) {
		on_a_thread(take_all);
		on_a_thread(free_all);
	}
}

START_TEST(blocks_freed_far_from_home_are_used_again)
{
	uint64_t before;

	run_seed(1, far_from_home);
	run_seed(2, far_from_home);
	before = mapped();
	/* Threads that end leave everything to the next: no round needs new memory. */
	for (int round = 0; round < 5; round++) {
		run_seed(1, far_from_home);
		run_seed(2, far_from_home);
	}
	ck_assert_uint_le(mapped(), before + (POOLED ? UINT64_C(1) << 20 : 0));
}
END_TEST

START_TEST(a_freed_block_is_the_next_one_handed_out)
{
	void *block = akti_mem_alloc(100, MEM_OTHER);

	if (!POOLED) {
		akti_mem_free(block, 100);
		return;
	}
	akti_mem_free(block, 100);
	ck_assert_ptr_eq(akti_mem_alloc(90, MEM_OTHER), block); /* the same class */
	akti_mem_free(block, 90);
}
END_TEST

static void trade(void *arg)
{
	_Atomic(void *) *shelf = arg;
	uint64_t random = (uintptr_t)&random | 1;

	for (unsigned i = 0; i < 200000 / SLOW; i++) {
		unsigned at = (unsigned)(draw(&random) % 64);
		size_t size = 64 + at * 40; /* by place: who frees knows it */
		unsigned char *mine = akti_mem_alloc(size, MEM_MESSAGE);
		unsigned char *theirs;

		memset(mine, pattern(mine, size), size);
		theirs = akti_xchg_acqrel(&shelf[at], (void *)mine);
		if (theirs != NULL) {
			ck_assert_uint_eq(theirs[0], pattern(theirs, size));
			ck_assert_uint_eq(theirs[size - 1], pattern(theirs, size));
			akti_mem_free(theirs, size);
		}
	}
}

static void market(uint64_t seed)
{
	static _Atomic(void *) shelf[64];
	struct plat_thread threads[3];

	(void)seed;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "trader", trade, shelf), 0);
	for (int i = 0; i < 3; i++)
		akti_plat_thread_join(&threads[i]);
	for (unsigned at = 0; at < 64; at++) {
		if (shelf[at] != NULL)
			akti_mem_free(shelf[at], 64 + at * 40);
		shelf[at] = NULL;
	}
}

START_TEST(threads_that_trade_blocks_never_share_one)
{
	for_seeds(3, 3, market);
}
END_TEST

/* --- the hook ------------------------------------------------------------------------------------- */

static uint64_t seen_allocs;
static uint64_t seen_bytes;
static uint64_t due_bytes;
static uint64_t seen_frees;
static void *newest;

static bool on_due(size_t size_bytes)
{
	due_bytes += size_bytes;
	return true;
}

static void on_alloc(void *block, size_t size_bytes, enum mem_kind kind)
{
	ck_assert_int_eq(kind, MEM_NAME);
	newest = block;
	seen_allocs++;
	seen_bytes += size_bytes;
}

static void on_free(void *block)
{
	ck_assert_ptr_eq(block, newest);
	seen_frees++;
}

START_TEST(the_hook_sees_every_block_come_and_go)
{
	static const struct mem_hook hook = { on_due, on_alloc, on_free };
	uint64_t bytes = 0;

	akti_mem_set_watch(&hook, MEM_WATCH_ALL);
	for (size_t s = 0; s < AKTI_COUNT_OF(sizes); s++) {
		void *block = akti_mem_alloc(sizes[s], MEM_NAME);

		bytes += sizes[s];
		ck_assert_ptr_eq(block, newest);
		akti_mem_free(block, sizes[s]);
	}
	akti_mem_set_watch(NULL, MEM_WATCH_NONE);
	akti_mem_free(akti_mem_alloc(10, MEM_NAME), 10);
	ck_assert_uint_eq(seen_allocs, AKTI_COUNT_OF(sizes));
	ck_assert_uint_eq(seen_frees, AKTI_COUNT_OF(sizes));
	ck_assert_uint_eq(seen_bytes, bytes);
	ck_assert_uint_eq(due_bytes, bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mem");
	TCase *tcase = tcase_create("mem");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, blocks_of_every_class_are_whole_and_aligned);
	tcase_add_test(tcase, every_size_up_to_the_largest_class_fits);
	tcase_add_test(tcase, blocks_freed_far_from_home_are_used_again);
	tcase_add_test(tcase, a_freed_block_is_the_next_one_handed_out);
	tcase_add_test(tcase, threads_that_trade_blocks_never_share_one);
	tcase_add_test(tcase, the_hook_sees_every_block_come_and_go);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
