/* SPDX-License-Identifier: MIT */
/*
 * References: how an actor is named by others.
 *
 * A reference is a value of 16 bytes: copy it, send it, print it, hash it. It never dangles: the
 * slot it names may be used again, but then under another generation, and whatever is sent to the
 * old one ends in the dead letters. The node is the incarnation of the system that made it, so a
 * reference kept from an earlier run or from another system is never taken for a local one.
 *
 *	char text[AKT_REF_TEXT];
 *	printf("%s\n", akt_ref_print(ref, text));       "#17.3@4f1c..."
 */
#ifndef AKT_REF_H
#define AKT_REF_H

#include <akt/export.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akt_ref {
	uint32_t slot; /* place in its system's table of actors */
	uint32_t gen;  /* how often the place was used; retired before it could wrap */
	uint64_t node; /* incarnation of the system; 0 only in the null reference */
} akt_ref;

/* Bytes that akt_ref_print needs, its final NUL included. */
#define AKT_REF_TEXT 48

/* True for the reference that names nobody: all zero.
 * Threads: any thread, signal-safe. */
static inline bool akt_ref_is_null(akt_ref ref)
{
	return ref.node == 0;
}

/* True when both name the same actor (a restart keeps the reference).
 * Threads: any thread, signal-safe. */
static inline bool akt_ref_equal(akt_ref a, akt_ref b)
{
	return a.slot == b.slot && a.gen == b.gen && a.node == b.node;
}

/* Write "#slot.gen@node" (node in hex) into text and return text.
 * Threads: any thread, signal-safe. */
AKT_API const char *akt_ref_print(akt_ref ref, char text[AKT_REF_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
