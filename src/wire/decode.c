/* SPDX-License-Identifier: MIT */
/*
 * Bytes to structs. Fields mostly come in the order of the table, so the row after the last one is
 * tried first; any other is found by halving, so that bytes made to be slow are not.
 */
#include "wire/wire.h"
#include <string.h>

/* What is wrong with the value, or NULL: these say it, and so does cursor->error. */
static const char too_long[] = "the value is longer than its field";
static const char too_large[] = "the number does not fit its field";

/* The row with this number, or NULL; *next is the row to try first. */
static const akt_field *find(const akt_msg_type *type, uint64_t number, uint32_t *next)
{
	uint32_t low = 0, high = type->field_count;

	if (*next < high && type->fields[*next].number == number)
		return &type->fields[(*next)++];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (type->fields[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == type->field_count || type->fields[low].number != number)
		return NULL;
	*next = low + 1;
	return &type->fields[low];
}

static bool next_tag(struct cursor *cursor, struct field *ret_field)
{
	if (!akti_decode_tag(cursor, ret_field))
		return false;
	if (ret_field->number == 0 || ret_field->number > AKT_WIRE_MAX_NUMBER) {
		cursor->error = "a field with an impossible number";
		return false;
	}
	return true;
}

/* After the start of group `number`: to its end, through all groups inside. */
static bool skip_group(struct cursor *cursor, uint64_t number)
{
	uint64_t open[AKT_WIRE_MAX_DEPTH];
	uint32_t depth = 0;
	struct field field;

	open[depth++] = number;
	while (depth > 0) {
		if (!next_tag(cursor, &field))
			return false;
		if (field.wire == WIRE_GROUP_END && field.number == open[depth - 1]) {
			depth--;
		} else if (field.wire == WIRE_GROUP && depth < AKTI_COUNT_OF(open)) {
			open[depth++] = field.number;
		} else if (field.wire == WIRE_GROUP) {
			cursor->error = "groups nest deeper than AKT_WIRE_MAX_DEPTH";
			return false;
		} else if (!akti_decode_value(cursor, &field)) {
			return false; /* the end of another group too */
		}
	}
	return true;
}

bool akti_wire_next(struct cursor *cursor, struct field *ret_field)
{
	if (cursor->at == cursor->end || !next_tag(cursor, ret_field))
		return false;
	if (ret_field->wire == WIRE_GROUP)
		return skip_group(cursor, ret_field->number);
	return akti_decode_value(cursor, ret_field);
}

static void store(unsigned char *at, uint32_t size_bytes, uint64_t value)
{
	uint8_t v8 = (uint8_t)value;
	uint16_t v16 = (uint16_t)value;
	uint32_t v32 = (uint32_t)value;

	switch (size_bytes) {
	case 1:
		*at = v8;
		break;
	case 2:
		memcpy(at, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(at, &v32, sizeof(v32));
		break;
	default:
		memcpy(at, &value, sizeof(value));
		break;
	}
}

static const char *take_int(unsigned char *at, uint32_t size_bytes, uint64_t value)
{
	uint64_t half = UINT64_C(1) << (8 * size_bytes - 1);

	/* -half .. half-1, moved to 0 .. 2*half-1; all 64 bits always fit. */
	if (size_bytes < 8 && value + half >= half * 2)
		return too_large;
	store(at, size_bytes, value);
	return NULL;
}

static const char *take_uint(unsigned char *at, uint32_t size_bytes, uint64_t value)
{
	if (size_bytes < 8 && value >> (8 * size_bytes) != 0)
		return too_large;
	store(at, size_bytes, value);
	return NULL;
}

/* Into an array of so many bytes, the rest zero: an earlier value may have been longer. */
static const char *take_bytes(unsigned char *at, size_t room_bytes, struct cursor bytes)
{
	size_t size_bytes = (size_t)(bytes.end - bytes.at);

	if (size_bytes > room_bytes)
		return too_long;
	if (size_bytes > 0)
		memcpy(at, bytes.at, size_bytes);
	memset(at + size_bytes, 0, room_bytes - size_bytes);
	return NULL;
}

static const char *take_string(unsigned char *at, size_t room_bytes, struct cursor bytes)
{
	size_t size_bytes = (size_t)(bytes.end - bytes.at);

	if (size_bytes >= room_bytes)
		return too_long;
	if (size_bytes > 0 && memchr(bytes.at, 0, size_bytes) != NULL)
		return "a text with a NUL inside";
	return take_bytes(at, room_bytes, bytes);
}

/* What does not come keeps its value: Protocol Buffers merges a message that comes twice. */
static const char *take_ref(unsigned char *at, struct cursor *bytes)
{
	static const uint32_t wires[] = { [WIRE_REF_SLOT] = WIRE_VARINT,
					  [WIRE_REF_GEN] = WIRE_VARINT,
					  [WIRE_REF_NODE] = WIRE_FIXED64 };
	struct field field;
	akt_ref ref;

	memcpy(&ref, at, sizeof(ref));
	while (akti_wire_next(bytes, &field)) {
		if (field.number >= AKTI_COUNT_OF(wires))
			continue;
		if (field.wire != wires[field.number])
			return "a part of a reference of another kind";
		if (field.number == WIRE_REF_NODE)
			ref.node = field.value;
		else if (field.value > UINT32_MAX)
			return too_large;
		else if (field.number == WIRE_REF_SLOT)
			ref.slot = (uint32_t)field.value;
		else
			ref.gen = (uint32_t)field.value;
	}
	memcpy(at, &ref, sizeof(ref));
	return bytes->error;
}

static uint32_t wire_of(const akt_field *field)
{
	switch (field->kind) {
	case AKT_KIND_BOOL:
	case AKT_KIND_INT:
	case AKT_KIND_UINT:
		return WIRE_VARINT;
	case AKT_KIND_FLOAT:
		return field->size == 4 ? WIRE_FIXED32 : WIRE_FIXED64;
	default:
		return WIRE_BYTES;
	}
}

static const char *take_field(const akt_field *row, unsigned char *at, struct field *field)
{
	if (field->wire != wire_of(row))
		return "the field is of another kind than its row";
	switch (row->kind) {
	case AKT_KIND_BOOL:
		*at = field->value != 0;
		return NULL;
	case AKT_KIND_INT:
		return take_int(at, row->size, field->value);
	case AKT_KIND_STRING:
		return take_string(at, row->size, field->bytes);
	case AKT_KIND_BYTES:
		return take_bytes(at, row->size, field->bytes);
	case AKT_KIND_REF:
		return take_ref(at, &field->bytes);
	default:
		return take_uint(at, row->size, field->value); /* FLOAT too: its bits */
	}
}

/* The schema of a message that is being looked through, and where it ends. */
struct level {
	const uint8_t *end;
	const void *schema;
};

int akt_wire_scan(const void *bytes, size_t size_bytes, akt_wire_inner_fn inner, const void *schema,
		  akt_wire_fault *ret_fault)
{
	struct level levels[AKT_WIRE_MAX_DEPTH];
	const uint8_t *begin = bytes;
	struct cursor cursor = { begin, begin, NULL };
	uint32_t depth = 0;
	struct field field;

	if ((bytes == NULL && size_bytes > 0) || inner == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no bytes, or no schema", NULL,
					0);
	if (size_bytes > 0)
		cursor.end = begin + size_bytes;
	levels[depth++] = (struct level){ cursor.end, schema };
	while (depth > 0) {
		const void *within = NULL;

		cursor.end = levels[depth - 1].end;
		if (!akti_wire_next(&cursor, &field)) {
			if (cursor.error != NULL)
				return akti_wire_refuse(ret_fault, AKT_ERR_FORMAT, cursor.error,
							NULL, (size_t)(cursor.at - begin));
			depth--;
			continue;
		}
		if (field.wire == WIRE_BYTES)
			within = inner(levels[depth - 1].schema, (uint32_t)field.number);
		if (within == NULL)
			continue;
		if (depth == AKTI_COUNT_OF(levels))
			return akti_wire_refuse(ret_fault, AKT_ERR_FORMAT,
						"messages nest deeper than AKT_WIRE_MAX_DEPTH",
						NULL, (size_t)(field.bytes.at - begin));
		levels[depth++] = (struct level){ field.bytes.end, within };
		cursor.at = field.bytes.at;
	}
	return 0;
}

int akti_wire_unpack(const akt_msg_type *type, const void *bytes, size_t size_bytes, void *payload,
		     akt_wire_fault *ret_fault)
{
	const uint8_t *begin = bytes;
	struct cursor cursor = { begin, begin, NULL };
	struct field field;
	uint32_t next = 0;

	if (size_bytes > 0)
		cursor.end = begin + size_bytes;
	memset(payload, 0, type->size);
	for (const uint8_t *at = begin; akti_wire_next(&cursor, &field); at = cursor.at) {
		const akt_field *row = find(type, field.number, &next);
		const char *text = NULL;

		if (row != NULL)
			text = take_field(row, (unsigned char *)payload + row->offset, &field);
		if (text != NULL)
			return akti_wire_refuse(ret_fault, AKT_ERR_FORMAT, text, row,
						(size_t)(at - begin));
	}
	if (cursor.error != NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_FORMAT, cursor.error, NULL,
					(size_t)(cursor.at - begin));
	return 0;
}
