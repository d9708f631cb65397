/* SPDX-License-Identifier: MIT */
/*
 * Torture by want of memory: each scenario runs again and again, and the first, the second, ... of its
 * allocations fails, once or with all that follow, until a run meets none. Proves: nothing crashes,
 * hangs or leaks (the sanitizers' builds look); each call gives what it was asked for or says NOMEM; what
 * was promised by a 0 happens once, a continuation, a tick, a DOWN; every message is counted; the
 * system stops in order while memory is still out.
 *
 * AKT_TEST_NOMEM=scenario:index:workers:on replays one run.
 */
#include "failpoints.h"
#include "fixture.h"
#include "promises.h"
#include <akt/block.h>
#include <akt/event.h>
#include <akt/fd.h>
#include <akt/object.h>
#include <akt/timer.h>
#include <akt/wire.h>
#include <stdio.h>
#include <unistd.h>

AKT_SIGNAL_DEFINE(blob, "test.blob");
AKT_SIGNAL_DEFINE(query, "test.query");

/* --- actors ------------------------------------------------------------------------------------------ */

struct player {
	akt_ref friend;
	akt_msg *taken;
};

typedef void (*scene_fn)(akt_ctx *ctx, struct player *self);

/* What a player does at its first message: one scene, on its own turn. */
struct act {
	scene_fn scene;
	akt_ref friend;
};
AKT_MESSAGE_DEFINE(act, "test.act", AKT_FIELD(1, act, friend));

static int on_act(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct player *self = state;
	struct act act = *akt_payload(msg, act);

	self->friend = act.friend;
	act.scene(ctx, self);
	return 0;
}

static int on_query(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)fine(akt_reply(ctx, AKT_NEW(number, .value = 1)));
	return 0;
}

static int on_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int on_poke_fails(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_fail(ctx, AKT_ERR_FAILED, "%s", "as told");
}

static int on_number_refuses(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply_error(ctx, AKT_ERR_REFUSED, "%s",
			       "no, and in more words than fit into the block of the question");
}

static void player_ends(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct player *self = state;

	(void)ctx, (void)reason;
	akt_msg_free(self->taken);
}

static const akt_handler player_handlers[] = {
	AKT_ON(act, on_act),         AKT_ON(query, on_query),
	AKT_ON(poke, on_poke_fails), AKT_ON(number, on_number_refuses),
	AKT_ON(blob, on_nothing),    AKT_END
};
static const akt_type player = {
	.name = "player",
	.state_size = sizeof(struct player),
	.handlers = player_handlers,
	.stop = player_ends,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = 3,
};

/* All from born(): what they have put aside ends with them. */
static akt_ref all[100];
static _Atomic unsigned all_count;

static akt_ref born(akt_system *sys, const akt_type *type)
{
	akt_ref ref = { 0, 0, 0 };

	if (fine(akt_spawn(sys, type, NULL, &ref)))
		all[all_count++] = ref;
	return ref;
}

static void stop_all(akt_system *sys)
{
	for (unsigned i = 0; i < all_count; i++) {
		int r = akt_stop(sys, all[i]);

		CHECK(r == 0 || r == AKT_ERR_GONE);
	}
	all_count = 0;
}

static bool is_born(akt_ref ref)
{
	return ref.gen != 0;
}

/* Have one player play a scene, with another that answers. */
static void play(akt_system *sys, scene_fn scene)
{
	akt_ref one = born(sys, &player);
	akt_ref two = born(sys, &player);

	if (is_born(one) && is_born(two))
		(void)fine(akt_post(sys, one, AKT_NEW(act, .scene = scene, .friend = two)));
}

/* --- scenarios --------------------------------------------------------------------------------------- */

static void births_scene(akt_ctx *ctx, struct player *self)
{
	akt_ref ref;
	char name[40];

	(void)self;
	for (int i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "child %d", i);
		(void)fine(akt_spawn_child(ctx, &player, i % 2 ? name : NULL, NULL, &ref));
	}
}

static void births(akt_system *sys)
{
	akt_ref ref;
	char name[40];

	play(sys, births_scene);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "somebody %d", i);
		if (!fine(akt_spawn_named(sys, &player, name, NULL, &ref)))
			continue;
		CHECK(akt_ref_equal(akt_find(sys, name), ref));
		if (i % 2)
			CHECK(akt_stop(sys, ref) == 0);
	}
	if (fine(akt_spawn_fn(sys, "a function", on_nothing, NULL, &ref)))
		(void)fine(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)));
}

static _Atomic int64_t objects;

static void drop_object(const void *arg, void *object)
{
	(void)arg, (void)object;
	objects--;
}
static const akt_codec codec = { .drop = drop_object };
AKT_OBJECT_DEFINE(thing, "test.thing", codec);
static char one_thing;

static akt_msg *thing(void)
{
	objects++;
	return akt_msg_new_object(&akt_message_thing, &one_thing);
}

static void sends_scene(akt_ctx *ctx, struct player *self)
{
	akt_msg *batch[5];

	(void)fine(akt_send(ctx, self->friend, AKT_NEW_SIGNAL(blob)));
	(void)fine(akt_send(ctx, self->friend, akt_msg_new_bytes(&akt_message_blob, 50000)));
	for (int i = 0; i < 5; i++)
		batch[i] = i == 3 ? thing() : AKT_NEW_SIGNAL(blob);
	(void)fine(akt_send_batch(ctx, self->friend, batch, 5));
	(void)fine(akt_send(ctx, self->friend, thing()));
	self->taken = akt_msg_take(ctx);
}

static int pass_on(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)msg;
	(void)fine(akt_forward(ctx, *(akt_ref *)arg));
	return 0;
}

static int not_for_me(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)arg, (void)msg;
	(void)fine(akt_unhandled(ctx));
	return 0;
}

static void sends(akt_system *sys)
{
	static akt_ref last;
	akt_msg *batch[3];
	akt_ref first;

	objects = 0;
	play(sys, sends_scene);
	if (!fine(akt_spawn_fn(sys, NULL, not_for_me, NULL, &last)) ||
	    !fine(akt_spawn_fn(sys, NULL, pass_on, &last, &first)))
		return;
	for (int i = 0; i < 3; i++)
		batch[i] = thing();
	(void)fine(akt_post_batch(sys, first, batch, 3));
	(void)fine(akt_post(sys, first, AKT_NEW(number, .value = 2)));
}

static void asks_scene(akt_ctx *ctx, struct player *self)
{
	for (int i = 0; i < 10; i++) {
		(void)promises(
			akt_ask(ctx, self->friend, AKT_NEW_SIGNAL(query), AKT_MS(20), on_kept, 7));
		(void)promises(akt_ask(ctx, self->friend, AKT_NEW(number, .value = 1), AKT_MS(20),
				       on_kept, 0));
	}
	/* Nobody answers this one. */
	(void)promises(akt_ask(ctx, self->friend, AKT_NEW_SIGNAL(blob), AKT_MS(2), on_kept, 0));
	(void)promises(
		akt_ask(ctx, (akt_ref){ 0, 0, 0 }, AKT_NEW_SIGNAL(blob), AKT_MS(2), on_kept, 0));
	promised -= akt_ask_cancel(ctx, 7);
}

static void exclusive_scene(akt_ctx *ctx, struct player *self)
{
	for (int i = 0; i < 3; i++)
		(void)promises(akt_ask_exclusive(ctx, self->friend, AKT_NEW_SIGNAL(query),
						 AKT_MS(20), on_kept, 0));
	for (int i = 0; i < 3; i++)
		(void)fine(akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(blob)));
	(void)promises(
		akt_ask_exclusive(ctx, self->friend, AKT_NEW_SIGNAL(blob), AKT_MS(2), on_kept, 0));
}

static void asks(akt_system *sys)
{
	akt_ref ref;
	akt_msg *reply = NULL;
	int r;

	play(sys, asks_scene);
	play(sys, exclusive_scene);
	ref = born(sys, &player);
	if (!is_born(ref))
		return;
	/* An answer, and a refusal, that finds no memory is a time-out. */
	r = akt_call(sys, ref, AKT_NEW_SIGNAL(query), AKT_MS(50), &reply);
	if (r != AKT_ERR_TIMEOUT && fine(r))
		akt_msg_free(reply);
	r = akt_call(sys, ref, AKT_NEW(number, .value = 1), AKT_MS(2), &reply);
	CHECK(r == AKT_ERR_REFUSED || r == AKT_ERR_TIMEOUT || r == AKT_ERR_NOMEM);
}

static int on_number_stashes(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)fine(akt_stash(ctx));
	return 0;
}

static int on_blob_unstashes(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akt_unstash(ctx, AKT_ALL);
	CHECK(akt_unbecome(ctx) == 0);
	return 0;
}
static const akt_handler later[] = { AKT_ON(number, on_number_stashes),
				     AKT_ON(blob, on_blob_unstashes), AKT_ON(poke, on_poke_fails),
				     AKT_END };

static void stash_scene(akt_ctx *ctx, struct player *self)
{
	akt_ref me = akt_self(ctx);

	(void)self;
	if (!fine(akt_become(ctx, later)))
		return;
	for (int i = 0; i < 4; i++)
		(void)fine(akt_send(ctx, me, AKT_NEW(number, .value = 1)));
	(void)fine(akt_send(ctx, me, AKT_NEW_SIGNAL(blob)));
	(void)fine(akt_send(ctx, me, AKT_NEW_SIGNAL(poke)));
	for (int i = 0; i < 4; i++)
		(void)fine(akt_send(ctx, me, AKT_NEW(number, .value = 1)));
}

static void stashes(akt_system *sys)
{
	play(sys, stash_scene);
	play(sys, stash_scene);
}

/* Families: children fail, in each strategy. */
static int member_starts(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(blob)) == AKT_ERR_GONE ? AKT_ERR_FAILED
										  : 0;
}
static const akt_type member = {
	.name = "member",
	.state_size = 300,
	.handlers = player_handlers,
	.start = member_starts,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.backoff_ns = AKT_MS(1),
};
static const akt_type grumbler = {
	.name = "grumbler",
	.state_size = 300,
	.handlers = player_handlers,
	.on_failure = AKT_DIRECTIVE_ESCALATE,
};

static int family_starts(akt_ctx *ctx, void *state, const void *arg)
{
	akt_ref children[4];

	(void)state, (void)arg;
	for (int i = 0; i < 4; i++) {
		if (!fine(akt_spawn_child(ctx, i == 3 ? &grumbler : &member, NULL, NULL,
					  &children[i])))
			return AKT_ERR_NOMEM;
		(void)fine(akt_send(ctx, children[i], AKT_NEW_SIGNAL(poke)));
	}
	return 0;
}
#define FAMILY(how)                                                                                \
	{                                                                                          \
		.name = "family", .state_size = 500, .handlers = player_handlers,                  \
		.start = family_starts, .on_failure = AKT_DIRECTIVE_RESTART, .restarts_max = 1,    \
		.strategy = how, .children_restarts_max = 5                                        \
	}
static const akt_type families[] = { FAMILY(AKT_ONE_FOR_ONE), FAMILY(AKT_ONE_FOR_ALL),
				     FAMILY(AKT_REST_FOR_ONE) };

static void groups(akt_system *sys)
{
	for (int i = 0; i < 3; i++) {
		akt_ref ref = born(sys, &families[i]);

		if (is_born(ref))
			(void)akt_restart(sys, ref);
	}
}

static void watch_scene(akt_ctx *ctx, struct player *self)
{
	akt_ref mortal = born(akt_system_of(ctx), &player);

	if (is_born(mortal)) {
		for (int i = 0; i < 3; i++)
			(void)promises(akt_watch(ctx, mortal, on_kept, 0));
		(void)akt_stop(akt_system_of(ctx), mortal);
	}
	(void)promises(akt_watch(ctx, (akt_ref){ 0, 0, 0 }, on_kept, 0));
	if (fine(akt_watch(ctx, self->friend, on_nothing, 0)))
		CHECK(akt_unwatch(ctx, self->friend) == 1);
}

static void watches(akt_system *sys)
{
	play(sys, watch_scene);
	play(sys, watch_scene);
}

static void timers_scene(akt_ctx *ctx, struct player *self)
{
	akt_pending pending;

	for (int i = 0; i < 20; i++)
		(void)promises(akt_timer_start(ctx, AKT_MS(i % 3), 0, on_kept, 0, NULL));
	(void)fine(akt_send_after(ctx, self->friend, AKT_NEW_SIGNAL(blob), AKT_MS(1), NULL));
	(void)fine(akt_send_after(ctx, akt_self(ctx), thing(), AKT_MS(1), NULL));
	if (fine(akt_send_after(ctx, self->friend, thing(), AKT_S(1), &pending)))
		CHECK(akt_cancel(ctx, pending) == 0);
	if (fine(akt_timer_start(ctx, AKT_S(1), AKT_S(1), on_kept, 0, &pending)))
		CHECK(akt_cancel(ctx, pending) == 0);
}

static void timers(akt_system *sys)
{
	objects = 0;
	play(sys, timers_scene);
}

static int64_t by_value(const akt_msg *msg)
{
	return akt_msg_type_of(msg) == &akt_message_number
		       ? (int64_t)akt_payload(msg, number)->value
		       : 0;
}

#define BOX(...)                                                                                   \
	{                                                                                          \
		.name = "box", .state_size = sizeof(struct player), .handlers = player_handlers,   \
		.stop = player_ends, .on_failure = AKT_DIRECTIVE_RESTART, __VA_ARGS__              \
	}
static const akt_type boxes[] = {
	BOX(.mailbox = AKT_MAILBOX_PRIORITY, .priority = by_value),
	BOX(.mailbox = AKT_MAILBOX_FAIR),
	BOX(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 8,
	    .overflow = AKT_OVERFLOW_DROP_OLDEST),
	BOX(.mailbox_messages_max = 8, .overflow = AKT_OVERFLOW_DROP_NEWEST),
	BOX(.mailbox = AKT_MAILBOX_PRIORITY, .priority = by_value, .mailbox_messages_max = 8,
	    .overflow = AKT_OVERFLOW_DROP_NEWEST),
	BOX(.mailbox_bytes_max = 1024, .overflow = AKT_OVERFLOW_DROP_OLDEST),
};
#define BOXES ((int)(sizeof(boxes) / sizeof(boxes[0])))

static void box_scene(akt_ctx *ctx, struct player *self)
{
	akt_msg *batch[12];

	for (uint64_t i = 0; i < 12; i++)
		batch[i] = AKT_NEW(number, .value = i * 7 % 12);
	(void)fine(akt_send_batch(ctx, self->friend, batch, 12));
	(void)promises(akt_ask(ctx, self->friend, AKT_NEW_SIGNAL(query), AKT_MS(20), on_kept, 0));
}

static void mailboxes(akt_system *sys)
{
	for (int i = 0; i < BOXES; i++) {
		akt_ref box = born(sys, &boxes[i]);
		akt_ref one = born(sys, &player);

		if (!is_born(box))
			continue;
		if (is_born(one))
			(void)fine(akt_post(sys, one,
					    AKT_NEW(act, .scene = box_scene, .friend = box)));
		for (uint64_t n = 0; n < 12; n++)
			(void)fine(akt_post(sys, box, AKT_NEW(number, .value = n)));
		(void)fine(akt_post(sys, box, AKT_NEW(act, .scene = stash_scene, .friend = one)));
		(void)fine(akt_post(sys, box, AKT_NEW_SIGNAL(poke)));
	}
}

static int on_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	CHECK(akt_msg_type_of(msg) == &akt_message_akt_event);
	return 0;
}
static const akt_handler listener_handlers[] = { AKT_ON(akt_event, on_event), AKT_END };

static int listener_starts(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return fine(akt_events_subscribe(ctx, AKT_EVENT_ALL, NULL, 4)) ? 0 : AKT_ERR_NOMEM;
}
static const akt_type listener = { .name = "listener",
				   .handlers = listener_handlers,
				   .start = listener_starts,
				   .on_failure = AKT_DIRECTIVE_RESTART };

static void events(akt_system *sys)
{
	akt_ref ref = born(sys, &listener);

	(void)born(sys, &listener);
	(void)akt_system_drain(sys, AKT_S(30));
	births(sys);
	groups(sys);
	if (is_born(ref))
		(void)fine(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)));
}

static int work_hard(void *arg, akt_msg **ret_result)
{
	free(arg);
	*ret_result = AKT_NEW(number, .value = 3);
	return *ret_result != NULL ? 0 : akt_msg_null_error();
}
static const akt_work work = { .name = "work", .run = work_hard, .discard = free };

static void blocking_scene(akt_ctx *ctx, struct player *self)
{
	for (int i = 0; i < 4; i++)
		(void)promises(akt_block(ctx, &work, malloc(10), AKT_S(30), on_kept, 0, NULL));
	(void)fine(akt_block_to(ctx, &work, malloc(10), self->friend));
}

static void blocking(akt_system *sys)
{
	play(sys, blocking_scene);
	play(sys, blocking_scene);
}

static int ends[2]; /* of a pipe with something in it */

static void descriptors_scene(akt_ctx *ctx, struct player *self)
{
	(void)self;
	(void)promises(akt_fd_wait(ctx, ends[0], AKT_FD_READ, AKT_S(30), on_kept, 0, NULL));
	(void)promises(akt_fd_wait(ctx, ends[1], AKT_FD_WRITE, AKT_S(30), on_kept, 0, NULL));
}

static void descriptors(akt_system *sys)
{
	if (ends[1] == 0) {
		CHECK(pipe(ends) == 0);
		CHECK(write(ends[1], "x", 1) == 1);
	}
	play(sys, descriptors_scene);
}

static _Atomic uint64_t hooks_run;

static int hook(void *arg, int64_t until_ns)
{
	(void)arg, (void)until_ns;
	hooks_run++;
	return 0;
}

static void hooks(akt_system *sys)
{
	hooks_run = 0;
	for (int i = 0; i < 3; i++) {
		akt_shutdown_hook given = {
			.size = sizeof(given), .name = "hook", .step = (enum akt_step)i, .run = hook
		};

		(void)fine(akt_system_on_shutdown(sys, &given));
	}
	births(sys);
}

static _Atomic int duties;

static void duty(void *arg)
{
	(void)arg;
	duties--;
}

static void owns_scene(akt_ctx *ctx, struct player *self)
{
	(void)self;
	(void)akt_alloc(ctx, 100);
	akt_free(ctx, akt_alloc(ctx, 10000));
	(void)akt_scratch(ctx, 50000);
	for (int i = 0; i < 3; i++) {
		duties += fine(akt_defer(ctx, duty, NULL));
		duties += fine(akt_at_end(ctx, duty, NULL));
	}
	akt_raise(ctx, AKT_ERR_FAILED, "%s", "as told");
}

static void owns(akt_system *sys)
{
	duties = 0;
	play(sys, owns_scene);
	play(sys, owns_scene);
}

static void wires(akt_system *sys)
{
	static unsigned char bytes[100];
	akt_msg *msg = AKT_NEW(number, .value = 300);
	akt_msg *back = NULL;
	int n;

	(void)sys;
	if (msg == NULL)
		return;
	n = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
	akt_msg_free(msg);
	CHECK(n > 0);
	if (fine(akt_wire_decode(&akt_message_number, bytes, (size_t)n, &back, NULL))) {
		CHECK(akt_payload(back, number)->value == 300);
		akt_msg_free(back);
	}
	if (fine(akt_wire_decode(&akt_message_blob, bytes, sizeof(bytes), &back, NULL)))
		akt_msg_free(back);
}

static void nothing(akt_system *sys)
{
	(void)sys;
}

/* --- the loop ---------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(akt_system *sys);
} scenarios[] = {
	{ "nothing", nothing }, { "births", births },     { "sends", sends },
	{ "asks", asks },       { "stashes", stashes },   { "groups", groups },
	{ "watches", watches }, { "timers", timers },     { "mailboxes", mailboxes },
	{ "events", events },   { "blocking", blocking }, { "descriptors", descriptors },
	{ "hooks", hooks },     { "owns", owns },         { "wires", wires },
};
#define SCENARIOS ((int)(sizeof(scenarios) / sizeof(scenarios[0])))

/* An actor that keeps what it is sent and never answers: to ask it is to let time pass, seeded or not,
 * and takes no memory. */
static akt_ref clock_ref;
static akt_msg *_Atomic tick;

static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	tick = akt_msg_take(ctx);
	return 0;
}

static void pass(akt_system *sys, int64_t ns)
{
	akt_msg *reply;

	CHECK(akt_call(sys, clock_ref, atomic_exchange(&tick, NULL), ns, &reply) ==
	      AKT_ERR_TIMEOUT);
	CHECK(akt_system_drain(sys, AKT_S(30)) == 0);
}

static void make_clock(akt_system *sys)
{
	fail_pause();
	CHECK(akt_spawn_fn(sys, NULL, on_tick, NULL, &clock_ref) == 0);
	tick = AKT_NEW_SIGNAL(poke);
	pass(sys, 1);
	fail_resume();
}

static bool is_settled(akt_system *sys)
{
	akt_stats stats = { .size = sizeof(stats) };
	uint64_t ended;

	CHECK(akt_system_stats(sys, &stats) == 0);
	ended = stats.processed + stats.dropped;
	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		ended += stats.dead[i];
	return promised == kept && stats.accepted == ended;
}

/* What was promised comes; then all actors end, and so do all messages. */
static void settle(akt_system *sys)
{
	CHECK(akt_system_drain(sys, AKT_S(30)) == 0);
	for (int i = 0; i < 40 && promised > kept; i++)
		pass(sys, AKT_MS(1) << i / 4);
	stop_all(sys);
	CHECK(akt_system_drain(sys, AKT_S(30)) == 0);
	for (int i = 0; i < 40 && !is_settled(sys); i++)
		pass(sys, AKT_MS(1) << i / 4);
	if (promised != kept || !is_settled(sys)) {
		akt_stats stats = { .size = sizeof(stats) };

		(void)fail_never();
		(void)akt_system_stats(sys, &stats);
		ck_abort_msg("promised %llu, kept %llu, accepted %llu, processed %llu (%s)",
			     (unsigned long long)promised, (unsigned long long)kept,
			     (unsigned long long)stats.accepted,
			     (unsigned long long)stats.processed, now_running);
	}
}

/* One run of which the nth allocation fails. How many failed. */
static uint64_t run(int scenario, uint64_t nth, unsigned workers, bool on)
{
	akt_options options = AKT_OPTIONS;
	akt_stop_report report = { .size = sizeof(report) };
	akt_system *sys = NULL;
	uint64_t failed;

	(void)snprintf(now_running, sizeof(now_running), "AKT_TEST_NOMEM=%d:%llu:%u:%d, %s",
		       scenario, (unsigned long long)nth, workers, on, scenarios[scenario].name);
	options.workers = workers;
	options.seed = workers == 0 ? nth : 0;
	options.actors_max = 4096;
	promised = 0;
	kept = 0;
	fail_from(FAIL_MEMORY, nth, on);
	if (!fine(akt_system_start(&sys, &options))) {
		CHECK(sys == NULL);
		return fail_never();
	}
	make_clock(sys);
	scenarios[scenario].run(sys);
	settle(sys);
	CHECK(akt_system_stop_within(sys, AKT_S(30), &report) == 0);
	CHECK(report.left_count == 0);
	failed = fail_never();
	akt_msg_free(tick);
	if (scenarios[scenario].run == owns)
		CHECK(duties == 0);
	if (scenarios[scenario].run == sends || scenarios[scenario].run == timers)
		CHECK(objects == 0);
	return failed;
}

/* ThreadSanitizer looks for races of those ways out, and takes fifty times as long. */
#ifdef AKTI_TSAN
#define STRIDE 8u
#else
#define STRIDE 1u
#endif

static void each_allocation(int scenario, unsigned workers)
{
	uint64_t many = 0;

	for (int on = 0; on < 2; on++) {
		unsigned clean = 0;

		/* With several workers allocations come in another order each time. */
		for (uint64_t nth = 1; clean < (workers > 0 ? 3 : 1); nth += STRIDE) {
			clean = run(scenario, nth, workers, on != 0) == 0 ? clean + 1 : 0;
			many++;
		}
	}
	fprintf(stderr, "%s, %u workers: %llu runs\n", scenarios[scenario].name, workers,
		(unsigned long long)many);
}

START_TEST(whichever_allocation_fails_seeded)
{
	each_allocation(_i, 0);
}
END_TEST

START_TEST(whichever_allocation_fails_with_two_workers)
{
	each_allocation(_i, 2);
}
END_TEST

START_TEST(the_run_that_was_named)
{
	unsigned long long nth;
	unsigned workers;
	int scenario;
	int on;

	ck_assert_int_eq(sscanf(getenv("AKT_TEST_NOMEM"), "%d:%llu:%u:%d", &scenario, &nth,
				&workers, &on),
			 4);
	(void)run(scenario, nth, workers, on != 0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("nomem");

	if (getenv("AKT_TEST_NOMEM") != NULL) {
		tcase_add_test(tests, the_run_that_was_named);
	} else {
		tcase_add_loop_test(tests, whichever_allocation_fails_seeded, 0, SCENARIOS);
		tcase_add_loop_test(tests, whichever_allocation_fails_with_two_workers, 0,
				    SCENARIOS);
	}
	return run_case("nomem", tests, 240);
}
