/* SPDX-License-Identifier: MIT */
/* Proves: the reader takes what others write (packed or not, any order, unknown fields) and refuses
 * what is damaged, with one text and its place. Not: that no input crashes it; fuzz/ does. */
#include "harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/read.h"
#include "profile/encode.h"
#include <akt/error.h>

struct bytes {
	uint8_t at[4096];
	size_t size;
};

static void put(struct bytes *b, const void *bytes, size_t size)
{
	memcpy(b->at + b->size, bytes, size);
	b->size += size;
}

#define PUT(b, text) put(b, text, sizeof(text) - 1)

/* Two samples of one type, before what they refer to. */
static struct bytes small_profile(bool packed)
{
	struct bytes b = { .size = 0 };

	if (packed) {
		PUT(&b, "\x12\x07\x0a\x02\x07\x08\x12\x01\x05");
		PUT(&b, "\x12\x06\x0a\x01\x08\x12\x01\x06");
	} else {
		PUT(&b, "\x12\x06\x08\x07\x08\x08\x10\x05");
		PUT(&b, "\x12\x04\x08\x08\x10\x06");
	}
	PUT(&b, "\x22\x06\x08\x08\x22\x02\x08\x09"); /* location 8: function 9 */
	PUT(&b, "\x22\x06\x08\x07\x22\x02\x08\x09"); /* location 7 */
	PUT(&b, "\x2a\x04\x08\x09\x10\x03");         /* function 9: "f" */
	PUT(&b, "\x0a\x04\x08\x01\x10\x02");         /* type */
	PUT(&b, "\x32\x00\x32\x03"
		"cpu\x32\x02ns\x32\x01"
		"f");              /* strings */
	PUT(&b, "\xfa\x3f\x02hi"); /* field 1023: unknown */
	return b;
}

static int parse(const struct bytes *b, struct profile **ret, struct profile_read_error *error)
{
	return akti_profile_parse(b->at, b->size, ret, error);
}

static void check_small(struct profile *p)
{
	ck_assert_uint_eq(p->sample_count, 2);
	ck_assert_uint_eq(p->samples[0].ref_count, 2);
	ck_assert_uint_eq(p->locations[p->refs[0]].id, 7);
	ck_assert_uint_eq(p->locations[p->refs[1]].id, 8);
	ck_assert_uint_eq(p->locations[p->refs[2]].id, 8);
	ck_assert_int_eq(p->values[1], 6);
	ck_assert_str_eq(akti_profile_bytes(p, p->functions[p->lines[0].function].name), "f");
	akti_profile_destroy(p);
}

START_TEST(packed_and_single_numbers_read_the_same)
{
	struct profile_read_error error;
	struct profile *p = NULL;
	struct bytes b = small_profile(true);

	ck_assert_msg(parse(&b, &p, &error) == 0, "%s", error.text);
	check_small(p);
	b = small_profile(false);
	ck_assert_msg(parse(&b, &p, &error) == 0, "%s", error.text);
	check_small(p);
}
END_TEST

START_TEST(a_profile_cut_anywhere_is_refused_or_still_whole)
{
	struct bytes b = small_profile(true);

	for (size_t size = 0; size < b.size; size++) {
		struct profile_read_error error = { { 0 }, 0 };
		struct profile *p = NULL;
		int r = akti_profile_parse(b.at, size, &p, &error);

		if (r == 0)
			akti_profile_destroy(p);
		else
			ck_assert_uint_gt(strlen(error.text), 0);
	}
}
END_TEST

START_TEST(a_profile_with_any_bit_turned_does_no_harm)
{
	struct bytes b = small_profile(true);

	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		struct profile_read_error error;
		struct profile *p = NULL;

		b.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (parse(&b, &p, &error) == 0)
			akti_profile_destroy(p);
		b.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

static void expect_refusal(const struct bytes *b, const char *text)
{
	struct profile_read_error error;
	struct profile *p = NULL;

	ck_assert_int_eq(parse(b, &p, &error), AKT_ERR_FORMAT);
	ck_assert_msg(strstr(error.text, text) != NULL, "'%s' is not in '%s'", text, error.text);
}

START_TEST(each_kind_of_damage_has_its_text)
{
	struct bytes b = small_profile(true);

	PUT(&b, "\x12\x02\x12\x00");
	expect_refusal(&b, "a sample has 0 values, others 1");
	b = small_profile(true);
	PUT(&b, "\x22\x02\x08\x08");
	expect_refusal(&b, "two locations have the id 8");
	b = small_profile(true);
	PUT(&b, "\x2a\x04\x08\x0a\x10\x63");
	expect_refusal(&b, "there is no string 99 of 4");
	b = small_profile(true);
	PUT(&b, "\x12\x06\x0a\x01\x63\x12\x01\x06");
	expect_refusal(&b, "there is no location 99");
	b = small_profile(true);
	PUT(&b, "\x12\x7f\x01");
	expect_refusal(&b, "cut short");
	b = small_profile(true);
	PUT(&b, "\x48\x01\x48\x02");
	expect_refusal(&b, "several profiles");
	b.size = 0;
	expect_refusal(&b, "empty");
	PUT(&b, "heap profile: 1: 2 [3: 4] @ heap/524288\n");
	expect_refusal(&b, "at byte");
}
END_TEST

START_TEST(a_length_of_exabytes_costs_no_memory)
{
	struct bytes b = { .size = 0 };

	PUT(&b, "\x32\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
	expect_refusal(&b, "a field claims more than");
}
END_TEST

START_TEST(a_missing_file_is_said_by_the_system)
{
	struct profile_read_error error;
	struct profile *p = NULL;

	ck_assert_int_eq(akti_profile_read("/nonexistent.prof", &p, &error), AKT_ERR_IO);
	ck_assert_str_eq(error.text, "No such file or directory");
}
END_TEST

static int into_buffer(void *arg, const void *bytes, size_t size)
{
	put(arg, bytes, size);
	return 0;
}

START_TEST(gzipped_reads_as_plain_and_cut_gzip_is_refused)
{
	struct profile_read_error error;
	struct profile *p = NULL;
	struct bytes b = small_profile(true);
	struct bytes packed = { .size = 0 };

	ck_assert_int_eq(parse(&b, &p, &error), 0);
	ck_assert_int_eq(akti_profile_encode(p, into_buffer, &packed), 0);
	akti_profile_destroy(p);
	ck_assert_int_eq(packed.at[0], 0x1f);
	ck_assert_msg(parse(&packed, &p, &error) == 0, "%s", error.text);
	check_small(p);
	packed.size -= 6;
	expect_refusal(&packed, "compressed data is cut short");
	packed.at[20] ^= 0x55;
	packed.at[24] ^= 0x55;
	expect_refusal(&packed, " at byte ");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("read");
	Suite *suite = suite_create("profile-read");

	tcase_add_test(tcase, packed_and_single_numbers_read_the_same);
	tcase_add_test(tcase, a_profile_cut_anywhere_is_refused_or_still_whole);
	tcase_add_test(tcase, a_profile_with_any_bit_turned_does_no_harm);
	tcase_add_test(tcase, each_kind_of_damage_has_its_text);
	tcase_add_test(tcase, a_length_of_exabytes_costs_no_memory);
	tcase_add_test(tcase, a_missing_file_is_said_by_the_system);
	tcase_add_test(tcase, gzipped_reads_as_plain_and_cut_gzip_is_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
