/* SPDX-License-Identifier: MIT */
/* The .proto text of a message type. */
#include "wire/wire.h"
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct printer {
	char *text;
	size_t capacity_bytes;
	size_t size_bytes; /* goes on past the capacity */
};

AKTI_PRINTF(2, 3) static void print(struct printer *p, const char *fmt, ...)
{
	bool room = p->size_bytes < p->capacity_bytes;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vsnprintf(room ? p->text + p->size_bytes : NULL,
		      room ? p->capacity_bytes - p->size_bytes : 0, fmt, args);
	va_end(args);
	if (r > 0)
		p->size_bytes += (size_t)r;
}

/* ASCII, whatever the locale. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Identifiers with single dots between them. */
static bool is_name(const char *name)
{
	bool begins = true;

	for (const char *at = name; *at != '\0'; at++) {
		if (*at == '.' ? begins : !is_letter(*at) && (begins || !is_digit(*at)))
			return false;
		begins = *at == '.';
	}
	return !begins;
}

static const char *proto_type(const akt_field *field)
{
	bool wide = field->size == 8;

	switch (field->kind) {
	case AKT_KIND_BOOL:
		return "bool";
	case AKT_KIND_INT:
		return wide ? "int64" : "int32";
	case AKT_KIND_UINT:
		return wide ? "uint64" : "uint32";
	case AKT_KIND_FLOAT:
		return wide ? "double" : "float";
	case AKT_KIND_STRING:
		return "string";
	case AKT_KIND_BYTES:
		return "bytes";
	default:
		return ".akt.Ref";
	}
}

/* What the .proto type does not say. */
static void print_bounds(struct printer *p, const akt_field *field)
{
	if (field->kind == AKT_KIND_STRING)
		print(p, " // at most %" PRIu32 " bytes", field->size - 1);
	else if (field->kind == AKT_KIND_BYTES)
		print(p, " // %" PRIu32 " bytes; fewer are padded with zeros", field->size);
	else if (field->kind == AKT_KIND_INT && field->size < 4)
		print(p, " // %d to %d", -(1 << (8 * field->size - 1)),
		      (1 << (8 * field->size - 1)) - 1);
	else if (field->kind == AKT_KIND_UINT && field->size < 4)
		print(p, " // 0 to %d", (1 << 8 * field->size) - 1);
}

static void print_field(struct printer *p, const akt_field *field)
{
	print(p, "  %s ", proto_type(field));
	/* A member of a member is named a.b in its row; .proto names have letters and digits. */
	for (const char *at = field->name; *at != '\0'; at++)
		print(p, "%c", is_letter(*at) || is_digit(*at) ? *at : '_');
	print(p, " = %" PRIu32 ";", field->number);
	print_bounds(p, field);
	print(p, "\n");
}

static bool has_ref(const akt_msg_type *type)
{
	for (uint32_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].kind == AKT_KIND_REF)
			return true;
	}
	return false;
}

int akt_wire_proto(const akt_msg_type *type, char *text, size_t capacity_bytes,
		   akt_wire_fault *ret_fault)
{
	struct printer p = { text, capacity_bytes, 0 };
	const char *dot;
	int r = akt_wire_check(type, ret_fault);

	if (r < 0)
		return r;
	if (type->codec != NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_UNSUPPORTED,
					"what its codec writes is described elsewhere", NULL, 0);
	if (text == NULL && capacity_bytes > 0)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no buffer", NULL, 0);
	if (!is_name(type->name))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID,
					"the type's name is no package.message", NULL, 0);
	print(&p, "syntax = \"proto3\";\n");
	dot = strrchr(type->name, '.');
	if (dot != NULL)
		print(&p, "package %.*s;\n", (int)(dot - type->name), type->name);
	if (has_ref(type))
		print(&p, "import \"akt/ref.proto\";\n");
	print(&p, "\nmessage %s {\n", dot != NULL ? dot + 1 : type->name);
	for (uint32_t i = 0; i < type->field_count; i++)
		print_field(&p, &type->fields[i]);
	print(&p, "}\n");
	if (p.size_bytes > INT_MAX)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT, "the text is over INT_MAX bytes",
					NULL, 0);
	return (int)p.size_bytes;
}
