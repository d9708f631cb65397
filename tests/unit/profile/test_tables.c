/* SPDX-License-Identifier: MIT */
/* Proves: index, strings and ids find what was put in, also after growing, and nothing else. */
#include "harness.h"
#include <stdio.h>
#include <stdlib.h>

#include "profile/ids.h"
#include "profile/symbolize.h"

START_TEST(a_text_keeps_its_number_and_place_while_thousands_come)
{
	struct strings *strings = akti_strings_create();
	uint32_t first, number;
	const char *place;
	char text[32];

	ck_assert_int_eq(akti_strings_intern(strings, "first", 5, &first), 0);
	place = strings->at[first].bytes;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 20000; i++) {
			int n = snprintf(text, sizeof(text), "text %u", i);

			ck_assert_int_eq(akti_strings_intern(strings, text, (size_t)n, &number), 0);
			ck_assert_uint_eq(number, i + 2);
		}
	ck_assert_ptr_eq(place, strings->at[first].bytes);
	ck_assert_int_eq(akti_strings_intern(strings, "", 0, &number), 0);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(akti_strings_intern(strings, "a\0b", 3, &number), 0);
	ck_assert_int_eq(akti_strings_intern(strings, "a\0c", 3, &first), 0);
	ck_assert_uint_ne(number, first);
	akti_strings_unref(strings);
}
END_TEST

START_TEST(small_and_huge_ids_get_tickets_of_their_own)
{
	struct ids ids = { 0 };
	uint32_t ticket;

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 50000; i++) {
			uint64_t id = i % 3 == 0 ? UINT64_MAX - i : (uint64_t)i * 1000 % 49999 + 1;

			if (i % 3 != 0 && i % 7 == 0)
				continue;
			ck_assert_int_eq(akti_ids_ticket(&ids, id, &ticket), 0);
			ck_assert_uint_eq(ids.id_of[ticket], id);
		}
	ck_assert_uint_lt(ids.small_count, 16 * (ids.count + 4096));
	akti_ids_fini(&ids);
}
END_TEST

START_TEST(a_symbol_table_names_its_functions)
{
	struct elf_symbols *symbols = akti_elf_open("/proc/self/exe");

	ck_assert_ptr_nonnull(symbols);
	ck_assert_ptr_null(akti_elf_name(symbols, 1));
	akti_elf_close(symbols);
	ck_assert_ptr_null(akti_elf_open("/nonexistent"));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tables");
	Suite *suite = suite_create("profile-tables");

	tcase_add_test(tcase, a_text_keeps_its_number_and_place_while_thousands_come);
	tcase_add_test(tcase, small_and_huge_ids_get_tickets_of_their_own);
	tcase_add_test(tcase, a_symbol_table_names_its_functions);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
