/* SPDX-License-Identifier: MIT */
/*
 * Proves: a program's own loop, epoll's or libuv's, runs a whole system through one descriptor:
 * messages from other threads, timers, descriptors, questions, blocking work, and the end; what waits on the
 * driving thread drives; and the other way round, an actor runs a libuv loop. Does not prove that no wake-up
 * is lost under any interleaving: that is tests/unit/sched/test_driven.c.
 */
#include "fixture.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef HAVE_LIBUV
#include <uv.h>
#endif

static struct seen_dead dead;
static akt_system *sys;
static _Atomic uint64_t handled; /* counted last */
static bool ending;              /* the system: questions may end with STOPPED */

static void set_up(void)
{
	akt_options options = AKT_OPTIONS;

	memset(&dead, 0, sizeof(dead));
	handled = 0;
	ending = false;
	options.driven = true;
	options.dead_letter = count_dead;
	options.arg = &dead;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_uint_eq(akt_system_workers(sys), 1);
	ck_assert_int_ge(akt_system_fd(sys), 0);
}

/* --- the loops: until so much has been handled ------------------------------------------------------ */

static void drive(void)
{
	int r = akt_system_drive(sys, AKT_MS(1));

	ck_assert(r == 0 || r == 1);
}

static void epoll_loop(uint64_t value)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(epoll_ctl(fd, EPOLL_CTL_ADD, akt_system_fd(sys), &event), 0);
	while (handled < value) {
		ck_assert_int_eq(epoll_wait(fd, &event, 1, -1), 1);
		drive();
	}
	close(fd);
}

static void poll_loop(uint64_t value)
{
	while (handled < value) {
		struct pollfd fd = { .fd = akt_system_fd(sys), .events = POLLIN };

		ck_assert_int_eq(poll(&fd, 1, -1), 1);
		drive();
	}
}

static void select_loop(uint64_t value)
{
	while (handled < value) {
		fd_set fds;

		FD_ZERO(&fds);
		FD_SET(akt_system_fd(sys), &fds);
		ck_assert_int_eq(select(akt_system_fd(sys) + 1, &fds, NULL, NULL, NULL), 1);
		drive();
	}
}

#ifdef HAVE_LIBUV
static uint64_t uv_wanted;

static void on_akt(uv_poll_t *poll, int status, int events)
{
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(events, UV_READABLE);
	drive();
	if (handled >= uv_wanted) {
		ck_assert_int_eq(uv_poll_stop(poll), 0);
		uv_close((uv_handle_t *)poll, NULL);
	}
}

static void uv_loop(uint64_t value)
{
	uv_loop_t loop;
	uv_poll_t poll;

	uv_wanted = value;
	if (handled >= value)
		return;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(uv_poll_init(&loop, &poll, akt_system_fd(sys)), 0);
	ck_assert_int_eq(uv_poll_start(&poll, UV_READABLE, on_akt), 0);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
#endif

static void (*const loops[])(uint64_t value) = {
	epoll_loop,
	poll_loop,
	select_loop,
#ifdef HAVE_LIBUV
	uv_loop,
#endif
};
#define LOOPS ((int)(sizeof(loops) / sizeof(loops[0])))

/* --- actors --------------------------------------------------------------------------------------- */

static int count_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	if (akt_reply(ctx, AKT_NEW(number, .value = akt_payload(msg, number)->value + 1)) < 0)
		return AKT_ERR_NOMEM;
	handled++;
	return 0;
}
static int count_any(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert(ending || akt_msg_error(msg) == 0);
	handled++;
	return 0;
}
static const akt_handler counter_handlers[] = { AKT_ON(number, count_number),
						AKT_ON(poke, count_any), AKT_END };
static const akt_type counter = { .name = "counter", .handlers = counter_handlers };

typedef void (*script_fn)(akt_ctx *ctx, uint64_t arg);
static script_fn script;
static int client_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	script(ctx, akt_payload(msg, number)->value);
	return 0;
}
static const akt_handler client_handlers[] = { AKT_ON(number, client_on_number), AKT_END };
static const akt_type client = { .name = "client", .handlers = client_handlers };

static akt_ref spawn(const akt_type *type)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	return ref;
}
/* Have an actor do what a script says, when the system is driven. */
static akt_ref have(script_fn run, uint64_t arg)
{
	akt_ref ref = spawn(&client);

	script = run;
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = arg)), 0);
	return ref;
}

/* --- what opens the door ---------------------------------------------------------------------------- */

#define POSTERS 3
#define POSTS 200
static akt_ref target;

static void post_many(void *arg)
{
	uint64_t *calls = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		if (i % 50 == 0) { /* wait until it has gone to sleep again, more or less */
			akt_msg *reply = NULL;

			ck_assert_int_eq(akt_call(sys, target, AKT_NEW(number, .value = i),
						  AKT_S(60), &reply),
					 0);
			ck_assert_uint_eq(akt_payload(reply, number)->value, i + 1);
			akt_msg_free(reply);
			++*calls;
		} else {
			ck_assert_int_eq(akt_post(sys, target, AKT_NEW(number, .value = i)), 0);
		}
	}
}

START_TEST(messages_from_other_threads)
{
	struct plat_thread threads[POSTERS];
	uint64_t calls[POSTERS] = { 0 };

	set_up();
	target = spawn(&counter);
	for (int i = 0; i < POSTERS; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "poster", post_many,
							&calls[i]),
				 0);
	loops[_i]((uint64_t)POSTERS * POSTS);
	for (int i = 0; i < POSTERS; i++) {
		akti_plat_thread_join(&threads[i]);
		ck_assert_uint_eq(calls[i], POSTS / 50);
	}
	stop_system(sys);
}
END_TEST

static void start_timers(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(2), AKT_MS(2), count_any, 0, NULL), 0);
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(3), 0, count_any, 0, NULL), 0);
	ck_assert_int_eq(akt_send_after(ctx, target, AKT_NEW_SIGNAL(poke), AKT_MS(4), NULL), 0);
}

START_TEST(timers)
{
	int64_t begin;

	set_up();
	target = spawn(&counter);
	begin = akt_system_now(sys);
	(void)have(start_timers, 0);
	loops[_i](6);
	ck_assert_int_ge(akt_system_now(sys) - begin, AKT_MS(8));
	stop_system(sys);
}
END_TEST

static int ends[2];
#define ROUNDS 30u

static int read_one(akt_ctx *ctx, void *state, akt_msg *msg)
{
	char byte;

	(void)state;
	ck_assert_uint_eq(akt_payload(msg, akt_fd_ready)->events, AKT_FD_READ);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(write(ends[0], &byte, 1), 1);
	handled++;
	return akt_fd_wait(ctx, ends[0], AKT_FD_READ, AKT_FOREVER, read_one, 0, NULL);
}
static void wait_to_read(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(akt_fd_wait(ctx, ends[0], AKT_FD_READ, AKT_FOREVER, read_one, 0, NULL), 0);
}
static void write_and_read(void *arg)
{
	char byte = 7;

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(write(ends[1], &byte, 1), 1);
		ck_assert_int_eq(read(ends[1], &byte, 1), 1);
	}
}

START_TEST(descriptors)
{
	struct plat_thread thread;

	set_up();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	(void)have(wait_to_read, 0);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "writer", write_and_read, NULL), 0);
	loops[_i](ROUNDS);
	akti_plat_thread_join(&thread);
	stop_system(sys);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static int run_call(void *arg, akt_msg **ret_result)
{
	(void)arg;
	return akt_call(sys, target, AKT_NEW(number, .value = 5), AKT_S(60), ret_result);
}
static const akt_work calling = { .name = "calling", .run = run_call };

static void ask_and_block(akt_ctx *ctx, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		ck_assert_int_eq(akt_ask(ctx, target, AKT_NEW(number, .value = i), AKT_S(60),
					 count_any, 0),
				 0);
		ck_assert_int_eq(akt_block(ctx, &calling, NULL, AKT_S(60), count_any, 0, NULL), 0);
	}
}

START_TEST(questions_and_blocking_work)
{
	set_up();
	target = spawn(&counter);
	(void)have(ask_and_block, 20);
	loops[_i](20 * 4); /* question, answer; work's call, its result */
	stop_system(sys);
}
END_TEST

/* --- what waits on the driving thread drives -------------------------------------------------------- */

static void nothing(akt_ctx *ctx, uint64_t arg)
{
	(void)ctx, (void)arg;
}

START_TEST(a_call_and_a_drain_drive)
{
	akt_ref quiet;
	akt_msg *reply = NULL;
	akt_ref nobody = { 0, 0, 0 };

	set_up();
	target = spawn(&counter);
	ck_assert_int_eq(akt_call(sys, target, AKT_NEW(number, .value = 1), AKT_S(60), &reply), 0);
	ck_assert_uint_eq(akt_payload(reply, number)->value, 2);
	akt_msg_free(reply);
	quiet = spawn(&client);
	ck_assert_int_eq(akt_call(sys, nobody, AKT_NEW(number, .value = 1), AKT_S(60), NULL),
			 AKT_ERR_GONE);
	/* Somebody who never answers; timers run meanwhile. */
	(void)have(start_timers, 0);
	drive();
	script = nothing;
	while (handled < 5) {
		ck_assert_int_eq(akt_call(sys, quiet, AKT_NEW(number, .value = 0), AKT_MS(5), NULL),
				 AKT_ERR_TIMEOUT);
	}
	handled = 0;
	(void)have(ask_and_block, 10);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(60)), 0);
	ck_assert_uint_ge(handled, 40); /* work too, which had called, and again a timer or two */
	stop_system(sys);
}
END_TEST

static void stop_hook(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)state, (void)reason;
	handled++;
}
static int have_child(akt_ctx *ctx, void *state, const void *arg);
static const akt_type family = { .name = "family", .start = have_child, .stop = stop_hook };
static int have_child(akt_ctx *ctx, void *state, const void *arg)
{
	const int *depth = arg;

	(void)state;
	if (*depth > 0)
		return akt_spawn_child(ctx, &family, NULL, depth - 1, NULL);
	return 0;
}

START_TEST(the_end_drives)
{
	static const int depths[] = { 0, 1, 2, 3 };
	akt_stop_report report = { .size = sizeof(report) };

	set_up();
	target = spawn(&counter);
	ck_assert_int_eq(akt_spawn(sys, &family, &depths[3], NULL), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	(void)have(wait_to_read, 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(60)), 0);
	(void)have(ask_and_block, 5); /* busy when the end comes */
	ending = true;
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_S(60), &report), 0);
	ck_assert_uint_eq(report.left_count, 0);
	ck_assert_uint_ge(handled, 4);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_system_that_was_never_driven_ends)
{
	set_up();
	(void)spawn(&counter);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	set_up();
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

static int ask_for_the_end(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	handled++;
	akt_system_request_stop(akt_system_of(ctx));
	return 0;
}
static void end_later(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(akt_timer_start(ctx, AKT_MS(3), 0, ask_for_the_end, 0, NULL), 0);
}
static void end_from_elsewhere(void *arg)
{
	(void)arg;
	while (handled == 0)
		sched_yield();
	akt_system_request_stop(sys);
}

START_TEST(running_until_the_end_is_asked_for_drives)
{
	struct plat_thread thread;

	set_up();
	(void)have(end_later, 0);
	ck_assert_int_eq(akt_system_run(sys, AKT_S(60), NULL), 0);
	ck_assert_uint_eq(handled, 1);
	set_up();
	target = spawn(&counter);
	ck_assert_int_eq(akt_post(sys, target, AKT_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "ender", end_from_elsewhere, NULL), 0);
	ck_assert_int_eq(akt_system_run(sys, AKT_S(60), NULL), 0);
	akti_plat_thread_join(&thread);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------------- */

static void drive_inside(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(akt_system_drive(akt_system_of(ctx), AKT_MS(1)), AKT_ERR_THREAD);
	ck_assert_int_eq(akt_system_stop(akt_system_of(ctx)), AKT_ERR_THREAD);
	ck_assert_int_eq(akt_system_drain(akt_system_of(ctx), AKT_MS(1)), AKT_ERR_THREAD);
	handled++;
}
static _Atomic uint32_t held, tried;
static void hold_the_drive(akt_ctx *ctx, uint64_t arg)
{
	(void)ctx, (void)arg;
	raise_word(&held);
	ck_assert(reached(&tried, 1));
	handled++;
}
static void drive_as_well(void *arg)
{
	(void)arg;
	ck_assert(reached(&held, 1));
	ck_assert_int_eq(akt_system_drive(sys, AKT_MS(1)), AKT_ERR_THREAD);
	raise_word(&tried);
}

START_TEST(misuse_is_named)
{
	akt_options options = AKT_OPTIONS;
	struct plat_thread thread;

	set_up();
	ck_assert_int_eq(akt_system_drive(sys, 0), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_drive(NULL, 1), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_fd(NULL), AKT_ERR_INVALID);
	(void)have(drive_inside, 0);
	epoll_loop(1);
	held = tried = 0;
	(void)have(hold_the_drive, 0);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "second", drive_as_well, NULL), 0);
	epoll_loop(2);
	akti_plat_thread_join(&thread);
	stop_system(sys);
	sys = start_system(1, &dead);
	ck_assert_int_eq(akt_system_drive(sys, 1), AKT_ERR_UNSUPPORTED);
	ck_assert_int_eq(akt_system_fd(sys), AKT_ERR_UNSUPPORTED);
	stop_system(sys);
	options.driven = true;
	options.seed = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	options.seed = 0;
	options.workers = 2;
	ck_assert_int_eq(akt_system_start(&sys, &options), AKT_ERR_INVALID);
	options.workers = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

START_TEST(a_process_out_of_descriptors_says_so)
{
	akt_options options = AKT_OPTIONS;
	struct rlimit few, before;
	int next = dup(0);

	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	options.driven = true;
	options.observe = AKT_OBSERVE_ALL;
	for (int have_left = 0; have_left <= 3; have_left++) { /* epoll, bell, alarm */
		few = before;
		few.rlim_cur = (rlim_t)(next + have_left);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		ck_assert_int_eq(akt_system_start(&sys, &options),
				 have_left < 3 ? AKT_ERR_SYSTEM : 0);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	}
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

/* --- the other way round ---------------------------------------------------------------------------- */

#ifdef HAVE_LIBUV
static uv_loop_t guest;
static uv_timer_t guest_timer;
static unsigned guest_ticks;

static void on_guest_timer(uv_timer_t *timer)
{
	if (++guest_ticks == 5)
		uv_close((uv_handle_t *)timer, NULL);
}

/* A loop of libuv's is one descriptor and the time until which it may be left alone. */
static int run_guest(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int timeout_ms;

	(void)state, (void)msg;
	if (uv_run(&guest, UV_RUN_NOWAIT) == 0) {
		handled++;
		return 0;
	}
	timeout_ms = uv_backend_timeout(&guest);
	return akt_fd_wait(ctx, uv_backend_fd(&guest), AKT_FD_READ,
			   timeout_ms < 0 ? AKT_FOREVER : AKT_MS(timeout_ms) + 1, run_guest, 0,
			   NULL);
}
static void begin_guest(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(run_guest(ctx, NULL, NULL), 0);
}

START_TEST(an_actor_runs_a_loop_of_another_library)
{
	guest_ticks = 0;
	handled = 0;
	sys = start_system((unsigned)_i, &dead);
	ck_assert_int_eq(uv_loop_init(&guest), 0);
	ck_assert_int_eq(uv_timer_init(&guest, &guest_timer), 0);
	ck_assert_int_eq(uv_timer_start(&guest_timer, on_guest_timer, 1, 1), 0);
	(void)have(begin_guest, 0);
	while (handled == 0)
		sched_yield();
	ck_assert_uint_eq(guest_ticks, 5);
	stop_system(sys);
	ck_assert_int_eq(uv_loop_close(&guest), 0);
}
END_TEST
#endif

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, messages_from_other_threads, 0, LOOPS);
	tcase_add_loop_test(all, timers, 0, LOOPS);
	tcase_add_loop_test(all, descriptors, 0, LOOPS);
	tcase_add_loop_test(all, questions_and_blocking_work, 0, LOOPS);
	tcase_add_test(all, a_call_and_a_drain_drive);
	tcase_add_test(all, the_end_drives);
	tcase_add_test(all, a_system_that_was_never_driven_ends);
	tcase_add_test(all, running_until_the_end_is_asked_for_drives);
	tcase_add_test(all, misuse_is_named);
	tcase_add_test(all, a_process_out_of_descriptors_says_so);
#ifdef HAVE_LIBUV
	tcase_add_loop_test(all, an_actor_runs_a_loop_of_another_library, 1, 3);
#else
	printf("skipped: libuv is not here\n");
#endif
	return run_case("driven", all, 60);
}
