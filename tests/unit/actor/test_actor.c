/* SPDX-License-Identifier: MIT */
/*
 * Proves what an actor does on one node: order, replies, questions, names, children, restart, stop,
 * dead letters, with one worker, with several, and seeded. Does not prove that no interleaving
 * breaks it: that is tests/unit/torture and tests/model.
 */
#include "fixture.h"
#include <stdio.h>

static struct seen_dead dead;
static akt_system *sys;
static _Atomic uint64_t sum;
static _Atomic uint64_t starts;
static _Atomic uint64_t stops;
static _Atomic int last_reason;
static _Atomic int verdict;
static _Atomic uint64_t tag_seen;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	sum = starts = stops = tag_seen = 0;
	last_reason = -1;
	verdict = 1;
	sys = start_system(mode_workers[mode], &dead);
}

/* --- adder: sums, checks order ----------------------------------------------------------------- */

struct adder {
	uint64_t last;
};

static int adder_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct adder *self = state;
	uint64_t value = akt_payload(msg, number)->value;

	(void)ctx;
	ck_assert_uint_gt(value, self->last);
	self->last = value;
	sum += value;
	return 0;
}
static int count_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	starts++;
	return 0;
}
static void count_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state;
	stops++;
	last_reason = (int)reason;
}
static const akt_handler adder_handlers[] = { AKT_ON(number, adder_on_number), AKT_END };
static const akt_type adder = {
	.name = "adder",
	.state_size = sizeof(struct adder),
	.handlers = adder_handlers,
	.start = count_start,
	.stop = count_stop,
};

START_TEST(messages_arrive_once_and_in_order)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &ref), 0);
	for (uint64_t i = 1; i <= 10000; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = i)), 0);
	stop_system(sys);
	ck_assert_uint_eq(sum, 10000u * 10001u / 2);
	ck_assert_uint_eq(starts, 1);
	ck_assert_uint_eq(stops, 1);
	ck_assert_int_eq(last_reason, AKT_REASON_SHUTDOWN);
}
END_TEST

START_TEST(a_send_to_an_ended_actor_is_a_dead_letter)
{
	akt_ref ref;
	akt_ref null = { 0, 0, 0 };
	akt_ref strange = { UINT32_MAX, 1, 12345 };

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &ref), 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	/* Stopped before its first turn, it never starts. */
	ck_assert_uint_eq(stops, starts);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), AKT_ERR_GONE);
	ck_assert_int_eq(akt_post(sys, null, AKT_NEW(number, .value = 1)), AKT_ERR_GONE);
	ck_assert_int_eq(akt_post(sys, strange, AKT_NEW(number, .value = 1)), AKT_ERR_GONE);
	ck_assert_int_eq(akt_stop(sys, ref), AKT_ERR_GONE);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 3);
	stop_system(sys);
}
END_TEST

START_TEST(a_reused_slot_has_another_generation)
{
	akt_ref first;
	akt_ref second;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &first), 0);
	ck_assert_int_eq(akt_stop(sys, first), 0);
	drain(sys);
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &second), 0);
		ck_assert(!akt_ref_equal(first, second));
	}
	ck_assert_int_eq(akt_post(sys, first, AKT_NEW(number, .value = 9)), AKT_ERR_GONE);
	stop_system(sys);
	ck_assert_uint_eq(sum, 0);
}
END_TEST

START_TEST(a_message_without_a_handler_is_a_dead_letter)
{
	akt_ref ref;
	akt_msg *reply = NULL;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), AKT_S(20), &reply),
			 AKT_ERR_UNHANDLED);
	ck_assert_ptr_null(reply);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 2);
	stop_system(sys);
}
END_TEST

START_TEST(a_null_message_is_no_memory)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, NULL), AKT_ERR_NOMEM);
	ck_assert_int_eq(akt_call(sys, ref, NULL, AKT_S(1), NULL), AKT_ERR_NOMEM);
	stop_system(sys);
}
END_TEST

/* --- echo: replies, refuses, forwards ----------------------------------------------------------- */

static akt_ref forward_to;

static int echo_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)state;
	if (value == 13)
		return akt_reply_error(ctx, AKT_ERR_REFUSED, "not %d, and %s", 13,
				       "some words to make it longer than a small block is");
	if (value == 14)
		return akt_forward(ctx, forward_to);
	if (value == 15)
		return 0; /* no answer */
	if (value == 16)
		return akt_fail(ctx, AKT_ERR_IO, "disk %d", 3);
	if (value == 17) {
		akt_msg *mine = akt_msg_take(ctx);

		ck_assert_ptr_null(akt_msg_take(ctx));
		akt_msg_free(mine);
		return akt_reply(ctx, AKT_NEW(number, .value = 170));
	}
	return akt_reply(ctx, AKT_NEW(number, .value = value + 1));
}
static const akt_handler echo_handlers[] = { AKT_ON(number, echo_on_number), AKT_END };
static const akt_type echo = {
	.name = "echo",
	.handlers = echo_handlers,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.stop = count_stop,
};

static uint64_t call(akt_ref to, uint64_t value)
{
	akt_msg *reply = NULL;
	uint64_t answer;

	ck_assert_int_eq(akt_call(sys, to, AKT_NEW(number, .value = value), AKT_S(20), &reply), 0);
	answer = akt_payload(reply, number)->value;
	akt_msg_free(reply);
	return answer;
}

START_TEST(a_call_brings_the_answer_or_a_verdict)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &forward_to), 0);
	ck_assert_uint_eq(call(ref, 1), 2);
	ck_assert_uint_eq(call(ref, 17), 170);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 13), AKT_S(20), NULL),
			 AKT_ERR_REFUSED);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 16), AKT_S(20), NULL),
			 AKT_ERR_FAILED);
	ck_assert_uint_eq(call(ref, 2), 3);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 15), AKT_MS(20), NULL),
			 AKT_ERR_TIMEOUT);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 1), AKT_S(20), NULL),
			 AKT_ERR_GONE);
	stop_system(sys);
}
END_TEST

/* A forwarded question is answered to the first asker by the last receiver. */
static int last_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return akt_reply(ctx, AKT_NEW(number, .value = akt_payload(msg, number)->value * 100));
}
static const akt_handler last_handlers[] = { AKT_ON(number, last_on_number), AKT_END };
static const akt_type last = { .name = "last", .handlers = last_handlers };

START_TEST(a_forwarded_question_is_answered_to_the_first_asker)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &last, NULL, &forward_to), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(call(ref, 14), 1400);
	stop_system(sys);
}
END_TEST

/* --- asker -------------------------------------------------------------------------------------- */

static akt_ref ask_whom;
static int64_t ask_timeout_ns;

static int asker_then(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)state;
	verdict = akt_msg_error(reply);
	tag_seen += akt_tag(ctx);
	if (verdict == 0)
		sum += akt_payload(reply, number)->value;
	return 0;
}
static int asker_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)state;
	return akt_ask(ctx, ask_whom, AKT_NEW(number, .value = value), ask_timeout_ns, asker_then,
		       value);
}
static const akt_handler asker_handlers[] = { AKT_ON(number, asker_on_number), AKT_END };
static const akt_type asker = { .name = "asker", .handlers = asker_handlers };

static void ask_once(uint64_t value)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &asker, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = value)), 0);
	drain(sys);
}

START_TEST(an_ask_ends_with_a_value_a_refusal_or_gone)
{
	set_up(_i);
	ask_timeout_ns = AKT_S(20);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ask_whom), 0);
	ask_once(20);
	ck_assert_int_eq(verdict, 0);
	ck_assert_uint_eq(sum, 21);
	ck_assert_uint_eq(tag_seen, 20);
	ask_once(13);
	ck_assert_int_eq(verdict, AKT_ERR_REFUSED);
	ask_once(16);
	ck_assert_int_eq(verdict, AKT_ERR_FAILED);
	ck_assert_int_eq(akt_stop(sys, ask_whom), 0);
	drain(sys);
	ask_once(20);
	ck_assert_int_eq(verdict, AKT_ERR_GONE);
	stop_system(sys);
}
END_TEST

START_TEST(an_ask_without_an_answer_times_out_once)
{
	akt_ref ref;
	akt_ref plain;

	set_up(_i);
	ask_timeout_ns = AKT_MS(3);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ask_whom), 0);
	ck_assert_int_eq(akt_spawn(sys, &asker, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &plain), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 15)), 0);
	drain(sys);
	if (mode_workers[_i] == 0)
		ck_assert_int_eq(verdict, 1);
	/* Time passes while somebody waits; seeded, only then. */
	for (int i = 0; i < 1000 && verdict == 1; i++)
		(void)akt_call(sys, plain, AKT_NEW(number, .value = 15), AKT_MS(5), NULL);
	ck_assert_int_eq(verdict, AKT_ERR_TIMEOUT);
	ck_assert_uint_eq(tag_seen, 15);
	stop_system(sys);
}
END_TEST

START_TEST(many_asks_leave_nothing_behind)
{
	akt_ref ref;

	set_up(_i);
	ask_timeout_ns = AKT_S(20);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ask_whom), 0);
	ck_assert_int_eq(akt_spawn(sys, &asker, NULL, &ref), 0);
	for (uint64_t i = 0; i < 5000; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 100 + i)), 0);
	drain(sys);
	ck_assert_uint_eq(sum, 5000u * 101u + 4999u * 5000u / 2);
	/* Pending ones when the asker ends. */
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 15)), 0);
	drain(sys);
	stop_system(sys);
}
END_TEST

/* --- gateway: asks on behalf of its asker ------------------------------------------------------- */

struct gateway {
	akt_msg *request;
};

static int gateway_then(akt_ctx *ctx, void *state, akt_msg *reply)
{
	struct gateway *self = state;
	akt_msg *request = self->request;

	self->request = NULL;
	/* Nobody is asked by an answer: this reply is late. */
	ck_assert_int_eq(akt_reply(ctx, AKT_NEW(number, .value = 0)), 0);
	ck_assert_int_eq(akt_reply_to(ctx, request,
				      AKT_NEW(number,
					      .value = akt_payload(reply, number)->value * 2)),
			 0);
	akt_msg_free(request);
	return akt_forward(ctx, forward_to);
}
static int gateway_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct gateway *self = state;
	uint64_t value = akt_payload(msg, number)->value;

	self->request = akt_msg_take(ctx);
	return akt_ask(ctx, ask_whom, AKT_NEW(number, .value = value), AKT_S(20), gateway_then, 0);
}
static const akt_handler gateway_handlers[] = { AKT_ON(number, gateway_on_number), AKT_END };
static const akt_type gateway = {
	.name = "gateway",
	.state_size = sizeof(struct gateway),
	.handlers = gateway_handlers,
};

START_TEST(a_taken_request_is_answered_later)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ask_whom), 0);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, &forward_to), 0);
	ck_assert_int_eq(akt_spawn(sys, &gateway, NULL, &ref), 0);
	for (uint64_t i = 100; i < 200; i++)
		ck_assert_uint_eq(call(ref, i), (i + 1) * 2);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 100);
	/* The answers travelled on as plain messages. */
	ck_assert_uint_eq(sum, 100u * 101u + 99u * 100u / 2);
	stop_system(sys);
}
END_TEST

/* --- names -------------------------------------------------------------------------------------- */

START_TEST(a_name_is_held_by_one_until_its_end)
{
	char longest[AKT_NAME_MAX + 2];
	akt_ref ref;
	akt_ref other;

	set_up(_i);
	ck_assert_int_eq(akt_spawn_named(sys, &adder, "ann", NULL, &ref), 0);
	ck_assert(akt_ref_equal(akt_find(sys, "ann"), ref));
	ck_assert_int_eq(akt_spawn_named(sys, &adder, "ann", NULL, &other), AKT_ERR_EXISTS);
	ck_assert(akt_ref_equal(other, ref));
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert(akt_ref_is_null(akt_find(sys, "ann")));
	ck_assert_int_eq(akt_spawn_named(sys, &adder, "ann", NULL, &other), 0);
	ck_assert(!akt_ref_equal(other, ref));
	ck_assert_int_eq(akt_spawn_named(sys, &adder, "", NULL, NULL), AKT_ERR_INVALID);
	memset(longest, 'x', sizeof(longest));
	longest[AKT_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(akt_spawn_named(sys, &adder, longest, NULL, NULL), AKT_ERR_INVALID);
	longest[AKT_NAME_MAX] = '\0';
	ck_assert_int_eq(akt_spawn_named(sys, &adder, longest, NULL, NULL), 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_thousand_names_are_all_found)
{
	char name[32];

	set_up(_i);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "actor-%d", i);
		ck_assert_int_eq(akt_spawn_named(sys, &adder, name, NULL, NULL), 0);
	}
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "actor-%d", i);
		ck_assert(!akt_ref_is_null(akt_find(sys, name)));
	}
	stop_system(sys);
	ck_assert_uint_eq(stops, 5000);
}
END_TEST

/* --- trees -------------------------------------------------------------------------------------- */

/* Spawns `value` levels of three children each. The stop hooks check that children went first. */
struct node {
	uint64_t depth;
	_Atomic uint64_t *parent_live;
	_Atomic uint64_t live_children;
};
static _Atomic uint64_t nodes;
static const akt_type node_type;

struct node_arg {
	uint64_t depth;
	_Atomic uint64_t *parent_live;
};

static int node_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct node *self = state;
	const uint64_t *depth = arg;

	(void)ctx;
	self->depth = *depth;
	nodes++;
	starts++;
	return 0;
}
static const uint64_t depths[] = { 0, 1, 2, 3, 4, 5, 6 };

static int node_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct node *self = state;
	akt_ref child;

	(void)msg;
	for (int i = 0; i < 3 && self->depth > 0; i++) {
		int r = akt_spawn_child(ctx, &node_type, NULL, &depths[self->depth - 1], &child);

		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(akt_send(ctx, child, AKT_NEW(number, .value = 0)), 0);
	}
	return 0;
}
static int node_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return AKT_ERR_IO;
}
static void node_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state;
	nodes--;
	stops++;
	last_reason = (int)reason;
}
static const akt_handler node_handlers[] = { AKT_ON(number, node_on_number),
					     AKT_ON(poke, node_on_poke), AKT_END };
static const akt_type node_type = {
	.name = "node",
	.state_size = sizeof(struct node),
	.handlers = node_handlers,
	.start = node_start,
	.stop = node_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
};

#define NODES_OF_4 (1u + 3 + 9 + 27 + 81)

START_TEST(a_tree_stops_with_its_root)
{
	akt_ref root;

	set_up(_i);
	nodes = 0;
	ck_assert_int_eq(akt_spawn(sys, &node_type, &depths[4], &root), 0);
	ck_assert_int_eq(akt_post(sys, root, AKT_NEW(number, .value = 0)), 0);
	drain(sys);
	ck_assert_uint_eq(nodes, NODES_OF_4);
	ck_assert_int_eq(akt_stop(sys, root), 0);
	drain(sys);
	ck_assert_uint_eq(nodes, 0);
	ck_assert_uint_eq(stops, NODES_OF_4);
	stop_system(sys);
}
END_TEST

START_TEST(a_restart_ends_the_children_and_keeps_the_reference)
{
	akt_ref root;
	akt_stats stats = { .size = sizeof(stats) };

	set_up(_i);
	nodes = 0;
	ck_assert_int_eq(akt_spawn(sys, &node_type, &depths[4], &root), 0);
	ck_assert_int_eq(akt_post(sys, root, AKT_NEW(number, .value = 0)), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, root, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(akt_post(sys, root, AKT_NEW(number, .value = 0)), 0);
	drain(sys);
	ck_assert(akt_alive(sys, root));
	ck_assert_uint_eq(nodes, NODES_OF_4);
	ck_assert_uint_eq(starts, 2 * NODES_OF_4);
	ck_assert_uint_eq(stops, NODES_OF_4);
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.restarts, 1);
	ck_assert_uint_eq(stats.failures, 1);
	ck_assert_int_eq(akt_restart(sys, root), 0);
	drain(sys);
	ck_assert_uint_eq(nodes, 1);
	stop_system(sys);
	ck_assert_uint_eq(nodes, 0);
	ck_assert_int_eq(last_reason, AKT_REASON_SHUTDOWN);
}
END_TEST

START_TEST(too_many_restarts_stop_the_actor)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &node_type, &depths[0], &ref), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert(akt_alive(sys, ref));
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	ck_assert_uint_eq(starts, 4);
	ck_assert_uint_eq(stops, 4);
	ck_assert_int_eq(last_reason, AKT_REASON_FAILED);
	stop_system(sys);
}
END_TEST

static int failing_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	starts++;
	return AKT_ERR_IO;
}
static const akt_type stillborn = {
	.name = "stillborn",
	.handlers = adder_handlers,
	.start = failing_start,
	.stop = count_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = 1000,
};

START_TEST(a_start_that_fails_is_tried_within_the_limit_and_owes_no_stop)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &stillborn, NULL, &ref), 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	ck_assert_uint_eq(starts, 1001);
	ck_assert_uint_eq(stops, 0);
	stop_system(sys);
}
END_TEST

/* --- limits and shutdown -------------------------------------------------------------------------- */

START_TEST(the_limit_of_actors_is_a_limit)
{
	akt_options options = AKT_OPTIONS;
	akt_ref ref;

	options.workers = 1;
	options.actors_max = 100;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &echo, NULL, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

static _Atomic int hold;
static int holder_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	hold = 1;
	while (hold == 1)
		;
	return 0;
}
static const akt_handler holder_handlers[] = { AKT_ON(number, holder_on_number), AKT_END };
static const akt_type holder = { .name = "holder", .handlers = holder_handlers };

START_TEST(what_is_left_at_the_deadline_is_listed)
{
	akt_stop_report report = { .size = sizeof(report) };
	akt_ref ref;

	set_up(1);
	hold = 0;
	ck_assert_int_eq(akt_spawn_named(sys, &holder, "the-holder", NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, NULL), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
	while (hold == 0)
		;
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(50), &report), AKT_ERR_TIMEOUT);
	ck_assert_uint_ge(report.left_count, 1);
	ck_assert_str_eq(report.left[0].name, "the-holder");
	ck_assert_str_eq(report.left[0].type, "holder");
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 2)), AKT_ERR_STOPPED);
	ck_assert_int_eq(akt_spawn(sys, &adder, NULL, NULL), AKT_ERR_STOPPED);
	hold = 2;
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_uint_eq(report.left_count, 0);
	ck_assert_uint_eq(stops, 1);
}
END_TEST

/* What waits behind a long handler on one worker runs on the other one. */
static akt_ref stuck_behind;
static int blocker_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	hold = 1;
	ck_assert_int_eq(akt_send(ctx, stuck_behind, AKT_NEW(number, .value = 5)), 0);
	while (hold == 1)
		;
	return 0;
}
static int release_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	hold = 2;
	return 0;
}
static const akt_handler blocker_handlers[] = { AKT_ON(number, blocker_on_number), AKT_END };
static const akt_handler release_handlers[] = { AKT_ON(number, release_on_number), AKT_END };
static const akt_type blocker = { .name = "blocker", .handlers = blocker_handlers };
static const akt_type releaser = { .name = "releaser", .handlers = release_handlers };

START_TEST(a_long_handler_does_not_hold_up_whom_it_woke)
{
	akt_ref ref;

	set_up(1);
	ck_assert_int_eq(akt_spawn(sys, &blocker, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &releaser, NULL, &stuck_behind), 0);
	for (int i = 0; i < 20; i++) {
		hold = 0;
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
		drain(sys);
		ck_assert_int_eq(hold, 2);
	}
	stop_system(sys);
}
END_TEST

static akt_system *inner;
static int stopper_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	verdict = akt_system_stop(akt_system_of(ctx));
	ck_assert_int_eq(akt_call(akt_system_of(ctx), akt_self(ctx), AKT_NEW(number, .value = 1),
				  AKT_S(1), NULL),
			 AKT_ERR_THREAD);
	return 0;
}
static const akt_handler stopper_handlers[] = { AKT_ON(number, stopper_on_number), AKT_END };
static const akt_type stopper = { .name = "stopper", .handlers = stopper_handlers };

START_TEST(blocking_calls_are_refused_on_a_worker)
{
	akt_ref ref;

	(void)inner;
	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &stopper, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
	drain(sys);
	ck_assert_int_eq(verdict, AKT_ERR_THREAD);
	stop_system(sys);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_run)
{
	uint64_t sums[2];
	uint64_t hashes[2];

	for (int round = 0; round < 2; round++) {
		akt_ref a[4];
		uint64_t mixed = 0;

		sys = start_system(0, NULL);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(akt_spawn(sys, &echo, NULL, &a[i]), 0);
		for (int i = 0; i < 200; i++)
			mixed = mixed * 31 + call(a[i % 4], 100 + (uint64_t)i);
		sums[round] = mixed ^ (uint64_t)akt_system_now(sys);
		hashes[round] = akt_system_trace_hash(sys);
		stop_system(sys);
	}
	ck_assert_uint_eq(sums[0], sums[1]);
	ck_assert_uint_ne(hashes[0], 0);
	ck_assert_uint_eq(hashes[0], hashes[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("actor");
	TCase *all = tcase_create("modes");
	TCase *one = tcase_create("once");

	tcase_set_timeout(all, 120);
	tcase_set_timeout(one, 120);
	tcase_add_loop_test(all, messages_arrive_once_and_in_order, 0, MODES);
	tcase_add_loop_test(all, a_send_to_an_ended_actor_is_a_dead_letter, 0, MODES);
	tcase_add_loop_test(all, a_reused_slot_has_another_generation, 0, MODES);
	tcase_add_loop_test(all, a_message_without_a_handler_is_a_dead_letter, 0, MODES);
	tcase_add_loop_test(all, a_null_message_is_no_memory, 0, MODES);
	tcase_add_loop_test(all, a_call_brings_the_answer_or_a_verdict, 0, MODES);
	tcase_add_loop_test(all, a_forwarded_question_is_answered_to_the_first_asker, 0, MODES);
	tcase_add_loop_test(all, an_ask_ends_with_a_value_a_refusal_or_gone, 0, MODES);
	tcase_add_loop_test(all, an_ask_without_an_answer_times_out_once, 0, MODES);
	tcase_add_loop_test(all, many_asks_leave_nothing_behind, 0, MODES);
	tcase_add_loop_test(all, a_taken_request_is_answered_later, 0, MODES);
	tcase_add_loop_test(all, a_name_is_held_by_one_until_its_end, 0, MODES);
	tcase_add_loop_test(all, a_thousand_names_are_all_found, 0, MODES);
	tcase_add_loop_test(all, a_tree_stops_with_its_root, 0, MODES);
	tcase_add_loop_test(all, a_restart_ends_the_children_and_keeps_the_reference, 0, MODES);
	tcase_add_loop_test(all, too_many_restarts_stop_the_actor, 0, MODES);
	tcase_add_loop_test(all, a_start_that_fails_is_tried_within_the_limit_and_owes_no_stop, 0,
			    MODES);
	tcase_add_loop_test(all, blocking_calls_are_refused_on_a_worker, 0, MODES);
	tcase_add_test(one, the_limit_of_actors_is_a_limit);
	tcase_add_test(one, what_is_left_at_the_deadline_is_listed);
	tcase_add_test(one, a_long_handler_does_not_hold_up_whom_it_woke);
	tcase_add_test(one, the_same_seed_gives_the_same_run);
	suite_add_tcase(suite, all);
	suite_add_tcase(suite, one);
	return run_suite(suite);
}
