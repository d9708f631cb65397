/* SPDX-License-Identifier: MIT */
/*
 * Exact cycles per (actor, type, message, phase, function): what ticks cannot see in a section
 * shorter than a tick. Each handler run adds its time-stamp difference to a bucket of the CPU
 * store; the thread remembers the last one, since an actor's turn brings many of a kind.
 * They are a value of their own in the file and never become cpu time.
 */
#include "prof/cpu.h"
#include "prof/prof.h"
#include "prof/recorder.h"

struct last_run {
	const void *code;
	struct prof_key key; /* .stack unused */
	struct prof_bucket *bucket;
	uint32_t generation; /* of the store that the bucket is in */
};
static AKTI_TLS struct last_run last_run;

static struct prof_bucket *find_bucket(const void *code, struct prof_key key)
{
	struct prof_store *store = akti_prof_cpu.store;
	uintptr_t pc = (uintptr_t)code;

	key.stack = akti_prof_store_stack(store, &pc, 1, false);
	return key.stack == NULL ? NULL : akti_prof_store_bucket(store, &key);
}

static void count_run(const void *code, uint64_t cycles)
{
	const uint32_t generation = akti_prof_cpu.store->generation;
	struct last_run *last = &last_run;
	struct prof_key key = { .what = PROF_CYCLES };

	akti_prof_store_label(&key);
	if (last->bucket == NULL || last->generation != generation || last->code != code ||
	    last->key.actor != key.actor || last->key.msg != key.msg ||
	    last->key.type != key.type || last->key.phase != key.phase) {
		last->bucket = find_bucket(code, key);
		last->code = code;
		last->key = key;
		last->generation = generation;
	}
	if (last->bucket == NULL)
		return;
	akti_prof_store_add(last->bucket, CYCLES_SUM, (int64_t)cycles);
	akti_prof_store_add(last->bucket, CYCLES_RUNS, 1);
}

void akti_prof_handler_ran(const void *code, uint64_t cycles)
{
	if (!atomic_load_explicit(&akti_prof_cpu.counting, memory_order_acquire))
		return;
	akti_prof_record_begin();
	count_run(code, cycles);
	akti_prof_record_end();
}
