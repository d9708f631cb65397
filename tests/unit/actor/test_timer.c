/* SPDX-License-Identifier: MIT */
/*
 * Proves: timers run once per due time and never early, not at all once cancelled, and end with
 * their incarnation; delayed messages arrive once or, cancelled, never; limits and misuse. With one
 * worker, with several, and seeded. Does not prove how late they are: that is the machine's affair.
 */
#include "fixture.h"
#include <sched.h>
#include <stdio.h>

static struct seen_dead dead;
static akt_system *sys;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	sys = start_system(mode_workers[mode], &dead);
}

/* --- a clerk runs one script per call and answers when it is over ------------------------------- */

struct clerk {
	akt_msg *request;
	akt_pending timers[4];
	int64_t begin_ns;
	uint64_t ticks;
	uint64_t got;
};

typedef int (*script_fn)(akt_ctx *ctx, struct clerk *self, uint64_t arg);
static script_fn script;
static _Atomic uint64_t ran;

struct said {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(said, "test.said", AKT_FIELD(1, said, value));

static int answer(akt_ctx *ctx, struct clerk *self, uint64_t value)
{
	akt_msg *request = self->request;
	int r;

	ck_assert_ptr_nonnull(request);
	self->request = NULL;
	r = akt_reply_to(ctx, request, AKT_NEW(said, .value = value));
	akt_msg_free(request);
	return r;
}

static int clerk_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;
	uint64_t arg = akt_payload(msg, number)->value;

	self->request = akt_msg_take(ctx);
	self->begin_ns = akt_now(ctx);
	return script(ctx, self, arg);
}
static int clerk_on_said(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;

	ck_assert(akt_ref_equal(akt_sender(ctx), akt_self(ctx)));
	self->got = self->got * 10 + akt_payload(msg, said)->value;
	return self->got == 123 ? answer(ctx, self, self->got) : 0;
}
static void clerk_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct clerk *self = state;

	(void)ctx, (void)reason;
	akt_msg_free(self->request);
}
static const akt_handler clerk_handlers[] = { AKT_ON(number, clerk_on_number),
					      AKT_ON(said, clerk_on_said), AKT_END };
static const akt_type clerk = {
	.name = "clerk",
	.state_size = sizeof(struct clerk),
	.handlers = clerk_handlers,
	.stop = clerk_stop,
};

/* What the script answers. */
static uint64_t ask_clerk(akt_ref ref, script_fn run, uint64_t arg)
{
	akt_msg *reply = NULL;
	uint64_t value;

	script = run;
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = arg), AKT_S(60), &reply), 0);
	value = akt_payload(reply, said)->value;
	akt_msg_free(reply);
	return value;
}

static akt_ref new_clerk(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &clerk, NULL, &ref), 0);
	return ref;
}

static int answer_waited(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return answer(ctx, state, 0);
}
static int wait_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	(void)self;
	return akt_timer_start(ctx, (int64_t)arg, 0, answer_waited, 0, NULL);
}
/* Let the system's time pass. */
static void let_pass(int64_t ns)
{
	(void)ask_clerk(new_clerk(), wait_script, (uint64_t)ns);
}

/* --- one-shot ----------------------------------------------------------------------------------- */

static int check_once(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;
	const struct akt_tick *tick = akt_payload(msg, akt_tick);
	akt_ref none = { 0, 0, 0 };
	akt_msg *taken;

	ck_assert_ptr_nonnull(tick);
	ck_assert_uint_eq(akt_tag(ctx), 77);
	ck_assert_int_ge(tick->due_ns, self->begin_ns + AKT_MS(20));
	ck_assert_int_ge(akt_now(ctx), tick->due_ns);
	ck_assert_uint_eq(tick->count, 1);
	ck_assert_uint_eq(tick->missed, 0);
	ck_assert(akt_ref_equal(akt_sender(ctx), none));
	ck_assert_int_eq(akt_cancel(ctx, self->timers[0]), AKT_ERR_NOTFOUND);
	taken = akt_msg_take(ctx); /* a copy: the timer's own is gone when this returns */
	ck_assert_uint_eq(akt_payload(taken, akt_tick)->count, 1);
	akt_msg_free(taken);
	ck_assert_ptr_null(akt_msg_take(ctx));
	return answer(ctx, self, 1);
}
static int once_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	(void)arg;
	return akt_timer_start(ctx, AKT_MS(20), 0, check_once, 77, &self->timers[0]);
}

START_TEST(a_timer_runs_once_and_never_early)
{
	akt_ref ref;

	set_up(_i);
	ref = new_clerk();
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(ask_clerk(ref, once_script, 0), 1);
	stop_system(sys);
}
END_TEST

/* --- intervals ---------------------------------------------------------------------------------- */

static int check_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;
	const struct akt_tick *tick = akt_payload(msg, akt_tick);
	int64_t interval_ns = (int64_t)akt_tag(ctx);

	if (self->ticks == 0) {
		ck_assert_uint_eq(tick->count, 1);
		ck_assert_int_ge(tick->due_ns, self->begin_ns + AKT_MS(1));
		self->begin_ns = tick->due_ns;
	}
	ck_assert_int_eq(tick->due_ns, self->begin_ns + (int64_t)(tick->count - 1) * interval_ns);
	ck_assert_int_ge(akt_now(ctx), tick->due_ns + (int64_t)tick->missed * interval_ns);
	ck_assert_uint_gt(tick->count, self->got);
	self->got = tick->count + tick->missed;
	if (++self->ticks < 10)
		return 0;
	/* From inside its own tick, and not twice. */
	ck_assert_int_eq(akt_cancel(ctx, self->timers[0]), 0);
	ck_assert_int_eq(akt_cancel(ctx, self->timers[0]), AKT_ERR_NOTFOUND);
	return answer(ctx, self, self->got);
}
static int interval_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	self->ticks = self->got = 0;
	return akt_timer_start(ctx, AKT_MS(1), (int64_t)arg, check_tick, arg, &self->timers[0]);
}

START_TEST(an_interval_keeps_its_grid)
{
	akt_ref ref;

	set_up(_i);
	ref = new_clerk();
	ck_assert_uint_ge(ask_clerk(ref, interval_script, (uint64_t)AKT_MS(5)), 10);
	let_pass(AKT_MS(20));
	stop_system(sys);
}
END_TEST

START_TEST(an_interval_that_falls_behind_counts_and_does_not_flood)
{
	akt_stats stats = { .size = sizeof(stats) };
	akt_ref ref;

	/* A thousand due times in each tick of the wheel: ten ticks are of ten of those, and at
	 * least eight lie between the first and the last. */
	set_up(_i);
	ref = new_clerk();
	ck_assert_uint_ge(ask_clerk(ref, interval_script, (uint64_t)AKT_US(1)), 8000);
	drain(sys);
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.accepted, 1 + 10 + 1); /* question, ticks, answer */
	stop_system(sys);
}
END_TEST

/* --- cancelling --------------------------------------------------------------------------------- */

/* Two timers of one tick: they are queued together, and each cancels the other. */
static int cancel_other(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;

	(void)msg;
	self->ticks++;
	if (akt_cancel(ctx, self->timers[1 - akt_tag(ctx)]) == 0)
		self->got++;
	return 0;
}
static int answer_sum(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;

	(void)msg;
	return answer(ctx, self, self->ticks * 10 + self->got);
}
static int duel_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	self->ticks = self->got = 0;
	for (uint64_t i = 0; i < 2; i++)
		ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(2), (int64_t)arg, cancel_other, i,
						 &self->timers[i]),
				 0);
	return akt_timer_start(ctx, AKT_MS(15), 0, answer_sum, 0, NULL);
}

START_TEST(a_cancelled_timer_never_runs_even_if_queued)
{
	akt_ref ref;

	set_up(_i);
	ref = new_clerk();
	for (int i = 0; i < 20; i++)
		ck_assert_uint_eq(ask_clerk(ref, duel_script, 0), 11);
	stop_system(sys);
}
END_TEST

static int handles_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	akt_pending none = { 0, 0 };
	akt_pending other = { 0, 0 };
	akt_ref self_ref = akt_self(ctx);

	(void)arg;
	ck_assert_int_eq(akt_cancel(ctx, none), AKT_ERR_NOTFOUND);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_S(3600), 0, answer_sum, 0, &self->timers[0]), 0);
	other = self->timers[0];
	other.id++;
	ck_assert_int_eq(akt_cancel(ctx, other), AKT_ERR_NOTFOUND);
	other = self->timers[0];
	other.id += UINT64_C(1) << 32; /* as if four billion had been begun since */
	ck_assert_int_eq(akt_cancel(ctx, other), AKT_ERR_NOTFOUND);
	other = self->timers[0];
	other.actor ^= 1; /* of another actor */
	ck_assert_int_eq(akt_cancel(ctx, other), AKT_ERR_NOTFOUND);
	ck_assert_int_eq(akt_cancel(ctx, self->timers[0]), 0);
	ck_assert_int_eq(akt_cancel(ctx, self->timers[0]), AKT_ERR_NOTFOUND);
	/* Misuse is named, changes nothing, and frees the message. */
	other = none;
	ck_assert_int_eq(akt_timer_start(ctx, -1, 0, answer_sum, 0, &other), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_timer_start(ctx, 0, -1, answer_sum, 0, &other), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_timer_start(ctx, 0, 0, NULL, 0, &other), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_send_after(ctx, self_ref, NULL, 0, &other), AKT_ERR_NOMEM);
	ck_assert_int_eq(akt_send_after(ctx, self_ref, AKT_NEW(said, .value = 1), -1, &other),
			 AKT_ERR_INVALID);
	ck_assert_uint_eq(other.id, 0);
	/* The end of time is never reached, nor is its arithmetic. */
	ck_assert_int_eq(akt_timer_start(ctx, AKT_FOREVER, 0, answer_sum, 0, NULL), 0);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_FOREVER - 1, 0, answer_sum, 0, NULL), 0);
	ck_assert_int_eq(akt_timer_start(ctx, 0, AKT_FOREVER, answer_sum, 0, NULL), 0);
	return 0;
}

START_TEST(handles_do_not_dangle_and_misuse_is_named)
{
	set_up(_i);
	ck_assert_uint_eq(ask_clerk(new_clerk(), handles_script, 0), 0);
	stop_system(sys);
}
END_TEST

/* --- delayed messages --------------------------------------------------------------------------- */

static int said_after(akt_ctx *ctx, struct clerk *self, uint64_t value, int64_t delay_ns,
		      akt_pending *ret_pending)
{
	(void)self;
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW(said, .value = value), delay_ns,
			      ret_pending);
}
static int later_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	(void)arg;
	self->got = 0;
	ck_assert_int_eq(said_after(ctx, self, 3, AKT_MS(30), NULL), 0);
	ck_assert_int_eq(said_after(ctx, self, 9, AKT_MS(20), &self->timers[0]), 0);
	ck_assert_int_eq(said_after(ctx, self, 2, AKT_MS(10), NULL), 0);
	ck_assert_int_eq(said_after(ctx, self, 1, 0, NULL), 0);
	return akt_cancel(ctx, self->timers[0]);
}

START_TEST(messages_to_oneself_come_in_the_order_of_their_times)
{
	akt_stats stats = { .size = sizeof(stats) };
	akt_ref ref;

	set_up(_i);
	ref = new_clerk();
	ck_assert_uint_eq(ask_clerk(ref, later_script, 0), 123);
	drain(sys);
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.accepted, 1 + 3 + 1); /* the cancelled one was never sent */
	stop_system(sys);
}
END_TEST

static akt_ref gone;

static int others_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	akt_ref strange = { 1, 1, 12345 };

	(void)arg;
	self->ticks = self->got = 0;
	ck_assert_int_eq(akt_send_after(ctx, gone, AKT_NEW(said, .value = 1), 0, NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, strange, AKT_NEW(said, .value = 1), 0, NULL), 0);
	/* Its own type has no row for this one. */
	ck_assert_int_eq(akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke), 0, NULL), 0);
	return akt_timer_start(ctx, AKT_MS(15), 0, answer_sum, 0, NULL);
}

START_TEST(a_delayed_message_to_nobody_is_a_dead_letter)
{
	set_up(_i);
	gone = new_clerk();
	ck_assert_int_eq(akt_stop(sys, gone), 0);
	drain(sys);
	ck_assert_uint_eq(ask_clerk(new_clerk(), others_script, 0), 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 2);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 1);
	stop_system(sys);
}
END_TEST

/* --- the end and the restart -------------------------------------------------------------------- */

static int count_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	ran++;
	return 0;
}
static int metronome_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(4), AKT_MS(4), count_tick, 0, NULL), 0);
	/* Of what a restart or an end finds: something far, something near, a message. */
	ck_assert_int_eq(akt_timer_start(ctx, AKT_S(3600), 0, count_tick, 0, NULL), 0);
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW(said, .value = 1), AKT_S(3600), NULL);
}
static const akt_type metronome = { .name = "metronome", .start = metronome_start };

START_TEST(timers_end_with_their_incarnation)
{
	akt_ref ref;
	uint64_t before;

	set_up(_i);
	ran = 0;
	ck_assert_int_eq(akt_spawn(sys, &metronome, NULL, &ref), 0);
	for (int i = 0; i < 10; i++) {
		let_pass(AKT_MS(6));
		ck_assert_int_eq(akt_restart(sys, ref), 0);
	}
	drain(sys);
	/* Had the old ones gone on, these would be eleven. The clock of threads may be late, and
	 * never early: at most 10 periods in 40 ms; the virtual one has no excuse. */
	before = ran;
	let_pass(AKT_MS(40));
	if (mode_workers[_i] == 0) {
		ck_assert_uint_ge(ran - before, 8);
		ck_assert_uint_le(ran - before, 11);
	}
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	before = ran;
	let_pass(AKT_MS(20));
	ck_assert_uint_eq(ran, before);
	stop_system(sys);
}
END_TEST

static int fail_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	if (ran++ % 2 == 0)
		akt_raise(ctx, AKT_ERR_REFUSED, "from %s", "below");
	return akt_fail(ctx, AKT_ERR_REFUSED, "on purpose");
}
static int failing_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_timer_start(ctx, AKT_MS(1), AKT_MS(1), fail_tick, 0, NULL);
}
static const akt_type failing = {
	.name = "failing",
	.start = failing_start,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = 3,
};

START_TEST(a_tick_may_fail)
{
	akt_ref ref;

	set_up(_i);
	ran = 0;
	ck_assert_int_eq(akt_spawn(sys, &failing, NULL, &ref), 0);
	while (akt_alive(sys, ref))
		let_pass(AKT_MS(5));
	ck_assert_uint_eq(ran, 4);
	stop_system(sys);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------------- */

static int limit_script(akt_ctx *ctx, struct clerk *self, uint64_t arg)
{
	akt_pending first;
	akt_pending last;

	(void)arg;
	ck_assert_int_eq(akt_timer_start(ctx, AKT_S(60), 0, count_tick, 0, &first), 0);
	for (uint64_t i = 1; i < AKT_TIMERS_MAX; i++)
		ck_assert_int_eq(akt_timer_start(ctx, AKT_S(60), 0, count_tick, 0, &last), 0);
	ck_assert_int_eq(akt_timer_start(ctx, 0, 0, count_tick, 0, &last), AKT_ERR_LIMIT);
	ck_assert_int_eq(said_after(ctx, self, 1, 0, &last), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_cancel(ctx, first), 0);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_S(60), 0, count_tick, 0, NULL), 0);
	ck_assert_int_eq(akt_timer_start(ctx, 0, 0, count_tick, 0, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_cancel(ctx, last), 0);
	return akt_timer_start(ctx, 0, 0, answer_sum, 0, NULL);
}

START_TEST(so_many_timers_and_no_more)
{
	akt_ref ref;

	one_seed();
	set_up(_i);
	ran = 0;
	ref = new_clerk();
	ck_assert_uint_eq(ask_clerk(ref, limit_script, 0), 0);
	/* The one that has run makes room too. */
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	ck_assert_uint_eq(ask_clerk(ref, limit_script, 0), 0);
	ck_assert_uint_eq(ran, 0);
	stop_system(sys);
}
END_TEST

/* --- a time-out that lands nowhere -------------------------------------------------------------- */

static _Atomic int busy; /* 1: the child is in its handler; 2: it may return */

static int child_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	busy = 1;
	while (busy != 2)
		sched_yield();
	return 0;
}
static const akt_handler child_handlers[] = { AKT_ON(poke, child_on_poke), AKT_END };
static const akt_type child = { .name = "child", .handlers = child_handlers };
static akt_ref child_ref;

static int parent_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_spawn_child(ctx, &child, NULL, NULL, &child_ref);
}
static int parent_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	ck_assert_int_eq(akt_ask(ctx, child_ref, AKT_NEW_SIGNAL(poke), AKT_MS(10), count_tick, 0),
			 0);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(10), AKT_MS(10), count_tick, 0, NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke), AKT_MS(10), NULL),
			 0);
	return akt_stop(akt_system_of(ctx), akt_self(ctx));
}
static const akt_handler parent_handlers[] = { AKT_ON(poke, parent_on_poke), AKT_END };
static const akt_type parent = {
	.name = "parent",
	.start = parent_start,
	.handlers = parent_handlers,
};

START_TEST(what_falls_due_while_stopping_lands_nowhere)
{
	akt_stats stats = { .size = sizeof(stats) };
	akt_ref ref;

	set_up(1); /* two workers: the child keeps one, the parent's clock is the other's */
	ran = 0;
	busy = 0;
	ck_assert_int_eq(akt_spawn(sys, &parent, NULL, &ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, child_ref, AKT_NEW_SIGNAL(poke)), 0);
	while (busy != 1)
		sched_yield();
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	do {
		ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
		sched_yield();
	} while (stats.dead[AKT_DEAD_GONE] < 3);
	ck_assert(akt_alive(sys, ref));
	busy = 2;
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	ck_assert_uint_eq(ran, 0);
	stop_system(sys);
}
END_TEST

/* --- a random life ------------------------------------------------------------------------------ */

#define SLOTS 8u
#define GAMBLERS 3u

/* Outside the actor, because a restart must not make it forget. */
struct game {
	akt_pending timers[SLOTS];
	uint64_t gen[SLOTS]; /* what may run now: anything older was cancelled or is of the past */
	bool repeats[SLOTS];
	bool live[SLOTS];
};
static struct game games[GAMBLERS];

static int gamble_due(akt_ctx *ctx, void *state, akt_msg *msg);

static void gamble(akt_ctx *ctx, struct game *game)
{
	uint64_t slot = akt_random(ctx) % SLOTS;

	if (game->live[slot]) {
		ck_assert_int_eq(akt_cancel(ctx, game->timers[slot]), 0);
		game->live[slot] = false;
		game->gen[slot]++;
		return;
	}
	ck_assert_int_eq(akt_cancel(ctx, game->timers[slot]), AKT_ERR_NOTFOUND);
	game->live[slot] = true;
	game->repeats[slot] = akt_random(ctx) % 2 == 0;
	ck_assert_int_eq(akt_timer_start(ctx, (int64_t)(akt_random(ctx) % AKT_MS(4)),
					 game->repeats[slot] ? AKT_US(500) : 0, gamble_due,
					 (uint64_t)(game - games) | slot << 8 |
						 game->gen[slot] << 16,
					 &game->timers[slot]),
			 0);
}

static int gamble_due(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t tag = akt_tag(ctx);
	struct game *game = &games[tag & 255];
	uint64_t slot = tag >> 8 & 255;

	(void)state;
	ck_assert(game->live[slot]);
	ck_assert_uint_eq(tag >> 16, game->gen[slot]);
	ck_assert_int_ge(akt_now(ctx), akt_payload(msg, akt_tick)->due_ns);
	if (!game->repeats[slot]) {
		game->live[slot] = false;
		game->gen[slot]++;
	}
	gamble(ctx, game);
	if (akt_random(ctx) % 16 == 0)
		akt_raise(ctx, AKT_ERR_REFUSED, "worse %s", "luck");
	return akt_random(ctx) % 16 == 0 ? akt_fail(ctx, AKT_ERR_REFUSED, "bad luck") : 0;
}

static int gambler_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct game *game = &games[akt_payload(msg, number)->value];

	(void)state;
	for (int i = 0; i < 3; i++)
		gamble(ctx, game);
	return 0;
}
static int gambler_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct game *game = &games[(uintptr_t)arg];

	(void)state;
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		ck_assert_int_eq(akt_cancel(ctx, game->timers[slot]), AKT_ERR_NOTFOUND);
		game->live[slot] = false;
		game->gen[slot]++;
	}
	gamble(ctx, game);
	return 0;
}
static const akt_handler gambler_handlers[] = { AKT_ON(number, gambler_on_number), AKT_END };
static const akt_type gambler = {
	.name = "gambler",
	.handlers = gambler_handlers,
	.start = gambler_start,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_MAX,
};

#ifdef AKTI_INTERLEAVE
#define MANY 200 /* interleavings of virtual threads */
#else
#define MANY 30
#endif

static void live_randomly(unsigned workers, uint64_t seed)
{
	akt_ref refs[GAMBLERS];

	memset(games, 0, sizeof(games));
	sys = start_system(workers, NULL);
	for (uintptr_t i = 0; i < GAMBLERS; i++)
		ck_assert_int_eq(akt_spawn(sys, &gambler, (const void *)i, &refs[i]), 0);
	for (uint64_t round = 0; round < 6; round++) {
		for (uint64_t i = 0; i < GAMBLERS; i++)
			(void)akt_post(sys, refs[i], AKT_NEW(number, .value = i));
		let_pass(AKT_MS(1));
	}
	/* While timers tick no moment stays quiet: the sums are looked at when nobody has any, or
	 * the system ends under them. */
	for (unsigned i = 0; i < GAMBLERS && seed % 2 == 0; i++)
		ck_assert_int_eq(akt_stop(sys, refs[i]), 0);
	if (seed % 2 == 0)
		stop_system(sys);
	else
		ck_assert_int_eq(akt_system_stop(sys), 0);
}

static void live_seeded(uint64_t seed)
{
	live_randomly(0, seed);
}
static void live_on_threads(uint64_t seed)
{
	live_randomly(seed % 3 + 1, seed);
}

START_TEST(a_random_life_seeded)
{
	for_seeded(live_seeded);
}
END_TEST

START_TEST(a_random_life_on_threads)
{
	for_seeds(MANY, MANY, live_on_threads);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

#ifndef AKTI_INTERLEAVE
	tcase_add_loop_test(all, a_timer_runs_once_and_never_early, 0, MODES);
	tcase_add_loop_test(all, an_interval_keeps_its_grid, 0, MODES);
	tcase_add_loop_test(all, an_interval_that_falls_behind_counts_and_does_not_flood, 0, MODES);
	tcase_add_loop_test(all, a_cancelled_timer_never_runs_even_if_queued, 0, MODES);
	tcase_add_loop_test(all, handles_do_not_dangle_and_misuse_is_named, 0, MODES);
	tcase_add_loop_test(all, messages_to_oneself_come_in_the_order_of_their_times, 0, MODES);
	tcase_add_loop_test(all, a_delayed_message_to_nobody_is_a_dead_letter, 0, MODES);
	tcase_add_loop_test(all, timers_end_with_their_incarnation, 0, MODES);
	tcase_add_loop_test(all, a_tick_may_fail, 0, MODES);
	tcase_add_loop_test(all, so_many_timers_and_no_more, 0, MODES);
	tcase_add_test(all, what_falls_due_while_stopping_lands_nowhere);
	tcase_add_test(all, a_random_life_seeded);
#endif
	tcase_add_test(all, a_random_life_on_threads);
	return run_case("timer", all, 120);
}
