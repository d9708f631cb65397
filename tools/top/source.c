/* SPDX-License-Identifier: MIT */
#include "top/source.h"
#include "fetch/fetch.h"
#include "top/label.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_S_MAX 10.0 /* beyond what was asked for */
/* Timing a message costs 25 ns or so: so many of them a second are less than a thousandth of a processor. */
#define TIMED_PER_S 20000
#define TIMED_EVERY_MAX 64

enum { HTTP_UNAVAILABLE = 503 };

static bool fetch_tree(const struct source *source, const char *also, struct page *page)
{
	char *url = source->wants_all
			    ? take_printf("http://%s/debug/akt/tree?format=json", source->address)
			    : take_printf("http://%s/debug/akt/tree?format=json&top=%u&also=%s",
					  source->address, source->most, also);
	struct fetch fetch = { .url = url, .timeout_s = ANSWER_S_MAX };
	bool ok = fetch_all(&fetch, 1);

	if (!ok)
		buffer_text(&page->error, buffer_string(&fetch.error));
	else
		ok = tree_read(&page->tree, &fetch.body, &page->error);
	buffer_fini(&fetch.body);
	buffer_fini(&fetch.error);
	free(url);
	return ok;
}

/* Messages for each one that is timed. */
static int64_t timed_every(const struct source *source)
{
	double seconds = (double)source->before_uptime_ns / 1e9;
	double every = source->has_before && seconds > 0
			       ? (double)source->before.processed / seconds / TIMED_PER_S
			       : TIMED_EVERY_MAX;

	return every < 1 ? 1 : every > TIMED_EVERY_MAX ? TIMED_EVERY_MAX : (int64_t)every;
}

/* Without one that was refused it goes on. */
static bool take_profile(struct page *page, struct sums *sums, enum sums_kind kind, int64_t every,
			 struct fetch *fetch)
{
	if (fetch->error.size == 0)
		return sums_read(sums, kind, &fetch->body, every, &page->error);
	if (fetch->status == HTTP_UNAVAILABLE) {
		page->is_refused = true;
		return true;
	}
	buffer_text(&page->error, buffer_string(&fetch->error));
	return false;
}

static bool fetch_profiles(const struct source *source, struct page *page)
{
	int64_t every = timed_every(source);
	char *cpu = take_printf("http://%s/debug/pprof/profile?seconds=%u&names=%d",
				source->address, source->seconds, source->wants_names);
	char *messages = take_printf("http://%s/debug/pprof/messages?seconds=%u&every=%lld",
				     source->address, source->seconds, (long long)every);
	struct fetch fetches[] = {
		{ .url = cpu, .timeout_s = source->seconds + ANSWER_S_MAX },
		{ .url = messages, .timeout_s = source->seconds + ANSWER_S_MAX },
	};
	bool ok;

	(void)fetch_all(fetches, AKTI_COUNT_OF(fetches));
	ok = take_profile(page, &page->cpu, SUMS_CPU, 1, &fetches[0]) &&
	     take_profile(page, &page->messages, SUMS_MESSAGES, every, &fetches[1]);
	page->has_names = source->wants_names;
	for (size_t i = 0; i < AKTI_COUNT_OF(fetches); i++) {
		buffer_fini(&fetches[i].body);
		buffer_fini(&fetches[i].error);
	}
	free(cpu);
	free(messages);
	return ok;
}

/* Whom the profiles know as busy. */
static void add_busy(const struct sums *sums, bool by_value, struct buffer *also)
{
	const struct sum *most[SOURCE_ALSO_MAX / 2];
	size_t count = sums_most(sums, by_value, most, AKTI_COUNT_OF(most));

	for (size_t i = 0; i < count; i++) {
		if (also->size > 0)
			buffer_text(also, ",");
		label_ask(also, most[i]->label);
	}
}

/* --- rates ------------------------------------------------------------------------------------------ */

static void find_rates(struct page *page, const struct source *source)
{
	const struct tree *tree = &page->tree;
	double passed_ns = (double)tree->now_ns - (double)source->before_ns;
	double sum = 0;

	page->worker_percent = take_zeroed(tree->worker_count, sizeof(double));
	page->workers_percent = -1;
	for (size_t i = 0; i < tree->worker_count; i++)
		page->worker_percent[i] = -1;
	if (!source->has_before || passed_ns <= 0)
		return;
	page->seconds = passed_ns / 1e9;
	page->messages_per_s =
		((double)tree->counters.processed - (double)source->before.processed) /
		page->seconds;
	for (size_t i = 0; i < tree->worker_count && i < source->before_workers; i++) {
		int64_t before = source->before_cpu_ns[i], now = tree->workers[i].cpu_ns;

		if (before < 0 || now < before)
			continue;
		page->worker_percent[i] = (double)(now - before) * 100 / passed_ns;
		sum += page->worker_percent[i];
		page->workers_percent = sum / (double)tree->worker_count;
	}
}

static void remember(struct source *source, const struct tree *tree)
{
	source->has_before = true;
	source->before = tree->counters;
	source->before_ns = tree->now_ns;
	source->before_uptime_ns = tree->uptime_ns;
	source->before_workers = tree->worker_count;
	source->before_cpu_ns =
		take_more(source->before_cpu_ns, tree->worker_count, sizeof(int64_t));
	for (size_t i = 0; i < tree->worker_count; i++)
		source->before_cpu_ns[i] = tree->workers[i].cpu_ns;
}

/* The tree, in a page that may have profiles. */
static void complete(struct source *source, struct page *page)
{
	struct buffer also = { 0 };

	if (source->watched[0] == '#')
		buffer_printf(&also, "@%s", source->watched + 1);
	add_busy(&page->cpu, true, &also);
	add_busy(&page->messages, false, &also);
	if (fetch_tree(source, buffer_string(&also), page)) {
		/* Another process may be there by now. */
		source->has_before &= page->tree.uptime_ns >= source->before_uptime_ns;
		find_rates(page, source);
		remember(source, &page->tree);
	}
	buffer_fini(&also);
}

struct page *source_first(struct source *source)
{
	struct page *page = take_zeroed(1, sizeof(*page));

	source->has_before = false;
	complete(source, page);
	return page;
}

struct page *source_next(struct source *source)
{
	struct page *page = take_zeroed(1, sizeof(*page));

	if (source->is_light || fetch_profiles(source, page))
		complete(source, page);
	return page;
}

bool source_must_wait(const struct source *source, const struct page *page)
{
	return source->is_light || page->is_refused || page->error.size > 0;
}

void source_fini(struct source *source)
{
	free(source->before_cpu_ns);
	source->before_cpu_ns = NULL;
}

void page_destroy(struct page *page)
{
	if (page == NULL)
		return;
	tree_fini(&page->tree);
	sums_fini(&page->cpu);
	sums_fini(&page->messages);
	free(page->worker_percent);
	buffer_fini(&page->error);
	free(page);
}
