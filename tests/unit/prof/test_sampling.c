/* SPDX-License-Identifier: MIT */
/* Proves: what is sampled stands for what was allocated, on average and within the scatter that theory
 * gives, for each size and while rates change and threads run; what is live is known by age. Gaps come
 * from fixed seeds: a run that fails fails again. Not: labels and files (test_heap.c). */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/heap.h"
#include <math.h>

struct sums {
	double objects, bytes;
};

static void add(struct sums *sums, int64_t objects, int64_t bytes)
{
	sums->objects += (double)objects / (double)HEAP_OBJECT;
	sums->bytes += (double)bytes;
}

/* All that was recorded as allocated. */
static struct sums recorded(void)
{
	struct prof_store *store = akti_prof_heap.store;
	struct sums sums = { 0 };

	for (unsigned i = 0; i < STORE_BUCKET_HEADS; i++) {
		for (struct prof_bucket *at = store->buckets[i]; at != NULL; at = at->next)
			add(&sums, at->value[HEAP_ALLOC_OBJECTS], at->value[HEAP_ALLOC_BYTES]);
	}
	return sums;
}

static void add_live(void *arg, const struct heap_live *live)
{
	add(arg, live->objects, live->bytes);
}

static struct sums live(uint32_t era)
{
	struct sums sums = { 0 };

	akti_prof_heap_live(era, add_live, &sums);
	return sums;
}

/* Truth, and the variance of what samples make of it: (1 - p) / p for each object. */
struct truth {
	struct sums sum, variance;
};

static const struct truth nothing;

static void expect(struct truth *truth, size_t size_bytes, double every, double count)
{
	double p = -expm1(-(double)size_bytes * log1p(1 / every));

	truth->sum.objects += count;
	truth->sum.bytes += count * (double)size_bytes;
	truth->variance.objects += count * (1 - p) / p;
	truth->variance.bytes += count * (1 - p) / p * (double)size_bytes * (double)size_bytes;
}

static void check_near(struct sums seen, struct truth truth, double sigmas)
{
	double objects = sqrt(truth.variance.objects), bytes = sqrt(truth.variance.bytes);

	ck_assert_msg(fabs(seen.objects - truth.sum.objects) <= sigmas * objects + 1e-3,
		      "%.1f objects, not %.1f +- %.1f", seen.objects, truth.sum.objects, objects);
	ck_assert_msg(fabs(seen.bytes - truth.sum.bytes) <= sigmas * bytes + 1e-5 * truth.sum.bytes,
		      "%.0f bytes, not %.0f +- %.0f", seen.bytes, truth.sum.bytes, bytes);
}

static const size_t sizes[] = { 16, 48, 64, 65, 200, 1000, 3000, 20000, 40000, 200000 };

/* All sizes at one stack, so that only the weight of each sample tells them apart. */
NOINLINE static void churn(unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		size_t size_bytes = sizes[i % AKTI_COUNT_OF(sizes)];
		void *block = akti_mem_alloc(size_bytes, MEM_STATE);

		ck_assert_ptr_nonnull(block);
		akti_mem_free(block, size_bytes);
	}
}

/* Fewer rounds where blocks come from a sanitizer's malloc. */
#ifdef AKTI_MEM_PASSTHROUGH
#define ROUNDS 20000u
#define SEEDS 2u
#else
#define ROUNDS 100000u
#define SEEDS 10u
#endif

static void check_rate(uint64_t every)
{
	struct sums before = { 0 }, sum = { 0 };
	struct truth each = nothing, all = nothing;

	for (unsigned i = 0; i < AKTI_COUNT_OF(sizes); i++)
		expect(&each, sizes[i], (double)every, ROUNDS / AKTI_COUNT_OF(sizes));
	for (uint64_t s = 1; s <= SEEDS; s++) {
		struct sums after, here;

		akti_prof_heap_set_every(0);
		akti_prof_heap_seed(s * 1000);
		akti_prof_heap_set_every(every);
		churn(ROUNDS);
		after = recorded();
		here = (struct sums){ after.objects - before.objects, after.bytes - before.bytes };
		check_near(here, each, 4);
		ck_assert(here.objects != each.sum.objects); /* these are samples */
		before = after;
	}
	sum = before;
	all.sum = (struct sums){ SEEDS * each.sum.objects, SEEDS * each.sum.bytes };
	all.variance = (struct sums){ SEEDS * each.variance.objects, SEEDS * each.variance.bytes };
	check_near(sum, all, 4);
	akti_prof_heap_set_every(0);
	ck_assert(live(0).objects == 0);
}

START_TEST(samples_of_mixed_sizes_stand_for_all_of_them_at_4096)
{
	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	check_rate(4096);
}
END_TEST

START_TEST(samples_of_mixed_sizes_stand_for_all_of_them_at_65536)
{
	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	check_rate(65536);
}
END_TEST

START_TEST(each_size_alone_is_right)
{
	struct sums before = { 0 };

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_seed(77);
	akti_prof_heap_set_every(4096);
	for (unsigned i = 0; i < AKTI_COUNT_OF(sizes); i++) {
		struct truth truth = nothing;
		struct sums after;

		for (unsigned n = 0; n < ROUNDS / 4; n++)
			akti_mem_free(akti_mem_alloc(sizes[i], MEM_OTHER), sizes[i]);
		expect(&truth, sizes[i], 4096, ROUNDS / 4);
		after = recorded();
		check_near((struct sums){ after.objects - before.objects,
					  after.bytes - before.bytes },
			   truth, 4);
		before = after;
	}
}
END_TEST

START_TEST(rate_one_is_exact_and_rate_zero_is_silent)
{
	void *kept;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	churn(1000);
	ck_assert(recorded().objects == 0);
	akti_prof_heap_set_every(1);
	churn(1000);
	kept = akti_mem_alloc(33, MEM_NAME);
	ck_assert(recorded().objects == 1001);
	ck_assert(recorded().bytes ==
		  100 * (16 + 48 + 64 + 65 + 200 + 1000 + 3000 + 20000 + 40000 + 200000) + 33);
	ck_assert(live(0).objects == 1 && live(0).bytes == 33);
	akti_prof_heap_set_every(0);
	churn(1000);
	ck_assert(recorded().objects == 1001);
	akti_mem_free(kept, 33); /* of a block that was recorded: it is seen all the same */
	ck_assert(live(0).objects == 0);
	ck_assert_uint_eq(akti_prof_heap.untracked, 0);
}
END_TEST

/* --- threads ------------------------------------------------------------------------------------ */

#define THREADS 3u
static _Atomic unsigned at_work;

static void churn_on_thread(void *arg)
{
	(void)arg;
	churn(ROUNDS);
	atomic_fetch_sub(&at_work, 1);
}

START_TEST(rates_may_change_while_threads_allocate)
{
	static const uint64_t rates[] = { 512, 1, 4096, 65536, 1, 65536, 65536 / 2 };
	struct plat_thread threads[THREADS];
	struct truth coarsest = nothing;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_seed(5);
	akti_prof_heap_set_every(65536);
	atomic_store(&at_work, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "w", churn_on_thread, NULL),
				 0);
	for (unsigned i = 0; atomic_load(&at_work) > 0; i++)
		akti_prof_heap_set_every(rates[i % AKTI_COUNT_OF(rates)]);
	for (unsigned i = 0; i < THREADS; i++)
		akti_plat_thread_join(&threads[i]);
	for (unsigned i = 0; i < AKTI_COUNT_OF(sizes); i++)
		expect(&coarsest, sizes[i], 65536, THREADS * ROUNDS / AKTI_COUNT_OF(sizes));
	/* Which rate a block meets is chance, and the coarsest scatters most. */
	check_near(recorded(), coarsest, 6);
	akti_prof_heap_set_every(0);
	ck_assert(live(0).objects == 0);
}
END_TEST

#define BLOCKS 20000u
static void *blocks[BLOCKS];

static void free_odd_ones(void *arg)
{
	(void)arg;
	for (unsigned i = 1; i < BLOCKS; i += 2)
		akti_mem_free(blocks[i], 100);
}

START_TEST(in_use_is_what_no_thread_has_freed)
{
	struct truth truth = nothing;
	struct plat_thread thread;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_seed(9);
	akti_prof_heap_set_every(4096);
	for (unsigned i = 0; i < BLOCKS; i++)
		blocks[i] = akti_mem_alloc(100, MEM_STATE);
	ck_assert(live(0).objects == recorded().objects);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "f", free_odd_ones, NULL), 0);
	akti_plat_thread_join(&thread);
	expect(&truth, 100, 4096, BLOCKS / 2);
	check_near(live(0), truth, 4);
	ck_assert(live(0).objects < recorded().objects);
	akti_prof_heap_set_every(0);
	for (unsigned i = 0; i < BLOCKS; i += 2)
		akti_mem_free(blocks[i], 100);
	ck_assert(live(0).objects == 0);
}
END_TEST

/* --- ages --------------------------------------------------------------------------------------- */

START_TEST(a_block_is_as_old_as_the_era_it_was_born_in)
{
	void *old, *young;
	uint32_t era;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_set_every(1);
	old = akti_mem_alloc(10, MEM_STATE);
	era = akti_prof_heap_era();
	ck_assert(live(era).objects == 0);
	young = akti_mem_alloc(20, MEM_STATE);
	ck_assert(live(era).objects == 1 && live(era).bytes == 20);
	ck_assert(live(0).objects == 2 && live(0).bytes == 30);
	ck_assert(live(akti_prof_heap_era()).objects == 0);
	akti_mem_free(young, 20);
	ck_assert(live(era).objects == 0 && live(0).objects == 1);
	akti_mem_free(old, 10);
}
END_TEST

START_TEST(what_was_forgotten_is_freed_in_silence)
{
	void *kept[100];

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_set_every(1);
	for (unsigned i = 0; i < 100; i++)
		kept[i] = akti_mem_alloc(i * 400, MEM_STATE);
	ck_assert(live(0).objects == 100);
	akti_prof_heap_set_every(0);
	akti_prof_heap_forget();
	ck_assert(live(0).objects == 0);
	akti_prof_heap_set_every(1);
	for (unsigned i = 0; i < 100; i++)
		akti_mem_free(kept[i], i * 400);
	ck_assert(live(0).objects == 0);
	kept[0] = akti_mem_alloc(400, MEM_STATE);
	ck_assert(live(0).objects == 1);
	akti_mem_free(kept[0], 400);
	ck_assert(live(0).objects == 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		samples_of_mixed_sizes_stand_for_all_of_them_at_4096,
		samples_of_mixed_sizes_stand_for_all_of_them_at_65536,
		each_size_alone_is_right,
		rate_one_is_exact_and_rate_zero_is_silent,
		rates_may_change_while_threads_allocate,
		in_use_is_what_no_thread_has_freed,
		a_block_is_as_old_as_the_era_it_was_born_in,
		what_was_forgotten_is_freed_in_silence,
	};

	return run_tests("prof-sampling", tests, AKTI_COUNT_OF(tests), 60);
}
