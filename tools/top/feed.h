/* SPDX-License-Identifier: MIT */
/*
 * feed: a thread that makes page after page, so that keys are answered meanwhile.
 *
 *	field           written by                  read by
 *	wants           who shows, under the mutex  the thread, between two pages
 *	page            the thread, under the mutex who shows
 *
 * There is no end to it but that of the process: a page is some seconds of waiting for a server, and a
 * server ends a profile whose client has gone.
 */
#ifndef TOP_FEED_H
#define TOP_FEED_H

#include "top/source.h"

#include <pthread.h>

struct feed_wants {
	bool paused;
	bool names;
	bool all;
	char watched[64];
};

struct feed {
	struct source source;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct feed_wants wants;
	struct page *page;
	int bell[2]; /* a byte in this pipe: there is a page */
};

/* False: no thread, or no descriptors. */
bool feed_start(struct feed *feed, const struct source *source);
void feed_want(struct feed *feed, const struct feed_wants *wants);
/* The newest page, which is the caller's; NULL: there is none since the last one. */
struct page *feed_take(struct feed *feed);

#endif
