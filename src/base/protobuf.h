/* SPDX-License-Identifier: MIT */
/*
 * protobuf: the wire format of Protocol Buffers, read with bounds: a cursor over bytes, one field
 * after the other. Whatever the bytes claim, nothing past the cursor's end is looked at. The fuzz
 * harnesses of profiles and of messages come through here.
 */
#ifndef AKTI_PROTOBUF_H
#define AKTI_PROTOBUF_H

#include "base/base.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP = 3, /* fields up to a WIRE_GROUP_END of the same number; long out of use */
	WIRE_GROUP_END = 4,
	WIRE_FIXED32 = 5,
};

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	const char *error; /* what is wrong at at; NULL: nothing */
};

struct field {
	uint64_t number;
	uint32_t wire;
	uint64_t value;      /* of a number */
	struct cursor bytes; /* of a message, a text or packed numbers */
};

/* Slow path of akti_decode_varint: two bytes and more. */
bool akti_decode_long_varint(struct cursor *cursor, uint64_t *ret_value);

AKTI_INLINE bool akti_decode_varint(struct cursor *cursor, uint64_t *ret_value)
{
	if (akti_likely(cursor->at < cursor->end && *cursor->at < 0x80)) {
		*ret_value = *cursor->at++;
		return true;
	}
	return akti_decode_long_varint(cursor, ret_value);
}

/* Number and wire type of the next field; false on an error, also at the end. */
bool akti_decode_tag(struct cursor *cursor, struct field *ret_field);

/* What follows the tag; false on an error, also for a group, which has no value. */
bool akti_decode_value(struct cursor *cursor, struct field *field);

/* The next field; false at the end and on an error. */
bool akti_decode_field(struct cursor *cursor, struct field *ret_field);

/* The next number of a repeated field, packed (wire is WIRE_BYTES) or single; false when it has no
 * more, or on an error in field->bytes. */
AKTI_INLINE bool akti_decode_number(struct field *field, uint64_t *ret_value)
{
	if (field->wire != WIRE_BYTES) {
		*ret_value = field->value;
		field->wire = WIRE_BYTES;
		field->bytes = (struct cursor){ 0 };
		return true;
	}
	return field->bytes.at < field->bytes.end && akti_decode_varint(&field->bytes, ret_value);
}

#endif
