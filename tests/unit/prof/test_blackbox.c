/* SPDX-License-Identifier: MIT */
/* Proves: the newest entries are kept and whole, whoever writes meanwhile; one whose place is still being
 * written is counted as lost; the free of a block whose sample has gone touches no other; events
 * are limited and the rest is counted; forgotten is forgotten; the sums of its files are those of what
 * was recorded, and a block that was freed is not in use. Not: what makes it write (system/flight.sh). */
#include "prof_test.h"
#include "plat/plat.h"
#include "prof/blackbox.h"
#include "prof/heap.h"
#include "prof/names.h"
#include "profile/model.h"
#include <signal.h>
#include <sys/mman.h>

#define WRITERS 3
#define LAPS 30u

static const akt_type burner = { .name = "Burner" };
static const struct prof_key key = { .type = &burner, .actor = 7, .what = PROF_CPU };

static void setup(void)
{
	ck_assert_int_eq(akti_prof_names_create(), 0);
	ck_assert_int_eq(akti_blackbox_begin(), 0);
}

/* A stack whose frames, labels and values all say which one it is. */
static void write_sample(uint64_t number, uint32_t frames)
{
	uintptr_t pcs[2 * BLACKBOX_FRAMES];
	struct prof_key own = key;

	for (uint32_t i = 0; i < frames; i++)
		pcs[i] = number;
	own.actor = number;
	akti_blackbox_cpu(&own, pcs, frames, false, (int64_t)number, (int64_t)number);
}

static bool is_whole(const struct blackbox_sample *sample)
{
	bool same = sample->key.actor == (uint64_t)sample->values[0] &&
		    sample->values[0] == sample->values[1];

	for (uint32_t i = 0; i < sample->count; i++)
		same = same && sample->pcs[i] == sample->key.actor;
	return same;
}

/* How many samples the ring of CPU samples has, all of them whole. */
static uint64_t count_samples(void)
{
	struct blackbox_sample sample;
	uint64_t back = 1, count = 0;
	bool whole = false;

	for (; akti_blackbox_sample(BLACKBOX_CPU, back, &sample, &whole); back++) {
		if (!whole)
			continue;
		ck_assert(is_whole(&sample));
		count++;
	}
	return count;
}

START_TEST(the_newest_are_kept_the_newest_first)
{
	struct blackbox_sample sample;
	uint64_t size = 0, written;
	bool whole = false;

	setup();
	for (uint64_t i = 1; i <= 1000000; i++) {
		write_sample(i, 3);
		if (akti_blackbox_is_full(BLACKBOX_CPU) && size == 0)
			size = i - 1;
		if (size != 0 && i == size + 10)
			break;
	}
	ck_assert_uint_ge(size, BLACKBOX_CPU_PER_PROCESSOR);
	written = size + 10;
	ck_assert_uint_eq(count_samples(), size);
	for (uint64_t back = 1; back <= size; back++) {
		ck_assert(akti_blackbox_sample(BLACKBOX_CPU, back, &sample, &whole));
		ck_assert(whole);
		ck_assert_uint_eq(sample.key.actor, written + 1 - back);
	}
	ck_assert(!akti_blackbox_sample(BLACKBOX_CPU, size + 1, &sample, &whole));
}
END_TEST

START_TEST(a_deep_stack_keeps_its_leaf_and_says_that_it_was_cut)
{
	struct blackbox_sample sample;
	bool whole = false;

	setup();
	write_sample(5, BLACKBOX_FRAMES);
	ck_assert(akti_blackbox_sample(BLACKBOX_CPU, 1, &sample, &whole) && whole);
	ck_assert(!sample.truncated);
	write_sample(6, BLACKBOX_FRAMES + 1);
	ck_assert(akti_blackbox_sample(BLACKBOX_CPU, 1, &sample, &whole) && whole);
	ck_assert(sample.truncated && sample.count == BLACKBOX_FRAMES);
}
END_TEST

static _Atomic bool written;

static void write_many(void *arg)
{
	uint64_t first = (uint64_t)(uintptr_t)arg << 32;

	for (uint64_t i = 1; i <= LAPS * 8192; i++)
		write_sample(first + i, 1 + (uint32_t)(i % BLACKBOX_FRAMES));
	written = true;
}

START_TEST(readers_meet_whole_entries_while_threads_write)
{
	struct plat_thread threads[WRITERS];
	struct blackbox_sample sample;
	uint64_t size = 0;
	bool whole = false;

	setup();
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "w", write_many,
							(void *)(i + 1)),
				 0);
	while (!written)
		(void)count_samples();
	for (int i = 0; i < WRITERS; i++)
		akti_plat_thread_join(&threads[i]);
	while (akti_blackbox_sample(BLACKBOX_CPU, size + 1, &sample, &whole))
		size++;
	/* None is lost without being counted. A place that was lost keeps what was there. */
	ck_assert_uint_ge(count_samples() + akti_blackbox_lost(BLACKBOX_CPU), size);
}
END_TEST

static uintptr_t *far_page; /* cannot be read until somebody has tried */
static uint64_t ring_size;

/* In the middle of an entry: a whole lap of others, so that one of them comes to its place. */
static void meanwhile(int signal_number)
{
	(void)signal_number;
	(void)mprotect(far_page, 4096, PROT_READ);
	for (uint64_t i = 1; i <= ring_size; i++)
		write_sample(i, 3);
}

START_TEST(a_place_that_is_being_written_is_not_for_another)
{
	struct sigaction action = { .sa_flags = SA_NODEFER };
	struct prof_key slow = { .type = &burner, .actor = 99, .what = PROF_CPU };
	struct blackbox_sample sample;
	bool whole = false;

	setup();
	while (!akti_blackbox_is_full(BLACKBOX_CPU))
		write_sample(++ring_size, 3);
	ring_size--; /* the last one began the second lap */
	far_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(far_page, MAP_FAILED);
	action.sa_handler = meanwhile;
	ck_assert_int_eq(sigaction(SIGSEGV, &action, NULL), 0);
	akti_blackbox_cpu(&slow, far_page, 4, false, 99, 99);
	ck_assert_uint_eq(akti_blackbox_lost(BLACKBOX_CPU), 1);
	ck_assert(akti_blackbox_sample(BLACKBOX_CPU, 1, &sample, &whole) && whole);
	ck_assert_uint_eq(sample.key.actor, 99); /* who came first has the place */
	ck_assert_int_eq(sample.values[0], 99);
	ck_assert_uint_eq(sample.pcs[3], 0);
}
END_TEST

static const struct prof_stack *stack_of(struct prof_store *store, uintptr_t pc)
{
	return akti_prof_store_stack(store, &pc, 1, false);
}

START_TEST(the_free_of_a_block_whose_sample_has_gone_touches_no_other)
{
	struct prof_store *store = akti_prof_store_create(64 << 20, 0);
	struct prof_key heap = { .type = &burner, .what = PROF_HEAP };
	struct blackbox_sample sample;
	uint64_t old, now;
	bool whole = false;

	setup();
	heap.stack = stack_of(store, 4096);
	old = akti_blackbox_allocated(&heap, HEAP_OBJECT, 100);
	ck_assert_uint_ne(old, 0);
	for (uint32_t i = 1; i <= BLACKBOX_HEAP_SAMPLES; i++)
		now = akti_blackbox_allocated(&heap, HEAP_OBJECT, 200);
	akti_blackbox_freed(old); /* the newest lies in its place */
	ck_assert(akti_blackbox_sample(BLACKBOX_HEAP, 1, &sample, &whole) && whole);
	ck_assert(sample.alive && sample.values[1] == 200);
	akti_blackbox_freed(now);
	ck_assert(akti_blackbox_sample(BLACKBOX_HEAP, 1, &sample, &whole) && whole);
	ck_assert(!sample.alive);
	ck_assert(akti_blackbox_sample(BLACKBOX_HEAP, 2, &sample, &whole) && whole);
	ck_assert(sample.alive);
}
END_TEST

/* The sums of a file's values. */
static void sums_of(enum blackbox_ring ring, int64_t sums[4])
{
	const struct prof_file about = { .phase = "flight-test",
					 .dir = ".",
					 .hz = BLACKBOX_HZ,
					 .memory_every = BLACKBOX_MEMORY_EVERY };
	struct profile *profile = NULL;

	ck_assert_int_eq(akti_blackbox_build(&profile, ring, &about), 0);
	for (unsigned v = 0; v < 4; v++)
		sums[v] = 0;
	for (uint32_t s = 0; s < profile->sample_count; s++) {
		for (uint32_t v = 0; v < profile->type_count; v++)
			sums[v] += profile->values[s * profile->type_count + v];
	}
	akti_profile_destroy(profile);
}

START_TEST(files_add_up_what_was_recorded)
{
	struct prof_store *store = akti_prof_store_create(64 << 20, 0);
	struct prof_key heap = { .type = &burner, .what = PROF_HEAP };
	int64_t sums[4], ticks = 0;
	uint64_t freed;

	setup();
	for (int64_t i = 1; i <= 100; i++) {
		write_sample((uint64_t)i, 2);
		ticks += i;
	}
	heap.stack = stack_of(store, 4096);
	freed = akti_blackbox_allocated(&heap, 3 * HEAP_OBJECT, 300);
	(void)akti_blackbox_allocated(&heap, 2 * HEAP_OBJECT, 222);
	akti_blackbox_freed(freed);
	sums_of(BLACKBOX_CPU, sums);
	ck_assert_int_eq(sums[0], ticks);
	ck_assert_int_eq(sums[1], ticks);
	sums_of(BLACKBOX_HEAP, sums);
	ck_assert_int_eq(sums[0], 5);
	ck_assert_int_eq(sums[1], 522);
	ck_assert_int_eq(sums[2], 2);
	ck_assert_int_eq(sums[3], 222);
}
END_TEST

START_TEST(events_are_limited_and_the_rest_is_counted)
{
	const uint32_t sent = 3 * BLACKBOX_EVENTS_PER_SECOND;
	struct blackbox_happened event;
	uint64_t kept = 0;
	int64_t sums[4];
	bool whole = false;

	setup();
	for (uint32_t i = 0; i < sent; i++)
		akti_blackbox_event(BLACKBOX_FAIL, 9, &burner, NULL, AKT_ERR_GONE);
	for (uint64_t back = 1; akti_blackbox_happened(back, &event, &whole); back++) {
		ck_assert(whole);
		ck_assert_int_eq(event.kind, BLACKBOX_FAIL);
		ck_assert_int_eq(event.code, AKT_ERR_GONE);
		ck_assert_ptr_eq(event.type, &burner);
		kept++;
	}
	ck_assert_uint_ge(kept, BLACKBOX_EVENTS_PER_SECOND);
	ck_assert_uint_lt(kept, sent);
	sums_of(BLACKBOX_EVENT, sums);
	ck_assert_int_eq(sums[0], (int64_t)kept);
}
END_TEST

START_TEST(what_ended_is_forgotten)
{
	int64_t sums[4];

	setup();
	write_sample(1, 2);
	akti_blackbox_event(BLACKBOX_FAIL, 9, &burner, NULL, AKT_ERR_GONE);
	akti_blackbox_end();
	ck_assert(!akti_blackbox_is_on());
	ck_assert_uint_eq(count_samples(), 0);
	ck_assert_int_eq(akti_blackbox_begin(), 0);
	sums_of(BLACKBOX_EVENT, sums);
	ck_assert_int_eq(sums[0], 0);
	write_sample(2, 2);
	ck_assert_uint_eq(count_samples(), 1);
}
END_TEST

START_TEST(asking_is_for_those_who_listen_and_once)
{
	setup();
	akti_blackbox_ask(BLACKBOX_BY_WATCHDOG);
	ck_assert_uint_eq(akti_blackbox.asked, 0);
	akti_blackbox.listeners = 1;
	akti_blackbox_ask(BLACKBOX_BY_WATCHDOG);
	ck_assert_uint_eq(akti_blackbox.asked, BLACKBOX_BY_WATCHDOG);
	akti_blackbox.resting = BLACKBOX_BY_OVERLOAD;
	akti_blackbox_ask(BLACKBOX_BY_OVERLOAD);
	ck_assert_uint_eq(akti_blackbox.asked, BLACKBOX_BY_WATCHDOG);
}
END_TEST

START_TEST(a_cause_has_so_long_a_name_and_no_longer)
{
	char cause[AKT_FLIGHT_CAUSE_MAX + 2];

	memset(cause, 'c', sizeof(cause));
	cause[AKT_FLIGHT_CAUSE_MAX + 1] = 0;
	ck_assert_int_eq(akt_flight_dump("/nowhere", cause + 1), AKT_ERR_NOTFOUND); /* it is off */
	setup();
	ck_assert_int_eq(akt_flight_dump("/nowhere", cause + 1), AKT_ERR_IO);
	ck_assert_int_eq(akt_flight_dump("/nowhere", cause), AKT_ERR_INVALID);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_newest_are_kept_the_newest_first,
		a_deep_stack_keeps_its_leaf_and_says_that_it_was_cut,
		readers_meet_whole_entries_while_threads_write,
		a_place_that_is_being_written_is_not_for_another,
		the_free_of_a_block_whose_sample_has_gone_touches_no_other,
		files_add_up_what_was_recorded,
		events_are_limited_and_the_rest_is_counted,
		what_ended_is_forgotten,
		asking_is_for_those_who_listen_and_once,
		a_cause_has_so_long_a_name_and_no_longer,
	};

	return run_tests("prof-blackbox", tests, AKTI_COUNT_OF(tests), 30);
}
