/* SPDX-License-Identifier: MIT */
/* Proves: what a *_msg.prof says of a known conversation, in its values, frames, labels and comments, and
 * that `go tool pprof` reads it without a word; which sections record messages, that a system is as before
 * when none does, and when the store is emptied. Not: how messages are followed
 * (tests/unit/observe/test_follow.c). */
#include "actor/actors.h"
#include "prof_test.h"
#include "prof/messages.h"
#include <akt/akt.h>

struct number {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(number, "talk.number", AKT_FIELD(1, number, value));
AKT_SIGNAL_DEFINE(done, "talk.done");

static akt_ref store;

static int ask(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_send(ctx, store, AKT_NEW(number, .value = 1));
}

static int nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW_SIGNAL(done));
}

static const akt_handler clerk_handlers[] = { AKT_ON(number, ask), AKT_ON(done, nothing), AKT_END };
static const akt_handler store_handlers[] = { AKT_ON(number, answer), AKT_END };
static const akt_type clerk_type = { .name = "Clerk", .handlers = clerk_handlers };
static const akt_type store_type = { .name = "Store", .handlers = store_handlers };

static akt_system *sys;
static akt_ref clerk;

static void open_office(uint64_t seed)
{
	akt_options options = AKT_OPTIONS;

	options.seed = seed;
	options.workers = 2;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &clerk_type, "ada", NULL, &clerk), 0);
	ck_assert_int_eq(akt_spawn(sys, &store_type, NULL, &store), 0);
}

static void post(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(akt_post(sys, clerk, AKT_NEW(number, .value = i)), 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(60)), 0);
}

static akt_profile *begin(const char *phase, uint32_t every)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;

	options.messages_every = every;
	ck_assert_int_eq(akt_profile_begin(&profile, phase, AKT_PROFILE_MESSAGES, &options), 0);
	return profile;
}

static const char *const asked[] = { "Clerk.talk.number", "[outside]", NULL };
static const char *const stored[] = { "Store.talk.number", "Clerk.talk.number", "[outside]", NULL };
static const char *const answered[] = { "Clerk.talk.done", "Store.talk.number", "Clerk.talk.number",
					"[outside]", NULL };

START_TEST(the_file_says_who_sends_what_to_whom)
{
	akt_profile *profile;
	struct profile *p;

	open_office(7);
	profile = begin("talk", 1);
	post(100);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	post(50); /* of no section */
	p = read_file("talk_msg.prof");
	ck_assert_uint_eq(p->type_count, 4);
	ck_assert_str_eq(akti_profile_bytes(p, p->types[0].type), "messages");
	ck_assert_str_eq(akti_profile_bytes(p, p->types[1].unit), "bytes");
	ck_assert_str_eq(akti_profile_bytes(p, p->types[2].type), "mailbox_wait");
	ck_assert_str_eq(akti_profile_bytes(p, p->types[3].unit), "nanoseconds");
	ck_assert_str_eq(akti_profile_bytes(p, p->default_type), "mailbox_wait");
	ck_assert_int_eq(p->period, 1);
	ck_assert_int_eq(sum(p, 0, NULL, NULL, NULL), 300);
	ck_assert_int_eq(sum(p, 1, NULL, NULL, NULL), 200 * (int64_t)sizeof(struct number));
	ck_assert_int_eq(sum(p, 0, "msg", "talk.done", answered), 100);
	ck_assert_int_eq(sum(p, 0, "actor_type", "Store", stored), 100);
	ck_assert_int_eq(sum(p, 0, "actor", "ada", asked), 200); /* the answers too */
	ck_assert_int_eq(sum(p, 0, "actor", "ada", NULL), 200);
	ck_assert_int_eq(sum(p, 0, "phase", "talk", NULL), 300);
	ck_assert(has_comment(p, "phase=talk every=1 lost=0 folded=0"));
	ck_assert(has_comment(p, "sent=300 dead=0 dropped=0 untimed=0"));
	akti_profile_destroy(p);
	ck_assert(!exists("talk_cpu.prof") && !exists("talk_mem.prof"));
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(sections_share_what_is_recorded_and_the_densest_rate_holds)
{
	akt_profile *outer, *inner, *other;
	struct actors *actors;
	struct profile *p;

	open_office(0);
	actors = (struct actors *)sys;
	outer = begin("outer", 1);
	ck_assert_int_eq(akt_profile_begin(&other, "other", AKT_PROFILE_CPU, NULL), 0);
	post(10);
	ck_assert_int_eq(actors->table.reach, 0);
	inner = begin("inner", 0); /* 64, but each is recorded anyway */
	post(20);
	ck_assert_int_eq(akt_profile_end(inner), 0);
	post(30);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	ck_assert_int_eq(actors->table.reach, actors->table.used);
	post(5);
	ck_assert_int_eq(akt_profile_end(other), 0);
	ck_assert(!exists("other_msg.prof"));
	p = read_file("inner_msg.prof");
	ck_assert_int_eq(sum(p, 0, NULL, NULL, asked), 60);
	ck_assert_int_gt(sum(p, 3, NULL, NULL, NULL), 0);
	akti_profile_destroy(p);
	p = read_file("outer_msg.prof");
	ck_assert_int_eq(sum(p, 0, NULL, NULL, asked), 180);
	ck_assert_int_eq(sum(p, 0, "phase", "inner", asked), 60);
	ck_assert(has_comment(p, "sent=180 "));
	akti_profile_destroy(p);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(a_worn_store_is_emptied_when_the_last_system_has_gone)
{
	akt_profile *profile;
	struct prof_store *store_of_all;
	akt_system *first;
	struct profile *p;

	unsetenv("AKT_PROFILE_SHUTDOWN"); /* its files add up */
	for (uint32_t i = 0; i < 3; i++) {
		open_office(0);
		first = sys;
		open_office(0);
		profile = begin("talk", 1);
		post(10);
		store_of_all = akti_prof_messages.store;
		atomic_store(&store_of_all->bucket_count, PROF_BUCKETS_FINE); /* as after years */
		if (i == 2)
			ck_assert_int_eq(akt_system_stop(sys), 0);
		ck_assert_int_eq(akt_profile_end(profile), 0);
		p = read_file("talk_msg.prof");
		ck_assert_int_eq(sum(p, 0, NULL, NULL, asked), 30);
		akti_profile_destroy(p);
		ck_assert_uint_eq(store_of_all->generation, i);
		if (i != 2)
			ck_assert_int_eq(akt_system_stop(sys), 0);
		ck_assert_uint_eq(store_of_all->generation, i);
		ck_assert_int_eq(akt_system_stop(first), 0);
		ck_assert_uint_eq(store_of_all->generation, i + 1);
	}
}
END_TEST

#define GO "/usr/local/go/bin/go"

START_TEST(go_reads_it_without_a_word)
{
	static const char *const reports[] = { "-raw",
					       "-top",
					       "-tags",
					       "-traces",
					       "-comments",
					       "-peek=Store",
					       "-sample_index=messages -top",
					       "-dot",
					       "-mean -top" };
	akt_profile *profile;
	char command[256];

	/* Our own reader has read it above; the file of a sanitizer build is the same. */
	if (access(GO, X_OK) != 0 || TEST_SEEDS < 200)
		return;
	open_office(0); /* waits of a seeded system are zeros */
	profile = begin("talk", 1);
	post(100);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	for (unsigned i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		(void)snprintf(
			command, sizeof(command),
			"%s tool pprof %s %s/talk_msg.prof 2>%s/err >%s/out && test ! -s %s/err",
			GO, reports[i], test_dir, test_dir, test_dir, test_dir);
		ck_assert_msg(system(command) == 0, "%s", command);
	}
	(void)snprintf(
		command, sizeof(command),
		"%s tool pprof -sample_index=messages -peek Store.talk.number %s/talk_msg.prof "
		"| grep -q '200   100%% |   Clerk.talk.number'",
		GO, test_dir);
	ck_assert_msg(system(command) == 0, "%s", command);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_file_says_who_sends_what_to_whom,
		sections_share_what_is_recorded_and_the_densest_rate_holds,
		a_worn_store_is_emptied_when_the_last_system_has_gone,
		go_reads_it_without_a_word,
	};

	return run_tests("prof-messages", tests, sizeof(tests) / sizeof(tests[0]), 60);
}
