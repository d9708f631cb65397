/* SPDX-License-Identifier: MIT */
/*
 * fetch: GET over HTTP and HTTPS, several at a time, by libcurl. The library is opened with dlopen
 * when something is fetched: thirty libraries that come with it would cost every other call of a
 * tool more than its own work.
 *
 * Proxies and certificates are those of the environment, as for curl; what
 * is on this host is asked directly. Redirects are followed.
 */
#ifndef FETCH_H
#define FETCH_H

#include "pprof/ground/buffer.h"

/* Of one answer, unpacked or not; a longer one is an error. */
#define FETCH_BYTES_MAX (UINT64_C(512) << 20)
#define FETCH_REDIRECTS_MAX 5L
/* Until a connection stands. */
#define FETCH_CONNECT_S_MAX 10L

struct fetch {
	const char *url;
	bool is_insecure; /* whoever answers over HTTPS is believed */
	double timeout_s; /* of the whole; 0: none */
	const char *post; /* sent as a POST's body; NULL: a GET */
	struct buffer
		body; /* freed by buffer_fini; what a server says with an error is in `error` */
	struct buffer error; /* empty: it worked */
	long status;         /* of HTTP; 0: none came */
};

/* http:// or https://. */
bool fetch_is_url(const char *text);

/* All of them, at the same time; true when each has worked. */
bool fetch_all(struct fetch *fetches, size_t count);

#endif
