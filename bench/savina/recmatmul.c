/* The product of two matrices of 1024 x 1024, divided into eight products of quarters, and so on.
 * SPDX-License-Identifier: MIT
 *
 * 20 workers divide down to blocks of 128 x 128. What adds to one block of the product is dealt to one
 * worker, so no two add to it at once. */
#include "crew.h"
#include "parts.h"

#include <stdlib.h>

#define BLOCK 128u /* Savina's threshold of 16,384 elements */
#define VALUE_BITS 8

/* Add the product of the blocks of a at (row, middle) and of b at (middle, column). */
struct matmul_work {
	uint32_t row;
	uint32_t middle;
	uint32_t column;
	uint32_t size;
};
AKT_MESSAGE_DEFINE(matmul_work, "matmul.work", AKT_FIELD(1, matmul_work, row),
		   AKT_FIELD(2, matmul_work, middle), AKT_FIELD(3, matmul_work, column),
		   AKT_FIELD(4, matmul_work, size));

/* The values are integers so small that sums are exact in any order. */
struct matmul {
	struct crew crew;
	size_t size;
	double *a;
	double *b;
	double *product;
	double *wanted;
};

struct worker {
	const struct matmul *shared;
};

static void multiply(const struct matmul *m, const struct matmul_work *work, double *product)
{
	for (size_t i = work->row; i < work->row + work->size; i++)
		for (size_t k = work->middle; k < work->middle + work->size; k++) {
			const double *b = m->b + k * m->size;
			double a = m->a[i * m->size + k];

			for (size_t j = work->column; j < work->column + work->size; j++)
				product[i * m->size + j] += a * b[j];
		}
}

static int divide(akt_ctx *ctx, struct matmul_work work)
{
	uint32_t half = work.size / 2;
	int r = 0;

	for (uint32_t i = 0; i < 8 && r >= 0; i++)
		r = crew_add(ctx, AKT_NEW(matmul_work, .row = work.row + (i / 4) * half,
					  .column = work.column + (i / 2 % 2) * half,
					  .middle = work.middle + (i % 2) * half, .size = half));
	return r;
}

static int on_work(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct matmul *shared = ((struct worker *)state)->shared;
	const struct matmul_work *work = akt_payload(msg, matmul_work);
	int r = 0;

	if (work->size > BLOCK)
		r = divide(ctx, *work);
	else
		multiply(shared, work, shared->product);
	return r < 0 ? r : crew_done(ctx);
}

static uint32_t deal(const void *arg, const akt_msg *msg)
{
	const struct matmul *shared = arg;
	const struct matmul_work *work = akt_payload(msg, matmul_work);

	return work->row / BLOCK * (uint32_t)(shared->size / BLOCK) + work->column / BLOCK;
}

/* The larger first. */
static int64_t priority(const akt_msg *msg)
{
	return akt_payload(msg, matmul_work)->size;
}

static const akt_handler worker_handlers[] = { AKT_ON(matmul_work, on_work), AKT_END };
static const akt_type worker_type = {
	.name = "matmul-worker",
	.state_size = sizeof(struct worker),
	.handlers = worker_handlers,
	.start = savina_keep_arg,
	.mailbox = AKT_MAILBOX_PRIORITY,
	.priority = priority,
};

static bool prepare(struct savina_run *run)
{
	struct matmul *m = run->data;
	struct savina_random random = savina_random_of(1);
	struct matmul_work all = { .size = (uint32_t)savina_size(run, 1024, 256) };
	size_t count = (size_t)all.size * all.size;
	int64_t begin_ns;

	m->size = all.size;
	m->a = parts_memory(run, count, sizeof(*m->a));
	m->b = parts_memory(run, count, sizeof(*m->b));
	m->product = parts_memory(run, count, sizeof(*m->product));
	m->wanted = parts_memory(run, count, sizeof(*m->wanted));
	if (m->a == NULL || m->b == NULL || m->product == NULL || m->wanted == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		m->a[i] = (double)savina_random_below(&random, 1u << VALUE_BITS);
		m->b[i] = (double)savina_random_below(&random, 1u << VALUE_BITS);
	}
	begin_ns = bench_now();
	multiply(m, &all, m->wanted);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct matmul *m = run->data;

	m->crew = (struct crew){ .run = run, .worker = &worker_type, .arg = m, .deal = deal };
	return crew_start(&m->crew, AKT_NEW(matmul_work, .size = (uint32_t)m->size));
}

static bool check(struct savina_run *run)
{
	const struct matmul *m = run->data;

	return parts_close(run, m->product, m->wanted, m->size * m->size);
}

static void release(struct savina_run *run)
{
	struct matmul *m = run->data;

	free(m->a);
	free(m->b);
	free(m->product);
	free(m->wanted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct matmul),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_recmatmul(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
