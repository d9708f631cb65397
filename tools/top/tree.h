/* SPDX-License-Identifier: MIT */
/*
 * tree: a system at one moment, as its debug server tells it (docs/formats/tree.md). Texts lie in
 * its JSON, which jansson has read.
 */
#ifndef TOP_TREE_H
#define TOP_TREE_H

#include "pprof/ground/buffer.h"

#define TREE_UNKNOWN (-1)
#define TREE_FORMAT 1
/* Of an answer as jansson has it, ten times its bytes: 600,000 actors. Two may be there at a time. */
#ifndef TREE_MEMORY_MAX
#define TREE_MEMORY_MAX (UINT64_C(2) << 30)
#endif

struct actor {
	const char *path; /* NULL: it has ended, or is too deep */
	const char *ref;  /* "#SLOT.GENERATION" */
	const char *parent;
	const char *type;
	const char *name; /* "": it has none */
	const char *state;
	const char *mode;
	const char *message;
	int64_t worker, running_ns, mailbox, stashed, questions, watches, timers, descriptors;
	int64_t failures, restarts, memory, oldest_ns;
	bool mailbox_more;
};

/* Sums over all actors of a type. */
struct actor_type {
	const char *type;
	int64_t actors, running, queued, mailbox, memory, failures, restarts;
};

struct worker {
	const char *state;
	int64_t cpu_ns;
};

struct counters {
	int64_t accepted, processed, dead, dropped, spawned, ended, failures, restarts;
	int64_t memory_used, memory_max;
};

struct tree {
	struct json_t *json;
	const char *system;
	int64_t pid, now_ns, uptime_ns, actors_count;
	struct counters counters;
	struct worker *workers;
	struct actor *actors;
	struct actor_type *types; /* none: the answer has all actors */
	size_t worker_count, actor_count, type_count;
};

/* Takes the body over. False with a text: it is no such answer. */
bool tree_read(struct tree *tree, struct buffer *body, struct buffer *error);
void tree_fini(struct tree *tree);

#endif
