/* SPDX-License-Identifier: MIT */
/* Proves: akt_wire_check finds each mistake that a field table can have, at its limits, and says
 * which; no other call works with such a table, or touches memory by it; akt_wire_proto prints what
 * protoc reads (that it does: tests/system/wire.sh). */
#include "types.h"
#include <akt/object.h>

EVERYTHING_DEFINE;
AKT_SIGNAL_DEFINE(poke, "test.poke");

/* The verdict on a table of two fields: a good one of 8 bytes, then this one. */
static int check(uint32_t number, uint32_t offset, uint32_t size, int kind, const char **ret_text)
{
	const akt_field fields[] = { { "good", 2, 0, 8, AKT_KIND_INT },
				     { "field", number, offset, size, (enum akt_kind)kind } };
	const akt_msg_type type = { .name = "t", .size = 32, .field_count = 2, .fields = fields };
	akt_wire_fault fault = { "", NULL, 0 };
	int r = akt_wire_check(&type, &fault);

	if (r < 0)
		ck_assert_ptr_eq(fault.field, &fields[1]);
	if (ret_text != NULL)
		*ret_text = fault.text;
	return r;
}

/* Any code of the wire refuses the table, and the struct stays as it is. */
static void check_useless(const akt_msg_type *type)
{
	akt_msg *msg = NULL;
	char text[16];

	ck_assert_int_eq(akt_wire_check(type, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_decode(type, "\x10\x01", 2, &msg, NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(akt_wire_proto(type, text, sizeof(text), NULL), AKT_ERR_INVALID);
	if (type != NULL && type->size > 0 && type->size < 64) {
		msg = akt_msg_new(type, NULL);
		ck_assert_int_eq(akt_wire_encode(msg, text, sizeof(text), NULL), AKT_ERR_INVALID);
		akt_msg_free(msg);
	}
}

START_TEST(good_tables_are_good)
{
	ck_assert_int_eq(akt_wire_check(AKT_TYPE_OF(everything), NULL), 0);
	ck_assert_int_eq(akt_wire_check(AKT_TYPE_OF(poke), NULL), 0);
}
END_TEST

START_TEST(numbers_are_in_range_and_rise)
{
	const char *text;

	ck_assert_int_eq(check(0, 8, 4, AKT_KIND_INT, &text), AKT_ERR_INVALID);
	ck_assert_str_eq(text, "field numbers go from 1 to 2^29-1");
	ck_assert_int_eq(check(1, 8, 4, AKT_KIND_INT, &text), AKT_ERR_INVALID);
	ck_assert_str_eq(text, "field numbers must rise from row to row");
	ck_assert_int_eq(check(2, 8, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 8, 4, AKT_KIND_INT, NULL), 0);
	ck_assert_int_eq(check(18999, 8, 4, AKT_KIND_INT, NULL), 0);
	ck_assert_int_eq(check(19000, 8, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(19999, 8, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(20000, 8, 4, AKT_KIND_INT, NULL), 0);
	ck_assert_int_eq(check(AKT_WIRE_MAX_NUMBER, 8, 4, AKT_KIND_INT, NULL), 0);
	ck_assert_int_eq(check(AKT_WIRE_MAX_NUMBER + 1, 8, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(UINT32_MAX, 8, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
}
END_TEST

START_TEST(fields_lie_inside_and_beside_each_other)
{
	const char *text;

	ck_assert_int_eq(check(3, 28, 4, AKT_KIND_INT, NULL), 0);
	ck_assert_int_eq(check(3, 29, 4, AKT_KIND_INT, &text), AKT_ERR_INVALID);
	ck_assert_str_eq(text, "the field is not inside of its struct");
	ck_assert_int_eq(check(3, 33, 1, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, UINT32_MAX, 4, AKT_KIND_INT, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 8, UINT32_MAX, AKT_KIND_BYTES, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 8, 24, AKT_KIND_BYTES, NULL), 0);
	ck_assert_int_eq(check(3, 8, 25, AKT_KIND_BYTES, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 7, 1, AKT_KIND_INT, &text), AKT_ERR_INVALID);
	ck_assert_str_eq(text, "the field lies over another");
	ck_assert_int_eq(check(3, 0, 16, AKT_KIND_BYTES, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 0, 1, AKT_KIND_BYTES, NULL), AKT_ERR_INVALID);
}
END_TEST

START_TEST(sizes_are_those_that_the_kind_can_have)
{
	static const uint32_t fits[][8] = {
		[AKT_KIND_BOOL] = { 1 },
		[AKT_KIND_INT] = { 1, 2, 4, 8 },
		[AKT_KIND_UINT] = { 1, 2, 4, 8 },
		[AKT_KIND_FLOAT] = { 4, 8 },
		[AKT_KIND_REF] = { sizeof(akt_ref) },
	};

	for (int kind = AKT_KIND_BOOL; kind <= AKT_KIND_REF; kind++) {
		bool array = kind == AKT_KIND_STRING || kind == AKT_KIND_BYTES;

		for (uint32_t size = 0; size <= 24; size++) {
			bool good = array && size > 0;

			for (size_t i = 0; i < 8 && size > 0; i++)
				good |= fits[kind][i] == size;
			ck_assert_msg(check(3, 8, size, kind, NULL) == (good ? 0 : AKT_ERR_INVALID),
				      "kind %d, %u bytes", kind, size);
		}
	}
	ck_assert_int_eq(check(3, 8, 4, AKT_KIND_OPAQUE, NULL), AKT_ERR_LOCAL);
	ck_assert_int_eq(check(3, 30, 4, AKT_KIND_OPAQUE, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 8, 4, AKT_KIND_REF + 1, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(check(3, 8, 4, -1, NULL), AKT_ERR_INVALID);
}
END_TEST

START_TEST(no_call_works_with_a_wrong_table)
{
	const akt_field outside = { "outside", 2, 30, 8, AKT_KIND_INT };
	const akt_field twice[] = { { "a", 2, 0, 4, AKT_KIND_INT },
				    { "b", 2, 4, 4, AKT_KIND_INT } };
	const akt_field nameless = { NULL, 1, 0, 4, AKT_KIND_INT };
	const akt_msg_type types[] = {
		{ .name = "t", .size = 32, .field_count = 1, .fields = &outside },
		{ .name = "t", .size = 32, .field_count = 2, .fields = twice },
		{ .name = "t", .size = 32, .field_count = 1, .fields = &nameless },
		{ .name = "t", .size = 0, .field_count = 2, .fields = twice },
		{ .name = "t", .size = 32, .field_count = 1 },
		{ .name = NULL, .size = 32, .field_count = 1, .fields = twice },
		{ .name = "t",
		  .size = (uint32_t)AKT_MSG_MAX_BYTES + 1,
		  .field_count = 1,
		  .fields = twice },
	};
	const akt_msg_type bare = { .name = "t", .size = 4 };

	for (size_t i = 0; i < AKTI_COUNT_OF(types); i++)
		check_useless(&types[i]);
	/* A struct of which nothing would arrive. */
	ck_assert_int_eq(akt_wire_check(&bare, NULL), AKT_ERR_LOCAL);
}
END_TEST

START_TEST(tables_have_so_many_rows_and_no_more)
{
	static akt_field fields[AKT_WIRE_MAX_FIELDS + 1];
	akt_msg_type type = { .name = "wide",
			      .size = sizeof(fields) / sizeof(fields[0]),
			      .fields = fields };

	for (uint32_t i = 0; i < AKTI_COUNT_OF(fields); i++)
		fields[i] = (akt_field){ "f", i + 1, i, 1, AKT_KIND_UINT };
	type.field_count = AKT_WIRE_MAX_FIELDS - 1;
	ck_assert_int_eq(akt_wire_check(&type, NULL), 0);
	type.field_count = AKT_WIRE_MAX_FIELDS;
	ck_assert_int_eq(akt_wire_check(&type, NULL), 0);
	type.field_count = AKT_WIRE_MAX_FIELDS + 1;
	check_useless(&type);
}
END_TEST

static const char everything_proto[] =
	"syntax = \"proto3\";\n"
	"package test.wire;\n"
	"import \"akt/ref.proto\";\n"
	"\n"
	"message everything {\n"
	"  bool yes = 1;\n"
	"  int32 i8 = 2; // -128 to 127\n"
	"  int32 i16 = 3; // -32768 to 32767\n"
	"  int32 i32 = 4;\n"
	"  int64 i64 = 5;\n"
	"  uint32 u8 = 6; // 0 to 255\n"
	"  uint32 u16 = 7; // 0 to 65535\n"
	"  uint32 u32 = 8;\n"
	"  uint64 u64 = 9;\n"
	"  float f32 = 10;\n"
	"  double f64 = 11;\n"
	"  string text = 15; // at most 16 bytes\n"
	"  bytes bytes = 16; // 9 bytes; fewer are padded with zeros\n"
	"  .akt.Ref ref = 18999;\n"
	"  int32 letter = 20000; // -128 to 127\n"
	"  bytes byte_array = 536870911; // 1 bytes; fewer are padded with zeros\n"
	"}\n";

START_TEST(the_printed_proto_is_whole_or_cut_where_the_buffer_ends)
{
	char text[2048];
	size_t size = sizeof(everything_proto) - 1;

	ck_assert_int_eq(akt_wire_proto(AKT_TYPE_OF(everything), NULL, 0, NULL), (int)size);
	for (size_t n = 1; n <= size + 2; n++) {
		memset(text, 'x', sizeof(text));
		ck_assert_int_eq(akt_wire_proto(AKT_TYPE_OF(everything), text, n, NULL), (int)size);
		ck_assert_int_eq(text[n], 'x');
		ck_assert_uint_eq(strlen(text), n <= size ? n - 1 : size);
		ck_assert_mem_eq(text, everything_proto, strlen(text));
	}
	ck_assert_str_eq(text, everything_proto);
}
END_TEST

static unsigned dropped;

static void drop(const void *arg, void *object)
{
	(void)arg, (void)object;
	dropped++;
}

static int encode(const void *arg, const void *object, void *buffer, size_t capacity_bytes)
{
	(void)arg, (void)object;
	if (capacity_bytes >= 2)
		memcpy(buffer, "ob", 2);
	return 2;
}

static int make(const void *arg, const void *bytes, size_t size_bytes, void **ret_object)
{
	(void)arg, (void)bytes;
	if (size_bytes != 2)
		return AKT_ERR_REFUSED;
	*ret_object = &dropped;
	return 0;
}

START_TEST(codecs_are_whole_or_local_or_wrong)
{
	akt_codec codec = { drop, encode, make, NULL };
	const akt_field field = { "x", 1, 0, 4, AKT_KIND_INT };
	akt_msg_type type = { .name = "object", .codec = &codec };
	akt_msg *msg = akt_msg_new_object(&type, &dropped), *back = NULL;
	akt_wire_fault fault;
	char bytes[4];

	ck_assert_int_eq(akt_wire_check(&type, NULL), 0);
	ck_assert_int_eq(akt_wire_proto(&type, bytes, sizeof(bytes), NULL), AKT_ERR_UNSUPPORTED);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, 1, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, sizeof(bytes), NULL), 2);
	ck_assert_int_eq(akt_wire_decode(&type, bytes, 2, &back, NULL), 0);
	ck_assert_ptr_eq(akt_msg_object(back, &type), &dropped);
	akt_msg_free(back);
	back = NULL;
	ck_assert_int_eq(akt_wire_decode(&type, bytes, 1, &back, &fault), AKT_ERR_REFUSED);
	ck_assert_str_eq(fault.text, "its codec refuses the bytes");
	ck_assert_uint_eq(dropped, 1);

	codec.encode = NULL;
	ck_assert_int_eq(akt_wire_check(&type, NULL), AKT_ERR_LOCAL);
	ck_assert_int_eq(akt_wire_size(msg, NULL), AKT_ERR_LOCAL);
	codec.encode = encode;
	codec.decode = NULL;
	ck_assert_int_eq(akt_wire_decode(&type, bytes, 2, &back, NULL), AKT_ERR_LOCAL);
	codec.decode = make;
	codec.drop = NULL;
	ck_assert_int_eq(akt_wire_check(&type, NULL), AKT_ERR_INVALID);
	codec.drop = drop;
	type.size = 4;
	ck_assert_int_eq(akt_wire_check(&type, NULL), AKT_ERR_INVALID);
	type.size = 0;
	type.field_count = 1;
	type.fields = &field;
	ck_assert_int_eq(akt_wire_check(&type, NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(back);
	akt_msg_free(msg);
	ck_assert_uint_eq(dropped, 2);
}
END_TEST

START_TEST(names_that_no_proto_file_can_have_are_refused)
{
	static const struct {
		const char *name;
		bool good;
	} names[] = { { "a", true },        { "a.b", true },   { "a1._b.C9", true },
		      { "", false },        { ".", false },    { "a.", false },
		      { ".a", false },      { "a..b", false }, { "1a", false },
		      { "a.1", false },     { "a-b", false },  { "a b", false },
		      { "\xc3\xa4", false } };
	char text[128];

	for (size_t i = 0; i < AKTI_COUNT_OF(names); i++) {
		akt_msg_type type = { .name = names[i].name };
		int r = akt_wire_proto(&type, text, sizeof(text), NULL);

		ck_assert_msg(names[i].good ? r > 0 : r == AKT_ERR_INVALID, "'%s'", names[i].name);
	}
}
END_TEST

START_TEST(members_of_members_get_names_of_letters)
{
	static const akt_field field = { "at.x[1]", 1, 0, 4, AKT_KIND_INT };
	static const akt_msg_type type = {
		.name = "m", .size = 4, .field_count = 1, .fields = &field
	};
	char text[128];

	ck_assert_int_gt(akt_wire_proto(&type, text, sizeof(text), NULL), 0);
	ck_assert_str_eq(text, "syntax = \"proto3\";\n\nmessage m {\n  int32 at_x_1_ = 1;\n}\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire-check");
	TCase *tcase = tcase_create("check");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, good_tables_are_good);
	tcase_add_test(tcase, numbers_are_in_range_and_rise);
	tcase_add_test(tcase, fields_lie_inside_and_beside_each_other);
	tcase_add_test(tcase, sizes_are_those_that_the_kind_can_have);
	tcase_add_test(tcase, no_call_works_with_a_wrong_table);
	tcase_add_test(tcase, tables_have_so_many_rows_and_no_more);
	tcase_add_test(tcase, the_printed_proto_is_whole_or_cut_where_the_buffer_ends);
	tcase_add_test(tcase, codecs_are_whole_or_local_or_wrong);
	tcase_add_test(tcase, names_that_no_proto_file_can_have_are_refused);
	tcase_add_test(tcase, members_of_members_get_names_of_letters);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
