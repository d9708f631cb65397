/* SPDX-License-Identifier: MIT */
/* See names.h. Both tables are open-addressed, twice as large as what they may hold. */
#include "prof/names.h"
#include "base/atomic.h"
#include "base/hash.h"
#include "prof/store.h"

#include <akt/error.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS (2 * PROF_NAMES_MAX)
#define TEXT_BYTES ((size_t)16 * 1024 * 1024)

struct actor_slot {
	_Atomic uint64_t actor; /* 0: free */
	_Atomic uint32_t name;
};

struct names {
	struct actor_slot actors[SLOTS];
	uint32_t by_text[SLOTS]; /* number of a name + 1; 0: free */
	uint32_t text_at[PROF_NAMES_MAX];
	uint32_t name_count;
	_Atomic uint32_t actor_count;
	size_t text_used;
	char text[TEXT_BYTES];
};

/* The collector is the process's, as the profiling signal is; so are its names. */
static struct names *names;
static pthread_mutex_t names_mutex = PTHREAD_MUTEX_INITIALIZER;

int akti_prof_names_create(void)
{
	void *at;

	if (names != NULL)
		return 0;
	at = mmap(NULL, sizeof(struct names), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return AKT_ERR_NOMEM;
	names = at;
	return 0;
}

/* The number of a text, added if new; PROF_NAMES_MAX when there is no room. */
static uint32_t intern(const char *text)
{
	size_t size_bytes = strlen(text) + 1;
	uint32_t at = (uint32_t)akti_hash_bytes(text, size_bytes, 0) % SLOTS, number;

	for (; names->by_text[at] != 0; at = (at + 1) % SLOTS) {
		number = names->by_text[at] - 1;
		if (strcmp(names->text + names->text_at[number], text) == 0)
			return number;
	}
	if (names->name_count == PROF_NAMES_MAX || names->text_used + size_bytes > TEXT_BYTES)
		return PROF_NAMES_MAX;
	number = names->name_count++;
	memcpy(names->text + names->text_used, text, size_bytes);
	names->text_at[number] = (uint32_t)names->text_used;
	names->text_used += size_bytes;
	names->by_text[at] = number + 1;
	return number;
}

static uint32_t slot_of(uint64_t actor)
{
	uint32_t at = (uint32_t)akti_hash_u64(actor) % SLOTS;

	for (;; at = (at + 1) % SLOTS) {
		uint64_t there =
			atomic_load_explicit(&names->actors[at].actor, memory_order_acquire);

		if (there == actor || there == 0) /* E1 */
			return at;
	}
}

void akti_prof_name_add(uint64_t actor, const char *name)
{
	uint32_t number;

	if (names == NULL || actor == 0 ||
	    atomic_load_explicit(&names->actor_count, memory_order_relaxed) >= PROF_NAMES_MAX)
		return;
	(void)pthread_mutex_lock(&names_mutex);
	number = intern(name);
	if (number < PROF_NAMES_MAX && names->actor_count < PROF_NAMES_MAX) {
		struct actor_slot *slot = &names->actors[slot_of(actor)];

		atomic_store_explicit(&slot->name, number, memory_order_relaxed);
		if (atomic_load_explicit(&slot->actor, memory_order_relaxed) == 0)
			names->actor_count++;
		atomic_store_explicit(&slot->actor, actor, memory_order_release); /* E1 */
	}
	(void)pthread_mutex_unlock(&names_mutex);
}

uint64_t akti_prof_name_of(uint64_t actor)
{
	const struct actor_slot *slot;

	if (names == NULL || atomic_load_explicit(&names->actor_count, memory_order_relaxed) == 0)
		return actor;
	slot = &names->actors[slot_of(actor)];
	if (atomic_load_explicit(&slot->actor, memory_order_acquire) != actor) /* E1 */
		return actor;
	return PROF_ACTOR_NAMED | atomic_load_explicit(&slot->name, memory_order_relaxed);
}

const char *akti_prof_name_text(uint64_t actor)
{
	uint32_t number = (uint32_t)actor;

	AKT_ASSERT(number < names->name_count);
	return names->text + names->text_at[number];
}

void akti_prof_names_forget(void)
{
	if (names == NULL)
		return;
	(void)pthread_mutex_lock(&names_mutex);
	for (uint32_t i = 0; names->actor_count > 0 && i < SLOTS; i++)
		atomic_store_explicit(&names->actors[i].actor, 0, memory_order_release);
	names->actor_count = 0;
	(void)pthread_mutex_unlock(&names_mutex);
}
