/* SPDX-License-Identifier: MIT */
/*
 * Proves: each public function, given NULL, a reference that is stale, null, of another system or made up,
 * or an argument out of its range, says so by a named error or names nobody; nothing changes by it, the
 * actor goes on, and every message is counted. scripts/house.py compares the table with the headers: a
 * function without a row is a fault.
 * Not: what the contract at the top of akt/actor.h says is not looked at.
 */
#include "fixture.h"
#include <signal.h>
#include <akt/block.h>
#include <akt/crash.h>
#include <akt/debug.h>
#include <akt/event.h>
#include <akt/fd.h>
#include <akt/object.h>
#include <akt/observe.h>
#include <akt/record.h>
#include <akt/timer.h>
#include <akt/wire.h>

#define INVALID AKT_ERR_INVALID
#define IS(call, expected) ck_assert_int_eq((call), (expected))

static akt_system *sys;
static akt_system *other;
static akt_ref alive; /* handles whatever it is sent */

/* References that name nobody. */
#define WRONG 5
static akt_ref wrong[WRONG];

static const akt_ref null_ref = { 0, 0, 0 };
static akt_ctx *ctx; /* of the row that runs in a handler */
static _Atomic uint64_t verdicts;

static akt_msg *msg(void)
{
	return AKT_NEW(number, .value = 1);
}

static int fn(akt_ctx *c, void *state, akt_msg *m)
{
	(void)c, (void)state, (void)m;
	return 0;
}

static int on_gone(akt_ctx *c, void *state, akt_msg *m)
{
	(void)c, (void)state;
	if (akt_msg_type_of(m) == &akt_message_akt_down)
		IS(akt_payload(m, akt_down)->reason, AKT_REASON_GONE);
	else
		IS(akt_msg_error(m), AKT_ERR_GONE);
	verdicts++;
	return 0;
}

static const akt_type type = { .name = "type" };
static char name_too_long[AKT_NAME_MAX + 2];
static char text[64];

/* --- in a handler ------------------------------------------------------------------------------------ */

static void sends(void)
{
	akt_msg *one[1] = { NULL };

	IS(akt_send(ctx, alive, NULL), AKT_ERR_NOMEM);
	IS(akt_send_batch(ctx, alive, NULL, 1), INVALID);
	IS(akt_send_batch(ctx, alive, NULL, 0), 0);
	IS(akt_send_batch(ctx, alive, one, 1), AKT_ERR_NOMEM);
	for (int i = 0; i < WRONG; i++) {
		IS(akt_send(ctx, wrong[i], msg()), AKT_ERR_GONE);
		one[0] = msg();
		IS(akt_send_batch(ctx, wrong[i], one, 1), AKT_ERR_GONE);
		IS(akt_send_after(ctx, wrong[i], msg(), 0, NULL),
		   0); /* a dead letter in its time */
	}
	IS(akt_send_after(ctx, alive, NULL, 0, NULL), AKT_ERR_NOMEM);
	IS(akt_send_after(ctx, alive, msg(), -1, NULL), INVALID);
}

static void asks(void)
{
	IS(akt_ask(ctx, alive, NULL, 1, fn, 0), AKT_ERR_NOMEM);
	IS(akt_ask(ctx, alive, msg(), 0, fn, 0), INVALID);
	IS(akt_ask(ctx, alive, msg(), -1, fn, 0), INVALID);
	IS(akt_ask(ctx, alive, msg(), 1, NULL, 0), INVALID);
	IS(akt_ask_exclusive(ctx, alive, NULL, 1, fn, 0), AKT_ERR_NOMEM);
	IS(akt_ask_exclusive(ctx, alive, msg(), 0, fn, 0), INVALID);
	IS(akt_ask_exclusive(ctx, alive, msg(), 1, NULL, 0), INVALID);
	for (int i = 0; i < WRONG; i++) {
		IS(akt_ask(ctx, wrong[i], msg(), AKT_S(50), on_gone, 0), 0);
		IS(akt_ask_exclusive(ctx, wrong[i], msg(), AKT_S(50), on_gone, 0), 0);
	}
	IS(akt_ask_cancel(ctx, 12345), 0);
	IS(akt_call(sys, alive, msg(), AKT_S(1), NULL), AKT_ERR_THREAD);
	IS(akt_system_drain(sys, 1), AKT_ERR_THREAD);
	IS(akt_system_run(sys, 1, NULL), AKT_ERR_THREAD);
}

static void watches(void)
{
	IS(akt_watch(ctx, alive, NULL, 0), INVALID);
	IS(akt_watch(ctx, akt_self(ctx), fn, 0), INVALID);
	for (int i = 0; i < WRONG; i++) {
		IS(akt_unwatch(ctx, wrong[i]), 0);
		IS(akt_watch(ctx, wrong[i], on_gone, 0), 0);
	}
}

static void waits(void)
{
	static const akt_work no_run = { .name = "no run" };
	akt_pending none = { 0, 0 };
	akt_pending made_up = { 1234567, 89 };

	IS(akt_cancel(ctx, none), AKT_ERR_NOTFOUND);
	IS(akt_cancel(ctx, made_up), AKT_ERR_NOTFOUND);
	IS(akt_timer_start(ctx, -1, 0, fn, 0, NULL), INVALID);
	IS(akt_timer_start(ctx, 0, -1, fn, 0, NULL), INVALID);
	IS(akt_timer_start(ctx, 0, 0, NULL, 0, NULL), INVALID);
	IS(akt_block(ctx, NULL, NULL, 1, fn, 0, NULL), INVALID);
	IS(akt_block(ctx, &no_run, NULL, 1, fn, 0, NULL), INVALID);
	IS(akt_block_to(ctx, NULL, NULL, alive), INVALID);
	IS(akt_fd_wait(ctx, -1, AKT_FD_READ, 1, fn, 0, NULL), INVALID);
	IS(akt_fd_wait(ctx, 0, 0, 1, fn, 0, NULL), INVALID);
	IS(akt_fd_wait(ctx, 0, 4711, 1, fn, 0, NULL), INVALID);
	IS(akt_fd_wait(ctx, 0, AKT_FD_READ, 0, fn, 0, NULL), INVALID);
	IS(akt_fd_wait(ctx, 0, AKT_FD_READ, 1, NULL, 0, NULL), INVALID);
	IS(akt_fd_wait(ctx, 100000, AKT_FD_READ, 1, fn, 0, NULL), INVALID);
}

static int job_run(void *arg, akt_msg **ret_result)
{
	(void)arg;
	*ret_result = msg();
	return 0;
}
static const akt_work job = { .name = "job", .run = job_run };

static void blocks(void)
{
	IS(akt_block(ctx, &job, NULL, 0, fn, 0, NULL), INVALID);
	IS(akt_block(ctx, &job, NULL, 1, NULL, 0, NULL), INVALID);
	for (int i = 0; i < WRONG; i++)
		IS(akt_block_to(ctx, &job, NULL, wrong[i]), 0); /* a dead letter */
}

/* The row's message is a post: nobody asked. */
static void answers(void)
{
	akt_msg *request;

	IS(akt_reply(ctx, NULL), AKT_ERR_NOMEM);
	IS(akt_reply(ctx, msg()), 0); /* a dead letter */
	IS(akt_reply_error(ctx, 0, "%s", ""), INVALID);
	IS(akt_reply_error(ctx, 5, "%s", ""), INVALID);
	IS(akt_reply_error(ctx, AKT_ERR_REFUSED, "%s", ""), 0);
	request = akt_msg_take(ctx);
	ck_assert_ptr_nonnull(request);
	ck_assert_ptr_null(akt_msg_take(ctx));
	IS(akt_reply_to(ctx, request, NULL), AKT_ERR_NOMEM);
	IS(akt_reply_to(ctx, request, msg()), 0); /* a dead letter */
	IS(akt_reply_to(ctx, request, msg()), 0);
	akt_msg_free(request);
	/* What was taken is not here any more. */
	IS(akt_forward(ctx, alive), INVALID);
	IS(akt_unhandled(ctx), INVALID);
	IS(akt_stash(ctx), INVALID);
}

static void forwards(void)
{
	static int turn;

	IS(akt_forward(ctx, wrong[turn++ % WRONG]), AKT_ERR_GONE);
	IS(akt_forward(ctx, alive), INVALID);
}

static void behaviours(void)
{
	IS(akt_become(ctx, NULL), INVALID);
	IS(akt_unbecome(ctx), AKT_ERR_NOTFOUND);
	IS(akt_unstash(ctx, AKT_ALL), 0);
	IS(akt_unstash(ctx, 0), 0);
}

static void children(void)
{
	akt_ref ref = { 7, 7, 7 };

	IS(akt_spawn_child(ctx, NULL, NULL, NULL, &ref), INVALID);
	IS(akt_spawn_child(ctx, &type, "", NULL, &ref), INVALID);
	IS(akt_spawn_child(ctx, &type, name_too_long, NULL, &ref), INVALID);
	IS(akt_spawn_record_child(ctx, NULL, 10, &ref, NULL), INVALID);
	IS(akt_spawn_record_child(ctx, "no record", 9, &ref, NULL), AKT_ERR_FORMAT);
	IS(akt_record_self(ctx, NULL, 5, NULL), AKT_ERR_LOCAL); /* of a function */
	ck_assert_uint_eq(ref.slot, 7);
	IS(akt_children(ctx, NULL, 1), INVALID);
	IS(akt_children(ctx, NULL, 0), 0);
	IS(akt_children(NULL, NULL, 0), INVALID);
	IS(akt_path(NULL, text, 1), INVALID);
	IS(akt_path(ctx, NULL, 1), INVALID);
}

static void owned(void)
{
	ck_assert_ptr_null(akt_alloc(ctx, AKT_ALLOC_MAX_BYTES + 1));
	ck_assert_ptr_null(akt_alloc(ctx, SIZE_MAX));
	ck_assert_ptr_null(akt_scratch(ctx, AKT_ALLOC_MAX_BYTES + 1));
	ck_assert_ptr_null(akt_scratch(ctx, SIZE_MAX));
	akt_free(ctx, NULL);
	IS(akt_defer(ctx, NULL, NULL), INVALID);
	IS(akt_at_end(ctx, NULL, NULL), INVALID);
}

static void events(void)
{
	IS(akt_events_subscribe(ctx, 0, NULL, 0), INVALID);
	IS(akt_events_subscribe(ctx, AKT_EVENT_ALL + 1, NULL, 0), INVALID);
	IS(akt_events_unsubscribe(ctx), AKT_ERR_NOTFOUND);
}

/* --- outside ----------------------------------------------------------------------------------------- */

static void posts(void)
{
	akt_msg *one[1] = { NULL };
	akt_msg *reply = NULL;

	IS(akt_post(sys, alive, NULL), AKT_ERR_NOMEM);
	IS(akt_post_batch(sys, alive, NULL, 1), INVALID);
	IS(akt_post_batch(sys, alive, one, 1), AKT_ERR_NOMEM);
	IS(akt_call(sys, alive, NULL, 1, &reply), AKT_ERR_NOMEM);
	IS(akt_call(sys, alive, msg(), 0, &reply), INVALID);
	IS(akt_call(NULL, alive, msg(), 1, &reply), INVALID);
	for (int i = 0; i < WRONG; i++) {
		IS(akt_post(sys, wrong[i], msg()), AKT_ERR_GONE);
		one[0] = msg();
		IS(akt_post_batch(sys, wrong[i], one, 1), AKT_ERR_GONE);
		IS(akt_call(sys, wrong[i], msg(), AKT_S(50), &reply), AKT_ERR_GONE);
	}
	ck_assert_ptr_null(reply);
}

static void orders(void)
{
	for (int i = 0; i < WRONG; i++) {
		IS(akt_stop(sys, wrong[i]), AKT_ERR_GONE);
		IS(akt_restart(sys, wrong[i]), AKT_ERR_GONE);
		IS(akt_suspend(sys, wrong[i]), AKT_ERR_GONE);
		IS(akt_resume(sys, wrong[i]), AKT_ERR_GONE);
		ck_assert(!akt_alive(sys, wrong[i]));
	}
	IS(akt_stop(NULL, alive), INVALID);
	IS(akt_restart(NULL, alive), INVALID);
	IS(akt_suspend(NULL, alive), INVALID);
	IS(akt_resume(NULL, alive), INVALID);
	ck_assert(!akt_alive(NULL, alive));
	ck_assert(akt_alive(sys, alive));
}

static void births(void)
{
	akt_type bad = type;
	akt_ref ref = { 7, 7, 7 };

	IS(akt_spawn(NULL, &type, NULL, &ref), INVALID);
	IS(akt_spawn(sys, NULL, NULL, &ref), INVALID);
	bad.name = NULL;
	IS(akt_spawn(sys, &bad, NULL, &ref), INVALID);
	bad = type;
	bad.mailbox = (enum akt_mailbox)77;
	IS(akt_spawn(sys, &bad, NULL, &ref), INVALID);
	bad.mailbox = AKT_MAILBOX_RING; /* without a limit */
	IS(akt_spawn(sys, &bad, NULL, &ref), INVALID);
	bad.mailbox = AKT_MAILBOX_PRIORITY; /* without a function */
	IS(akt_spawn(sys, &bad, NULL, &ref), INVALID);
	IS(akt_spawn_named(NULL, &type, "x", NULL, &ref), INVALID);
	IS(akt_spawn_named(sys, &type, NULL, NULL, &ref), INVALID);
	IS(akt_spawn_named(sys, &type, "", NULL, &ref), INVALID);
	IS(akt_spawn_named(sys, &type, name_too_long, NULL, &ref), INVALID);
	IS(akt_spawn_named(sys, NULL, "x", NULL, &ref), INVALID);
	IS(akt_spawn_fn(NULL, NULL, fn, NULL, &ref), INVALID);
	IS(akt_spawn_fn(sys, NULL, NULL, NULL, &ref), INVALID);
	IS(akt_spawn_fn(sys, "", fn, NULL, &ref), INVALID);
	IS(akt_spawn_record(sys, NULL, 10, &ref, NULL), INVALID);
	IS(akt_spawn_record(sys, "no record", 9, &ref, NULL), AKT_ERR_FORMAT);
	ck_assert_uint_eq(ref.slot, 7);
	ck_assert(akt_ref_is_null(akt_find(sys, NULL)));
	ck_assert(akt_ref_is_null(akt_find(sys, "")));
	ck_assert(akt_ref_is_null(akt_find(sys, name_too_long)));
	ck_assert(akt_ref_is_null(akt_find(NULL, "x")));
}

static void records(void)
{
	akt_type bad = { .name = "" };

	IS(akt_introduce(NULL, &type), INVALID);
	IS(akt_introduce(sys, NULL), INVALID);
	IS(akt_introduce(sys, &bad), INVALID);
	ck_assert_ptr_null(akt_introduced(sys, NULL));
	ck_assert_ptr_null(akt_introduced(sys, "nobody"));
	ck_assert_ptr_null(akt_introduced(NULL, "nobody"));
	IS(akt_record_encode(NULL, NULL, NULL, text, sizeof(text), NULL), INVALID);
	IS(akt_record_encode(&type, name_too_long, NULL, text, sizeof(text), NULL), INVALID);
	IS(akt_record_encode(&type, NULL, NULL, NULL, 5, NULL), INVALID);
	IS(akt_record_encode(&type, NULL, NULL, text, 1, NULL), AKT_ERR_LIMIT);
	IS(akt_extend(NULL, "id", text), INVALID);
	IS(akt_extend(sys, NULL, text), INVALID);
	IS(akt_extend(sys, "", text), INVALID);
	IS(akt_extend(sys, name_too_long, text), INVALID);
	IS(akt_extend(sys, "id", NULL), INVALID);
	ck_assert_ptr_null(akt_extension(sys, NULL));
	ck_assert_ptr_null(akt_extension(sys, "id"));
	ck_assert_ptr_null(akt_extension(NULL, "id"));
}

static void on_info(void *arg, const akt_actor_info *info)
{
	(void)arg, (void)info;
}
static void on_line(void *arg, const char *line)
{
	(void)arg, (void)line;
}

static void looks(void)
{
	akt_dump_options options = { .size = 1 };
	akt_histogram none;

	memset(&none, 0, sizeof(none));
	for (int i = 0; i < WRONG; i++) {
		IS(akt_system_path(sys, wrong[i], text, sizeof(text)), AKT_ERR_GONE);
		if (!akt_ref_is_null(wrong[i]))
			IS(akt_system_children(sys, wrong[i], NULL, 0), AKT_ERR_GONE);
	}
	IS(akt_system_path(NULL, alive, text, 1), INVALID);
	IS(akt_system_path(sys, alive, NULL, 1), INVALID);
	IS(akt_system_children(NULL, alive, NULL, 0), INVALID);
	IS(akt_system_children(sys, alive, NULL, 1), INVALID);
	ck_assert(akt_ref_is_null(akt_find_path(NULL, "/x")));
	ck_assert(akt_ref_is_null(akt_find_path(sys, NULL)));
	ck_assert(akt_ref_is_null(akt_find_path(sys, "x")));
	IS(akt_system_actors(NULL, NULL, on_info, NULL), INVALID);
	IS(akt_system_actors(sys, NULL, NULL, NULL), INVALID);
	IS(akt_system_actors(sys, &options, on_info, NULL), INVALID);
	IS(akt_system_dump(NULL, NULL, on_line, NULL), INVALID);
	IS(akt_system_dump(sys, NULL, NULL, NULL), INVALID);
	IS(akt_system_dump(sys, &options, on_line, NULL), INVALID);
	IS(akt_system_latency(NULL, NULL, NULL), INVALID);
	IS(akt_system_latency(sys, NULL, NULL), INVALID);
	IS(akt_histogram_quantile(&none, 0.99), 0);
}

static void debugs(void)
{
	akt_debug *debug = NULL;

	IS(akt_debug_listen(NULL, ":0", &debug), INVALID);
	IS(akt_debug_listen(sys, NULL, &debug), INVALID);
	IS(akt_debug_listen(sys, "", &debug), INVALID);
	IS(akt_debug_listen(sys, name_too_long, &debug), INVALID);
	ck_assert_ptr_null(debug);
	IS(akt_debug_port(NULL), INVALID);
	akt_debug_close(NULL);
}

static int hook_run(void *arg, int64_t until_ns)
{
	(void)arg, (void)until_ns;
	return 0;
}

static void systems(void)
{
	akt_options options = AKT_OPTIONS;
	akt_stop_report report = { .size = 1 };
	akt_stats stats = { .size = 1 };
	akt_shutdown_hook hook = { .size = sizeof(hook), .name = "hook", .run = hook_run };
	akt_shutdown_hook bad = hook;
	akt_system *started = NULL;

	IS(akt_system_start(NULL, &options), INVALID);
	options.size = 0;
	IS(akt_system_start(&started, &options), INVALID);
	options.size = sizeof(options) + 1;
	IS(akt_system_start(&started, &options), INVALID);
	options.size = sizeof(options);
	options.workers = 0;
	options.flight_signal = -1;
	IS(akt_system_start(&started, &options), INVALID);
	options.flight_signal = NSIG;
	IS(akt_system_start(&started, &options), INVALID);
	options.flight_signal = 0;
	options.workers = AKT_WORKERS_MAX + 1;
	IS(akt_system_start(&started, &options), INVALID);
	ck_assert_ptr_null(started);
	IS(akt_system_stop(NULL), 0);
	IS(akt_system_stop_within(NULL, 1, NULL), 0);
	IS(akt_system_stop_within(sys, 0, NULL), INVALID);
	IS(akt_system_stop_within(sys, 1, &report), INVALID);
	akt_system_request_stop(NULL);
	IS(akt_system_run(NULL, 1, NULL), INVALID);
	IS(akt_system_run(sys, 0, NULL), INVALID);
	IS(akt_system_run(sys, 1, &report), INVALID);
	IS(akt_system_drain(NULL, 1), INVALID);
	IS(akt_system_stats(NULL, &stats), INVALID);
	IS(akt_system_stats(sys, NULL), INVALID);
	IS(akt_system_stats(sys, &stats), INVALID);
	IS(akt_system_workers(NULL), 0);
	IS(akt_system_now(NULL), 0);
	IS(akt_system_trace_hash(NULL), 0);
	IS(akt_system_fd(NULL), INVALID);
	IS(akt_system_fd(sys), AKT_ERR_UNSUPPORTED);
	IS(akt_system_drive(NULL, 1), INVALID);
	IS(akt_system_drive(sys, 0), INVALID);
	IS(akt_system_drive(sys, 1), AKT_ERR_UNSUPPORTED);
	IS(akt_system_on_shutdown(NULL, &hook), INVALID);
	IS(akt_system_on_shutdown(sys, NULL), INVALID);
	bad.size = 1;
	IS(akt_system_on_shutdown(sys, &bad), INVALID);
	bad = hook;
	bad.run = NULL;
	IS(akt_system_on_shutdown(sys, &bad), INVALID);
	bad = hook;
	bad.name = NULL;
	IS(akt_system_on_shutdown(sys, &bad), INVALID);
	bad = hook;
	bad.step = (enum akt_step)9;
	IS(akt_system_on_shutdown(sys, &bad), INVALID);
}

static void messages(void)
{
	ck_assert_ptr_null(akt_msg_new_bytes(&akt_message_poke, AKT_MSG_MAX_BYTES + 1));
	ck_assert_ptr_null(akt_msg_new_bytes(&akt_message_number, 8)); /* it has a size */
	IS(akt_msg_null_error(), AKT_ERR_NOMEM);
	akt_msg_free(NULL);
	ck_assert_str_eq(akt_strerror(-12345), "unknown error");
	ck_assert_str_eq(akt_error_name(-12345), "AKT_ERR_?");
	ck_assert_str_eq(akt_error_hint(-12345), "");
	IS(akt_crash_enable(NULL), INVALID);
	IS(akt_crash_enable(""), INVALID);
}

static void profiles(void)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile = NULL;

	IS(akt_flight_dump(NULL, NULL), INVALID);
	IS(akt_flight_dump(NULL, "a/b"), INVALID);
	IS(akt_flight_dump(NULL, ""), INVALID);
	IS(akt_profile_begin(NULL, "x", AKT_PROFILE_CPU, NULL), INVALID);
	IS(akt_profile_begin(&profile, NULL, AKT_PROFILE_CPU, NULL), INVALID);
	IS(akt_profile_begin(&profile, "a/b", AKT_PROFILE_CPU, NULL), INVALID);
	IS(akt_profile_begin(&profile, "x", 0, NULL), INVALID);
	IS(akt_profile_begin(&profile, "x", 1u << 4, NULL), INVALID);
	options.size = 0;
	IS(akt_profile_begin(&profile, "x", AKT_PROFILE_CPU, &options), INVALID);
	ck_assert_ptr_null(profile);
	ck_assert_int_eq(akt_profile_end(NULL), 0);
	ck_assert_ptr_null(akt_profile_phase(NULL));
	ck_assert_ptr_null(akt_profile_phase("a/b"));
	akt_profile_leave_(&profile);
}

static const void *no_inner(const void *schema, uint32_t number)
{
	(void)schema, (void)number;
	return NULL;
}

static void wires(void)
{
	akt_msg *got = NULL;
	akt_msg *one = msg();

	IS(akt_wire_check(NULL, NULL), INVALID);
	IS(akt_wire_size(NULL, NULL), INVALID);
	IS(akt_wire_encode(NULL, text, sizeof(text), NULL), INVALID);
	IS(akt_wire_encode(one, NULL, 1, NULL), INVALID);
	IS(akt_wire_encode(one, text, 1, NULL), AKT_ERR_LIMIT);
	IS(akt_wire_decode(NULL, text, 1, &got, NULL), INVALID);
	IS(akt_wire_decode(&akt_message_number, NULL, 1, &got, NULL), INVALID);
	IS(akt_wire_decode(&akt_message_number, text, 1, NULL, NULL), INVALID);
	IS(akt_wire_decode(&akt_message_number, "\xff", 1, &got, NULL), AKT_ERR_FORMAT);
	IS(akt_wire_proto(NULL, text, sizeof(text), NULL), INVALID);
	IS(akt_wire_proto(&akt_message_number, NULL, 1, NULL), INVALID);
	IS(akt_wire_scan(NULL, 1, NULL, NULL, NULL), INVALID);
	IS(akt_wire_scan("\xff", 1, NULL, NULL, NULL), INVALID);
	IS(akt_wire_scan("\xff", 1, no_inner, NULL, NULL), AKT_ERR_FORMAT);
	ck_assert_ptr_null(got);
	akt_msg_free(one);
}

/* --- the table --------------------------------------------------------------------------------------- */

static const struct row {
	void (*handler)(void); /* runs in a handler, or */
	void (*outside)(void);
	const char *functions;
} rows[] = {
	{ sends, NULL, "akt_send akt_send_batch akt_send_after" },
	{ asks, NULL, "akt_ask akt_ask_exclusive akt_ask_cancel" },
	{ watches, NULL, "akt_watch akt_unwatch" },
	{ waits, NULL, "akt_cancel akt_timer_start akt_fd_wait" },
	{ blocks, NULL, "akt_block akt_block_to" },
	{ answers, NULL,
	  "akt_reply akt_reply_error akt_reply_to akt_msg_take akt_unhandled akt_stash" },
	{ forwards, NULL, "akt_forward" },
	{ behaviours, NULL, "akt_become akt_unbecome akt_unstash" },
	{ children, NULL,
	  "akt_spawn_child akt_spawn_record_child akt_record_self akt_children akt_path" },
	{ owned, NULL, "akt_alloc akt_scratch akt_free akt_defer akt_at_end" },
	{ events, NULL, "akt_events_subscribe akt_events_unsubscribe" },
	{ NULL, posts, "akt_post akt_post_batch akt_call" },
	{ NULL, orders, "akt_stop akt_restart akt_suspend akt_resume akt_alive" },
	{ NULL, births, "akt_spawn akt_spawn_named akt_spawn_fn akt_spawn_record akt_find" },
	{ NULL, records,
	  "akt_introduce akt_introduced akt_record_encode akt_extend akt_extension" },
	{ NULL, looks,
	  "akt_system_path akt_system_children akt_find_path akt_system_actors akt_system_dump "
	  "akt_system_latency akt_histogram_quantile" },
	{ NULL, debugs, "akt_debug_listen akt_debug_port akt_debug_close" },
	{ NULL, systems,
	  "akt_system_start akt_system_stop akt_system_stop_within akt_system_request_stop "
	  "akt_system_run akt_system_drain akt_system_stats akt_system_workers akt_system_now "
	  "akt_system_fd akt_system_drive akt_system_trace_hash "
	  "akt_system_on_shutdown" },
	{ NULL, messages,
	  "akt_msg_new_bytes akt_msg_null_error akt_msg_free akt_strerror akt_error_name "
	  "akt_error_hint akt_crash_enable" },
	{ NULL, profiles,
	  "akt_flight_dump akt_profile_begin akt_profile_end akt_profile_phase "
	  "akt_profile_leave_" },
	{ NULL, wires,
	  "akt_wire_check akt_wire_size akt_wire_encode akt_wire_decode akt_wire_proto "
	  "akt_wire_scan" },
	/* Nothing but a context, a message, a type or an object that is there: see akt/actor.h. */
	{ NULL, NULL,
	  "akt_system_of akt_self akt_sender akt_parent akt_name akt_tag akt_now akt_random "
	  "akt_log "
	  "akt_fail_at akt_raise_at akt_msg_new akt_msg_blank akt_msg_new_object akt_msg_object "
	  "akt_msg_take_object akt_msg_type_of akt_msg_size akt_msg_error akt_msg_error_text "
	  "akt_msg_wrong_type akt_ref_print akt_log_stderr akt_histogram_add akt_histogram_merge "
	  "akt_profile_enter_" },
};
#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static int run_row(akt_ctx *c, void *arg, akt_msg *m)
{
	const struct row *row = arg;

	/* Continuations come here too, when they are answers to nobody. */
	if (akt_msg_type_of(m) != &akt_message_poke)
		return 0;
	ctx = c;
	row->handler();
	return 0;
}

static akt_ref ended(akt_system *system)
{
	akt_ref ref;

	IS(akt_spawn(system, &type, NULL, &ref), 0);
	IS(akt_stop(system, ref), 0);
	drain(system);
	return ref;
}

START_TEST(misuse_is_named_and_changes_nothing)
{
	const struct row *row = &rows[_i / MODES];
	unsigned workers = mode_workers[_i % MODES];
	akt_stats before = { .size = sizeof(before) };
	akt_stats after = before;
	akt_ref ref;

	one_seed();
	memset(name_too_long, 'x', AKT_NAME_MAX + 1);
	sys = start_system(workers, NULL);
	other = start_system(1, NULL);
	IS(akt_spawn_fn(sys, NULL, fn, NULL, &alive), 0);
	wrong[0] = null_ref;
	wrong[1] = ended(sys);
	IS(akt_spawn(other, &type, NULL, &wrong[2]), 0);
	wrong[3] = (akt_ref){ UINT32_MAX, 1, alive.node };
	wrong[4] = (akt_ref){ alive.slot, alive.gen + 1, alive.node };
	IS(akt_spawn_fn(sys, NULL, run_row, (void *)(uintptr_t)row, &ref), 0);
	IS(akt_system_stats(sys, &before), 0);
	for (int turn = 0; turn < WRONG; turn++) {
		if (row->outside != NULL)
			row->outside();
		if (row->handler != NULL)
			IS(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
		drain(sys);
	}
	if (row->handler == watches)
		ck_assert_uint_eq(verdicts, WRONG * WRONG);
	if (row->handler == asks)
		ck_assert_uint_eq(verdicts, WRONG * WRONG * 2);
	IS(akt_system_stats(sys, &after), 0);
	ck_assert_uint_eq(after.failures, 0);
	ck_assert_uint_eq(after.spawned, before.spawned);
	ck_assert_uint_eq(after.ended, before.ended);
	ck_assert(akt_alive(sys, ref));
	ck_assert(akt_alive(sys, alive));
	ck_assert(akt_alive(other, wrong[2]));
	stop_system(sys);
	stop_system(other);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("misuse");

	tcase_add_loop_test(tests, misuse_is_named_and_changes_nothing, 0, ROWS * MODES);
	return run_case("misuse", tests, 60);
}
