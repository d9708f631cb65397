/* SPDX-License-Identifier: MIT */
/* Proves: at rate 1 a memory profile says exactly in whose mailbox or hands the messages in use are,
 * whichever verb sent them, also when that actor is gone; what owners have adds up to what is in use,
 * with samples too; owners are folded as actors are. Not: what is counted (test_heap.c, test_sampling.c). */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/heap.h"
#include <akt/akt.h>

enum { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE };

struct load {
	char bytes[200];
};
AKT_MESSAGE_DEFINE(load, "test.load", AKT_FIELD(1, load, bytes));
#define LOAD_BYTES (40 + (int64_t)sizeof(struct load))
struct peer {
	akt_ref to;
	uint64_t count;
};
AKT_MESSAGE_DEFINE(peer, "test.peer", AKT_FIELD(1, peer, to), AKT_FIELD(2, peer, count));
AKT_SIGNAL_DEFINE(block, "test.block");
AKT_SIGNAL_DEFINE(let_go, "test.let_go");
AKT_SIGNAL_DEFINE(question, "test.question");

/* --- a receiver that handles nothing until the test says so ---------------------------------------- */

static _Atomic uint32_t blocked, gate;

static void wait_for(_Atomic uint32_t *word)
{
	int64_t deadline_ns = akti_plat_now() + AKT_S(30);

	while (atomic_load(word) == 0)
		ck_assert(akti_plat_wait(word, 0, deadline_ns) || atomic_load(word) != 0);
}

static void open_up(_Atomic uint32_t *word)
{
	atomic_store(word, 1);
	akti_plat_wake(word, 1);
}

static int on_block(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	open_up(&blocked);
	wait_for(&gate);
	return 0;
}

static int on_load(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int on_question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply(ctx, AKT_NEW(load, .bytes = "answer"));
}

static const akt_handler slow_handlers[] = { AKT_ON(block, on_block), AKT_ON(load, on_load),
					     AKT_ON(question, on_question), AKT_END };
static const akt_type slow = { .name = "slow", .handlers = slow_handlers };
static const akt_type slow_ring = { .name = "slow_ring",
				    .handlers = slow_handlers,
				    .mailbox = AKT_MAILBOX_RING,
				    .mailbox_messages_max = 1000 };

/* --- whoever sends to it --------------------------------------------------------------------------- */

struct hands {
	akt_ref to;
	akt_msg *kept;
};

static int done(akt_ctx *ctx)
{
	return akt_reply(ctx, AKT_NEW_SIGNAL(let_go));
}

static int on_feed(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct peer peer = *akt_payload(msg, peer);

	(void)state;
	for (uint64_t i = 0; i < peer.count; i++)
		ck_assert_int_eq(akt_send(ctx, peer.to, AKT_NEW(load, .bytes = "fed")), 0);
	return done(ctx);
}

static const akt_handler feeder_handlers[] = { AKT_ON(peer, on_feed), AKT_END };
static const akt_type feeder = { .name = "feeder", .handlers = feeder_handlers };

static int on_relay_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	((struct hands *)state)->to = *(const akt_ref *)arg;
	return 0;
}

static int on_relay_load(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return akt_forward(ctx, ((struct hands *)state)->to);
}

static int on_fence(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return done(ctx);
}

static const akt_handler relay_handlers[] = { AKT_ON(load, on_relay_load),
					      AKT_ON(question, on_fence), AKT_END };
static const akt_type relay = { .name = "relay",
				.state_size = sizeof(struct hands),
				.start = on_relay_start,
				.handlers = relay_handlers };

/* Takes the load and keeps it until it is told to let it go. */
static int on_keep_load(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	((struct hands *)state)->kept = akt_msg_take(ctx);
	return 0;
}

static int on_let_go(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct hands *self = state;

	(void)msg;
	ck_assert_int_eq(akt_send(ctx, self->to, self->kept), 0);
	return done(ctx);
}

static const akt_handler keeper_handlers[] = { AKT_ON(load, on_keep_load),
					       AKT_ON(let_go, on_let_go),
					       AKT_ON(question, on_fence), AKT_END };
static const akt_type keeper = { .name = "keeper",
				 .state_size = sizeof(struct hands),
				 .start = on_relay_start,
				 .handlers = keeper_handlers };

/* Asks its peer, who is slow: the question lies there. */
static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int on_ask(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct peer peer = *akt_payload(msg, peer);

	(void)state;
	for (uint64_t i = 0; i < peer.count; i++)
		ck_assert_int_eq(akt_ask(ctx, peer.to, AKT_NEW(load, .bytes = "asked"), AKT_S(100),
					 on_answer, i),
				 0);
	return done(ctx);
}

/* Asks the oracle, and is slow itself when the answer comes. */
static int on_ask_oracle(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct hands *self = state;

	(void)msg;
	ck_assert_int_eq(akt_ask(ctx, self->to, AKT_NEW_SIGNAL(question), AKT_S(100), on_answer, 0),
			 0);
	return on_block(ctx, state, msg);
}

static const akt_handler asker_handlers[] = { AKT_ON(peer, on_ask), AKT_ON(let_go, on_ask_oracle),
					      AKT_END };
static const akt_type asker = { .name = "asker",
				.state_size = sizeof(struct hands),
				.start = on_relay_start,
				.handlers = asker_handlers };

/* --- the frame of each test ------------------------------------------------------------------------ */

static akt_system *sys;
static akt_ref slow_ref, oracle_ref;

static akt_profile *begin(const char *phase, uint64_t every)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;

	options.memory_every = every;
	ck_assert_int_eq(akt_profile_begin(&profile, phase, AKT_PROFILE_MEMORY, &options), 0);
	return profile;
}

/* *to stays. */
static akt_ref spawn(const akt_type *type, const char *name, const akt_ref *to)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn_named(sys, type, name, to, &ref), 0);
	return ref;
}

static void start(const akt_type *type)
{
	akt_options options = AKT_OPTIONS;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	options.workers = 3;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn_named(sys, type, "slowpoke", NULL, &slow_ref), 0);
	ck_assert_int_eq(akt_post(sys, slow_ref, AKT_NEW_SIGNAL(block)), 0);
	wait_for(&blocked);
}

static void call(akt_ref to, akt_msg *msg)
{
	akt_msg *reply;

	ck_assert_int_eq(akt_call(sys, to, msg, AKT_S(30), &reply), 0);
	akt_msg_free(reply);
}

/* The one value of loads in use that this owner has; NULL: all. */
static int64_t held(const struct profile *p, unsigned type, const char *owner)
{
	return sum(p, type, owner != NULL ? "owner" : "kind", owner != NULL ? owner : "message",
		   NULL);
}

/* End the section and check that the slow actor has so many loads, and so have all others none; then
 * that nothing is left when it has handled them. */
static void check_slow_has(akt_profile *profile, akt_profile *outer, int64_t count,
			   const char *maker)
{
	struct profile *p;

	ck_assert_int_eq(akt_profile_end(profile), 0);
	p = read_file("queued_mem.prof");
	ck_assert_int_eq(held(p, INUSE_OBJECTS, "slowpoke"), count);
	ck_assert_int_eq(held(p, INUSE_SPACE, "slowpoke"), count * LOAD_BYTES);
	ck_assert_int_eq(held(p, ALLOC_SPACE, "slowpoke"), 0);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		if (strcmp(label_of(p, i, "owner"), "slowpoke") == 0)
			ck_assert_str_eq(label_of(p, i, "actor"), maker);
	}
	akti_profile_destroy(p);
	open_up(&gate);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	p = read_file("whole_mem.prof");
	ck_assert_int_eq(held(p, INUSE_SPACE, NULL), 0);
	ck_assert_int_ge(held(p, ALLOC_SPACE, NULL), count * LOAD_BYTES);
	for (uint32_t i = 0; i < p->sample_count; i++)
		ck_assert_str_eq(label_of(p, i, "owner"), "");
	akti_profile_destroy(p);
}

static void check_feeding(const akt_type *type)
{
	akt_profile *outer, *inner;
	akt_ref ref;

	start(type);
	ref = spawn(&feeder, "fred", &slow_ref);
	outer = begin("whole", 1);
	inner = begin("queued", 1);
	call(ref, AKT_NEW(peer, .to = slow_ref, .count = 100));
	check_slow_has(inner, outer, 100, "fred");
}

START_TEST(the_slow_receiver_has_what_lies_in_its_mailbox)
{
	check_feeding(&slow);
}
END_TEST

START_TEST(also_in_a_ring)
{
	check_feeding(&slow_ring);
}
END_TEST

START_TEST(from_outside_by_one_and_by_many)
{
	akt_profile *outer, *inner;
	akt_msg *batch[10];

	start(&slow);
	outer = begin("whole", 1);
	inner = begin("queued", 1);
	for (unsigned i = 0; i < 7; i++)
		ck_assert_int_eq(akt_post(sys, slow_ref, AKT_NEW(load, .bytes = "one")), 0);
	for (unsigned i = 0; i < 10; i++)
		batch[i] = i == 4 ? NULL : AKT_NEW(load, .bytes = "many");
	ck_assert_int_eq(akt_post(sys, slow_ref, NULL), AKT_ERR_NOMEM);
	ck_assert_int_eq(akt_post_batch(sys, slow_ref, batch, 10), AKT_ERR_NOMEM);
	check_slow_has(inner, outer, 7 + 9, "none");
}
END_TEST

START_TEST(a_forward_moves_the_owner)
{
	akt_profile *outer, *inner;
	akt_ref ref;

	start(&slow);
	ref = spawn(&relay, "rita", &slow_ref);
	outer = begin("whole", 1);
	inner = begin("queued", 1);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(load, .bytes = "on")), 0);
	call(ref, AKT_NEW_SIGNAL(question));
	check_slow_has(inner, outer, 20, "none");
}
END_TEST

static const akt_msg_type bulk = { .name = "test.bulk" };

static int on_bulk(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const unsigned char *bytes = akt_msg_payload(msg, &bulk);
	size_t size = akt_msg_size(msg);

	(void)ctx, (void)state;
	ck_assert_uint_eq(bytes[0], size % 251);
	ck_assert_uint_eq(bytes[size - 1], size % 251);
	return 0;
}

/* Beyond what the pools have: 32768 with the header is their largest. */
static const size_t bulk_bytes[] = { 32728,   32729,   65496,   65497,    100000,
				     1000000, 1048536, 3000000, 64u << 20 };

static const akt_handler bulk_handlers[] = { AKT_ON(block, on_block), { &bulk, on_bulk }, AKT_END };
static const akt_type bulk_type = { .name = "bulk", .handlers = bulk_handlers };

START_TEST(large_messages_have_owners_too)
{
	akt_profile *profile;
	struct profile *p;
	int64_t bytes = 0;

	start(&bulk_type);
	for (unsigned round = 0; round < 3; round++) {
		profile = begin("queued", 1);
		bytes = 0;
		for (unsigned i = 0; i < AKTI_COUNT_OF(bulk_bytes); i++) {
			akt_msg *msg = akt_msg_new_bytes(&bulk, bulk_bytes[i]);

			ck_assert_ptr_nonnull(msg);
			memset(akt_msg_bytes(msg), (int)(bulk_bytes[i] % 251), bulk_bytes[i]);
			ck_assert_int_eq(akt_post(sys, slow_ref, msg), 0);
			bytes += 40 + (int64_t)bulk_bytes[i];
		}
		ck_assert_int_eq(akt_profile_end(profile), 0);
		p = read_file("queued_mem.prof");
		ck_assert_int_eq(held(p, INUSE_OBJECTS, "slowpoke"), AKTI_COUNT_OF(bulk_bytes));
		ck_assert_int_eq(held(p, INUSE_SPACE, "slowpoke"), bytes);
		akti_profile_destroy(p);
		open_up(&gate);
		ck_assert_int_eq(akt_system_drain(sys, AKT_S(30)), 0);
		atomic_store(&gate, 0);
		atomic_store(&blocked, 0);
		ck_assert_int_eq(akt_post(sys, slow_ref, AKT_NEW_SIGNAL(block)), 0);
		wait_for(&blocked);
	}
	open_up(&gate);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(a_question_is_the_one_who_is_asked)
{
	akt_profile *outer, *inner;
	akt_ref ref;

	start(&slow);
	ref = spawn(&asker, "anna", &slow_ref);
	outer = begin("whole", 1);
	inner = begin("queued", 1);
	call(ref, AKT_NEW(peer, .to = slow_ref, .count = 30));
	check_slow_has(inner, outer, 30, "anna");
}
END_TEST

START_TEST(an_answer_is_the_one_who_asked)
{
	akt_profile *profile;
	struct profile *p;
	akt_ref ref;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	ck_assert_int_eq(akt_system_start(&sys, NULL), 0);
	oracle_ref = spawn(&slow, "oracle", &slow_ref);
	ref = spawn(&asker, "anna", &oracle_ref);
	profile = begin("queued", 1);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(let_go)), 0);
	wait_for(&blocked);
	call(oracle_ref, AKT_NEW_SIGNAL(question)); /* after that of anna */
	ck_assert_int_eq(akt_profile_end(profile), 0);
	p = read_file("queued_mem.prof");
	/* The answer, and what she handles. */
	ck_assert_int_eq(held(p, INUSE_OBJECTS, "anna"), 2);
	ck_assert_int_eq(held(p, INUSE_SPACE, "anna"), LOAD_BYTES + 64);
	akti_profile_destroy(p);
	open_up(&gate);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(what_is_taken_stays_with_its_taker_until_it_is_sent)
{
	akt_profile *outer, *inner;
	struct profile *p;
	akt_ref ref;

	start(&slow);
	ref = spawn(&keeper, "kate", &slow_ref);
	outer = begin("whole", 1);
	inner = begin("kept", 1);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(load, .bytes = "keep")), 0);
	call(ref, AKT_NEW_SIGNAL(question));
	ck_assert_int_eq(akt_profile_end(inner), 0);
	p = read_file("kept_mem.prof");
	ck_assert_int_ge(held(p, INUSE_SPACE, "kate"), LOAD_BYTES);
	ck_assert_int_eq(held(p, INUSE_SPACE, "slowpoke"), 0);
	akti_profile_destroy(p);
	/* A section sees what was born in it: the load is older than the next one. */
	call(ref, AKT_NEW_SIGNAL(let_go));
	ck_assert_int_eq(akt_profile_end(outer), 0);
	p = read_file("whole_mem.prof");
	ck_assert_int_eq(held(p, INUSE_SPACE, "slowpoke"), LOAD_BYTES);
	akti_profile_destroy(p);
	open_up(&gate);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

static akt_msg *left;

/* What an actor takes and forgets to give back. */
static int on_lose(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	left = akt_msg_take(ctx);
	return 0;
}

static const akt_handler loser_handlers[] = { AKT_ON(load, on_lose), AKT_END };
static const akt_type loser = { .name = "loser", .handlers = loser_handlers };

START_TEST(an_owner_who_is_gone_is_named_all_the_same)
{
	akt_profile *profile;
	struct profile *p;
	akt_ref ref;
	char text[64];

	unsetenv("AKT_PROFILE_SHUTDOWN");
	for (unsigned named = 0; named < 2; named++) {
		ck_assert_int_eq(akt_system_start(&sys, NULL), 0);
		profile = begin("leak", 1);
		if (named)
			ref = spawn(&loser, "luis", &slow_ref);
		else
			ck_assert_int_eq(akt_spawn(sys, &loser, NULL, &ref), 0);
		ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(load, .bytes = "lost")), 0);
		ck_assert_int_eq(akt_system_stop(sys), 0);
		ck_assert_int_eq(akt_profile_end(profile), 0);
		p = read_file("leak_mem.prof");
		snprintf(text, sizeof(text), "loser-%u.%u", ref.slot, ref.gen);
		ck_assert_int_eq(held(p, INUSE_SPACE, named ? "luis" : text), LOAD_BYTES);
		ck_assert_int_eq(held(p, INUSE_SPACE, NULL), LOAD_BYTES);
		akti_profile_destroy(p);
		akt_msg_free(left);
	}
}
END_TEST

/* --- without actors -------------------------------------------------------------------------------- */

static const akt_type maker = { .name = "maker" }, holder = { .name = "holder" };

START_TEST(what_was_never_sent_is_its_makers_and_states_are_nobodys)
{
	akt_profile *profile = begin("unsent", 1);
	akt_msg *outside = AKT_NEW_SIGNAL(let_go), *inside;
	void *state = akti_mem_alloc(100, MEM_STATE);
	struct profile *p;

	label(&maker, (uint64_t)5 << 32 | 2, NULL);
	inside = AKT_NEW(load, .bytes = "mine");
	label(NULL, 0, NULL);
	akti_prof_heap_own(state, &holder, (uint64_t)9 << 32 | 1);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	p = read_file("unsent_mem.prof");
	ck_assert_int_eq(held(p, INUSE_SPACE, "maker-5.2"), LOAD_BYTES);
	ck_assert_int_eq(held(p, INUSE_SPACE, "none"), 64);
	ck_assert_int_eq(held(p, INUSE_SPACE, "holder-9.1"), 0);
	ck_assert_int_eq(sum(p, INUSE_SPACE, "kind", "state", NULL), 100);
	akti_profile_destroy(p);
	akt_msg_free(outside);
	akt_msg_free(inside);
	akti_mem_free(state, 100);
}
END_TEST

#define BLOCKS 20000u
static void *blocks[BLOCKS];

static void make_blocks(unsigned count, size_t size_bytes)
{
	for (unsigned i = 0; i < count; i++) {
		blocks[i] = akti_mem_alloc(size_bytes, MEM_MESSAGE);
		ck_assert_ptr_nonnull(blocks[i]);
	}
}

static void free_blocks(unsigned count, size_t size_bytes)
{
	for (unsigned i = 0; i < count; i++)
		akti_mem_free(blocks[i], size_bytes);
}

static void add_live(void *arg, const struct heap_live *live)
{
	int64_t *sums = arg;

	sums[0] += live->objects;
	sums[1] += live->bytes;
}

START_TEST(owners_add_up_to_what_is_in_use_with_samples_too)
{
	int64_t sums[2] = { 0, 0 };
	akt_profile *profile;
	struct profile *p;
	uint64_t owned = 0;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap_seed(3);
	profile = begin("sampled", 1000);
	make_blocks(BLOCKS, 100);
	for (uint64_t i = 0; i < BLOCKS; i++)
		akti_prof_heap_own(blocks[i], &holder, (i % 37 + 1) << 32 | 1);
	akti_prof_heap_live(0, add_live, sums);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	p = read_file("sampled_mem.prof");
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), akti_prof_heap_objects(sums[0]));
	ck_assert_int_eq(sum(p, INUSE_SPACE, NULL, NULL, NULL), sums[1]);
	ck_assert_int_eq(sum(p, ALLOC_SPACE, NULL, NULL, NULL), sums[1]);
	for (uint32_t i = 0; i < p->sample_count; i++)
		owned += strcmp(label_of(p, i, "owner"), "") != 0;
	ck_assert_uint_eq(owned, 37);
	ck_assert_int_eq(sum(p, INUSE_SPACE, "owner", "", NULL), 0);
	akti_profile_destroy(p);
	free_blocks(BLOCKS, 100);
}
END_TEST

START_TEST(beyond_ten_thousand_owners_the_lightest_are_folded_into_their_type)
{
	akt_profile *profile = begin("many", 1);
	struct profile *p;

	make_blocks(10600, 100);
	for (uint64_t i = 0; i < 10500; i++)
		akti_prof_heap_own(blocks[i], &holder, (i + 1) << 32 | 1);
	for (uint64_t i = 10500; i < 10600; i++)
		akti_prof_heap_own(blocks[i], &holder, (i - 10500 + 601) << 32 | 1);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	p = read_file("many_mem.prof");
	ck_assert_int_eq(held(p, INUSE_OBJECTS, "other:holder"), 500);
	ck_assert_int_eq(held(p, INUSE_SPACE, "holder-601.1"), 200);
	ck_assert_int_eq(held(p, INUSE_OBJECTS, NULL), 10600);
	ck_assert(has_comment(p, "folded=500"));
	akti_profile_destroy(p);
	free_blocks(10600, 100);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_slow_receiver_has_what_lies_in_its_mailbox,
		also_in_a_ring,
		from_outside_by_one_and_by_many,
		a_forward_moves_the_owner,
		large_messages_have_owners_too,
		a_question_is_the_one_who_is_asked,
		an_answer_is_the_one_who_asked,
		what_is_taken_stays_with_its_taker_until_it_is_sent,
		an_owner_who_is_gone_is_named_all_the_same,
		what_was_never_sent_is_its_makers_and_states_are_nobodys,
		owners_add_up_to_what_is_in_use_with_samples_too,
		beyond_ten_thousand_owners_the_lightest_are_folded_into_their_type,
	};

	return run_tests("prof-owner", tests, AKTI_COUNT_OF(tests), 60);
}
