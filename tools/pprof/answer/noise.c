/* SPDX-License-Identifier: MIT */
#include "pprof/answer/noise.h"

#include <math.h>

#define FRACTION_STEPS_MAX 100000
#define FRACTION_ACCURACY 1e-14
#define TINY 1e-300

static double not_zero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of DLMF 8.17.22, from its front by Lentz's method. */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m < FRACTION_STEPS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		value *= c * d;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		value *= c * d;
		if (fabs(c * d - 1) < FRACTION_ACCURACY)
			break;
	}
	return value;
}

/* I_x(a, b); 1 for a = 0: what is at least nothing is certain. */
static double beta_regularized(double x, double a, double b)
{
	double front;

	if (a <= 0 || x >= 1)
		return 1;
	if (x <= 0)
		return 0;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* By how many standard deviations the second count is off. */
static double deviations(double old_count, double new_count, double share)
{
	double count = old_count + new_count;

	return fabs(new_count - count * share) / sqrt(count * share * (1 - share));
}

double noise_chance(double old_count, double new_count, double share)
{
	double above, below, chance;

	if (old_count + new_count <= 0)
		return 1;
	if (old_count + new_count > NOISE_EXACT_MAX)
		return erfc(deviations(old_count, new_count, share) / M_SQRT2);
	above = beta_regularized(share, new_count, old_count + 1);
	below = beta_regularized(1 - share, old_count, new_count + 1);
	chance = 2 * fmin(above, below);
	return chance < 1 ? chance : 1;
}

double noise_needed(double old_count, double new_count, double share)
{
	double off, count = old_count + new_count;

	if (count <= 0)
		return INFINITY;
	off = deviations(old_count, new_count, share);
	return off > 0 ? count * (NOISE_DEVIATIONS / off) * (NOISE_DEVIATIONS / off) : INFINITY;
}
