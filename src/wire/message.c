/* SPDX-License-Identifier: MIT */
/* Messages to bytes and back: structs by their tables, types of size 0 as they are. */
#include "wire/wire.h"

static int raw_encode(const akt_msg *msg, void *buffer, size_t capacity_bytes)
{
	size_t size_bytes = akt_msg_size(msg);

	if (size_bytes > 0 && size_bytes <= capacity_bytes)
		memcpy(buffer, akt_msg_payload(msg, akt_msg_type_of(msg)), size_bytes);
	return (int)size_bytes; /* at most AKT_MSG_MAX_BYTES */
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
	return r < 0 ? r : raw_encode(msg, buffer, capacity_bytes);
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
		      akt_msg **ret_msg, akt_wire_fault *ret_fault)
{
	akt_msg *msg;

	if (size_bytes > AKT_WIRE_MAX_BYTES)
		return akti_wire_refuse(ret_fault, AKT_ERR_LIMIT,
					"the message is over AKT_WIRE_MAX_BYTES", NULL, 0);
	msg = akt_msg_new_bytes(type, size_bytes);
	if (msg == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_NOMEM, "out of memory", NULL, 0);
	if (size_bytes > 0)
		memcpy(akt_msg_bytes(msg), bytes, size_bytes);
	*ret_msg = msg;
	return 0;
}

int akt_wire_decode(const akt_msg_type *type, const void *bytes, size_t size_bytes,
		    akt_msg **ret_msg, akt_wire_fault *ret_fault)
{
	akt_msg *msg;
	int r;

	if (ret_msg == NULL || (bytes == NULL && size_bytes > 0))
		return akti_wire_refuse(ret_fault, AKT_ERR_INVALID, "no bytes, or no place", NULL,
					0);
	r = akti_wire_usable(type, ret_fault);
	if (r < 0)
		return r;
	if (type->size == 0)
		return raw_decode(type, bytes, size_bytes, ret_msg, ret_fault);
	msg = akt_msg_blank(type);
	if (msg == NULL)
		return akti_wire_refuse(ret_fault, AKT_ERR_NOMEM, "out of memory", NULL, 0);
	r = akti_wire_unpack(type, bytes, size_bytes, akt_msg_bytes(msg), ret_fault);
	if (r < 0)
		akt_msg_free(msg);
	else
		*ret_msg = msg;
	return r;
}
