/* SPDX-License-Identifier: MIT */
/*
 * Torture of the mailbox's hand-shake, for the interleave build: few slots, so that they change
 * hands all the time; families whose children end while their parents are stopped, or at the very time
 * when these end; requests that meet the shutdown walk; senders that know references of the past.
 * Proves: every letter is handled by the very actor it was for, or is a dead letter; everybody ends;
 * nobody waits for ever. It is small, so that a planted bug is met within some hundred seeds
 * (plant.sh).
 *
 * AKT_SEED=n replays a seed, AKT_TEST_SEEDS=n runs so many.
 */
#include "harness.h"
#include "actor/actors.h"
#include "super/super.h"
#include <akt/akt.h>
#include <string.h>

#define PLACES 4u
#define SLOTS 12u
#define STEPS 24u
/* How long an end may take. The simulator's time hardly moves while somebody can run, and somebody
 * can where a request was lost: shutdown walks again and again. */
#ifdef AKTI_INTERLEAVE
#define PATIENCE_NS AKT_MS(50)
#else
#define PATIENCE_NS AKT_S(20)
#endif

struct letter {
	uint32_t slot;
	uint32_t gen;
	uint32_t hops;
};
AKT_MESSAGE_DECLARE(letter);
AKT_MESSAGE_DEFINE(letter, "torture.letter", AKT_FIELD(1, letter, hops));

static struct {
	_Atomic uint64_t refs[PLACES]; /* slot << 32 | gen */
	_Atomic uint64_t node;
	_Atomic uint64_t sent;
	_Atomic uint64_t handled;
	_Atomic uint64_t dead;
	_Atomic int64_t alive;
} world;

static akt_ref at(uint32_t place)
{
	uint64_t packed = akti_load_sc(&world.refs[place]);
	akt_ref ref = { (uint32_t)(packed >> 32), (uint32_t)packed, akti_load_sc(&world.node) };

	return ref;
}

static void settle(uint32_t place, akt_ref ref)
{
	akti_store_sc(&world.node, ref.node);
	akti_store_sc(&world.refs[place], (uint64_t)ref.slot << 32 | ref.gen);
}

static akt_msg *letter_to(akt_ref to, uint32_t hops)
{
	(void)akti_add_sc(&world.sent, 1);
	return AKT_NEW(letter, .slot = to.slot, .gen = to.gen, .hops = hops);
}

static void on_dead(void *arg, const akt_dead_letter *letter)
{
	(void)arg, (void)letter;
	(void)akti_add_sc(&world.dead, 1);
}

static const akt_type single, plain;

static int on_letter(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct letter *letter = akt_payload(msg, letter);
	akt_ref self = akt_self(ctx);
	akt_ref to = at((uint32_t)(akt_random(ctx) % PLACES));
	uint32_t hops = letter->hops;
	akt_ref born;

	(void)state;
	AKT_ASSERT(letter->slot == self.slot && letter->gen == self.gen);
	(void)akti_add_sc(&world.handled, 1);
	switch (akt_random(ctx) % 8) {
	case 0:
		(void)akt_stop(akt_system_of(ctx), self);
		break;
	case 1:
		(void)akt_stop(akt_system_of(ctx), to);
		break;
	case 2:
		akt_msg_free(akt_msg_take(ctx));
		break;
	case 3:
		(void)akt_spawn_named(akt_system_of(ctx), &plain, "taken", NULL, &born);
		break;
	case 4:
	case 5:
		/* From the worker's own free slots: the one that ended last lives again. */
		if (akt_spawn(akt_system_of(ctx), akt_random(ctx) % 2 ? &single : &plain, NULL,
			      &born) == 0)
			settle((uint32_t)(akt_random(ctx) % PLACES), born);
		break;
	default:
		break;
	}
	if (hops > 0)
		(void)akt_send(ctx, to, letter_to(to, hops - 1));
	return 0;
}

static const akt_handler handlers[] = { AKT_ON(letter, on_letter), AKT_END };

static int begin(akt_ctx *ctx, void *state, const void *arg);
static void end(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	(void)akti_sub_sc(&world.alive, 1);
}

static const akt_type single = {
	.name = "single", .handlers = handlers, .start = begin, .stop = end
};
static const akt_type plain = { .name = "plain", .handlers = handlers };
static const akt_type family = {
	.name = "family", .handlers = handlers, .start = begin, .stop = end
};
static const char is_family[] = "family";

/* A family has a child of each kind; the first takes a place of its own. */
static int begin(akt_ctx *ctx, void *state, const void *arg)
{
	akt_ref child;

	(void)state;
	(void)akti_add_sc(&world.alive, 1);
	if (arg != is_family)
		return 0;
	if (akt_spawn_child(ctx, &single, NULL, NULL, &child) == 0)
		settle((uint32_t)(akt_random(ctx) % PLACES), child);
	if (akt_spawn_child(ctx, &plain, NULL, NULL, &child) == 0)
		settle((uint32_t)(akt_random(ctx) % PLACES), child);
	return 0;
}

static void step(akt_system *sys, uint64_t *random)
{
	uint32_t place = (uint32_t)(draw(random) % PLACES);
	akt_ref ref;

	switch (draw(random) % 8) {
	case 6:
	case 7:
		/* Not born: its slot may still be on the mind of a sender to the former tenant. */
		(void)akt_spawn_named(sys, draw(random) % 2 ? &single : &plain, "taken", NULL,
				      &ref);
		break;
	case 0:
		if (akt_spawn(sys, draw(random) % 2 ? &single : &plain, NULL, &ref) == 0)
			settle(place, ref);
		break;
	case 1:
		if (akt_spawn(sys, &family, is_family, &ref) == 0)
			settle(place, ref);
		break;
	case 2:
		(void)akt_stop(sys, at(place));
		break;
	default:
		ref = at(place);
		(void)akt_post(sys, ref, letter_to(ref, (uint32_t)(draw(random) % 4)));
		break;
	}
}

static void live(uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	akt_options options = AKT_OPTIONS;
	akt_stop_report report = { .size = sizeof(report) };
	akt_system *sys;
	akt_ref ref;

	memset(&world, 0, sizeof(world));
	options.workers = 1 + (unsigned)(seed % 3);
	options.actors_max = SLOTS;
	options.budget = 1 + (uint32_t)(seed % 4);
	options.dead_letter = on_dead;
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	AKT_ASSERT(akt_spawn_named(sys, &plain, "taken", NULL, &ref) == 0);
	for (uint32_t i = 0; i < PLACES; i++) {
		if (akt_spawn(sys, i % 2 ? &single : &family, i % 2 ? NULL : is_family, &ref) == 0)
			settle(i, ref);
	}
	for (uint32_t i = 0; i < STEPS; i++)
		step(sys, &random);
	AKT_ASSERT(akt_system_stop_within(sys, PATIENCE_NS, &report) == 0);
	AKT_ASSERT(akti_load_sc(&world.alive) == 0);
	AKT_ASSERT(akti_load_sc(&world.sent) ==
		   akti_load_sc(&world.handled) + akti_load_sc(&world.dead));
}

START_TEST(letters_reach_whom_they_are_for_and_everybody_ends)
{
	for_seeds(300, 300, live);
}
END_TEST

/* --- parents that end while their children report ------------------------------------------------- */

#define FAMILIES 8u
#define CHILDREN 2u

static _Atomic uint32_t born;
static _Atomic uint32_t ended;

/* It fails, and so ends, within a few steps. */
static int on_order(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akti_add_sc(&world.handled, 1);
	for (uint64_t turns = akt_random(ctx) % 4; turns > 0; turns--)
		akti_pause();
	return AKT_ERR_FAILED;
}

static const akt_handler orders[] = { AKT_ON(letter, on_order), AKT_END };

static int begin_child(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state, (void)arg;
	(void)akti_add_sc(&world.alive, 1);
	raise_word(&born);
	return 0;
}

static void end_child(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	end(ctx, state, reason);
	raise_word(&ended);
}

static const akt_type child = {
	.name = "child", .handlers = orders, .start = begin_child, .stop = end_child
};

static int begin_parent(akt_ctx *ctx, void *state, const void *arg)
{
	for (uint32_t i = 1; i <= CHILDREN; i++) {
		akt_ref ref;

		AKT_ASSERT(akt_spawn_child(ctx, &child, NULL, NULL, &ref) == 0);
		settle(i, ref);
	}
	settle(0, akt_self(ctx));
	return begin_child(ctx, state, arg);
}

/* It takes its time: a report that is late comes now. */
static void end_parent(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	for (unsigned i = 0; i < 10; i++)
		akti_pause();
	end_child(ctx, state, reason);
}

static const akt_type parent = {
	.name = "parent", .handlers = orders, .start = begin_parent, .stop = end_parent
};

static void fail_together(uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	akt_options options = AKT_OPTIONS;
	akt_system *sys;

	memset(&world, 0, sizeof(world));
	options.workers = 2 + (unsigned)(seed % 2);
	options.actors_max = 1000; /* workers keep free slots to themselves */
	options.budget = 1 + (uint32_t)(seed % 4);
	options.dead_letter = on_dead;
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	for (uint32_t i = 0; i < FAMILIES; i++) {
		uint32_t first = (uint32_t)(draw(&random) % (1 + CHILDREN));

		akti_store_sc(&born, 0);
		akti_store_sc(&ended, 0);
		AKT_ASSERT(akt_spawn(sys, &parent, NULL, NULL) == 0);
		AKT_ASSERT(reached(&born, 1 + CHILDREN));
		for (uint32_t j = 0; j < 1 + CHILDREN; j++) {
			akt_ref ref = at((first + j) % (1 + CHILDREN));

			(void)akt_post(sys, ref, letter_to(ref, 0));
		}
		AKT_ASSERT(reached(&ended, 1 + CHILDREN));
	}
	AKT_ASSERT(akt_system_stop_within(sys, PATIENCE_NS, NULL) == 0);
	AKT_ASSERT(akti_load_sc(&world.alive) == 0);
	AKT_ASSERT(akti_load_sc(&world.sent) ==
		   akti_load_sc(&world.handled) + akti_load_sc(&world.dead));
}

START_TEST(parents_and_children_end_at_the_same_time)
{
	for_seeds(300, 300, fail_together);
}
END_TEST

/* --- requests that meet the shutdown walk --------------------------------------------------------- */

#define WALKED 8u

static akt_ref walked[WALKED];
static uint64_t head_start[2]; /* of the walk, in spins */

static void let_it_walk(struct actors *actors, uint64_t spins)
{
	while (akti_load_acq(&actors->phase) != ACTORS_STOPPING)
		akti_pause();
	for (uint64_t i = 0; i < spins; i++)
		akti_pause();
}

/* A long turn, as the shutdown meets it where its drain has run out of time. */
static int on_call(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	(void)akti_add_sc(&world.handled, 1);
	let_it_walk((struct actors *)akt_system_of(ctx), head_start[0]);
	for (uint32_t i = 0; i < WALKED; i++)
		(void)akt_send(ctx, walked[i], letter_to(walked[i], 0));
	return 0;
}

static const akt_handler calls[] = { AKT_ON(letter, on_call), AKT_END };
static const akt_type caller = { .name = "caller", .handlers = calls };

static void stop_walked(void *arg)
{
	struct actors *actors = arg;

	let_it_walk(actors, head_start[1]);
	for (uint32_t i = 0; i < WALKED; i++)
		(void)akt_stop((akt_system *)actors, walked[i]);
}

/* The walk closes a mailbox before it decides. The shutdown is made by hand, for the system must
 * outlive the thread that stops its actors from outside. */
static void stop_with_the_walk(uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u | 1;
	akt_options options = AKT_OPTIONS;
	struct plat_thread thread;
	struct actors *actors;
	akt_system *sys;
	akt_ref ref;

	memset(&world, 0, sizeof(world));
	options.workers = 1 + (unsigned)(seed % 2);
	options.actors_max = 1000;
	options.dead_letter = on_dead;
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	actors = (struct actors *)sys;
	for (uint32_t i = 0; i < WALKED; i++)
		AKT_ASSERT(akt_spawn(sys, i % 2 ? &family : &plain, is_family, &walked[i]) == 0);
	AKT_ASSERT(akt_system_drain(sys, PATIENCE_NS) == 0);
	(void)draw(&random);
	head_start[0] = draw(&random) % 60;
	head_start[1] = draw(&random) % 60;
	AKT_ASSERT(akt_spawn(sys, &caller, NULL, &ref) == 0);
	if (seed % 4 != 0)
		(void)akt_post(sys, ref, letter_to(ref, 0));
	AKT_ASSERT(akti_plat_thread_start(&thread, "stopper", stop_walked, actors) == 0);
	akti_store_sc(&actors->phase, ACTORS_STOPPING);
	AKT_ASSERT(akti_super_shutdown(actors, akti_plat_now() + PATIENCE_NS));
	akti_plat_thread_join(&thread);
	AKT_ASSERT(akti_load_sc(&world.alive) == 0);
	AKT_ASSERT(akti_load_sc(&world.sent) ==
		   akti_load_sc(&world.handled) + akti_load_sc(&world.dead));
	AKT_ASSERT(akt_system_stop(sys) == 0);
}

START_TEST(a_request_stands_though_the_walk_has_closed_the_mailbox)
{
	for_seeds(300, 300, stop_with_the_walk);
}
END_TEST

/* A sender that looked at the slot before its tenant ended, and pushed after the next one was born:
 * too rare for a seed to meet, so it is made by hand. */
static void too_late(uint64_t seed)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	struct actors *actors;
	struct cell *cell;
	akt_msg *msg;
	akt_ref ref;

	memset(&world, 0, sizeof(world));
	options.workers = 1 + (unsigned)(seed % 2);
	options.dead_letter = on_dead;
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	AKT_ASSERT(akt_spawn(sys, &plain, NULL, &ref) == 0);
	actors = (struct actors *)sys;
	cell = akti_table_cell(&actors->table, ref.slot);
	msg = letter_to(ref, 0);
	msg->from = 0;
	msg->ask = 0;
	msg->to = ADDRESS(0, ref.gen - 1);
	if (mpsc_push(&cell->box, &msg->node) == MPSC_WOKE)
		akti_sched_submit(&actors->sched, &cell->task);
	AKT_ASSERT(akt_system_drain(sys, PATIENCE_NS) == 0);
	AKT_ASSERT(akti_load_sc(&world.handled) == 0);
	AKT_ASSERT(akti_load_sc(&world.dead) == 1);
	AKT_ASSERT(akt_system_stop(sys) == 0);
}

START_TEST(a_letter_to_the_former_tenant_is_a_dead_letter)
{
	for_seeds(4, 4, too_late);
}
END_TEST

/* The same where the next tenant is not born, because its name is taken. */
static _Atomic int verdict;

static void try_a_taken_name(void *arg)
{
	akt_ref ref;

	akti_store_sc(&verdict, akt_spawn_named(arg, &plain, "taken", NULL, &ref));
}

/* Whoever claims or looks up the name waits as long as it is held. */
static struct plat_mutex *lock_of_name(struct actors *actors, akt_ref holder)
{
	const struct name *name = akti_table_cell(&actors->table, holder.slot)->name;

	return &actors->names.shards[name->hash >> 58].mutex;
}

static void too_late_for_nobody(uint64_t seed)
{
	akt_options options = AKT_OPTIONS;
	struct plat_thread thread;
	struct plat_mutex *mutex;
	struct actors *actors;
	struct cell *cell;
	akt_system *sys;
	akt_ref ref;
	akt_msg *msg;

	(void)seed;
	memset(&world, 0, sizeof(world));
	options.workers = 1;
	options.dead_letter = on_dead;
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	actors = (struct actors *)sys;
	AKT_ASSERT(akt_spawn_named(sys, &plain, "taken", NULL, &ref) == 0);
	cell = akti_table_cell(&actors->table, ref.slot + 1); /* the next */
	mutex = lock_of_name(actors, ref);
	akti_plat_lock(mutex);
	AKT_ASSERT(akti_plat_thread_start(&thread, "spawner", try_a_taken_name, sys) == 0);
	while (akti_load_sc(&cell->box.last) != MPSC_BUSY)
		akti_pause();
	ref.slot++;
	msg = letter_to(ref, 0);
	msg->from = 0;
	msg->ask = 0;
	msg->to = ADDRESS(0, 0); /* no generation of the slot */
	AKT_ASSERT(mpsc_push(&cell->box, &msg->node) == MPSC_QUEUED);
	akti_plat_unlock(mutex);
	akti_plat_thread_join(&thread);
	AKT_ASSERT(akti_load_sc(&verdict) == AKT_ERR_EXISTS);
	AKT_ASSERT(akti_load_sc(&world.dead) == 1);
	AKT_ASSERT(akti_load_sc(&world.handled) == 0);
	AKT_ASSERT(akt_system_stop(sys) == 0);
}

START_TEST(a_letter_to_the_former_tenant_of_one_that_is_not_born)
{
	for_seeds(4, 4, too_late_for_nobody);
}
END_TEST

/* --- quiet ---------------------------------------------------------------------------------------- */

/* One thread's push finds an actor idle, so it is this thread that must make it run; before it has, the
 * letters of others are queued behind. Whoever drains finds his own handled all the same. */
#define DRAINERS 3u
#define LETTERS 6u

static _Atomic uint64_t arrivals[DRAINERS];

static int on_arrival(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	(void)akti_add_sc(&arrivals[akt_payload(msg, letter)->hops], 1);
	return 0;
}

static const akt_handler arrival_handlers[] = { AKT_ON(letter, on_arrival), AKT_END };
static const akt_type mailman = { .name = "mailman", .handlers = arrival_handlers };

struct drainer {
	akt_system *sys;
	akt_ref ref;
	uint32_t self;
};

static void post_and_drain(void *arg)
{
	const struct drainer *drainer = arg;

	for (uint64_t i = 1; i <= LETTERS; i++) {
		AKT_ASSERT(akt_post(drainer->sys, drainer->ref,
				    letter_to(drainer->ref, drainer->self)) == 0);
		AKT_ASSERT(akt_system_drain(drainer->sys, AKT_S(20)) == 0);
		AKT_ASSERT(akti_load_sc(&arrivals[drainer->self]) == i);
	}
}

static void drain_together(uint64_t seed)
{
	struct drainer drainers[DRAINERS];
	struct plat_thread threads[DRAINERS];
	akt_options options = AKT_OPTIONS;
	akt_system *sys;
	akt_ref ref;

	memset(&world, 0, sizeof(world));
	memset(arrivals, 0, sizeof(arrivals));
	options.workers = 1 + (unsigned)(seed % 2);
	AKT_ASSERT(akt_system_start(&sys, &options) == 0);
	AKT_ASSERT(akt_spawn(sys, &mailman, NULL, &ref) == 0);
	for (uint32_t i = 0; i < DRAINERS; i++) {
		drainers[i] = (struct drainer){ sys, ref, i };
		AKT_ASSERT(akti_plat_thread_start(&threads[i], "drainer", post_and_drain,
						  &drainers[i]) == 0);
	}
	for (uint32_t i = 0; i < DRAINERS; i++)
		akti_plat_thread_join(&threads[i]);
	AKT_ASSERT(akt_system_stop(sys) == 0);
}

START_TEST(who_drains_finds_what_he_has_posted_handled)
{
	for_seeds(300, 100, drain_together);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handshake");
	TCase *tcase = tcase_create("handshake");

	tcase_set_timeout(tcase, 280);
	tcase_add_test(tcase, letters_reach_whom_they_are_for_and_everybody_ends);
	tcase_add_test(tcase, parents_and_children_end_at_the_same_time);
	tcase_add_test(tcase, a_request_stands_though_the_walk_has_closed_the_mailbox);
	tcase_add_test(tcase, a_letter_to_the_former_tenant_is_a_dead_letter);
	tcase_add_test(tcase, a_letter_to_the_former_tenant_of_one_that_is_not_born);
	tcase_add_test(tcase, who_drains_finds_what_he_has_posted_handled);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
