/* SPDX-License-Identifier: MIT */
/*
 * Debug server: a running system over HTTP, for people and for tools.
 *
 *	akt_debug *debug;
 *	int r = akt_debug_listen(sys, "127.0.0.1:6060", &debug);
 *
 *	$ curl http://127.0.0.1:6060/debug/akt/tree
 *
 * Nothing listens unless this is called. GET and HEAD of these paths, those of Go's net/http/pprof where
 * there is one, so that its tools just work:
 *
 *	/debug/pprof/               a page with links to all of these
 *	/debug/pprof/profile        CPU over 30 seconds, or ?seconds=N; ?hz=N samples a second; ?names=0
 *	                            addresses and labels only, at a fraction of the price
 *	/debug/pprof/heap           memory in use, and /debug/pprof/allocs all that was allocated, by the
 *	                            sections that record memory already (akt/profile.h), from the begin
 *	                            of the oldest. When there are none, and with ?seconds=N, of so many
 *	                            seconds from now, 10; ?rate=N bytes from sample to sample
 *	/debug/pprof/messages       who sends what to whom, of ?seconds=N, 10; ?every=N messages to one
 *	                            that is timed
 *	/debug/pprof/cmdline        the command line, NUL between the words
 *	/debug/pprof/symbol?PC+PC   names of code addresses; also by POST of PC+PC
 *	/metrics                    counters as OpenMetrics, for Prometheus and its kin
 *	/debug/akt/tree             who lives, what each does and has waiting; ?busy=1 only those that are
 *	                            busy, ?max=N so many, ?format=json for programs, of large
 *	                            systems with ?top=N (docs/formats/tree.md)
 *	/debug/akt/dump             akt_system_dump; busy and max as above
 *
 * Errors are a line of text with their status: 400, 403, 404, 405, 413, 503.
 *
 * Who may ask: everybody who reaches the address, so it is a loopback address unless another one is
 * written out. What is served names actors and messages, and shows no payloads; but it shows the command
 * line. Pages of the web are kept out: a request whose Host is neither localhost, 127.0.0.1, [::1] nor the
 * address it has come to, is refused with 403, whatever name its sender has found this machine by.
 *
 * A server has one thread, "akt-debug", and up to AKT_DEBUG_THREADS for answers, "akt-debug-0" and on.
 * Workers do nothing for it but what observe.h says of a dump. While nobody asks, it costs an open socket.
 *
 * HTTP is libmicrohttpd's, looked for when a server is opened and not before
 * (docs/decisions/0019-libmicrohttpd-dlopen.md).
 */
#ifndef AKT_DEBUG_H
#define AKT_DEBUG_H

#include <akt/system.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akt_debug akt_debug;

#define AKT_DEBUG_ADDRESS_MAX 63u     /* bytes of an address, the NUL excluded */
#define AKT_DEBUG_CONNECTIONS_MAX 64u /* at one time; more wait in the system's queue */
#define AKT_DEBUG_REQUEST_MAX 65536u  /* bytes of a request's body; then 413 */
#define AKT_DEBUG_HEAD_MAX 16384u     /* bytes for its line and headers; then 414 or 431 */
#define AKT_DEBUG_THREADS 4u          /* one less profiles are taken at one time; then 503 */
#define AKT_DEBUG_SECONDS_MAX 3600u   /* of a profile */
#define AKT_DEBUG_PROFILE_SECONDS 30u /* unless the request says */
#define AKT_DEBUG_SECONDS 10u         /* of memory and of messages, likewise */
#define AKT_DEBUG_IDLE_NS AKT_S(10)   /* a connection on which nothing happens is closed */
/* How long the end of a server waits for clients to take their answers. */
#define AKT_DEBUG_CLOSE_NS AKT_S(1)

/*
 * Serve a system at an address: "127.0.0.1:6060", "[::1]:6060", "localhost:6060" (127.0.0.1) or ":6060"
 * (127.0.0.1, too). Port 0: one that is free, see akt_debug_port. An address that others reach must be
 * written out, "0.0.0.0:6060". No names are looked up. Why it could not be is said in the log as well.
 *
 * The server is the system's: when the system has ended and before its memory is given back, the server
 * is closed, and *ret_debug is gone. While actors end it still serves: there is to be seen who does not.
 * ret_debug may be NULL. Several servers, of one system or of several, are fine.
 * Threads: any thread. Errors: INVALID (not such an address), EXISTS (the port is taken), SYSTEM (an
 * address that is not this machine's, a port below 1024, no descriptors or threads), STOPPED (the
 * shutdown has begun), UNSUPPORTED (no libmicrohttpd, or the system is seeded), NOMEM.
 */
AKT_API int akt_debug_listen(akt_system *sys, const char *address, akt_debug **ret_debug);

/* The port it listens on. Threads: any thread. Errors: INVALID (NULL). */
AKT_API int akt_debug_port(const akt_debug *debug);

/* Close a server before its system ends: from now on nobody connects; answers that are under way are
 * given, those that take their time at once with what there is; then it is gone. NULL is fine.
 * Threads: outside, not while the system is being stopped. */
AKT_API void akt_debug_close(akt_debug *debug);

#ifdef __cplusplus
}
#endif
#endif
