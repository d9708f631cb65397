/* SPDX-License-Identifier: MIT */
/*
 * message: the block that travels. One header of 40 bytes, then the payload.
 *
 *	 0  node    link of the mailbox; any list once detached
 *	 8  type    descriptor; what the handler table is searched for
 *	16  from    address of the sender on this node, 0 for a post; one word, because two halves
 *	            written apart and read together stall the store buffer
 *	24  to      generation it was addressed to << 32 | MSG_*: the receiver checks it too, because a
 *	            slot may change hands between the sender's look and its push. One word again: that a
 *	            message is for this tenant and nothing special is one comparison
 *	32  size    payload bytes; MSG_OBJECT, if the payload is a pointer that is the message's own
 *	36  ask     question it asks or answers, 0 for none
 *	40  payload
 *
 * Twenty-four bytes of payload fit the smallest block, one cache line.
 */
#ifndef AKTI_MESSAGE_H
#define AKTI_MESSAGE_H

#include "mem/mem.h"
#include "queue/mpsc.h"
#include <akt/message.h>

enum msg_flag {
	MSG_REPLY = 1u << 0,  /* answers question `ask` of the receiver */
	MSG_TIMER = 1u << 1,  /* lies inside a struct ask, whose time has come */
	MSG_SIGNAL = 1u << 2, /* from the runtime to itself, see signal.c */
	MSG_EVENT = 1u << 3,  /* counts among the events of subscriber `ask`, see stream.h */
	/* Has a place in a bounded mailbox, to be given back (gate.h). Not one of MSG_FLAGS: it ends
	 * with the message's stay there. */
	MSG_COUNTED = 1u << 7,
	/* What is above the flags, neither of them one of MSG_FLAGS: the number of a flight (flight.h), or
	 * the chain in which it was sent (follow.h). */
	MSG_TIMED = 1u << 4,
	MSG_CHAINED = 1u << 5,
};
/* Above the flags, else: the tail of the receiver's ring when the message was queued beside it. */
#define MSG_STAMP_SHIFT 8u
#define MSG_STAMP_BITS 24u
#define MSG_BELOW_STAMP ((uint64_t)((1u << MSG_STAMP_SHIFT) - 1))
#define MSG_FLAGS ((uint64_t)(MSG_REPLY | MSG_TIMER | MSG_SIGNAL | MSG_EVENT))

/* An actor of this node: slot | generation << 32. 0 is nobody: generations begin at 1. */
#define ADDRESS(slot, gen) ((uint64_t)(slot) | (uint64_t)(gen) << 32)
#define ADDRESS_NOBODY ((uint64_t)UINT32_MAX) /* no such slot */
#define GEN_MASK (~(uint64_t)UINT32_MAX)
#define ADDRESS_SLOT(address) ((uint32_t)(address))
#define ADDRESS_GEN(address) ((uint32_t)((address) >> 32))

struct akt_msg {
	struct mpsc_node node;
	const akt_msg_type *type;
	uint64_t from;
	uint64_t to;
	uint32_t size;
	uint32_t ask;
	unsigned char payload[];
};

_Static_assert(sizeof(struct akt_msg) == sizeof(struct akt_msg_head), "message header");
_Static_assert(offsetof(struct akt_msg, type) == offsetof(struct akt_msg_head, type), "its type");

/* In size, so that the branch which tells one line from more tells this too: a message without it
 * pays nothing for it. Larger than any payload. */
#define MSG_OBJECT (UINT32_C(1) << 31)
_Static_assert(AKT_MSG_MAX_BYTES < MSG_OBJECT, "sizes leave the bit free");

AKTI_INLINE uint32_t akti_msg_payload_bytes(const akt_msg *msg)
{
	return msg->size & ~MSG_OBJECT;
}

AKTI_INLINE struct akt_msg *akti_msg_of(struct mpsc_node *node)
{
	return akti_container_of(node, struct akt_msg, node);
}

/* The message lies in a struct ask, and will not come to its turn (ask.h). */
void akti_ask_landed(akt_msg *msg);

/* A verdict travels as a message of this type: an error and words, see akt_msg_error. */
extern const akt_msg_type akti_verdict_type;

/* Turn a message into a verdict in place; the smallest block holds an error without words. */
void akti_msg_make_verdict(akt_msg *msg, int error);

/* A message of the runtime's own, its payload not initialised: no budget refuses it. NULL: memory is
 * out. */
akt_msg *akti_msg_new_signal(const akt_msg_type *type, size_t size_bytes);

/* A new verdict with words; NULL when memory is out. */
akt_msg *akti_msg_new_verdict(int error, const char *text);

#define MSG_BLOCK_MIN 64u /* one line */
#define MSG_LINE_PAYLOAD (MSG_BLOCK_MIN - 40u)

AKTI_INLINE size_t akti_msg_block_bytes(size_t payload_bytes)
{
	size_t bytes = sizeof(struct akt_msg) + payload_bytes;

	return bytes < MSG_BLOCK_MIN ? MSG_BLOCK_MIN : bytes;
}

/* A reply as a message that answers nothing; consumes it. NULL: memory is out. */
akt_msg *akti_msg_plain(akt_msg *msg);

/* Payloads of blocks up to MEM_SMALL_MAX. */
#define MSG_SMALL_PAYLOAD (1024u - 40u)

/* Free a message that carries an object, and the object. */
void akti_msg_release_object(akt_msg *msg);

/* Free a message that is no MSG_TIMER. */
AKTI_INLINE void akti_msg_release_plain(akt_msg *msg)
{
	if (akti_likely(msg->size <= MSG_LINE_PAYLOAD))
		akti_mem_free(msg, MSG_BLOCK_MIN);
	else if (akti_likely(msg->size <= MSG_SMALL_PAYLOAD))
		akti_mem_free(msg, akti_msg_block_bytes(msg->size));
	else if (akti_unlikely(msg->size & MSG_OBJECT))
		akti_msg_release_object(msg);
	else
		akti_mem_free(msg, akti_msg_block_bytes(msg->size));
}

/* Free whatever kind of message it is. */
AKTI_INLINE void akti_msg_release(akt_msg *msg)
{
	if (akti_unlikely(msg->to & MSG_TIMER))
		akti_ask_landed(msg);
	else
		akti_msg_release_plain(msg);
}

#endif
