/* SPDX-License-Identifier: MIT */
/* Proves: a system with a memory budget refuses sends of every kind with OVERLOAD when it is used up,
 * to the byte where blocks are exact; meanwhile verdicts, orders, DOWN, timers and births go on; a
 * backlog that drains makes room again; all is counted; the smallest budget of the live systems
 * holds. Not: the pools' part (mem/test_budget.c). */
#include "fixture.h"

/* Bytes of any length. */
AKT_SIGNAL_DEFINE(blob, "test.blob");
struct report {
	akt_ref about;
};
AKT_MESSAGE_DEFINE(report, "test.report", AKT_FIELD(1, report, about));

#define HEAD_BYTES sizeof(struct akt_msg_head)
#define HUGE_BYTES ((size_t)1 << 20)

static akt_system *with_budget(unsigned workers, uint64_t memory_max)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = workers;
	one_seed(); /* the order of things decides little, and a budget is much to fill */
	options.seed = workers == 0 ? test_seed() : 0;
	options.memory_max = memory_max;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	return sys;
}

static akt_stats stats_of(akt_system *sys)
{
	akt_stats stats = { .size = sizeof(stats) };

	(void)akt_system_stats(sys, &stats);
	return stats;
}

#define PASSES 300u
static akt_msg *passes[PASSES]; /* made before the budget is used up */
static unsigned passed;
static akt_ref mute;

static int say_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static void make_passes(akt_system *sys)
{
	ck_assert_int_eq(akt_spawn_fn(sys, NULL, say_nothing, NULL, &mute), 0);
	for (passed = 0; passed < PASSES; passed++)
		passes[passed] = AKT_NEW_SIGNAL(poke);
	passed = 0;
}

/* A millisecond passes. A seeded system runs, and its clock goes on, while somebody waits for an
 * answer. */
static void pass(akt_system *sys)
{
	int64_t patience_ns = AKT_MS(1) << passed / 20;
	akt_msg *reply;

	ck_assert_uint_lt(passed, PASSES);
	ck_assert_int_eq(akt_call(sys, mute, passes[passed++], patience_ns, &reply),
			 AKT_ERR_TIMEOUT);
}

static void free_passes(void)
{
	while (passed < PASSES)
		akt_msg_free(passes[passed++]);
}

/* Wait for what actors bring about. */
#define AWAIT(sys, condition)                                                                      \
	do {                                                                                       \
		while (!(condition))                                                               \
			pass(sys);                                                                 \
	} while (0)

static _Atomic uint64_t blobs;

static int on_blob(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	blobs++;
	return 0;
}
static const akt_handler sink_handlers[] = { AKT_ON(blob, on_blob), AKT_END };
static const akt_type sink = { .name = "sink", .state_size = 100, .handlers = sink_handlers };

static uint64_t accepted(akt_system *sys)
{
	return stats_of(sys).accepted;
}

static uint64_t memory_used(akt_system *sys)
{
	return stats_of(sys).memory_used;
}

/* Posts to what handles nothing until it is refused; returns how many there were. */
static uint64_t fill(akt_system *sys, akt_ref to, size_t bytes)
{
	uint64_t count = 0;
	int r;

	while ((r = akt_post(sys, to, akt_msg_new_bytes(&akt_message_blob, bytes))) == 0)
		count++;
	ck_assert_int_eq(r, AKT_ERR_OVERLOAD);
	ck_assert_int_eq(akt_msg_null_error(), AKT_ERR_OVERLOAD);
	return count;
}

START_TEST(a_backlog_is_refused_at_the_budget_and_drains_to_room)
{
	static const size_t sizes[] = { 24, 500, 4000, 30000, 70000 };
	akt_system *sys = with_budget(mode_workers[_i], AKT_MEMORY_MIN);
	uint64_t sent = 0;
	akt_ref ref;

	blobs = 0;
	ck_assert_int_eq(akt_spawn(sys, &sink, NULL, &ref), 0);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint64_t n;

		ck_assert_int_eq(akt_suspend(sys, ref), 0);
		n = fill(sys, ref, sizes[s]);
		sent += n;
		ck_assert_uint_le(stats_of(sys).memory_used, AKT_MEMORY_MIN);
		/* Classes are up to a quarter wider than what was asked for. */
		ck_assert_uint_gt(n * (sizes[s] + HEAD_BYTES) * 5 / 4 + (4u << 20), AKT_MEMORY_MIN);
		ck_assert_int_eq(akt_resume(sys, ref), 0);
		drain(sys);
		ck_assert_uint_eq(blobs, sent);
	}
	ck_assert_int_eq(akt_post(sys, ref, akt_msg_new_bytes(&akt_message_blob, 24)), 0);
	stop_system(sys);
	ck_assert_uint_eq(blobs, sent + 1);
}
END_TEST

START_TEST(a_message_fits_to_the_byte_and_not_one_more)
{
	akt_system *sys = with_budget(mode_workers[_i], AKT_MEMORY_MIN);
	akt_msg *msg;
	size_t room;

	drain(sys);
	room = AKT_MEMORY_MIN - stats_of(sys).memory_used - HEAD_BYTES;
	for (size_t less = 0; less < 2; less++) {
		msg = akt_msg_new_bytes(&akt_message_blob, room - less);
		ck_assert_ptr_nonnull(msg);
		ck_assert_uint_eq(stats_of(sys).memory_used, AKT_MEMORY_MIN - less);
		akt_msg_free(msg);
	}
	ck_assert_ptr_null(akt_msg_new_bytes(&akt_message_blob, room + 1));
	ck_assert_int_eq(akt_msg_null_error(), AKT_ERR_OVERLOAD);
	ck_assert_ptr_null(akt_msg_new_bytes(&akt_message_blob, AKT_MSG_MAX_BYTES + 1));
	ck_assert_int_eq(akt_msg_null_error(), AKT_ERR_NOMEM);
	stop_system(sys);
}
END_TEST

/* --- what goes on at the limit ---------------------------------------------------------------------- */

static _Atomic uint64_t downs;
static _Atomic uint64_t ticks;
static _Atomic uint64_t verdicts;
static _Atomic uint64_t refused_by[8];
static _Atomic uint64_t started;
static _Atomic uint64_t overloaded;

static int refuse(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_reply_error(ctx, AKT_ERR_REFUSED, "%s",
			       "no, and this takes more words than fit in place");
}
static const akt_handler refuser_handlers[] = { AKT_ON(report, refuse), AKT_END };
static const akt_type refuser = { .name = "refuser", .handlers = refuser_handlers };

static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_int_eq(akt_payload(msg, akt_down)->reason, AKT_REASON_STOPPED);
	downs++;
	return 0;
}

static int on_tick(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	ticks++;
	return 0;
}

static int on_verdict(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_int_eq(akt_msg_error(msg), AKT_ERR_REFUSED);
	verdicts++;
	return 0;
}

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	ck_abort_msg("nothing was asked");
	return 0;
}

static int child_starts(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)arg;
	ck_assert_ptr_nonnull(state);
	started++;
	return 0;
}
static const akt_type child_type = {
	.name = "child", .state_size = HUGE_BYTES, .handlers = sink_handlers, .start = child_starts
};

static akt_msg *huge(void)
{
	return akt_msg_new_bytes(&akt_message_blob, HUGE_BYTES);
}

/* A report: about an actor to watch and to stop. Nothing that it needs for that is refused. */
static int on_report(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref about = akt_payload(msg, report)->about;
	akt_msg *batch[1] = { NULL };
	akt_ref child;

	(void)state;
	batch[0] = huge();
	refused_by[0] += akt_send_batch(ctx, about, batch, 1) == AKT_ERR_OVERLOAD;
	refused_by[1] += akt_send(ctx, about, huge()) == AKT_ERR_OVERLOAD;
	refused_by[2] += akt_ask(ctx, about, huge(), AKT_S(1), on_answer, 0) == AKT_ERR_OVERLOAD;
	refused_by[3] += akt_send_after(ctx, about, huge(), 1, NULL) == AKT_ERR_OVERLOAD;
	refused_by[4] +=
		akt_ask_exclusive(ctx, about, huge(), AKT_S(1), on_answer, 0) == AKT_ERR_OVERLOAD;
	ck_assert_int_eq(akt_watch(ctx, about, on_down, 0), 0);
	ck_assert_int_eq(akt_stop(akt_system_of(ctx), about), 0);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(1), 0, on_tick, 0, NULL), 0);
	ck_assert_int_eq(akt_spawn_child(ctx, &child_type, "a name", NULL, &child), 0);
	ck_assert_ptr_nonnull(akt_alloc(ctx, HUGE_BYTES));
	/* An asker learns why there is no answer. */
	refused_by[5] += akt_reply(ctx, huge()) == AKT_ERR_OVERLOAD;
	return 0;
}
static const akt_handler worker_handlers[] = { AKT_ON(report, on_report), AKT_END };
static const akt_type worker_type = { .name = "worker", .handlers = worker_handlers };

static int on_overload(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	overloaded += akt_msg_error(msg) == AKT_ERR_OVERLOAD;
	return 0;
}

struct pair {
	akt_ref worker;
	akt_ref refuser;
	akt_ref victim;
};

/* Asks both, with messages made before. */
static int on_go(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct pair *pair = state;

	(void)msg;
	ck_assert_int_eq(akt_ask(ctx, pair->worker, AKT_NEW(report, .about = pair->victim),
				 AKT_S(60), on_overload, 0),
			 0);
	ck_assert_int_eq(akt_ask(ctx, pair->refuser, AKT_NEW(report, .about = pair->victim),
				 AKT_S(60), on_verdict, 0),
			 0);
	return 0;
}
static int asker_starts(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	memcpy(state, arg, sizeof(struct pair));
	return 0;
}
static const akt_handler asker_handlers[] = { AKT_ON(poke, on_go), AKT_END };
static const akt_type asker = { .name = "asker",
				.state_size = sizeof(struct pair),
				.handlers = asker_handlers,
				.start = asker_starts };

/* The budget is used up by messages beyond all pools, so that small ones are left: what the pools have
 * ready is never refused. */
START_TEST(at_the_limit_the_runtime_goes_on_and_users_are_told)
{
	akt_system *sys = with_budget(mode_workers[_i], AKT_MEMORY_MIN);
	struct pair pair;
	uint64_t sent;
	akt_ref full;
	akt_ref who;
	akt_msg *reply = NULL;

	make_passes(sys);
	ck_assert_int_eq(akt_spawn(sys, &sink, NULL, &full), 0);
	ck_assert_int_eq(akt_spawn(sys, &sink, NULL, &pair.victim), 0);
	ck_assert_int_eq(akt_spawn(sys, &worker_type, NULL, &pair.worker), 0);
	ck_assert_int_eq(akt_spawn(sys, &refuser, NULL, &pair.refuser), 0);
	ck_assert_int_eq(akt_spawn(sys, &asker, &pair, &who), 0);
	ck_assert_int_eq(akt_suspend(sys, full), 0);
	ck_assert_int_eq(akt_suspend(sys, pair.worker), 0);
	ck_assert_int_eq(akt_suspend(sys, pair.refuser), 0);
	ck_assert_int_eq(akt_post(sys, who, AKT_NEW_SIGNAL(poke)), 0);
	/* Both questions are queued when nobody else moves. */
	AWAIT(sys, accepted(sys) >= 3);
	sent = fill(sys, full, HUGE_BYTES);
	ck_assert_uint_ge(sent, AKT_MEMORY_MIN / (HUGE_BYTES + HEAD_BYTES) - 4);
	ck_assert_int_eq(akt_call(sys, full, huge(), AKT_S(1), &reply), AKT_ERR_OVERLOAD);
	ck_assert_int_eq(akt_resume(sys, pair.worker), 0);
	ck_assert_int_eq(akt_resume(sys, pair.refuser), 0);
	AWAIT(sys, overloaded && verdicts && downs && ticks && started);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(refused_by[i], 1);
	blobs = 0;
	ck_assert_int_eq(akt_resume(sys, full), 0);
	drain(sys);
	ck_assert_uint_eq(blobs, sent);
	ck_assert_int_eq(akt_post(sys, full, huge()), 0);
	free_passes();
	stop_system(sys);
	ck_assert_uint_eq(blobs, sent + 1);
}
END_TEST

START_TEST(a_full_system_stops_in_order)
{
	akt_system *sys = with_budget(mode_workers[_i], AKT_MEMORY_MIN);
	akt_ref ref;
	uint64_t sent;

	blobs = 0;
	ck_assert_int_eq(akt_spawn(sys, &sink, NULL, &ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	sent = fill(sys, ref, 4000);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(stats_of(sys).dead[AKT_DEAD_GONE], sent);
	ck_assert_uint_eq(blobs, 0);
	stop_system(sys);
}
END_TEST

/* Many senders at the limit, a receiver that drains: nothing is lost, and the limit holds. */
struct flood {
	akt_ref to;
	uint64_t left;
};
static _Atomic uint64_t flooded;
static _Atomic uint64_t flood_refused;

static int on_flood(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct flood *self = state;
	int r = 0;

	(void)msg;
	for (int i = 0; i < 16 && self->left > 0 && r == 0; i++) {
		r = akt_send(ctx, self->to, akt_msg_new_bytes(&akt_message_blob, 60000));
		if (r == 0)
			self->left--;
	}
	if (r < 0) {
		ck_assert_int_eq(r, AKT_ERR_OVERLOAD);
		flood_refused++;
		return akt_timer_start(ctx, AKT_MS(1), 0, on_flood, 0, NULL);
	}
	if (self->left == 0) {
		flooded++;
		return 0;
	}
	return akt_timer_start(ctx, 0, 0, on_flood, 0, NULL);
}

static int flood_starts(akt_ctx *ctx, void *state, const void *arg)
{
	struct flood *self = state;

	self->to = *(const akt_ref *)arg;
	self->left = 400;
	return akt_timer_start(ctx, 0, 0, on_flood, 0, NULL);
}
static const akt_handler no_handlers[] = { AKT_END };
static const akt_type flooder = { .name = "flooder",
				  .state_size = sizeof(struct flood),
				  .handlers = no_handlers,
				  .start = flood_starts };

START_TEST(a_flood_is_slowed_and_loses_nothing)
{
	enum { FLOODERS = 4 };
	akt_system *sys = with_budget(mode_workers[_i], AKT_MEMORY_MIN);
	akt_ref ref;

	blobs = 0;
	flooded = 0;
	flood_refused = 0;
	make_passes(sys);
	ck_assert_int_eq(akt_spawn(sys, &sink, NULL, &ref), 0);
	ck_assert_int_eq(akt_suspend(sys, ref), 0);
	for (int i = 0; i < FLOODERS; i++)
		ck_assert_int_eq(akt_spawn(sys, &flooder, &ref, NULL), 0);
	AWAIT(sys, flood_refused > 0);
	ck_assert_uint_gt(memory_used(sys), AKT_MEMORY_MIN - (2u << 20));
	ck_assert_int_eq(akt_resume(sys, ref), 0);
	AWAIT(sys, flooded == FLOODERS);
	free_passes();
	stop_system(sys);
	ck_assert_uint_eq(blobs, FLOODERS * 400);
}
END_TEST

/* --- options and statistics ------------------------------------------------------------------------- */

START_TEST(the_least_budget_and_one_byte_less)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys = NULL;

	options.workers = 1;
	options.memory_max = AKT_MEMORY_MIN - 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	ck_assert_ptr_null(sys);
	for (uint64_t more = 0; more < 2; more++) {
		sys = with_budget(1, AKT_MEMORY_MIN + more);
		ck_assert_uint_eq(stats_of(sys).memory_max, AKT_MEMORY_MIN + more);
		stop_system(sys);
	}
}
END_TEST

START_TEST(the_smallest_budget_holds_while_its_system_lives)
{
	akt_system *wide = with_budget(1, 2 * AKT_MEMORY_MIN);
	akt_system *none = with_budget(1, 0);
	akt_system *narrow = with_budget(1, AKT_MEMORY_MIN);
	const size_t between = AKT_MEMORY_MIN + HUGE_BYTES;
	akt_msg *msg;

	ck_assert_uint_eq(stats_of(none).memory_max, AKT_MEMORY_MIN);
	ck_assert_ptr_null(akt_msg_new_bytes(&akt_message_blob, between));
	stop_system(narrow);
	ck_assert_uint_eq(stats_of(none).memory_max, 2 * AKT_MEMORY_MIN);
	msg = akt_msg_new_bytes(&akt_message_blob, between);
	ck_assert_ptr_nonnull(msg);
	akt_msg_free(msg);
	stop_system(wide);
	ck_assert_uint_eq(stats_of(none).memory_max, 0);
	msg = akt_msg_new_bytes(&akt_message_blob, 3 * AKT_MEMORY_MIN);
	ck_assert_ptr_nonnull(msg);
	ck_assert_uint_gt(stats_of(none).memory_used, 3 * AKT_MEMORY_MIN);
	akt_msg_free(msg);
	stop_system(none);
}
END_TEST

START_TEST(statistics_of_the_first_version_are_filled_so_far)
{
	const size_t first = offsetof(akt_stats, memory_used);
	akt_system *sys = with_budget(1, AKT_MEMORY_MIN);
	akt_stats stats;

	memset(&stats, 0x55, sizeof(stats));
	stats.size = first;
	ck_assert_int_eq(akt_system_stats(sys, &stats), 0);
	ck_assert_uint_eq(stats.size, first);
	ck_assert_uint_eq(stats.accepted, 0);
	ck_assert_uint_eq(stats.memory_max, UINT64_C(0x5555555555555555));
	stats.size = first - 1;
	ck_assert_int_eq(akt_system_stats(sys, &stats), AKT_ERR_INVALID);
	stats.size = sizeof(stats) + 1;
	ck_assert_int_eq(akt_system_stats(sys, &stats), AKT_ERR_INVALID);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("budget");

	tcase_add_loop_test(tests, a_backlog_is_refused_at_the_budget_and_drains_to_room, 0, MODES);
	tcase_add_loop_test(tests, a_message_fits_to_the_byte_and_not_one_more, 0, MODES);
	tcase_add_loop_test(tests, at_the_limit_the_runtime_goes_on_and_users_are_told, 0, MODES);
	tcase_add_loop_test(tests, a_full_system_stops_in_order, 0, MODES);
	tcase_add_loop_test(tests, a_flood_is_slowed_and_loses_nothing, 0, MODES);
	tcase_add_test(tests, the_least_budget_and_one_byte_less);
	tcase_add_test(tests, the_smallest_budget_holds_while_its_system_lives);
	tcase_add_test(tests, statistics_of_the_first_version_are_filled_so_far);
	return run_case("budget", tests, 60);
}
