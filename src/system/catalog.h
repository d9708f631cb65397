/* SPDX-License-Identifier: MIT */
/*
 * catalog: what a system knows by name besides its actors: the types that spawn records may name, with
 * the variants that records have caused, and extensions.
 */
#ifndef AKTI_CATALOG_H
#define AKTI_CATALOG_H

#include "plat/plat.h"
#include <akt/record.h>
#include <akt/system.h>

/* The numbers of akt_type: member, type in a spawn record, number of the record's field. What a record
 * carries, what a reader takes from it and what makes a variant is this list. */
#define CATALOG_NUMBERS(X)                                                                         \
	X(on_failure, uint32_t, 10)                                                                \
	X(restarts_max, uint32_t, 11)                                                              \
	X(within_ns, int64_t, 12)                                                                  \
	X(mailbox, uint32_t, 13)                                                                   \
	X(mailbox_messages_max, uint32_t, 14)                                                      \
	X(mailbox_bytes_max, uint64_t, 15)                                                         \
	X(overflow, uint32_t, 16)                                                                  \
	X(backoff_ns, int64_t, 17)                                                                 \
	X(backoff_max_ns, int64_t, 18)                                                             \
	X(strategy, uint32_t, 19)                                                                  \
	X(children_restarts_max, uint32_t, 20)                                                     \
	X(children_within_ns, int64_t, 21)                                                         \
	X(asks_max, uint32_t, 22)                                                                  \
	X(stash_max, uint32_t, 23)

struct variant {
	struct variant *next;
	akt_type type;
};

struct introduced {
	const akt_type *type;
	struct variant *variants;
	uint32_t variant_count;
};

struct extension {
	const char *id;
	void *object;
};

struct catalog {
	struct plat_mutex mutex;
	struct introduced *introduced;
	uint32_t count;
	uint32_t room;
	/* Only ever grows, so it is read without the mutex: an entry is written before it is counted. */
	struct extension extensions[AKT_EXTENSIONS_MAX];
	_Atomic uint32_t extension_count;
};

void akti_catalog_init(struct catalog *catalog);
void akti_catalog_fini(struct catalog *catalog);

/* The introduced type with these numbers: itself, or a variant that is made when it is new and lives
 * as long as the catalog. numbers is type but for its numbers. Errors: LIMIT, NOMEM. */
int akti_catalog_variant(struct catalog *catalog, const akt_type *type, const akt_type *numbers,
			 const akt_type **ret_type);

#endif
