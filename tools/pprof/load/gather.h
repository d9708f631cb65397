/* SPDX-License-Identifier: MIT */
/*
 * gather: the profiles of all sources as one, and those of the bases as another. Files are read, all else is fetched over HTTP,
 * all at the same time; what fails is told, and the rest goes on.
 */
#ifndef PPROF_GATHER_H
#define PPROF_GATHER_H

#include "pprof/load/load.h"

/* So many are fetched at the same time, and held in memory before they are merged. */
#define GATHER_AT_ONCE 128u

/* Which server a mapping's profile came from, and where that had it in memory. */
struct origin {
	char *key; /* build id, or file */
	char *url;
	uint64_t start;
};

struct origins {
	struct origin *at;
	size_t count;
	bool is_fetched; /* anything at all */
};

struct gathered {
	struct profile *profile;
	struct profile *base; /* NULL: none was asked for */
	struct origins origins;
};

/* All sources and bases. False with a text. */
bool gather(const struct sources *sources, struct gathered *gathered, struct buffer *error);

void origins_fini(struct origins *origins);

#endif
