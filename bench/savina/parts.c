/* SPDX-License-Identifier: MIT */
/* parts: see parts.h. */
#include "parts.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-9

AKT_SIGNAL_DEFINE(parts_done, "parts.done");

int parts_call(akt_ctx *ctx, const akt_type *type, const void *arg, akt_msg *msg)
{
	akt_ref child;
	int r = akt_spawn_child(ctx, type, NULL, arg, &child);

	if (r < 0) {
		akt_msg_free(msg);
		return r;
	}
	return akt_send(ctx, child, msg);
}

int parts_return(akt_ctx *ctx, akt_msg *msg)
{
	int r = akt_send(ctx, akt_parent(ctx), msg);

	return r < 0 ? r : akt_stop(akt_system_of(ctx), akt_self(ctx));
}

struct tally {
	struct parts_tally *given;
};

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct parts_tally *tally = ((struct tally *)state)->given;

	(void)ctx;
	(void)msg;
	return --tally->left == 0 ? savina_over(tally->run) : 0;
}

static const akt_handler tally_handlers[] = { AKT_ON(parts_done, on_done), AKT_END };
const akt_type parts_tally_type = {
	.name = "tally",
	.state_size = sizeof(struct tally),
	.handlers = tally_handlers,
	.start = savina_keep_arg,
};

void parts_report_sequential(struct savina_run *run, int64_t begin_ns)
{
	akt_bench_report(run->b, (double)(bench_now() - begin_ns), "sequential-ns/op");
}

bool parts_same(struct savina_run *run, const uint64_t *got, const uint64_t *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!bench_equal(run->b, got[i], wanted[i], "a value of the result"))
			return false;
	return true;
}

bool parts_close(struct savina_run *run, const double *got, const double *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabs(got[i] - wanted[i]) <= ROUNDING * fabs(wanted[i]))) {
			akt_bench_fail(run->b, "value %zu of the result: %.17g, want %.17g", i,
				       got[i], wanted[i]);
			return false;
		}
	return true;
}

void *parts_memory(struct savina_run *run, size_t count, size_t size_bytes)
{
	void *memory = calloc(count, size_bytes);

	if (memory == NULL)
		akt_bench_fail(run->b, "out of memory");
	return memory;
}

uint64_t *parts_numbers(struct savina_run *run, size_t count, uint64_t seed, unsigned bits)
{
	uint64_t *numbers = parts_memory(run, count, sizeof(*numbers));
	struct savina_random random = savina_random_of(seed);

	for (size_t i = 0; numbers != NULL && i < count; i++)
		numbers[i] = savina_random_next(&random) >> (64 - bits);
	return numbers;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool parts_is_sorted(struct savina_run *run, const uint64_t *values, size_t count, uint64_t seed,
		     unsigned bits)
{
	uint64_t *sorted = parts_numbers(run, count, seed, bits);
	bool ok;

	if (sorted == NULL)
		return false;
	qsort(sorted, count, sizeof(*sorted), compare_numbers);
	ok = parts_same(run, values, sorted, count);
	free(sorted);
	return ok;
}
