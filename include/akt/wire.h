/* SPDX-License-Identifier: MIT */
/*
 * The wire form: a message as bytes that another node, another build or another language reads.
 *
 *	struct deposit { int64_t cents; char note[32]; };
 *	AKT_MESSAGE_DEFINE(deposit, "bank.deposit", AKT_FIELD(1, deposit, cents),
 *			   AKT_FIELD(2, deposit, note));
 *
 *	unsigned char bytes[256];
 *	int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
 *	...
 *	int r = akt_wire_decode(AKT_TYPE_OF(deposit), bytes, (size_t)size, &copy, NULL);
 *
 * The bytes are Protocol Buffers (proto3), after the numbers and kinds of the field table; whoever
 * has the text that akt_wire_proto prints can write and read them. What each kind becomes:
 *
 *	kind     .proto            notes
 *	BOOL     bool
 *	INT      int32, int64      a value that does not fit the field is refused, not cut
 *	UINT     uint32, uint64    the same
 *	FLOAT    float, double     all bits are kept, NaN and -0 too
 *	STRING   string            up to the NUL; one without a NUL, or longer than its array, is
 *	                           refused. No look at UTF-8: other languages insist on it
 *	BYTES    bytes             the whole array; what arrives shorter is padded with zeros, what
 *	                           arrives longer is refused
 *	REF      akt.Ref           message Ref in <akt/ref.proto>
 *	OPAQUE   none              a type with such a field stays on its node: AKT_ERR_LOCAL
 *
 * Zero is not written, and what does not come is zero. A field that comes twice has its last value.
 * Fields with unknown numbers are skipped, whatever they are. Members without a row in the table
 * stay behind. A type of size 0 is its bytes, untouched: none for a signal. What an object becomes
 * is its codec's affair (object.h).
 *
 * So a type may gain fields while old and new programs talk to each other, and an array may grow.
 * What must not be done, ever: give a number that was in use to another field, or change its kind
 * other than to a wider number of the same sign.
 *
 * Everything here is a pure function: no lock, no input or output, nothing kept.
 */
#ifndef AKT_WIRE_H
#define AKT_WIRE_H

#include <akt/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most bytes of one message on the wire. */
#define AKT_WIRE_MAX_BYTES AKT_MSG_MAX_BYTES
/* Most rows of a field table that goes over the wire. */
#define AKT_WIRE_MAX_FIELDS 1024u
/* Deepest nesting that is followed: unknown groups, and messages of protobuf-c. */
#define AKT_WIRE_MAX_DEPTH 100u
/* Highest number of a field; Protocol Buffers keeps those from FIRST to LAST to itself. */
#define AKT_WIRE_MAX_NUMBER ((UINT32_C(1) << 29) - 1)
#define AKT_WIRE_RESERVED_FIRST 19000u
#define AKT_WIRE_RESERVED_LAST 19999u

/* What was wrong, for people. Written on failure only; each function takes NULL too. */
typedef struct akt_wire_fault {
	const char *text;       /* a constant, never NULL */
	const akt_field *field; /* of the table, or NULL */
	size_t offset_bytes;    /* where in the bytes that were decoded; else 0 */
} akt_wire_fault;

/* 0 when the type has a wire form. To be asked once per type, where types are introduced: what it
 * finds and the others do not look for is fields that overlap.
 * Threads: any thread. Errors: INVALID for a table that is wrong: numbers that are zero, too high,
 * reserved or not rising from row to row; a field outside of the struct or over another; a size
 * that its kind cannot have; more than AKT_WIRE_MAX_FIELDS rows. LOCAL for a table that is right
 * and has no wire form: a field that is OPAQUE, a struct without rows, a codec that makes no bytes.
 * The first fault in the
 * order of the table counts.
 * Cost: the square of the rows. */
AKT_API int akt_wire_check(const akt_msg_type *type, akt_wire_fault *ret_fault);

/* The bytes that akt_wire_encode will write for this message now.
 * Threads: any thread, for a message you own or borrow. Errors: as akt_wire_encode. */
AKT_API int akt_wire_size(const akt_msg *msg, akt_wire_fault *ret_fault);

/* Write the wire form of msg to buffer, fields in the order of the table; the bytes written.
 * buffer may be NULL when capacity_bytes is 0. After a failure its content is undefined.
 * Threads: any thread, for a message you own or borrow. Owns: msg stays yours.
 * Errors: INVALID and LOCAL as akt_wire_check, without the look for overlaps; INVALID too for a
 * text without its NUL, for a verdict (akt_msg_error), which is no value, and for a message whose
 * object was taken; LIMIT when capacity_bytes is too small or the result is over AKT_WIRE_MAX_BYTES;
 * what a codec says.
 * Cost: one pass, nothing allocated. */
AKT_API int akt_wire_encode(const akt_msg *msg, void *buffer, size_t capacity_bytes,
			    akt_wire_fault *ret_fault);

/* Make the message of this type that all of size_bytes bytes describe. They may come from anybody:
 * whatever they are, this ends with a message or with an error.
 * Threads: any thread. Owns: *ret_msg is yours.
 * Errors: FORMAT when the bytes are no message of this type; INVALID and LOCAL as akt_wire_encode;
 * LIMIT over AKT_WIRE_MAX_BYTES; NOMEM; OVERLOAD; what a codec says.
 * Cost: one pass; one block of the type's size, whatever lengths the bytes claim. */
AKT_API int akt_wire_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
			    akt_msg **ret_msg, akt_wire_fault *ret_fault);

/* Print the type as a complete .proto file into text, cut to capacity_bytes, its NUL included; text
 * may be NULL when capacity_bytes is 0. The length that the whole has, without NUL.
 * A file that needs akt.Ref imports "akt/ref.proto", which is installed beside this header.
 * Threads: any thread. Errors: as akt_wire_check; INVALID too for a type whose name is no
 * "package.message" of identifiers; UNSUPPORTED for objects; LIMIT over INT_MAX bytes. */
AKT_API int akt_wire_proto(const akt_msg_type *type, char *text, size_t capacity_bytes,
			   akt_wire_fault *ret_fault);

/* The schema of the message that field `number` of a message of this schema holds, or NULL when it
 * holds anything else. */
typedef const void *(*akt_wire_inner_fn)(const void *schema, uint32_t number);

/* Look through the bytes of a message before a reader without limits of its own sees them: 0 when
 * they are well-formed, and messages nest no deeper than AKT_WIRE_MAX_DEPTH. For codecs.
 * Threads: any thread. Errors: FORMAT, INVALID. Cost: one pass, nothing allocated. */
AKT_API int akt_wire_scan(const void *bytes, size_t size_bytes, akt_wire_inner_fn inner,
			  const void *schema, akt_wire_fault *ret_fault);

#ifdef __cplusplus
}
#endif
#endif
