/* SPDX-License-Identifier: MIT */
/* Proves: a stack and a key have one entry each, also when threads meet; a full store says so; too
 * many buckets fold actors; names outlive their actors. Not: what files look like. */
#include "prof_test.h"
#include "plat/plat.h"
#include "prof/names.h"
#include "prof/store.h"

#define MANY 5000u

static struct prof_store *store;

static void add_all(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < MANY; i++) {
		uintptr_t pcs[] = { 4096 + i % 100, 4096 + i / 100 };
		struct prof_key key = { .actor = i % 7 };

		key.stack = akti_prof_store_stack(store, pcs, 2, false);
		ck_assert_ptr_nonnull(key.stack);
		akti_prof_store_add(akti_prof_store_bucket(store, &key), 0, 1);
	}
}

START_TEST(threads_that_meet_make_one_entry)
{
	struct plat_thread threads[3];
	uint32_t buckets = 0;

	store = akti_prof_store_create(64 << 20, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "w", add_all, NULL), 0);
	for (int i = 0; i < 3; i++)
		akti_plat_thread_join(&threads[i]);
	for (uint32_t i = 0; i < STORE_BUCKET_HEADS; i++) {
		for (struct prof_bucket *b = store->buckets[i]; b != NULL; b = b->next) {
			ck_assert_int_eq(b->value[0], 3);
			buckets++;
		}
	}
	ck_assert_uint_eq(buckets, MANY);
}
END_TEST

START_TEST(a_full_store_gives_nothing_and_stays_whole)
{
	struct prof_key key = { .actor = 1 };
	uint32_t given = 0;
	uintptr_t pc = 4096;

	store = akti_prof_store_create(sizeof(struct prof_store) + 4096, 4096);
	key.stack = akti_prof_store_stack(store, &pc, 1, false);
	while (akti_prof_store_bucket(store, &key) != NULL) {
		key.actor++;
		given++;
	}
	ck_assert_uint_gt(given, 20);
	key.actor = 1;
	ck_assert_ptr_nonnull(akti_prof_store_bucket(store, &key));
	for (pc = 8192; akti_prof_store_stack(store, &pc, 1, false) != NULL; pc++)
		ck_assert_uint_lt(pc, 9000);
}
END_TEST

START_TEST(beyond_the_limit_new_buckets_do_not_tell_actors_apart)
{
	struct prof_key key = { .actor = 1 };
	uintptr_t pc = 4096;
	struct prof_bucket *a, *b;

	store = akti_prof_store_create(64 << 20, 0);
	key.stack = akti_prof_store_stack(store, &pc, 1, false);
	a = akti_prof_store_bucket(store, &key);
	store->bucket_count = PROF_BUCKETS_FINE;
	ck_assert_ptr_eq(akti_prof_store_bucket(store, &key), a);
	key.actor = 2;
	b = akti_prof_store_bucket(store, &key);
	ck_assert_uint_eq(b->key.actor, PROF_ACTOR_OTHER);
	key.actor = 3;
	ck_assert_ptr_eq(akti_prof_store_bucket(store, &key), b);
}
END_TEST

START_TEST(a_name_outlives_its_actor_and_equal_names_are_one)
{
	uint64_t a, b;

	ck_assert_int_eq(akti_prof_names_create(), 0);
	akti_prof_name_add(17, "ada");
	a = akti_prof_name_of(17);
	ck_assert_uint_eq(akti_prof_name_of(18), 18);
	akti_prof_names_forget();
	ck_assert_uint_eq(akti_prof_name_of(17), 17);
	akti_prof_name_add(17, "bob");
	akti_prof_name_add(99, "ada");
	b = akti_prof_name_of(17);
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(akti_prof_name_of(99), a);
	ck_assert_str_eq(akti_prof_name_text(a), "ada");
	ck_assert_str_eq(akti_prof_name_text(b), "bob");
}
END_TEST

START_TEST(too_many_names_are_left_out_and_break_nothing)
{
	char name[32];

	ck_assert_int_eq(akti_prof_names_create(), 0);
	for (uint64_t i = 1; i <= PROF_NAMES_MAX + 100; i++) {
		snprintf(name, sizeof(name), "actor-%u", (unsigned)i);
		akti_prof_name_add(i, name);
	}
	ck_assert_str_eq(akti_prof_name_text(akti_prof_name_of(PROF_NAMES_MAX)), "actor-65536");
	ck_assert_uint_eq(akti_prof_name_of(PROF_NAMES_MAX + 1), PROF_NAMES_MAX + 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		threads_that_meet_make_one_entry,
		a_full_store_gives_nothing_and_stays_whole,
		beyond_the_limit_new_buckets_do_not_tell_actors_apart,
		a_name_outlives_its_actor_and_equal_names_are_one,
		too_many_names_are_left_out_and_break_nothing,
	};

	return run_tests("prof-store", tests, AKTI_COUNT_OF(tests), 30);
}
