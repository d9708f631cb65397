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

/* As many actors as there are samples with a name of their own; each of them weighs that much or more. */
static uint32_t count_named(const struct profile *p, uint32_t type, int64_t least)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		const char *actor = label_of(p, i, "actor");

		if (strncmp(actor, "other:", 6) == 0 || strcmp(actor, "none") == 0)
			continue;
		ck_assert_msg(p->values[(uint64_t)i * p->type_count + type] >= least,
			      "%s has a name", actor);
		count++;
	}
	return count;
}

#define CROWD 100000u

/* Every tenth is heavy; of ten, six are makers. */
static bool be_one_of_crowd(uint64_t i)
{
	label(i % 100 < 60 ? &maker : &eater, (i + 1) << 32 | 1, &make);
	return i % 10 == 0;
}

/* So many actors take a block each; one in ten a large one. */
static void crowd_allocates(uint64_t count)
{
	akti_prof_system_started(NULL);
	for (uint64_t i = 0; i < count; i++) {
		size_t size_bytes = be_one_of_crowd(i) ? 64 : 16;

		akti_mem_free(make_one(size_bytes), size_bytes);
	}
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
}

START_TEST(of_a_hundred_thousand_actors_the_heaviest_keep_their_name_on_the_heap)
{
	struct profile *p;

	crowd_allocates(CROWD);
	p = read_file("shutdown_mem.prof");
	ck_assert_uint_eq(count_named(p, ALLOC_SPACE, 64), 10000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), CROWD);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, NULL, NULL, NULL), 10000 * 64 + 90000 * 16);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor_type", "maker", NULL), 60000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "other:maker", NULL), 54000);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, "actor", "other:eater", NULL), 36000 * 16);
	ck_assert(has_comment(p, "lost=0 untracked=0 folded=90000"));
	ck_assert(!has_comment(p, "label sets"));
	akti_profile_destroy(p);
}
END_TEST

START_TEST(of_a_hundred_thousand_actors_the_heaviest_keep_their_name_on_the_cpu)
{
	struct profile *p;

	akti_prof_system_started(NULL);
	for (uint64_t i = 0; i < CROWD; i++)
		akti_prof_handler_ran((const void *)(uintptr_t)be_one_of_crowd,
				      be_one_of_crowd(i) ? UINT64_C(1) << 40 : 1000);
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_eq(sum(p, 2, NULL, NULL, NULL),
			 (INT64_C(10000) << 40) + INT64_C(90000) * 1000);
	ck_assert_int_eq(sum(p, 2, "actor", "other:maker", NULL), 54000 * 1000);
	ck_assert_int_eq(sum(p, 2, "actor", "other:eater", NULL), 36000 * 1000);
	ck_assert_int_eq(sum(p, 2, "actor", "eater-61.1", NULL), INT64_C(1) << 40);
	ck_assert(has_comment(p, "lost=0"));
	ck_assert(has_comment(p, "folded=90000"));
	akti_profile_destroy(p);
}
END_TEST

START_TEST(beyond_so_many_label_sets_actors_are_not_told_apart_and_sums_are_exact)
{
	const uint64_t count = PROF_BUCKETS_FINE + 5000;
	struct profile *p;

	crowd_allocates(count);
	p = read_file("shutdown_mem.prof");
	ck_assert_uint_eq(count_named(p, ALLOC_SPACE, 64), 10000);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), (int64_t)count);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "other:maker", NULL) +
				 sum(p, ALLOC_OBJECTS, "actor", "other:eater", NULL),
			 (int64_t)count - 10000);
	ck_assert(has_comment(p, "folded=121072"));
	ck_assert(has_comment(p, "more than 131072 label sets: 5000 later records"));
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_full_store_is_reported_as_lost)
{
	struct profile *p;

	akti_prof_system_started(NULL);
	akti_mem_free(make_one(100), 100);
	akti_prof_heap.store->used_bytes = akti_prof_heap.store->size_bytes;
	label(&eater, (uint64_t)6 << 32 | 1, &make);
	for (unsigned i = 0; i < 50; i++)
		akti_mem_free(make_one(100), 100);
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, (const char *[]){ "[lost]", NULL }), 50);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 51);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, NULL, NULL, NULL), 100);
	ck_assert(has_comment(p, "lost=50 "));
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
		of_a_hundred_thousand_actors_the_heaviest_keep_their_name_on_the_heap,
		of_a_hundred_thousand_actors_the_heaviest_keep_their_name_on_the_cpu,
		beyond_so_many_label_sets_actors_are_not_told_apart_and_sums_are_exact,
		a_full_store_is_reported_as_lost,
	};

	return run_tests("prof-heap", tests, AKTI_COUNT_OF(tests), 30);
}
