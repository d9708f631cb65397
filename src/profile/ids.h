/* SPDX-License-Identifier: MIT */
/*
 * ids: the numbers a file gives its mappings, functions and locations, to places in our tables.
 *
 * A file may mention an id before it defines it, so an id gets a ticket when it is first seen and
 * the ticket its place when it is defined. Small ids, the usual ones, are looked up in an array,
 * others in an index; the array never grows past a small multiple of the ids really seen.
 */
#ifndef AKTI_PROFILE_IDS_H
#define AKTI_PROFILE_IDS_H

#include "profile/index.h"

struct ids {
	uint32_t *small; /* id -> ticket + 1 */
	uint32_t small_count;
	struct index index; /* id -> ticket, for the others */
	uint64_t *id_of;    /* ticket -> id */
	uint32_t *place_of; /* ticket -> place; INDEX_NONE: not defined */
	uint32_t count;
	uint32_t capacity;
};

/* The ticket of an id. Errors: NOMEM, LIMIT. */
int akti_ids_ticket(struct ids *ids, uint64_t id, uint32_t *ret_ticket);

/* Whether every ticket is its own place: then nothing needs translating. */
bool akti_ids_in_order(const struct ids *ids);

void akti_ids_fini(struct ids *ids);

#endif
