/* SPDX-License-Identifier: MIT */
/* Messages to bytes and back: structs by their tables, objects by their codecs, the rest as it is. */
#include "wire/wire.h"
#include <akt/object.h>

static int raw_encode(const akt_msg *msg, void *buffer, size_t capacity_bytes)
{
	size_t size_bytes = akt_msg_size(msg);

	if (size_bytes > 0 && size_bytes <= capacity_bytes)
		memcpy(buffer, akt_msg_payload(msg, akt_msg_type_of(msg)), size_bytes);
	return (int)size_bytes; /* at most AKT_MSG_MAX_BYTES */
}

static int object_encode(const akt_msg *msg, void *buffer, size_t capacity_bytes,
			 akt_wire_fault *ret_fault)
{
	const akt_msg_type *type = akt_msg_type_of(msg);
	const void *object = akt_msg_object(msg, type);
	int r;

	if (object == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no object is in it", NULL, 0);
	r = type->codec->encode(type->codec->arg, object, buffer, capacity_bytes);
	if (r < 0)
		return akti_wire_refuse(ret_fault, r, "its codec refuses the object", NULL, 0);
	if ((size_t)r > AKT_WIRE_MAX_BYTES)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the message is over AKT_WIRE_MAX_BYTES", NULL, 0);
	return r;
}

/* The bytes needed; they are written if they fit. */
static int encode(const akt_msg *msg, void *buffer, size_t capacity_bytes,
		  akt_wire_fault *ret_fault)
{
	const akt_msg_type *type;
	int r;

	if (msg == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no message", NULL, 0);
	if (akt_msg_error(msg) != 0)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "a verdict is no value", NULL,
					0);
	type = akt_msg_type_of(msg);
	if (type->size > 0)
		return akti_wire_pack(type, akt_msg_payload(msg, type), buffer, capacity_bytes,
				      ret_fault);
	r = akti_wire_usable(type, ret_fault);
	if (r < 0)
		return r;
	if (type->codec != NULL)
		return object_encode(msg, buffer, capacity_bytes, ret_fault);
	return raw_encode(msg, buffer, capacity_bytes);
}

int akt_wire_size(const akt_msg *msg, akt_wire_fault *ret_fault)
{
	return encode(msg, NULL, 0, ret_fault);
}

int akt_wire_encode(const akt_msg *msg, void *buffer, size_t capacity_bytes,
		    akt_wire_fault *ret_fault)
{
	int r;

	if (buffer == NULL && capacity_bytes > 0)
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no buffer", NULL, 0);
	r = encode(msg, buffer, capacity_bytes, ret_fault);
	if (r >= 0 && (size_t)r > capacity_bytes)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the buffer is smaller than akt_wire_size", NULL, 0);
	return r;
}

static int raw_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
		      akt_msg **ret_msg)
{
	akt_msg *msg = akt_msg_new_bytes(type, size_bytes);

	if (msg == NULL)
		return akt_msg_null_error();
	if (size_bytes > 0)
		memcpy(akt_msg_bytes(msg), bytes, size_bytes);
	*ret_msg = msg;
	return 0;
}

static int object_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
			 akt_msg **ret_msg, akt_wire_fault *ret_fault)
{
	void *object = NULL;
	akt_msg *msg;
	int r = type->codec->decode(type->codec->arg, bytes, size_bytes, &object);

	if (r < 0)
		return akti_wire_refuse(ret_fault, r, "its codec refuses the bytes", NULL, 0);
	msg = akt_msg_new_object(type, object);
	if (msg == NULL)
		return akt_msg_null_error();
	*ret_msg = msg;
	return 0;
}

static int struct_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
			 akt_msg **ret_msg, akt_wire_fault *ret_fault)
{
	akt_msg *msg = akt_msg_blank(type);
	int r;

	if (msg == NULL)
		return akt_msg_null_error();
	r = akti_wire_unpack(type, bytes, size_bytes, akt_msg_bytes(msg), ret_fault);
	if (r < 0)
		akt_msg_free(msg);
	else
		*ret_msg = msg;
	return r;
}

int akt_wire_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
		    akt_msg **ret_msg, akt_wire_fault *ret_fault)
{
	int r;

	if (ret_msg == NULL || (bytes == NULL && size_bytes > 0))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no bytes, or no place", NULL,
					0);
	r = akti_wire_usable(type, ret_fault);
	if (r < 0)
		return r;
	if (size_bytes > AKT_WIRE_MAX_BYTES)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the message is over AKT_WIRE_MAX_BYTES", NULL, 0);
	if (type->codec != NULL)
		r = object_decode(type, bytes, size_bytes, ret_msg, ret_fault);
	else if (type->size == 0)
		r = raw_decode(type, bytes, size_bytes, ret_msg);
	else
		r = struct_decode(type, bytes, size_bytes, ret_msg, ret_fault);
	if (r == AKT_ERR_NOMEM || r == AKT_ERR_OVERLOAD)
		return akti_wire_refuse(ret_fault, r, "no memory for the message", NULL, 0);
	return r;
}
