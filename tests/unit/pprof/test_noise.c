/* SPDX-License-Identifier: MIT */
/* Proves: the test of two counts gives the binomial's own sums, calls no more differences significant
 * that are none than it claims, finds those that are there, and knows how many samples that takes.
 * Not: that profiles of real programs differ by sampling only; they do not. */
#include "harness.h"

#include "pprof/answer/noise.h"
#include <math.h>

#define PAIRS (20000u / SLOW)

static uint64_t state;

static double uniform(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

/* Events within the mean of a process that has one in each unit of time: exact for any mean. */
static double poisson(double mean)
{
	double count = 0, at = -log(uniform());

	for (; at < mean; at -= log(uniform()))
		count++;
	return count;
}

/* Of pairs with these means the part that is called significant. */
static double part_significant(double old_mean, double new_mean, double share, unsigned pairs)
{
	unsigned found = 0;

	for (unsigned i = 0; i < pairs; i++)
		found += noise_chance(poisson(old_mean), poisson(new_mean), share) <= NOISE_LEVEL;
	return (double)found / pairs;
}

/* The two-sided chance by its definition: the sums of the binomial's terms. */
static double by_definition(unsigned old_count, unsigned new_count, double share)
{
	unsigned n = old_count + new_count;
	double above = 0, below = 0;

	for (unsigned k = 0; k <= n; k++) {
		double term = exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) +
				  k * log(share) + (n - k) * log1p(-share));

		above += k >= new_count ? term : 0;
		below += k <= new_count ? term : 0;
	}
	return fmin(1, 2 * fmin(above, below));
}

START_TEST(the_chance_is_the_sum_of_the_binomial)
{
	static const double shares[] = { 0.5, 0.25, 0.9, 0.01 };
	static const unsigned counts[] = { 0, 1, 2, 5, 8, 17, 40, 150, 1000 };

	for (size_t s = 0; s < sizeof(shares) / sizeof(*shares); s++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			for (size_t j = 0; j < sizeof(counts) / sizeof(*counts); j++)
				ck_assert_double_eq_tol(
					noise_chance(counts[i], counts[j], shares[s]),
					by_definition(counts[i], counts[j], shares[s]), 1e-9);
}
END_TEST

START_TEST(eight_against_none_is_the_least_that_is_significant)
{
	ck_assert_double_eq_tol(noise_chance(0, 8, 0.5), 2 / 256.0, 1e-12);
	ck_assert(noise_chance(0, 8, 0.5) <= NOISE_LEVEL);
	ck_assert(noise_chance(0, 7, 0.5) > NOISE_LEVEL);
	ck_assert_double_eq(noise_chance(0, 0, 0.5), 1);
	ck_assert(isinf(noise_needed(0, 0, 0.5)));
	ck_assert(isinf(noise_needed(20, 20, 0.5)));
}
END_TEST

START_TEST(large_counts_go_on_where_the_exact_ones_end)
{
	double below = noise_chance(499000, 500900, 0.5);
	double above = noise_chance(499100, 501000, 0.5);

	ck_assert_double_eq_tol(below, above, 0.01 * below);
}
END_TEST

START_TEST(false_alarms_are_no_more_than_claimed)
{
	static const struct {
		double mean, times;
	} cases[] = { { 2, 1 }, { 5, 1 }, { 10, 3 }, { 40, 1 }, { 100, 0.2 }, { 1000, 1 } };

	state = 88172645463325252ull;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double times = cases[i].times;
		unsigned pairs = cases[i].mean >= 1000 ? PAIRS / 5 : PAIRS;
		double part = part_significant(cases[i].mean, cases[i].mean * times,
					       times / (1 + times), pairs);

		ck_assert_msg(part <= NOISE_LEVEL + 3 * sqrt(NOISE_LEVEL / pairs),
			      "mean %g times %g: %g", cases[i].mean, times, part);
		/* Where counts are large it is no safer than it need be. */
		if (cases[i].mean >= 40)
			ck_assert_msg(part >= NOISE_LEVEL / 3, "mean %g: %g", cases[i].mean, part);
	}
}
END_TEST

START_TEST(what_is_there_is_found_with_enough_samples_only)
{
	state = 1181783497276652981ull;
	ck_assert(part_significant(10000, 11000, 0.5, 200) > 0.99);
	ck_assert(part_significant(100, 110, 0.5, 1000) < 0.1);
}
END_TEST

START_TEST(as_many_samples_as_are_needed_suffice_half_of_the_times)
{
	double needed = noise_needed(100, 120, 0.5);
	double half;

	state = 362436069362436069ull;
	half = part_significant(needed * 100 / 220, needed * 120 / 220, 0.5, 1000);
	ck_assert_msg(half > 0.4 && half < 0.6, "%g of %g samples", half, needed);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("noise");
	Suite *suite = suite_create("pprof-noise");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_chance_is_the_sum_of_the_binomial);
	tcase_add_test(tcase, eight_against_none_is_the_least_that_is_significant);
	tcase_add_test(tcase, large_counts_go_on_where_the_exact_ones_end);
	tcase_add_test(tcase, false_alarms_are_no_more_than_claimed);
	tcase_add_test(tcase, what_is_there_is_found_with_enough_samples_only);
	tcase_add_test(tcase, as_many_samples_as_are_needed_suffice_half_of_the_times);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
