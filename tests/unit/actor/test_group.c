/* SPDX-License-Identifier: MIT */
/*
 * Proves what happens around a child that fails: who restarts with it, in which order, how often,
 * after which wait. The trace of hooks is compared letter by letter with what Erlang's supervisor
 * does. With one worker, several, and seeded.
 */
#include "fixture.h"
#include <stdio.h>

struct hit {
	uint64_t child;
	uint64_t how; /* 0: fail, 1: stop, 2: fail once its backlog is handled */
};
AKT_MESSAGE_DEFINE(hit, "test.hit", AKT_FIELD(1, hit, child), AKT_FIELD(2, hit, how));

#define KIDS 4
static struct seen_dead dead;
static akt_system *sys;
static char trace[4096]; /* upper case: a start, lower case: a stop; a letter for each child */
static _Atomic unsigned traced;
static akt_ref kids[KIDS]; /* written by the parent, read when all is quiet */
static _Atomic int start_fails[KIDS];
static _Atomic uint64_t handled[KIDS];
static _Atomic uint64_t parents;
static _Atomic int64_t started_ns;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	memset(trace, 0, sizeof(trace));
	traced = 0;
	parents = 0;
	for (int i = 0; i < KIDS; i++) {
		start_fails[i] = 0;
		handled[i] = 0;
	}
	sys = start_system(mode_workers[mode], &dead);
}

static void write_trace(char c)
{
	unsigned at = atomic_fetch_add(&traced, 1);

	ck_assert_uint_lt(at, sizeof(trace) - 1);
	trace[at] = c;
}

/* The trace since the last look. */
static void check_trace(const char *expected)
{
	drain(sys);
	ck_assert_str_eq(trace, expected);
	memset(trace, 0, sizeof(trace));
	traced = 0;
}

struct kid {
	uint64_t number;
};
static const uint64_t numbers[KIDS] = { 0, 1, 2, 3 };

static int kid_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct kid *self = state;

	self->number = *(const uint64_t *)arg;
	write_trace((char)('A' + self->number));
	started_ns = akt_now(ctx);
	if (start_fails[self->number] > 0) {
		start_fails[self->number]--;
		return akt_fail(ctx, AKT_ERR_IO, "start of %d", (int)self->number);
	}
	return 0;
}

static void kid_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	const struct kid *self = state;

	(void)ctx, (void)reason;
	write_trace((char)('a' + self->number));
}

static int kid_on_hit(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct kid *self = state;

	handled[self->number]++;
	switch (akt_payload(msg, hit)->how) {
	case 0:
		return akt_fail(ctx, AKT_ERR_IO, "hit");
	case 1:
		return akt_stop(akt_system_of(ctx), akt_self(ctx));
	default:
		return 0;
	}
}

static const akt_handler kid_handlers[] = { AKT_ON(hit, kid_on_hit), AKT_END };
#define KID                                                                                        \
	.name = "kid", .state_size = sizeof(struct kid), .handlers = kid_handlers,                 \
	.start = kid_start, .stop = kid_stop, .on_failure = AKT_DIRECTIVE_RESTART,                 \
	.restarts_max = 100
static const akt_type kid = { KID };
static const akt_type slow_kid = { KID, .backoff_ns = AKT_MS(10), .backoff_max_ns = AKT_MS(40) };

static int parent_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state;
	parents++;
	for (int i = 0; i < KIDS; i++)
		ck_assert_int_eq(akt_spawn_child(ctx, arg != NULL ? arg : &kid, NULL, &numbers[i],
						 &kids[i]),
				 0);
	return 0;
}
#define PARENT(s) .name = "parent", .start = parent_start, .strategy = (s)
static const akt_type one_for_one = { PARENT(AKT_ONE_FOR_ONE) };
static const akt_type one_for_all = { PARENT(AKT_ONE_FOR_ALL) };
static const akt_type rest_for_one = { PARENT(AKT_REST_FOR_ONE) };

/* Births of children on several workers may interleave: only the set is known. */
static akt_ref start_family(const akt_type *type, const void *arg)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, type, arg, &ref), 0);
	drain(sys);
	ck_assert_uint_eq(traced, KIDS);
	memset(trace, 0, sizeof(trace));
	traced = 0;
	return ref;
}

static void hit_kid(int child, uint64_t how)
{
	ck_assert_int_eq(akt_post(sys, kids[child], AKT_NEW(hit, .how = how)), 0);
}

START_TEST(each_strategy_restarts_whom_it_names_in_order)
{
	set_up(_i);
	(void)start_family(&one_for_one, NULL);
	hit_kid(2, 0);
	check_trace("cC");
	(void)start_family(&rest_for_one, NULL);
	hit_kid(2, 0);
	check_trace("dcCD");
	hit_kid(0, 0);
	check_trace("dcbaABCD");
	hit_kid(3, 0);
	check_trace("dD");
	(void)start_family(&one_for_all, NULL);
	hit_kid(2, 0);
	check_trace("dcbaABCD");
	hit_kid(0, 0);
	check_trace("dcbaABCD");
	stop_system(sys);
}
END_TEST

START_TEST(a_start_that_fails_begins_the_group_anew)
{
	set_up(_i);
	(void)start_family(&one_for_all, NULL);
	start_fails[2] = 2;
	hit_kid(0, 0);
	/* C fails at its start: it owes no stop, D had not started. */
	check_trace("dcbaABCbaABCbaABCD");
	stop_system(sys);
}
END_TEST

START_TEST(a_child_that_stops_takes_nobody_along)
{
	set_up(_i);
	(void)start_family(&one_for_all, NULL);
	hit_kid(1, 1);
	check_trace("b");
	hit_kid(0, 0);
	check_trace("dcaACD");
	hit_kid(3, 1);
	hit_kid(0, 1);
	drain(sys);
	memset(trace, 0, sizeof(trace));
	traced = 0;
	hit_kid(2, 0);
	check_trace("cC");
	stop_system(sys);
}
END_TEST

START_TEST(a_group_keeps_its_messages)
{
	uint64_t total = 0;

	set_up(_i);
	(void)start_family(&one_for_all, NULL);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < KIDS; i++)
			hit_kid(i, 2);
		hit_kid(round % KIDS, 0);
		for (int i = 0; i < KIDS; i++)
			hit_kid(i, 2);
	}
	drain(sys);
	for (int i = 0; i < KIDS; i++)
		total += handled[i];
	ck_assert_uint_eq(total, 50 * (2 * KIDS + 1));
	stop_system(sys);
}
END_TEST

/* Several fail at once; in the end all run, and each start has had its stop. */
START_TEST(faults_that_meet_end_in_a_running_group)
{
	int balance[KIDS] = { 1, 1, 1, 1 };

	set_up(_i);
	(void)start_family(_i % 2 ? &one_for_all : &rest_for_one, NULL);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < KIDS; i++)
			hit_kid((i + round) % KIDS, 0);
	}
	drain(sys);
	for (unsigned i = 0; i < traced; i++) {
		bool start = trace[i] < 'a';
		int child = trace[i] - (start ? 'A' : 'a');

		balance[child] += start ? 1 : -1;
		ck_assert_int_ge(balance[child], 0);
		ck_assert_int_le(balance[child], 1);
	}
	for (int i = 0; i < KIDS; i++) {
		ck_assert_int_eq(balance[i], 1);
		ck_assert(akt_alive(sys, kids[i]));
		hit_kid(i, 2);
	}
	drain(sys);
	stop_system(sys);
}
END_TEST

static enum akt_directive stop_on_io(int error)
{
	ck_assert_int_eq(error, AKT_ERR_IO);
	return AKT_DIRECTIVE_STOP;
}

START_TEST(too_many_restarts_of_all_children_fail_the_parent)
{
	static const akt_type type = { PARENT(AKT_ONE_FOR_ONE), .children_restarts_max = 3,
				       .children_within_ns = AKT_S(3600), .decide = stop_on_io };
	akt_ref ref;

	set_up(_i);
	ref = start_family(&type, NULL);
	hit_kid(0, 0);
	check_trace("aA");
	hit_kid(1, 0);
	check_trace("bB");
	hit_kid(0, 0);
	check_trace("aA");
	ck_assert(akt_alive(sys, ref));
	hit_kid(3, 0);
	check_trace("dcba");
	ck_assert(!akt_alive(sys, ref));
	stop_system(sys);
}
END_TEST

START_TEST(a_parent_that_restarts_begins_with_new_children)
{
	static const akt_type type = { PARENT(AKT_ONE_FOR_ALL), .children_restarts_max = 1,
				       .children_within_ns = AKT_S(3600),
				       .on_failure = AKT_DIRECTIVE_RESTART };
	akt_ref ref;

	set_up(_i);
	ref = start_family(&type, NULL);
	hit_kid(0, 0);
	check_trace("dcbaABCD");
	hit_kid(0, 0);
	drain(sys);
	ck_assert(akt_alive(sys, ref));
	ck_assert_uint_eq(parents, 2);
	ck_assert_uint_eq(traced, 2 * KIDS);
	ck_assert_int_eq(strncmp(trace, "dcba", 4), 0);
	stop_system(sys);
}
END_TEST

/* Seeded: the clock is ours. 10, 20, 40, 40 ms; a quiet time begins anew. */
START_TEST(the_wait_doubles_up_to_its_limit)
{
	static const int waits_ms[] = { 10, 20, 40, 40 };

	set_up(3);
	(void)start_family(&one_for_one, &slow_kid);
	for (int i = 0; i < 4; i++) {
		int64_t failed_ns = akt_system_now(sys);

		hit_kid(1, 0);
		hit_kid(1, 2); /* kept meanwhile */
		drain(sys);
		ck_assert_str_eq(trace, ""); /* not yet */
		ck_assert_int_eq(akt_call(sys, kids[0], AKT_NEW(hit, .how = 2),
					  AKT_MS(waits_ms[i] + 1), NULL),
				 AKT_ERR_TIMEOUT);
		check_trace("bB");
		ck_assert_int_ge(started_ns - failed_ns, AKT_MS(waits_ms[i]));
		ck_assert_int_le(started_ns - failed_ns, AKT_MS(waits_ms[i] + 1));
	}
	ck_assert_uint_eq(handled[1], 8);
	ck_assert_int_eq(akt_call(sys, kids[0], AKT_NEW(hit, .how = 2), AKT_S(6), NULL),
			 AKT_ERR_TIMEOUT);
	hit_kid(1, 0);
	ck_assert_int_eq(akt_call(sys, kids[0], AKT_NEW(hit, .how = 2), AKT_MS(11), NULL),
			 AKT_ERR_TIMEOUT);
	check_trace("bB");
	/* A stop does not wait. */
	hit_kid(1, 0);
	ck_assert_int_eq(akt_stop(sys, kids[1]), 0);
	check_trace("b");
	stop_system(sys);
}
END_TEST

START_TEST(limits_are_checked_at_birth)
{
	static const akt_type at = { .name = "at",
				     .restarts_max = AKT_RESTARTS_MAX,
				     .children_restarts_max = AKT_RESTARTS_MAX };
	static const akt_type any = { .name = "any", .restarts_max = AKT_RESTARTS_UNLIMITED };
	static const akt_type own = { .name = "own", .restarts_max = AKT_RESTARTS_MAX + 1 };
	static const akt_type children = { .name = "children",
					   .children_restarts_max = AKT_RESTARTS_MAX + 1 };
	akt_ref ref;

	set_up(0);
	ck_assert_int_eq(akt_spawn(sys, &at, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &any, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &own, NULL, &ref), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_spawn(sys, &children, NULL, &ref), AKT_ERR_INVALID);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, each_strategy_restarts_whom_it_names_in_order, 0, MODES);
	tcase_add_loop_test(all, a_start_that_fails_begins_the_group_anew, 0, MODES);
	tcase_add_loop_test(all, a_child_that_stops_takes_nobody_along, 0, MODES);
	tcase_add_loop_test(all, a_group_keeps_its_messages, 0, MODES);
	tcase_add_loop_test(all, faults_that_meet_end_in_a_running_group, 0, MODES);
	tcase_add_loop_test(all, too_many_restarts_of_all_children_fail_the_parent, 0, MODES);
	tcase_add_loop_test(all, a_parent_that_restarts_begins_with_new_children, 0, MODES);
	tcase_add_test(all, the_wait_doubles_up_to_its_limit);
	tcase_add_test(all, limits_are_checked_at_birth);
	return run_case("group", all, 120);
}
