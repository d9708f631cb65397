/* SPDX-License-Identifier: MIT */
/* Proves: a walk by the table goes through libc's callbacks and code without frame pointers to the
 * first frame of the thread, a cache changes nothing, and bad stacks end a walk in bounds. Not:
 * walks from a signal (test_cpu.c). */
#include "prof_test.h"
#include "plat/plat.h"
#include "prof/memo.h"
#include "prof/stacks.h"
#include <dlfcn.h>

static uintptr_t pcs[PROF_FRAMES_MAX];
static uint32_t pc_count;
static bool pc_truncated;

NOINLINE static void look(void)
{
	if (pc_count == 0)
		pc_count = akti_prof_walk(akti_prof_regs_here(), akti_prof_stacks_end_here(), pcs,
					  PROF_FRAMES_MAX, NULL, &pc_truncated);
}

/* Whether one of the pcs lies in the function or shortly after. */
static bool seen(void (*function)(void))
{
	for (uint32_t i = 0; i < pc_count; i++) {
		if (pcs[i] - (uintptr_t)function < 4000)
			return true;
	}
	return false;
}

NOINLINE static int compare(const void *a, const void *b)
{
	look();
	return *(const int *)a - *(const int *)b;
}

NOINLINE static void through_qsort(void)
{
	int v[] = { 3, 1, 2, 5, 4 };

	qsort(v, 5, sizeof(v[0]), compare);
	ck_assert_int_eq(v[0], 1);
}

NOINLINE static void through_bsearch(void)
{
	int v[] = { 1, 2, 3, 4, 5 }, key = 4;

	ck_assert_ptr_nonnull(bsearch(&key, v, 5, sizeof(v[0]), compare));
}

NOINLINE static void through_once(void)
{
	pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look);
	__asm__ volatile("");
}

#if defined(__clang__)
#define FRAMELESS NOINLINE
#else
#define FRAMELESS NOINLINE __attribute__((optimize("omit-frame-pointer")))
#endif

FRAMELESS static void through_frameless(void)
{
	look();
	__asm__ volatile("");
}

NOINLINE static void through_realigned(void)
{
	char line[128] __attribute__((aligned(128)));

	__asm__ volatile("" ::"r"(line) : "memory");
	look();
	__asm__ volatile("" ::"r"(line) : "memory");
}

static void walks_to_the_end(void (*through)(void))
{
	ck_assert_uint_ge(akti_prof_cfi_refresh(), 3);
	pc_count = 0;
	through();
	ck_assert_uint_gt(pc_count, 3);
	ck_assert(seen(through));
	ck_assert_msg(!pc_truncated, "truncated after %u frames", pc_count);
}

START_TEST(a_walk_goes_through_libc_and_frameless_code_to_the_first_frame)
{
	walks_to_the_end(through_qsort);
	walks_to_the_end(through_bsearch);
	walks_to_the_end(through_once);
	walks_to_the_end(through_frameless);
	walks_to_the_end(through_realigned);
}
END_TEST

static void walk_on_thread(void *arg)
{
	(void)arg;
	walks_to_the_end(through_qsort);
}

START_TEST(a_walk_ends_where_the_thread_began)
{
	struct plat_thread thread;

	ck_assert_int_eq(akti_plat_thread_start(&thread, "w", walk_on_thread, NULL), 0);
	akti_plat_thread_join(&thread);
	ck_assert_uint_gt(pc_count, 5);
}
END_TEST

START_TEST(the_cache_gives_the_same_walk)
{
	static struct cfi_cache cache;
	struct walk_memory memory = { &cache, NULL };
	uintptr_t first[PROF_FRAMES_MAX], again[PROF_FRAMES_MAX];
	uintptr_t end = akti_prof_stacks_end_here();
	bool truncated;

	akti_prof_cfi_refresh();
	for (int i = 0; i < 3; i++) {
		struct prof_regs regs = akti_prof_regs_here();
		uint32_t n = akti_prof_walk(regs, end, first, PROF_FRAMES_MAX, NULL, &truncated);

		ck_assert(!truncated);
		ck_assert_uint_eq(akti_prof_walk(regs, end, again, PROF_FRAMES_MAX, &memory,
						 &truncated),
				  n);
		ck_assert_mem_eq(first, again, n * sizeof(first[0]));
	}
}
END_TEST

static struct memos *memos;
static struct prof_store *store;

NOINLINE static const struct prof_stack *remember(void)
{
	return akti_prof_memo_stack(memos, akti_prof_regs_here(), akti_prof_stacks_end_here(),
				    store);
}

NOINLINE static const struct prof_stack *from_one_place(void)
{
	const struct prof_stack *stack = remember();

	__asm__ volatile("");
	return stack;
}

NOINLINE static const struct prof_stack *from_another_place(void)
{
	const struct prof_stack *stack = remember();

	__asm__ volatile("");
	return stack;
}

START_TEST(a_memo_gives_the_stack_that_a_walk_would_give)
{
	const struct prof_stack *one, *other;

	akti_prof_cfi_refresh();
	store = akti_prof_store_create(16 << 20, 0);
	memos = calloc(1, sizeof(*memos));
	for (int i = 0; i < 3; i++) {
		one = from_one_place();
		other = from_another_place();
		ck_assert_ptr_ne(one, other);
		ck_assert_uint_eq(one->count, other->count);
		memset(memos, 0, i == 1 ? sizeof(*memos) : 0);
		ck_assert_uint_lt(one->pcs[0] - (uintptr_t)from_one_place, 400);
		ck_assert_uint_lt(other->pcs[0] - (uintptr_t)from_another_place, 400);
		ck_assert(!one->truncated);
	}
	free(memos);
}
END_TEST

START_TEST(a_module_loaded_later_is_walked_after_a_refresh)
{
	unsigned before = akti_prof_cfi_refresh();
	const void *table = akti_prof_cfi;
	void *module;

	akti_prof_cfi_refresh();
	ck_assert_ptr_eq(table, akti_prof_cfi);
	module = dlopen("libBrokenLocale.so.1", RTLD_NOW);
	if (module == NULL)
		return;
	ck_assert_uint_eq(akti_prof_cfi_refresh(), before + 1);
	dlclose(module);
	ck_assert_uint_eq(akti_prof_cfi_refresh(), before);
}
END_TEST

START_TEST(bad_registers_end_a_walk_in_bounds)
{
	uintptr_t out[PROF_FRAMES_MAX], stack[64];
	uintptr_t end = (uintptr_t)(stack + 64);
	uint64_t x = 1;
	bool truncated;

	akti_prof_cfi_refresh();
	for (int i = 0; i < 200000; i++) {
		struct prof_regs regs;

		for (unsigned w = 0; w < 64; w++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			stack[w] = (x >> 60) < 6    ? (uintptr_t)stack + ((x >> 20) & 0x1f8)
				   : (x >> 60) < 12 ? (uintptr_t)qsort + ((x >> 20) & 0xffff)
						    : (uintptr_t)x;
		}
		regs.pc = (uintptr_t)qsort + ((x >> 30) & 0xfff);
		regs.sp = (uintptr_t)(stack + 16);
		regs.fp = stack[20];
		regs.lr = 0;
		ck_assert_uint_le(akti_prof_walk(regs, end, out, PROF_FRAMES_MAX, NULL, &truncated),
				  PROF_FRAMES_MAX);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_walk_goes_through_libc_and_frameless_code_to_the_first_frame,
		a_walk_ends_where_the_thread_began,
		the_cache_gives_the_same_walk,
		a_memo_gives_the_stack_that_a_walk_would_give,
		a_module_loaded_later_is_walked_after_a_refresh,
		bad_registers_end_a_walk_in_bounds,
	};

	return run_tests("prof-unwind", tests, AKTI_COUNT_OF(tests), 30);
}
