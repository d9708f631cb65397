/* SPDX-License-Identifier: MIT */
/*
 * wire: structs to Protocol Buffers and back by their field tables. Pure functions of structs;
 * message.c puts them in and out of messages.
 *
 * Tables are written by the program and are trusted to be what they were checked to be, but not to
 * have been checked: each call of the program first walks its table once (akti_wire_usable), so a wrong one is an
 * error and never a write outside of the struct. What that walk proves is what decode.c relies on:
 * numbers rise, so that a number is found by halving; offset and size lie within the struct; the
 * size is one that the kind can have.
 *
 * Bytes come from anybody. They are looked at through base/protobuf.h alone.
 *
 * Structs may be packed: no field is touched but by memcpy.
 */
#ifndef AKTI_WIRE_H
#define AKTI_WIRE_H

#include "base/protobuf.h"
#include <akt/wire.h>

/* Numbers of the fields of akt.Ref. */
enum wire_ref {
	WIRE_REF_SLOT = 1,
	WIRE_REF_GEN = 2,
	WIRE_REF_NODE = 3,
};

/* Tell what is wrong, if anybody wants to know, and return error. */
int akti_wire_refuse(akt_wire_fault *ret_fault, int error, const char *text, const akt_field *field,
		     size_t offset_bytes);

/* Errors: those of akt_wire_check, but for fields that overlap. Cost: one pass. */
int akti_wire_usable(const akt_msg_type *type, akt_wire_fault *ret_fault);

/* The bytes that the struct needs, at most AKT_WIRE_MAX_BYTES; they are written as far as they fit.
 * Errors: those of akt_wire_encode, but for a small buffer. */
int akti_wire_pack(const akt_msg_type *type, const void *payload, void *buffer,
		   size_t capacity_bytes, akt_wire_fault *ret_fault);

/* The next field; false at the end and on an error, which the cursor has. A group comes without what
 * was in it. */
bool akti_wire_next(struct cursor *cursor, struct field *ret_field);

/* Fill the type->size bytes at payload, of a type that is usable; undefined after a failure.
 * Errors: FORMAT. */
int akti_wire_unpack(const akt_msg_type *type, const void *bytes, size_t size_bytes, void *payload,
		     akt_wire_fault *ret_fault);

#endif
