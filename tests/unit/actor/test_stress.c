/* SPDX-License-Identifier: MIT */
/*
 * Proves that nothing is lost, doubled or reordered while everything happens at once: actors send to
 * each other at random, are stopped, restarted and replaced, fail, ask and forward, and the system
 * stops in the middle of it. Each seed draws another town; AKT_SEED=n replays one, AKT_TEST_SEEDS=n
 * runs so many. Run with real threads, seeded on one runner, and, in the interleave build, with the
 * next thread chosen at every atomic.
 *
 * Every message carries its sender's number and that sender's sequence: a receiver accepts only
 * growing sequences of each sender, so none comes twice or out of order, and in the end sent equals
 * received plus dead, so none is lost.
 */
#include "fixture.h"
#include <stdio.h>

#define CITIZENS_MAX 12u

#ifdef AKTI_INTERLEAVE
#define ROUNDS 60u
#define SEEDS 200u
#elif defined(__SANITIZE_ADDRESS__) || defined(AKTI_TSAN)
#define ROUNDS 100u
#define SEEDS 60u
#else
#define ROUNDS 200u
#define SEEDS 200u
#endif

/* Everybody who ever lives has a number of their own; 0 is the world outside. */
#define PEOPLE_MAX 2048u

struct letter {
	uint32_t from;
	uint32_t hops;
	uint64_t sequence; /* per sender */
};
AKT_MESSAGE_DEFINE(letter, "test.letter", AKT_FIELD(1, letter, from));
AKT_SIGNAL_DEFINE(trouble, "test.trouble");

struct citizen {
	uint32_t number;
	uint64_t sequence;
	uint64_t newest[PEOPLE_MAX];
};

static struct town {
	uint32_t citizens;
	_Atomic uint64_t refs[CITIZENS_MAX]; /* slot << 32 | gen */
	_Atomic uint64_t node;
	_Atomic uint32_t people;
	_Atomic uint64_t sent;
	_Atomic uint64_t received;
	_Atomic uint64_t dead; /* letters only */
	_Atomic uint64_t questions;
	_Atomic uint64_t verdicts;
	uint64_t sequence; /* of the world outside */
} town;

static akt_ref ref_of(uint32_t citizen)
{
	uint64_t packed = town.refs[citizen];
	akt_ref ref = { (uint32_t)(packed >> 32), (uint32_t)packed, town.node };

	return ref;
}

static akt_msg *new_letter(struct citizen *from, uint32_t hops)
{
	town.sent++;
	return AKT_NEW(letter, .from = from->number, .hops = hops, .sequence = ++from->sequence);
}

static void count_dead_letter(void *arg, const akt_dead_letter *letter)
{
	(void)arg;
	if (strcmp(letter->msg_type, akt_message_letter.name) == 0)
		town.dead++;
}

static int on_answer(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)ctx, (void)state, (void)reply;
	town.verdicts++;
	return 0;
}

static int on_letter(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct citizen *self = state;
	const struct letter *letter = akt_payload(msg, letter);
	uint32_t to = (uint32_t)(akt_random(ctx) % town.citizens);
	uint32_t hops = letter->hops;

	ck_assert_uint_gt(letter->sequence, self->newest[letter->from]);
	self->newest[letter->from] = letter->sequence;
	town.received++;
	if (hops == 0)
		return 0;
	switch (akt_random(ctx) % 16) {
	case 0:
		town.questions++;
		return akt_ask(ctx, ref_of(to), new_letter(self, 0), AKT_S(1000), on_answer, 0);
	case 1:
		(void)akt_stop(akt_system_of(ctx), ref_of(to));
		break;
	case 2:
		(void)akt_restart(akt_system_of(ctx), ref_of(to));
		break;
	case 3:
		return akt_fail(ctx, AKT_ERR_IO, "as planned");
	default:
		break;
	}
	(void)akt_send(ctx, ref_of(to), new_letter(self, hops - 1));
	if (akt_random(ctx) % 2 == 0)
		(void)akt_send(ctx, ref_of(to), new_letter(self, hops - 1));
	return 0;
}

static _Atomic int64_t alive;

/* A restart makes a new person: sequences begin anew. */
static int citizen_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct citizen *self = state;

	(void)ctx, (void)arg;
	self->number = ++town.people;
	ck_assert_uint_lt(self->number, PEOPLE_MAX);
	alive++;
	return 0;
}
static void citizen_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	alive--;
}
static const akt_handler citizen_handlers[] = { AKT_ON(letter, on_letter), AKT_END };
static const akt_type citizen = {
	.name = "citizen",
	.state_size = sizeof(struct citizen),
	.handlers = citizen_handlers,
	.start = citizen_start,
	.stop = citizen_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = 5,
};

static void settle(akt_system *sys, uint32_t number)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &citizen, NULL, &ref), 0);
	town.node = ref.node;
	town.refs[number] = (uint64_t)ref.slot << 32 | ref.gen;
}

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static void live_through(uint64_t seed, unsigned workers, bool drain_first)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	struct citizen outside = { 0 };
	akt_options options = AKT_OPTIONS;
	akt_stop_report report = { .size = sizeof(report) };
	akt_system *sys;

	memset(&town, 0, sizeof(town));
	alive = 0;
	town.citizens = 2 + (uint32_t)(next(&random) % (CITIZENS_MAX - 2));
	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.dead_letter = count_dead_letter;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	for (uint32_t i = 0; i < town.citizens; i++)
		settle(sys, i);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t to = (uint32_t)(next(&random) % town.citizens);

		(void)akt_post(sys, ref_of(to),
			       new_letter(&outside, (uint32_t)(next(&random) % 8)));
		if (next(&random) % 8 == 0)
			settle(sys, to); /* a new one under the number; the old one lives on */
		if (next(&random) % 16 == 0)
			(void)akt_stop(sys, ref_of(to));
		if (workers == 0 && next(&random) % 4 == 0)
			drain(sys);
	}
	if (drain_first) {
		drain(sys);
		check_conserved(sys);
	}
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_int_eq(alive, 0);
	ck_assert_uint_eq(town.sent, town.received + town.dead);
	ck_assert_uint_le(town.verdicts, town.questions);
}

static void with_threads(uint64_t seed)
{
	live_through(seed, 1 + (unsigned)(seed % 3), seed % 2 == 0);
}
#ifndef AKTI_INTERLEAVE
static void seeded(uint64_t seed)
{
	live_through(seed, 0, seed % 2 == 0);
}

START_TEST(seeded_towns_lose_nothing)
{
	for_seeded(seeded);
}
END_TEST
#endif

START_TEST(towns_lose_nothing)
{
	for_seeds(SEEDS, SEEDS, with_threads);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress");
	TCase *town_case = tcase_create("town");

	tcase_set_timeout(town_case, 280);
	tcase_add_test(town_case, towns_lose_nothing);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(town_case, seeded_towns_lose_nothing);
#endif
	suite_add_tcase(suite, town_case);
	return run_suite(suite);
}
