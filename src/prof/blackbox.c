/* SPDX-License-Identifier: MIT */
/* See blackbox.h. Atomics are used by their own names: a signal handler must not interleave. */
#include "prof/blackbox.h"
#include "prof/names.h"
#include "plat/plat.h"

#include <akt/error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Words of an entry after its serial. */
enum {
	WORD_TIME,
	WORD_TYPE,
	WORD_ACTOR,
	WORD_MSG,
	WORD_WHAT, /* what | phase << 16 | count << 32 | truncated << 48; of events kind | code << 32 */
	EVENT_MORE,
	EVENT_WORDS,
	WORD_VALUES = EVENT_MORE,
	WORD_ALIVE = WORD_VALUES + 2,
	WORD_PCS,
	SAMPLE_WORDS = WORD_PCS + BLACKBOX_FRAMES,
};

struct entry {
	_Atomic uint64_t serial; /* 2n: the nth is there; 2n - 1: it is being written; 0: none */
	_Atomic uint64_t word[];
};

struct ring {
	_Atomic uint64_t next; /* entries ever begun */
	_Atomic uint64_t lost;
	uint64_t mask;
	uint32_t words;
	char *at; /* NULL: not made yet */
	size_t size_bytes;
};

struct blackbox akti_blackbox;
static struct ring rings[BLACKBOX_RINGS];
static int64_t begun_ns;

static struct entry *entry_of(const struct ring *ring, uint64_t n)
{
	size_t bytes = sizeof(struct entry) + ring->words * sizeof(uint64_t);

	return (struct entry *)(void *)(ring->at + (n & ring->mask) * bytes);
}

static int make(struct ring *ring, uint64_t entries, uint32_t words)
{
	uint64_t count = 1;
	void *at;

	while (count < entries)
		count *= 2;
	ring->size_bytes = count * (sizeof(struct entry) + words * sizeof(uint64_t));
	at = mmap(NULL, ring->size_bytes, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return AKT_ERR_NOMEM;
	ring->mask = count - 1;
	ring->words = words;
	ring->at = at;
	return 0;
}

int akti_blackbox_begin(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int r = 0;

	if (rings[BLACKBOX_CPU].at == NULL)
		r = make(&rings[BLACKBOX_CPU],
			 BLACKBOX_CPU_PER_PROCESSOR * (uint64_t)(processors > 0 ? processors : 1),
			 SAMPLE_WORDS);
	if (r == 0 && rings[BLACKBOX_HEAP].at == NULL)
		r = make(&rings[BLACKBOX_HEAP], BLACKBOX_HEAP_SAMPLES, SAMPLE_WORDS);
	if (r == 0 && rings[BLACKBOX_EVENT].at == NULL)
		r = make(&rings[BLACKBOX_EVENT], BLACKBOX_EVENTS, EVENT_WORDS);
	if (r < 0)
		return r;
	begun_ns = akti_plat_now();
	atomic_store_explicit(&akti_blackbox.on, true, memory_order_release);
	return 0;
}

/* The memory goes back; serials go on, so no number is used twice. Who writes at this moment may leave one
 * entry: it is older than the next begin. */
void akti_blackbox_end(void)
{
	atomic_store_explicit(&akti_blackbox.on, false, memory_order_relaxed);
	for (unsigned i = 0; i < BLACKBOX_RINGS; i++)
		(void)madvise(rings[i].at, rings[i].size_bytes, MADV_DONTNEED);
}

void akti_blackbox_in_child(void)
{
	atomic_store_explicit(&akti_blackbox.on, false, memory_order_relaxed);
}

/* --- writing -------------------------------------------------------------------------------------- */

/* A place to write in; its serial is ret_serial when that is done. NULL: lost. */
static struct entry *begin(struct ring *ring, uint64_t *ret_serial)
{
	uint64_t n = atomic_fetch_add_explicit(&ring->next, 1, memory_order_relaxed);
	struct entry *entry = entry_of(ring, n);
	uint64_t there = atomic_load_explicit(&entry->serial, memory_order_relaxed);

	if (there % 2 != 0 ||
	    !atomic_compare_exchange_strong_explicit(&entry->serial, &there, 2 * n + 1,
						     memory_order_acq_rel, /* E1 */
						     memory_order_relaxed)) {
		(void)atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return NULL;
	}
	*ret_serial = 2 * n + 2;
	return entry;
}

static void put(struct entry *entry, unsigned word, uint64_t value)
{
	atomic_store_explicit(&entry->word[word], value, memory_order_release); /* E1 */
}

static void put_labels(struct entry *entry, const akt_type *type, uint64_t actor,
		       const akt_msg_type *msg)
{
	put(entry, WORD_TIME, (uint64_t)akti_plat_now());
	put(entry, WORD_TYPE, (uintptr_t)type);
	put(entry, WORD_ACTOR, actor);
	put(entry, WORD_MSG, (uintptr_t)msg);
}

static uint64_t put_sample(struct ring *ring, const struct prof_key *key, const uintptr_t *pcs,
			   uint32_t count, bool truncated, const int64_t values[2])
{
	uint32_t kept = count < BLACKBOX_FRAMES ? count : BLACKBOX_FRAMES;
	uint64_t serial = 0;
	struct entry *entry = begin(ring, &serial);

	if (entry == NULL)
		return 0;
	put_labels(entry, key->type, key->actor, key->msg);
	put(entry, WORD_WHAT,
	    key->what | (uint64_t)key->phase << 16 | (uint64_t)kept << 32 |
		    (uint64_t)(truncated || kept < count) << 48);
	put(entry, WORD_VALUES, (uint64_t)values[0]);
	put(entry, WORD_VALUES + 1, (uint64_t)values[1]);
	put(entry, WORD_ALIVE, serial);
	for (uint32_t i = 0; i < kept; i++)
		put(entry, WORD_PCS + i, pcs[i]);
	atomic_store_explicit(&entry->serial, serial, memory_order_release); /* E1 */
	return serial;
}

void akti_blackbox_cpu(const struct prof_key *key, const uintptr_t *pcs, uint32_t count,
		       bool truncated, int64_t ticks, int64_t ns)
{
	(void)put_sample(&rings[BLACKBOX_CPU], key, pcs, count, truncated,
			 (int64_t[]){ ticks, ns });
}

uint64_t akti_blackbox_allocated(const struct prof_key *key, int64_t objects, int64_t bytes)
{
	const struct prof_stack *stack = key->stack;

	return put_sample(&rings[BLACKBOX_HEAP], key, stack->pcs, stack->count,
			  stack->truncated != 0, (int64_t[]){ objects, bytes });
}

void akti_blackbox_freed(uint64_t serial)
{
	struct entry *entry = entry_of(&rings[BLACKBOX_HEAP], serial / 2 - 1);

	(void)atomic_compare_exchange_strong_explicit(&entry->word[WORD_ALIVE], &serial, 0,
						      memory_order_relaxed, memory_order_relaxed);
}

/* Whether this thread may keep one more event now. A clock is looked at once in so many only. */
static bool may_keep(uint64_t *ret_more)
{
	static AKTI_TLS uint32_t left = BLACKBOX_EVENTS_PER_SECOND;
	static AKTI_TLS int64_t since_ns;
	static AKTI_TLS uint64_t more;

	if (left == 0) {
		int64_t now;

		if (++more % BLACKBOX_EVENTS_PER_SECOND != 0)
			return false;
		now = akti_plat_now();
		if (now - since_ns < AKT_S(1))
			return false;
		since_ns = now;
		left = BLACKBOX_EVENTS_PER_SECOND;
	}
	left--;
	*ret_more = more;
	more = 0;
	return true;
}

void akti_blackbox_event(enum blackbox_event kind, uint64_t actor, const akt_type *type,
			 const akt_msg_type *msg, int32_t code)
{
	struct ring *ring = &rings[BLACKBOX_EVENT];
	uint64_t serial = 0, more = 0;
	struct entry *entry;

	if (!akti_blackbox_is_on() || !may_keep(&more))
		return;
	entry = begin(ring, &serial);
	if (entry == NULL)
		return;
	put_labels(entry, type, actor == 0 ? 0 : akti_prof_name_of(actor), msg);
	put(entry, WORD_WHAT, (uint64_t)kind | (uint64_t)(uint32_t)code << 32);
	put(entry, EVENT_MORE, more);
	atomic_store_explicit(&entry->serial, serial, memory_order_release); /* E1 */
}

void akti_blackbox_ask(enum blackbox_cause cause)
{
	if (atomic_load_explicit(&akti_blackbox.listeners, memory_order_relaxed) == 0 ||
	    ((atomic_load_explicit(&akti_blackbox.asked, memory_order_relaxed) |
	      atomic_load_explicit(&akti_blackbox.resting, memory_order_relaxed)) &
	     cause))
		return;
	(void)atomic_fetch_or(&akti_blackbox.asked, cause);
	akti_plat_wake(&akti_blackbox.asked, 1);
}

/* --- reading -------------------------------------------------------------------------------------- */

/* The words of an entry. False: there is none so old. */
static bool read_entry(const struct ring *ring, uint64_t back, uint64_t *words, bool *ret_whole)
{
	uint64_t next = atomic_load_explicit(&ring->next, memory_order_acquire), serial;
	const struct entry *entry;

	if (ring->at == NULL || back > next || back > ring->mask + 1)
		return false;
	entry = entry_of(ring, next - back);
	serial = atomic_load_explicit(&entry->serial, memory_order_acquire); /* E1 */
	for (uint32_t i = 0; i < ring->words; i++)
		words[i] = atomic_load_explicit(&entry->word[i], memory_order_acquire); /* E1 */
	*ret_whole = serial != 0 && serial % 2 == 0 &&
		     atomic_load_explicit(&entry->serial, memory_order_relaxed) == serial;
	return true;
}

bool akti_blackbox_sample(enum blackbox_ring ring, uint64_t back,
			  struct blackbox_sample *ret_sample, bool *ret_whole)
{
	uint64_t words[SAMPLE_WORDS];
	struct blackbox_sample *sample = ret_sample;

	if (!read_entry(&rings[ring], back, words, ret_whole))
		return false;
	if (!*ret_whole)
		return true;
	sample->time_ns = (int64_t)words[WORD_TIME];
	sample->key = (struct prof_key){
		.type = (const akt_type *)(uintptr_t)words[WORD_TYPE],
		.actor = words[WORD_ACTOR],
		.msg = (const akt_msg_type *)(uintptr_t)words[WORD_MSG],
		.what = (uint16_t)words[WORD_WHAT],
		.phase = (uint16_t)(words[WORD_WHAT] >> 16),
	};
	sample->count = (uint16_t)(words[WORD_WHAT] >> 32);
	sample->truncated = words[WORD_WHAT] >> 48 & 1;
	sample->values[0] = (int64_t)words[WORD_VALUES];
	sample->values[1] = (int64_t)words[WORD_VALUES + 1];
	sample->alive = words[WORD_ALIVE] != 0;
	for (uint32_t i = 0; i < sample->count; i++)
		sample->pcs[i] = words[WORD_PCS + i];
	return true;
}

bool akti_blackbox_happened(uint64_t back, struct blackbox_happened *ret_event, bool *ret_whole)
{
	uint64_t words[EVENT_WORDS];

	if (!read_entry(&rings[BLACKBOX_EVENT], back, words, ret_whole))
		return false;
	*ret_event = (struct blackbox_happened){
		.time_ns = (int64_t)words[WORD_TIME],
		.kind = (enum blackbox_event)(uint32_t)words[WORD_WHAT],
		.code = (int32_t)(words[WORD_WHAT] >> 32),
		.actor = words[WORD_ACTOR],
		.type = (const akt_type *)(uintptr_t)words[WORD_TYPE],
		.msg = (const akt_msg_type *)(uintptr_t)words[WORD_MSG],
		.more = words[EVENT_MORE],
	};
	return true;
}

bool akti_blackbox_is_full(enum blackbox_ring ring)
{
	return atomic_load_explicit(&rings[ring].next, memory_order_relaxed) > rings[ring].mask + 1;
}

uint64_t akti_blackbox_lost(enum blackbox_ring ring)
{
	return atomic_load_explicit(&rings[ring].lost, memory_order_relaxed);
}

int64_t akti_blackbox_begun_ns(void)
{
	return begun_ns;
}
