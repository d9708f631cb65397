/* SPDX-License-Identifier: MIT */
/*
 * Proves how an actor fails and what is left behind: raise from any depth and any place, what
 * handlers and incarnations own, directives, the sliding window, suspension, escalation, watches.
 * Each with one worker, several, and seeded.
 */
#include "fixture.h"
#include <stdio.h>

enum what {
	DO_COUNT,      /* add arg to sum; must be one more than the last */
	DO_RETURN,     /* fail by return */
	DO_RAISE,      /* fail from below */
	DO_TAKE_RAISE, /* take the message, give it to a duty, fail */
	DO_FORWARD_RAISE,
	DO_ASK_RAISE, /* fail in the continuation of a question to itself's child */
	DO_OWN,       /* own memory and duties, return */
	DO_OWN_RAISE, /* and fail */
	DO_ANSWER,
};
struct act {
	uint64_t what;
	uint64_t arg;
};
AKT_MESSAGE_DEFINE(act, "test.act", AKT_FIELD(1, act, what), AKT_FIELD(2, act, arg));

static struct seen_dead dead;
static akt_system *sys;
static _Atomic uint64_t sum;
static _Atomic uint64_t starts;
static _Atomic uint64_t stops;
static _Atomic int reason_seen;
static _Atomic uint64_t scope_ends;
static _Atomic uint64_t life_ends;
static _Atomic int start_fails; /* how many times yet */
static _Atomic uint64_t downs;
static _Atomic int down_reason;
static _Atomic int down_error;
static _Atomic uint64_t sum_at_down;
static char order[256];
static _Atomic unsigned ordered;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	memset(order, 0, sizeof(order));
	sum = starts = stops = scope_ends = life_ends = downs = sum_at_down = 0;
	start_fails = 0;
	ordered = 0;
	reason_seen = down_reason = -1;
	down_error = 0;
	sys = start_system(mode_workers[mode], &dead);
}

static void tell(akt_ref ref, enum what what, uint64_t arg)
{
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(act, .what = what, .arg = arg)), 0);
}

static akt_stats stats_now(void)
{
	akt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	return stats;
}

/* --- the actor ---------------------------------------------------------------------------------- */

struct thing {
	uint64_t last;
	bool fresh; /* false after birth and after a restart */
};

static void raise_below(akt_ctx *ctx, int depth)
{
	volatile char frame[64];

	frame[0] = (char)depth;
	if (depth > 0)
		raise_below(ctx, depth - 1);
	if (frame[0] == 0)
		akt_raise(ctx, AKT_ERR_IO, "from %d below", 20);
}

static void note_scope(void *arg)
{
	(void)arg;
	scope_ends++;
}

static void note_life(void *arg)
{
	(void)arg;
	life_ends++;
}

static void note_order(void *letter)
{
	order[ordered++] = (char)(uintptr_t)letter;
}
#define LETTER(c) ((void *)(uintptr_t)(c))

static void free_msg(void *arg)
{
	akt_msg_free(arg);
}

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	raise_below(ctx, 3);
	return 0;
}

static void own(akt_ctx *ctx)
{
	unsigned char *memory = akt_scratch(ctx, 100);
	unsigned char *life = akt_alloc(ctx, 5000);
	unsigned char *early = akt_alloc(ctx, 24);
	unsigned char *big = akt_alloc(ctx, 100000);

	for (size_t i = 0; i < 100; i++)
		ck_assert_uint_eq(memory[i], 0);
	memset(memory, 1, 100);
	memset(life, 2, 5000);
	ck_assert_uint_eq((uintptr_t)big % 16, 0);
	akt_free(ctx, early);
	akt_free(ctx, NULL);
	akt_free(ctx, big);
	ck_assert_int_eq(akt_defer(ctx, note_order, LETTER('1')), 0);
	ck_assert_int_eq(akt_defer(ctx, note_order, LETTER('2')), 0);
	ck_assert_int_eq(akt_defer(ctx, note_scope, NULL), 0);
	ck_assert_int_eq(akt_at_end(ctx, note_order, LETTER('a')), 0);
	ck_assert_int_eq(akt_at_end(ctx, note_order, LETTER('b')), 0);
	ck_assert_int_eq(akt_at_end(ctx, note_life, NULL), 0);
	ck_assert_int_eq(akt_defer(ctx, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_at_end(ctx, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(akt_alloc(ctx, AKT_ALLOC_MAX_BYTES + 1));
}

static const akt_type answerer;

static int on_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct thing *self = state;
	const struct act *act = akt_payload(msg, act);
	akt_ref child;

	switch (act->what) {
	case DO_COUNT:
		ck_assert_uint_eq(act->arg, self->last + 1);
		self->last = act->arg;
		sum += act->arg;
		return 0;
	case DO_RETURN:
		return akt_fail(ctx, AKT_ERR_REFUSED, "act %d", (int)act->arg);
	case DO_RAISE:
		raise_below(ctx, 20);
		return 0;
	case DO_TAKE_RAISE:
		msg = akt_msg_take(ctx);
		ck_assert_int_eq(akt_defer(ctx, free_msg, msg), 0);
		raise_below(ctx, 5);
		return 0;
	case DO_FORWARD_RAISE:
		ck_assert_int_eq(akt_spawn_child(ctx, &answerer, NULL, NULL, &child), 0);
		ck_assert_int_eq(akt_forward(ctx, child), 0);
		raise_below(ctx, 1);
		return 0;
	case DO_ASK_RAISE:
		ck_assert_int_eq(akt_spawn_child(ctx, &answerer, NULL, NULL, &child), 0);
		return akt_ask(ctx, child, AKT_NEW(act, .what = DO_ANSWER), AKT_S(20), on_answer,
			       5);
	case DO_OWN:
		own(ctx);
		return 0;
	case DO_OWN_RAISE:
		own(ctx);
		raise_below(ctx, 2);
		return 0;
	default:
		return 0;
	}
}

static int on_answer_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(act, .what = 0));
}

static int thing_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct thing *self = state;

	(void)arg;
	starts++;
	ck_assert(!self->fresh);
	self->fresh = true;
	if (start_fails > 0) {
		start_fails--;
		raise_below(ctx, 4);
	}
	return 0;
}

static void thing_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state;
	stops++;
	reason_seen = (int)reason;
}

static const akt_handler thing_handlers[] = { AKT_ON(act, on_act), AKT_END };
static const akt_handler answer_handlers[] = { AKT_ON(act, on_answer_act), AKT_END };
static const akt_type answerer = { .name = "answerer", .handlers = answer_handlers };
#define THING(directive)                                                                           \
	.name = "thing", .state_size = sizeof(struct thing), .handlers = thing_handlers,           \
	.start = thing_start, .stop = thing_stop, .on_failure = (directive), .restarts_max = 100
static const akt_type restarting = { THING(AKT_DIRECTIVE_RESTART) };
static const akt_type stopping = { THING(AKT_DIRECTIVE_STOP) };
static const akt_type resuming = { THING(AKT_DIRECTIVE_RESUME) };

/* --- raise -------------------------------------------------------------------------------------- */

/* Whatever is raised where, the actor restarts with fresh state and goes on with its messages. */
START_TEST(a_raise_is_a_failure_wherever_it_comes_from)
{
	static const enum what ways[] = { DO_RETURN,        DO_RAISE,     DO_TAKE_RAISE,
					  DO_FORWARD_RAISE, DO_ASK_RAISE, DO_OWN_RAISE };
	akt_ref ref;

	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		set_up(_i);
		ck_assert_int_eq(akt_spawn(sys, &restarting, NULL, &ref), 0);
		for (int round = 0; round < 20; round++) {
			tell(ref, DO_COUNT, 1);
			tell(ref, DO_COUNT, 2);
			tell(ref, ways[way], 0);
			if (ways[way] == DO_ASK_RAISE || round % 3 == 0)
				drain(sys);
		}
		drain(sys);
		ck_assert_uint_eq(stats_now().restarts, 20);
		ck_assert_uint_eq(stats_now().failures, 20);
		ck_assert_uint_eq(starts, 21);
		ck_assert_uint_eq(stops, 20);
		ck_assert_uint_eq(sum, 20 * 3);
		stop_system(sys);
		ck_assert_uint_eq(stops, 21);
		memset(order, 0, sizeof(order));
		ordered = 0;
	}
}
END_TEST

START_TEST(hooks_may_raise)
{
	akt_ref ref;

	set_up(_i);
	start_fails = 3;
	ck_assert_int_eq(akt_spawn(sys, &restarting, NULL, &ref), 0);
	tell(ref, DO_COUNT, 1);
	drain(sys);
	ck_assert_uint_eq(starts, 4);
	ck_assert_uint_eq(stops, 0); /* a start that failed owes no stop */
	ck_assert_uint_eq(sum, 1);
	stop_system(sys);
	ck_assert_uint_eq(stops, 1);
}
END_TEST

static void raising_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)state, (void)reason;
	stops++;
	ck_assert_int_eq(akt_defer(ctx, note_scope, NULL), 0);
	ck_assert_int_eq(akt_at_end(ctx, note_life, NULL), 0);
	raise_below(ctx, 3);
}

START_TEST(a_stop_hook_that_raises_still_ends)
{
	static const akt_type type = { .name = "stubborn", .stop = raising_stop };
	akt_ref ref;

	set_up(_i);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(akt_spawn(sys, &type, NULL, &ref), 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	stop_system(sys);
	ck_assert_uint_eq(stops, 50);
	ck_assert_uint_eq(scope_ends, 50);
	ck_assert_uint_eq(life_ends, 50);
}
END_TEST

static enum akt_directive decide_after_duties(int error)
{
	ck_assert_int_lt(error, 0);
	note_order(LETTER('!'));
	return AKT_DIRECTIVE_RESTART;
}

START_TEST(what_a_handler_owed_is_done_before_anybody_hears_of_its_failure)
{
	static const akt_type type = { THING(AKT_DIRECTIVE_STOP), .decide = decide_after_duties };
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &type, NULL, &ref), 0);
	tell(ref, DO_OWN_RAISE, 0);
	drain(sys);
	ck_assert_str_eq(order, "21!ba");
	ck_assert_uint_eq(scope_ends, 1);
	stop_system(sys);
}
END_TEST

START_TEST(what_is_owned_goes_back_newest_first)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &restarting, NULL, &ref), 0);
	tell(ref, DO_OWN, 0);
	drain(sys);
	ck_assert_str_eq(order, "21");
	ck_assert_uint_eq(scope_ends, 1);
	ck_assert_uint_eq(life_ends, 0);
	tell(ref, DO_OWN_RAISE, 0);
	drain(sys);
	ck_assert_str_eq(order, "2121baba");
	ck_assert_uint_eq(life_ends, 2);
	tell(ref, DO_OWN, 0);
	stop_system(sys);
	ck_assert_str_eq(order, "2121baba21ba");
}
END_TEST

/* --- directives --------------------------------------------------------------------------------- */

START_TEST(stop_ends_and_resume_goes_on)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &resuming, NULL, &ref), 0);
	tell(ref, DO_COUNT, 1);
	tell(ref, DO_RAISE, 0);
	tell(ref, DO_RETURN, 0);
	tell(ref, DO_COUNT, 2); /* the state is as it was */
	drain(sys);
	ck_assert_uint_eq(sum, 3);
	ck_assert_uint_eq(stats_now().failures, 2);
	ck_assert_uint_eq(stats_now().restarts, 0);
	ck_assert_int_eq(akt_spawn(sys, &stopping, NULL, &ref), 0);
	tell(ref, DO_RAISE, 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	ck_assert_int_eq(reason_seen, AKT_REASON_FAILED);
	stop_system(sys);
}
END_TEST

static enum akt_directive by_error(int error)
{
	return error == AKT_ERR_IO ? AKT_DIRECTIVE_RESUME : AKT_DIRECTIVE_STOP;
}

START_TEST(the_directive_may_depend_on_the_error)
{
	static const akt_type type = { THING(AKT_DIRECTIVE_RESTART), .decide = by_error };
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &type, NULL, &ref), 0);
	tell(ref, DO_RAISE, 0); /* IO */
	tell(ref, DO_COUNT, 1);
	drain(sys);
	ck_assert(akt_alive(sys, ref));
	tell(ref, DO_RETURN, 0); /* REFUSED */
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	stop_system(sys);
}
END_TEST

/* Three in five seconds, sliding: a fixed window that began anew would allow six. */
START_TEST(restarts_are_counted_in_a_sliding_window)
{
	static akt_type three;
	akt_ref ref;

	set_up(SEEDED); /* the clock is ours */
	three = restarting;
	three.restarts_max = 3;
	three.within_ns = AKT_S(5);
	ck_assert_int_eq(akt_spawn(sys, &three, NULL, &ref), 0);
	for (int i = 0; i < 8; i++) {
		tell(ref, DO_RAISE, 0);
		/* At 0, 2, 4, 6, ...: never more than three within five seconds. */
		(void)akt_call(sys, ref, AKT_NEW(act, .what = 99), AKT_S(2), NULL);
	}
	ck_assert(akt_alive(sys, ref));
	for (int i = 0; i < 3; i++)
		tell(ref, DO_RAISE, 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	stop_system(sys);
}
END_TEST

/* Two failures that are apart by so much, where one restart within five seconds is allowed. */
static bool outlives_two_failures(int64_t apart_ns)
{
	static akt_type type;
	int64_t begin = akt_system_now(sys);
	akt_ref ref;

	type = restarting;
	type.restarts_max = 1;
	type.within_ns = AKT_S(5);
	ck_assert_int_eq(akt_spawn(sys, &type, NULL, &ref), 0);
	tell(ref, DO_RAISE, 0);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(act, .what = 99), apart_ns, NULL),
			 AKT_ERR_TIMEOUT);
	ck_assert_int_eq(akt_system_now(sys) - begin, apart_ns);
	tell(ref, DO_RAISE, 0);
	drain(sys);
	return akt_stop(sys, ref) == 0; /* else it has ended */
}

START_TEST(the_window_ends_after_its_last_nanosecond)
{
	set_up(SEEDED);
	ck_assert(!outlives_two_failures(AKT_S(5) - 1));
	ck_assert(!outlives_two_failures(AKT_S(5)));
	ck_assert(outlives_two_failures(AKT_S(5) + 1));
	stop_system(sys);
}
END_TEST

/* --- suspension --------------------------------------------------------------------------------- */

START_TEST(a_suspended_actor_keeps_everything_and_handles_nothing)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &restarting, NULL, &ref), 0);
	tell(ref, DO_COUNT, 1);
	drain(sys);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	for (uint64_t i = 2; i <= 100; i++)
		tell(ref, DO_COUNT, i);
	drain(sys);
	ck_assert_uint_eq(sum, 1);
	ck_assert_uint_eq(stats_now().accepted - stats_now().processed, 99);
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(sum, 100 * 101 / 2);
	/* The last word counts. */
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	tell(ref, DO_COUNT, 101);
	drain(sys);
	ck_assert_uint_eq(sum, 101 * 102 / 2);
	/* A restart ends it too, and the kept ones meet fresh state. */
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	tell(ref, DO_COUNT, 1);
	drain(sys);
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(sum, 101 * 102 / 2 + 1);
	/* The end finds what was kept. */
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	tell(ref, DO_COUNT, 2);
	drain(sys);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 1);
	ck_assert_int_eq(akt_suspend(sys, ref), AKT_ERR_GONE);
	ck_assert_int_eq(akt_resume(sys, ref), AKT_ERR_GONE);
	stop_system(sys);
}
END_TEST

/* --- escalation --------------------------------------------------------------------------------- */

static const akt_type escalating = { THING(AKT_DIRECTIVE_ESCALATE) };

struct parent {
	akt_ref child;
};
static _Atomic uint64_t parent_starts;
static _Atomic uint64_t parent_failures;
static akt_ref newest_child; /* written by the parent's start hook, read when all is quiet */

static int parent_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct parent *self = state;

	(void)arg;
	parent_starts++;
	ck_assert_int_eq(akt_spawn_child(ctx, &escalating, NULL, NULL, &self->child), 0);
	newest_child = self->child;
	return 0;
}

static enum akt_directive parent_restarts(int error)
{
	ck_assert_int_eq(error, AKT_ERR_IO);
	parent_failures++;
	return AKT_DIRECTIVE_RESTART;
}
static enum akt_directive parent_resumes(int error)
{
	ck_assert_int_eq(error, AKT_ERR_IO);
	parent_failures++;
	return AKT_DIRECTIVE_RESUME;
}
static enum akt_directive parent_stops(int error)
{
	(void)error;
	parent_failures++;
	return AKT_DIRECTIVE_STOP;
}
#define PARENT(fn)                                                                                 \
	.name = "parent", .state_size = sizeof(struct parent), .start = parent_start, .decide = (fn)

START_TEST(an_escalation_fails_the_parent)
{
	static const akt_type restarts = { PARENT(parent_restarts) };
	static const akt_type resumes = { PARENT(parent_resumes) };
	static const akt_type stops_too = { PARENT(parent_stops) };
	akt_ref ref, child;

	set_up(_i);
	parent_starts = parent_failures = 0;
	ck_assert_int_eq(akt_spawn(sys, &restarts, NULL, &ref), 0);
	drain(sys);
	child = newest_child;
	tell(child, DO_RAISE, 0);
	drain(sys);
	ck_assert_uint_eq(parent_failures, 1);
	ck_assert_uint_eq(parent_starts, 2);
	ck_assert(!akt_alive(sys, child));
	ck_assert(akt_alive(sys, newest_child));

	ck_assert_int_eq(akt_spawn(sys, &resumes, NULL, &ref), 0);
	drain(sys);
	child = newest_child;
	tell(child, DO_COUNT, 1);
	tell(child, DO_RAISE, 0);
	tell(child, DO_COUNT, 2); /* not before the parent has decided, and on the same state */
	drain(sys);
	ck_assert_uint_eq(parent_failures, 2);
	ck_assert_uint_eq(sum, 3);

	ck_assert_int_eq(akt_spawn(sys, &stops_too, NULL, &ref), 0);
	drain(sys);
	child = newest_child;
	tell(child, DO_RAISE, 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	ck_assert(!akt_alive(sys, child));

	/* Nobody above: it stops. */
	ck_assert_int_eq(akt_spawn(sys, &escalating, NULL, &ref), 0);
	tell(ref, DO_RAISE, 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	stop_system(sys);
}
END_TEST

/* --- watches ------------------------------------------------------------------------------------ */

struct watcher {
	akt_ref other;
	uint64_t got;
};
struct look {
	akt_ref at;
	uint64_t times;
};
AKT_MESSAGE_DEFINE(look, "test.look", AKT_FIELD(1, look, at), AKT_FIELD(2, look, times));
struct unlook {
	akt_ref at;
};
AKT_MESSAGE_DEFINE(unlook, "test.unlook", AKT_FIELD(1, unlook, at));

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct watcher *self = state;
	const struct akt_down *down = akt_payload(msg, akt_down);

	ck_assert(akt_ref_equal(down->ref, self->other));
	ck_assert_uint_eq(akt_tag(ctx), 77);
	ck_assert(!akt_alive(akt_system_of(ctx), down->ref));
	ck_assert(akt_ref_is_null(akt_find(akt_system_of(ctx), "watched")));
	down_reason = down->reason;
	down_error = down->error;
	sum_at_down = self->got;
	downs++;
	return 0;
}

static int on_look(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct watcher *self = state;
	const struct look *look = akt_payload(msg, look);

	self->other = look->at;
	for (uint64_t i = 0; i < look->times; i++)
		ck_assert_int_eq(akt_watch(ctx, look->at, on_down, 77), 0);
	ck_assert_int_eq(akt_watch(ctx, akt_self(ctx), on_down, 0), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_watch(ctx, look->at, NULL, 0), AKT_ERR_INVALID);
	return 0;
}

static int on_unlook(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	sum += (uint64_t)akt_unwatch(ctx, akt_payload(msg, unlook)->at);
	return 0;
}

static int watcher_on_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct watcher *self = state;

	if (akt_payload(msg, act)->what == DO_RETURN)
		return akt_fail(ctx, AKT_ERR_REFUSED, "told to");
	self->got++;
	return 0;
}

static const akt_handler watcher_handlers[] = { AKT_ON(act, watcher_on_act), AKT_ON(look, on_look),
						AKT_ON(unlook, on_unlook), AKT_END };
static const akt_type watcher = {
	.name = "watcher",
	.state_size = sizeof(struct watcher),
	.handlers = watcher_handlers,
	.on_failure = AKT_DIRECTIVE_RESTART,
};

/* Sends arg messages to whom, then ends as told. */
struct farewell {
	akt_ref whom;
	uint64_t count;
	uint64_t fail;
};
AKT_MESSAGE_DEFINE(farewell, "test.farewell", AKT_FIELD(1, farewell, whom),
		   AKT_FIELD(2, farewell, count), AKT_FIELD(3, farewell, fail));

static int on_farewell(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct farewell *farewell = akt_payload(msg, farewell);

	(void)state;
	for (uint64_t i = 0; i < farewell->count; i++)
		ck_assert_int_eq(akt_send(ctx, farewell->whom, AKT_NEW(act, .what = DO_COUNT)), 0);
	if (farewell->fail)
		return akt_fail(ctx, AKT_ERR_IO, "farewell");
	return akt_stop(akt_system_of(ctx), akt_self(ctx));
}
static const akt_handler leaver_handlers[] = { AKT_ON(farewell, on_farewell), AKT_END };
static const akt_type leaver = { .name = "leaver", .handlers = leaver_handlers };

static akt_ref new_leaver(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn_named(sys, &leaver, "watched", NULL, &ref), 0);
	return ref;
}

START_TEST(a_watch_ends_with_one_down_behind_all_messages)
{
	akt_ref who, ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &watcher, NULL, &who), 0);
	for (uint64_t fail = 0; fail < 2; fail++) {
		uint64_t before = sum_at_down;

		downs = 0;
		ref = new_leaver();
		ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 3)), 0);
		drain(sys);
		ck_assert_uint_eq(downs, 0);
		ck_assert_int_eq(akt_post(sys, ref,
					  AKT_NEW(farewell, .whom = who, .count = 500,
						  .fail = fail)),
				 0);
		drain(sys);
		ck_assert_uint_eq(downs, 3);
		ck_assert_uint_eq(sum_at_down, before + 500);
		ck_assert_int_eq(down_reason, fail ? AKT_REASON_FAILED : AKT_REASON_STOPPED);
		ck_assert_int_eq(down_error, fail ? AKT_ERR_IO : 0);
	}
	/* One that has ended before. */
	downs = 0;
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 1)), 0);
	drain(sys);
	ck_assert_uint_eq(downs, 1);
	ck_assert_int_eq(down_reason, AKT_REASON_GONE);
	stop_system(sys);
}
END_TEST

START_TEST(a_watch_can_be_taken_back_and_ends_with_the_watcher)
{
	akt_ref who, ref;

	set_up(_i);
	ck_assert_int_eq(akt_spawn(sys, &watcher, NULL, &who), 0);
	ref = new_leaver();
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 5)), 0);
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(unlook, .at = ref)), 0);
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(unlook, .at = ref)), 0);
	drain(sys);
	ck_assert_uint_eq(sum, 5);
	/* A restart of the watcher forgets; one of the watched does not. */
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 2)), 0);
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(act, .what = DO_RETURN)), 0);
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 1)), 0);
	drain(sys);
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(downs, 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(downs, 1);
	/* A watcher that has ended is told nothing. */
	ref = new_leaver();
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW(look, .at = ref, .times = 4)), 0);
	drain(sys);
	ck_assert_int_eq(akt_stop(sys, who), 0);
	drain(sys);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	stop_system(sys);
	ck_assert_uint_eq(downs, 1);
}
END_TEST

/* Many watch many while all of them come and go. */
START_TEST(every_watch_has_one_down)
{
	enum { PAIRS = 200 };
	akt_ref who[PAIRS], ref[PAIRS];

	set_up(_i);
	for (int i = 0; i < PAIRS; i++) {
		ck_assert_int_eq(akt_spawn(sys, &watcher, NULL, &who[i]), 0);
		ck_assert_int_eq(akt_spawn(sys, &leaver, NULL, &ref[i]), 0);
	}
	for (int i = 0; i < PAIRS; i++) {
		if (i % 2 == 0)
			ck_assert_int_eq(akt_stop(sys, ref[i]), 0);
		ck_assert_int_eq(akt_post(sys, who[i], AKT_NEW(look, .at = ref[i], .times = 2)), 0);
		if (i % 2 != 0)
			ck_assert_int_eq(akt_stop(sys, ref[i]), 0);
	}
	drain(sys);
	ck_assert_uint_eq(downs, 2 * PAIRS);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, a_raise_is_a_failure_wherever_it_comes_from, 0, MODES);
	tcase_add_loop_test(all, hooks_may_raise, 0, MODES);
	tcase_add_loop_test(all, what_a_handler_owed_is_done_before_anybody_hears_of_its_failure, 0,
			    MODES);
	tcase_add_loop_test(all, a_stop_hook_that_raises_still_ends, 0, MODES);
	tcase_add_loop_test(all, what_is_owned_goes_back_newest_first, 0, MODES);
	tcase_add_loop_test(all, stop_ends_and_resume_goes_on, 0, MODES);
	tcase_add_loop_test(all, the_directive_may_depend_on_the_error, 0, MODES);
	tcase_add_test(all, restarts_are_counted_in_a_sliding_window);
	tcase_add_test(all, the_window_ends_after_its_last_nanosecond);
	tcase_add_loop_test(all, a_suspended_actor_keeps_everything_and_handles_nothing, 0, MODES);
	tcase_add_loop_test(all, an_escalation_fails_the_parent, 0, MODES);
	tcase_add_loop_test(all, a_watch_ends_with_one_down_behind_all_messages, 0, MODES);
	tcase_add_loop_test(all, a_watch_can_be_taken_back_and_ends_with_the_watcher, 0, MODES);
	tcase_add_loop_test(all, every_watch_has_one_down, 0, MODES);
	return run_case("failure", all, 120);
}
