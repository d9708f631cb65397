/* How much does an ordered shutdown allocate?
 * SPDX-License-Identifier: MIT
 *
 * GoAkt's GCAllocationsDuringShutdown, for a process without a garbage collector: every allocation
 * from libc and every mapping of the runtime between the order and the end of akt_system_stop, on
 * any thread. The mean over n shutdowns:
 *
 *	bytes/alloc   bytes asked for        count/alloc   how often
 *	MB/alloc      the same, in MB        MB/heap       in use afterwards, whole process
 *
 * A zero proves nothing unless something else would be seen: the control's stop hooks allocate a
 * known amount, and it fails when less is counted. */
#include "common.h"
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>

#define CONTROL_ACTORS 100u
#define CONTROL_BYTES 4096u

static _Atomic uint64_t hooks_run;
static void *_Atomic kept; /* keeps the compiler from leaving the allocation out */

static void on_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx;
	(void)state;
	(void)reason;
	atomic_fetch_add_explicit(&hooks_run, 1, memory_order_relaxed);
}

static void on_stop_allocating(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	free(atomic_exchange(&kept, malloc(CONTROL_BYTES)));
	on_stop(ctx, state, reason);
}

static const akt_handler no_handlers[] = { AKT_END };
static const akt_type quiet_type = { .name = "quiet", .handlers = no_handlers, .stop = on_stop };
static const akt_type wasteful_type = {
	.name = "wasteful",
	.handlers = no_handlers,
	.stop = on_stop_allocating,
};

/* One shutdown of fresh actors; what it allocated is added to sum. */
static bool shut_down_once(akt_bench *b, const akt_type *type, uint64_t actors,
			   akt_bench_memory *sum)
{
	akt_bench_memory before;
	akt_bench_memory after;
	akt_system *sys = bench_start(b);
	bool ok = sys != NULL;

	for (uint64_t i = 0; ok && i < actors; i++)
		ok = bench_ok(b, akt_spawn(sys, type, NULL, NULL), "akt_spawn");
	ok = ok && bench_ok(b, akt_system_drain(sys, BENCH_PATIENCE_NS), "akt_system_drain");
	atomic_store(&hooks_run, 0);
	akt_bench_memory_now(&before);
	akt_bench_start_timer(b);
	ok = bench_stop(b, sys) && ok;
	akt_bench_stop_timer(b);
	akt_bench_memory_now(&after);
	sum->allocations += after.allocations - before.allocations;
	sum->bytes += after.bytes - before.bytes;
	sum->mappings += after.mappings - before.mappings;
	sum->mapped_bytes += after.mapped_bytes - before.mapped_bytes;
	sum->heap_bytes = after.heap_bytes;
	return ok && bench_equal(b, atomic_load(&hooks_run), actors, "stop hooks run");
}

/* Returns false when it has failed; *ret_sum is over all n. */
static bool shut_down(akt_bench *b, const akt_type *type, uint64_t actors,
		      akt_bench_memory *ret_sum)
{
	double n = (double)akt_bench_n(b);
	akt_bench_memory sum = { 0 };
	double bytes;

	akt_bench_stop_timer(b);
	akt_bench_reset_timer(b);
	for (uint64_t i = 0; i < akt_bench_n(b); i++)
		if (!shut_down_once(b, type, actors, &sum))
			return false;
	bytes = (double)(sum.bytes + sum.mapped_bytes) / n;
	akt_bench_report(b, bytes, "bytes/alloc");
	akt_bench_report(b, bytes / 1e6, "MB/alloc");
	akt_bench_report(b, (double)(sum.allocations + sum.mappings) / n, "count/alloc");
	akt_bench_report(b, (double)sum.heap_bytes / 1e6, "MB/heap");
	*ret_sum = sum;
	return true;
}

static bool left_out(akt_bench *b)
{
	if (akt_bench_short(b))
		akt_bench_skip(b, "memory: left out with -short");
	return akt_bench_short(b);
}

void bench_garbage_100(akt_bench *b)
{
	akt_bench_memory sum;

	if (!left_out(b))
		(void)shut_down(b, &quiet_type, 100, &sum);
}

void bench_garbage_1000(akt_bench *b)
{
	akt_bench_memory sum;

	if (!left_out(b))
		(void)shut_down(b, &quiet_type, 1000, &sum);
}

void bench_garbage_control(akt_bench *b)
{
	akt_bench_memory sum;
	uint64_t wanted = akt_bench_n(b) * CONTROL_ACTORS;
	uint64_t wanted_bytes = wanted * CONTROL_BYTES;

	if (left_out(b) || !shut_down(b, &wasteful_type, CONTROL_ACTORS, &sum))
		return;
	if (sum.allocations < wanted)
		akt_bench_fail(b, "the hooks allocated %" PRIu64 " times, %" PRIu64 " were counted",
			       wanted, sum.allocations);
	else if (sum.bytes < wanted_bytes)
		akt_bench_fail(b, "the hooks allocated %" PRIu64 " bytes, %" PRIu64 " were counted",
			       wanted_bytes, sum.bytes);
}
