/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: a handler runs when a socket or a pipe is ready, and no worker waits for it.
 *
 *	static int on_ready(akt_ctx *ctx, void *state, akt_msg *msg)
 *	{
 *		struct session *self = state;
 *		char bytes[512];
 *		ssize_t n;
 *
 *		if (akt_msg_error(msg) == AKT_ERR_TIMEOUT)
 *			return akt_stop(akt_system_of(ctx), akt_self(ctx));
 *		n = read(akt_payload(msg, akt_fd_ready)->fd, bytes, sizeof(bytes));
 *		...
 *		return akt_fd_wait(ctx, self->fd, AKT_FD_READ, AKT_S(60), on_ready, 0, NULL);
 *	}
 *
 * A wait is over once, with its first event; the handler waits again when it wants more. So an actor
 * that has enough to do is not told of what it cannot take yet, and the other side is slowed down by
 * its full socket.
 *
 * When the descriptor may be closed: not while it is waited for. It is waited for until the continuation
 * runs, or akt_cancel has returned 0, or the stop hook begins (at the end, and at a restart), or,
 * without a stop hook, until what akt_at_end owes is done; from then on it may be closed, and its number
 * used again at once: what was on its way is dropped, and reaches no other wait. Of a descriptor
 * that is closed while it is waited for the time-out is all that comes, and until then nobody can wait
 * for its number.
 *
 * Readiness is asked of the system's one poller, a thread that is made at the first akt_fd_wait and
 * sleeps in the kernel. Waiting is nothing to be drained: akt_system_drain and the drain of a shutdown
 * do not wait for an event that has not happened.
 *
 * A seeded system has no such thread: when nobody can run, the one thread looks at the descriptors,
 * and lets time pass if none is ready. So time-outs are virtual, and no real time is spent waiting: what a
 * test wants to be read it writes before. Which of several ready descriptors is first is the kernel's
 * choice, not the seed's.
 */
#ifndef AKT_FD_H
#define AKT_FD_H

#include <akt/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum akt_fd_event {
	AKT_FD_READ = 1,   /* reading does not block */
	AKT_FD_WRITE = 2,  /* writing does not block */
	AKT_FD_HANGUP = 4, /* with one of the above: the other side has gone */
	AKT_FD_ERROR = 8,  /* with one of the above: there is an error to be picked up */
};

/* Waits that a system may have at a time. */
#define AKT_FD_WAITS_MAX 65536u

/* The message that the continuation is given. */
struct akt_fd_ready {
	int32_t fd;
	uint32_t events; /* AKT_FD_*: those waited for that have come, and why if it is no data */
};
AKT_API extern const akt_msg_type akt_message_akt_fd_ready;

/* Run then(ctx, state, msg) as a handler of this actor once fd is ready for one of events
 * (AKT_FD_READ, AKT_FD_WRITE or both), or after timeout_ns: akt_msg_error(msg) is then TIMEOUT. A
 * hang-up and an error count as ready for both. For each descriptor and direction one wait may be
 * pending in a system: one actor may read from a socket while another writes. The runtime does not read,
 * write, close or change fd; it should be O_NONBLOCK, because who reads it may come first.
 * tag comes back from akt_tag; ret_pending, which may be NULL, is for akt_cancel.
 * Threads: handler. Owns: fd stays yours. Errors: INVALID (no function, timeout_ns <= 0, no
 * event or another one; fd is not open, or cannot be waited for: a regular file, a directory), EXISTS
 * (somebody waits for that), LIMIT (AKT_FD_WAITS_MAX), NOMEM, SYSTEM (no thread, or no descriptor, for the
 * poller).
 * Cost: one system call, at the first wait for a descriptor two; and the poller's wake-up. */
AKT_API int akt_fd_wait(akt_ctx *ctx, int fd, uint32_t events, int64_t timeout_ns,
			akt_handler_fn then, uint64_t tag, akt_pending *ret_pending);

#ifdef __cplusplus
}
#endif
#endif
