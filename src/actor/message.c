/* SPDX-License-Identifier: MIT */
/* message: birth and death of a block, and verdicts. */
#include "prof/blackbox.h"
#include "actor/message.h"
#include "actor/ask.h"
#include "mem/budget.h"
#include <akt/object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verdict {
	int32_t error;
	char text[20]; /* to the end of the smallest block; longer words have a longer block */
};

_Static_assert(sizeof(struct akt_msg) + sizeof(struct verdict) == MSG_BLOCK_MIN, "fits in place");

const akt_msg_type akti_verdict_type = { "akt.verdict", 0, 0, NULL, NULL };

AKTI_INLINE akt_msg *make_block(const akt_msg_type *type, size_t size_bytes, enum mem_kind kind)
{
	akt_msg *msg = akti_mem_alloc(akti_msg_block_bytes(size_bytes), kind);

	if (akti_unlikely(msg == NULL))
		return NULL;
	msg->type = type;
	msg->size = (uint32_t)size_bytes;
	msg->to = 0;
	return msg; /* the rest is written when it is sent */
}

/* A user's. */
static AKTI_NOINLINE akt_msg *new_block(const akt_msg_type *type, size_t size_bytes)
{
	return make_block(type, size_bytes, MEM_MESSAGE);
}

akt_msg *akti_msg_new_signal(const akt_msg_type *type, size_t size_bytes)
{
	return make_block(type, size_bytes, MEM_SIGNAL);
}

/* For the flight recorder: who was refused. */
static AKTI_COLD void note_overload(void)
{
	prof_who_fn ask = atomic_load_explicit(&akti_prof_who, memory_order_relaxed);
	struct prof_who who = { 0 };

	if (ask != NULL)
		ask(&who);
	akti_blackbox_event(BLACKBOX_OVERLOAD, who.actor, who.type, who.msg, 0);
	akti_blackbox_ask(BLACKBOX_BY_OVERLOAD);
}

int akt_msg_null_error(void)
{
	if (!akti_mem_over_budget())
		return AKT_ERR_NOMEM;
	if (akti_blackbox_is_on())
		note_overload();
	return AKT_ERR_OVERLOAD;
}

AKTI_HOT akt_msg *akt_msg_blank(const akt_msg_type *type)
{
	uint32_t size = type->size;

	akt_msg *msg = akti_likely(size <= MSG_LINE_PAYLOAD) ? akti_mem_try_line() : NULL;

	if (akti_likely(msg != NULL)) {
		msg->type = type;
		msg->size = size;
		msg->to = 0;
		return msg;
	}
	return new_block(type, size);
}

akt_msg *akt_msg_new(const akt_msg_type *type, const void *payload)
{
	akt_msg *msg = new_block(type, type->size);

	if (akti_unlikely(msg == NULL))
		return NULL;
	if (payload != NULL)
		memcpy(msg->payload, payload, type->size);
	else
		memset(msg->payload, 0, type->size);
	return msg;
}

akt_msg *akt_msg_new_bytes(const akt_msg_type *type, size_t size_bytes)
{
	if (type->size != 0 || size_bytes > AKT_MSG_MAX_BYTES) {
		akti_mem_note_out();
		return NULL;
	}
	return new_block(type, size_bytes);
}

void akt_msg_free(akt_msg *msg)
{
	if (msg != NULL)
		akti_msg_release(msg);
}

const akt_msg_type *akt_msg_type_of(const akt_msg *msg)
{
	return msg->type;
}

size_t akt_msg_size(const akt_msg *msg)
{
	return msg->size & MSG_OBJECT ? 0 : msg->size;
}

void akt_msg_wrong_type(const akt_msg *msg, const akt_msg_type *expected)
{
	(void)fprintf(stderr, "akt: the payload of a %s was read as a %s\n", msg->type->name,
		      expected->name);
	abort();
}

static const struct verdict *verdict_of(const akt_msg *msg)
{
	return (const struct verdict *)(const void *)msg->payload;
}

/* The object in a message that has one. */
static void *object_of(const akt_msg *msg)
{
	void *object;

	memcpy(&object, msg->payload, sizeof(object));
	return object;
}

static void drop_object(akt_msg *msg)
{
	const akt_codec *codec = msg->type->codec;

	codec->drop(codec->arg, object_of(msg));
	msg->size = 0;
}

#ifndef AKTI_MEM_PASSTHROUGH
_Static_assert(sizeof(struct akt_msg) + MSG_SMALL_PAYLOAD == MEM_SMALL_MAX, "one look at the size");
#endif

AKTI_NOINLINE void akti_msg_release_object(akt_msg *msg)
{
	drop_object(msg);
	akti_mem_free(msg, MSG_BLOCK_MIN);
}

akt_msg *akt_msg_new_object(const akt_msg_type *type, void *object)
{
	akt_msg *msg;

	AKT_ASSERT(type->codec != NULL);
	if (object == NULL) {
		akti_mem_note_out();
		return NULL;
	}
	msg = new_block(type, sizeof(object));
	if (msg == NULL) {
		type->codec->drop(type->codec->arg, object);
		return NULL;
	}
	memcpy(msg->payload, &object, sizeof(object));
	msg->size |= MSG_OBJECT;
	return msg;
}

const void *akt_msg_object(const akt_msg *msg, const akt_msg_type *type)
{
	if (msg->type != type)
		akt_msg_wrong_type(msg, type);
	return msg->size & MSG_OBJECT ? object_of(msg) : NULL;
}

void *akt_msg_take_object(akt_msg *msg)
{
	if (!(msg->size & MSG_OBJECT))
		return NULL;
	msg->size = 0;
	return object_of(msg);
}

void akti_msg_make_verdict(akt_msg *msg, int error)
{
	struct verdict verdict = { .error = error };

	if (msg->size & MSG_OBJECT)
		drop_object(msg);
	msg->type = &akti_verdict_type;
	memcpy(msg->payload, &verdict, sizeof(verdict));
}

akt_msg *akti_msg_new_verdict(int error, const char *text)
{
	size_t text_bytes = strlen(text) + 1;
	size_t size = offsetof(struct verdict, text) + text_bytes;
	akt_msg *msg;

	if (size < sizeof(struct verdict))
		size = sizeof(struct verdict);
	msg = akti_msg_new_signal(&akti_verdict_type, size);
	if (msg == NULL)
		return NULL;
	akti_msg_make_verdict(msg, error);
	memcpy(msg->payload + offsetof(struct verdict, text), text, text_bytes);
	return msg;
}

akt_msg *akti_msg_plain(akt_msg *msg)
{
	if (msg->to & MSG_TIMER) {
		/* It lies inside a struct ask, which stays: what is given away is a copy. */
		akt_msg *copy = akti_msg_new_signal(msg->type, msg->size);

		if (copy != NULL)
			memcpy(copy->payload, msg->payload, msg->size);
		return copy;
	}
	msg->ask = 0;
	msg->to = 0;
	return msg;
}

int akt_msg_error(const akt_msg *msg)
{
	return msg->type == &akti_verdict_type ? verdict_of(msg)->error : 0;
}

const char *akt_msg_error_text(const akt_msg *msg)
{
	return msg->type == &akti_verdict_type ? verdict_of(msg)->text : "";
}
