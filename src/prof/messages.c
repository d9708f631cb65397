/* SPDX-License-Identifier: MIT */
/* See messages.h. */
#include "prof/messages.h"
#include "plat/plat.h"
#include "prof/names.h"
#include "prof/prof.h"

#include <akt/error.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define TICKS_NS_MIN 1000000 /* a rate measured over less is not good */

struct prof_messages akti_prof_messages;

static struct {
	pthread_mutex_t mutex; /* held over nothing but the systems' own tables */
	struct prof_messages_system *systems;
	uint64_t taken[PROF_WRITERS_MAX / 64]; /* numbers of writers */
	uint64_t begin_ticks;                  /* when the first one might be timed */
	int64_t begin_ns;
} messages = { .mutex = PTHREAD_MUTEX_INITIALIZER, .taken = { 1 } };

/* --- on and off --------------------------------------------------------------------------------- */

int akti_prof_messages_create(void)
{
	akti_prof_messages.store = akti_prof_store_create(PROF_MESSAGES_STORE_BYTES, 0);
	return akti_prof_messages.store == NULL ? AKT_ERR_NOMEM : 0;
}

void akti_prof_messages_set_every(uint32_t every)
{
	uint32_t before;

	(void)pthread_mutex_lock(&messages.mutex);
	AKT_ASSERT(every == 0 || akti_prof_messages.store != NULL);
	if (messages.begin_ns == 0) {
		messages.begin_ticks = akti_prof_cycles();
		messages.begin_ns = akti_plat_now();
	}
	before = akti_load_rlx(&akti_prof_messages.every);
	akti_store_rel(&akti_prof_messages.every, every);
	if ((before == 0) != (every == 0)) {
		for (struct prof_messages_system *at = messages.systems; at != NULL; at = at->next)
			at->look(at, every != 0);
	}
	(void)pthread_mutex_unlock(&messages.mutex);
}

void akti_prof_messages_join(struct prof_messages_system *system)
{
	(void)pthread_mutex_lock(&messages.mutex);
	system->next = messages.systems;
	system->link = &messages.systems;
	if (messages.systems != NULL)
		messages.systems->link = &system->next;
	messages.systems = system;
	if (akti_load_rlx(&akti_prof_messages.every) != 0)
		system->look(system, true);
	(void)pthread_mutex_unlock(&messages.mutex);
}

void akti_prof_messages_leave(struct prof_messages_system *system)
{
	(void)pthread_mutex_lock(&messages.mutex);
	*system->link = system->next;
	if (system->next != NULL)
		system->next->link = system->link;
	(void)pthread_mutex_unlock(&messages.mutex);
}

void akti_prof_messages_empty(void)
{
	struct prof_store *store = akti_prof_messages.store;

	if (store == NULL || !akti_prof_store_is_worn(store))
		return;
	(void)pthread_mutex_lock(&messages.mutex);
	if (messages.systems == NULL)
		akti_prof_store_empty(store);
	(void)pthread_mutex_unlock(&messages.mutex);
}

void akti_prof_messages_fork(bool before)
{
	if (before)
		(void)pthread_mutex_lock(&messages.mutex);
	else
		(void)pthread_mutex_unlock(&messages.mutex);
}

/* --- writers ------------------------------------------------------------------------------------ */

static void take_number(struct prof_writer *writer)
{
	writer->shares = true;
	(void)pthread_mutex_lock(&messages.mutex);
	for (uint32_t i = 0; i < PROF_WRITERS_MAX / 64 && writer->shares; i++) {
		uint32_t bit;

		if (messages.taken[i] == UINT64_MAX)
			continue;
		bit = (uint32_t)__builtin_ctzll(~messages.taken[i]);
		messages.taken[i] |= UINT64_C(1) << bit;
		writer->number = 64 * i + bit;
		writer->shares = false;
	}
	(void)pthread_mutex_unlock(&messages.mutex);
}

/* 0: shared. */
static uint32_t number_of(struct prof_writer *writer)
{
	if (writer == NULL)
		return 0;
	if (akti_unlikely(writer->number == 0 && !writer->shares))
		take_number(writer);
	return writer->number;
}

void akti_prof_writer_end(struct prof_writer *writer)
{
	uint32_t number = writer->number;

	memset(writer, 0, sizeof(*writer));
	if (number == 0)
		return;
	(void)pthread_mutex_lock(&messages.mutex);
	messages.taken[number / 64] &= ~(UINT64_C(1) << number % 64);
	(void)pthread_mutex_unlock(&messages.mutex);
}

static uint16_t what_of(struct prof_writer *writer, bool in_ns)
{
	return (uint16_t)(PROF_MESSAGES + (number_of(writer) << 1) + in_ns);
}

void akti_prof_messages_count_first(struct prof_writer *writer, enum prof_messages_fate fate,
				    int64_t weight)
{
	static const uintptr_t nobody[2] = { PROF_ROOT_NONE, 0 };
	struct prof_store *store = akti_prof_messages.store;
	struct prof_key key = { .what = what_of(writer, false) };
	struct prof_bucket *bucket = NULL;

	key.stack = akti_prof_store_stack(store, nobody, 2, false);
	if (key.stack != NULL)
		bucket = akti_prof_store_bucket(store, &key);
	if (bucket == NULL)
		return; /* then no message has room either, and that is said */
	akti_prof_messages_add(bucket, fate, weight);
	if (writer != NULL)
		writer->fates = bucket;
}

/* --- chains ------------------------------------------------------------------------------------- */

static const struct prof_stack *stack_of(uint32_t chain)
{
	return (const struct prof_stack *)(const void *)((const char *)akti_prof_messages.store +
							 (size_t)chain * AKTI_LINE);
}

_Static_assert(PROF_MESSAGES_STORE_BYTES / AKTI_LINE < 1u << 24, "a chain's number has 24 bits");
_Static_assert(sizeof(struct prof_store) / AKTI_LINE > PROF_ROOTS, "roots are no chains");

#define PCS_MAX (2 * (PROF_CHAIN_MAX + 1))

/* 0: the store is full. */
static uint32_t add_chain(uint32_t parent, const akt_type *type, const akt_msg_type *msg)
{
	uintptr_t pcs[PCS_MAX] = { (uintptr_t)msg, (uintptr_t)type };
	bool truncated = parent == PROF_ROOT_REST;
	const struct prof_stack *stack;
	uint32_t count = 2;

	if (parent >= PROF_ROOTS) {
		stack = stack_of(parent);
		truncated = stack->truncated != 0;
		for (uint32_t i = 0; i < stack->count; i += 2) {
			if (count == 2 * PROF_CHAIN_MAX && stack->pcs[i + 1] != 0) {
				truncated = true;
				break;
			}
			pcs[count++] = stack->pcs[i];
			pcs[count++] = stack->pcs[i + 1];
		}
	} else if (parent != PROF_ROOT_NONE && parent != PROF_ROOT_REST) {
		pcs[count++] = parent;
		pcs[count++] = 0;
	}
	stack = akti_prof_store_stack(akti_prof_messages.store, pcs, count, truncated);
	return stack == NULL
		       ? 0
		       : (uint32_t)(((const char *)stack - (const char *)akti_prof_messages.store) /
				    AKTI_LINE);
}

uint32_t akti_prof_chain_make(struct prof_writer *writer, uint32_t parent, const akt_type *type,
			      const akt_msg_type *msg)
{
	unsigned at = akti_prof_chain_place(parent, type, msg);
	uint32_t chain = add_chain(parent, type, msg);

	if (chain == 0)
		chain = add_chain(PROF_ROOT_REST, type, msg);
	if (chain == 0)
		return PROF_ROOT_REST;
	if (writer != NULL) {
		writer->chains[at].type = type;
		writer->chains[at].msg = msg;
		writer->chains[at].parent = parent;
		writer->chains[at].chain = chain;
	}
	return chain;
}

struct prof_bucket *akti_prof_messages_find(struct prof_writer *writer, uint32_t chain,
					    uint64_t actor, uint32_t phase, bool in_ns)
{
	struct prof_key key = { .actor = akti_prof_name_of(actor << 32 | actor >> 32),
				.what = what_of(writer, in_ns),
				.phase = (uint16_t)phase };

	if (chain < PROF_ROOTS)
		return NULL;
	key.stack = stack_of(chain);
	key.msg = (const akt_msg_type *)key.stack->pcs[0];
	key.type = (const akt_type *)key.stack->pcs[1];
	return akti_prof_store_bucket(akti_prof_messages.store, &key);
}

const struct prof_arrival *akti_prof_arrival_make(struct prof_writer *writer, uint32_t parent,
						  const akt_type *type, const akt_msg_type *msg,
						  uint64_t actor, bool in_ns)
{
	struct prof_arrival *made = &writer->arrivals[akti_prof_arrival_place(parent, msg, actor)];

	made->actor = actor;
	made->msg = msg;
	made->phase = akti_prof_phase_here();
	made->chain = akti_prof_chain(writer, parent, type, msg);
	made->bucket = akti_prof_messages_find(writer, made->chain, actor, made->phase, in_ns);
	/* What has found no room is not remembered: no message comes of PROF_ROOT_NONE. */
	made->parent = made->bucket != NULL ? parent : PROF_ROOT_NONE;
	return made;
}

/* --- for the file ------------------------------------------------------------------------------- */

double akti_prof_messages_tick_ns(void)
{
	int64_t now_ns;
	uint64_t ticks;

	do {
		ticks = akti_prof_cycles();
		now_ns = akti_plat_now();
	} while (now_ns - messages.begin_ns < TICKS_NS_MIN);
	ticks -= messages.begin_ticks;
	return ticks == 0 ? 0 : (double)(now_ns - messages.begin_ns) / (double)ticks;
}

static const char *root_text(uintptr_t root)
{
	static const char *const texts[PROF_ROOTS] = {
		"[none]", "[outside]", "[timer]", "[descriptor]", "[hook]", "[earlier]", "[...]",
	};

	return texts[root];
}

const char *akti_prof_chain_frame(uintptr_t msg, uintptr_t type, char *text, size_t size_bytes)
{
	const char *of = type == 0 ? "" : ((const akt_type *)type)->name;
	const char *what = msg < PROF_ROOTS ? root_text(msg) : ((const akt_msg_type *)msg)->name;

	(void)snprintf(text, size_bytes, "%s%s%s", of, type == 0 ? "" : ".", what);
	return text;
}
