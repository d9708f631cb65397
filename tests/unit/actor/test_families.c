/* SPDX-License-Identifier: MIT */
/*
 * Families under load: parents with each strategy, children that fail, raise, stop and watch each
 * other while somebody outside suspends, resumes, restarts and stops them at random. Proves, for many
 * seeds, with real threads, under the simulator and seeded: no start without a stop between, no
 * group that hangs, one DOWN for each watch that was not taken back, nothing owned that stays, every
 * message accounted for.
 */
#include "fixture.h"
#include <stdio.h>

#ifdef AKTI_INTERLEAVE
enum { FAMILIES = 2, KIDS = 3, ROUNDS = 24, SEEDS = 60 };
#else
enum { FAMILIES = 4, KIDS = 5, ROUNDS = 400, SEEDS = 40 };
#endif

struct blow {
	uint64_t how;
	akt_ref other;
};
AKT_MESSAGE_DEFINE(blow, "test.blow", AKT_FIELD(1, blow, how), AKT_FIELD(2, blow, other));

static akt_system *sys;
static _Atomic int64_t up;    /* started and not stopped */
static _Atomic int64_t owned; /* duties not yet done */
static _Atomic uint64_t parents_up;
static akt_ref parents[FAMILIES];
static _Atomic uint64_t kids[FAMILIES][KIDS]; /* slot << 32 | generation */

struct place {
	uint32_t family;
	uint32_t number;
};
static struct place places[FAMILIES][KIDS];

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static akt_ref kid_ref(uint32_t family, uint32_t number)
{
	uint64_t kid = kids[family][number];
	akt_ref ref = { (uint32_t)(kid >> 32), (uint32_t)kid, parents[0].node };

	return ref;
}

/* --- children ----------------------------------------------------------------------------------- */

struct kid {
	uint64_t started; /* zero at each start */
};

static void disown(void *arg)
{
	(void)arg;
	owned--;
}

static int kid_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct kid *self = state;
	const struct place *place = arg;
	akt_ref ref = akt_self(ctx);

	ck_assert_uint_eq(self->started, 0);
	self->started = 1;
	kids[place->family][place->number] = (uint64_t)ref.slot << 32 | ref.gen;
	ck_assert_int_eq(akt_at_end(ctx, disown, NULL), 0);
	owned++;
	if (akt_random(ctx) % 16 == 0)
		akt_raise(ctx, AKT_ERR_IO, "no start");
	up++;
	return 0;
}

static void kid_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	up--;
}

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	ck_assert_uint_eq(akt_payload(msg, akt_down)->ref.gen != 0, 1);
	return 0;
}

static int kid_on_blow(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct blow *blow = akt_payload(msg, blow);

	(void)state;
	switch (blow->how) {
	case 0:
		return akt_fail(ctx, AKT_ERR_IO, "blow");
	case 1:
		ck_assert_int_eq(akt_defer(ctx, disown, NULL), 0);
		owned++;
		akt_raise(ctx, AKT_ERR_IO, "blow");
	case 2:
		return akt_stop(akt_system_of(ctx), akt_self(ctx));
	case 3:
		(void)akt_watch(ctx, blow->other, on_down, 1);
		return 0;
	case 4:
		(void)akt_unwatch(ctx, blow->other);
		return 0;
	default:
		(void)akt_send(ctx, blow->other, AKT_NEW(blow, .how = 9));
		return 0;
	}
}

static enum akt_directive kid_decides(int error)
{
	(void)error;
	return AKT_DIRECTIVE_RESTART;
}

static const akt_handler kid_handlers[] = { AKT_ON(blow, kid_on_blow), AKT_END };
static const akt_type kid_type = {
	.name = "kid",
	.state_size = sizeof(struct kid),
	.handlers = kid_handlers,
	.start = kid_start,
	.stop = kid_stop,
	.decide = kid_decides,
	.restarts_max = AKT_RESTARTS_UNLIMITED,
};

/* --- parents ------------------------------------------------------------------------------------ */

static int parent_start(akt_ctx *ctx, void *state, const void *arg)
{
	uint32_t family = *(const uint32_t *)arg;

	(void)state;
	for (uint32_t i = 0; i < KIDS; i++) {
		places[family][i] = (struct place){ family, i };
		ck_assert_int_eq(akt_spawn_child(ctx, &kid_type, NULL, &places[family][i], NULL),
				 0);
	}
	parents_up++;
	return 0;
}

static void parent_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	parents_up--;
}

#define PARENT(s, most)                                                                            \
	{                                                                                          \
		.name = "parent", .start = parent_start, .stop = parent_stop, .strategy = (s),     \
		.children_restarts_max = (most), .on_failure = AKT_DIRECTIVE_RESTART,              \
		.restarts_max = AKT_RESTARTS_UNLIMITED                                             \
	}
static const akt_type parent_types[] = {
	PARENT(AKT_ONE_FOR_ONE, 0),  PARENT(AKT_ONE_FOR_ALL, 0), PARENT(AKT_REST_FOR_ONE, 0),
	PARENT(AKT_ONE_FOR_ONE, 20), PARENT(AKT_ONE_FOR_ALL, 5), PARENT(AKT_REST_FOR_ONE, 9),
};

/* --- the storm ---------------------------------------------------------------------------------- */

static void strike(uint64_t *random)
{
	uint32_t family = (uint32_t)(next(random) % FAMILIES);
	akt_ref kid = kid_ref(family, (uint32_t)(next(random) % KIDS));
	akt_ref other = kid_ref(family, (uint32_t)(next(random) % KIDS));

	switch (next(random) % 24) {
	case 0:
		(void)akt_suspend(sys, kid);
		break;
	case 1:
	case 2:
		(void)akt_resume(sys, kid);
		break;
	case 3:
		(void)akt_restart(sys, kid);
		break;
	case 4:
		if (next(random) % 4 == 0)
			(void)akt_restart(sys, parents[family]);
		break;
	default:
		(void)akt_post(sys, kid, AKT_NEW(blow, .how = next(random) % 12, .other = other));
		break;
	}
}

static void live_through(uint64_t seed, unsigned workers)
{
	static uint32_t numbers[FAMILIES];
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	akt_stop_report report = { .size = sizeof(report) };
	akt_options options = AKT_OPTIONS;

	up = owned = 0;
	parents_up = 0;
	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	for (uint32_t i = 0; i < FAMILIES; i++) {
		numbers[i] = i;
		ck_assert_int_eq(akt_spawn(sys, &parent_types[(seed + i) % 6], &numbers[i],
					   &parents[i]),
				 0);
	}
	drain(sys);
	for (unsigned round = 0; round < ROUNDS; round++) {
		strike(&random);
		if (workers == 0 && next(&random) % 4 == 0)
			drain(sys);
	}
	if (seed % 2 == 0) {
		/* Whoever was suspended goes on: then nothing may be left waiting. */
		for (uint32_t i = 0; i < FAMILIES * KIDS; i++)
			(void)akt_resume(sys, kid_ref(i / KIDS, i % KIDS));
		drain(sys);
		for (uint32_t i = 0; i < FAMILIES * KIDS; i++)
			(void)akt_resume(sys, kid_ref(i / KIDS, i % KIDS));
		drain(sys);
		check_conserved(sys);
		ck_assert_uint_eq(parents_up, FAMILIES);
	}
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_int_eq(up, 0);
	ck_assert_int_eq(owned, 0);
	ck_assert_uint_eq(parents_up, 0);
}

static void with_threads(uint64_t seed)
{
	live_through(seed, 1 + (unsigned)(seed % 3));
}

START_TEST(families_survive)
{
	for_seeds(SEEDS, SEEDS, with_threads);
}
END_TEST

#ifndef AKTI_INTERLEAVE
static void seeded(uint64_t seed)
{
	live_through(seed, 0);
}

START_TEST(seeded_families_survive)
{
	for_seeded(seeded);
}
END_TEST
#endif

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_test(all, families_survive);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(all, seeded_families_survive);
#endif
	return run_case("families", all, 280);
}
