/* SPDX-License-Identifier: MIT */
/* Proves: ticks account for the CPU clock at three rates and on several threads, a planted label
 * has its share, callers of frameless code are not lost, cycles are exact and apart from time;
 * sections that are short, overlap or find the store full account for the clock at each rate.
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

/* --- sections ---------------------------------------------------------------------------------- */

static const unsigned rates[] = { 100, 250, 1000 };

static akt_profile *begin(const char *phase, unsigned hz)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	options.hz = hz;
	ck_assert_int_eq(akt_profile_begin(&profile, phase, AKT_PROFILE_CPU, &options), 0);
	return profile;
}

/* The time of all ticks that came, also of those that are lost. */
static int64_t counted_ns(void)
{
	const struct prof_store *store = akti_prof_cpu.store;
	int64_t ns = store == NULL ? 0 : (int64_t)store->lost_ns;

	for (const struct prof_bucket *at = store == NULL ? NULL : store->newest; at != NULL;
	     at = at->older)
		ns += at->key.what == PROF_CPU ? at->value[CPU_NS] : 0;
	return ns;
}

/* Work until that much has come. */
static void burn_ticks(int64_t ns)
{
	int64_t until_ns = counted_ns() + ns, deadline_ns = akti_plat_now() + DEADLINE_NS;

	while (TICKS_COME && counted_ns() < until_ns) {
		planted_caller(20000);
		ck_assert_msg(akti_plat_now() < deadline_ns, "no ticks");
	}
}

/* A section begins or ends: what had come just before and just after. */
struct moment {
	int64_t before_ns, after_ns;
};

static akt_profile *begin_at(struct moment *moment, const char *phase, unsigned hz)
{
	akt_profile *profile;

	moment->before_ns = counted_ns();
	profile = begin(phase, hz);
	moment->after_ns = counted_ns();
	return profile;
}

static struct profile *end_at(struct moment *moment, akt_profile *profile, const char *file)
{
	moment->before_ns = counted_ns();
	ck_assert_int_eq(akt_profile_end(profile), 0);
	moment->after_ns = counted_ns();
	return read_file(file);
}

/* All that came between the two is in the file and nothing else. */
static void holds(const struct profile *p, struct moment begun, struct moment ended)
{
	int64_t ns = sum(p, 1, NULL, NULL, NULL);

	ck_assert_int_ge(ns, ended.before_ns - begun.after_ns);
	ck_assert_int_le(ns, ended.after_ns - begun.before_ns);
}

static int64_t in_phase(const struct profile *p, unsigned value, const char *phase)
{
	return sum(p, value, "phase", phase, NULL);
}

START_TEST(sections_shorter_than_a_tick_share_the_ticks_of_the_one_around_them)
{
	const unsigned hz = rates[_i];
	struct moment begun, ended;
	akt_profile *outer = begin_at(&begun, "outer", hz);
	unsigned with_ticks = 0;
	int64_t inner_ns = 0;
	struct profile *p;

	for (unsigned i = 0; i < 12; i++) {
		akt_profile *part = begin("inner", hz);

		burn(0.2 / hz);
		ck_assert_int_eq(akt_profile_end(part), 0);
		p = read_file("inner_cpu.prof");
		inner_ns += in_phase(p, 1, "inner");
		with_ticks += in_phase(p, 1, "inner") > 0;
		akti_profile_destroy(p);
	}
	p = end_at(&ended, outer, "outer_cpu.prof");
	ck_assert_uint_lt(with_ticks, 12);
	ck_assert_int_eq(in_phase(p, 1, "inner"), inner_ns);
	holds(p, begun, ended);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_section_shorter_than_a_tick_alone_has_a_file)
{
	struct moment begun, ended;
	akt_profile *part = begin_at(&begun, "short", rates[_i]);
	struct profile *p = end_at(&ended, part, "short_cpu.prof");

	ck_assert_uint_eq(p->type_count, 2);
	ck_assert_int_eq(p->period, 1000000000 / rates[_i]);
	ck_assert(has_comment(p, "lost=0"));
	holds(p, begun, ended);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(sections_of_other_rates_overlap_and_each_has_its_time)
{
	const unsigned hz = rates[_i], other_hz = rates[(_i + 1) % 3];
	struct moment first_begun, first_ended, second_begun, second_ended;
	akt_profile *first = begin_at(&first_begun, "first", hz), *second;
	struct profile *p;

	burn_ticks(AKT_MS(200));
	second = begin_at(&second_begun, "second", other_hz);
	burn_ticks(AKT_MS(200));
	p = end_at(&first_ended, first, "first_cpu.prof");
	holds(p, first_begun, first_ended);
	ck_assert_int_eq(in_phase(p, 1, "first"), in_phase(p, 0, "first") * 1000000000 / hz);
	/* While both were open the finer rate held. */
	ck_assert_int_eq(in_phase(p, 1, "second"),
			 in_phase(p, 0, "second") * 1000000000 / (hz > other_hz ? hz : other_hz));
	if (TICKS_COME)
		ck_assert(in_phase(p, 0, "first") > 0 && in_phase(p, 0, "second") > 0);
	akti_profile_destroy(p);
	burn_ticks(AKT_MS(200));
	p = end_at(&second_ended, second, "second_cpu.prof");
	holds(p, second_begun, second_ended);
	akti_profile_destroy(p);
}
END_TEST

static const char *const lost[] = { "[lost]", NULL };

START_TEST(a_full_store_is_reported_as_lost)
{
	const unsigned hz = rates[_i];
	struct moment begun, ended;
	/* As long as a section is open the store is not emptied. */
	akt_profile *open = begin("open", hz), *part = begin_at(&begun, "part", hz);
	struct profile *p;
	int64_t lost_ns;

	burn_ticks(AKT_MS(200));
	akti_prof_cpu.store->used_bytes = akti_prof_cpu.store->size_bytes;
	label(&heavy, (uint64_t)1 << 32, &work); /* not seen before */
	burn_ticks(AKT_MS(200));
	label(NULL, 0, NULL);
	p = end_at(&ended, part, "part_cpu.prof");
	lost_ns = sum(p, 1, NULL, NULL, lost);
	if (TICKS_COME) {
		ck_assert_int_ge(lost_ns, AKT_MS(200));
		ck_assert(!has_comment(p, "lost=0"));
	}
	ck_assert_int_eq(lost_ns, sum(p, 0, NULL, NULL, lost) * 1000000000 / hz);
	holds(p, begun, ended);
	ck_assert_int_eq(sum(p, 0, "actor_type", "heavy", NULL), 0);
	akti_profile_destroy(p);
	ck_assert_int_eq(akt_profile_end(open), 0);
}
END_TEST

START_TEST(what_is_lost_at_a_finer_rate_is_as_long_in_all_sections)
{
	struct moment begun, ended;
	akt_profile *coarse = begin_at(&begun, "coarse", 100), *fine = begin("fine", 1000);
	struct profile *p;

	akti_prof_cpu.store->used_bytes = akti_prof_cpu.store->size_bytes;
	burn_ticks(AKT_MS(200));
	p = end_at(&ended, coarse, "coarse_cpu.prof");
	holds(p, begun, ended);
	ck_assert_int_eq(sum(p, 1, NULL, NULL, lost), sum(p, 0, NULL, NULL, lost) * AKT_MS(1));
	akti_profile_destroy(p);
	ck_assert_int_eq(akt_profile_end(fine), 0);
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
		what_is_lost_at_a_finer_rate_is_as_long_in_all_sections,
	};
	const TTest *const at_all_rates[] = {
		sections_shorter_than_a_tick_share_the_ticks_of_the_one_around_them,
		a_section_shorter_than_a_tick_alone_has_a_file,
		sections_of_other_rates_overlap_and_each_has_its_time,
		a_full_store_is_reported_as_lost,
	};
	Suite *suite = suite_create("prof-cpu");
	TCase *tcase = test_case(suite, "cpu", 30);

	for (size_t i = 0; i < AKTI_COUNT_OF(tests); i++)
		tcase_add_test(tcase, tests[i]);
	for (size_t i = 0; i < AKTI_COUNT_OF(at_all_rates); i++)
		tcase_add_loop_test(tcase, at_all_rates[i], 0, AKTI_COUNT_OF(rates));
	return run_suite(suite);
}
