/* SPDX-License-Identifier: MIT */
/*
 * record: the form of a spawn record, and what a reader makes of it.
 *
 * All but the argument is a struct with a field table, so the wire's own reader and writer do the work;
 * the argument, whose length nobody knows before, follows as one field with a number that the table
 * does not have.
 */
#include "system/system.h"
#include "wire/wire.h"
#include <akt/record.h>
#include <string.h>

#define FORM_ARG 100u /* number of the argument */

#define FORM_TEXT (AKT_NAME_MAX + 1)

struct akt_form {
	uint32_t version;
	char type[FORM_TEXT];
	char name[FORM_TEXT];
	char arg_type[FORM_TEXT];
#define MEMBER(member, kind, number) kind member;
	CATALOG_NUMBERS(MEMBER)
#undef MEMBER
};

/* 4 is kept for the parent; 10 and up are akt_type's numbers. */
static const akt_field form_fields[] = { AKT_FIELD(1, akt_form, version),
					 AKT_FIELD(2, akt_form, type), AKT_FIELD(3, akt_form, name),
					 AKT_FIELD(5, akt_form, arg_type),
#define ROW(member, kind, number) AKT_FIELD(number, akt_form, member),
					 CATALOG_NUMBERS(ROW)
#undef ROW
};
const akt_msg_type akti_form_type = { "akt.Spawn", sizeof(struct akt_form),
				      AKTI_COUNT_OF(form_fields), form_fields, NULL };

/* --- writing ------------------------------------------------------------------------------------ */

static void write_numbers(struct akt_form *form, const akt_type *type)
{
#define WRITE(member, kind, number) form->member = (kind)type->member;
	CATALOG_NUMBERS(WRITE)
#undef WRITE
}

/* False: it does not fit. NULL is the empty text. */
static bool write_text(char *to, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (length > AKT_NAME_MAX)
		return false;
	if (length > 0)
		memcpy(to, text, length + 1);
	return true;
}

static int write_form(struct akt_form *form, const akt_type *type, const char *name,
		      akt_wire_fault *ret_fault)
{
	memset(form, 0, sizeof(*form));
	form->version = AKT_RECORD_VERSION;
	if (!akti_type_valid(type) || (name != NULL && name[0] == '\0'))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no type, or an empty name",
					NULL, 0);
	if (type == &akti_function_type)
		return akti_wire_refuse(ret_fault, AKT_ERR_LOCAL, "a function has no type", NULL,
					0);
	if (!write_text(form->type, type->name) || !write_text(form->name, name) ||
	    (type->arg_type != NULL && !write_text(form->arg_type, type->arg_type->name)))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "a name over AKT_NAME_MAX",
					NULL, 0);
	write_numbers(form, type);
	return 0;
}

/* A tag of two bytes, the length, the argument. The bytes of it all; they are written if they fit. */
static int write_arg(const akt_type *type, const void *arg, unsigned char *buffer,
		     size_t capacity_bytes, akt_wire_fault *ret_fault)
{
	unsigned char head[12] = { (FORM_ARG << 3 & 0x7f) | WIRE_BYTES | 0x80, FORM_ARG >> 4 };
	size_t head_bytes = 2;
	int size = akti_wire_pack(type->arg_type, arg, NULL, 0, ret_fault);

	if (size < 0)
		return size;
	for (uint32_t left = (uint32_t)size; head_bytes == 2 || left > 0; left >>= 7)
		head[head_bytes++] = (unsigned char)(left > 0x7f ? left | 0x80 : left);
	if (head_bytes + (size_t)size <= capacity_bytes) {
		memcpy(buffer, head, head_bytes);
		(void)akti_wire_pack(type->arg_type, arg, buffer + head_bytes, (size_t)size, NULL);
	}
	return (int)head_bytes + size;
}

int akt_record_encode(const akt_type *type, const char *name, const void *arg, void *buffer,
		      size_t capacity_bytes, akt_wire_fault *ret_fault)
{
	struct akt_form form;
	int r = write_form(&form, type, name, ret_fault);
	size_t size;

	if (r < 0)
		return r;
	if ((buffer == NULL && capacity_bytes > 0) || (arg != NULL && type->arg_type == NULL))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
					"no buffer, or an argument for a type that has none", NULL,
					0);
	r = akti_wire_pack(&akti_form_type, &form, buffer, capacity_bytes, ret_fault);
	size = (size_t)r;
	if (r >= 0 && arg != NULL) {
		size_t room = size < capacity_bytes ? capacity_bytes - size : 0;

		r = write_arg(type, arg, room > 0 ? (unsigned char *)buffer + size : NULL, room,
			      ret_fault);
		size += (size_t)r;
	}
	if (r < 0)
		return r;
	if (size > AKT_RECORD_MAX_BYTES || (buffer != NULL && size > capacity_bytes))
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the buffer is too small, or the record over "
					"AKT_RECORD_MAX_BYTES",
					NULL, 0);
	return (int)size;
}

int akt_record_self(akt_ctx *ctx, void *buffer, size_t capacity_bytes, akt_wire_fault *ret_fault)
{
	const struct cell *cell = ctx->cell;

	return akt_record_encode(cell->type, cell->name != NULL ? cell->name->text : NULL,
				 cell->type->arg_type != NULL ? cell->arg : NULL, buffer,
				 capacity_bytes, ret_fault);
}

/* --- reading ------------------------------------------------------------------------------------ */

static void read_numbers(akt_type *type, const struct akt_form *form)
{
#define READ(member, kind, number) type->member = (__typeof__(type->member))form->member;
	CATALOG_NUMBERS(READ)
#undef READ
}

/* The last field of that number, as Protocol Buffers has it; empty: there is none. */
static struct cursor find_arg(const void *bytes, size_t size_bytes)
{
	struct cursor cursor = { bytes, (const uint8_t *)bytes + size_bytes, NULL };
	struct cursor found = { NULL, NULL, NULL };
	struct field field;

	while (akti_wire_next(&cursor, &field))
		if (field.number == FORM_ARG && field.wire == WIRE_BYTES)
			found = field.bytes;
	return found;
}

static int refuse_record(akt_wire_fault *ret_fault, int error, const char *text)
{
	return akti_wire_refuse(ret_fault, error, text, NULL, 0);
}

/* The type that the form names, with its numbers. */
static int read_type(struct akt_system *sys, const struct akt_form *form, const akt_type **ret_type,
		     akt_wire_fault *ret_fault)
{
	const akt_type *type;
	akt_type numbers;
	const char *arg_type;
	int r;

	if (form->version == 0 || form->type[0] == '\0')
		return refuse_record(ret_fault, AKT_ERR_FORMAT, "not a spawn record");
	if (form->version > AKT_RECORD_VERSION)
		return refuse_record(ret_fault, AKT_ERR_UNSUPPORTED, "of a newer version");
	type = akt_introduced((akt_system *)sys, form->type);
	if (type == NULL)
		return refuse_record(ret_fault, AKT_ERR_NOTFOUND, "its type was not introduced");
	arg_type = type->arg_type != NULL ? type->arg_type->name : "";
	if (strcmp(arg_type, form->arg_type) != 0)
		return refuse_record(ret_fault, AKT_ERR_FORMAT,
				     "its argument is of another type than here");
	numbers = *type;
	read_numbers(&numbers, form);
	if (!akti_type_valid(&numbers))
		return refuse_record(ret_fault, AKT_ERR_FORMAT, "its numbers make no type");
	r = akti_catalog_variant(&sys->catalog, type, &numbers, ret_type);
	return r < 0 ? refuse_record(ret_fault, r, "no further variant of its type") : 0;
}

/* Read it all but for the birth. *ret_arg, if any, is the caller's. */
static int read_record(struct akt_system *sys, const void *bytes, size_t size_bytes,
		       struct akt_form *form, const akt_type **ret_type, akt_msg **ret_arg,
		       akt_wire_fault *ret_fault)
{
	struct cursor arg;
	int r;

	*ret_arg = NULL;
	if (bytes == NULL)
		return refuse_record(ret_fault, AKT_ERR_INVALID, "no bytes");
	if (size_bytes > AKT_RECORD_MAX_BYTES)
		return refuse_record(ret_fault, AKT_ERR_LIMIT, "over AKT_RECORD_MAX_BYTES");
	r = akti_wire_unpack(&akti_form_type, bytes, size_bytes, form, ret_fault);
	if (r == 0)
		r = read_type(sys, form, ret_type, ret_fault);
	if (r < 0 || (*ret_type)->arg_type == NULL)
		return r;
	arg = find_arg(bytes, size_bytes);
	return akt_wire_decode((*ret_type)->arg_type, arg.at, (size_t)(arg.end - arg.at), ret_arg,
			       ret_fault);
}

/* ctx: of the parent, or NULL. */
static int spawn_record(struct akt_system *sys, akt_ctx *ctx, const void *bytes, size_t size_bytes,
			akt_ref *ret_ref, akt_wire_fault *ret_fault)
{
	struct akt_form form;
	const akt_type *type;
	const char *name;
	akt_msg *arg;
	int r = read_record(sys, bytes, size_bytes, &form, &type, &arg, ret_fault);

	if (r < 0)
		return r;
	name = form.name[0] != '\0' ? form.name : NULL;
	if (ctx != NULL)
		r = akt_spawn_child(ctx, type, name, arg != NULL ? arg->payload : NULL, ret_ref);
	else if (name != NULL)
		r = akt_spawn_named((akt_system *)sys, type, name,
				    arg != NULL ? arg->payload : NULL, ret_ref);
	else
		r = akt_spawn((akt_system *)sys, type, arg != NULL ? arg->payload : NULL, ret_ref);
	akt_msg_free(arg);
	return r < 0 ? refuse_record(ret_fault, r, "the actor could not be born") : 0;
}

int akt_spawn_record(akt_system *sys, const void *bytes, size_t size_bytes, akt_ref *ret_ref,
		     akt_wire_fault *ret_fault)
{
	return spawn_record(sys, NULL, bytes, size_bytes, ret_ref, ret_fault);
}

int akt_spawn_record_child(akt_ctx *ctx, const void *bytes, size_t size_bytes, akt_ref *ret_ref,
			   akt_wire_fault *ret_fault)
{
	return spawn_record((struct akt_system *)ctx->actors, ctx, bytes, size_bytes, ret_ref,
			    ret_fault);
}
