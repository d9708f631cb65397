/* SPDX-License-Identifier: MIT */
/* Proves that types are numbered as they are met, by their names, and what becomes of one too many. */
#include "debug/types.h"
#include "fixture.h"

START_TEST(types_of_one_name_are_one)
{
	static struct types types;
	char copy[] = "teller";

	ck_assert_uint_eq(akti_types_number(&types, "teller"), 0);
	ck_assert_uint_eq(akti_types_number(&types, "bank"), 1);
	ck_assert_uint_eq(akti_types_number(&types, copy), 0);
	ck_assert_uint_eq(akti_types_number(&types, "bank"), 1);
	ck_assert_uint_eq(types.count, 2);
	ck_assert_str_eq(types.names[1], "bank");
}
END_TEST

START_TEST(the_last_number_is_for_all_others)
{
	static struct types types;
	static char names[TYPES_MAX + 2][16];

	for (uint32_t i = 0; i < TYPES_MAX + 2; i++) {
		snprintf(names[i], sizeof(names[i]), "type-%u", i);
		ck_assert_uint_eq(akti_types_number(&types, names[i]),
				  i < TYPES_MAX ? i : TYPES_MAX - 1);
	}
	ck_assert_uint_eq(types.count, TYPES_MAX);
	ck_assert_str_eq(types.names[TYPES_MAX - 2], names[TYPES_MAX - 2]);
	ck_assert_str_eq(types.names[TYPES_MAX - 1], "other");
	ck_assert_uint_eq(akti_types_number(&types, names[3]), 3);
	ck_assert_uint_eq(akti_types_number(&types, names[TYPES_MAX + 1]), TYPES_MAX - 1);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("types");

	tcase_add_test(tests, types_of_one_name_are_one);
	tcase_add_test(tests, the_last_number_is_for_all_others);
	return run_case("debug-types", tests, 30);
}
