/* SPDX-License-Identifier: MIT */
/* Varints and fields. */
#include "base/protobuf.h"

bool akti_decode_long_varint(struct cursor *cursor, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (cursor->at == cursor->end) {
			cursor->error = "a number is cut short";
			return false;
		}
		value |= (uint64_t)(*cursor->at & 0x7f) << shift;
		if (*cursor->at++ < 0x80) {
			*ret_value = value;
			return true;
		}
	}
	cursor->error = "a number is longer than 64 bits";
	return false;
}

static bool decode_fixed(struct cursor *cursor, size_t size_bytes, uint64_t *ret_value)
{
	uint64_t value = 0;

	if ((size_t)(cursor->end - cursor->at) < size_bytes) {
		cursor->error = "a number is cut short";
		return false;
	}
	for (size_t i = 0; i < size_bytes; i++)
		value |= (uint64_t)*cursor->at++ << 8 * i;
	*ret_value = value;
	return true;
}

static bool decode_bytes(struct cursor *cursor, struct field *field)
{
	uint64_t size_bytes;

	if (!akti_decode_varint(cursor, &size_bytes))
		return false;
	if (size_bytes > (uint64_t)(cursor->end - cursor->at)) {
		cursor->error = "a field is longer than what holds it";
		return false;
	}
	field->bytes = (struct cursor){ cursor->at, cursor->at + size_bytes, NULL };
	cursor->at += size_bytes;
	return true;
}

bool akti_decode_tag(struct cursor *cursor, struct field *ret_field)
{
	uint64_t tag;

	if (!akti_decode_varint(cursor, &tag))
		return false;
	ret_field->number = tag >> 3;
	ret_field->wire = (uint32_t)(tag & 7);
	ret_field->value = 0;
	return true;
}

bool akti_decode_value(struct cursor *cursor, struct field *field)
{
	switch (field->wire) {
	case WIRE_VARINT:
		return akti_decode_varint(cursor, &field->value);
	case WIRE_FIXED64:
		return decode_fixed(cursor, 8, &field->value);
	case WIRE_FIXED32:
		return decode_fixed(cursor, 4, &field->value);
	case WIRE_BYTES:
		return decode_bytes(cursor, field);
	default:
		cursor->error = "unknown kind of field";
		return false;
	}
}

bool akti_decode_field(struct cursor *cursor, struct field *ret_field)
{
	return cursor->at < cursor->end && akti_decode_tag(cursor, ret_field) &&
	       akti_decode_value(cursor, ret_field);
}
