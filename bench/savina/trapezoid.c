/* An integral by ten million trapezoids, which 100 actors share.
 * SPDX-License-Identifier: MIT */
#include "parts.h"

#include <math.h>

#define WORKERS 100u
#define LEFT 1.0
#define RIGHT 5.0

struct trapezoid_range {
	uint64_t begin; /* trapezoids */
	uint64_t end;
	double width; /* of each */
};
AKT_MESSAGE_DEFINE(trapezoid_range, "trapezoid.range", AKT_FIELD(1, trapezoid_range, begin),
		   AKT_FIELD(2, trapezoid_range, end), AKT_FIELD(3, trapezoid_range, width));

struct trapezoid_area {
	double area;
};
AKT_MESSAGE_DEFINE(trapezoid_area, "trapezoid.area", AKT_FIELD(1, trapezoid_area, area));
AKT_SIGNAL_DEFINE(trapezoid_start, "trapezoid.start");

struct trapezoid {
	struct savina_run *run;
	uint64_t count;
	double wanted;
	double area;
	uint32_t waiting;
};

struct master {
	struct trapezoid *shared;
};

/* Savina's integrand. */
static double height(double x)
{
	return sin(pow(x, 3) - 1) / (x + 1) * sqrt(1 + exp(sqrt(2 * x)));
}

static double area_of(const struct trapezoid_range *range)
{
	double area = 0;

	for (uint64_t i = range->begin; i < range->end; i++) {
		double x = LEFT + (double)i * range->width;

		area += range->width * 0.5 * (height(x) + height(x + range->width));
	}
	return area;
}

static int on_range(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return parts_return(ctx, AKT_NEW(trapezoid_area,
					 .area = area_of(akt_payload(msg, trapezoid_range))));
}

static const akt_handler worker_handlers[] = { AKT_ON(trapezoid_range, on_range), AKT_END };
static const akt_type worker_type = { .name = "trapezoid-worker", .handlers = worker_handlers };

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct trapezoid *shared = ((struct master *)state)->shared;
	double width = (RIGHT - LEFT) / (double)shared->count;
	int r = 0;

	(void)msg;
	shared->waiting = WORKERS;
	for (uint64_t i = 0; i < WORKERS && r >= 0; i++)
		r = parts_call(ctx, &worker_type, NULL,
			       AKT_NEW(trapezoid_range, .begin = shared->count * i / WORKERS,
				       .end = shared->count * (i + 1) / WORKERS, .width = width));
	return r;
}

static int on_area(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct trapezoid *shared = ((struct master *)state)->shared;

	(void)ctx;
	shared->area += akt_payload(msg, trapezoid_area)->area;
	return --shared->waiting == 0 ? savina_over(shared->run) : 0;
}

static const akt_handler master_handlers[] = { AKT_ON(trapezoid_area, on_area),
					       AKT_ON(trapezoid_start, on_start), AKT_END };
static const akt_type master_type = {
	.name = "trapezoid-master",
	.state_size = sizeof(struct master),
	.handlers = master_handlers,
	.start = savina_keep_arg,
};

static bool prepare(struct savina_run *run)
{
	struct trapezoid *shared = run->data;
	int64_t begin_ns = bench_now();
	struct trapezoid_range all;

	shared->run = run;
	shared->count = savina_size(run, 10000000, 10000);
	all = (struct trapezoid_range){ 0, shared->count, (RIGHT - LEFT) / (double)shared->count };
	shared->wanted = area_of(&all);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct trapezoid *shared = run->data;
	akt_ref master;

	return savina_spawn(run, &master_type, shared, &master) &&
	       savina_post(run, master, AKT_NEW_SIGNAL(trapezoid_start));
}

static bool check(struct savina_run *run)
{
	const struct trapezoid *shared = run->data;

	return parts_close(run, &shared->area, &shared->wanted, 1);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct trapezoid),
	.prepare = prepare,
	.start = start,
	.check = check,
};

void savina_trapezoid(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
