/* 5000 digits of pi by the series of Bailey, Borwein and Plouffe: 20 workers, a message for each term.
 * SPDX-License-Identifier: MIT
 *
 * A term comes back as a message with all its digits, and the master sends its worker another one, until
 * a term is too small to count. Checked with Machin's formula. */
#include "parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 20u
#define TERMS_AHEAD 10u /* per worker */
#define GUARD_WORDS 2u  /* for what each term loses at its end */

struct pi_order {
	uint32_t number; /* of the term */
};
AKT_MESSAGE_DEFINE(pi_order, "pi.order", AKT_FIELD(1, pi_order, number));
AKT_SIGNAL_DEFINE(pi_term, "pi.term"); /* as many bytes as a number has */
AKT_SIGNAL_DEFINE(pi_start, "pi.start");

/* Numbers are fixed-point: word 0 is before the point, each that follows is 2^32 times smaller. */
struct pi {
	struct savina_run *run;
	size_t words;
	uint32_t *sum;
	uint32_t *sequential;
	uint32_t *wanted;
	uint32_t *scratch[2]; /* for what is made without actors */
	akt_ref workers[WORKERS];
	uint32_t sent;
	uint32_t received;
	bool is_exact; /* a term was too small to count */
};

struct member {
	struct pi *pi;
};

static void add(uint32_t *to, const uint32_t *from, size_t words)
{
	uint64_t carry = 0;

	for (size_t i = words; i-- > 0;) {
		carry += (uint64_t)to[i] + from[i];
		to[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void subtract(uint32_t *to, const uint32_t *from, size_t words)
{
	uint64_t borrow = 0;

	for (size_t i = words; i-- > 0;) {
		uint64_t difference = (uint64_t)to[i] - from[i] - borrow;

		to[i] = (uint32_t)difference;
		borrow = difference >> 63;
	}
}

static void divide(uint32_t *to, const uint32_t *from, size_t words, uint32_t divisor)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < words; i++) {
		rest = rest << 32 | from[i];
		to[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
}

/* value / divisor / 16^power */
static void set_fraction(uint32_t *to, size_t words, uint32_t value, uint32_t divisor,
			 uint32_t power)
{
	size_t at = power / 8;
	unsigned shift = power % 8 * 4;

	memset(to, 0, words * sizeof(*to));
	if (at < words)
		to[at] = value >> shift;
	if (shift > 0 && at + 1 < words)
		to[at + 1] = value << (32 - shift);
	divide(to, to, words, divisor);
}

static void set_term(uint32_t *to, uint32_t *scratch, size_t words, uint32_t number)
{
	static const struct {
		uint32_t value;
		uint32_t offset;
	} less[] = { { 2, 4 }, { 1, 5 }, { 1, 6 } };

	set_fraction(to, words, 4, 8 * number + 1, number);
	for (size_t i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		set_fraction(scratch, words, less[i].value, 8 * number + less[i].offset, number);
		subtract(to, scratch, words);
	}
}

/* Whether a term changes nothing but the guard. */
static bool is_small(const uint32_t *term, size_t words)
{
	for (size_t i = 0; i < words - GUARD_WORDS; i++)
		if (term[i] != 0)
			return false;
	return true;
}

static int on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	size_t words = ((struct member *)state)->pi->words;
	uint32_t *scratch = akt_scratch(ctx, words * sizeof(*scratch));
	akt_msg *term = akt_msg_new_bytes(AKT_TYPE_OF(pi_term), words * sizeof(*scratch));

	if (term == NULL || scratch == NULL) {
		akt_msg_free(term);
		return AKT_ERR_NOMEM;
	}
	set_term(akt_msg_bytes(term), scratch, words, akt_payload(msg, pi_order)->number);
	return akt_send(ctx, akt_sender(ctx), term);
}

static const akt_handler worker_handlers[] = { AKT_ON(pi_order, on_order), AKT_END };
static const akt_type worker_type = {
	.name = "pi-worker",
	.state_size = sizeof(struct member),
	.handlers = worker_handlers,
	.start = savina_keep_arg,
};

static int order(akt_ctx *ctx, struct pi *pi, akt_ref worker)
{
	return akt_send(ctx, worker, AKT_NEW(pi_order, .number = pi->sent++));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct pi *pi = ((struct member *)state)->pi;
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; i < WORKERS && r >= 0; i++)
		r = akt_spawn_child(ctx, &worker_type, NULL, pi, &pi->workers[i]);
	for (uint32_t i = 0; i < WORKERS * TERMS_AHEAD && r >= 0; i++)
		r = order(ctx, pi, pi->workers[i % WORKERS]);
	return r;
}

static int on_term(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct pi *pi = ((struct member *)state)->pi;
	const uint32_t *term = akt_msg_payload(msg, AKT_TYPE_OF(pi_term));

	add(pi->sum, term, pi->words);
	pi->is_exact = pi->is_exact || is_small(term, pi->words);
	if (++pi->received == pi->sent && pi->is_exact)
		return savina_over(pi->run);
	return pi->is_exact ? 0 : order(ctx, pi, akt_sender(ctx));
}

static const akt_handler master_handlers[] = { AKT_ON(pi_term, on_term), AKT_ON(pi_start, on_start),
					       AKT_END };
static const akt_type master_type = {
	.name = "pi-master",
	.state_size = sizeof(struct member),
	.handlers = master_handlers,
	.start = savina_keep_arg,
};

static void sum_terms(struct pi *pi)
{
	uint32_t *term = pi->scratch[0];
	uint32_t number = 0;

	do {
		set_term(term, pi->scratch[1], pi->words, number++);
		add(pi->sequential, term, pi->words);
	} while (!is_small(term, pi->words));
}

/* Add or subtract value * arctan(1 / x). */
static void add_arctan(struct pi *pi, uint32_t value, uint32_t x, bool is_negative)
{
	uint32_t *power = pi->scratch[0];
	uint32_t *term = pi->scratch[1];

	set_fraction(power, pi->words, value, x, 0);
	for (uint32_t i = 1; !is_small(power, pi->words); i += 2) {
		divide(term, power, pi->words, i);
		if ((i % 4 == 3) != is_negative)
			subtract(pi->wanted, term, pi->words);
		else
			add(pi->wanted, term, pi->words);
		divide(power, power, pi->words, x * x);
	}
}

static bool prepare(struct savina_run *run)
{
	struct pi *pi = run->data;
	double digits = (double)savina_size(run, 5000, 200);
	uint32_t **numbers[] = { &pi->sum, &pi->sequential, &pi->wanted, &pi->scratch[0],
				 &pi->scratch[1] };
	int64_t begin_ns;

	pi->run = run;
	pi->words = 1 + (size_t)ceil(digits * log2(10) / 32) + GUARD_WORDS;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		*numbers[i] = parts_memory(run, pi->words, sizeof(**numbers[i]));
		if (*numbers[i] == NULL)
			return false;
	}
	begin_ns = bench_now();
	sum_terms(pi);
	parts_report_sequential(run, begin_ns);
	add_arctan(pi, 16, 5, false);
	add_arctan(pi, 4, 239, true);
	return true;
}

static bool start(struct savina_run *run)
{
	akt_ref master;

	return savina_spawn(run, &master_type, run->data, &master) &&
	       savina_post(run, master, AKT_NEW_SIGNAL(pi_start));
}

static bool check(struct savina_run *run)
{
	const struct pi *pi = run->data;

	for (size_t i = 0; i < pi->words - GUARD_WORDS; i++)
		if (!bench_equal(run->b, pi->sequential[i], pi->wanted[i], "without actors") ||
		    !bench_equal(run->b, pi->sum[i], pi->wanted[i], "32 bits of pi"))
			return false;
	return true;
}

static void release(struct savina_run *run)
{
	struct pi *pi = run->data;

	free(pi->sum);
	free(pi->sequential);
	free(pi->wanted);
	for (size_t i = 0; i < sizeof(pi->scratch) / sizeof(pi->scratch[0]); i++)
		free(pi->scratch[i]);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct pi),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_piprecision(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
