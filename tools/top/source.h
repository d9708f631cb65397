/* SPDX-License-Identifier: MIT */
/*
 * source: what a debug server says, refresh by refresh.
 *
 *	tree ---- profile, messages, d seconds, at the same time ---- tree ---- ...
 *	 page 0                                                        page 1
 *
 * A page is a tree with the rates since the tree before it, and the profiles of the time between the two. The
 * tree comes last, so what stands in it is new, and it is asked for those by name whom the profiles
 * know as busy. Of large systems only those that lead in something come (docs/formats/tree.md).
 */
#ifndef TOP_SOURCE_H
#define TOP_SOURCE_H

#include "top/sums.h"
#include "top/tree.h"

#define SOURCE_SECONDS_MAX 3600 /* between two pages */
#define SOURCE_MOST_MAX 1000    /* actors that lead in one thing */
#define SOURCE_ALSO_MAX 62      /* as many are asked for by name; a server takes 64 */

struct page {
	struct tree tree;
	struct sums cpu, messages; /* of the first page, and with is_light: none */
	double seconds;            /* since the last page; 0: this is the first */
	double messages_per_s;
	double *worker_percent; /* as many as tree.workers; negative: not known */
	double workers_percent; /* of all of them */
	bool has_names;         /* functions of `cpu` have names */
	bool is_refused;        /* a profile was: the server takes as many as it can */
	struct buffer error;    /* not empty: what could not be had; the tree is missing then */
};

struct source {
	const char *address; /* HOST:PORT */
	unsigned seconds;
	unsigned most;
	bool is_light;    /* no profiles */
	bool wants_names; /* of functions */
	bool wants_all;   /* the whole tree, not those that lead */
	char watched[64]; /* the reference of one that is wanted in any case; "": none */
	/* Of the page before. */
	bool has_before;
	struct counters before;
	int64_t before_ns;
	int64_t before_uptime_ns;
	int64_t *before_cpu_ns;
	size_t before_workers;
};

/* Only the tree, at once. */
struct page *source_first(struct source *source);
/* The next page; after `seconds` if profiles are taken. */
struct page *source_next(struct source *source);
/* Whether the caller waits `seconds` after this page, for nothing else will. */
bool source_must_wait(const struct source *source, const struct page *page);
void source_fini(struct source *source);
void page_destroy(struct page *page);

#endif
