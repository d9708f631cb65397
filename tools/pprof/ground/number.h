/* SPDX-License-Identifier: MIT */
/* number: arithmetic on values from files: it wraps and saturates, and never traps. */
#ifndef PPROF_NUMBER_H
#define PPROF_NUMBER_H

#include "base/base.h"

AKTI_INLINE int64_t number_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

AKTI_INLINE int64_t number_multiply(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

AKTI_INLINE int64_t number_abs(int64_t a)
{
	return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
}

AKTI_INLINE int64_t number_divide(int64_t a, int64_t b)
{
	return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

/* The value per count; the value where nothing is counted. */
AKTI_INLINE int64_t number_mean(int64_t value, int64_t count)
{
	return count != 0 ? number_divide(value, count) : value;
}

AKTI_INLINE int64_t number_from(double value)
{
	if (value >= -0x1p63 && value < 0x1p63)
		return (int64_t)value;
	return INT64_MIN;
}

#endif
