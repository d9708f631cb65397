/* An unbalanced tree of up to 200,000 nodes, each an actor: it grows, then it is walked through.
 * SPDX-License-Identifier: MIT
 *
 * Each node asks the root whether it may have ten children; half of those that ask may, as long as there
 * are nodes left. In half of these families one child is urgent: it is told first. Then the root has
 * everybody work as much as its node costs; who has no children, or has heard of all that they are done,
 * tells its parent. */
#include "parts.h"

#include <stdlib.h>

#define CHILDREN 10u
#define COST 500u
#define COST_DEVIATION 100.0
#define ASK_COST 100u
#define URGENT_PERCENT 50u
#define NOBODY CHILDREN
#define SEED 2u

/* What a node is. */
struct uct_node {
	uint32_t id;
	uint32_t cost;
};
AKT_MESSAGE_DEFINE(uct_node, "uct.node", AKT_FIELD(1, uct_node, id), AKT_FIELD(2, uct_node, cost));

/* The root's answer. */
struct uct_family {
	uint32_t first_id; /* 0: no children */
	uint32_t cost;     /* of each child */
	uint32_t urgent;   /* which of them, or NOBODY */
};
AKT_MESSAGE_DEFINE(uct_family, "uct.family", AKT_FIELD(1, uct_family, first_id),
		   AKT_FIELD(2, uct_family, cost), AKT_FIELD(3, uct_family, urgent));

/* Of a node with all below it. */
struct uct_walked {
	uint64_t nodes;
	uint64_t id_sum;
};
AKT_MESSAGE_DEFINE(uct_walked, "uct.walked", AKT_FIELD(1, uct_walked, nodes),
		   AKT_FIELD(2, uct_walked, id_sum));
AKT_SIGNAL_DEFINE(uct_ask, "uct.ask");
AKT_SIGNAL_DEFINE(uct_walk, "uct.walk");
AKT_SIGNAL_DEFINE(uct_start, "uct.start");

/* What the root decides; the same in each run, as long as nodes ask one after the other. */
struct grants {
	struct savina_random random;
	uint32_t nodes_max;
	uint32_t nodes; /* the root is number 0 */
};

struct uct {
	struct savina_run *run;
	akt_ref root;
	struct grants grants;
	uint32_t asked;
	struct uct_walked walked;
	uint32_t wanted; /* nodes */
};

struct node {
	struct uct *uct;
	uint32_t waiting;
	uint32_t urgent;
	bool has_children;
	uint32_t cost;
	struct uct_walked walked; /* of those that have told */
	uint64_t worked;
	akt_ref children[CHILDREN];
};

static const akt_type node_type;

/* Nearly normal: the sum of twelve numbers from 0 to 1 deviates by 1. */
static uint32_t random_cost(struct savina_random *random)
{
	double cost = COST;

	for (int i = 0; i < 12; i++)
		cost += COST_DEVIATION * ((double)savina_random_below(random, 1000000) / 1e6 - 0.5);
	return cost < 1 ? 1 : (uint32_t)cost;
}

static struct uct_family grant(struct grants *grants)
{
	struct uct_family family = { .first_id = grants->nodes, .urgent = NOBODY };

	family.cost = random_cost(&grants->random);
	if (savina_random_below(&grants->random, 100) < URGENT_PERCENT)
		family.urgent = (uint32_t)savina_random_below(&grants->random, CHILDREN);
	grants->nodes += CHILDREN;
	return family;
}

static struct uct_family answer(struct grants *grants)
{
	if (grants->nodes + CHILDREN > grants->nodes_max ||
	    savina_random_below(&grants->random, 2) == 0)
		return (struct uct_family){ .first_id = 0 };
	return grant(grants);
}

static uint64_t work(uint64_t seed, uint32_t cost)
{
	struct savina_random random = savina_random_of(seed);

	return savina_busy(&random, cost);
}

static int have_children(akt_ctx *ctx, struct node *self, const struct uct_family *family)
{
	int r = 0;

	self->has_children = true;
	self->urgent = family->urgent;
	for (uint32_t i = 0; i < CHILDREN && r >= 0; i++) {
		r = akt_spawn_child(ctx, &node_type, NULL, self->uct, &self->children[i]);
		if (r >= 0)
			r = akt_send(ctx, self->children[i],
				     AKT_NEW(uct_node, .id = family->first_id + i,
					     .cost = family->cost));
	}
	return r;
}

static int tell_children(akt_ctx *ctx, struct node *self)
{
	int r = 0;

	self->waiting = CHILDREN;
	if (self->urgent != NOBODY)
		r = akt_send(ctx, self->children[self->urgent], AKT_NEW_SIGNAL(uct_walk));
	for (uint32_t i = 0; i < CHILDREN && r >= 0; i++)
		if (i != self->urgent)
			r = akt_send(ctx, self->children[i], AKT_NEW_SIGNAL(uct_walk));
	return r;
}

/* True when that was the last child. */
static bool add_child(struct node *self, const akt_msg *msg)
{
	const struct uct_walked *walked = akt_payload(msg, uct_walked);

	self->walked.nodes += walked->nodes;
	self->walked.id_sum += walked->id_sum;
	return --self->waiting == 0;
}

static int on_node(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;
	const struct uct_node *node = akt_payload(msg, uct_node);

	self->walked = (struct uct_walked){ 1, node->id };
	self->cost = node->cost;
	self->worked = work(node->id, ASK_COST);
	return akt_send(ctx, self->uct->root, AKT_NEW_SIGNAL(uct_ask));
}

static int on_family(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct uct_family *family = akt_payload(msg, uct_family);

	return family->first_id == 0 ? 0 : have_children(ctx, state, family);
}

static int tell_parent(akt_ctx *ctx, const struct node *self)
{
	return akt_send(ctx, akt_parent(ctx), AKT_NEW_FROM(uct_walked, self->walked));
}

static int on_walk(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;

	(void)msg;
	self->worked ^= work(self->worked, self->cost);
	return self->has_children ? tell_children(ctx, self) : tell_parent(ctx, self);
}

static int on_walked(akt_ctx *ctx, void *state, akt_msg *msg)
{
	return add_child(state, msg) ? tell_parent(ctx, state) : 0;
}

static const akt_handler node_handlers[] = { AKT_ON(uct_node, on_node),
					     AKT_ON(uct_family, on_family),
					     AKT_ON(uct_walk, on_walk),
					     AKT_ON(uct_walked, on_walked), AKT_END };
static const akt_type node_type = {
	.name = "uct-node",
	.state_size = sizeof(struct node),
	.handlers = node_handlers,
	.start = savina_keep_arg,
};

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;
	struct uct_family family = grant(&self->uct->grants);

	(void)msg;
	return have_children(ctx, self, &family);
}

/* When all nodes have asked, none is born any more. */
static int on_ask(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;
	struct uct *uct = self->uct;
	struct uct_family family = answer(&uct->grants);
	int r = akt_send(ctx, akt_sender(ctx), AKT_NEW_FROM(uct_family, family));

	(void)msg;
	if (r < 0 || ++uct->asked < uct->grants.nodes - 1)
		return r;
	return tell_children(ctx, self);
}

static int on_all_walked(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;

	(void)ctx;
	if (!add_child(self, msg))
		return 0;
	self->uct->walked = self->walked;
	return savina_over(self->uct->run);
}

static const akt_handler root_handlers[] = { AKT_ON(uct_ask, on_ask), AKT_ON(uct_start, on_start),
					     AKT_ON(uct_walked, on_all_walked), AKT_END };
static const akt_type root_type = {
	.name = "uct-root",
	.state_size = sizeof(struct node),
	.handlers = root_handlers,
	.start = savina_keep_arg,
};

/* The same in an array: nodes ask in the order of their birth. */
static void grow_and_walk(struct uct *uct, struct grants grants, struct node *nodes)
{
	struct uct_family family = grant(&grants);

	for (uint32_t id = 0; id < grants.nodes; id++) {
		if (id > 0) {
			nodes[id].worked = work(id, ASK_COST);
			family = answer(&grants);
		}
		for (uint32_t i = 0; family.first_id != 0 && i < CHILDREN; i++)
			nodes[family.first_id + i].cost = family.cost;
	}
	for (uint32_t id = 1; id < grants.nodes; id++)
		nodes[id].worked ^= work(nodes[id].worked, nodes[id].cost);
	uct->wanted = grants.nodes;
}

static bool prepare(struct savina_run *run)
{
	struct uct *uct = run->data;
	struct node *nodes;
	int64_t begin_ns;

	uct->run = run;
	uct->grants = (struct grants){ .random = savina_random_of(SEED), .nodes = 1 };
	uct->grants.nodes_max = (uint32_t)savina_size(run, 200000, 500);
	begin_ns = bench_now();
	nodes = parts_memory(run, uct->grants.nodes_max, sizeof(*nodes));
	if (nodes == NULL)
		return false;
	grow_and_walk(uct, uct->grants, nodes);
	parts_report_sequential(run, begin_ns);
	free(nodes);
	return true;
}

static bool start(struct savina_run *run)
{
	struct uct *uct = run->data;

	return savina_spawn(run, &root_type, uct, &uct->root) &&
	       savina_post(run, uct->root, AKT_NEW_SIGNAL(uct_start));
}

static bool check(struct savina_run *run)
{
	const struct uct *uct = run->data;
	uint64_t nodes = (uct->grants.nodes_max - 1) / CHILDREN * CHILDREN;

	return bench_equal(run->b, uct->wanted, nodes + 1, "without actors") &&
	       bench_equal(run->b, uct->walked.nodes, nodes, "nodes") &&
	       bench_equal(run->b, uct->walked.id_sum, nodes * (nodes + 1) / 2, "sum of numbers");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct uct),
	.prepare = prepare,
	.start = start,
	.check = check,
};

void savina_uct(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
