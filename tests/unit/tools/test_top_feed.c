/* SPDX-License-Identifier: MIT */
/* Proves: after a pause rates begin anew, and the page that begins is not shown. Not: what is in pages. */
#include "harness.h"

#include "top/feed.h"
#include <poll.h>
#include <semaphore.h>

static char calls[16];
static size_t call_count;
static sem_t is_asked, may_go_on, is_paused;

int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);

/* Under the mutex, so nobody ends the pause before it has begun. */
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	(void)sem_post(&is_paused);
	return __real_pthread_cond_wait(cond, mutex);
}

static void await(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static struct page *make(char call)
{
	struct page *page = calloc(1, sizeof(*page));

	ck_assert(page != NULL && call_count < sizeof(calls) - 1);
	calls[call_count++] = call;
	page->seconds = (double)call_count;
	return page;
}

struct page *source_first(struct source *source)
{
	(void)source;
	return make('f');
}

struct page *source_next(struct source *source)
{
	(void)source;
	(void)sem_post(&is_asked);
	await(&may_go_on);
	return make('n');
}

bool source_must_wait(const struct source *source, const struct page *page)
{
	(void)source, (void)page;
	return false;
}

void page_destroy(struct page *page)
{
	free(page);
}

static int number_of_next(struct feed *feed)
{
	struct pollfd bell = { .fd = feed->bell[0], .events = POLLIN };
	struct page *page;
	int number;

	ck_assert(poll(&bell, 1, -1) == 1);
	page = feed_take(feed);
	ck_assert_ptr_nonnull(page);
	number = (int)page->seconds;
	page_destroy(page);
	return number;
}

START_TEST(after_a_pause_rates_begin_anew)
{
	static struct feed feed; /* its thread has no end */
	struct source source = { .address = "" };

	(void)sem_init(&is_asked, 0, 0);
	(void)sem_init(&may_go_on, 0, 0);
	(void)sem_init(&is_paused, 0, 0);
	ck_assert(feed_start(&feed, &source));
	ck_assert_int_eq(number_of_next(&feed), 1);
	await(&is_asked);
	feed_want(&feed, &(struct feed_wants){ .paused = true });
	(void)sem_post(&may_go_on);
	ck_assert_int_eq(number_of_next(&feed), 2);
	await(&is_paused);
	feed_want(&feed, &(struct feed_wants){ .paused = false });
	(void)sem_post(&may_go_on);
	ck_assert_int_eq(number_of_next(&feed), 4);
	ck_assert_str_eq(calls, "fnfn");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("feed");
	Suite *suite = suite_create("tools-top_feed");

	tcase_add_test(tcase, after_a_pause_rates_begin_anew);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
