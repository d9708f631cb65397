/* SPDX-License-Identifier: MIT */
/* Proves: whatever bytes arrive, cut, damaged or random, end in a message or in a named error, within
 * their bounds (under sanitizers), and what is taken can be sent on. Not: what the values mean
 * (test_wire.c); long runs with coverage (fuzz/wire.c). */
#include "types.h"

EVERYTHING_DEFINE;

/* Whatever was taken can be sent on and arrives as the same. */
static void check_taken(akt_msg *msg)
{
	const akt_msg_type *type = akt_msg_type_of(msg);
	unsigned char bytes[4 * EVERYTHING_MAX_BYTES];
	akt_msg *back;
	int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);

	ck_assert_int_ge(size, 0);
	ck_assert_int_eq(decode(type, bytes, (size_t)size, &back), 0);
	ck_assert_mem_eq(akt_msg_bytes(msg), akt_msg_bytes(back), type->size);
	akt_msg_free(back);
}

static bool try(const void *bytes, size_t size_bytes)
{
	akt_msg *msg;
	int r = decode(AKT_TYPE_OF(everything), bytes, size_bytes, &msg);

	ck_assert(r == 0 || r == AKT_ERR_FORMAT);
	if (r < 0)
		return false;
	check_taken(msg);
	akt_msg_free(msg);
	return true;
}

START_TEST(a_message_cut_anywhere_is_refused_or_ends_at_a_field)
{
	unsigned char bytes[EVERYTHING_MAX_BYTES];
	size_t size = full(bytes);
	unsigned taken = 0;

	for (size_t n = 0; n <= size; n++)
		taken += try(bytes, n);
	ck_assert_uint_eq(taken, akt_message_everything.field_count + 1);
}
END_TEST

START_TEST(flipped_bits_end_in_a_message_or_an_error)
{
	unsigned char bytes[EVERYTHING_MAX_BYTES];
	size_t size = full(bytes);
	unsigned taken = 0;

	for (size_t bit = 0; bit < 8 * size; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		taken += try(bytes, size);
		for (size_t other = bit + 1; other < 8 * size; other += 20 * SLOW) {
			bytes[other / 8] ^= (unsigned char)(1u << other % 8);
			(void)try(bytes, size);
			bytes[other / 8] ^= (unsigned char)(1u << other % 8);
		}
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	ck_assert_uint_gt(taken, size);
	ck_assert_uint_lt(taken, 8 * size);
}
END_TEST

START_TEST(random_bytes_end_in_a_message_or_an_error)
{
	uint64_t random = 99;

	for (unsigned i = 0; i < 50000 / SLOW; i++) {
		unsigned char bytes[64];
		size_t size = (size_t)(draw(&random) % sizeof(bytes));

		for (size_t j = 0; j < size; j++)
			bytes[j] = (unsigned char)(draw(&random) >> 8);
		(void)try(bytes, size);
	}
}
END_TEST

static unsigned asked;

/* Field 2 of any message is a message. */
static const void *inner(const void *schema, uint32_t number)
{
	asked++;
	return number == 2 ? schema : NULL;
}

#define SCAN(literal) scan(literal, sizeof(literal) - 1)
static int scan(const void *bytes, size_t size_bytes)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	unsigned char *copy = exact(bytes, size_bytes);
	int r = akt_wire_scan(copy, size_bytes, inner, &asked, &fault);

	free(copy);
	ck_assert((r == 0) == (fault.text == NULL));
	ck_assert_uint_le(fault.offset_bytes, size_bytes);
	return r;
}

START_TEST(a_scan_follows_messages_and_nothing_else)
{
	ck_assert_int_eq(SCAN(""), 0);
	ck_assert_int_eq(SCAN("\x0a\x01\xff\x08\x01"), 0); /* not a message: any bytes */
	ck_assert_int_eq(SCAN("\x12\x02\x08\x01\x12\x00\x08\x02"), 0);
	ck_assert_int_eq(SCAN("\x12\x01\xff"), AKT_ERR_FORMAT);
	ck_assert_int_eq(SCAN("\x12\x04\x12\x03\x08\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(SCAN("\x12\x02\x12\x01\x00"), AKT_ERR_FORMAT); /* past its own end */
	ck_assert_int_eq(SCAN("\x12\x01\x08\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(SCAN("\x10\x05"), 0); /* number 2, but no bytes */
	asked = 0;
	ck_assert_int_eq(SCAN("\x12\x04\x0a\x00\x08\x01\x1a\x00"), 0);
	ck_assert_uint_eq(asked, 3);
	ck_assert_int_eq(akt_wire_scan(NULL, 1, inner, &asked, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_scan(NULL, 0, NULL, &asked, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_scan(NULL, 0, inner, &asked, NULL), 0);
}
END_TEST

START_TEST(a_scan_goes_so_deep_and_no_deeper)
{
	/* Empty messages in each other; the outermost needs no tag. */
	for (unsigned depth = AKT_WIRE_MAX_DEPTH - 1; depth <= AKT_WIRE_MAX_DEPTH + 1; depth++) {
		unsigned char bytes[3 * (AKT_WIRE_MAX_DEPTH + 1)];
		size_t begin = sizeof(bytes);

		for (unsigned i = 1; i < depth; i++) {
			size_t size = sizeof(bytes) - begin;

			if (size >= 0x80)
				bytes[--begin] = (unsigned char)(size >> 7);
			bytes[--begin] = (unsigned char)(size >= 0x80 ? size | 0x80 : size);
			bytes[--begin] = 0x12;
		}
		ck_assert_int_eq(scan(bytes + begin, sizeof(bytes) - begin),
				 depth <= AKT_WIRE_MAX_DEPTH ? 0 : AKT_ERR_FORMAT);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire-hostile");
	TCase *tcase = tcase_create("hostile");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_message_cut_anywhere_is_refused_or_ends_at_a_field);
	tcase_add_test(tcase, flipped_bits_end_in_a_message_or_an_error);
	tcase_add_test(tcase, random_bytes_end_in_a_message_or_an_error);
	tcase_add_test(tcase, a_scan_follows_messages_and_nothing_else);
	tcase_add_test(tcase, a_scan_goes_so_deep_and_no_deeper);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
