/* A way through a grid of 30 x 30 x 30 nodes, searched by 20 workers.
 * SPDX-License-Identifier: MIT
 *
 * A node leads to some of those next to it, away from the origin. A worker that reaches one first makes
 * it its own; after 1024 nodes it gives what it has not looked at yet to the master. Work near the
 * target comes first. When the target is reached, the rest is let be. */
#include "crew.h"
#include "parts.h"

#include <stdlib.h>

#define THRESHOLD 1024u
#define NEIGHBOURS_MAX 6u
#define NODE_COST 100u /* random numbers */
#define PRIORITY_STEP 8u
#define SEED 123456u
#define NONE UINT32_MAX

struct astar_work {
	uint32_t node;
	uint32_t distance; /* to the far end of the grid */
};
AKT_MESSAGE_DEFINE(astar_work, "astar.work", AKT_FIELD(1, astar_work, node),
		   AKT_FIELD(2, astar_work, distance));

struct node {
	_Atomic uint32_t parent; /* NONE: not reached */
	uint32_t count;
	uint32_t neighbours[NEIGHBOURS_MAX];
};

struct astar {
	struct crew crew;
	uint32_t side;
	uint32_t size; /* nodes */
	uint32_t target;
	struct node *nodes;
	uint32_t *queue; /* for the search without actors */
	bool is_reachable;
	_Atomic bool is_found;
};

struct worker {
	struct astar *astar;
};

static uint32_t axis(const struct astar *astar, uint32_t node, uint32_t number)
{
	for (; number > 0; number--)
		node /= astar->side;
	return node % astar->side;
}

static uint32_t distance(const struct astar *astar, uint32_t node)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < 3; i++) {
		uint32_t left = astar->side - axis(astar, node, i);

		most = left > most ? left : most;
	}
	return most;
}

static bool reach(struct astar *astar, uint32_t node, uint32_t from)
{
	uint32_t none = NONE;

	return atomic_compare_exchange_strong(&astar->nodes[node].parent, &none, from);
}

/* Look at what a node leads to, and put what was not reached before at the end of the queue. */
static uint32_t expand(struct astar *astar, uint32_t at, uint32_t *queue, uint32_t length)
{
	struct savina_random random = savina_random_of(at);
	const struct node *node = &astar->nodes[at];
	uint64_t busy = savina_busy(&random, NODE_COST);

	for (uint32_t i = 0; i < node->count && busy != 0; i++) {
		if (!reach(astar, node->neighbours[i], at))
			continue;
		if (node->neighbours[i] == astar->target)
			atomic_store(&astar->is_found, true);
		queue[length++] = node->neighbours[i];
	}
	return length;
}

static int search(akt_ctx *ctx, struct astar *astar, uint32_t node)
{
	uint32_t *queue = akt_scratch(ctx, (THRESHOLD * NEIGHBOURS_MAX + 1) * sizeof(*queue));
	uint32_t length = 1;
	uint32_t at = 0;
	int r = 0;

	if (queue == NULL)
		return AKT_ERR_NOMEM;
	queue[0] = node;
	while (at < length && at < THRESHOLD) {
		length = expand(astar, queue[at++], queue, length);
		if (atomic_load(&astar->is_found))
			return 0;
	}
	for (; at < length && r >= 0; at++)
		r = crew_add(ctx, AKT_NEW(astar_work, .node = queue[at],
					  .distance = distance(astar, queue[at])));
	return r;
}

static int on_work(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct astar *astar = ((struct worker *)state)->astar;
	int r = 0;

	if (!atomic_load(&astar->is_found))
		r = search(ctx, astar, akt_payload(msg, astar_work)->node);
	return r < 0 ? r : crew_done(ctx);
}

static int64_t priority(const akt_msg *msg)
{
	return -(int64_t)(akt_payload(msg, astar_work)->distance / PRIORITY_STEP);
}

static const akt_handler worker_handlers[] = { AKT_ON(astar_work, on_work), AKT_END };
static const akt_type worker_type = {
	.name = "astar-worker",
	.state_size = sizeof(struct worker),
	.handlers = worker_handlers,
	.start = savina_keep_arg,
	.mailbox = AKT_MAILBOX_PRIORITY,
	.priority = priority,
};

/* A step of 0 or 1 along each axis, but neither none nor all; each with one half, and at least one. */
static void connect(struct astar *astar, uint32_t number, struct savina_random *random)
{
	struct node *node = &astar->nodes[number];

	for (uint32_t step = 1; step < 7; step++) {
		uint32_t to = number;
		uint32_t stride = 1;

		for (uint32_t i = 0; i < 3; i++, stride *= astar->side)
			if (step >> i & 1 && axis(astar, number, i) + 1 < astar->side)
				to += stride;
		if (to != number &&
		    (savina_random_below(random, 2) == 0 || (step == 6 && node->count == 0)))
			node->neighbours[node->count++] = to;
	}
}

static void forget(struct astar *astar)
{
	for (uint32_t i = 0; i < astar->size; i++)
		atomic_store(&astar->nodes[i].parent, NONE);
	atomic_store(&astar->nodes[0].parent, 0);
	atomic_store(&astar->is_found, false);
}

static bool prepare(struct savina_run *run)
{
	struct astar *astar = run->data;
	struct savina_random random = savina_random_of(SEED);
	uint32_t length = 1;
	int64_t begin_ns;

	astar->side = (uint32_t)savina_size(run, 30, 12);
	astar->size = astar->side * astar->side * astar->side;
	astar->target = astar->side * 4 / 5 * (1 + astar->side + astar->side * astar->side);
	astar->nodes = parts_memory(run, astar->size, sizeof(*astar->nodes));
	astar->queue = parts_memory(run, astar->size, sizeof(*astar->queue));
	if (astar->nodes == NULL || astar->queue == NULL)
		return false;
	for (uint32_t i = 0; i < astar->size; i++)
		connect(astar, i, &random);
	forget(astar);
	begin_ns = bench_now();
	for (uint32_t at = 0; at < length && !atomic_load(&astar->is_found); at++)
		length = expand(astar, astar->queue[at], astar->queue, length);
	parts_report_sequential(run, begin_ns);
	astar->is_reachable = atomic_load(&astar->is_found);
	forget(astar);
	return true;
}

static bool start(struct savina_run *run)
{
	struct astar *astar = run->data;

	astar->crew = (struct crew){ .run = run, .worker = &worker_type, .arg = astar };
	return crew_start(&astar->crew, AKT_NEW(astar_work, .node = 0, .distance = astar->side));
}

static bool leads_to(const struct node *node, uint32_t to)
{
	for (uint32_t i = 0; i < node->count; i++)
		if (node->neighbours[i] == to)
			return true;
	return false;
}

/* Each step of the way from the target back is one that the grid has. */
static bool check(struct savina_run *run)
{
	const struct astar *astar = run->data;
	uint32_t at = astar->target;

	if (!bench_equal(run->b, astar->is_reachable, true, "reached without actors") ||
	    !bench_equal(run->b, atomic_load(&astar->is_found), true, "reached"))
		return false;
	for (uint32_t steps = 0; at != 0 && steps < 3 * astar->side; steps++) {
		uint32_t parent = atomic_load(&astar->nodes[at].parent);

		if (!bench_equal(run->b, parent < at, true, "steps lead on") ||
		    !bench_equal(run->b, leads_to(&astar->nodes[parent], at), true, "steps exist"))
			return false;
		at = parent;
	}
	return bench_equal(run->b, at, 0, "origin");
}

static void release(struct savina_run *run)
{
	struct astar *astar = run->data;

	free(astar->nodes);
	free(astar->queue);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct astar),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_astar(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
