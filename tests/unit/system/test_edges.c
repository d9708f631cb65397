/* SPDX-License-Identifier: MIT */
/* Proves: limits of the public headers that no other test is about, one below, at, and one above.
 * tests/limits.txt says where each is tested. */
#include "fixture.h"
#include <akt/block.h>
#include <akt/crash.h>
#include <akt/observe.h>

static int fn(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static const akt_handler handlers[] = { AKT_ON(number, fn), AKT_END };

static int born(akt_system *sys, const akt_type *type)
{
	akt_ref ref;

	return akt_spawn(sys, type, NULL, &ref);
}

START_TEST(a_type_may_ask_for_so_much_and_no_more)
{
	akt_system *sys = start_system(1, NULL);
	static akt_type types[3][6]; /* as long as the system */

	for (int over = -1; over <= 1; over++) {
		akt_type *type = types[over + 1];

		for (int i = 0; i < 6; i++)
			type[i].name = "edge";
		type[0].asks_max = AKT_ASKS_MAX + (uint32_t)over;
		type[1].stash_max = AKT_STASH_MAX + (uint32_t)over;
		type[2].restarts_max = AKT_RESTARTS_MAX + (uint32_t)over;
		type[3].children_restarts_max = AKT_RESTARTS_MAX + (uint32_t)over;
		type[4].mailbox = AKT_MAILBOX_RING;
		type[4].mailbox_messages_max = AKT_MAILBOX_RING_MAX + (uint32_t)over;
		type[5].mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX + (uint64_t)over;
		for (int i = 0; i < 6; i++)
			ck_assert_int_eq(born(sys, &type[i]), over > 0 ? AKT_ERR_INVALID : 0);
	}
	stop_system(sys);
}
END_TEST

START_TEST(a_system_may_have_so_much_and_no_more)
{
	const uint32_t most = UINT32_C(1) << 31;

	for (int over = -1; over <= 1; over++) {
		akt_options options = AKT_OPTIONS;
		akt_system *sys = NULL;
		int r;

		options.workers = 1;
		options.actors_max = most + (uint32_t)over;
		r = akt_system_start(&sys, &options);
		/* So many addresses may be more than there are. */
		ck_assert(over > 0 ? r == AKT_ERR_INVALID : r == 0 || r == AKT_ERR_NOMEM);
		(void)akt_system_stop(sys);
		sys = NULL;
		options.actors_max =
			AKT_ACTORS_MAX + (uint32_t)over; /* the default is no limit of it */
		options.blocking_threads = AKT_BLOCKING_THREADS_MAX + (unsigned)over;
		r = akt_system_start(&sys, &options);
		ck_assert_int_eq(r, over > 0 ? AKT_ERR_INVALID : 0);
		(void)akt_system_stop(sys);
	}
}
END_TEST

static char words[AKT_ERROR_TEXT_MAX + 2];

static int refuse(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)arg;
	return akt_reply_error(ctx, AKT_ERR_REFUSED, "%.*s", (int)akt_payload(msg, number)->value,
			       words);
}

static _Atomic uint64_t said;

static int on_refusal(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)ctx, (void)arg;
	said = strlen(akt_msg_error_text(msg));
	return 0;
}

static int ask_it(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	return akt_ask(ctx, *(akt_ref *)arg,
		       AKT_NEW(number, .value = akt_payload(msg, number)->value), AKT_S(50),
		       on_refusal, 0);
}

START_TEST(a_refusal_has_so_many_words_and_no_more)
{
	akt_system *sys = start_system(1, NULL);
	static akt_ref refuser;
	akt_ref asker;

	memset(words, 'x', sizeof(words) - 1);
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, refuse, NULL, &refuser), 0);
	for (uint64_t length = AKT_ERROR_TEXT_MAX - 1; length <= AKT_ERROR_TEXT_MAX + 1; length++) {
		/* A new one each time: its answers come to ask_it's own continuation. */
		ck_assert_int_eq(akt_spawn_fn(sys, NULL, ask_it, &refuser, &asker), 0);
		ck_assert_int_eq(akt_post(sys, asker, AKT_NEW(number, .value = length)), 0);
		drain(sys);
		ck_assert_uint_eq(said, length <= AKT_ERROR_TEXT_MAX ? length : AKT_ERROR_TEXT_MAX);
	}
	stop_system(sys);
}
END_TEST

START_TEST(a_directory_has_so_long_a_name_and_no_longer)
{
	static char name[AKT_CRASH_DIR_MAX + 2];

	for (size_t length = AKT_CRASH_DIR_MAX - 1; length <= AKT_CRASH_DIR_MAX + 1; length++) {
		memset(name, 'x', length); /* nobody has it */
		ck_assert_int_eq(akt_crash_enable(name),
				 length <= AKT_CRASH_DIR_MAX ? AKT_ERR_IO : AKT_ERR_INVALID);
	}
}
END_TEST

START_TEST(a_message_is_so_large_and_no_larger)
{
	for (int over = -1; over <= 1; over++) {
		akt_msg *msg = akt_msg_new_bytes(&akt_message_poke,
						 AKT_MSG_MAX_BYTES + (size_t)(ptrdiff_t)over);

		ck_assert_int_eq(msg == NULL, over > 0);
		if (msg != NULL)
			ck_assert_uint_eq(akt_msg_size(msg), AKT_MSG_MAX_BYTES + (size_t)over);
		akt_msg_free(msg);
	}
}
END_TEST

/* Waits in its handler for the test. */
static _Atomic bool go_on;
static _Atomic bool waits;
static _Atomic uint32_t never; /* nobody wakes it */

static int wait_here(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	(void)ctx, (void)arg, (void)msg;
	waits = true;
	while (!go_on)
		(void)akti_plat_wait(&never, 0, akti_plat_now() + AKT_MS(1));
	return 0;
}

static void stop_hook(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
}

START_TEST(of_those_who_are_left_so_many_are_listed)
{
	const akt_type with_hook = { .name = "left", .handlers = handlers, .stop = stop_hook };

	for (uint32_t count = AKT_LEFT_MAX - 1; count <= AKT_LEFT_MAX + 1; count++) {
		akt_stop_report report = { .size = sizeof(report) };
		akt_system *sys = start_system(1, NULL);
		akt_ref ref;

		go_on = false;
		waits = false;
		ck_assert_int_eq(akt_spawn_fn(sys, NULL, wait_here, NULL, &ref), 0);
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
		while (!waits)
			(void)akt_system_drain(sys, AKT_MS(1));
		for (uint32_t i = 1; i < count; i++)
			ck_assert_int_eq(akt_spawn(sys, &with_hook, NULL, &ref), 0);
		ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(2), &report), AKT_ERR_TIMEOUT);
		ck_assert_uint_eq(report.left_count, count);
		for (uint32_t i = 0; i < count && i < AKT_LEFT_MAX; i++)
			ck_assert_ptr_nonnull(report.left[i].type);
		go_on = true;
		ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(50), &report), 0);
		ck_assert_uint_eq(report.left_count, 0);
	}
}
END_TEST

static uint64_t visited;
static int64_t queued;
static bool queued_more;

static void visit(void *arg, const akt_actor_info *info)
{
	(void)arg;
	visited++;
	queued = info->queued;
	queued_more = info->queued_more;
}

START_TEST(a_dump_tells_of_so_many_actors_and_no_more)
{
	const akt_type quiet = { .name = "quiet", .handlers = handlers };
	akt_system *sys = start_system(1, NULL);
	uint32_t born_now = 0;
	akt_ref ref;

	for (uint32_t count = AKT_DUMP_ACTORS_MAX - 1; count <= AKT_DUMP_ACTORS_MAX + 1; count++) {
		int failed = 0;

		for (; born_now < count; born_now++)
			failed += akt_spawn(sys, &quiet, NULL, &ref) != 0;
		ck_assert_int_eq(failed, 0);
		visited = 0;
		ck_assert_int_eq(akt_system_actors(sys, NULL, visit, NULL), count);
		ck_assert_uint_eq(visited,
				  count <= AKT_DUMP_ACTORS_MAX ? count : AKT_DUMP_ACTORS_MAX);
	}
	stop_system(sys);
}
END_TEST

START_TEST(a_dump_counts_so_many_messages_at_least)
{
	const akt_type quiet = { .name = "quiet", .handlers = handlers };
	akt_system *sys = start_system(1, NULL);
	uint32_t sent = 0;
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &quiet, NULL, &ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	for (uint32_t count = AKT_DUMP_QUEUED_MAX - 1; count <= AKT_DUMP_QUEUED_MAX + 1; count++) {
		int failed = 0;

		for (; sent < count; sent++)
			failed += akt_post(sys, ref, AKT_NEW(number, .value = sent)) != 0;
		ck_assert_int_eq(failed, 0);
		drain(sys);
		ck_assert_int_eq(akt_system_actors(sys, NULL, visit, NULL), 1);
		/* What is kept apart is known without counting. */
		ck_assert(queued == count || (queued >= AKT_DUMP_QUEUED_MAX && queued_more));
	}
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("edges");

	tcase_add_test(tests, a_type_may_ask_for_so_much_and_no_more);
	tcase_add_test(tests, a_system_may_have_so_much_and_no_more);
	tcase_add_test(tests, a_refusal_has_so_many_words_and_no_more);
	tcase_add_test(tests, a_directory_has_so_long_a_name_and_no_longer);
	tcase_add_test(tests, a_message_is_so_large_and_no_larger);
	tcase_add_test(tests, of_those_who_are_left_so_many_are_listed);
	tcase_add_test(tests, a_dump_tells_of_so_many_actors_and_no_more);
	tcase_add_test(tests, a_dump_counts_so_many_messages_at_least);
	return run_case("edges", tests, 60);
}
