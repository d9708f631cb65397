/* The primes below 100,000, sieved by a pipeline that grows: an actor for each 1000 primes.
 * SPDX-License-Identifier: MIT
 *
 * A filter tries a candidate with each of its primes. What none of them divides goes to the next
 * filter, or is the newest prime. */
#include "parts.h"

#include <stdlib.h>

#define PRIMES_PER_FILTER 1000u

struct sieve_candidate {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(sieve_candidate, "sieve.candidate", AKT_FIELD(1, sieve_candidate, value));

/* No more candidates will come; so many primes are in the filters before this one. */
struct sieve_end {
	uint64_t primes_before;
};
AKT_MESSAGE_DEFINE(sieve_end, "sieve.end", AKT_FIELD(1, sieve_end, primes_before));
AKT_SIGNAL_DEFINE(sieve_start, "sieve.start");

struct sieve {
	struct savina_run *run;
	uint64_t limit;
	uint64_t wanted_count;
	uint64_t *wanted;
	uint64_t count;
	uint64_t *primes; /* written filter after filter, at the end */
	akt_ref first;
};

struct source {
	struct sieve *sieve;
};

struct filter {
	struct sieve *sieve;
	akt_ref next;
	uint64_t count;
	uint64_t primes[PRIMES_PER_FILTER];
};

static const akt_type filter_type;

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct sieve *sieve = ((struct source *)state)->sieve;
	int r = akt_send(ctx, sieve->first, AKT_NEW(sieve_candidate, .value = 2));

	(void)msg;
	for (uint64_t value = 3; value < sieve->limit && r >= 0; value += 2)
		r = akt_send(ctx, sieve->first, AKT_NEW(sieve_candidate, .value = value));
	return r < 0 ? r : akt_send(ctx, sieve->first, AKT_NEW(sieve_end, .primes_before = 0));
}

static bool divides_one(const uint64_t *primes, uint64_t count, uint64_t value)
{
	for (uint64_t i = 0; i < count; i++)
		if (value % primes[i] == 0)
			return true;
	return false;
}

static int on_candidate(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct filter *self = state;
	uint64_t value = akt_payload(msg, sieve_candidate)->value;
	int r = 0;

	if (divides_one(self->primes, self->count, value))
		return 0;
	if (self->count < PRIMES_PER_FILTER) {
		self->primes[self->count++] = value;
		return 0;
	}
	if (akt_ref_is_null(self->next))
		r = akt_spawn_child(ctx, &filter_type, NULL, self->sieve, &self->next);
	return r < 0 ? r : akt_forward(ctx, self->next);
}

static int on_end(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct filter *self = state;
	struct sieve *sieve = self->sieve;
	uint64_t before = akt_payload(msg, sieve_end)->primes_before;

	for (uint64_t i = 0; i < self->count; i++)
		sieve->primes[before + i] = self->primes[i];
	sieve->count = before + self->count;
	if (akt_ref_is_null(self->next))
		return savina_over(sieve->run);
	return akt_send(ctx, self->next, AKT_NEW(sieve_end, .primes_before = sieve->count));
}

static const akt_handler source_handlers[] = { AKT_ON(sieve_start, on_start), AKT_END };
static const akt_type source_type = {
	.name = "sieve-source",
	.state_size = sizeof(struct source),
	.handlers = source_handlers,
	.start = savina_keep_arg,
};

static const akt_handler filter_handlers[] = { AKT_ON(sieve_candidate, on_candidate),
					       AKT_ON(sieve_end, on_end), AKT_END };
static const akt_type filter_type = {
	.name = "sieve-filter",
	.state_size = sizeof(struct filter),
	.handlers = filter_handlers,
	.start = savina_keep_arg,
};

static bool prepare(struct savina_run *run)
{
	struct sieve *sieve = run->data;
	int64_t begin_ns;

	sieve->run = run;
	sieve->limit = savina_size(run, 100000, 20000);
	sieve->wanted = parts_memory(run, sieve->limit, sizeof(*sieve->wanted));
	sieve->primes = parts_memory(run, sieve->limit, sizeof(*sieve->primes));
	if (sieve->wanted == NULL || sieve->primes == NULL)
		return false;
	begin_ns = bench_now();
	sieve->wanted[sieve->wanted_count++] = 2;
	for (uint64_t value = 3; value < sieve->limit; value += 2)
		if (!divides_one(sieve->wanted, sieve->wanted_count, value))
			sieve->wanted[sieve->wanted_count++] = value;
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct sieve *sieve = run->data;
	akt_ref source;

	return savina_spawn(run, &filter_type, sieve, &sieve->first) &&
	       savina_spawn(run, &source_type, sieve, &source) &&
	       savina_post(run, source, AKT_NEW_SIGNAL(sieve_start));
}

static bool check(struct savina_run *run)
{
	const struct sieve *sieve = run->data;

	return bench_equal(run->b, sieve->count, savina_size(run, 9592, 2262), "primes") &&
	       bench_equal(run->b, sieve->wanted_count, sieve->count, "without actors") &&
	       parts_same(run, sieve->primes, sieve->wanted, sieve->count);
}

static void release(struct savina_run *run)
{
	struct sieve *sieve = run->data;

	free(sieve->wanted);
	free(sieve->primes);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct sieve),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_sieve(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
