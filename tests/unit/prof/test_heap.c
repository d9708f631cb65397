/* SPDX-License-Identifier: MIT */
/* Proves: at rate 1 every block is counted once, where and for whom it was asked, and what is not
 * freed is in use. Not: that mem calls the hook (tests/unit/mem). */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/heap.h"

enum { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE };

static const akt_type maker = { .name = "maker" }, eater = { .name = "eater" };
static const akt_msg_type make = { .name = "test.make" };

NOINLINE static void *make_one(size_t size_bytes)
{
	void *block = akti_mem_alloc(size_bytes, MEM_STATE);

	ck_assert_ptr_nonnull(block);
	return block;
}

START_TEST(counts_are_exact_by_actor_kind_and_place)
{
	void *kept[10];
	struct profile *p;

	akti_prof_system_started(NULL);
	label(&maker, (uint64_t)5 << 32 | 2, &make);
	for (int i = 0; i < 1000; i++) {
		void *block = make_one(100);

		if (i < 10)
			kept[i] = block;
		else
			akti_mem_free(block, 100);
	}
	label(&eater, (uint64_t)6 << 32 | 1, &make);
	akti_mem_free(kept[0], 100);
	akti_mem_free(akti_mem_alloc(40000, MEM_MESSAGE), 40000);
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);

	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 1001);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, NULL, NULL, NULL), 140000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "maker-5.2", NULL), 1000);
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, "actor", "maker-5.2", NULL), 9);
	ck_assert_int_eq(sum(p, INUSE_SPACE, "kind", "state", NULL), 900);
	ck_assert_int_eq(sum(p, INUSE_SPACE, "kind", "message", NULL), 0);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, "actor_type", "eater", NULL), 40000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL,
			     (const char *[]){ "make_one", "counts_are_exact", NULL }),
			 1000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, (const char *[]){ "[truncated]", NULL }),
			 0);
	ck_assert_str_eq(akti_profile_bytes(p, p->default_type), "alloc_space");
	for (int i = 1; i < 10; i++)
		akti_mem_free(kept[i], 100);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_block_may_be_freed_after_the_first_file_and_from_before_it)
{
	void *before = akti_mem_alloc(64, MEM_OTHER), *during;
	struct profile *p;

	akti_prof_system_started(NULL);
	akti_mem_free(before, 64);
	during = akti_mem_alloc(64, MEM_OTHER);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), 1);
	akti_profile_destroy(p);

	akti_prof_system_started(NULL);
	akti_mem_free(during, 64);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), 0);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 1);
	akti_profile_destroy(p);
}
END_TEST

#define PER_THREAD 20000
static _Atomic(void *) handed[2][PER_THREAD];

/* Make blocks for the other thread, free what the other one made. */
static void make_and_eat(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;

	label(&maker, (uint64_t)(me + 1) << 32, &make);
	for (int i = 0; i < PER_THREAD; i++) {
		void *theirs;

		atomic_store(&handed[me][i], make_one(48));
		theirs = atomic_exchange(&handed[1 - me][i], NULL);
		if (theirs != NULL)
			akti_mem_free(theirs, 48);
	}
}

START_TEST(blocks_freed_on_other_threads_are_charged_to_their_maker)
{
	struct plat_thread threads[2];
	int64_t left = 0;
	struct profile *p;

	setenv("AKT_PROFILE_HZ", "1000", 1);
	akti_prof_system_started(NULL);
	for (uintptr_t i = 0; i < 2; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "w", make_and_eat, (void *)i),
				 0);
	for (int i = 0; i < 2; i++)
		akti_plat_thread_join(&threads[i]);
	for (int i = 0; i < 2 * PER_THREAD; i++)
		left += handed[i / PER_THREAD][i % PER_THREAD] != NULL;
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "maker-1.0", NULL), PER_THREAD);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "maker-2.0", NULL), PER_THREAD);
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), left);
	ck_assert_int_eq(sum(p, INUSE_SPACE, NULL, NULL, NULL), 48 * left);
	akti_profile_destroy(p);
	for (int i = 0; i < 2 * PER_THREAD; i++) {
		if (handed[i / PER_THREAD][i % PER_THREAD] != NULL)
			akti_mem_free(handed[i / PER_THREAD][i % PER_THREAD], 48);
	}
}
END_TEST

START_TEST(beyond_ten_thousand_actors_the_lightest_are_folded_into_their_type)
{
	struct profile *p;

	akti_prof_system_started(NULL);
	for (uint64_t i = 1; i <= 10500; i++) {
		size_t size_bytes = i <= 600 ? 16 : 64;

		label(&maker, i << 32 | 1, &make);
		akti_mem_free(make_one(size_bytes), size_bytes);
	}
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "other:maker", NULL), 500);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 10500);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "maker-601.1", NULL), 1);
	ck_assert(has_comment(p, "folded=500"));
	akti_profile_destroy(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		counts_are_exact_by_actor_kind_and_place,
		a_block_may_be_freed_after_the_first_file_and_from_before_it,
		blocks_freed_on_other_threads_are_charged_to_their_maker,
		beyond_ten_thousand_actors_the_lightest_are_folded_into_their_type,
	};

	return run_tests("prof-heap", tests, AKTI_COUNT_OF(tests), 30);
}
