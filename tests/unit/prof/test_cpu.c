/* SPDX-License-Identifier: MIT */
/* Proves: ticks account for the CPU clock at three rates and on several threads, a planted label
 * has its share, callers of frameless code are not lost, cycles are exact and apart from time.
 * Not: that a profile costs little. */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/cpu.h"

static const akt_type heavy = { .name = "heavy" }, light = { .name = "light" };
static const akt_msg_type work = { .name = "test.work" };

/* ThreadSanitizer delays signals until the next call that it intercepts. */
#if defined(AKTI_TSAN)
#define TICKS_COME false
#else
#define TICKS_COME true
#endif

static _Thread_local volatile uint64_t sink;
static char from[1 << 16], to[1 << 16];

NOINLINE static uint64_t planted_hash(uint64_t x, unsigned n)
{
	while (n-- > 0)
		x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
	return x;
}

NOINLINE static void planted_caller(unsigned n)
{
	sink += planted_hash(sink, n);
}

NOINLINE static void planted_copy(void)
{
	for (unsigned i = 0; i < 50; i++) {
		memcpy(to, from, sizeof(to));
		from[i] = to[i + 1];
	}
	sink += (uint64_t)to[3];
}

NOINLINE static int planted_compare(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	sink += planted_hash((uint64_t)left, 40);
	return (left > right) - (left < right);
}

NOINLINE static void planted_sort(void)
{
	int v[512];

	for (int i = 0; i < 512; i++)
		v[i] = (i * 37) & 511;
	qsort(v, 512, sizeof(v[0]), planted_compare);
	sink += (uint64_t)v[0];
}

static void burn(double seconds)
{
	double end = cpu_seconds() + seconds;

	while (cpu_seconds() < end)
		planted_caller(20000);
}

static void accounts_at(const char *hz, double seconds)
{
	struct profile *p;
	double burnt;

	setenv("AKT_PROFILE_HZ", hz, 1);
	akti_prof_system_started(NULL);
	burnt = cpu_seconds();
	burn(seconds);
	burnt = cpu_seconds() - burnt;
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	ck_assert(has_comment(p, "lost=0"));
	if (TICKS_COME) {
		ck_assert_double_ge((double)sum(p, 1, NULL, NULL, NULL) / 1e9, 0.97 * burnt);
		ck_assert_double_le((double)sum(p, 1, NULL, NULL, NULL) / 1e9,
				    1.03 * burnt + 2.0 / atof(hz));
	}
	akti_profile_destroy(p);
}

START_TEST(ticks_account_for_the_cpu_clock_at_100_hz)
{
	accounts_at("100", 1.0);
}
END_TEST

START_TEST(ticks_account_for_the_cpu_clock_at_250_hz)
{
	accounts_at("250", 0.6);
}
END_TEST

START_TEST(ticks_account_for_the_cpu_clock_above_the_kernels_rate)
{
	accounts_at("1000", 0.6);
}
END_TEST

static void enter_and_burn(void *arg)
{
	(void)arg;
	akti_prof_thread_enter();
	label(&heavy, (uint64_t)1 << 32, &work);
	burn(0.3);
	label(NULL, 0, NULL);
	akti_prof_thread_leave();
}

static void burn_unannounced(void *arg)
{
	_Atomic uint32_t *go = arg;

	akti_plat_wait(go, 0, INT64_MAX);
	burn(0.3);
}

START_TEST(threads_that_ended_and_threads_of_the_user_are_in_the_file)
{
	struct plat_thread threads[3];
	_Atomic uint32_t go = 0;
	struct profile *p;

	setenv("AKT_PROFILE_HZ", "250", 1);
	ck_assert_int_eq(akti_plat_thread_start(&threads[0], "user", burn_unannounced, &go), 0);
	akti_prof_system_started(NULL);
	for (int i = 1; i < 3; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "w", enter_and_burn, NULL), 0);
	go = 1;
	akti_plat_wake(&go, 1);
	for (int i = 0; i < 3; i++)
		akti_plat_thread_join(&threads[i]);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	if (TICKS_COME) {
		/* Both of 0.3 s; how exact it is, the tests above say. */
		ck_assert_int_ge(sum(p, 1, "actor", "heavy-1.0", NULL), 450000000);
		/* Nobody announces its end: what came after its last tick is missing. */
		ck_assert_int_ge(sum(p, 1, "actor", "none", NULL), 240000000);
	}
	ck_assert_int_eq(akti_prof_cpu.unarmed, 0);
	akti_profile_destroy(p);
}
END_TEST

static void allocate_and_burn(void *arg)
{
	akti_mem_free(akti_mem_alloc(100, MEM_OTHER), 100);
	burn_unannounced(arg);
}

START_TEST(a_thread_born_later_is_sampled_from_its_first_allocation)
{
	struct plat_thread thread;
	_Atomic uint32_t go = 1;
	struct profile *p;

	setenv("AKT_PROFILE_HZ", "250", 1);
	akti_prof_system_started(NULL);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "user", allocate_and_burn, &go), 0);
	akti_plat_thread_join(&thread);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	if (TICKS_COME)
		ck_assert_int_ge(sum(p, 1, NULL, NULL, NULL), 285000000);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_planted_label_has_its_share)
{
	double spent[2] = { 0, 0 };
	struct profile *p;

	setenv("AKT_PROFILE_HZ", "250", 1);
	akti_prof_system_started(NULL);
	while (spent[0] + spent[1] < 1.0) {
		double start = cpu_seconds();

		label(&heavy, (uint64_t)7 << 32 | 3, &work);
		planted_caller(300000);
		label(&light, (uint64_t)8 << 32 | 1, &work);
		spent[0] += cpu_seconds() - start;
		start = cpu_seconds();
		planted_caller(100000);
		label(NULL, 0, NULL);
		spent[1] += cpu_seconds() - start;
	}
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	if (TICKS_COME) {
		double n = (double)sum(p, 0, NULL, NULL, NULL);
		double share = spent[0] / (spent[0] + spent[1]);
		double seen = (double)sum(p, 0, "actor", "heavy-7.3", NULL) / n;
		double sigma = 1000 * share * (1 - share) / n; /* squared, in thousandths */

		ck_assert_msg((seen - share) * (seen - share) * 1000 <= 9 * sigma,
			      "share %f, seen %f of %f", share, seen, n);
		ck_assert_int_eq(sum(p, 0, "actor_type", "heavy", NULL),
				 sum(p, 0, "actor", "heavy-7.3", NULL));
		ck_assert_int_gt(sum(p, 0, "phase", "run", NULL), 0);
	}
	akti_profile_destroy(p);
}
END_TEST

/* At least nine tenths of the samples with the leaf have the whole chain. */
static void has_chain(const struct profile *p, const char *const *chain)
{
	const char *leaf[] = { chain[0], chain[1], NULL };
	int64_t whole = sum(p, 0, NULL, NULL, chain);

	leaf[1] = strcmp(chain[1], "...") == 0 ? NULL : leaf[1];
	ck_assert_msg(whole > 5 && whole * 10 >= sum(p, 0, NULL, NULL, leaf) * 9,
		      "%s: %d of %d samples have the chain", chain[0], (int)whole,
		      (int)sum(p, 0, NULL, NULL, leaf));
}

START_TEST(callers_of_leaf_functions_memcpy_and_qsort_are_kept)
{
	struct profile *p;
	double end;

	setenv("AKT_PROFILE_HZ", "250", 1);
	akti_prof_system_started(NULL);
	end = cpu_seconds() + 0.9;
	while (cpu_seconds() < end) {
		planted_caller(400000);
		planted_copy();
		planted_sort();
	}
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	if (TICKS_COME) {
		has_chain(p,
			  (const char *[]){ "planted_hash", "planted_caller", "callers_of", NULL });
		has_chain(p, (const char *[]){ "planted_hash", "planted_compare", "...",
					       "planted_sort", "callers_of", NULL });
		has_chain(p, (const char *[]){ "planted_copy", "callers_of", NULL });
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
		ck_assert_int_gt(sum(p, 0, NULL, NULL,
				     (const char *[]){ "mem", "...", "planted_copy", "callers_of",
						       NULL }),
				 5);
#endif
		ck_assert_int_le(sum(p, 0, NULL, NULL, (const char *[]){ "[truncated]", NULL }) *
					 50,
				 sum(p, 0, NULL, NULL, NULL));
	}
	akti_profile_destroy(p);
}
END_TEST

START_TEST(cycles_are_exact_and_never_become_cpu_time)
{
	struct profile *p;

	akti_prof_system_started(NULL);
	for (unsigned i = 0; i < 1000; i++) {
		label(&heavy, (uint64_t)(1 + i % 3) << 32 | 1, &work);
		akti_prof_handler_ran((const void *)planted_caller, 1000 + i);
	}
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_eq(sum(p, 2, NULL, NULL, NULL), 1000 * 1000 + 999 * 1000 / 2);
	ck_assert_int_eq(sum(p, 2, "actor", "heavy-2.1", NULL), 333 * 1000 + 333 * 499);
	ck_assert_int_eq(sum(p, 2, NULL, NULL,
			     (const char *[]){ "planted_caller", "[exact cycles]", NULL }),
			 sum(p, 2, NULL, NULL, NULL));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		if (p->values[i * 3 + 2] != 0)
			ck_assert(p->values[i * 3] == 0 && p->values[i * 3 + 1] == 0);
	}
	ck_assert_str_eq(akti_profile_bytes(p, p->default_type), "cpu");
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_full_store_is_reported_as_lost)
{
	struct profile *p;

	setenv("AKT_PROFILE_HZ", "1000", 1);
	akti_prof_system_started(NULL);
	akti_prof_cpu.store->used_bytes = akti_prof_cpu.store->size_bytes;
	burn(0.3);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	if (TICKS_COME) {
		ck_assert_int_ge(sum(p, 1, NULL, NULL, (const char *[]){ "[lost]", NULL }),
				 280000000);
		ck_assert(!has_comment(p, "lost=0"));
	}
	akti_profile_destroy(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ticks_account_for_the_cpu_clock_at_100_hz,
		ticks_account_for_the_cpu_clock_at_250_hz,
		ticks_account_for_the_cpu_clock_above_the_kernels_rate,
		threads_that_ended_and_threads_of_the_user_are_in_the_file,
		a_thread_born_later_is_sampled_from_its_first_allocation,
		a_planted_label_has_its_share,
		callers_of_leaf_functions_memcpy_and_qsort_are_kept,
		cycles_are_exact_and_never_become_cpu_time,
		a_full_store_is_reported_as_lost,
	};

	return run_tests("prof-cpu", tests, AKTI_COUNT_OF(tests), 30);
}
