/* SPDX-License-Identifier: MIT */
/*
 * http: libmicrohttpd, opened when a server is: nine libraries that only few programs want stay out of
 * all others (docs/decisions/0019-libmicrohttpd-dlopen.md). All calls about one daemon are made by one thread.
 */
#ifndef AKTI_HTTP_HTTP_H
#define AKTI_HTTP_HTTP_H

#include "base/base.h"

#if __has_include(<microhttpd.h>)
#define AKTI_HAVE_HTTP 1
#include <microhttpd.h>

#define HTTP_FUNCTIONS(X)                                                                          \
	X(MHD_start_daemon)                                                                        \
	X(MHD_quiesce_daemon)                                                                      \
	X(MHD_stop_daemon)                                                                         \
	X(MHD_run)                                                                                 \
	X(MHD_get_timeout)                                                                         \
	X(MHD_get_daemon_info)                                                                     \
	X(MHD_get_connection_info)                                                                 \
	X(MHD_lookup_connection_value)                                                             \
	X(MHD_get_connection_values)                                                               \
	X(MHD_suspend_connection)                                                                  \
	X(MHD_resume_connection)                                                                   \
	X(MHD_create_response_from_buffer)                                                         \
	X(MHD_create_response_from_callback)                                                       \
	X(MHD_add_response_header)                                                                 \
	X(MHD_queue_response)                                                                      \
	X(MHD_destroy_response)

struct http {
	void *library;
#define HTTP_POINTER(name) __typeof__(&name) name;
	HTTP_FUNCTIONS(HTTP_POINTER)
#undef HTTP_POINTER
};
#else
struct http {
	void *library;
};
#endif

/* False: it is not installed, or was not when akt was built. */
bool akti_http_open(struct http *http);
void akti_http_close(struct http *http);

#endif
