/* SPDX-License-Identifier: MIT */
/*
 * server: one akt_debug, and the files of this module.
 *
 *	server.c    its threads, connections, requests; its life
 *	routes.c    what a path is
 *	page.c metrics.c tree.c process.c profiles.c    answers
 *	output.c    bytes that grow
 *
 * A request's way. Only the server's own thread calls libmicrohttpd, so that nothing is asked of its
 * locks:
 *
 *	akt-debug                                    akt-debug-N
 *	head, body --> is it to be answered? --no--> 403, 404, ... at once
 *	                   | yes: suspended
 *	                   \------- job ------------> the route's function makes the answer
 *	resumed, sent <---- done, bell rung --------/
 *
 * What takes its time (seconds=N) waits on the request's word `cut`, which is set when its client has
 * gone or the server closes. Such requests are at most as many as leave a thread for others.
 *
 *	field           written by                     read by
 *	request         akt-debug; while it is a job, its thread, but for cut
 *	cut             akt-debug                      the job
 *	done            under the mutex                under the mutex
 *	closing         who closes                     akt-debug
 *
 * Proved by: tests/unit/debug, tests/system/debug.sh.
 */
#ifndef AKTI_DEBUG_SERVER_H
#define AKTI_DEBUG_SERVER_H

#include "http/address.h"
#include "http/http.h"
#include "debug/output.h"
#include "system/system.h"
#include <akt/debug.h>

struct request;

/* What a path answers. */
struct route {
	const char *path;
	const char *type; /* of the content */
	/* Make the answer; on a thread for answers. Returns the status; the text of an error is a line. */
	unsigned (*answer)(struct request *request, struct output *text);
	const char *about; /* a line of the page; NULL: it is not there */
	const char *file;  /* the name under which a browser keeps it; NULL: it shows it */
	bool takes_time;   /* seconds=N */
	bool posts;        /* by POST too */
};

enum request_cut { REQUEST_GOES_ON = 0, REQUEST_CLIENT_GONE = 1, REQUEST_CLOSING = 2 };

struct request {
	struct io_job job; /* first */
	struct akt_debug *debug;
	struct request *next; /* of those whose answers are being made, akt-debug's */
	struct request *next_done;
	const struct route *route;
	const char *query; /* in uri, behind the '?'; "": none */
	char *uri;
	char *host; /* as the client wrote it; it was checked */
	struct output body;
	struct output answer;
	unsigned status;      /* of the answer; 0: there is none yet */
	const char *location; /* of a redirection */
	const char *type;     /* of the content, another one than the route's; NULL: that */
	int fd;               /* of the client; -1: it is not watched */
	bool begun;           /* its head was looked at */
	bool is_head;         /* HEAD: what takes its time is not done */
	bool is_unmade;       /* HEAD of that: nobody knows how long the answer would be */
	bool is_sent;         /* its answer is libmicrohttpd's */
	bool is_timed;        /* one of those that take their time */
	_Atomic uint32_t cut;
#ifdef AKTI_HAVE_HTTP
	struct MHD_Connection *connection;
#endif
};

struct akt_debug {
	struct companion companion; /* first: of sys */
	struct akt_system *sys;
	struct http http;
#ifdef AKTI_HAVE_HTTP
	struct MHD_Daemon *daemon;
#endif
	struct plat_thread thread;
	struct plat_poll poll;
	struct io_pool pool;
	struct plat_mutex mutex; /* of done */
	struct request *done;
	struct request *answering; /* those whose answers are being made */
	uint32_t sending;          /* those that have one, which has not been taken whole */
	uint32_t timed;
	uint16_t port;
	char address[AKT_DEBUG_ADDRESS_MAX + 1]; /* as it was asked for */
	_Atomic uint32_t closing;
};

/* As akt_debug_listen, with another patience for idle connections, in seconds. */
int akti_debug_listen(akt_system *sys, const char *address, unsigned idle_s, akt_debug **ret_debug);

/* --- for answers --------------------------------------------------------------------------------- */

#define DEBUG_TIMED_MAX (AKT_DEBUG_THREADS - 1)

/* A line of an error. Returns status. */
unsigned akti_debug_error(struct output *text, unsigned status, const char *fmt, ...)
	AKTI_PRINTF(3, 4);
/* The value of key in a query "a=1&key=value", into value; false: it is not there. What does not fit is
 * cut. */
bool akti_debug_query(const char *query, const char *key, char *value, size_t size);
/* The number of key, at most max; given if it is not there. False: it is no such number, and the answer
 * is 400. */
bool akti_debug_number(const char *query, const char *key, uint64_t max, uint64_t given,
		       uint64_t *ret_number);
/* Wait. False: the server closes, or the client has gone: end with what there is. */
bool akti_debug_pause(struct request *request, int64_t for_ns);

/* --- routes.c ------------------------------------------------------------------------------------- */

extern const struct route akti_debug_routes[]; /* the last has no path */
/* The one of a path; NULL: none. */
const struct route *akti_debug_route(const char *path);

unsigned akti_debug_page(struct request *request, struct output *text);
unsigned akti_debug_profile(struct request *request, struct output *text);
unsigned akti_debug_heap(struct request *request, struct output *text);
unsigned akti_debug_allocs(struct request *request, struct output *text);
unsigned akti_debug_messages(struct request *request, struct output *text);
unsigned akti_debug_metrics(struct request *request, struct output *text);
unsigned akti_debug_tree(struct request *request, struct output *text);
unsigned akti_debug_dump(struct request *request, struct output *text);
unsigned akti_debug_cmdline(struct request *request, struct output *text);
unsigned akti_debug_symbol(struct request *request, struct output *text);

#endif
