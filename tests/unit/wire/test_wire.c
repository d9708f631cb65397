/* SPDX-License-Identifier: MIT */
/* Proves: what is encoded is decoded again, for every kind and size and for random tables out of
 * alignment; the bytes are those of Protocol Buffers; what is malformed or does not fit is refused,
 * and a message that must not leave does not. Not: that other implementations agree
 * (test_protobuf_c.c, tests/system/wire.sh); damaged and random bytes (test_hostile.c). */
#include "types.h"
#include "actor/message.h"

EVERYTHING_DEFINE;

struct small {
	int32_t number;
	char text[8];
	unsigned char bytes[4];
	akt_ref ref;
};
AKT_MESSAGE_DEFINE(small, "test.small", AKT_FIELD(1, small, number), AKT_FIELD(2, small, text),
		   AKT_FIELD(3, small, bytes), AKT_FIELD(4, small, ref));
AKT_SIGNAL_DEFINE(poke, "test.poke");

struct pointing {
	uint32_t number;
	char *text;
	unsigned char *bytes;
	const char *name;
	int32_t many[3];
};
AKT_MESSAGE_DEFINE(pointing, "test.pointing", AKT_FIELD(1, pointing, number),
		   AKT_FIELD(2, pointing, text), AKT_FIELD(3, pointing, bytes),
		   AKT_FIELD(4, pointing, name), AKT_FIELD(5, pointing, many));

/* The error of bytes written as a literal. */
#define REFUSED(tag, literal) refused(AKT_TYPE_OF(tag), literal, sizeof(literal) - 1)
static int refused(const akt_msg_type *type, const char *bytes, size_t size_bytes)
{
	akt_msg *msg;
	int r = decode(type, bytes, size_bytes, &msg);

	akt_msg_free(msg);
	return r;
}

#define SMALL(literal) small_of(literal, sizeof(literal) - 1)
static struct small small_of(const char *bytes, size_t size_bytes)
{
	struct small m;
	akt_msg *msg;

	ck_assert_int_eq(decode(AKT_TYPE_OF(small), bytes, size_bytes, &msg), 0);
	m = *akt_payload(msg, small);
	akt_msg_free(msg);
	return m;
}

#define ENCODES(m, literal) encodes(&(m), literal, sizeof(literal) - 1)
static void encodes(const struct small *m, const char *bytes, size_t size_bytes)
{
	akt_msg *msg = akt_msg_new(AKT_TYPE_OF(small), m);
	unsigned char *got = exact("", 0);

	ck_assert_int_eq(akt_wire_size(msg, NULL), (int)size_bytes);
	free(got);
	got = malloc(size_bytes + 1);
	ck_assert_int_eq(akt_wire_encode(msg, got, size_bytes, NULL), (int)size_bytes);
	ck_assert_mem_eq(got, bytes, size_bytes);
	free(got);
	akt_msg_free(msg);
}

/* --- there and back ---------------------------------------------------------------------------- */

/* A table of its own for each seed. */
struct table {
	akt_field fields[40];
	akt_msg_type type;
};

static uint32_t draw_size(uint64_t *random, enum akt_kind kind)
{
	static const uint32_t ints[] = { 1, 2, 4, 8 };

	switch (kind) {
	case AKT_KIND_BOOL:
		return 1;
	case AKT_KIND_INT:
	case AKT_KIND_UINT:
		return ints[draw(random) % 4];
	case AKT_KIND_FLOAT:
		return ints[2 + draw(random) % 2];
	case AKT_KIND_REF:
		return sizeof(akt_ref);
	default:
		return 1 + (uint32_t)(draw(random) % (draw(random) % 8 == 0 ? 300 : 20));
	}
}

static void draw_table(uint64_t *random, struct table *table)
{
	uint32_t number = 0, offset = 0;
	uint32_t count = 1 + (uint32_t)(draw(random) % AKTI_COUNT_OF(table->fields));

	for (uint32_t i = 0; i < count; i++) {
		akt_field *field = &table->fields[i];

		number += 1 + (uint32_t)(draw(random) % (draw(random) % 8 == 0 ? 400000 : 3));
		if (number >= AKT_WIRE_RESERVED_FIRST && number <= AKT_WIRE_RESERVED_LAST)
			number = AKT_WIRE_RESERVED_LAST + 1;
		offset += (uint32_t)(draw(random) % 4);
		field->name = "field";
		field->number = number;
		field->kind = (enum akt_kind)(1 + draw(random) % 7);
		field->size = draw_size(random, field->kind);
		field->offset = offset;
		offset += field->size;
	}
	table->type = (akt_msg_type){
		.name = "test.random", .size = offset, .field_count = count, .fields = table->fields
	};
}

static void draw_value(uint64_t *random, const akt_field *field, unsigned char *at)
{
	akt_ref ref;

	switch (field->kind) {
	case AKT_KIND_BOOL:
		*at = (unsigned char)(draw(random) % 2);
		break;
	case AKT_KIND_STRING:
		draw_text(random, (char *)at, field->size);
		break;
	case AKT_KIND_BYTES:
		draw_bytes(random, at, field->size);
		break;
	case AKT_KIND_REF:
		draw_into(random, &ref.slot, sizeof(ref.slot));
		draw_into(random, &ref.gen, sizeof(ref.gen));
		draw_into(random, &ref.node, sizeof(ref.node));
		memcpy(at, &ref, sizeof(ref));
		break;
	default: /* any bits are a float */
		draw_into(random, at, field->size);
		break;
	}
}

static void there_and_back(uint64_t seed)
{
	uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
	struct table table;
	akt_msg *msg, *back;
	unsigned char *bytes;
	int size;

	draw_table(&random, &table);
	ck_assert_int_eq(akt_wire_check(&table.type, NULL), 0);
	msg = akt_msg_new(&table.type, NULL);
	for (uint32_t i = 0; i < table.type.field_count; i++)
		draw_value(&random, &table.fields[i],
			   (unsigned char *)akt_msg_bytes(msg) + table.fields[i].offset);
	size = akt_wire_size(msg, NULL);
	ck_assert_int_ge(size, 0);
	bytes = exact("", 0);
	if (size > 0) {
		free(bytes);
		bytes = malloc((size_t)size);
		ck_assert_int_eq(akt_wire_encode(msg, bytes, (size_t)size - 1, NULL),
				 AKT_ERR_LIMIT);
	}
	ck_assert_int_eq(akt_wire_encode(msg, bytes, (size_t)size, NULL), size);
	ck_assert_int_eq(decode(&table.type, bytes, (size_t)size, &back), 0);
	ck_assert_msg(memcmp(akt_msg_bytes(msg), akt_msg_bytes(back), table.type.size) == 0,
		      "seed %llu", (unsigned long long)seed);
	free(bytes);
	akt_msg_free(msg);
	akt_msg_free(back);
}

START_TEST(every_kind_and_size_comes_back_from_random_tables)
{
	for (uint64_t seed = 1; seed <= 20000 / SLOW; seed++)
		there_and_back(seed);
}
END_TEST

START_TEST(every_kind_comes_back_from_an_unaligned_struct)
{
	uint64_t random = 7;

	for (unsigned i = 0; i < 20000 / SLOW; i++) {
		struct everything m = draw_everything(&random);
		unsigned char bytes[EVERYTHING_MAX_BYTES];
		akt_msg *msg = AKT_NEW_FROM(everything, m), *back;
		int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);

		ck_assert_int_ge(size, 0);
		ck_assert_int_eq(decode(AKT_TYPE_OF(everything), bytes, (size_t)size, &back), 0);
		ck_assert_mem_eq(akt_msg_bytes(back), &m, sizeof(m));
		akt_msg_free(msg);
		akt_msg_free(back);
	}
}
END_TEST

/* --- the bytes --------------------------------------------------------------------------------- */

START_TEST(bytes_are_those_that_protobuf_documents)
{
	struct small m = { 0 };

	ENCODES(m, "");
	m.number = 150;
	ENCODES(m, "\x08\x96\x01");
	m.number = -1;
	ENCODES(m, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	m.number = INT32_MIN;
	ENCODES(m, "\x08\x80\x80\x80\x80\xf8\xff\xff\xff\xff\x01");
	m.number = INT32_MAX;
	ENCODES(m, "\x08\xff\xff\xff\xff\x07");
	m.number = 0;
	memcpy(m.text, "testing", 8);
	ENCODES(m, "\x12\x07testing");
	memcpy(m.text, "to\0junk", 8);
	ENCODES(m, "\x12\x02to");
	m.text[0] = '\0';
	m.bytes[3] = 9;
	ENCODES(m, "\x1a\x04\0\0\0\x09");
	m.bytes[3] = 0;
	m.ref.slot = 1;
	ENCODES(m, "\x22\x02\x08\x01");
	m.ref.gen = 300;
	m.ref.node = UINT64_C(0x0807060504030201);
	ENCODES(m, "\x22\x0e\x08\x01\x10\xac\x02\x19\x01\x02\x03\x04\x05\x06\x07\x08");
}
END_TEST

START_TEST(floats_keep_all_their_bits)
{
	static const uint64_t bits[] = { 0, UINT64_C(1) << 63, UINT64_C(0x7ff8000000001234),
					 UINT64_C(0xfff0000000000000), 1 };
	static const akt_field fields[] = { { "f", 1, 0, 4, AKT_KIND_FLOAT },
					    { "d", 2, 4, 8, AKT_KIND_FLOAT } };
	static const akt_msg_type type = {
		.name = "f", .size = 12, .field_count = 2, .fields = fields
	};

	for (size_t i = 0; i < AKTI_COUNT_OF(bits); i++) {
		unsigned char m[12], bytes[32];
		uint32_t high = (uint32_t)(bits[i] >> 32);
		akt_msg *msg, *back;
		int size;

		memcpy(m, &high, 4);
		memcpy(m + 4, &bits[i], 8);
		msg = akt_msg_new(&type, m);
		size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
		ck_assert_int_eq(size, (high != 0 ? 5 : 0) + (bits[i] != 0 ? 9 : 0));
		ck_assert_int_eq(decode(&type, bytes, (size_t)size, &back), 0);
		ck_assert_mem_eq(akt_msg_bytes(back), m, sizeof(m));
		akt_msg_free(msg);
		akt_msg_free(back);
	}
}
END_TEST

START_TEST(what_does_not_come_is_zero_and_the_last_one_wins)
{
	struct small m = SMALL("");

	ck_assert_int_eq(m.number, 0);
	ck_assert_str_eq(m.text, "");
	ck_assert(akt_ref_is_null(m.ref));
	m = SMALL("\x08\x05\x12\x06longer\x08\x07\x12\x01x");
	ck_assert_int_eq(m.number, 7);
	ck_assert_mem_eq(m.text, "x\0\0\0\0\0\0\0", 8);
	m = SMALL("\x1a\x04\1\2\3\4\x1a\x02\5\6");
	ck_assert_mem_eq(m.bytes, "\5\6\0\0", 4);
	m = SMALL("\x08\x05\x08\x00"); /* a zero that was written counts */
	ck_assert_int_eq(m.number, 0);
}
END_TEST

START_TEST(a_reference_that_comes_twice_is_merged)
{
	struct small m = SMALL("\x22\x04\x08\x01\x10\x02\x22\x0b\x08\x07\x19\x01\0\0\0\0\0\0\0");

	ck_assert_uint_eq(m.ref.slot, 7);
	ck_assert_uint_eq(m.ref.gen, 2);
	ck_assert_uint_eq(m.ref.node, 1);
}
END_TEST

START_TEST(fields_come_in_any_order_and_with_idle_bytes)
{
	struct small m = SMALL("\x22\x02\x08\x01\x12\x01y\x08\x81\x80\x00\x1a\x01z");

	ck_assert_int_eq(m.number, 1);
	ck_assert_str_eq(m.text, "y");
	ck_assert_int_eq(m.bytes[0], 'z');
	ck_assert_uint_eq(m.ref.slot, 1);
	/* A tag may be longer than it has to be. */
	ck_assert_int_eq(SMALL("\x88\x80\x00\x02").number, 2);
}
END_TEST

START_TEST(unknown_fields_of_every_wire_type_are_skipped)
{
	ck_assert_int_eq(SMALL("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\x29\1\2\3\4\5\6\7\x08\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\x2a\x03\x08\x09\x08\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\x2a\x00\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\x2d\1\2\3\x08\x08\x01").number, 1);
	/* A group, with a known number inside, and one in one. */
	ck_assert_int_eq(SMALL("\x2b\x08\x07\x2c\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\x2b\x0b\x12\x01x\x0c\x33\x34\x2c\x08\x01").number, 1);
	ck_assert_int_eq(SMALL("\xf8\xff\xff\xff\x0f\x01\x08\x01").number, 1); /* 2^29-1 */
	/* In a reference too. */
	ck_assert_uint_eq(SMALL("\x22\x06\x23\x08\x07\x24\x08\x03").ref.slot, 3);
}
END_TEST

START_TEST(groups_nest_so_deep_and_no_deeper)
{
	unsigned char bytes[2 * (AKT_WIRE_MAX_DEPTH + 1)];

	for (unsigned depth = AKT_WIRE_MAX_DEPTH - 1; depth <= AKT_WIRE_MAX_DEPTH + 1; depth++) {
		memset(bytes, 0x2b, depth);
		memset(bytes + depth, 0x2c, depth);
		ck_assert_int_eq(refused(AKT_TYPE_OF(small), (char *)bytes, 2 * depth),
				 depth <= AKT_WIRE_MAX_DEPTH ? 0 : AKT_ERR_FORMAT);
	}
}
END_TEST

/* --- what is refused --------------------------------------------------------------------------- */

START_TEST(malformed_bytes_are_refused)
{
	ck_assert_int_eq(REFUSED(small, "\x08"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x80"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x12\x05xx"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"),
			 AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x29\1\2\3\4\5\6\7"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2d\1\2\3"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
			 AKT_ERR_FORMAT);
	/* Number 0, 2^29, and one of 61 bits. */
	ck_assert_int_eq(REFUSED(small, "\x00\x00"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x80\x80\x80\x80\x10\x00"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x88\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00"),
			 AKT_ERR_FORMAT);
	/* Wire types 6 and 7; the end of no group, of another, of none before the end. */
	ck_assert_int_eq(REFUSED(small, "\x2e\x00"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2f\x00"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2c"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2b\x34"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2b\x08\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x2b\x00\x00\x2c"), AKT_ERR_FORMAT);
	/* Inside of a reference. */
	ck_assert_int_eq(REFUSED(small, "\x22\x01\x08"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x22\x02\x0d\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x22\x02\x18\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x22\x06\x08\x80\x80\x80\x80\x10"), AKT_ERR_FORMAT);
}
END_TEST

START_TEST(a_known_number_of_another_kind_is_refused)
{
	ck_assert_int_eq(REFUSED(small, "\x09\1\2\3\4\5\6\7\x08"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x0a\x01\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x0b\x0c"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x0d\1\2\3\4"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x10\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x18\x01"), AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x20\x01"), AKT_ERR_FORMAT);
}
END_TEST

/* One field of a kind and size, given `value` as a varint. */
static int take(enum akt_kind kind, uint32_t size, uint64_t value)
{
	akt_field field = { "n", 1, 0, size, kind };
	akt_msg_type type = { .name = "n", .size = size, .field_count = 1, .fields = &field };
	unsigned char bytes[11] = { 0x08 };
	size_t n = 1;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (unsigned char)(value | 0x80);
	bytes[n++] = (unsigned char)value;
	return refused(&type, (char *)bytes, n);
}

START_TEST(numbers_fit_their_fields_or_are_refused)
{
	static const uint32_t sizes[] = { 1, 2, 4 };

	for (size_t i = 0; i < AKTI_COUNT_OF(sizes); i++) {
		uint32_t size = sizes[i];
		uint64_t half = UINT64_C(1) << (8 * size - 1);

		ck_assert_int_eq(take(AKT_KIND_INT, size, half - 2), 0);
		ck_assert_int_eq(take(AKT_KIND_INT, size, half - 1), 0);
		ck_assert_int_eq(take(AKT_KIND_INT, size, half), AKT_ERR_FORMAT);
		ck_assert_int_eq(take(AKT_KIND_INT, size, 0 - half + 1), 0);
		ck_assert_int_eq(take(AKT_KIND_INT, size, 0 - half), 0);
		ck_assert_int_eq(take(AKT_KIND_INT, size, 0 - half - 1), AKT_ERR_FORMAT);
		ck_assert_int_eq(take(AKT_KIND_INT, size, UINT64_C(1) << 63), AKT_ERR_FORMAT);
		ck_assert_int_eq(take(AKT_KIND_UINT, size, 2 * half - 2), 0);
		ck_assert_int_eq(take(AKT_KIND_UINT, size, 2 * half - 1), 0);
		ck_assert_int_eq(take(AKT_KIND_UINT, size, 2 * half), AKT_ERR_FORMAT);
		ck_assert_int_eq(take(AKT_KIND_UINT, size, UINT64_MAX), AKT_ERR_FORMAT);
	}
	ck_assert_int_eq(take(AKT_KIND_INT, 8, UINT64_C(1) << 63), 0);
	ck_assert_int_eq(take(AKT_KIND_UINT, 8, UINT64_MAX), 0);
	ck_assert_int_eq(take(AKT_KIND_BOOL, 1, UINT64_C(1) << 40), 0); /* as others: true */
}
END_TEST

START_TEST(texts_and_bytes_fit_their_arrays_or_are_refused)
{
	struct small m = SMALL("\x12\x07sevens!");
	akt_wire_fault fault = { NULL, NULL, 0 };
	akt_msg *msg;

	ck_assert_str_eq(m.text, "sevens!");
	ck_assert_int_eq(REFUSED(small, "\x12\x08"
					"eight is"),
			 AKT_ERR_FORMAT);
	ck_assert_int_eq(REFUSED(small, "\x12\x02"
					"a\0"),
			 AKT_ERR_FORMAT);
	m = SMALL("\x1a\x03\1\2\3");
	ck_assert_mem_eq(m.bytes, "\1\2\3\0", 4);
	m = SMALL("\x1a\x04\1\2\3\4");
	ck_assert_mem_eq(m.bytes, "\1\2\3\4", 4);
	ck_assert_int_eq(REFUSED(small, "\x1a\x05\1\2\3\4\5"), AKT_ERR_FORMAT);
	/* A text without its NUL does not leave. */
	memcpy(m.text, "12345678", 8);
	msg = AKT_NEW_FROM(small, m);
	ck_assert_int_eq(akt_wire_size(msg, &fault), AKT_ERR_INVALID);
	ck_assert_ptr_eq(fault.field, &akt_fields_small[1]);
	akt_msg_free(msg);
}
END_TEST

START_TEST(a_fault_says_where)
{
	static const char bytes[] = "\x08\x01\x12\x08"
				    "eight is";
	akt_wire_fault fault;
	akt_msg *msg = NULL;

	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(small), bytes, sizeof(bytes) - 1, &msg,
					 &fault),
			 AKT_ERR_FORMAT);
	ck_assert_ptr_null(msg);
	ck_assert_str_eq(fault.field->name, "text");
	ck_assert_uint_eq(fault.offset_bytes, 2);
	ck_assert_str_eq(fault.text, "the value is longer than its field");
}
END_TEST

/* --- types of size 0 --------------------------------------------------------------------------- */

START_TEST(bytes_and_signals_are_what_they_are)
{
	akt_msg *msg = AKT_NEW_SIGNAL(poke), *back;
	unsigned char bytes[8];

	ck_assert_int_eq(akt_wire_encode(msg, NULL, 0, NULL), 0);
	akt_msg_free(msg);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(poke), NULL, 0, &back, NULL), 0);
	ck_assert_uint_eq(akt_msg_size(back), 0);
	akt_msg_free(back);

	msg = akt_msg_new_bytes(AKT_TYPE_OF(poke), 5);
	memcpy(akt_msg_bytes(msg), "\0\xff\x08x\0", 5);
	ck_assert_int_eq(akt_wire_size(msg, NULL), 5);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, 4, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, 5, NULL), 5);
	ck_assert_int_eq(decode(AKT_TYPE_OF(poke), bytes, 5, &back), 0);
	ck_assert_uint_eq(akt_msg_size(back), 5);
	ck_assert_mem_eq(akt_msg_bytes(back), "\0\xff\x08x\0", 5);
	akt_msg_free(msg);
	akt_msg_free(back);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------------ */

START_TEST(a_buffer_is_filled_to_its_end_and_not_beyond)
{
	unsigned char want[EVERYTHING_MAX_BYTES], bytes[EVERYTHING_MAX_BYTES + 1];
	size_t size = full(want);
	akt_msg *msg;

	ck_assert_int_eq(decode(AKT_TYPE_OF(everything), want, size, &msg), 0);
	for (size_t n = 0; n <= size + 1; n++) {
		int r;

		memset(bytes, 0xee, sizeof(bytes));
		r = akt_wire_encode(msg, n == 0 ? NULL : bytes, n, NULL);
		ck_assert_int_eq(r, n < size ? AKT_ERR_LIMIT : (int)size);
		for (size_t i = n; i < sizeof(bytes); i++)
			ck_assert_uint_eq(bytes[i], 0xee);
	}
	ck_assert_mem_eq(bytes, want, size);
	akt_msg_free(msg);
}
END_TEST

START_TEST(messages_are_so_large_and_no_larger)
{
	/* A byte of tag and four of length stand before the value. */
	for (int over = -1; over <= 1; over++) {
		akt_field field = { "all", 1, 0, (uint32_t)((int)AKT_WIRE_MAX_BYTES - 5 + over),
				    AKT_KIND_BYTES };
		akt_msg_type type = {
			.name = "large", .size = field.size, .field_count = 1, .fields = &field
		};
		akt_msg *msg = akt_msg_new(&type, NULL), *back = NULL;
		unsigned char *bytes = malloc(AKT_WIRE_MAX_BYTES);
		int r;

		*((unsigned char *)akt_msg_bytes(msg) + field.size - 1) = 1;
		r = akt_wire_encode(msg, bytes, AKT_WIRE_MAX_BYTES, NULL);
		ck_assert_int_eq(r, over <= 0 ? (int)AKT_WIRE_MAX_BYTES + over : AKT_ERR_LIMIT);
		if (r >= 0) {
			ck_assert_int_eq(akt_wire_decode(&type, bytes, (size_t)r, &back, NULL), 0);
			ck_assert_mem_eq(akt_msg_bytes(msg), akt_msg_bytes(back), type.size);
		}
		akt_msg_free(msg);
		akt_msg_free(back);
		free(bytes);
	}
}
END_TEST

START_TEST(more_bytes_than_a_message_may_have_are_not_looked_at)
{
	akt_msg *msg = NULL;

	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(small), "", AKT_WIRE_MAX_BYTES + 1, &msg,
					 NULL),
			 AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(poke), "", AKT_WIRE_MAX_BYTES + 1, &msg, NULL),
			 AKT_ERR_LIMIT);
	ck_assert_ptr_null(msg);
}
END_TEST

/* --- misuse ------------------------------------------------------------------------------------ */

START_TEST(what_points_stays_at_home)
{
	struct pointing m = { .number = 1 };
	akt_msg *msg = AKT_NEW_FROM(pointing, m), *back = NULL;
	akt_wire_fault fault;
	char text[8];

	for (uint32_t i = 1; i < akt_message_pointing.field_count; i++)
		ck_assert_int_eq(akt_message_pointing.fields[i].kind, AKT_KIND_OPAQUE);
	ck_assert_int_eq(akt_wire_encode(msg, text, sizeof(text), &fault), AKT_ERR_LOCAL);
	ck_assert_str_eq(fault.field->name, "text");
	ck_assert_int_eq(akt_wire_size(msg, NULL), AKT_ERR_LOCAL);
	ck_assert_int_eq(akt_wire_check(AKT_TYPE_OF(pointing), NULL), AKT_ERR_LOCAL);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(pointing), "", 0, &back, NULL), AKT_ERR_LOCAL);
	ck_assert_int_eq(akt_wire_proto(AKT_TYPE_OF(pointing), text, sizeof(text), NULL),
			 AKT_ERR_LOCAL);
	ck_assert_ptr_null(back);
	akt_msg_free(msg);
}
END_TEST

START_TEST(null_arguments_are_named_errors)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	akt_msg *msg = NULL;
	akt_msg *value = AKT_NEW(small, .number = 1);
	char text[4] = "abc";

	ck_assert_int_eq(akt_wire_check(NULL, &fault), AKT_ERR_INVALID);
	ck_assert_ptr_nonnull(fault.text);
	ck_assert_int_eq(akt_wire_size(NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_encode(NULL, text, sizeof(text), NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_encode(value, NULL, 9, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_decode(NULL, "", 0, &msg, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(small), NULL, 1, &msg, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(small), "", 0, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_proto(NULL, text, sizeof(text), NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_wire_proto(AKT_TYPE_OF(small), NULL, 9, NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(msg);
	ck_assert_str_eq(text, "abc");
	akt_msg_free(value);
}
END_TEST

START_TEST(a_verdict_is_no_value)
{
	akt_msg *verdict = akti_msg_new_verdict(AKT_ERR_REFUSED, "no");

	ck_assert_int_eq(akt_wire_size(verdict, NULL), AKT_ERR_INVALID);
	akt_msg_free(verdict);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase = tcase_create("wire");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_kind_and_size_comes_back_from_random_tables);
	tcase_add_test(tcase, every_kind_comes_back_from_an_unaligned_struct);
	tcase_add_test(tcase, bytes_are_those_that_protobuf_documents);
	tcase_add_test(tcase, floats_keep_all_their_bits);
	tcase_add_test(tcase, what_does_not_come_is_zero_and_the_last_one_wins);
	tcase_add_test(tcase, a_reference_that_comes_twice_is_merged);
	tcase_add_test(tcase, fields_come_in_any_order_and_with_idle_bytes);
	tcase_add_test(tcase, unknown_fields_of_every_wire_type_are_skipped);
	tcase_add_test(tcase, groups_nest_so_deep_and_no_deeper);
	tcase_add_test(tcase, malformed_bytes_are_refused);
	tcase_add_test(tcase, a_known_number_of_another_kind_is_refused);
	tcase_add_test(tcase, numbers_fit_their_fields_or_are_refused);
	tcase_add_test(tcase, texts_and_bytes_fit_their_arrays_or_are_refused);
	tcase_add_test(tcase, a_fault_says_where);
	tcase_add_test(tcase, bytes_and_signals_are_what_they_are);
	tcase_add_test(tcase, a_buffer_is_filled_to_its_end_and_not_beyond);
	tcase_add_test(tcase, messages_are_so_large_and_no_larger);
	tcase_add_test(tcase, more_bytes_than_a_message_may_have_are_not_looked_at);
	tcase_add_test(tcase, what_points_stays_at_home);
	tcase_add_test(tcase, null_arguments_are_named_errors);
	tcase_add_test(tcase, a_verdict_is_no_value);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
