/* SPDX-License-Identifier: MIT */
/*
 * messages: who sends what to whom, for *_msg.prof.
 *
 * A chain says how a message came about: who handles it and as what, above it the handler that sent
 * it, and so on. It is a stack of the store whose pcs are pairs, leaf first:
 *
 *	[ akt_msg_type, akt_type | akt_msg_type, akt_type | ... | root, 0 ]
 *
 * and its number is where it lies, in lines from the start of the store: 24 bits, which fit a message's
 * header. A chain is made of its parent's number and one pair, and found again by the same three, so
 * who handles messages remembers some (prof_writer) and rarely looks here. At most PROF_CHAIN_MAX
 * handlers are kept; what was before is "[...]".
 *
 * A bucket is of (chain, actor, phase, writer). Each worker is a writer and adds to buckets of its own
 * without locked instructions; files add them up. Those of threads that are none, and of writers
 * beyond PROF_WRITERS_MAX, are shared and added to atomically.
 *
 * The actors' half is actor/follow.h. Proved by: tests/unit/prof/test_messages.c.
 */
#ifndef AKTI_PROF_MESSAGES_H
#define AKTI_PROF_MESSAGES_H

#include "prof/phase.h"
#include "prof/store.h"

#define PROF_MESSAGES_STORE_BYTES ((size_t)256 * 1024 * 1024)
#define PROF_CHAIN_MAX 8u /* handlers in a chain */
#define PROF_WRITERS_MAX 1024u

/* Where chains begin, and what stands for a message in a frame where none does. Numbers of chains: no
 * stack lies so near the store's start. */
enum prof_root {
	PROF_ROOT_NONE = 0,
	PROF_ROOT_OUTSIDE = 1,    /* a thread that is no worker */
	PROF_ROOT_TIMER = 2,      /* the clock */
	PROF_ROOT_DESCRIPTOR = 3, /* a descriptor is ready */
	PROF_ROOT_HOOK = 4,       /* of an actor: its hooks, and the runtime for it */
	PROF_ROOT_EARLIER = 5,    /* of an actor: it handles what was sent before the recording */
	PROF_ROOT_REST = 6,       /* more than is kept */
	PROF_ROOTS = 7,
};

/* Values of a bucket, in this order in the file; times in units of the bucket's clock. */
enum { MESSAGES_COUNT = 0, MESSAGES_BYTES = 1, MESSAGES_WAIT = 2, MESSAGES_PROCESSING = 3 };

/* prof_key.what - PROF_MESSAGES: whose bucket it is, and whether its times are nanoseconds or ticks of
 * the time-stamp counter. */
#define PROF_MESSAGES_NS 1u
#define PROF_MESSAGES_WRITER(what) (((what)-PROF_MESSAGES) >> 1)

/* What becomes of messages, each as many as it stands for: the values of one more bucket of each writer,
 * which has no type. The weight for which a store has no room is in store->lost. */
enum prof_messages_fate {
	MESSAGES_SENT = 0,    /* they are to be timed */
	MESSAGES_DEAD = 1,    /* of those: dead letters */
	MESSAGES_DROPPED = 2, /* by a full mailbox, or of no more use */
	MESSAGES_UNTIMED = 3, /* not among those sent: too many were on their way */
};

struct prof_messages {
	_Atomic uint32_t every; /* one message in so many is timed on average; 0: nothing is on */
	struct prof_store *store;
};
extern AKTI_SHARED struct prof_messages akti_prof_messages;

#define PROF_CHAINS_SEEN 64u
#define PROF_ARRIVALS_SEEN 256u

/* What is made of a message that was sent in chain parent and is handled by actor. */
struct prof_arrival {
	uint64_t actor;
	const akt_msg_type *msg;
	uint32_t parent;
	uint32_t phase;
	uint32_t chain;
	struct prof_bucket *bucket; /* NULL: the store is full */
};

/* One that handles messages, a thread at a time. All zeros to begin with. */
struct prof_writer {
	uint32_t number; /* 0: none yet, or it shares what it adds to */
	bool shares;
	struct prof_bucket *fates; /* NULL: none yet */
	struct {
		const akt_type *type;
		const akt_msg_type *msg;
		uint32_t parent;
		uint32_t chain;
	} chains[PROF_CHAINS_SEEN];
	struct prof_arrival arrivals[PROF_ARRIVALS_SEEN];
};

/* Make the store. Errors: NOMEM. Once, after akti_prof_names_create. Threads: outside. */
int akti_prof_messages_create(void);

/* Time one message in every on average, from now on; 1: each, 0: none, and nothing is recorded but
 * what becomes of those on their way. Threads: outside. */
void akti_prof_messages_set_every(uint32_t every);

/* A system: it is told when each of its messages must be looked at, and when no more. */
struct prof_messages_system {
	void (*look)(struct prof_messages_system *system, bool on);
	struct prof_messages_system *next;
	struct prof_messages_system **link;
};
/* Threads: outside. */
void akti_prof_messages_join(struct prof_messages_system *system);
void akti_prof_messages_leave(struct prof_messages_system *system);

/* Empty the store, if it is worn and there is no system: messages on their way bear numbers of it, and who
 * handles them has looked it up. Nothing is on. Threads: outside. */
void akti_prof_messages_empty(void);

/* The process is about to fork, and has: in between nobody joins or leaves. */
void akti_prof_messages_fork(bool before);

/* The writer will write no more: another may have its number. */
void akti_prof_writer_end(struct prof_writer *writer);

/* The chain of a message that was sent in chain parent, an enum prof_root included, and is handled by
 * an actor of this type. Never PROF_ROOT_NONE. writer: NULL on a thread that is none. */
uint32_t akti_prof_chain_make(struct prof_writer *writer, uint32_t parent, const akt_type *type,
			      const akt_msg_type *msg);

AKTI_INLINE unsigned akti_prof_chain_place(uint32_t parent, const akt_type *type,
					   const akt_msg_type *msg)
{
	return (unsigned)(parent + ((uintptr_t)msg >> 3) + ((uintptr_t)type >> 4)) %
	       PROF_CHAINS_SEEN;
}

/* The same if the writer remembers it; else 0. */
AKTI_INLINE uint32_t akti_prof_chain_seen(const struct prof_writer *writer, uint32_t parent,
					  const akt_type *type, const akt_msg_type *msg)
{
	unsigned at = akti_prof_chain_place(parent, type, msg);

	return akti_likely(writer->chains[at].parent == parent && writer->chains[at].msg == msg &&
			   writer->chains[at].type == type)
		       ? writer->chains[at].chain
		       : 0;
}

AKTI_INLINE uint32_t akti_prof_chain(struct prof_writer *writer, uint32_t parent,
				     const akt_type *type, const akt_msg_type *msg)
{
	uint32_t chain = akti_prof_chain_seen(writer, parent, type, msg);

	return akti_likely(chain != 0) ? chain : akti_prof_chain_make(writer, parent, type, msg);
}

/* The bucket of a message of that chain to an actor, slot | generation << 32, 0: to none; NULL: the store
 * is full. in_ns: its times are nanoseconds. writer: NULL on a thread that is none. */
struct prof_bucket *akti_prof_messages_find(struct prof_writer *writer, uint32_t chain,
					    uint64_t actor, uint32_t phase, bool in_ns);

/* The phase that a message handled here belongs to. */
AKTI_INLINE uint32_t akti_prof_phase_here(void)
{
	uint32_t named = atomic_load_explicit(&akti_prof_phase_now, memory_order_relaxed);
	const _Atomic uint8_t *own;

	if (named != PROF_PHASE_NONE)
		return named;
	own = atomic_load_explicit(&akti_prof_label.phase, memory_order_relaxed);
	return own != NULL ? atomic_load_explicit(own, memory_order_relaxed) : PROF_PHASE_NONE;
}

/* Chain and bucket of a message that was sent in chain parent and is handled by actor, of this type. What
 * is returned holds until the next call. */
const struct prof_arrival *akti_prof_arrival_make(struct prof_writer *writer, uint32_t parent,
						  const akt_type *type, const akt_msg_type *msg,
						  uint64_t actor, bool in_ns);
AKTI_INLINE unsigned akti_prof_arrival_place(uint32_t parent, const akt_msg_type *msg,
					     uint64_t actor)
{
	return (unsigned)(parent + (uint32_t)actor + (unsigned)((uintptr_t)msg >> 3)) %
	       PROF_ARRIVALS_SEEN;
}

/* The same if the writer remembers it; else NULL. Its bucket is there. */
AKTI_INLINE const struct prof_arrival *akti_prof_arrival_seen(const struct prof_writer *writer,
							      uint32_t parent,
							      const akt_msg_type *msg,
							      uint64_t actor)
{
	const struct prof_arrival *seen =
		&writer->arrivals[akti_prof_arrival_place(parent, msg, actor)];

	return akti_likely(seen->parent == parent && seen->actor == actor && seen->msg == msg &&
			   seen->phase == akti_prof_phase_here())
		       ? seen
		       : NULL;
}

/* Whether one thread alone adds to a bucket. */
AKTI_INLINE bool akti_prof_messages_is_own(const struct prof_bucket *bucket)
{
	return akti_likely(PROF_MESSAGES_WRITER(bucket->key.what) != 0);
}

/* Add to a value of a bucket that this thread has found. */
AKTI_INLINE void akti_prof_messages_add(struct prof_bucket *bucket, unsigned value, int64_t n)
{
	if (akti_prof_messages_is_own(bucket))
		akti_count(&bucket->value[value], n);
	else
		(void)akti_add_rlx(&bucket->value[value], n);
}

/* Count a message that has come and stands for weight of them. */
AKTI_INLINE void akti_prof_messages_came(struct prof_bucket *bucket, uint32_t weight,
					 uint32_t bytes, int64_t waited)
{
	/* The counters of two processors may differ. */
	const int64_t wait = akti_likely(waited > 0) ? weight * waited : 0;

	if (akti_prof_messages_is_own(bucket)) {
		akti_count(&bucket->value[MESSAGES_COUNT], weight);
		akti_count(&bucket->value[MESSAGES_BYTES], (uint64_t)weight * bytes);
		akti_count(&bucket->value[MESSAGES_WAIT], wait);
	} else {
		(void)akti_add_rlx(&bucket->value[MESSAGES_COUNT], weight);
		(void)akti_add_rlx(&bucket->value[MESSAGES_BYTES], (int64_t)weight * bytes);
		(void)akti_add_rlx(&bucket->value[MESSAGES_WAIT], wait);
	}
}

/* Count what became of a message. writer: NULL on a thread that is none. */
void akti_prof_messages_count_first(struct prof_writer *writer, enum prof_messages_fate fate,
				    int64_t weight);
AKTI_INLINE void akti_prof_messages_count(struct prof_writer *writer, enum prof_messages_fate fate,
					  int64_t weight)
{
	if (akti_likely(writer != NULL && writer->fates != NULL))
		akti_prof_messages_add(writer->fates, fate, weight);
	else
		akti_prof_messages_count_first(writer, fate, weight);
}

/* The store has no room for a message. */
AKTI_INLINE void akti_prof_messages_lose(uint64_t weight)
{
	(void)akti_add_rlx(&akti_prof_messages.store->lost, weight);
}

/* --- for the file, and outside ------------------------------------------------------------------ */

/* How many nanoseconds a tick of the time-stamp counter takes, as measured since the first message
 * might be timed. Waits for a millisecond to have passed. */
double akti_prof_messages_tick_ns(void);

/* The frame of a pair of a chain: "Type.msg.type", "[outside]", "Type.[hook]". Returns text. */
const char *akti_prof_chain_frame(uintptr_t msg, uintptr_t type, char *text, size_t size_bytes);

#endif
