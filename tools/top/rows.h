/* SPDX-License-Identifier: MIT */
/*
 * rows: a page as a table: each actor, or each type, with all that is known of it; filtered and in order.
 * Whatever is negative is not known.
 */
#ifndef TOP_ROWS_H
#define TOP_ROWS_H

#include "pprof/ground/regex.h"
#include "top/source.h"

/* Fewer samples than these say little: their figures are grey. */
#define ROWS_SAMPLES_FEW 10
/* What is stuck, or flooded. */
#define ROWS_STUCK_NS (INT64_C(1000) * 1000 * 1000)
#define ROWS_FLOODED 1000

enum rows_sort { SORT_CPU, SORT_DEPTH, SORT_WAIT, SORT_MEMORY, SORT_RATE, SORT_NAME, SORTS };

struct row {
	const struct actor *actor; /* NULL: a type */
	const struct actor_type *of_type;
	const char *name; /* the path, or the type */
	const char *type;
	double cpu_percent; /* of one processor */
	int64_t samples;
	int64_t depth;
	bool depth_more;
	int64_t wait_ns;
	bool wait_is_age; /* of the oldest, not the mean of those that came to their turn */
	int64_t memory;
	double per_s;
	int64_t timed; /* messages that per_s rests on */
	int64_t restarts;
};

struct rows {
	struct row *at;
	size_t count;
	struct actor_type *types; /* summed up here */
};

struct rows_how {
	enum rows_sort sort;
	bool reverse;
	bool by_type;
	const struct regex *filter; /* NULL: all */
};

void rows_make(struct rows *rows, const struct page *page, const struct rows_how *how);
void rows_fini(struct rows *rows);

/* The words of -sort: cpu, depth, wait, mem, rate, name. False: none of them. */
bool rows_sort_of(const char *word, enum rows_sort *ret_sort);
const char *rows_sort_word(enum rows_sort sort);

bool row_is_stuck(const struct row *row);
bool row_is_flooded(const struct row *row);

#endif
