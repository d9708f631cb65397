/* Fibonacci's 25th number by recursion, where each call is an actor: 150,049 of them.
 * SPDX-License-Identifier: MIT */
#include "parts.h"

struct fib_call {
	uint32_t n;
};
AKT_MESSAGE_DEFINE(fib_call, "fib.call", AKT_FIELD(1, fib_call, n));

struct fib_value {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(fib_value, "fib.value", AKT_FIELD(1, fib_value, value));

struct fib {
	struct savina_run *run;
	uint32_t n;
	uint64_t value;
	uint64_t wanted;
};

struct call {
	uint64_t sum;
	uint32_t waiting;
};

struct root {
	struct fib *fib;
};

static const akt_type call_type;

static int call(akt_ctx *ctx, uint32_t n)
{
	return parts_call(ctx, &call_type, NULL, AKT_NEW(fib_call, .n = n));
}

static int answer(akt_ctx *ctx, uint64_t value)
{
	return parts_return(ctx, AKT_NEW(fib_value, .value = value));
}

static int on_call(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint32_t n = akt_payload(msg, fib_call)->n;
	int r;

	if (n <= 2)
		return answer(ctx, 1);
	((struct call *)state)->waiting = 2;
	r = call(ctx, n - 1);
	return r < 0 ? r : call(ctx, n - 2);
}

static int on_value(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct call *self = state;

	self->sum += akt_payload(msg, fib_value)->value;
	return --self->waiting == 0 ? answer(ctx, self->sum) : 0;
}

static const akt_handler call_handlers[] = { AKT_ON(fib_call, on_call), AKT_ON(fib_value, on_value),
					     AKT_END };
static const akt_type call_type = {
	.name = "fib-call",
	.state_size = sizeof(struct call),
	.handlers = call_handlers,
};

static int on_first(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return call(ctx, akt_payload(msg, fib_call)->n);
}

static int on_result(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct fib *fib = ((struct root *)state)->fib;

	(void)ctx;
	fib->value = akt_payload(msg, fib_value)->value;
	return savina_over(fib->run);
}

static const akt_handler root_handlers[] = { AKT_ON(fib_call, on_first),
					     AKT_ON(fib_value, on_result), AKT_END };
static const akt_type root_type = {
	.name = "fib-root",
	.state_size = sizeof(struct root),
	.handlers = root_handlers,
	.start = savina_keep_arg,
};

static uint64_t recurse(uint32_t n)
{
	return n <= 2 ? 1 : recurse(n - 1) + recurse(n - 2);
}

static bool prepare(struct savina_run *run)
{
	struct fib *fib = run->data;
	int64_t begin_ns = bench_now();

	fib->run = run;
	fib->n = (uint32_t)savina_size(run, 25, 10);
	fib->wanted = recurse(fib->n);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct fib *fib = run->data;
	akt_ref root;

	return savina_spawn(run, &root_type, fib, &root) &&
	       savina_post(run, root, AKT_NEW(fib_call, .n = fib->n));
}

static bool check(struct savina_run *run)
{
	const struct fib *fib = run->data;

	return bench_equal(run->b, fib->value, savina_size(run, 75025, 55), "Fibonacci's number") &&
	       bench_equal(run->b, fib->wanted, fib->value, "without actors");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct fib),
	.prepare = prepare,
	.start = start,
	.check = check,
};

void savina_fib(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
