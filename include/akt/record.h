/* SPDX-License-Identifier: MIT */
/*
 * Spawn records: an actor as bytes, complete enough to give birth to it elsewhere.
 *
 *	static const akt_type counter = { .name = "bank.counter", .arg_type = AKT_TYPE_OF(opening), ... };
 *
 *	struct opening opening = { .cents = 500 };
 *	int size = akt_record_encode(&counter, "till", &opening, bytes, sizeof(bytes), NULL);
 *	...
 *	akt_introduce(other, &counter);
 *	int r = akt_spawn_record(other, bytes, (size_t)size, &ref, NULL);
 *
 * In a record: its version, the type's name, the actor's name, all numbers of akt_type, and the
 * argument in its wire form (wire.h). Code does not travel: the reader knows the type by its name,
 * from akt_introduce. Numbers do, so that an actor is the same wherever it runs: where the record
 * and the reader's type differ, the record is right, and the actor's type is a variant
 * (akt_type.variant_of) that the system makes and keeps.
 *
 * One form serves what is spawned here from a file, what is spawned on another node, and what moves.
 * The bytes are Protocol Buffers, docs/formats/record.md has them.
 */
#ifndef AKT_RECORD_H
#define AKT_RECORD_H

#include <akt/actor.h>
#include <akt/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the form. A reader takes this and older ones; what a newer one adds it could not obey. */
#define AKT_RECORD_VERSION 1u
/* Most bytes of a record. */
#define AKT_RECORD_MAX_BYTES AKT_WIRE_MAX_BYTES
/* Types that one system may be introduced to, and variants of one type that records may cause. */
#define AKT_INTRODUCED_MAX 4096u
#define AKT_VARIANTS_MAX 64u

/* Let records name this type. Introducing it twice is introducing it once. It must outlive the system.
 * Threads: any thread. Errors: INVALID (a type that could not be spawned; a name that is empty or over
 * AKT_NAME_MAX), LOCAL (its arg_type has no wire form, see akt_wire_check), EXISTS (another type has
 * the name), LIMIT (AKT_INTRODUCED_MAX), NOMEM.
 * Cost: a look at each introduced type. */
AKT_API int akt_introduce(akt_system *sys, const akt_type *type);

/* The introduced type of that name; NULL: none.
 * Threads: any thread. */
AKT_API const akt_type *akt_introduced(akt_system *sys, const char *name);

/* Write the record of an actor that akt_spawn_named(sys, type, name, arg) would make; name may be
 * NULL for an anonymous one, arg NULL for a zeroed one. The bytes written; with buffer NULL and
 * capacity_bytes 0, the bytes needed. After a failure the content of buffer is undefined.
 * Threads: any thread; a pure function. Errors: INVALID (no type, a name over AKT_NAME_MAX, an arg for
 * a type without arg_type, a text without its NUL), LOCAL (arg_type has no wire form, or the type is
 * akt_spawn_fn's), LIMIT (capacity_bytes is too small, or over AKT_RECORD_MAX_BYTES). */
AKT_API int akt_record_encode(const akt_type *type, const char *name, const void *arg, void *buffer,
			      size_t capacity_bytes, akt_wire_fault *ret_fault);

/* The same for the running actor, as it was born.
 * Threads: handler. Errors: as akt_record_encode. */
AKT_API int akt_record_self(akt_ctx *ctx, void *buffer, size_t capacity_bytes,
			    akt_wire_fault *ret_fault);

/* Give birth to the actor that the record describes: under its name if it has one, else anonymous.
 * The bytes may come from anybody: whatever they are, an actor is born or an error returned.
 * Threads: any thread. Errors: FORMAT (no record), UNSUPPORTED (of a newer version), NOTFOUND (its type
 * was not introduced), LIMIT (AKT_VARIANTS_MAX too), and as akt_spawn_named. */
AKT_API int akt_spawn_record(akt_system *sys, const void *bytes, size_t size_bytes,
			     akt_ref *ret_ref, akt_wire_fault *ret_fault);

/* The same as a child of the running actor.
 * Threads: handler. Errors: as akt_spawn_record and akt_spawn_child. */
AKT_API int akt_spawn_record_child(akt_ctx *ctx, const void *bytes, size_t size_bytes,
				   akt_ref *ret_ref, akt_wire_fault *ret_fault);

#ifdef __cplusplus
}
#endif
#endif
