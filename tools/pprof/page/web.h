/* SPDX-License-Identifier: MIT */
/*
 * web: the views of a profile as pages under /ui/, with the paths and parameters of pprof's. One thread
 * serves one request after the other, each on a copy of the profile; nothing is kept in between.
 *
 * On a loopback address only requests that were meant for it are answered: a page from elsewhere, whose
 * name has come to mean this machine, is not. Proved by tests/pprof/web_test.py.
 */
#ifndef PPROF_WEB_H
#define PPROF_WEB_H

#include "pprof/command/command.h"

/* "host:port"; no host is localhost, no port any. Does not end, but for a text in error. */
void web_serve(const struct profile *profile, const struct options *options, const char *address,
	       bool opens_browser, struct buffer *error);

#endif
