/* SPDX-License-Identifier: MIT */
/*
 * Errors: one list of name, number and text.
 *
 * Every akt function that can fail returns an int: zero or positive is success, negative is one of
 * AKT_ERR_*. errno is never part of the interface: a handler may run on another thread each time.
 * The numbers are stable for ever, because a remote asker receives them.
 *
 *	int r = akt_spawn(sys, &greeter, NULL, &ref);
 *	if (r < 0)
 *		fprintf(stderr, "cannot spawn: %s\n", akt_strerror(r));
 */
#ifndef AKT_ERROR_H
#define AKT_ERROR_H

#include <akt/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, text, what to do about it) */
#define AKT_ERRORS(X)                                                                              \
	X(NOMEM, -1, "out of memory", "raise the memory limit or send less")                       \
	X(INVALID, -2, "invalid argument", "see the contract of the call in its header")           \
	X(GONE, -3, "no such actor: it has stopped", "watch it, or look it up again")              \
	X(STOPPED, -4, "the system is shutting down", "stop sending, the intake is closed")        \
	X(TIMEOUT, -5, "timed out; the outcome is unknown", "ask again only if that is harmless")  \
	X(EXISTS, -6, "taken already", "akt_find returns who holds a name; wait for a fd once")    \
	X(NOTFOUND, -7, "not found", "check the name")                                             \
	X(LIMIT, -8, "a limit is reached", "raise the limit named in the options")                 \
	X(UNHANDLED, -9, "no handler for this message type", "add a row to the actor's table")     \
	X(REFUSED, -10, "refused by the receiver", "see the text that came with the reply")        \
	X(FAILED, -11, "the actor failed", "see its trail in the log")                             \
	X(THREAD, -12, "wrong thread for this call", "the header names the call's thread class")   \
	X(SYSTEM, -13, "the operating system refused", "see the log for the call that failed")     \
	X(UNSUPPORTED, -14, "not supported here", "see SUPPORTED.md")                              \
	X(FORMAT, -15, "malformed input", "the message names the offset")                          \
	X(IO, -16, "input or output failed", "check the path and its permissions")                 \
	X(FULL, -17, "the receiver's mailbox is full", "send less, or raise the type's limit")     \
	X(LOCAL, -18, "it cannot leave its node", "give every field a number and a plain kind")    \
	X(OVERLOAD, -19, "the memory budget is used up", "send less, or raise options.memory_max")

enum akt_error {
	AKT_OK = 0,
#define AKT_ERROR_ENUM(name, number, text, hint) AKT_ERR_##name = (number),
	AKT_ERRORS(AKT_ERROR_ENUM)
#undef AKT_ERROR_ENUM
};

/* The text of an error, never NULL; "success" for zero and above.
 * Threads: any thread, signal-safe. */
AKT_API const char *akt_strerror(int error);

/* The name of an error as written in programs, "AKT_ERR_GONE"; "AKT_OK" for zero and above.
 * Threads: any thread, signal-safe. */
AKT_API const char *akt_error_name(int error);

/* What to do about an error, one line, never NULL.
 * Threads: any thread, signal-safe. */
AKT_API const char *akt_error_hint(int error);

#ifdef __cplusplus
}
#endif
#endif
