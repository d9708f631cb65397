/* SPDX-License-Identifier: MIT */
/*
 * url: what is fetched for a source that is no file. host:port is taken for http, a host without a
 * path for its CPU profile, and -seconds becomes the query's, in the spelling of `go tool pprof`.
 * Purely on the text; results are the caller's to free.
 */
#ifndef PPROF_URL_H
#define PPROF_URL_H

#include "pprof/ground/buffer.h"

#define URL_TIMEOUT_S 60
/* What a server may take beyond a time that the user has not set himself. */
#define URL_PATIENCE_S 5

/* The URL of a source, and how long its profile may take; NULL: it can be none. Seconds and a
 * timeout of 0 or less are not set. */
char *url_of_source(const char *source, int64_t seconds, int64_t timeout, double *ret_timeout_s);

/* Where the server of a profile's URL names addresses; NULL: that is no URL. */
char *url_of_symbols(const char *url);

/* Whether a text begins with a scheme. */
bool url_is_absolute(const char *text);

#endif
