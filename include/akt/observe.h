/* SPDX-License-Identifier: MIT */
/*
 * Observing: what a running system is doing, seen from any thread.
 *
 *	char path[200];
 *
 *	if (akt_system_path(sys, ref, path, sizeof(path)) > 0)
 *		printf("%s\n", path);                   "/bank/branch-7/teller#17.3"
 *
 * Paths. A path names an actor by its place in the tree: '/' and a component for each of its ancestors
 * and for itself. A component is the actor's name, or, of an anonymous one, its type's name, '#', slot
 * '.' generation. In both, bytes that could be taken for something else ('/', '#', '%', blanks and
 * control characters) are written as %XX, so a path reads back as one actor or none.
 *
 * What stands above the topmost actors is the system itself. It has no actors of its own, no guardian
 * and no dead letter office, so no name is reserved: a topmost actor that fails for good stops, says so
 * by an event, and the others go on.
 */
#ifndef AKT_OBSERVE_H
#define AKT_OBSERVE_H

#include <akt/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the tree ---------------------------------------------------------------------------------- */

/* Write an actor's path into text, cut to size with its NUL. Returns its whole length, so size 0 only
 * asks for that. The actor was live when the path was complete; one that is just ending may be shown
 * as anonymous.
 * Threads: any thread. Errors: GONE, INVALID, LIMIT (longer than INT_MAX).
 * Cost: a mutex for each ancestor that has a name, twice. */
AKT_API int akt_system_path(akt_system *sys, akt_ref ref, char *text, size_t size);

/* The same for the running actor. Threads: handler. */
AKT_API int akt_path(akt_ctx *ctx, char *text, size_t size);

/* Who has this path now; null if nobody has. Threads: any thread. */
AKT_API akt_ref akt_find_path(akt_system *sys, const char *path);

/* The children of the running actor, the youngest first, those that are ending included. Returns how
 * many there are; refs gets at most max of them.
 * Threads: handler. Errors: INVALID. */
AKT_API int akt_children(akt_ctx *ctx, akt_ref *refs, size_t max);

/* The children of any actor, or, with the null reference, the topmost actors; in the order of their
 * slots. Each was live when it was looked at. Returns how many there are; refs gets at most max.
 * Threads: any thread. Errors: GONE, INVALID. Cost: a look at each slot that was ever used. */
AKT_API int akt_system_children(akt_system *sys, akt_ref parent, akt_ref *refs, size_t max);

#ifdef __cplusplus
}
#endif
#endif
