/* SPDX-License-Identifier: MIT */
/*
 * Proves what the mailboxes promise that a type's table may ask for: each limit and policy at the
 * limit, one below and one beyond; that what the runtime sends needs no place; that places come back
 * whatever becomes of a message. Does not prove it under load: test_mailbox_stress.c.
 *
 * The system is seeded: nothing runs between two posts, so a mailbox is as full as the test makes it.
 */
#include "fixture.h"

#define LIMIT 10u

struct blob {
	unsigned char bytes[88]; /* 128 with its header: two lines */
};
AKT_MESSAGE_DEFINE(blob, "test.blob", AKT_FIELD(1, blob, bytes));

static struct seen_dead dead;
static akt_system *sys;
static uint64_t handled;
static uint64_t newest;
static uint64_t answers;
static int last_verdict;

static void set_up(void)
{
	memset(&dead, 0, sizeof(dead));
	handled = newest = answers = 0;
	last_verdict = 1;
	sys = start_system(0, 7, &dead);
}

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)ctx, (void)state;
	ck_assert_uint_gt(value, newest);
	newest = value;
	handled++;
	return 0;
}
static int on_blob(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	handled++;
	return 0;
}
static const akt_handler counter_handlers[] = { AKT_ON(number, on_number), AKT_ON(blob, on_blob),
						AKT_END };

#define COUNTER(...)                                                                               \
	{                                                                                          \
		.name = "counter", .handlers = counter_handlers, __VA_ARGS__                       \
	}
static const akt_type rejecting = COUNTER(.mailbox_messages_max = LIMIT);
static const akt_type dropping =
	COUNTER(.mailbox_messages_max = LIMIT, .overflow = AKT_OVERFLOW_DROP_NEWEST);
static const akt_type in_bytes = COUNTER(.mailbox_bytes_max = LIMIT * 64);
static const akt_type in_both = COUNTER(.mailbox_messages_max = LIMIT, .mailbox_bytes_max = 5 * 64);

static uint64_t value;

static int post(akt_ref ref)
{
	return akt_post(sys, ref, AKT_NEW(number, .value = ++value));
}

static akt_ref born(const akt_type *type)
{
	akt_ref ref = { 0 };

	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	return ref;
}

static uint64_t dropped(void)
{
	akt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	return stats.dropped;
}

/* It takes exactly room messages, and as many again when it has handled them. */
static void check_room(akt_ref ref, uint64_t room)
{
	for (int round = 0; round < 2; round++) {
		uint64_t before = handled;

		for (uint64_t i = 0; i < room; i++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_int_eq(post(ref), AKT_ERR_FULL);
		ck_assert_int_eq(post(ref), AKT_ERR_FULL);
		drain(sys);
		ck_assert_uint_eq(handled, before + room);
	}
}

/* --- limits and policies ----------------------------------------------------------------------- */

START_TEST(a_full_mailbox_rejects_and_says_so)
{
	set_up();
	check_room(born(&rejecting), LIMIT);
	ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], 4);
	ck_assert_uint_eq(dropped(), 0);
	stop_system(sys);
}
END_TEST

START_TEST(one_handled_is_one_place)
{
	akt_ref ref;

	set_up();
	ref = born(&rejecting);
	for (uint64_t i = 0; i < LIMIT - 1; i++)
		ck_assert_int_eq(post(ref), 0);
	drain(sys);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

START_TEST(a_full_mailbox_drops_the_newest_silently)
{
	akt_ref ref;

	set_up();
	ref = born(&dropping);
	for (uint64_t i = 0; i < LIMIT + 3; i++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_uint_eq(dropped(), 3);
	drain(sys);
	ck_assert_uint_eq(handled, LIMIT);
	ck_assert_uint_eq(newest, value - 3);
	ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], 0);
	stop_system(sys);
}
END_TEST

START_TEST(bytes_are_counted_in_lines_with_the_header)
{
	static const unsigned char zeros[88];
	akt_ref ref;

	set_up();
	ref = born(&in_bytes);
	check_room(ref, LIMIT);
	/* Nine small ones leave a line: too little for a blob of two. */
	for (uint64_t i = 0; i < LIMIT - 1; i++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, akt_msg_new(AKT_TYPE_OF(blob), zeros)), AKT_ERR_FULL);
	ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	for (uint64_t i = 0; i < LIMIT / 2; i++)
		ck_assert_int_eq(akt_post(sys, ref, akt_msg_new(AKT_TYPE_OF(blob), zeros)), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

START_TEST(of_two_limits_the_nearer_one_counts)
{
	set_up();
	check_room(born(&in_both), 5);
	stop_system(sys);
}
END_TEST

static int64_t none(const akt_msg *msg)
{
	(void)msg;
	return 0;
}

START_TEST(a_type_that_makes_no_sense_is_refused)
{
	static const akt_type bad[] = {
		COUNTER(.mailbox_bytes_max = 63),
		COUNTER(.mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX + 1),
		COUNTER(.mailbox_messages_max = 1, .overflow = (enum akt_overflow)77),
		COUNTER(.mailbox = AKT_MAILBOX_PRIORITY),
		COUNTER(.mailbox = AKT_MAILBOX_FAIR, .priority = none),
		COUNTER(.mailbox = (enum akt_mailbox)77),
	};
	static const akt_type good[] = {
		COUNTER(.mailbox_bytes_max = 64),
		COUNTER(.mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX),
		COUNTER(.mailbox_messages_max = UINT32_MAX),
	};
	akt_ref ref = { 1, 2, 3 };

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(akt_spawn(sys, &bad[i], NULL, &ref), AKT_ERR_INVALID);
	ck_assert_uint_eq(ref.slot, 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(post(born(&good[i])), 0);
		drain(sys);
	}
	check_room(born(&(const akt_type)COUNTER(.mailbox_messages_max = 1)), 1);
	stop_system(sys);
}
END_TEST

/* --- questions ----------------------------------------------------------------------------------- */

struct asker {
	akt_ref whom;
	uint64_t questions;
};

static int on_answer(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)ctx, (void)state;
	answers++;
	last_verdict = akt_msg_error(reply);
	return 0;
}
static int on_ask_now(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct asker *self = state;

	(void)msg;
	for (uint64_t i = 0; i < self->questions; i++)
		ck_assert_int_eq(akt_ask(ctx, self->whom, AKT_NEW(number, .value = ++value),
					 AKT_FOREVER, on_answer, 0),
				 0);
	return 0;
}
static int asker_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(struct asker *)state = *(const struct asker *)arg;
	return 0;
}
static const akt_handler asker_handlers[] = { AKT_ON(poke, on_ask_now), AKT_END };
static const akt_type narrow_asker = {
	.name = "asker",
	.state_size = sizeof(struct asker),
	.handlers = asker_handlers,
	.start = asker_start,
	.mailbox_messages_max = 1,
};

/* Wakes nobody: the asker's own turn fills whom, which has had none yet. */
static void ask_so_many(const akt_type *whom, uint64_t questions)
{
	struct asker arg = { .questions = questions };
	akt_ref asker;

	set_up();
	arg.whom = born(whom);
	ck_assert_int_eq(akt_spawn(sys, &narrow_asker, &arg, &asker), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, asker, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
}

START_TEST(a_question_without_a_place_is_answered_full)
{
	const akt_type *types[] = { &rejecting, &dropping };
	akt_msg *reply = NULL;

	for (int i = 0; i < 2; i++) {
		ask_so_many(types[i], LIMIT + 5);
		/* The counter never replies: only those without a place are over. */
		ck_assert_uint_eq(handled, LIMIT);
		ck_assert_uint_eq(answers, 5);
		ck_assert_int_eq(last_verdict, AKT_ERR_FULL);
		ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], i == 0 ? 5 : 0);
		ck_assert_uint_eq(dropped(), i == 0 ? 0 : 5);
		stop_system(sys);

		set_up();
		akt_ref ref = born(types[i]);

		for (uint64_t n = 0; n < LIMIT; n++)
			ck_assert_int_eq(post(ref), 0);
		ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = ++value), AKT_S(1),
					  &reply),
				 AKT_ERR_FULL);
		stop_system(sys);
	}
}
END_TEST

static int on_number_reply(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(number, .value = 1));
}
static const akt_handler echo_handlers[] = { AKT_ON(number, on_number_reply), AKT_END };
static const akt_type echo = { .name = "echo", .handlers = echo_handlers };

START_TEST(answers_reach_a_full_mailbox)
{
	/* The asker has one place; so many answers come at once. */
	ask_so_many(&echo, 100);
	ck_assert_uint_eq(answers, 100);
	ck_assert_int_eq(last_verdict, 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_full_mailbox_can_be_stopped_and_gives_its_places_back)
{
	akt_ref refs[80];

	set_up();
	/* More than the slots at hand, so that slots are used again. */
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 80; i++) {
			refs[i] = born(&rejecting);
			for (uint64_t n = 0; n < LIMIT; n++)
				ck_assert_int_eq(post(refs[i]), 0);
			ck_assert_int_eq(post(refs[i]), AKT_ERR_FULL);
			ck_assert_int_eq(akt_stop(sys, refs[i]), 0);
		}
		drain(sys);
		ck_assert_uint_eq(handled, 0);
	}
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 4u * 80 * LIMIT);
	check_room(born(&rejecting), LIMIT);
	stop_system(sys);
}
END_TEST

/* --- restart ------------------------------------------------------------------------------------- */

static int on_fail(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_fail(ctx, AKT_ERR_IO, "as planned");
}
static int with_child(akt_ctx *ctx, void *state, const void *arg)
{
	static const akt_type child = { .name = "child", .handlers = counter_handlers };

	(void)state, (void)arg;
	return akt_spawn_child(ctx, &child, NULL, NULL, NULL);
}
static const akt_handler failing_handlers[] = { AKT_ON(number, on_number), AKT_ON(poke, on_fail),
						AKT_END };
static const akt_type failing = {
	.name = "failing",
	.handlers = failing_handlers,
	.start = with_child,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.mailbox_messages_max = LIMIT,
};

START_TEST(a_restart_keeps_the_backlog_and_its_places)
{
	akt_ref ref;

	set_up();
	ref = born(&failing);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	for (uint64_t n = 0; n < LIMIT - 1; n++)
		ck_assert_int_eq(post(ref), 0);
	ck_assert_int_eq(post(ref), AKT_ERR_FULL);
	drain(sys);
	ck_assert_uint_eq(handled, LIMIT - 1);
	check_room(ref, LIMIT);
	stop_system(sys);
}
END_TEST

/* --- order --------------------------------------------------------------------------------------- */

#define NOTES_MAX 1000u

struct note {
	int64_t priority;
	uint32_t sender;
	uint32_t number; /* per sender and priority, from 1 */
};
AKT_MESSAGE_DEFINE(note, "test.note", AKT_FIELD(1, note, priority), AKT_FIELD(2, note, sender),
		   AKT_FIELD(3, note, number));

static struct note notes[NOTES_MAX]; /* as handled */
static unsigned note_count;
static uint32_t raise_at;
static uint32_t fail_at;

static int on_note(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	ck_assert_uint_lt(note_count, NOTES_MAX);
	notes[note_count++] = *akt_payload(msg, note);
	if (note_count == raise_at)
		akt_raise(ctx, AKT_ERR_IO, "as planned");
	if (note_count == fail_at)
		return akt_fail(ctx, AKT_ERR_IO, "as planned");
	return akt_reply_error(ctx, AKT_ERR_REFUSED, "%s", "");
}
static int64_t priority_of(const akt_msg *msg)
{
	return akt_msg_type_of(msg) == AKT_TYPE_OF(note) ? akt_payload(msg, note)->priority : 0;
}
static const akt_handler reader_handlers[] = { AKT_ON(note, on_note), AKT_END };

#define READER(...)                                                                                \
	{                                                                                          \
		.name = "reader", .handlers = reader_handlers, .start = with_child,                \
		.on_failure = AKT_DIRECTIVE_RESTART, __VA_ARGS__                                   \
	}
static const akt_type sorted[] = {
	READER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = priority_of),
	READER(.mailbox = AKT_MAILBOX_FAIR),
	READER(.mailbox = AKT_MAILBOX_PRIORITY, .priority = priority_of,
	       .mailbox_messages_max = 90),
	READER(.mailbox = AKT_MAILBOX_FAIR, .mailbox_messages_max = 90),
};
#define SORTED 4
#define PRIORITIES 3u

/* A sender sends count notes of each priority in turn. */
struct writer {
	akt_ref to;
	uint32_t number;
	uint32_t count;
};
static int on_write(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct writer *self = state;

	(void)msg;
	for (uint32_t i = 0; i < self->count * PRIORITIES; i++)
		ck_assert_int_eq(akt_send(ctx, self->to,
					  AKT_NEW(note, .priority = i % PRIORITIES,
						  .sender = self->number,
						  .number = i / PRIORITIES + 1)),
				 0);
	return 0;
}
static int writer_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(struct writer *)state = *(const struct writer *)arg;
	return 0;
}
static const akt_handler writer_handlers[] = { AKT_ON(poke, on_write), AKT_END };
static const akt_type writer_type = {
	.name = "writer",
	.state_size = sizeof(struct writer),
	.handlers = writer_handlers,
	.start = writer_start,
};

static void write_notes(akt_ref to, uint32_t number, uint32_t count)
{
	struct writer arg = { to, number, count };
	akt_ref writer;

	ck_assert_int_eq(akt_spawn(sys, &writer_type, &arg, &writer), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, writer, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
}

/* A reader that has got notes of three senders, 20, 5 and 5 of each priority, and is suspended. */
static akt_ref reader_with_notes(const akt_type *type)
{
	akt_ref ref;

	set_up();
	note_count = raise_at = fail_at = 0;
	ref = born(type);
	drain(sys);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	write_notes(ref, 1, 20);
	write_notes(ref, 2, 5);
	write_notes(ref, 3, 5);
	ck_assert_uint_eq(note_count, 0);
	return ref;
}

/* Each once, and of one sender and priority in their order; first and count: of notes. */
static void check_notes(void)
{
	uint32_t seen[4][PRIORITIES] = { { 0 } };

	for (unsigned i = 0; i < note_count; i++)
		ck_assert_uint_eq(notes[i].number, ++seen[notes[i].sender][notes[i].priority]);
}

static void check_order(const akt_type *type, unsigned first)
{
	for (unsigned i = first + 1; i < note_count; i++) {
		if (type->mailbox == AKT_MAILBOX_PRIORITY)
			ck_assert_int_ge(notes[i - 1].priority, notes[i].priority);
		else if (i < first + 45) /* while all three have notes */
			ck_assert_uint_eq(notes[i].sender, notes[i - 1].sender % 3 + 1);
	}
}

START_TEST(each_order_is_kept)
{
	akt_ref ref = reader_with_notes(&sorted[_i]);

	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(note_count, 90);
	check_notes();
	check_order(&sorted[_i], 0);
	if (sorted[_i].mailbox_messages_max != 0)
		ck_assert_uint_eq(dead.count[AKT_DEAD_FULL], 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_restart_keeps_the_order_too)
{
	akt_ref ref = reader_with_notes(&sorted[_i]);

	fail_at = 10;
	raise_at = 30;
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(note_count, 90);
	check_notes();
	check_order(&sorted[_i], 0);
	stop_system(sys);
}
END_TEST

START_TEST(a_stop_leaves_every_message_to_the_dead_letters)
{
	akt_ref ref = reader_with_notes(&sorted[_i]);

	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(note_count, 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 90);
	/* The slot is somebody else's now, with all its places. */
	for (int i = 0; i < 80; i++) {
		ref = born(&sorted[_i]);
		drain(sys);
		ck_assert_int_eq(akt_stop(sys, ref), 0);
	}
	ref = born(&sorted[_i]);
	for (uint32_t i = 1; i <= 90; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(note, .sender = 1, .number = i)), 0);
	if (sorted[_i].mailbox_messages_max != 0)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(note, .sender = 1)), AKT_ERR_FULL);
	drain(sys);
	ck_assert_uint_eq(note_count, 90);
	check_notes();
	stop_system(sys);
}
END_TEST

START_TEST(the_system_stops_with_a_backlog)
{
	(void)reader_with_notes(&sorted[_i]);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 90);
}
END_TEST

START_TEST(questions_and_watches_work_with_any_order)
{
	akt_msg *reply = NULL;
	akt_ref ref = reader_with_notes(&sorted[_i]);

	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(note, .number = 21, .sender = 1), AKT_S(1),
				  &reply),
			 AKT_ERR_REFUSED);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), AKT_S(1), &reply),
			 AKT_ERR_UNHANDLED);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), AKT_S(1), &reply), AKT_ERR_GONE);
	stop_system(sys);
}
END_TEST

/* An answer goes before all messages of a priority mailbox. */
static int on_nudge(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct asker *self = state;

	(void)msg;
	for (uint32_t i = 1; i <= 50; i++)
		ck_assert_int_eq(akt_send(ctx, akt_self(ctx),
					  AKT_NEW(note, .priority = INT64_MAX - 1, .number = i)),
				 0);
	return akt_ask(ctx, self->whom, AKT_NEW(number, .value = 1), AKT_FOREVER, on_answer, 0);
}
static int on_self_note(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	if (answers == 0)
		note_count++;
	return 0;
}
static const akt_handler busy_handlers[] = { AKT_ON(poke, on_nudge), AKT_ON(note, on_self_note),
					     AKT_END };

START_TEST(an_answer_waits_for_no_priority)
{
	static const akt_type busy = {
		.name = "busy",
		.state_size = sizeof(struct asker),
		.handlers = busy_handlers,
		.start = asker_start,
		.mailbox = AKT_MAILBOX_PRIORITY,
		.priority = priority_of,
	};
	akt_options options = AKT_OPTIONS;
	struct asker arg = { .questions = 0 };
	akt_ref ref;

	/* One message a turn: the echo has its turn long before the fifty are through. */
	memset(&dead, 0, sizeof(dead));
	answers = note_count = 0;
	options.seed = 3;
	options.budget = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	arg.whom = born(&echo);
	ck_assert_int_eq(akt_spawn(sys, &busy, &arg, &ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_lt(note_count, 50);
	stop_system(sys);
}
END_TEST

START_TEST(a_name_that_is_taken_leaves_no_mailbox_behind)
{
	akt_ref ref;

	set_up();
	for (int i = 0; i < SORTED; i++)
		ck_assert_int_eq(akt_spawn_named(sys, &sorted[i], "reader", NULL, &ref),
				 i == 0 ? 0 : AKT_ERR_EXISTS);
	stop_system(sys);
}
END_TEST

#ifdef AKTI_MEM_PASSTHROUGH
extern _Atomic int64_t akti_mem_fail_in;

START_TEST(a_birth_without_memory_is_refused_whole)
{
	akt_ref ref = { 1, 2, 3 };
	int failures = 0;

	set_up();
	for (int nth = 1; nth < 10; nth++) {
		int r;

		akti_mem_fail_in = nth;
		r = akt_spawn(sys, &sorted[_i], NULL, &ref);
		akti_mem_fail_in = 0;
		ck_assert(r == 0 || r == AKT_ERR_NOMEM);
		failures += r < 0;
	}
	ck_assert_int_ge(failures, 2);
	stop_system(sys);
}
END_TEST

/* The order may suffer; nothing else does. */
START_TEST(without_memory_nothing_is_lost)
{
	akt_ref ref;

	set_up();
	note_count = raise_at = fail_at = 0;
	ref = born(&sorted[_i]);
	drain(sys);
	for (uint32_t i = 1; i <= 80; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(note, .sender = 1, .number = i)), 0);
	akti_mem_fail_in = -1;
	drain(sys);
	akti_mem_fail_in = 0;
	ck_assert_uint_eq(note_count, 80);
	check_notes();
	stop_system(sys);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *bounded = tcase_create("bounded");
	TCase *order = tcase_create("order");
	SRunner *runner;
	int failed;

	tcase_set_timeout(bounded, 60);
	tcase_add_test(bounded, a_full_mailbox_rejects_and_says_so);
	tcase_add_test(bounded, one_handled_is_one_place);
	tcase_add_test(bounded, a_full_mailbox_drops_the_newest_silently);
	tcase_add_test(bounded, bytes_are_counted_in_lines_with_the_header);
	tcase_add_test(bounded, of_two_limits_the_nearer_one_counts);
	tcase_add_test(bounded, a_type_that_makes_no_sense_is_refused);
	tcase_add_test(bounded, a_question_without_a_place_is_answered_full);
	tcase_add_test(bounded, answers_reach_a_full_mailbox);
	tcase_add_test(bounded, a_full_mailbox_can_be_stopped_and_gives_its_places_back);
	tcase_add_test(bounded, a_restart_keeps_the_backlog_and_its_places);
	suite_add_tcase(suite, bounded);
	tcase_set_timeout(order, 60);
	tcase_add_loop_test(order, each_order_is_kept, 0, SORTED);
	tcase_add_loop_test(order, a_restart_keeps_the_order_too, 0, SORTED);
	tcase_add_loop_test(order, a_stop_leaves_every_message_to_the_dead_letters, 0, SORTED);
	tcase_add_loop_test(order, the_system_stops_with_a_backlog, 0, SORTED);
	tcase_add_loop_test(order, questions_and_watches_work_with_any_order, 0, SORTED);
	tcase_add_test(order, an_answer_waits_for_no_priority);
	tcase_add_test(order, a_name_that_is_taken_leaves_no_mailbox_behind);
#ifdef AKTI_MEM_PASSTHROUGH
	tcase_add_loop_test(order, a_birth_without_memory_is_refused_whole, 0, SORTED);
	tcase_add_loop_test(order, without_memory_nothing_is_lost, 0, SORTED);
#endif
	suite_add_tcase(suite, order);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
