/* SPDX-License-Identifier: MIT */
/*
 * Proves: whatever is claimed and released, in any order, the registry holds what a plain array says it
 * does; a name that is held cannot be claimed; without memory for a larger table the one there is takes
 * names until it is full, and then says so. Not: names under concurrent look (test_look.c).
 */
#include "actor/registry.h"
#include "base/hash.h"
#include "harness.h"
#include <akt/error.h>
#include <stdio.h>

#define NAMES_MAX 3000u

static struct registry registry;
static struct name *held[NAMES_MAX];
static _Atomic uint8_t shards[NAMES_MAX];
static uint32_t seen;

static struct name_place place_of(uint32_t i)
{
	return (struct name_place){ &held[i], &shards[i] };
}

static const char *text_of(uint32_t i)
{
	static char text[16];

	(void)snprintf(text, sizeof(text), "n%u", i);
	return text;
}

static void set_up(uint64_t seed)
{
	memset(held, 0, sizeof(held));
	akti_registry_init(&registry, seed);
}

static void count(void *arg, akt_ref ref, const char *text)
{
	(void)arg;
	seen++;
	ck_assert_str_eq(text, text_of(ref.slot));
}

static void check(uint32_t names)
{
	uint32_t there = 0;

	for (uint32_t i = 0; i < names; i++) {
		akt_ref ref = akti_registry_find(&registry, text_of(i));

		ck_assert_int_eq(held[i] != NULL, !akt_ref_is_null(ref));
		if (held[i] != NULL)
			ck_assert_uint_eq(ref.slot, i);
		there += held[i] != NULL;
	}
	seen = 0;
	akti_registry_each(&registry, count, NULL);
	ck_assert_uint_eq(seen, there);
}

/* Of many names and a few: tables that are full, and tables that empty again. */
static void come_and_go(uint64_t seed)
{
	uint32_t names = seed % 2 == 0 ? NAMES_MAX : 100;
	akt_ref holder;

	set_up(seed);
	for (uint64_t step = 0; step < 20000; step++) {
		uint64_t random = akti_hash_u64(seed << 32 | step);
		uint32_t i = (uint32_t)(random >> 8) % names;
		akt_ref ref = { .slot = i, .gen = 1, .node = 1 };

		if (held[i] == NULL) {
			ck_assert_int_eq(akti_registry_claim(&registry, text_of(i), ref,
							     place_of(i), &holder),
					 0);
		} else if (random % 8 == 0) {
			ck_assert_int_eq(akti_registry_claim(&registry, text_of(i), ref,
							     place_of(i), &holder),
					 AKT_ERR_EXISTS);
			ck_assert_uint_eq(holder.slot, i);
		} else {
			akti_registry_release(&registry, place_of(i));
			ck_assert_ptr_null(held[i]);
		}
	}
	check(names);
	akti_registry_fini(&registry);
}

START_TEST(the_registry_holds_what_was_claimed_and_not_released)
{
	for_seeds(10, 10, come_and_go);
}
END_TEST

#ifdef AKTI_MEM_PASSTHROUGH
extern _Atomic int64_t akti_mem_fail_in;

/* Claim each of the names with memory for the name alone. How many it took. */
static uint32_t claim_in_place(void)
{
	uint32_t taken = 0;
	akt_ref holder;

	for (uint32_t i = 1; i < NAMES_MAX; i++) {
		akt_ref ref = { .slot = i, .gen = 1, .node = 1 };
		int r;

		atomic_store(&akti_mem_fail_in, 2);
		r = akti_registry_claim(&registry, text_of(i), ref, place_of(i), &holder);
		atomic_store(&akti_mem_fail_in, 0);
		if (r == 0)
			taken++;
		else
			ck_assert_int_eq(r, AKT_ERR_NOMEM);
	}
	return taken;
}

START_TEST(without_memory_for_a_larger_table_it_fills_the_one_there_is)
{
	akt_ref ref = { .slot = 0, .gen = 1, .node = 1 };
	uint32_t taken;

	set_up(7);
	ck_assert_int_eq(akti_registry_claim(&registry, text_of(0), ref, place_of(0), &ref), 0);
	taken = claim_in_place();
	/* One shard has a table, of which one place stays free. */
	ck_assert_uint_eq(taken, 14);
	check(NAMES_MAX);
	akti_registry_fini(&registry);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("registry");
	TCase *all = tcase_create("all");

	tcase_add_test(all, the_registry_holds_what_was_claimed_and_not_released);
#ifdef AKTI_MEM_PASSTHROUGH
	tcase_add_test(all, without_memory_for_a_larger_table_it_fills_the_one_there_is);
#endif
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
