/* SPDX-License-Identifier: MIT */
/* Structs to bytes. One pass counts and writes, so that what is announced is what is written. */
#include "wire/wire.h"
#include <string.h>

struct writer {
	uint8_t *bytes;
	size_t capacity_bytes;
	size_t size_bytes; /* goes on past the capacity: then nothing more is written */
};

static void put(struct writer *w, const void *bytes, size_t size_bytes)
{
	if (w->size_bytes <= w->capacity_bytes && size_bytes <= w->capacity_bytes - w->size_bytes &&
	    size_bytes > 0)
		memcpy(w->bytes + w->size_bytes, bytes, size_bytes);
	w->size_bytes += size_bytes;
}

static void put_varint(struct writer *w, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	while (value >= 0x80) {
		bytes[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (uint8_t)value;
	put(w, bytes, n);
}

static void put_tag(struct writer *w, uint32_t number, enum wire_type wire)
{
	put_varint(w, (uint64_t)number << 3 | wire);
}

static void put_number(struct writer *w, uint32_t number, uint64_t value)
{
	if (value == 0)
		return;
	put_tag(w, number, WIRE_VARINT);
	put_varint(w, value);
}

static void put_fixed(struct writer *w, uint32_t number, uint64_t value, size_t size_bytes)
{
	uint8_t bytes[8];

	if (value == 0)
		return;
	for (size_t i = 0; i < size_bytes; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	put_tag(w, number, size_bytes == 4 ? WIRE_FIXED32 : WIRE_FIXED64);
	put(w, bytes, size_bytes);
}

static void put_bytes(struct writer *w, uint32_t number, const void *bytes, size_t size_bytes)
{
	put_tag(w, number, WIRE_BYTES);
	put_varint(w, size_bytes);
	put(w, bytes, size_bytes);
}

static uint64_t load_unsigned(const unsigned char *at, uint32_t size_bytes)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size_bytes) {
	case 1:
		return *at;
	case 2:
		memcpy(&v16, at, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, at, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, at, sizeof(v64));
		return v64;
	}
}

/* Sign-extended to 64 bits, as Protocol Buffers wants all its ints. */
static uint64_t load_signed(const unsigned char *at, uint32_t size_bytes)
{
	uint64_t value = load_unsigned(at, size_bytes);
	uint64_t sign = UINT64_C(1) << (8 * size_bytes - 1);

	return (value ^ sign) - sign;
}

static bool is_zero(const unsigned char *at, size_t size_bytes)
{
	/* Each byte is the one before it, and the first is zero. */
	return at[0] == 0 && memcmp(at, at + 1, size_bytes - 1) == 0;
}

static void put_ref(struct writer *w, uint32_t number, const unsigned char *at)
{
	uint8_t bytes[32];
	struct writer inner = { bytes, sizeof(bytes), 0 };
	akt_ref ref;

	memcpy(&ref, at, sizeof(ref));
	put_number(&inner, WIRE_REF_SLOT, ref.slot);
	put_number(&inner, WIRE_REF_GEN, ref.gen);
	put_fixed(&inner, WIRE_REF_NODE, ref.node, sizeof(ref.node));
	AKT_ASSERT(inner.size_bytes <= sizeof(bytes));
	if (inner.size_bytes > 0)
		put_bytes(w, number, bytes, inner.size_bytes);
}

/* NULL, or what is wrong with the value. */
static const char *put_field(struct writer *w, const akt_field *field, const unsigned char *at)
{
	const unsigned char *nul;

	switch (field->kind) {
	case AKT_KIND_BOOL:
		put_number(w, field->number, *at != 0);
		break;
	case AKT_KIND_INT:
		put_number(w, field->number, load_signed(at, field->size));
		break;
	case AKT_KIND_UINT:
		put_number(w, field->number, load_unsigned(at, field->size));
		break;
	case AKT_KIND_FLOAT:
		put_fixed(w, field->number, load_unsigned(at, field->size), field->size);
		break;
	case AKT_KIND_STRING:
		nul = memchr(at, 0, field->size);
		if (nul == NULL)
			return "a text without its NUL";
		if (nul > at)
			put_bytes(w, field->number, at, (size_t)(nul - at));
		break;
	case AKT_KIND_BYTES:
		if (!is_zero(at, field->size))
			put_bytes(w, field->number, at, field->size);
		break;
	case AKT_KIND_REF:
		put_ref(w, field->number, at);
		break;
	case AKT_KIND_OPAQUE:
		break; /* akti_wire_usable has refused it */
	}
	return NULL;
}

int akti_wire_pack(const akt_msg_type *type, const void *payload, void *buffer,
		   size_t capacity_bytes, akt_wire_fault *ret_fault)
{
	struct writer w = { buffer, capacity_bytes, 0 };
	int r = akti_wire_usable(type, ret_fault);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < type->field_count; i++) {
		const akt_field *field = &type->fields[i];
		const char *text =
			put_field(&w, field, (const unsigned char *)payload + field->offset);

		if (text != NULL)
			return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, text, field, 0);
	}
	if (w.size_bytes > AKT_WIRE_MAX_BYTES)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the message is over AKT_WIRE_MAX_BYTES", NULL, 0);
	return (int)w.size_bytes;
}
