/* SPDX-License-Identifier: MIT */
/*
 * noise: whether two counts of samples differ by more than chance makes them differ.
 *
 * Counts of rare independent events are Poisson. Given that a of them were seen in one run and b in
 * another, b is binomial: n = a + b trials, each with the probability share of falling into the
 * second run when nothing has changed (1/2 for equal runs). The chance of what was seen, or of
 * something further out on either side, is
 *
 *	p = min(1, 2 * min(P(X >= b), P(X <= b)))	X ~ Binomial(a + b, share)
 *	P(X >= b) = I_share(b, a + 1)			P(X <= b) = I_(1-share)(a, b + 1)
 *
 * with I the regularized incomplete beta function, so that small counts are exact. A difference is
 * significant when p <= NOISE_LEVEL. The test is conservative: it calls a difference that is none
 * significant at most that often. (J. Przyborowski and H. Wilenski, Homogeneity of results in
 * testing samples from Poisson series, Biometrika 31, 1940.)
 *
 * Sums of unequal weights w, such as bytes of blocks, are judged as if they were
 * (sum of w)^2 / (sum of w^2) events of equal weight. (G. Bohm and G. Zech, Statistics of weighted
 * Poisson events and its applications, Nucl. Instrum. Methods A 748, 2014.) So counts need not be
 * whole numbers.
 *
 * What it knows of is sampling only. That two runs of one program differ by themselves, it does not.
 * Proved by: tests/unit/pprof/test_noise.c.
 */
#ifndef PPROF_NOISE_H
#define PPROF_NOISE_H

/* 99 % two-sided, and the deviations of a normal distribution that this is. */
#define NOISE_LEVEL 0.01
#define NOISE_DEVIATIONS 2.5758293

/* Beyond so many events the binomial is its normal approximation. */
#define NOISE_EXACT_MAX 1e6

/* The chance that nothing has changed, from 0 to 1. share: 0..1, exclusive. */
double noise_chance(double old_count, double new_count, double share);

/* About how many events, of both runs together, would make this difference significant;
 * infinity when there is none. */
double noise_needed(double old_count, double new_count, double share);

#endif
