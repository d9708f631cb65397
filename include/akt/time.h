/* SPDX-License-Identifier: MIT */
/*
 * Time: one unit, nanoseconds, in an int64_t; written AKT_MS(250), AKT_S(5).
 * A parameter that holds a time ends in _ns.
 */
#ifndef AKT_TIME_H
#define AKT_TIME_H

#include <stdint.h>

#define AKT_NS(n) ((int64_t)(n))
#define AKT_US(n) ((int64_t)(n)*1000)
#define AKT_MS(n) ((int64_t)(n)*1000000)
#define AKT_S(n) ((int64_t)(n)*1000000000)
#define AKT_MINUTES(n) (AKT_S(n) * 60)

/* A time-out that never comes. */
#define AKT_FOREVER INT64_MAX

#endif
