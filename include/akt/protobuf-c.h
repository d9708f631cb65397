/* SPDX-License-Identifier: MIT */
/*
 * Messages of protobuf-c as messages of akt. For programs that use that library; akt itself does
 * not: everything here is compiled into the program, which links libprotobuf-c.
 *
 *	#include "shop.pb-c.h"                                   made by protoc-c
 *	AKT_PROTOBUF_DEFINE(order, "shop.order", shop__order__descriptor);
 *
 *	Shop__Order *order = malloc(sizeof(*order));
 *	shop__order__init(order);
 *	akt_send(ctx, warehouse, akt_msg_new_object(AKT_TYPE_OF(order), order));
 *
 *	const Shop__Order *m = akt_msg_object(msg, AKT_TYPE_OF(order));       in a handler
 *
 * The message and all that it points to must come from malloc, as shop__order__unpack leaves it: it
 * is freed by protobuf_c_message_free_unpacked. One that does not, on a stack or with texts of the
 * program, is sent as a copy: akt_protobuf_copy. On one node only the pointer travels.
 *
 * What arrives from other nodes is bounded before and while protobuf-c reads it, which has no limits
 * of its own: AKT_WIRE_MAX_DEPTH, and AKT_PROTOBUF_MAX_BYTES of memory.
 */
#ifndef AKT_PROTOBUF_C_H
#define AKT_PROTOBUF_C_H

#include <akt/object.h>
#include <akt/wire.h>
#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most memory that is asked for while one message is unpacked, work space included. */
#define AKT_PROTOBUF_MAX_BYTES AKT_WIRE_MAX_BYTES

/* A message type that carries messages of protobuf-c with this ProtobufCMessageDescriptor. */
#define AKT_PROTOBUF_DEFINE(tag, type_name, descriptor)                                            \
	static const akt_codec akt_codec_##tag = { akt_protobuf_drop, akt_protobuf_encode,         \
						   akt_protobuf_decode, &(descriptor) };           \
	AKT_OBJECT_DEFINE(tag, type_name, akt_codec_##tag)

/* --- the codec: arg is the descriptor ---------------------------------------------------------- */

static inline void akt_protobuf_drop(const void *arg, void *object)
{
	(void)arg;
	protobuf_c_message_free_unpacked((ProtobufCMessage *)object, NULL);
}

/* Errors: INVALID for a message of another descriptor; LIMIT. */
static inline int akt_protobuf_encode(const void *arg, const void *object, void *buffer,
				      size_t capacity_bytes)
{
	const ProtobufCMessage *message = (const ProtobufCMessage *)object;
	size_t size_bytes;

	if (message->descriptor != (const ProtobufCMessageDescriptor *)arg)
		return AKT_ERR_INVALID;
	size_bytes = protobuf_c_message_get_packed_size(message);
	if (size_bytes > AKT_WIRE_MAX_BYTES)
		return AKT_ERR_LIMIT;
	if (size_bytes > 0 && size_bytes <= capacity_bytes)
		(void)protobuf_c_message_pack(message, (uint8_t *)buffer);
	return (int)size_bytes;
}

/* What one message may still ask for. */
struct akt_protobuf_budget {
	size_t left_bytes;
	int error; /* AKT_ERR_*, once something was refused */
};

static inline void *akt_protobuf_alloc(void *budget, size_t size_bytes)
{
	struct akt_protobuf_budget *b = (struct akt_protobuf_budget *)budget;
	void *block = NULL;

	if (size_bytes > b->left_bytes) {
		b->error = AKT_ERR_LIMIT;
		return NULL;
	}
	b->left_bytes -= size_bytes;
	block = malloc(size_bytes);
	if (block == NULL && size_bytes > 0)
		b->error = AKT_ERR_NOMEM;
	return block;
}

static inline void akt_protobuf_free(void *budget, void *block)
{
	(void)budget;
	free(block);
}

/* The schema inside of a field, for akt_wire_scan. */
static inline const void *akt_protobuf_inner(const void *schema, uint32_t number)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field((const ProtobufCMessageDescriptor *)schema,
							number);

	return field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
}

/* Errors: FORMAT; LIMIT over AKT_PROTOBUF_MAX_BYTES; NOMEM. */
static inline int akt_protobuf_decode(const void *arg, const void *bytes, size_t size_bytes,
				      void **ret_object)
{
	const ProtobufCMessageDescriptor *descriptor = (const ProtobufCMessageDescriptor *)arg;
	struct akt_protobuf_budget budget = { AKT_PROTOBUF_MAX_BYTES, 0 };
	ProtobufCAllocator allocator = { akt_protobuf_alloc, akt_protobuf_free, NULL };
	ProtobufCMessage *message;
	int r = akt_wire_scan(bytes, size_bytes, akt_protobuf_inner, descriptor, NULL);

	if (r < 0)
		return r;
	allocator.allocator_data = &budget;
	message = protobuf_c_message_unpack(descriptor, &allocator, size_bytes,
					    (const uint8_t *)bytes);
	if (message == NULL)
		return budget.error != 0 ? budget.error : AKT_ERR_FORMAT;
	*ret_object = message;
	return 0;
}

/* --- sending a copy ---------------------------------------------------------------------------- */

/* A message that carries a copy of this one, by way of its bytes.
 * Threads: any thread. Owns: the message is yours; what was copied stays yours.
 * Errors: NULL for NULL, when memory is out, when message is of another descriptor than type, and
 * when it is over a limit of the wire. */
static inline akt_msg *akt_protobuf_copy(const akt_msg_type *type, const ProtobufCMessage *message)
{
	const void *descriptor = type->codec->arg;
	akt_msg *msg = NULL;
	int size = message == NULL ? AKT_ERR_INVALID
				   : akt_protobuf_encode(descriptor, message, NULL, 0);
	void *bytes = size < 0 ? NULL : malloc(size == 0 ? 1 : (size_t)size);

	if (bytes == NULL)
		return NULL;
	(void)akt_protobuf_encode(descriptor, message, bytes, (size_t)size);
	(void)akt_wire_decode(type, bytes, (size_t)size, &msg, NULL);
	free(bytes);
	return msg;
}

#ifdef __cplusplus
}
#endif
#endif
