/* SPDX-License-Identifier: MIT */
/*
 * Proves what a dump says of actors that are idle, queued, running, suspended and stopping; that it
 * waits for nobody longer than it was told; that it may be taken while actors come and go, work and
 * are drained, and changes nothing. How long anything took is not proved here.
 */
#include "actor/census.h"
#include "fixture.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

static char text[16384];

static void keep_line(void *arg, const char *line)
{
	(void)arg;
	ck_assert_uint_lt(strlen(text) + strlen(line) + 2, sizeof(text));
	strcat(text, line);
	strcat(text, "\n");
}

static const char *dump(akt_system *sys, const akt_dump_options *options)
{
	text[0] = '\0';
	ck_assert_int_eq(akt_system_dump(sys, options, keep_line, NULL), 0);
	return text;
}

static void check_line(const char *line)
{
	ck_assert_msg(strstr(text, line) != NULL, "no \"%s\" in:\n%s", line, text);
}

static void *no_waiting(akt_dump_options *options)
{
	*options = (akt_dump_options){ .size = sizeof(*options), .patience_ns = -1 };
	return options;
}

/* --- actors that wait ------------------------------------------------------------------------------ */

static int on_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static const akt_handler deaf_handlers[] = { AKT_ON(poke, on_nothing), AKT_ON(number, on_nothing),
					     AKT_END };
static const akt_type deaf_type = { .name = "deaf", .handlers = deaf_handlers };

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t what = akt_payload(msg, number)->value;
	akt_ref child;

	(void)state;
	switch (what) {
	case 0:
		ck_assert_int_eq(akt_spawn_child(ctx, &deaf_type, "quo\"te\n", NULL, &child), 0);
		ck_assert_int_eq(akt_ask(ctx, child, AKT_NEW_SIGNAL(poke), AKT_S(100), on_nothing,
					 0),
				 0);
		ck_assert_int_eq(akt_watch(ctx, child, on_nothing, 0), 0);
		return akt_timer_start(ctx, AKT_S(50), 0, on_nothing, 0, NULL);
	case 1:
		return akt_stash(ctx);
	default:
		return -100;
	}
}

static const akt_handler waiter_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type waiter_type = { .name = "waiter",
				      .handlers = waiter_handlers,
				      .on_failure = AKT_DIRECTIVE_RESTART };

static void tell(akt_system *sys, akt_ref ref, uint64_t what)
{
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = what)), 0);
}

START_TEST(what_an_idle_actor_waits_for_is_told)
{
	akt_system *sys = start_system(0, NULL);
	akt_ref waiter;

	ck_assert_int_eq(akt_spawn_named(sys, &waiter_type, "w", NULL, &waiter), 0);
	tell(sys, waiter, 2);
	drain(sys);
	tell(sys, waiter, 0);
	tell(sys, waiter, 1);
	drain(sys);
	dump(sys, NULL);
	check_line("2 actors: 0 running, 0 queued, 2 idle; 1 workers\n");
	check_line("  #0.1 waiter \"w\": idle, 1 stashed, 1 question, 1 watch, 1 timer, 1 failure, "
		   "1 restart\n    #1.1 deaf \"quo\\x22te\\x0a\": idle\n");
	ck_assert_int_eq(akt_system_stop(sys), 0); /* what is stashed is a dead letter */
}
END_TEST

START_TEST(suspended_actors_and_what_they_keep_are_told)
{
	akt_system *sys = start_system(0, NULL);
	akt_dump_options options = { .size = sizeof(options), .busy = true };
	akt_ref deaf;
	akt_ref other;

	ck_assert_int_eq(akt_spawn(sys, &deaf_type, NULL, &deaf), 0);
	ck_assert_int_eq(akt_spawn(sys, &deaf_type, NULL, &other), 0);
	ck_assert_int_eq(akt_suspend(sys, deaf), 0);
	drain(sys);
	tell(sys, deaf, 1);
	tell(sys, deaf, 1);
	drain(sys);
	dump(sys, &options);
	check_line("  #0.1 deaf: idle, suspended, 2 messages\n");
	ck_assert_ptr_null(strstr(text, "#1.1"));
	ck_assert_int_eq(akt_resume(sys, deaf), 0);
	tell(sys, deaf, 1);
	dump(sys, &options);
	check_line("  #0.1 deaf: queued, suspended, mailbox not known\n");
	stop_system(sys);
}
END_TEST

/* --- actors that work ------------------------------------------------------------------------------ */

static _Atomic uint32_t inside;
static _Atomic uint32_t released;

static int on_block(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	akti_store_sc(&inside, 1);
	akti_plat_wake(&inside, 1);
	while (akti_load_sc(&released) == 0)
		(void)akti_plat_wait(&released, 0, AKT_FOREVER);
	return 0;
}

static const akt_handler stuck_handlers[] = { AKT_ON(poke, on_block), AKT_ON(number, on_nothing),
					      AKT_END };
static const akt_type stuck_type = { .name = "stuck", .handlers = stuck_handlers };
static const akt_type bounded_type = { .name = "bounded",
				       .handlers = stuck_handlers,
				       .mailbox_messages_max = 100 };
static const akt_type ring_type = { .name = "ring",
				    .handlers = stuck_handlers,
				    .mailbox = AKT_MAILBOX_RING,
				    .mailbox_messages_max = 100 };

static void release(void)
{
	akti_store_sc(&released, 1);
	akti_plat_wake(&released, UINT32_MAX >> 1);
}

/* One worker, in the handler of an actor of this type that has three messages more. */
static akt_system *get_stuck(const akt_type *type, akt_ref *ret_stuck, akt_ref *ret_behind)
{
	akt_system *sys = start_system(1, NULL);

	ck_assert_int_eq(akt_spawn(sys, type, NULL, ret_stuck), 0);
	ck_assert_int_eq(akt_spawn(sys, &deaf_type, NULL, ret_behind), 0);
	ck_assert_int_eq(akt_post(sys, *ret_stuck, AKT_NEW_SIGNAL(poke)), 0);
	while (akti_load_sc(&inside) == 0)
		(void)akti_plat_wait(&inside, 0, AKT_FOREVER);
	for (int i = 0; i < 3; i++)
		tell(sys, *ret_stuck, 1);
	return sys;
}

START_TEST(while_the_only_worker_is_stuck_all_is_told_but_what_nobody_knows)
{
	akt_dump_options options;
	akt_ref stuck;
	akt_ref behind;
	akt_system *sys = get_stuck(&stuck_type, &stuck, &behind);

	dump(sys, no_waiting(&options));
	check_line("2 actors: 1 running, 0 queued, 1 idle; 1 workers\n");
	check_line(
		"worker 0: is at #0.1\n  #0.1 stuck: runs, mailbox not known\n  #1.1 deaf: idle\n");
	tell(sys, behind, 1);
	dump(sys, &options);
	check_line("  #1.1 deaf: queued, mailbox not known\n");
	release();
	stop_system(sys);
}
END_TEST

static const akt_type *const counted_types[] = { &bounded_type, &ring_type };

START_TEST(a_bounded_mailbox_is_counted_while_its_actor_is_stuck)
{
	akt_dump_options options;
	akt_ref stuck;
	akt_ref behind;
	akt_system *sys = get_stuck(counted_types[_i], &stuck, &behind);

	dump(sys, no_waiting(&options));
	check_line(": runs, 3 messages\n");
	release();
	stop_system(sys);
}
END_TEST

static bool was_asked(struct actors *actors, uint32_t slot)
{
	return (akti_load_acq(&akti_table_cell(&actors->table, slot)->ctl) & CTL_REPORT) != 0;
}

static void *release_amid_census(void *arg)
{
	struct actors *actors = arg;

	while (!was_asked(actors, 0) || !was_asked(actors, 1))
		akti_pause();
	release();
	return NULL;
}

/* The handler returns while the census waits: the actor then says what it has. */
START_TEST(who_is_not_idle_answers_on_its_own_turn)
{
	akt_dump_options options = { .size = sizeof(options), .patience_ns = AKT_S(60) };
	akt_ref stuck;
	akt_ref behind;
	akt_system *sys = get_stuck(&stuck_type, &stuck, &behind);
	pthread_t other;

	for (int i = 0; i < 5; i++)
		tell(sys, behind, 1);
	ck_assert_int_eq(pthread_create(&other, NULL, release_amid_census, sys), 0);
	dump(sys, &options);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	check_line("  #0.1 stuck: runs, 3 messages\n");
	check_line("  #1.1 deaf: queued, 5 messages\n");
	stop_system(sys);
}
END_TEST

START_TEST(who_is_left_at_a_deadline_is_told)
{
	akt_stop_report report = { .size = sizeof(report) };
	akt_ref stuck;
	akt_ref behind;
	akt_system *sys = get_stuck(&stuck_type, &stuck, &behind);

	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(1), &report), AKT_ERR_TIMEOUT);
	dump(sys, NULL);
	check_line("  #0.1 stuck: runs, mailbox not known\n");
	release();
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
}
END_TEST

/* --- memory, and the age of messages ----------------------------------------------------------------- */

static int on_hoard(akt_ctx *ctx, void *state, akt_msg *msg)
{
	void **block = state;

	*block = akt_alloc(ctx, akt_payload(msg, number)->value);
	return *block != NULL ? 0 : AKT_ERR_NOMEM;
}

static int on_let_go(akt_ctx *ctx, void *state, akt_msg *msg)
{
	void **block = state;

	(void)msg;
	akt_free(ctx, *block);
	return 0;
}

static const akt_handler hoarder_handlers[] = { AKT_ON(number, on_hoard), AKT_ON(poke, on_let_go),
						AKT_END };
static const akt_type hoarder_type = { .name = "hoarder",
				       .state_size = 1000,
				       .handlers = hoarder_handlers };

struct figures {
	int64_t memory_bytes[2]; /* by slot */
	int64_t oldest_ns[2];
};

static void keep_figures(void *arg, const akt_actor_info *info)
{
	struct figures *figures = arg;

	figures->memory_bytes[info->ref.slot] = info->memory_bytes;
	figures->oldest_ns[info->ref.slot] = info->oldest_ns;
}

static int64_t memory_of_first(akt_system *sys)
{
	struct figures figures;

	drain(sys);
	ck_assert_int_gt(akt_system_actors(sys, NULL, keep_figures, &figures), 0);
	ck_assert_int_eq(figures.oldest_ns[0], AKT_UNKNOWN);
	return figures.memory_bytes[0];
}

START_TEST(memory_is_the_state_what_is_owned_and_messages_kept)
{
	akt_system *sys = start_system(0, NULL);
	int64_t owned;
	akt_ref hoarder;

	ck_assert_int_eq(akt_spawn(sys, &hoarder_type, NULL, &hoarder), 0);
	ck_assert_int_eq(memory_of_first(sys), 1000);
	tell(sys, hoarder, 5000);
	owned = memory_of_first(sys) - 1000;
	ck_assert_int_ge(owned, 5000);
	ck_assert_int_lt(owned, 5100);
	ck_assert_int_eq(akt_post(sys, hoarder, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert_int_eq(memory_of_first(sys), 1000);
	tell(sys, hoarder, 5000);
	tell(sys, hoarder, 5000);
	ck_assert_int_eq(memory_of_first(sys), 1000 + 2 * owned);
	ck_assert_int_eq(akt_restart(sys, hoarder), 0);
	ck_assert_int_eq(memory_of_first(sys), 1000);
	ck_assert_int_eq(akt_suspend(sys, hoarder), 0);
	drain(sys);
	tell(sys, hoarder, 1);
	tell(sys, hoarder, 1);
	ck_assert_int_eq(memory_of_first(sys), 1000 + 2 * 64);
	ck_assert_int_eq(akt_resume(sys, hoarder), 0);
	stop_system(sys);
}
END_TEST

/* i: messages are timed, or not. */
START_TEST(the_oldest_message_that_is_timed_has_an_age)
{
	akt_dump_options patient = { .size = sizeof(patient), .patience_ns = AKT_S(60) };
	akt_options options = AKT_OPTIONS;
	struct figures figures;
	akt_system *sys;
	akt_ref stuck[2];
	pthread_t other;

	options.workers = 1;
	options.observe = _i ? AKT_OBSERVE_LATENCY : 0;
	options.observe_every = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn(sys, &stuck_type, NULL, &stuck[0]), 0);
	ck_assert_int_eq(akt_spawn(sys, &deaf_type, NULL, &stuck[1]), 0);
	ck_assert_int_eq(akt_post(sys, stuck[0], AKT_NEW_SIGNAL(poke)), 0);
	while (akti_load_sc(&inside) == 0)
		(void)akti_plat_wait(&inside, 0, AKT_FOREVER);
	for (int i = 0; i < 4; i++)
		tell(sys, stuck[i % 2], 1);
	ck_assert_int_eq(pthread_create(&other, NULL, release_amid_census, sys), 0);
	ck_assert_int_eq(akt_system_actors(sys, &patient, keep_figures, &figures), 2);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(figures.memory_bytes[i], 2 * 64);
		if (_i)
			ck_assert_int_gt(figures.oldest_ns[i], 0);
		else
			ck_assert_int_eq(figures.oldest_ns[i], AKT_UNKNOWN);
	}
	stop_system(sys);
}
END_TEST

/* --- as structs, from inside, and misuse ------------------------------------------------------------ */

struct seen {
	unsigned count;
	unsigned running;
	uint32_t deepest;
	akt_ref parent;
};

static void see(void *arg, const akt_actor_info *info)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(info->size, sizeof(*info));
	seen->count++;
	seen->running += info->activity == AKT_RUNNING;
	if (info->level > seen->deepest) {
		seen->deepest = info->level;
		seen->parent = info->parent;
	}
	if (info->activity == AKT_IDLE && info->mode == AKT_MODE_RUNNING)
		ck_assert_int_eq(info->queued, 0);
}

static struct seen inner;

static int on_look(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref child;

	(void)state, (void)msg;
	ck_assert_int_eq(akt_spawn_child(ctx, &deaf_type, NULL, NULL, &child), 0);
	ck_assert_int_eq((int)akt_system_actors(akt_system_of(ctx), NULL, see, &inner), 2);
	return 0;
}

static const akt_handler looker_handlers[] = { AKT_ON(poke, on_look), AKT_END };
static const akt_type looker_type = { .name = "looker", .handlers = looker_handlers };

START_TEST(a_handler_may_take_one_and_sees_itself_running)
{
	akt_system *sys = start_system(mode_workers[_i], NULL);
	akt_ref looker;

	memset(&inner, 0, sizeof(inner));
	ck_assert_int_eq(akt_spawn(sys, &looker_type, NULL, &looker), 0);
	ck_assert_int_eq(akt_post(sys, looker, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_uint_eq(inner.count, 2);
	ck_assert_uint_eq(inner.running, 1);
	ck_assert_uint_eq(inner.deepest, 1);
	ck_assert(akt_ref_equal(inner.parent, looker));
	stop_system(sys);
}
END_TEST

START_TEST(limits_hold_and_wrong_arguments_are_named)
{
	akt_system *sys = start_system(0, NULL);
	akt_dump_options options = { .size = sizeof(options), .actors_max = 2 };
	struct seen seen = { 0 };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(akt_spawn(sys, &deaf_type, NULL, NULL), 0);
	ck_assert_int_eq((int)akt_system_actors(sys, &options, see, &seen), 3);
	ck_assert_uint_eq(seen.count, 2);
	dump(sys, &options);
	check_line("  #1.1 deaf: idle\n  and 1 more\n");
	options.actors_max = 3;
	dump(sys, &options);
	ck_assert_ptr_null(strstr(text, "more"));
	options.size--;
	ck_assert_int_eq((int)akt_system_actors(sys, &options, see, &seen), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_dump(sys, &options, keep_line, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_dump(sys, NULL, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_dump(NULL, NULL, keep_line, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq((int)akt_system_actors(sys, NULL, NULL, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq((int)akt_system_actors(NULL, NULL, see, &seen), AKT_ERR_INVALID);
	stop_system(sys);
}
END_TEST

/* --- while everything moves ------------------------------------------------------------------------- */

#define ROUNDS 300

static _Atomic bool over;
static _Atomic uint64_t taken;
static _Atomic uint64_t arrived;

static void *take_and_take(void *arg)
{
	akt_dump_options options;

	no_waiting(&options);
	for (unsigned i = 0; !akti_load_sc(&over); i++) {
		struct seen seen = { 0 };

		options.patience_ns = i % 2 == 0 ? -1 : AKT_MS(1);
		ck_assert_int_ge(akt_system_actors(arg, &options, see, &seen), 0);
		(void)akti_add_sc(&taken, 1);
	}
	return NULL;
}

static int on_arrival(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	(void)akti_add_sc(&arrived, 1);
	return 0;
}

static const akt_handler counter_handlers[] = { AKT_ON(number, on_arrival), AKT_END };
static const akt_type counter_type = { .name = "counter", .handlers = counter_handlers };

/* A message that comes to an actor just being looked at must be handled, and drain must wait for it. */
START_TEST(messages_to_actors_being_looked_at_are_drained)
{
	akt_system *sys = start_system(2, NULL);
	akt_ref counters[8];
	pthread_t other;
	uint64_t sent = 0;

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(akt_spawn(sys, &counter_type, NULL, &counters[i]), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, take_and_take, sys), 0);
	for (unsigned round = 0; round < ROUNDS || akti_load_sc(&taken) < ROUNDS; round++) {
		for (int i = 0; i < 8; i++)
			tell(sys, counters[i], sent++);
		drain(sys);
		ck_assert_uint_eq(akti_load_sc(&arrived), sent);
	}
	akti_store_sc(&over, true);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	stop_system(sys);
}
END_TEST

START_TEST(actors_come_and_go_while_being_looked_at)
{
	akt_system *sys = start_system(2, NULL);
	akt_ref refs[16];
	akt_msg *reply;
	pthread_t other;

	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(akt_spawn(sys, &waiter_type, NULL, &refs[i]), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, take_and_take, sys), 0);
	for (unsigned round = 0; round < ROUNDS || akti_load_sc(&taken) < ROUNDS; round++) {
		akt_ref *ref = &refs[round % 16];

		(void)akt_suspend(sys, *ref);
		(void)akt_post(sys, *ref, AKT_NEW(number, .value = 1));
		(void)akt_resume(sys, *ref);
		(void)akt_restart(sys, *ref);
		if (round % 8 == 0)
			ck_assert_int_eq(akt_call(sys, *ref, AKT_NEW_SIGNAL(poke), AKT_S(60),
						  &reply),
					 AKT_ERR_UNHANDLED);
		ck_assert_int_eq(akt_stop(sys, *ref), 0);
		ck_assert_int_eq(akt_spawn(sys, &waiter_type, NULL, ref), 0);
	}
	akti_store_sc(&over, true);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("dump");

	tcase_add_test(tests, what_an_idle_actor_waits_for_is_told);
	tcase_add_test(tests, suspended_actors_and_what_they_keep_are_told);
	tcase_add_test(tests, while_the_only_worker_is_stuck_all_is_told_but_what_nobody_knows);
	tcase_add_loop_test(tests, a_bounded_mailbox_is_counted_while_its_actor_is_stuck, 0, 2);
	tcase_add_test(tests, who_is_not_idle_answers_on_its_own_turn);
	tcase_add_test(tests, who_is_left_at_a_deadline_is_told);
	tcase_add_test(tests, memory_is_the_state_what_is_owned_and_messages_kept);
	tcase_add_loop_test(tests, the_oldest_message_that_is_timed_has_an_age, 0, 2);
	tcase_add_loop_test(tests, a_handler_may_take_one_and_sees_itself_running, 0, MODES);
	tcase_add_test(tests, limits_hold_and_wrong_arguments_are_named);
	tcase_add_test(tests, messages_to_actors_being_looked_at_are_drained);
	tcase_add_test(tests, actors_come_and_go_while_being_looked_at);
	return run_case("dump", tests, 120);
}
