/* SPDX-License-Identifier: MIT */
#include "top/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void publish(struct feed *feed, struct page *page)
{
	struct page *older;

	pthread_mutex_lock(&feed->mutex);
	older = feed->page;
	feed->page = page;
	pthread_mutex_unlock(&feed->mutex);
	page_destroy(older);
	(void)!write(feed->bell[1], "", 1);
}

/* Until an interval has passed, if it must, and nobody pauses. True: somebody did. */
static bool wait_for_turn(struct feed *feed, bool waits)
{
	struct timespec until;
	bool paused;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += feed->source.seconds;
	pthread_mutex_lock(&feed->mutex);
	while (waits && pthread_cond_timedwait(&feed->changed, &feed->mutex, &until) != ETIMEDOUT)
		;
	paused = feed->wants.paused;
	while (feed->wants.paused)
		pthread_cond_wait(&feed->changed, &feed->mutex);
	feed->source.wants_names = feed->wants.names;
	feed->source.wants_all = feed->wants.all;
	memcpy(feed->source.watched, feed->wants.watched, sizeof(feed->source.watched));
	pthread_mutex_unlock(&feed->mutex);
	return paused;
}

/* Rates over a pause would say little of either side of it, so they begin anew, and what was seen stays
 * until there are some. */
static void *run(void *arg)
{
	struct feed *feed = arg;
	bool begins = true, paused = false;

	for (;;) {
		struct page *page =
			begins ? source_first(&feed->source) : source_next(&feed->source);
		bool failed = page->error.size > 0;
		bool waits = source_must_wait(&feed->source, page);

		if (paused && !failed)
			page_destroy(page);
		else
			publish(feed, page);
		paused = wait_for_turn(feed, waits);
		begins = failed || paused;
	}
	return NULL;
}

bool feed_start(struct feed *feed, const struct source *source)
{
	pthread_condattr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int r;

	*feed = (struct feed){ .source = *source, .wants = { .all = source->wants_all } };
	if (pipe2(feed->bell, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	pthread_mutex_init(&feed->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&feed->changed, &attributes);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, NULL, run, feed);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0;
}

void feed_want(struct feed *feed, const struct feed_wants *wants)
{
	pthread_mutex_lock(&feed->mutex);
	feed->wants = *wants;
	pthread_cond_signal(&feed->changed);
	pthread_mutex_unlock(&feed->mutex);
}

struct page *feed_take(struct feed *feed)
{
	struct page *page;
	char bytes[64];

	while (read(feed->bell[0], bytes, sizeof(bytes)) > 0)
		;
	pthread_mutex_lock(&feed->mutex);
	page = feed->page;
	feed->page = NULL;
	pthread_mutex_unlock(&feed->mutex);
	return page;
}
