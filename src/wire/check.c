/* SPDX-License-Identifier: MIT */
/* Is a field table one that can go over the wire? */
#include "wire/wire.h"
#include <akt/object.h>

int akti_wire_refuse(akt_wire_fault *ret_fault, int error, const char *text, const akt_field *field,
		     size_t offset_bytes)
{
	if (ret_fault != NULL)
		*ret_fault = (akt_wire_fault){ text, field, offset_bytes };
	return error;
}

/* What is wrong with the field by itself, or NULL. */
static const char *fault_of(const akt_msg_type *type, const akt_field *field)
{
	bool fits = false;

	if (field->name == NULL)
		return "a field without a name";
	if (field->number == 0 || field->number > AKT_WIRE_MAX_NUMBER)
		return "field numbers go from 1 to 2^29-1";
	if (field->number >= AKT_WIRE_RESERVED_FIRST && field->number <= AKT_WIRE_RESERVED_LAST)
		return "field numbers 19000 to 19999 are reserved";
	if (field->size > type->size || field->offset > type->size - field->size)
		return "the field is not inside of its struct";
	switch (field->kind) {
	case AKT_KIND_OPAQUE:
		return NULL;
	case AKT_KIND_BOOL:
		fits = field->size == sizeof(bool);
		break;
	case AKT_KIND_INT:
	case AKT_KIND_UINT:
		fits = field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8;
		break;
	case AKT_KIND_FLOAT:
		fits = field->size == 4 || field->size == 8;
		break;
	case AKT_KIND_STRING:
	case AKT_KIND_BYTES:
		fits = field->size > 0;
		break;
	case AKT_KIND_REF:
		fits = field->size == sizeof(akt_ref);
		break;
	default:
		return "there is no such kind of field";
	}
	return fits ? NULL : "the field's size is none that its kind can have";
}

static int codec_usable(const akt_msg_type *type, akt_wire_fault *ret_fault)
{
	if (type->size > 0 || type->field_count > 0 || type->codec->drop == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
					"a type with a codec has a drop and no struct", NULL, 0);
	if (type->codec->encode == NULL || type->codec->decode == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_LOCAL,
					"an object whose codec makes no bytes stays on its node",
					NULL, 0);
	return 0;
}

int akti_wire_usable(const akt_msg_type *type, akt_wire_fault *ret_fault)
{
	if (type == NULL || type->name == NULL || (type->field_count > 0 && type->fields == NULL))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no type, name or table", NULL,
					0);
	if (type->codec != NULL)
		return codec_usable(type, ret_fault);
	if (type->size > AKT_MSG_MAX_BYTES)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
					"the struct is over AKT_MSG_MAX_BYTES", NULL, 0);
	if (type->field_count > AKT_WIRE_MAX_FIELDS)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
					"more than AKT_WIRE_MAX_FIELDS fields", NULL, 0);
	if (type->size > 0 && type->field_count == 0)
		return akti_wire_refuse(ret_fault, AKT_ERR_LOCAL,
					"a struct without numbered fields stays on its node", NULL,
					0);
	for (uint32_t i = 0; i < type->field_count; i++) {
		const akt_field *field = &type->fields[i];
		const char *text = fault_of(type, field);

		if (text == NULL && i > 0 && field->number <= field[-1].number)
			text = "field numbers must rise from row to row";
		if (text != NULL)
			return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, text, field, 0);
		if (field->kind == AKT_KIND_OPAQUE)
			return akti_wire_refuse(ret_fault, AKT_ERR_LOCAL,
						"an opaque field never leaves its node", field, 0);
	}
	return 0;
}

int akt_wire_check(const akt_msg_type *type, akt_wire_fault *ret_fault)
{
	int r = akti_wire_usable(type, ret_fault);

	if (r < 0)
		return r;
	for (uint32_t i = 1; i < type->field_count; i++) {
		const akt_field *a = &type->fields[i];

		for (uint32_t j = 0; j < i; j++) {
			const akt_field *b = &type->fields[j];

			if (a->offset < b->offset + b->size && b->offset < a->offset + a->size)
				return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
							"the field lies over another", a, 0);
		}
	}
	return 0;
}
