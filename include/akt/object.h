/* SPDX-License-Identifier: MIT */
/*
 * Objects: messages that carry a pointer to something that another library made.
 *
 *	static void drop_image(const void *arg, void *object) { (void)arg; image_destroy(object); }
 *	static const akt_codec image_codec = { drop_image, NULL, NULL, NULL };
 *	AKT_OBJECT_DEFINE(image, "camera.image", image_codec);
 *
 *	akt_send(ctx, viewer, akt_msg_new_object(AKT_TYPE_OF(image), pixels));
 *
 *	const struct image *seen = akt_msg_object(msg, AKT_TYPE_OF(image));      in viewer's handler
 *
 * The object goes with its message: from the sender to the runtime, to the handler, which borrows
 * it, and when the message ends, handled or not, the codec drops it. On one node nothing is copied.
 * Between nodes the codec makes bytes of it and an object of bytes; without these two functions the
 * message stays on its node. <akt/protobuf-c.h> is such a codec.
 *
 * Limits of mailboxes and profiles of memory count the message and not what it points to.
 */
#ifndef AKT_OBJECT_H
#define AKT_OBJECT_H

#include <akt/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What akt does with an object. Each function is given `arg` and may run on any thread, for several
 * objects at a time; none of them may block or send. */
struct akt_codec {
	/* Give the object back to whoever made it. Never NULL. */
	void (*drop)(const void *arg, void *object);
	/* The bytes of the object's wire form, written to buffer if they are at most
	 * capacity_bytes, else not at all; negative: AKT_ERR_*. buffer is NULL when capacity_bytes
	 * is 0. NULL: the message stays on its node. */
	int (*encode)(const void *arg, const void *object, void *buffer, size_t capacity_bytes);
	/* Make an object of bytes that may come from anybody; 0, or AKT_ERR_*. *ret_object is not
	 * NULL after success. NULL: the message stays on its node. */
	int (*decode)(const void *arg, const void *bytes, size_t size_bytes, void **ret_object);
	const void *arg;
};

/* A message type that carries objects; codec is the name of an akt_codec that is const and lives as
 * long as the program. For a header: AKT_MESSAGE_DECLARE. */
#define AKT_OBJECT_DEFINE(tag, type_name, codec)                                                   \
	extern const akt_msg_type akt_message_##tag;                                               \
	const akt_msg_type akt_message_##tag = { type_name, 0, 0, NULL, &(codec) }

/* A message that carries object. The type has a codec.
 * Threads: any thread. Owns: the message is yours and the object is its, whatever is returned.
 * Errors: NULL for a NULL object, and as akt_msg_new, after the object was dropped: a send then
 * says why. Cost: as akt_msg_new. */
AKT_API akt_msg *akt_msg_new_object(const akt_msg_type *type, void *object);

/* The object of a message that is known to be of this type: another type is a bug, as with
 * akt_payload. NULL when none is in it.
 * Threads: any thread, for a message you own or borrow. Owns: it lives as long as the message. */
AKT_API const void *akt_msg_object(const akt_msg *msg, const akt_msg_type *type);

/* The object, taken out: the message is empty from now on. NULL when none is in it.
 * Threads: any thread, for a message you own, or the one being handled. Owns: the object is yours.
 */
AKT_API void *akt_msg_take_object(akt_msg *msg);

#ifdef __cplusplus
}
#endif
#endif
