/* SPDX-License-Identifier: MIT */
/*
 * Proves: no bytes make the decoder of messages crash, leak, or write outside of the struct, whatever
 * the field table is; what it takes is encoded in as many bytes as announced and comes back as the
 * same. Not: what the values mean (tests/unit/wire).
 *
 * The first byte is how many rows of a table follow, of ROW_BYTES each; none: the one below, with
 * every kind and size. The rest is the message.
 *
 *	scripts/fuzz.sh 60 fuzz/wire.c
 */
#include <akt/wire.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 16u
#define ROW_BYTES 6u

struct every {
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
	char text[16];
	unsigned char bytes[8];
	akt_ref ref;
};
AKT_MESSAGE_DEFINE(every, "fuzz.every", AKT_FIELD(1, every, yes), AKT_FIELD(2, every, i8),
		   AKT_FIELD(3, every, i16), AKT_FIELD(4, every, i32), AKT_FIELD(5, every, i64),
		   AKT_FIELD(6, every, u8), AKT_FIELD(7, every, u16), AKT_FIELD(8, every, u32),
		   AKT_FIELD(9, every, u64), AKT_FIELD(10, every, f32), AKT_FIELD(11, every, f64),
		   AKT_FIELD(15, every, text), AKT_FIELD(16, every, bytes),
		   AKT_FIELD(2000, every, ref));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static akt_msg *decode(const akt_msg_type *type, const uint8_t *bytes, size_t size)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	akt_msg *msg = NULL;
	int r = akt_wire_decode(type, bytes, size, &msg, &fault);

	must((r == 0) == (msg != NULL) && (r < 0) == (fault.text != NULL));
	must(fault.offset_bytes <= size);
	return msg;
}

static uint8_t *encode(const akt_msg *msg, size_t *ret_size)
{
	int size = akt_wire_size(msg, NULL);
	uint8_t *bytes;

	must(size >= 0);
	bytes = malloc(size == 0 ? 1 : (size_t)size);
	must(bytes != NULL);
	must(akt_wire_encode(msg, bytes, (size_t)size, NULL) == size);
	*ret_size = (size_t)size;
	return bytes;
}

/* Fields that overlap spoil each other's values: then only memory is looked at. */
static void there_and_back(const akt_msg_type *type, const akt_msg *msg)
{
	bool sound = akt_wire_check(type, NULL) == 0;
	size_t size, again_size;
	uint8_t *bytes, *again;
	akt_msg *back;

	if (!sound && akt_wire_size(msg, NULL) < 0)
		return;
	bytes = encode(msg, &size);
	back = decode(type, bytes, size);
	if (sound) {
		must(back != NULL && akt_msg_size(back) == akt_msg_size(msg));
		must(memcmp(akt_msg_payload(msg, type), akt_msg_payload(back, type),
			    akt_msg_size(msg)) == 0);
		again = encode(back, &again_size);
		must(again_size == size && memcmp(bytes, again, size) == 0);
		free(again);
	}
	akt_msg_free(back);
	free(bytes);
}

static const void *no_inner(const void *schema, uint32_t number)
{
	(void)schema, (void)number;
	return NULL;
}

/* Every even number is a message of the same schema. */
static const void *even_inner(const void *schema, uint32_t number)
{
	return number % 2 == 0 ? schema : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	akt_field fields[ROWS_MAX];
	akt_msg_type type = { .name = "fuzz.table", .fields = fields };
	akt_msg *msg;

	if (size == 0)
		return 0;
	type.field_count = *data++ % (ROWS_MAX + 1);
	if (--size < (size_t)type.field_count * ROW_BYTES)
		return 0;
	for (uint32_t i = 0; i < type.field_count; i++, data += ROW_BYTES, size -= ROW_BYTES)
		fields[i] =
			(akt_field){ "field", (uint32_t)(data[0] | data[1] << 8), (uint32_t)data[2],
				     (uint32_t)data[3], (enum akt_kind)data[4] };
	if (type.field_count > 0)
		type.size = data[-1];
	else
		type = *AKT_TYPE_OF(every);
	(void)akt_wire_scan(data, size, even_inner, &type, NULL);
	msg = decode(&type, data, size);
	if (msg != NULL) {
		must(akt_wire_scan(data, size, no_inner, &type, NULL) == 0);
		there_and_back(&type, msg);
	}
	akt_msg_free(msg);
	return 0;
}
