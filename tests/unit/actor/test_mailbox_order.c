/* SPDX-License-Identifier: MIT */
/*
 * Proves the order of each kind of mailbox: by priority, in turns of the senders, as they came in a
 * ring; through suspension, restart, stop and the end of the system; without memory. Does not prove
 * it under load: test_mailbox_stress.c.
 *
 * The system is seeded: nothing runs between two posts.
 */
#include "fixture.h"

static struct seen_dead dead;
static akt_system *sys;
static uint64_t answers;

static void set_up(void)
{
	memset(&dead, 0, sizeof(dead));
	answers = 0;
	sys = start_system(0, &dead);
}

static akt_ref born(const akt_type *type)
{
	akt_ref ref = { 0 };

	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	return ref;
}

static int with_child(akt_ctx *ctx, void *state, const void *arg)
{
	static const akt_type child = { .name = "child" };

	(void)state, (void)arg;
	return akt_spawn_child(ctx, &child, NULL, NULL, NULL);
}

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

/* Keeps a question until it is poked. */
static akt_ref keeper;
static akt_msg *question;

static int on_question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	question = akt_msg_take(ctx);
	return 0;
}
static int on_release(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_reply_to(ctx, question, AKT_NEW(number, .value = 1));

	(void)state, (void)msg;
	akt_msg_free(question);
	return r;
}
static const akt_handler keeper_handlers[] = { AKT_ON(number, on_question),
					       AKT_ON(poke, on_release), AKT_END };
static const akt_type keeper_type = { .name = "keeper", .handlers = keeper_handlers };

static int on_answer(akt_ctx *ctx, void *state, akt_msg *reply)
{
	(void)ctx, (void)state, (void)reply;
	answers++;
	return 0;
}
static int on_wait(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_ask_exclusive(ctx, keeper, AKT_NEW(number, .value = 1), AKT_FOREVER, on_answer,
				 0);
}
static const akt_handler reader_handlers[] = { AKT_ON(note, on_note), AKT_ON(number, on_wait),
					       AKT_END };

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
	READER(.mailbox = AKT_MAILBOX_RING, .mailbox_messages_max = 90),
	READER(.mailbox_messages_max = 90, .overflow = AKT_OVERFLOW_DROP_OLDEST),
};
#define SORTED 6
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
		else if (type->mailbox == AKT_MAILBOX_FAIR &&
			 i < first + 45) /* while all three have notes */
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
	if (sorted[_i].mailbox_messages_max != 0 && sorted[_i].overflow == AKT_OVERFLOW_REJECT)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(note, .sender = 1)), AKT_ERR_FULL);
	drain(sys);
	ck_assert_uint_eq(note_count, 90);
	check_notes();
	stop_system(sys);
}
END_TEST

START_TEST(an_exclusive_question_holds_everything_in_its_place)
{
	const akt_type *type = &sorted[_i];
	akt_ref ref;

	set_up();
	note_count = raise_at = fail_at = 0;
	keeper = born(&keeper_type);
	ref = born(type);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = 1)), 0);
	drain(sys);
	write_notes(ref, 1, 20);
	write_notes(ref, 2, 5);
	write_notes(ref, 3, 5);
	ck_assert_uint_eq(note_count, 0);
	/* It is full, if it can be, although a turn has looked at all of it. */
	if (type->mailbox_messages_max != 0 && type->overflow == AKT_OVERFLOW_REJECT)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(note, .sender = 1)), AKT_ERR_FULL);
	/* Suspended meanwhile, for the answer to find it so. */
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	ck_assert_int_eq(akt_post(sys, keeper, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_uint_eq(answers, 0);
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(note_count, 90);
	check_notes();
	check_order(type, 0);
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
struct asker {
	akt_ref whom;
};
static int asker_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(struct asker *)state = *(const struct asker *)arg;
	return 0;
}
static int on_number_reply(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(number, .value = 1));
}
static const akt_handler echo_handlers[] = { AKT_ON(number, on_number_reply), AKT_END };
static const akt_type echo = { .name = "echo", .handlers = echo_handlers };

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
	struct asker arg;
	akt_ref ref;

	/* One message a turn: the echo has its turn long before the fifty are through. */
	memset(&dead, 0, sizeof(dead));
	answers = note_count = 0;
	options.seed = test_seed();
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
	Suite *suite = suite_create("mailbox-order");
	TCase *order = tcase_create("order");

	tcase_set_timeout(order, 60);
	tcase_add_loop_test(order, each_order_is_kept, 0, SORTED);
	tcase_add_loop_test(order, a_restart_keeps_the_order_too, 0, SORTED);
	tcase_add_loop_test(order, a_stop_leaves_every_message_to_the_dead_letters, 0, SORTED);
	tcase_add_loop_test(order, an_exclusive_question_holds_everything_in_its_place, 0, SORTED);
	tcase_add_loop_test(order, the_system_stops_with_a_backlog, 0, SORTED);
	tcase_add_loop_test(order, questions_and_watches_work_with_any_order, 0, SORTED);
	tcase_add_test(order, an_answer_waits_for_no_priority);
	tcase_add_test(order, a_name_that_is_taken_leaves_no_mailbox_behind);
#ifdef AKTI_MEM_PASSTHROUGH
	tcase_add_loop_test(order, a_birth_without_memory_is_refused_whole, 0, SORTED);
	tcase_add_loop_test(order, without_memory_nothing_is_lost, 0, SORTED);
#endif
	suite_add_tcase(suite, order);
	return run_suite(suite);
}
