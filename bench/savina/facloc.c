/* Where should facilities be for 100,000 customers who come one by one? A tree of quadrants, each an actor.
 * SPDX-License-Identifier: MIT
 *
 * A quadrant keeps its customers and what they cost: how far each is from the nearest facility that the
 * quadrant knows. When that is too much it opens a facility in its centre, gives its customers to four
 * quadrants of its own, and from then on only hands customers on. Of a facility its ancestors hear, and
 * at each of them the quadrant across, with all below. When they hear is a matter of chance, so how many
 * facilities there are varies a little; that all customers are there at the end does not. */
#include "parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID 500.0
#define ALPHA 2.0
#define SEED 123456u
#define QUARTERS 4u
#define RESOLUTION (1u << 24)

struct facloc_point {
	double x;
	double y;
};
AKT_MESSAGE_DEFINE(facloc_point, "facloc.customer", AKT_FIELD(1, facloc_point, x),
		   AKT_FIELD(2, facloc_point, y));

struct facloc_box {
	struct facloc_point low;
	struct facloc_point high;
	uint32_t position; /* among its parent's quarters */
};
AKT_MESSAGE_DEFINE(facloc_box, "facloc.box", AKT_FIELD(1, facloc_box, low),
		   AKT_FIELD(2, facloc_box, high), AKT_FIELD(3, facloc_box, position));

struct facloc_facility {
	struct facloc_point at;
	uint32_t position; /* of the child that tells */
	bool is_from_child;
};
AKT_MESSAGE_DEFINE(facloc_facility, "facloc.facility", AKT_FIELD(1, facloc_facility, at),
		   AKT_FIELD(2, facloc_facility, position),
		   AKT_FIELD(3, facloc_facility, is_from_child));

/* All of a quadrant and below. */
struct facloc_sum {
	uint64_t facilities;
	uint64_t quadrants;
	uint64_t customers;
	struct facloc_point points; /* added up */
};
AKT_MESSAGE_DEFINE(facloc_sum, "facloc.sum", AKT_FIELD(1, facloc_sum, facilities),
		   AKT_FIELD(2, facloc_sum, quadrants), AKT_FIELD(3, facloc_sum, customers),
		   AKT_FIELD(4, facloc_sum, points));
AKT_SIGNAL_DEFINE(facloc_facilities, "facloc.facilities"); /* an array of points */
AKT_SIGNAL_DEFINE(facloc_customers, "facloc.customers");   /* the same */
AKT_SIGNAL_DEFINE(facloc_next, "facloc.next");
AKT_SIGNAL_DEFINE(facloc_close, "facloc.close");

struct points {
	struct facloc_point *of;
	size_t count;
	size_t capacity;
};

struct quadrant {
	struct facloc_box box;
	struct facloc_point centre;
	struct points facilities;
	struct points customers;
	double cost;
	bool is_open;
};

struct facloc {
	struct savina_run *run;
	uint64_t count;
	struct facloc_point *points;
	akt_ref root;
	akt_ref producer;
	struct facloc_sum sum;
	struct facloc_sum wanted;
};

struct producer {
	struct facloc *facloc;
	uint64_t sent;
};

struct quadrant_state {
	struct facloc *facloc;
	struct quadrant quadrant;
	akt_ref children[QUARTERS];
	uint32_t waiting;
	struct facloc_sum sum;
};

static const akt_type quadrant_type;

/* --- a quadrant, with actors and without ------------------------------------------------------ */

static int add_point(struct points *points, struct facloc_point point)
{
	if (points->count == points->capacity) {
		size_t capacity = points->capacity == 0 ? 16 : 2 * points->capacity;
		struct facloc_point *of = realloc(points->of, capacity * sizeof(*of));

		if (of == NULL)
			return AKT_ERR_NOMEM;
		points->of = of;
		points->capacity = capacity;
	}
	points->of[points->count++] = point;
	return 0;
}

static int init_quadrant(struct quadrant *quadrant, const struct facloc_box *box)
{
	quadrant->box = *box;
	quadrant->centre.x = (box->low.x + box->high.x) / 2;
	quadrant->centre.y = (box->low.y + box->high.y) / 2;
	return add_point(&quadrant->facilities, quadrant->centre);
}

static void free_quadrant(struct quadrant *quadrant)
{
	free(quadrant->facilities.of);
	free(quadrant->customers.of);
}

static int add_customer(struct quadrant *quadrant, struct facloc_point point)
{
	double nearest = INFINITY;

	for (size_t i = 0; i < quadrant->facilities.count; i++) {
		double x = quadrant->facilities.of[i].x - point.x;
		double y = quadrant->facilities.of[i].y - point.y;

		nearest = fmin(nearest, x * x + y * y);
	}
	quadrant->cost += sqrt(nearest);
	return add_point(&quadrant->customers, point);
}

static bool costs_too_much(const struct quadrant *quadrant)
{
	return quadrant->cost > ALPHA * sqrt(2) * GRID;
}

static uint32_t quarter_of(const struct quadrant *quadrant, struct facloc_point point)
{
	return (point.x >= quadrant->centre.x ? 1u : 0u) +
	       (point.y >= quadrant->centre.y ? 2u : 0u);
}

static struct facloc_box quarter_box(const struct quadrant *quadrant, uint32_t number)
{
	struct facloc_box box = quadrant->box;

	box.position = number;
	*(number & 1 ? &box.low.x : &box.high.x) = quadrant->centre.x;
	*(number & 2 ? &box.low.y : &box.high.y) = quadrant->centre.y;
	return box;
}

static uint32_t across(uint32_t quarter)
{
	return QUARTERS - 1 - quarter;
}

static void add_sum(struct facloc_sum *to, const struct facloc_sum *from)
{
	to->facilities += from->facilities;
	to->quadrants += from->quadrants;
	to->customers += from->customers;
	to->points.x += from->points.x;
	to->points.y += from->points.y;
}

static struct facloc_sum sum_of(const struct quadrant *quadrant)
{
	struct facloc_sum sum = { .facilities = quadrant->is_open ? 1 : 0, .quadrants = 1 };

	for (size_t i = 0; i < quadrant->customers.count; i++) {
		sum.customers++;
		sum.points.x += quadrant->customers.of[i].x;
		sum.points.y += quadrant->customers.of[i].y;
	}
	return sum;
}

/* --- actors ----------------------------------------------------------------------------------- */

static int produce(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct producer *self = state;
	const struct facloc *facloc = self->facloc;

	(void)msg;
	if (self->sent == facloc->count)
		return akt_send(ctx, facloc->root, AKT_NEW_SIGNAL(facloc_close));
	return akt_send(ctx, facloc->root,
			AKT_NEW_FROM(facloc_point, facloc->points[self->sent++]));
}

static int tell_facility(akt_ctx *ctx, akt_ref to, struct facloc_point at, uint32_t position,
			 bool is_from_child)
{
	return akt_send(ctx, to,
			AKT_NEW(facloc_facility, .at = at, .position = position,
				.is_from_child = is_from_child));
}

static int tell_parent(akt_ctx *ctx, const struct quadrant_state *self, struct facloc_point at)
{
	akt_ref parent = akt_parent(ctx);

	return akt_ref_is_null(parent)
		       ? 0
		       : tell_facility(ctx, parent, at, self->quadrant.box.position, true);
}

static int send_points(akt_ctx *ctx, akt_ref to, const akt_msg_type *type,
		       const struct points *points)
{
	size_t size_bytes = points->count * sizeof(*points->of);
	akt_msg *msg = akt_msg_new_bytes(type, size_bytes);

	if (msg != NULL && size_bytes > 0)
		memcpy(akt_msg_bytes(msg), points->of, size_bytes);
	return akt_send(ctx, to, msg);
}

/* A child that knows what this quadrant does, with those of its customers that are the child's. */
static int start_child(akt_ctx *ctx, struct quadrant_state *self, uint32_t number)
{
	struct quadrant *quadrant = &self->quadrant;
	struct facloc_box box = quarter_box(quadrant, number);
	struct points customers = { 0 };
	akt_ref *child = &self->children[number];
	int r = akt_spawn_child(ctx, &quadrant_type, NULL, self->facloc, child);

	for (size_t i = 0; i < quadrant->customers.count && r >= 0; i++)
		if (quarter_of(quadrant, quadrant->customers.of[i]) == number)
			r = add_point(&customers, quadrant->customers.of[i]);
	if (r >= 0)
		r = akt_send(ctx, *child, AKT_NEW_FROM(facloc_box, box));
	if (r >= 0)
		r = send_points(ctx, *child, AKT_TYPE_OF(facloc_facilities), &quadrant->facilities);
	if (r >= 0)
		r = send_points(ctx, *child, AKT_TYPE_OF(facloc_customers), &customers);
	free(customers.of);
	return r;
}

static int open_facility(akt_ctx *ctx, struct quadrant_state *self)
{
	struct quadrant *quadrant = &self->quadrant;
	int r = tell_parent(ctx, self, quadrant->centre);

	for (uint32_t i = 0; i < QUARTERS && r >= 0; i++)
		r = start_child(ctx, self, i);
	quadrant->is_open = true;
	quadrant->customers.count = 0;
	return r;
}

static int on_box(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	return init_quadrant(&((struct quadrant_state *)state)->quadrant,
			     akt_payload(msg, facloc_box));
}

static int on_points(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct quadrant *quadrant = &((struct quadrant_state *)state)->quadrant;
	bool are_customers = akt_msg_type_of(msg) == AKT_TYPE_OF(facloc_customers);
	const struct facloc_point *points = akt_msg_payload(msg, akt_msg_type_of(msg));
	size_t count = akt_msg_size(msg) / sizeof(*points);
	int r = 0;

	(void)ctx;
	for (size_t i = 0; i < count && r >= 0; i++)
		r = are_customers ? add_customer(quadrant, points[i])
				  : add_point(&quadrant->facilities, points[i]);
	return r;
}

static int on_customer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct quadrant_state *self = state;
	struct quadrant *quadrant = &self->quadrant;
	struct facloc_point point = *akt_payload(msg, facloc_point);
	int r;

	if (quadrant->is_open)
		r = akt_forward(ctx, self->children[quarter_of(quadrant, point)]);
	else
		r = add_customer(quadrant, point);
	if (r >= 0 && !quadrant->is_open && costs_too_much(quadrant))
		r = open_facility(ctx, self);
	if (r < 0 || !akt_ref_is_null(akt_parent(ctx)))
		return r;
	return akt_send(ctx, self->facloc->producer, AKT_NEW_SIGNAL(facloc_next));
}

static int on_facility(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct quadrant_state *self = state;
	const struct facloc_facility *facility = akt_payload(msg, facloc_facility);
	int r = add_point(&self->quadrant.facilities, facility->at);

	if (facility->is_from_child) {
		if (r >= 0)
			r = tell_parent(ctx, self, facility->at);
		return r < 0 ? r
			     : tell_facility(ctx, self->children[across(facility->position)],
					     facility->at, 0, false);
	}
	for (uint32_t i = 0; self->quadrant.is_open && i < QUARTERS && r >= 0; i++)
		r = tell_facility(ctx, self->children[i], facility->at, 0, false);
	return r;
}

static int report(akt_ctx *ctx, const struct quadrant_state *self)
{
	if (!akt_ref_is_null(akt_parent(ctx)))
		return akt_send(ctx, akt_parent(ctx), AKT_NEW_FROM(facloc_sum, self->sum));
	self->facloc->sum = self->sum;
	return savina_over(self->facloc->run);
}

static int on_close(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct quadrant_state *self = state;
	int r = 0;

	(void)msg;
	self->sum = sum_of(&self->quadrant);
	if (!self->quadrant.is_open)
		return report(ctx, self);
	self->waiting = QUARTERS;
	for (uint32_t i = 0; i < QUARTERS && r >= 0; i++)
		r = akt_send(ctx, self->children[i], AKT_NEW_SIGNAL(facloc_close));
	return r;
}

static int on_sum(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct quadrant_state *self = state;

	add_sum(&self->sum, akt_payload(msg, facloc_sum));
	return --self->waiting == 0 ? report(ctx, self) : 0;
}

static void on_end(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx;
	(void)reason;
	free_quadrant(&((struct quadrant_state *)state)->quadrant);
}

static const akt_handler producer_handlers[] = { AKT_ON(facloc_next, produce), AKT_END };
static const akt_type producer_type = {
	.name = "facloc-producer",
	.state_size = sizeof(struct producer),
	.handlers = producer_handlers,
	.start = savina_keep_arg,
};

static const akt_handler quadrant_handlers[] = {
	AKT_ON(facloc_point, on_customer),    AKT_ON(facloc_box, on_box),
	AKT_ON(facloc_facilities, on_points), AKT_ON(facloc_customers, on_points),
	AKT_ON(facloc_facility, on_facility), AKT_ON(facloc_close, on_close),
	AKT_ON(facloc_sum, on_sum),           AKT_END,
};
static const akt_type quadrant_type = {
	.name = "facloc-quadrant",
	.state_size = sizeof(struct quadrant_state),
	.handlers = quadrant_handlers,
	.start = savina_keep_arg,
	.stop = on_end,
};

/* --- without actors --------------------------------------------------------------------------- */

struct node {
	struct quadrant quadrant;
	struct node *parent;
	struct node *children; /* four, when it is open */
};

static int spread_facility(struct node *node, struct facloc_point at)
{
	int r = add_point(&node->quadrant.facilities, at);

	for (uint32_t i = 0; node->children != NULL && i < QUARTERS && r >= 0; i++)
		r = spread_facility(&node->children[i], at);
	return r;
}

static int make_child(struct node *node, uint32_t number)
{
	struct quadrant *quadrant = &node->quadrant;
	struct facloc_box box = quarter_box(quadrant, number);
	struct node *child = &node->children[number];
	int r = init_quadrant(&child->quadrant, &box);

	child->parent = node;
	for (size_t i = 0; i < quadrant->facilities.count && r >= 0; i++)
		r = add_point(&child->quadrant.facilities, quadrant->facilities.of[i]);
	for (size_t i = 0; i < quadrant->customers.count && r >= 0; i++)
		if (quarter_of(quadrant, quadrant->customers.of[i]) == number)
			r = add_customer(&child->quadrant, quadrant->customers.of[i]);
	return r;
}

static int open_node(struct node *node)
{
	struct quadrant *quadrant = &node->quadrant;
	int r = 0;

	for (struct node *up = node; up->parent != NULL && r >= 0; up = up->parent) {
		uint32_t other = across(up->quadrant.box.position);

		r = add_point(&up->parent->quadrant.facilities, quadrant->centre);
		if (r >= 0)
			r = spread_facility(&up->parent->children[other], quadrant->centre);
	}
	node->children = calloc(QUARTERS, sizeof(*node->children));
	if (node->children == NULL)
		return AKT_ERR_NOMEM;
	quadrant->is_open = true;
	for (uint32_t i = 0; i < QUARTERS && r >= 0; i++)
		r = make_child(node, i);
	quadrant->customers.count = 0;
	return r;
}

static int serve(struct node *node, struct facloc_point point)
{
	int r;

	while (node->children != NULL)
		node = &node->children[quarter_of(&node->quadrant, point)];
	r = add_customer(&node->quadrant, point);
	return r >= 0 && costs_too_much(&node->quadrant) ? open_node(node) : r;
}

static void sum_and_free(struct node *node, struct facloc_sum *sum)
{
	struct facloc_sum own = sum_of(&node->quadrant);

	add_sum(sum, &own);
	for (uint32_t i = 0; node->children != NULL && i < QUARTERS; i++)
		sum_and_free(&node->children[i], sum);
	free_quadrant(&node->quadrant);
	free(node->children);
}

/* --- the benchmark ---------------------------------------------------------------------------- */

static const struct facloc_box whole = { .high = { GRID, GRID } };

static bool prepare(struct savina_run *run)
{
	struct facloc *facloc = run->data;
	struct savina_random random = savina_random_of(SEED);
	struct node root = { .parent = NULL };
	int64_t begin_ns;
	int r;

	facloc->run = run;
	facloc->count = savina_size(run, 100000, 2000);
	facloc->points = parts_memory(run, facloc->count, sizeof(*facloc->points));
	if (facloc->points == NULL)
		return false;
	for (uint64_t i = 0; i < facloc->count; i++) {
		facloc->points[i].x =
			savina_random_below(&random, RESOLUTION) * (GRID / RESOLUTION);
		facloc->points[i].y =
			savina_random_below(&random, RESOLUTION) * (GRID / RESOLUTION);
	}
	begin_ns = bench_now();
	r = init_quadrant(&root.quadrant, &whole);
	for (uint64_t i = 0; i < facloc->count && r >= 0; i++)
		r = serve(&root, facloc->points[i]);
	parts_report_sequential(run, begin_ns);
	sum_and_free(&root, &facloc->wanted);
	return bench_ok(run->b, r, "without actors");
}

static bool start(struct savina_run *run)
{
	struct facloc *facloc = run->data;

	return savina_spawn(run, &quadrant_type, facloc, &facloc->root) &&
	       savina_post(run, facloc->root, AKT_NEW_FROM(facloc_box, whole)) &&
	       savina_spawn(run, &producer_type, facloc, &facloc->producer) &&
	       savina_post(run, facloc->producer, AKT_NEW_SIGNAL(facloc_next));
}

static bool check(struct savina_run *run)
{
	const struct facloc *facloc = run->data;
	const struct facloc_sum *sum = &facloc->sum;

	return bench_equal(run->b, facloc->wanted.customers, facloc->count, "without actors") &&
	       bench_equal(run->b, sum->customers, facloc->count, "customers") &&
	       bench_equal(run->b, sum->quadrants, 1 + QUARTERS * sum->facilities, "quadrants") &&
	       parts_close(run, &sum->points.x, &facloc->wanted.points.x, 1) &&
	       parts_close(run, &sum->points.y, &facloc->wanted.points.y, 1);
}

static void release(struct savina_run *run)
{
	free(((struct facloc *)run->data)->points);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct facloc),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_facloc(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
