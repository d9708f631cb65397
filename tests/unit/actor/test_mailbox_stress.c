/* SPDX-License-Identifier: MIT */
/*
 * Proves that no kind of mailbox loses, doubles or reorders a message while several actors send to
 * it at once from several workers, it is full now and then, and it fails, restarts, stops and is
 * replaced meanwhile. Each seed draws a kind, limits, workers and senders; AKT_SEED=n replays one.
 *
 * Every message carries its sender's number and sequence. What was sent is what was handled, dead or
 * dropped; each question has one answer; within a priority, what one sender sent comes in its order.
 */
#include "fixture.h"

#define SENDERS_MAX 6u
#define LANES_MAX 3u /* priorities */

#ifdef AKTI_INTERLEAVE
#define MESSAGES 60u
#define SEEDS 300u
#elif defined(__SANITIZE_ADDRESS__) || defined(AKTI_TSAN)
#define MESSAGES 1000u
#define SEEDS 60u
#else
#define MESSAGES 2000u
#define SEEDS 200u
#endif

struct parcel {
	uint64_t sequence;
	uint32_t sender;
	uint32_t lane;
};
AKT_MESSAGE_DEFINE(parcel, "test.parcel", AKT_FIELD(1, parcel, sequence));

struct sender {
	uint32_t number;
	uint64_t sequence;
};

static struct world {
	const akt_type *type;
	uint32_t senders;
	akt_system *sys;
	_Atomic uint64_t target; /* slot << 32 | gen */
	_Atomic uint64_t node;
	_Atomic uint64_t refused; /* sends that returned FULL */
	_Atomic uint64_t sent;
	_Atomic uint64_t handled;
	_Atomic uint64_t dead;
	_Atomic uint64_t dead_full;
	_Atomic uint64_t questions;
	_Atomic uint64_t answers;
	_Atomic uint64_t newest[SENDERS_MAX][LANES_MAX];
} world;

static akt_ref target(void)
{
	uint64_t packed = world.target;
	akt_ref ref = { (uint32_t)(packed >> 32), (uint32_t)packed, world.node };

	return ref;
}

static void set_target(akt_ref ref)
{
	world.node = ref.node;
	world.target = (uint64_t)ref.slot << 32 | ref.gen;
}

static void count_dead_parcel(void *arg, const akt_dead_letter *letter)
{
	(void)arg;
	if (strcmp(letter->msg_type, akt_message_parcel.name) != 0)
		return;
	world.dead++;
	if (letter->reason == AKT_DEAD_FULL)
		world.dead_full++;
}

/* --- the receiver -------------------------------------------------------------------------------- */

/* Sequences grow over restarts and over replacements too: the mailbox is the same, or the new one
 * gets what was sent later. */
static int on_parcel(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct parcel *parcel = akt_payload(msg, parcel);
	_Atomic uint64_t *newest = &world.newest[parcel->sender][parcel->lane];

	(void)state;
	ck_assert_uint_gt(parcel->sequence, *newest);
	*newest = parcel->sequence;
	world.handled++;
	if (akt_random(ctx) % 64 == 0)
		return akt_fail(ctx, AKT_ERR_IO, "as planned");
	return akt_reply_error(ctx, AKT_ERR_REFUSED, "%s", "");
}
static int with_child(akt_ctx *ctx, void *state, const void *arg)
{
	static const akt_type child = { .name = "child" };

	(void)state, (void)arg;
	return akt_random(ctx) % 2 == 0 ? akt_spawn_child(ctx, &child, NULL, NULL, NULL) : 0;
}
static const akt_handler receiver_handlers[] = { AKT_ON(parcel, on_parcel), AKT_END };

static int64_t lane_of(const akt_msg *msg)
{
	return akt_payload(msg, parcel)->lane;
}

#define RECEIVER(...)                                                                              \
	{                                                                                          \
		.name = "receiver", .handlers = receiver_handlers, .start = with_child,            \
		.on_failure = AKT_DIRECTIVE_RESTART, .restarts_max = AKT_RESTARTS_MAX,             \
		.within_ns = 1, __VA_ARGS__                                                        \
	}
static const akt_type types[] = {
	RECEIVER(.mailbox_messages_max = 0),
	RECEIVER(.mailbox_messages_max = 8),
	RECEIVER(.mailbox_messages_max = 1),
	RECEIVER(.mailbox_bytes_max = 640),
	RECEIVER(.mailbox_messages_max = 8, .overflow = AKT_OVERFLOW_DROP_NEWEST),
	RECEIVER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = lane_of),
	RECEIVER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = lane_of, .mailbox_messages_max = 8),
	RECEIVER(.mailbox = AKT_MAILBOX_FAIR),
	RECEIVER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 8),
	RECEIVER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 3, .mailbox_bytes_max = 640,
		 .overflow = AKT_OVERFLOW_DROP_NEWEST),
	RECEIVER(.mailbox_messages_max = 5, .overflow = AKT_OVERFLOW_DROP_OLDEST),
	RECEIVER(.mailbox_bytes_max = 640, .overflow = AKT_OVERFLOW_DROP_OLDEST),
	RECEIVER(.mailbox_messages_max = 1, .overflow = AKT_OVERFLOW_DROP_OLDEST),
	RECEIVER(.mailbox = AKT_MAILBOX_FAIR, .mailbox_bytes_max = 640,
		 .overflow = AKT_OVERFLOW_DROP_NEWEST),
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* --- the senders --------------------------------------------------------------------------------- */

static int on_answer(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)ctx, (void)state, (void)reply;
	world.answers++;
	return 0;
}

static akt_msg *next_parcel(akt_ctx *ctx, struct sender *self)
{
	world.sent++;
	return AKT_NEW(parcel, .sequence = ++self->sequence, .sender = self->number,
		       .lane = world.type->mailbox == AKT_MAILBOX_PRIORITY
				       ? (uint32_t)(akt_random(ctx) % LANES_MAX)
				       : 0);
}

static int on_down(akt_ctx *ctx, void *state, akt_msg *down)
{
	(void)ctx, (void)state, (void)down;
	return 0;
}

static void send(akt_ctx *ctx, akt_msg *parcel)
{
	if (akt_send(ctx, target(), parcel) == AKT_ERR_FULL)
		world.refused++;
}

static void replace(akt_ctx *ctx)
{
	akt_ref ref = target();

	(void)akt_stop(akt_system_of(ctx), ref);
	(void)akt_watch(ctx, ref, on_down, 0);
	/* One newcomer at a time: it must not be sent to before the old one has ended. */
	if (!akt_alive(akt_system_of(ctx), ref) &&
	    akt_spawn(akt_system_of(ctx), world.type, NULL, &ref) == 0)
		set_target(ref);
}

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sender *self = state;
	uint64_t burst = 1 + akt_random(ctx) % 16;

	(void)msg;
	for (; burst > 0 && self->sequence < MESSAGES; burst--) {
		akt_msg *parcel = next_parcel(ctx, self);

		switch (akt_random(ctx) % 16) {
		case 0:
			world.questions++;
			ck_assert_int_eq(akt_ask(ctx, target(), parcel, AKT_S(1000), on_answer, 0),
					 0);
			break;
		case 1:
			(void)akt_restart(akt_system_of(ctx), target());
			send(ctx, parcel);
			break;
		case 2:
			(void)akt_suspend(akt_system_of(ctx), target());
			send(ctx, parcel);
			(void)akt_resume(akt_system_of(ctx), target());
			break;
		default:
			send(ctx, parcel);
		}
	}
	/* Only one may do it. */
	if (self->number == 0 && akt_random(ctx) % 8 == 0)
		replace(ctx);
	if (self->sequence < MESSAGES)
		return akt_send(ctx, akt_self(ctx), AKT_NEW_SIGNAL(poke));
	return 0;
}
static int sender_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct sender *self = state;

	(void)ctx;
	self->number = *(const uint32_t *)arg;
	return 0;
}
static const akt_handler sender_handlers[] = { AKT_ON(poke, on_poke), AKT_END };
static const akt_type sender_type = {
	.name = "sender",
	.state_size = sizeof(struct sender),
	.handlers = sender_handlers,
	.start = sender_start,
};

/* --- runs ---------------------------------------------------------------------------------------- */

static void run(uint64_t seed, unsigned workers)
{
	static const uint32_t numbers[SENDERS_MAX] = { 0, 1, 2, 3, 4, 5 };
	akt_options options = AKT_OPTIONS;
	akt_stats stats = { .size = sizeof(stats) };
	akt_ref ref;

	memset(&world, 0, sizeof(world));
	world.type = &types[seed % TYPES];
	world.senders = 1 + (uint32_t)(seed / TYPES % SENDERS_MAX);
	options.workers = workers;
	options.seed = workers == 0 ? test_seed() : 0;
	options.dead_letter = count_dead_parcel;
	ck_assert_int_eq(akt_system_start(&world.sys, &options), 0);
	ck_assert_int_eq(akt_spawn(world.sys, world.type, NULL, &ref), 0);
	set_target(ref);
	for (uint32_t i = 0; i < world.senders; i++) {
		ck_assert_int_eq(akt_spawn(world.sys, &sender_type, &numbers[i], &ref), 0);
		ck_assert_int_eq(akt_post(world.sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	}
	if (seed % 4 != 0) {
		drain(world.sys);
		(void)akt_resume(world.sys, target());
		drain(world.sys);
		ck_assert_int_eq(akt_system_stats(world.sys, &stats), 0);
		ck_assert_uint_eq(world.sent, (uint64_t)world.senders * MESSAGES);
		ck_assert_uint_eq(world.sent, world.handled + world.dead + stats.dropped);
		ck_assert_uint_eq(world.dead_full, stats.dead[AKT_DEAD_FULL]);
		ck_assert_uint_le(world.refused, world.dead_full);
		ck_assert_uint_eq(world.answers, world.questions);
		if (world.type->overflow == AKT_OVERFLOW_REJECT)
			ck_assert_uint_eq(stats.dropped, 0);
		else
			ck_assert_uint_eq(world.refused, 0);
		check_conserved(world.sys);
	}
	ck_assert_int_eq(akt_system_stop_within(world.sys, AKT_S(60), NULL), 0);
	ck_assert_uint_ge(world.sent, world.handled + world.dead);
}

/* --- answers among messages ------------------------------------------------------------------------ */

/* A listener asks several speakers again and again. A speaker answers each question with a parcel, the
 * reply, and another parcel, numbered in that order, which is the order in which the listener must
 * see them, whichever way they travel. */

#define SPEAKERS 3u
#define QUESTIONS (MESSAGES / 4)

static akt_ref speakers[SPEAKERS];
static _Atomic uint64_t heard[SPEAKERS];
static _Atomic uint64_t asked;

static int hear(uint32_t speaker, uint64_t sequence)
{
	ck_assert_uint_gt(sequence, heard[speaker]);
	heard[speaker] = sequence;
	return 0;
}
static int on_heard(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct parcel *parcel = akt_payload(msg, parcel);

	(void)ctx, (void)state;
	return hear(parcel->sender, parcel->sequence);
}
static int on_reply_heard(akt_ctx *ctx, void *state, akt_msg *reply)
{
	world.answers++;
	return on_heard(ctx, state, reply);
}
static int on_listen(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	for (unsigned i = 0; i < 1 + akt_random(ctx) % 8 && asked < QUESTIONS; i++, asked++)
		ck_assert_int_eq(akt_ask(ctx, speakers[akt_random(ctx) % SPEAKERS],
					 AKT_NEW_SIGNAL(poke), AKT_FOREVER, on_reply_heard, 0),
				 0);
	if (asked == QUESTIONS)
		return 0;
	/* By way of a speaker: to itself it might be refused. */
	return akt_send(ctx, speakers[0], AKT_NEW(number, .value = 0));
}
static int on_speak(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sender *self = state;
	akt_ref listener = akt_sender(ctx);

	(void)msg;
	(void)akt_send(ctx, listener,
		       AKT_NEW(parcel, .sequence = ++self->sequence, .sender = self->number));
	(void)akt_reply(ctx, AKT_NEW(parcel, .sequence = ++self->sequence, .sender = self->number));
	(void)akt_send(ctx, listener,
		       AKT_NEW(parcel, .sequence = ++self->sequence, .sender = self->number));
	return 0;
}
static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	/* Full: try again later. */
	if (akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(poke)) < 0)
		return akt_forward(ctx, akt_self(ctx));
	return 0;
}
static const akt_handler speaker_handlers[] = { AKT_ON(poke, on_speak), AKT_ON(number, on_number),
						AKT_END };
static const akt_type speaker_type = {
	.name = "speaker",
	.state_size = sizeof(struct sender),
	.handlers = speaker_handlers,
	.start = sender_start,
};
static const akt_handler listener_handlers[] = { AKT_ON(poke, on_listen), AKT_ON(parcel, on_heard),
						 AKT_END };
#define LISTENER(...)                                                                              \
	{                                                                                          \
		.name = "listener", .handlers = listener_handlers, __VA_ARGS__                     \
	}
static const akt_type listeners[] = {
	LISTENER(.mailbox_messages_max = 0),
	LISTENER(.mailbox_messages_max = 3),
	LISTENER(.mailbox = AKT_MAILBOX_FAIR),
	LISTENER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 3),
	LISTENER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 100),
};
#define LISTENERS (sizeof(listeners) / sizeof(listeners[0]))

static void converse(uint64_t seed, unsigned workers)
{
	static const uint32_t numbers[SPEAKERS] = { 0, 1, 2 };
	akt_system *sys = start_system(workers, NULL);
	akt_ref listener;

	memset(&world, 0, sizeof(world));
	asked = 0;
	for (uint32_t i = 0; i < SPEAKERS; i++) {
		heard[i] = 0;
		ck_assert_int_eq(akt_spawn(sys, &speaker_type, &numbers[i], &speakers[i]), 0);
	}
	ck_assert_int_eq(akt_spawn(sys, &listeners[seed % LISTENERS], NULL, &listener), 0);
	ck_assert_int_eq(akt_post(sys, listener, AKT_NEW_SIGNAL(poke)), 0);
	stop_system(sys);
	ck_assert_uint_eq(asked, QUESTIONS);
	ck_assert_uint_eq(world.answers, QUESTIONS);
}

static void converse_with_threads(uint64_t seed)
{
	converse(seed, 1 + (unsigned)(seed % 3));
}

START_TEST(answers_keep_their_place)
{
	for_seeds(SEEDS, SEEDS, converse_with_threads);
}
END_TEST

static void with_threads(uint64_t seed)
{
	run(seed, 1 + (unsigned)(seed % 3));
}

START_TEST(no_mailbox_loses_anything)
{
	for_seeds(SEEDS, SEEDS, with_threads);
}
END_TEST

#ifndef AKTI_INTERLEAVE
static void seeded(uint64_t seed)
{
	run(seed, 0);
}

START_TEST(no_seeded_mailbox_loses_anything)
{
	for_seeded(seeded);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("mailbox-stress");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 280);
	tcase_add_test(all, no_mailbox_loses_anything);
	tcase_add_test(all, answers_keep_their_place);
#ifndef AKTI_INTERLEAVE
	tcase_add_test(all, no_seeded_mailbox_loses_anything);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
