/* SPDX-License-Identifier: MIT */
/* Proves: every error has one name, text and hint, with unique stable numbers; hashes depend on
 * every byte, the length and the seed; rounding; a broken invariant aborts with its place. Not: the
 * quality of the hash beyond collisions in small sets. */
#include "harness.h"
#include "base/base.h"
#include "base/hash.h"
#include <akt/error.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const int numbers[] = {
#define ERROR_NUMBER(name, number, text, hint) number,
	AKT_ERRORS(ERROR_NUMBER)
#undef ERROR_NUMBER
};

START_TEST(every_error_has_a_name_a_text_and_a_hint)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(numbers); i++) {
		ck_assert_int_lt(numbers[i], 0);
		ck_assert_str_ne(akt_strerror(numbers[i]), "unknown error");
		ck_assert_ptr_nonnull(strstr(akt_error_name(numbers[i]), "AKT_ERR_"));
		ck_assert_int_gt((int)strlen(akt_error_hint(numbers[i])), 0);
	}
}
END_TEST

START_TEST(error_numbers_are_dense_and_stable)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(numbers); i++)
		ck_assert_int_eq(numbers[i], -(int)i - 1);
	ck_assert_int_eq(AKT_ERR_NOMEM, -1);
	ck_assert_int_eq(AKT_ERR_GONE, -3);
	ck_assert_int_eq(AKT_ERR_IO, -16);
	ck_assert_int_eq(AKT_ERR_LOCAL, -18);
}
END_TEST

START_TEST(success_and_unknown_numbers_have_texts_too)
{
	ck_assert_str_eq(akt_strerror(0), "success");
	ck_assert_str_eq(akt_strerror(7), "success");
	ck_assert_str_eq(akt_error_name(0), "AKT_OK");
	ck_assert_str_eq(akt_error_hint(0), "");
	ck_assert_str_eq(akt_strerror(-9999), "unknown error");
	ck_assert_str_eq(akt_error_name(-9999), "AKT_ERR_?");
	ck_assert_str_eq(akt_error_hint(-9999), "");
}
END_TEST

START_TEST(hash_depends_on_every_byte)
{
	unsigned char bytes[100] = { 0 };
	uint64_t plain = akti_hash_bytes(bytes, sizeof(bytes), 1);

	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 1;
		ck_assert_msg(akti_hash_bytes(bytes, sizeof(bytes), 1) != plain, "byte %zu", i);
		bytes[i] = 0;
	}
	ck_assert(akti_hash_bytes(bytes, sizeof(bytes), 1) == plain);
}
END_TEST

START_TEST(hash_depends_on_length_and_seed)
{
	static const unsigned char zeros[64];
	uint64_t seen[AKTI_COUNT_OF(zeros)];

	for (size_t i = 0; i < AKTI_COUNT_OF(zeros); i++) {
		seen[i] = akti_hash_bytes(zeros, i, 7);
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(seen[i] != seen[j], "lengths %zu and %zu", i, j);
	}
	ck_assert(akti_hash_bytes("name", 4, 1) != akti_hash_bytes("name", 4, 2));
}
END_TEST

START_TEST(hash_of_words_spreads_over_low_bits)
{
	unsigned counts[16] = { 0 };

	for (uint64_t i = 0; i < 16000; i++)
		counts[akti_hash_u64(i << 32) & 15]++;
	for (size_t i = 0; i < AKTI_COUNT_OF(counts); i++)
		ck_assert_msg(counts[i] > 800 && counts[i] < 1200, "bucket %zu: %u", i, counts[i]);
}
END_TEST

START_TEST(rounding_up_keeps_multiples)
{
	ck_assert_uint_eq(akti_round_up(0, 64), 0);
	ck_assert_uint_eq(akti_round_up(1, 64), 64);
	ck_assert_uint_eq(akti_round_up(64, 64), 64);
	ck_assert_uint_eq(akti_round_up(65, 64), 128);
	ck_assert_uint_eq(akti_min_u64(3, 4), 3);
	ck_assert_uint_eq(akti_min_u64(4, 3), 3);
}
END_TEST

START_TEST(container_of_finds_the_struct_around_a_member)
{
	struct pair {
		int first;
		int second;
	} pair = { 1, 2 };

	ck_assert_ptr_eq(akti_container_of(&pair.second, struct pair, second), &pair);
}
END_TEST

START_TEST(broken_invariant_aborts)
{
	AKT_ASSERT(numbers[0] == 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, every_error_has_a_name_a_text_and_a_hint);
	tcase_add_test(tcase, error_numbers_are_dense_and_stable);
	tcase_add_test(tcase, success_and_unknown_numbers_have_texts_too);
	tcase_add_test(tcase, hash_depends_on_every_byte);
	tcase_add_test(tcase, hash_depends_on_length_and_seed);
	tcase_add_test(tcase, hash_of_words_spreads_over_low_bits);
	tcase_add_test(tcase, rounding_up_keeps_multiples);
	tcase_add_test(tcase, container_of_finds_the_struct_around_a_member);
	tcase_add_test_raise_signal(tcase, broken_invariant_aborts, SIGABRT);
	return run_suite(suite);
}
