/* SPDX-License-Identifier: MIT */
/*
 * types: the actor types of a system, numbered in the order in which they are met, for sums by type.
 * Types of one name are one. There is room for TYPES_MAX numbers; the last one stands for all types that
 * got none of their own, and is called "other".
 *
 * Proved by tests/unit/debug/test_types.c.
 */
#ifndef AKTI_DEBUG_TYPES_H
#define AKTI_DEBUG_TYPES_H

#include "base/base.h"

#define TYPES_MAX 1024u

struct types {
	uint32_t count;
	const char *names[TYPES_MAX]; /* the callers' */
};

/* The number of a type, below count. */
uint32_t akti_types_number(struct types *types, const char *name);

#endif
