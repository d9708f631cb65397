/* SPDX-License-Identifier: MIT */
/* A message with a field of every kind and size, out of alignment, and values for it. The other
 * side of the comparison is everything.proto. */
#ifndef TEST_WIRE_TYPES_H
#define TEST_WIRE_TYPES_H

#include "harness.h"
#include <akt/wire.h>

struct __attribute__((packed)) everything {
	bool yes;
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	float f32;
	double f64;
	char text[17];
	unsigned char bytes[9];
	akt_ref ref;
	char letter;
	uint8_t byte_array[1];
};
AKT_MESSAGE_DECLARE(everything);

#define EVERYTHING_DEFINE                                                                          \
	AKT_MESSAGE_DEFINE(everything, "test.wire.everything", AKT_FIELD(1, everything, yes),      \
			   AKT_FIELD(2, everything, i8), AKT_FIELD(3, everything, i16),            \
			   AKT_FIELD(4, everything, i32), AKT_FIELD(5, everything, i64),           \
			   AKT_FIELD(6, everything, u8), AKT_FIELD(7, everything, u16),            \
			   AKT_FIELD(8, everything, u32), AKT_FIELD(9, everything, u64),           \
			   AKT_FIELD(10, everything, f32), AKT_FIELD(11, everything, f64),         \
			   AKT_FIELD(15, everything, text), AKT_FIELD(16, everything, bytes),      \
			   AKT_FIELD(18999, everything, ref),                                      \
			   AKT_FIELD(20000, everything, letter),                                   \
			   AKT_FIELD(536870911, everything, byte_array))

/* Most bytes that one takes on the wire. */
#define EVERYTHING_MAX_BYTES 256

/* Zero, the ends of the range, few bits, or any bits: what a number of so many bytes may be. */
static inline uint64_t draw_number(uint64_t *random, size_t size_bytes)
{
	uint64_t top = UINT64_C(1) << (8 * size_bytes - 1);

	switch (draw(random) % 8) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return top;
	case 3:
		return top - 1;
	case 4:
		return UINT64_MAX;
	case 5:
		return UINT64_C(1) << draw(random) % (8 * size_bytes);
	case 6:
		return (UINT64_C(1) << draw(random) % (8 * size_bytes)) - 1;
	default:
		return draw(random);
	}
}

static inline void draw_into(uint64_t *random, void *at, size_t size_bytes)
{
	uint64_t value = draw_number(random, size_bytes);

	memcpy(at, &value, size_bytes); /* the low end of the machines that tests run on */
}

/* Printable text of 0 to room-1 bytes, and its NUL; zeros after it. */
static inline void draw_text(uint64_t *random, char *at, size_t room)
{
	size_t n = (size_t)(draw(random) % room);

	memset(at, 0, room);
	for (size_t i = 0; i < n; i++)
		at[i] = (char)(' ' + draw(random) % 95);
}

static inline void draw_bytes(uint64_t *random, unsigned char *at, size_t room)
{
	bool any = draw(random) % 4 != 0;

	for (size_t i = 0; i < room; i++)
		at[i] = any ? (unsigned char)draw(random) : 0;
}

/* Neither NaN nor -0: for comparisons with programs that are not as exact about those. */
static inline double draw_real(uint64_t *random)
{
	return draw(random) % 4 == 0 ? 0 : (double)(int64_t)draw_number(random, 8) / 1024;
}

static inline struct everything draw_everything(uint64_t *random)
{
	struct everything m;
	akt_ref ref;
	bool yes = draw(random) % 2 != 0;
	float f32 = (float)draw_real(random);
	double f64 = draw_real(random);

	memset(&m, 0, sizeof(m));
	m.yes = yes;
	draw_into(random, &m.i8, sizeof(m.i8));
	draw_into(random, &m.i16, sizeof(m.i16));
	draw_into(random, &m.i32, sizeof(m.i32));
	draw_into(random, &m.i64, sizeof(m.i64));
	draw_into(random, &m.u8, sizeof(m.u8));
	draw_into(random, &m.u16, sizeof(m.u16));
	draw_into(random, &m.u32, sizeof(m.u32));
	draw_into(random, &m.u64, sizeof(m.u64));
	memcpy(&m.f32, &f32, sizeof(f32));
	memcpy(&m.f64, &f64, sizeof(f64));
	draw_text(random, m.text, sizeof(m.text));
	draw_bytes(random, m.bytes, sizeof(m.bytes));
	draw_into(random, &ref.slot, sizeof(ref.slot));
	draw_into(random, &ref.gen, sizeof(ref.gen));
	draw_into(random, &ref.node, sizeof(ref.node));
	memcpy(&m.ref, &ref, sizeof(ref));
	draw_into(random, &m.letter, sizeof(m.letter));
	draw_bytes(random, m.byte_array, sizeof(m.byte_array));
	return m;
}

/* A copy in a block of exactly its size, so that sanitizers see one byte too many. */
static inline unsigned char *exact(const void *bytes, size_t size_bytes)
{
	unsigned char *copy = malloc(size_bytes == 0 ? 1 : size_bytes);

	ck_assert_ptr_nonnull(copy);
	if (size_bytes > 0)
		memcpy(copy, bytes, size_bytes);
	return copy;
}

/* Decode from exactly these bytes. */
static inline int decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
			 akt_msg **ret_msg)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	unsigned char *copy = exact(bytes, size_bytes);
	int r;

	*ret_msg = NULL;
	r = akt_wire_decode(type, copy, size_bytes, ret_msg, &fault);
	free(copy);
	ck_assert((r == 0) == (*ret_msg != NULL));
	ck_assert((r == 0) == (fault.text == NULL));
	ck_assert_uint_le(fault.offset_bytes, size_bytes);
	return r;
}

/* Nothing zero: every field is on the wire. */
static inline size_t full(unsigned char bytes[EVERYTHING_MAX_BYTES])
{
	static const struct everything m = { true,    -8,          -16, -32,  -64, 8,
					     16,      32,          64,  1.5f, 2.5, "some text",
					     "bytes", { 1, 2, 3 }, 'c', { 7 } };
	akt_msg *msg = AKT_NEW_FROM(everything, m);
	int size = akt_wire_encode(msg, bytes, EVERYTHING_MAX_BYTES, NULL);

	ck_assert_int_gt(size, 0);
	akt_msg_free(msg);
	return (size_t)size;
}

#endif
