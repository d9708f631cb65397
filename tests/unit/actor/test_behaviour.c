/* SPDX-License-Identifier: MIT */
/*
 * Proves how an actor's handlers change (become), that what is stashed comes back in its order and is
 * never lost, functions as actors, batches, and unhandled. Each with one worker, several, and seeded.
 * Does not prove anything of suspension and restart beyond what they do to these: see test_failure.
 */
#include "fixture.h"
#include <stdio.h>

enum what {
	DO_COUNT, /* note arg */
	DO_STASH, /* only in `shut`: put aside */
	DO_OPEN,  /* unstash arg of them */
	DO_SHUT,  /* become shut */
	DO_POP,   /* unbecome */
	DO_FAIL,  /* fail by return */
	DO_RAISE,
	DO_STASH_FAIL,
	DO_OPEN_FAIL,
	DO_DEEP,   /* become as often as one may */
	DO_REFUSE, /* akt_unhandled */
	DO_ASK,    /* reply with arg */
};
struct act {
	uint64_t what;
	uint64_t arg;
};
AKT_MESSAGE_DEFINE(act, "test.act", AKT_FIELD(1, act, what), AKT_FIELD(2, act, arg));

static struct seen_dead dead;
static akt_system *sys;
static char notes[4096]; /* written on the actor's turns, read when all is quiet */
static _Atomic int failed_with;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	memset(notes, 0, sizeof(notes));
	failed_with = 0;
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

static uint64_t queued(void)
{
	akt_stats stats = stats_now();
	uint64_t n = stats.accepted - stats.processed;

	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		n -= stats.dead[i];
	return n;
}

static void note(const char *how, uint64_t arg)
{
	size_t used = strlen(notes);

	(void)snprintf(notes + used, sizeof(notes) - used, "%s%u ", how, (unsigned)arg);
}

/* --- the actor: as its type says, or shut ------------------------------------------------------- */

static int on_shut(akt_ctx *ctx, void *state, akt_msg *msg);
static const akt_handler shut[] = { AKT_ON(act, on_shut), AKT_END };

static int open_stash(akt_ctx *ctx, uint64_t n)
{
	int r = akt_unstash(ctx, n == 0 ? AKT_ALL : (uint32_t)n);

	ck_assert_int_ge(r, 0);
	return 0;
}

static int on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct act *act = akt_payload(msg, act);
	uint64_t arg = act->arg;
	uint32_t deep;

	(void)state;
	switch (act->what) {
	case DO_COUNT:
	case DO_STASH:
		note("", arg);
		return 0;
	case DO_SHUT:
		ck_assert_int_eq(akt_become(ctx, shut), 0);
		return 0;
	case DO_OPEN:
		return open_stash(ctx, arg);
	case DO_POP:
		failed_with = akt_unbecome(ctx);
		return 0;
	case DO_FAIL:
		return AKT_ERR_FAILED;
	case DO_DEEP:
		for (deep = 0; akt_become(ctx, shut) == 0; deep++)
			;
		ck_assert_uint_eq(deep, AKT_BEHAVIOURS_MAX);
		ck_assert_int_eq(akt_become(ctx, shut), AKT_ERR_LIMIT);
		ck_assert_int_eq(akt_become(ctx, NULL), AKT_ERR_INVALID);
		return 0;
	case DO_REFUSE:
		ck_assert_int_eq(akt_unhandled(ctx), 0);
		ck_assert_int_eq(akt_unhandled(ctx), AKT_ERR_INVALID);
		ck_assert_int_eq(akt_stash(ctx), AKT_ERR_INVALID);
		return 0;
	case DO_ASK:
		note("?", arg);
		return akt_reply(ctx, AKT_NEW(act, .arg = arg));
	default:
		return 0;
	}
}

static int on_shut(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct act *act = akt_payload(msg, act);
	int r;

	(void)state;
	switch (act->what) {
	case DO_COUNT:
		note("x", act->arg);
		return 0;
	case DO_STASH:
	case DO_ASK:
	case DO_STASH_FAIL:
		r = akt_stash(ctx);
		if (r < 0) {
			ck_assert_int_eq(r, AKT_ERR_LIMIT);
			/* It is still ours. */
			note("full", akt_payload(msg, act)->arg);
			return 0;
		}
		ck_assert_int_eq(akt_stash(ctx), AKT_ERR_INVALID);
		ck_assert_ptr_null(akt_msg_take(ctx));
		if (act->what == DO_STASH_FAIL)
			akt_raise(ctx, AKT_ERR_IO, "stashed");
		return 0;
	case DO_OPEN:
		return open_stash(ctx, act->arg);
	case DO_OPEN_FAIL:
		r = open_stash(ctx, act->arg);
		akt_raise(ctx, AKT_ERR_IO, "opened");
		return r;
	case DO_POP:
		failed_with = akt_unbecome(ctx);
		return open_stash(ctx, 0);
	case DO_FAIL:
		return AKT_ERR_FAILED;
	default:
		return 0;
	}
}

static const akt_handler door_handlers[] = { AKT_ON(act, on_open), AKT_END };
static const akt_type door = { .name = "door",
			       .handlers = door_handlers,
			       .on_failure = AKT_DIRECTIVE_RESTART,
			       .restarts_max = 100,
			       .stash_max = 5 };

static akt_ref new_door(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn_named(sys, &door, "door", NULL, &ref), 0);
	return ref;
}

/* --- become ------------------------------------------------------------------------------------- */

START_TEST(other_handlers_from_the_next_message_on)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_COUNT, 1);
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_COUNT, 2);
	tell(ref, DO_POP, 0);
	tell(ref, DO_COUNT, 3);
	drain(sys);
	ck_assert_str_eq(notes, "1 x2 3 ");
	ck_assert_int_eq(failed_with, 0);
	tell(ref, DO_POP, 0);
	tell(ref, DO_COUNT, 4);
	drain(sys);
	ck_assert_int_eq(failed_with, AKT_ERR_NOTFOUND);
	ck_assert_str_eq(notes, "1 x2 3 4 ");
	stop_system(sys);
}
END_TEST

START_TEST(as_many_as_the_limit_and_a_restart_clears_them)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_DEEP, 0);
	tell(ref, DO_COUNT, 1);
	for (uint32_t i = 0; i < AKT_BEHAVIOURS_MAX; i++)
		tell(ref, DO_POP, 0);
	tell(ref, DO_COUNT, 2);
	drain(sys);
	ck_assert_int_eq(failed_with, 0);
	ck_assert_str_eq(notes, "x1 2 ");
	tell(ref, DO_DEEP, 0);
	tell(ref, DO_FAIL, 0);
	tell(ref, DO_COUNT, 3);
	tell(ref, DO_DEEP, 0); /* and there is room again */
	tell(ref, DO_COUNT, 4);
	drain(sys);
	ck_assert_str_eq(notes, "x1 2 3 x4 ");
	stop_system(sys);
}
END_TEST

static char letter_type[32];

static void note_letter(void *arg, const akt_dead_letter *letter)
{
	(void)arg;
	(void)snprintf(letter_type, sizeof(letter_type), "%s", letter->to_type);
}

START_TEST(its_name_and_type_stay)
{
	akt_options options = AKT_OPTIONS;
	akt_ref ref;

	memset(notes, 0, sizeof(notes));
	options.workers = 1;
	options.dead_letter = note_letter;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_str_eq(letter_type, "door");
	ck_assert(akt_ref_equal(akt_find(sys, "door"), ref));
	stop_system(sys);
}
END_TEST

/* --- stash -------------------------------------------------------------------------------------- */

START_TEST(what_was_stashed_comes_before_what_came_since)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 1);
	tell(ref, DO_STASH, 2);
	tell(ref, DO_STASH, 3);
	drain(sys);
	ck_assert_uint_eq(queued(), 3);
	ck_assert_str_eq(notes, "");
	/* The mailbox is empty when they are taken out. */
	tell(ref, DO_POP, 0);
	drain(sys);
	ck_assert_str_eq(notes, "1 2 3 ");
	check_conserved(sys);
	/* Held up by suspension, so that more is queued behind. */
	memset(notes, 0, sizeof(notes));
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 1);
	tell(ref, DO_STASH, 2);
	drain(sys);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	drain(sys);
	tell(ref, DO_STASH, 3);
	tell(ref, DO_COUNT, 4);
	tell(ref, DO_POP, 0);
	tell(ref, DO_COUNT, 5);
	drain(sys);
	ck_assert_uint_eq(queued(), 6);
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	drain(sys);
	ck_assert_str_eq(notes, "x4 1 2 3 5 ");
	stop_system(sys);
}
END_TEST

START_TEST(some_of_the_stash)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	for (uint64_t i = 1; i <= 5; i++)
		tell(ref, DO_STASH, i);
	tell(ref, DO_POP, 0); /* all */
	tell(ref, DO_SHUT, 0);
	for (uint64_t i = 6; i <= 10; i++)
		tell(ref, DO_STASH, i);
	tell(ref, DO_OPEN, 2); /* 6 and 7, which are put aside again, behind 10 */
	tell(ref, DO_POP, 0);
	drain(sys);
	ck_assert_str_eq(notes, "1 2 3 4 5 8 9 10 6 7 ");
	tell(ref, DO_OPEN, 0); /* nothing there */
	stop_system(sys);
}
END_TEST

START_TEST(a_full_stash_leaves_the_message)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	for (uint64_t i = 1; i <= 7; i++)
		tell(ref, DO_STASH, i);
	drain(sys);
	ck_assert_str_eq(notes, "full6 full7 ");
	ck_assert_uint_eq(queued(), 5);
	tell(ref, DO_POP, 0);
	drain(sys);
	ck_assert_str_eq(notes, "full6 full7 1 2 3 4 5 ");
	stop_system(sys);
}
END_TEST

START_TEST(the_end_and_a_restart_find_the_stash)
{
	akt_ref ref;

	set_up(_i);
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 1);
	tell(ref, DO_STASH, 2);
	tell(ref, DO_STASH_FAIL, 3); /* nothing is noted of it: `open` does not know it */
	tell(ref, DO_COUNT, 4);
	drain(sys);
	ck_assert_str_eq(notes, "1 2 4 ");
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 5);
	tell(ref, DO_OPEN_FAIL, 0);
	drain(sys);
	ck_assert_str_eq(notes, "1 2 4 5 ");
	check_conserved(sys);
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 6);
	tell(ref, DO_STASH, 7);
	drain(sys);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_str_eq(notes, "1 2 4 5 ");
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 2);
	ck_assert_uint_eq(stats_now().restarts, 2);
	/* A shutdown finds it too. */
	ref = new_door();
	tell(ref, DO_SHUT, 0);
	tell(ref, DO_STASH, 6);
	drain(sys);
	ck_assert_uint_eq(queued(), 1);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 3);
}
END_TEST

/* Asks the actor in its start argument, notes the answer. */
static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int r = akt_msg_error(msg);

	(void)state;
	ck_assert_int_eq(akt_stash(ctx), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_unhandled(ctx), AKT_ERR_INVALID);
	if (r < 0)
		note("!", (uint64_t)-r);
	else
		note("=", akt_payload(msg, act)->arg);
	return 0;
}

struct question {
	akt_ref to;
	uint64_t what;
	uint64_t arg;
};
AKT_MESSAGE_DEFINE(question, "test.question", AKT_FIELD(1, question, to),
		   AKT_FIELD(2, question, what), AKT_FIELD(3, question, arg));

static int on_question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct question *q = akt_payload(msg, question);

	(void)state;
	return akt_ask(ctx, q->to, AKT_NEW(act, .what = q->what, .arg = q->arg), AKT_FOREVER,
		       on_answer, 0);
}

static void ask(akt_ref asker, akt_ref to, enum what what, uint64_t arg)
{
	ck_assert_int_eq(akt_post(sys, asker,
				  AKT_NEW(question, .to = to, .what = what, .arg = arg)),
			 0);
	drain(sys);
}

START_TEST(a_stashed_question_has_one_answer)
{
	akt_ref ref, asker;

	set_up(_i);
	ref = new_door();
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, on_question, NULL, &asker), 0);
	tell(ref, DO_SHUT, 0);
	drain(sys);
	ask(asker, ref, DO_ASK, 1);
	ask(asker, ref, DO_STASH_FAIL, 2); /* its failure is no answer: it is handled again */
	drain(sys);
	ck_assert_str_eq(notes, "?1 =1 ");
	ask(asker, ref, DO_REFUSE, 3);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 1);
	memset(notes, 0, sizeof(notes));
	tell(ref, DO_SHUT, 0);
	drain(sys);
	ask(asker, ref, DO_ASK, 4);
	ck_assert_str_eq(notes, "");
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_str_eq(notes, "!3 "); /* GONE */
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 1);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 0);
	stop_system(sys);
}
END_TEST

START_TEST(unhandled_is_a_dead_letter_and_a_verdict)
{
	akt_ref ref, asker;

	set_up(_i);
	ref = new_door();
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, on_question, NULL, &asker), 0);
	tell(ref, DO_REFUSE, 0);
	ask(asker, ref, DO_REFUSE, 3);
	ck_assert_str_eq(notes, "!9 ");
	ck_assert_int_eq(AKT_ERR_UNHANDLED, -9);
	ck_assert_uint_eq(dead.count[AKT_DEAD_UNHANDLED], 2);
	ck_assert_uint_eq(stats_now().dead[AKT_DEAD_UNHANDLED], 2);
	stop_system(sys);
}
END_TEST

/* A random script against a list. What is stashed is put aside again while shut. */
struct model {
	uint64_t stash[4096];
	size_t stashed;
	bool is_shut;
	char notes[sizeof(notes)];
};

static void model_note(struct model *m, uint64_t arg)
{
	size_t used = strlen(m->notes);

	(void)snprintf(m->notes + used, sizeof(m->notes) - used, "%u ", (unsigned)arg);
}

static void random_script(int mode, uint64_t seed)
{
	static const akt_type wide = { .name = "door", .handlers = door_handlers };
	static struct model m;
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	akt_ref ref;

	memset(&m, 0, sizeof(m));
	set_up(mode);
	ck_assert_int_eq(akt_spawn(sys, &wide, NULL, &ref), 0);
	for (uint64_t i = 1; i <= 300; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		switch (random % 8) {
		case 0:
			if (!m.is_shut)
				tell(ref, DO_SHUT, 0);
			m.is_shut = true;
			break;
		case 1:
			if (!m.is_shut)
				break;
			tell(ref, DO_POP, 0);
			for (size_t n = 0; n < m.stashed; n++)
				model_note(&m, m.stash[n]);
			m.stashed = 0;
			m.is_shut = false;
			break;
		case 2:
			drain(sys);
			break;
		default:
			tell(ref, DO_STASH, i);
			if (m.is_shut)
				m.stash[m.stashed++] = i;
			else
				model_note(&m, i);
			break;
		}
	}
	drain(sys);
	ck_assert_str_eq(notes, m.notes);
	ck_assert_uint_eq(queued(), m.stashed);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], m.stashed);
	stop_system(sys);
}

static void script_on_threads(uint64_t seed)
{
	random_script((int)(seed % SEEDED), seed);
}
static void script_seeded(uint64_t seed)
{
	random_script(SEEDED, seed);
}

START_TEST(a_random_script_keeps_the_order)
{
	for_seeds(30, 30, script_on_threads);
	for_seeded(script_seeded);
}
END_TEST

/* --- functions ---------------------------------------------------------------------------------- */

struct adder {
	uint64_t sum;
};

static int add(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct adder *self = state;
	const struct act *act = akt_payload(msg, act);

	if (act->what == DO_FAIL)
		return AKT_ERR_FAILED;
	if (act->what == DO_SHUT)
		return akt_become(ctx, shut);
	if (act->what == DO_ASK)
		return akt_reply(ctx, AKT_NEW(act, .arg = self->sum));
	self->sum += act->arg;
	return 0;
}

START_TEST(a_function_can_be_an_actor)
{
	struct adder adder = { 0 };
	akt_ref ref, same, named;
	akt_msg *reply;

	set_up(_i);
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, NULL, NULL, &ref), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_spawn_fn(sys, "", add, &adder, &ref), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, add, &adder, &ref), 0);
	ck_assert_int_eq(akt_spawn_fn(sys, "adder", add, &adder, &named), 0);
	ck_assert_int_eq(akt_spawn_fn(sys, "adder", add, &adder, &same), AKT_ERR_EXISTS);
	ck_assert(akt_ref_equal(same, named));
	tell(ref, DO_COUNT, 5);
	drain(sys);
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	tell(ref, DO_COUNT, 6);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(act, .what = DO_ASK), AKT_S(60), &reply), 0);
	ck_assert_uint_eq(akt_payload(reply, act)->arg, 11);
	akt_msg_free(reply);
	/* Its own handlers are the base, and are given back whatever is on top. */
	tell(named, DO_SHUT, 0);
	tell(named, DO_POP, 0);
	tell(named, DO_COUNT, 7);
	tell(named, DO_SHUT, 0);
	drain(sys);
	ck_assert_uint_eq(adder.sum, 18);
	tell(ref, DO_FAIL, 0);
	drain(sys);
	ck_assert(!akt_alive(sys, ref));
	stop_system(sys);
}
END_TEST

/* --- batches ------------------------------------------------------------------------------------ */

#define SENDERS 3
#define ROUNDS 200u
#define BATCH 7u

struct order {
	uint64_t last[SENDERS];
	uint64_t got;
};

/* what: who sends; arg: counts up from 1. */
static int in_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct order *self = state;
	const struct act *act = akt_payload(msg, act);

	(void)ctx;
	ck_assert_uint_eq(act->arg, self->last[act->what] + 1);
	self->last[act->what] = act->arg;
	self->got++;
	return 0;
}

struct sending {
	akt_ref to;
	uint64_t who;
};
AKT_MESSAGE_DEFINE(sending, "test.sending", AKT_FIELD(1, sending, to), AKT_FIELD(2, sending, who));

static void fill(akt_msg **msgs, size_t count, uint64_t who, uint64_t *next)
{
	for (size_t i = 0; i < count; i++)
		msgs[i] = AKT_NEW(act, .what = who, .arg = (*next)++);
}

/* One round; sends itself the next one. state: what comes next. */
static int send_round(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t *next = state;
	const struct sending *sending = akt_payload(msg, sending);
	akt_msg *msgs[BATCH];

	fill(msgs, BATCH, sending->who, next);
	ck_assert_int_eq(akt_send_batch(ctx, sending->to, msgs, BATCH), 0);
	ck_assert_int_eq(akt_send(ctx, sending->to,
				  AKT_NEW(act, .what = sending->who, .arg = (*next)++)),
			 0);
	if (*next > ROUNDS * (BATCH + 1))
		return 0;
	return akt_send(ctx, akt_self(ctx), akt_msg_take(ctx));
}

START_TEST(a_batch_keeps_its_order)
{
	struct order order = { { 0 }, 0 };
	uint64_t next[SENDERS] = { 1, 1, 1 };
	akt_ref ref, sender;
	akt_msg *msgs[BATCH];

	set_up(_i);
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, in_order, &order, &ref), 0);
	for (uint64_t who = 1; who < SENDERS; who++) {
		ck_assert_int_eq(akt_spawn_fn(sys, NULL, send_round, &next[who], &sender), 0);
		ck_assert_int_eq(akt_post(sys, sender, AKT_NEW(sending, .to = ref, .who = who)), 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		fill(msgs, BATCH, 0, &next[0]);
		ck_assert_int_eq(akt_post_batch(sys, ref, msgs, BATCH), 0);
		tell(ref, 0, next[0]++);
	}
	drain(sys);
	ck_assert_uint_eq(order.got, SENDERS * ROUNDS * (BATCH + 1));
	check_conserved(sys);
	/* None, one, and holes. */
	ck_assert_int_eq(akt_post_batch(sys, ref, msgs, 0), 0);
	ck_assert_int_eq(akt_post_batch(sys, ref, NULL, 0), 0);
	ck_assert_int_eq(akt_post_batch(sys, ref, NULL, 1), AKT_ERR_INVALID);
	fill(msgs, 1, 0, &next[0]);
	ck_assert_int_eq(akt_post_batch(sys, ref, msgs, 1), 0);
	msgs[0] = msgs[2] = msgs[3] = NULL;
	fill(msgs + 1, 1, 0, &next[0]);
	fill(msgs + 4, 1, 0, &next[0]);
	ck_assert_int_eq(akt_post_batch(sys, ref, msgs, 5), AKT_ERR_NOMEM);
	ck_assert_int_eq(akt_post_batch(sys, ref, msgs, 1), AKT_ERR_NOMEM);
	drain(sys);
	ck_assert_uint_eq(order.got, SENDERS * ROUNDS * (BATCH + 1) + 3);
	stop_system(sys);
}
END_TEST

START_TEST(a_batch_to_nobody_is_dead_letters)
{
	struct order order = { { 0 }, 0 };
	akt_ref nobody = { 5000000, 1, 1 };
	uint64_t next = 1;
	akt_ref ref;
	akt_msg *msgs[BATCH];

	set_up(_i);
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, in_order, &order, &ref), 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	fill(msgs, BATCH, 0, &next);
	ck_assert_int_eq(akt_post_batch(sys, ref, msgs, BATCH), AKT_ERR_GONE);
	fill(msgs, BATCH, 0, &next);
	ck_assert_int_eq(akt_post_batch(sys, nobody, msgs, BATCH), AKT_ERR_GONE);
	ck_assert_uint_eq(dead.count[AKT_DEAD_GONE], 2 * BATCH);
	/* Against the end of the receiver: each is handled or a dead letter. */
	for (int round = 0; round < 200; round++) {
		next = 1;
		memset(&order, 0, sizeof(order));
		ck_assert_int_eq(akt_spawn_fn(sys, NULL, in_order, &order, &ref), 0);
		fill(msgs, BATCH, 0, &next);
		(void)akt_post_batch(sys, ref, msgs, BATCH);
		(void)akt_stop(sys, ref);
		fill(msgs, BATCH, 0, &next);
		(void)akt_post_batch(sys, ref, msgs, BATCH);
		drain(sys);
		check_conserved(sys);
	}
	stop_system(sys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("behaviour");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, other_handlers_from_the_next_message_on, 0, MODES);
	tcase_add_loop_test(all, as_many_as_the_limit_and_a_restart_clears_them, 0, MODES);
	tcase_add_test(all, its_name_and_type_stay);
	tcase_add_loop_test(all, what_was_stashed_comes_before_what_came_since, 0, MODES);
	tcase_add_loop_test(all, some_of_the_stash, 0, MODES);
	tcase_add_loop_test(all, a_full_stash_leaves_the_message, 0, MODES);
	tcase_add_loop_test(all, the_end_and_a_restart_find_the_stash, 0, MODES);
	tcase_add_loop_test(all, a_stashed_question_has_one_answer, 0, MODES);
	tcase_add_loop_test(all, unhandled_is_a_dead_letter_and_a_verdict, 0, MODES);
	tcase_add_test(all, a_random_script_keeps_the_order);
	tcase_add_loop_test(all, a_function_can_be_an_actor, 0, MODES);
	tcase_add_loop_test(all, a_batch_keeps_its_order, 0, MODES);
	tcase_add_loop_test(all, a_batch_to_nobody_is_dead_letters, 0, MODES);
	tcase_set_timeout(all, 120);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
