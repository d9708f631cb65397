/* SPDX-License-Identifier: MIT */
/*
 * Proves: who waits for a descriptor is told once, when it is ready or too late, and never once it
 * waits no more; nobody is told of somebody else's descriptor, even when numbers are used again;
 * both directions, hang-up, misuse, limits. With one worker, with several, and seeded. Does not prove
 * that the kernel reports what is there.
 */
#include "fixture.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct seen_dead dead;
static akt_system *sys;
static bool seeded;
static _Atomic int64_t sum;
static _Atomic int error_seen;
static _Atomic uint32_t events_seen;
static _Atomic uint64_t tag_seen;
static _Atomic uint64_t answers; /* counted last */

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	answers = tag_seen = 0;
	sum = 0;
	events_seen = 0;
	error_seen = 1;
	seeded = mode_workers[mode] == 0;
	sys = start_system(mode_workers[mode], &dead);
}

static void await(_Atomic uint64_t *count, uint64_t value)
{
	if (seeded)
		drain(sys);
	while (!seeded && *count < value)
		sched_yield(); /* the test's own time limit is the deadline */
	ck_assert_uint_eq(*count, value);
}

/* --- descriptors -------------------------------------------------------------------------------- */

static int near, far; /* the two ends of a connection */

static void connect_pair(int ends[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
			 0);
}
static void connect_ends(void)
{
	int ends[2];

	connect_pair(ends);
	near = ends[0];
	far = ends[1];
}
static void close_ends(void)
{
	ck_assert_int_eq(close(near), 0);
	ck_assert_int_eq(close(far), 0);
}
static void put_byte(int fd, uint8_t value)
{
	ck_assert_int_eq(write(fd, &value, 1), 1);
}
static uint8_t get_byte(int fd)
{
	uint8_t value = 0;

	ck_assert_int_eq(read(fd, &value, 1), 1);
	return value;
}
/* Write until it would block, or read what is there. */
static void fill(int fd)
{
	static const char much[4096];

	while (write(fd, much, sizeof(much)) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}
static void empty(int fd)
{
	char much[4096];

	while (read(fd, much, sizeof(much)) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

/* --- an actor that does what a script says ------------------------------------------------------- */

typedef void (*script_fn)(akt_ctx *ctx, uint64_t arg);
static script_fn script;
static script_fn at_stop;
static akt_pending last;

static int note(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int error = akt_msg_error(msg);

	(void)state;
	if (error == 0) {
		const struct akt_fd_ready *ready = akt_payload(msg, akt_fd_ready);

		ck_assert_uint_eq(akt_msg_size(msg), sizeof(*ready));
		events_seen = ready->events;
		sum += ready->fd;
	}
	error_seen = error;
	tag_seen = akt_tag(ctx);
	answers++;
	return 0;
}

static int client_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	script(ctx, akt_payload(msg, number)->value);
	return akt_reply(ctx, AKT_NEW_SIGNAL(poke));
}
static void client_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)state;
	if (at_stop != NULL)
		at_stop(ctx, reason);
}
static const akt_handler client_handlers[] = { AKT_ON(number, client_on_number), AKT_END };
static const akt_type client = {
	.name = "client",
	.handlers = client_handlers,
	.stop = client_stop,
};

static akt_ref new_client(void)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &client, NULL, &ref), 0);
	return ref;
}
static void have(akt_ref ref, script_fn run, uint64_t arg)
{
	script = run;
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = arg), AKT_S(60), NULL), 0);
}

static int wait_for(akt_ctx *ctx, int fd, uint32_t events, uint64_t tag)
{
	return akt_fd_wait(ctx, fd, events, AKT_FOREVER, note, tag, &last);
}
static void wait_to_read(akt_ctx *ctx, uint64_t tag)
{
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ, tag), 0);
}
static void wait_to_write(akt_ctx *ctx, uint64_t tag)
{
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_WRITE, tag), 0);
}
static void wait_for_either(akt_ctx *ctx, uint64_t tag)
{
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ | AKT_FD_WRITE, tag), 0);
}
static void cancel_last(akt_ctx *ctx, uint64_t expected)
{
	ck_assert_int_eq(akt_cancel(ctx, last), expected == 0 ? 0 : AKT_ERR_NOTFOUND);
}

START_TEST(who_waits_is_told_once)
{
	akt_ref ref;

	set_up(_i);
	connect_ends();
	ref = new_client();
	have(ref, wait_to_read, 7);
	drain(sys);
	ck_assert_uint_eq(answers, 0);
	put_byte(far, 1);
	await(&answers, 1);
	ck_assert_int_eq(error_seen, 0);
	ck_assert_uint_eq(events_seen, AKT_FD_READ);
	ck_assert_int_eq(sum, near);
	ck_assert_uint_eq(tag_seen, 7);
	put_byte(far, 2); /* nobody waits */
	drain(sys);
	have(ref, wait_to_write, 8);
	await(&answers, 2);
	ck_assert_uint_eq(events_seen, AKT_FD_WRITE);
	have(ref, cancel_last, 1);
	have(ref, wait_to_read, 9); /* it is still there to be read */
	await(&answers, 3);
	ck_assert_uint_eq(tag_seen, 9);
	stop_system(sys);
	close_ends();
}
END_TEST

START_TEST(each_direction_has_a_wait_of_its_own)
{
	akt_ref reader, writer;

	set_up(_i);
	connect_ends();
	reader = new_client();
	writer = new_client();
	fill(near);
	have(reader, wait_to_read, 1);
	have(writer, wait_to_write, 2);
	drain(sys);
	ck_assert_uint_eq(answers, 0);
	empty(far);
	await(&answers, 1);
	ck_assert_uint_eq(events_seen, AKT_FD_WRITE);
	ck_assert_uint_eq(tag_seen, 2);
	put_byte(far, 1);
	await(&answers, 2);
	ck_assert_uint_eq(events_seen, AKT_FD_READ);
	ck_assert_uint_eq(tag_seen, 1);
	stop_system(sys);
	close_ends();
}
END_TEST

static void be_second(akt_ctx *ctx, uint64_t arg)
{
	(void)arg;
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ, 0), AKT_ERR_EXISTS);
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_WRITE, 0), AKT_ERR_EXISTS);
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ | AKT_FD_WRITE, 0), AKT_ERR_EXISTS);
}

START_TEST(a_wait_for_both_is_over_with_the_first)
{
	akt_ref ref, other;

	set_up(_i);
	connect_ends();
	ref = new_client();
	other = new_client();
	fill(near);
	have(ref, wait_for_either, 1);
	have(other, be_second, 0);
	put_byte(far, 1);
	await(&answers, 1);
	ck_assert_uint_eq(events_seen, AKT_FD_READ);
	have(other, wait_to_write, 2); /* that direction is free again */
	drain(sys);
	ck_assert_uint_eq(answers, 1);
	empty(far);
	await(&answers, 2);
	ck_assert_uint_eq(tag_seen, 2);
	stop_system(sys);
	close_ends();
}
END_TEST

static void wait_a_little(akt_ctx *ctx, uint64_t tag)
{
	ck_assert_int_eq(akt_fd_wait(ctx, near, AKT_FD_READ, AKT_MS(3), note, tag, NULL), 0);
}

/* Let the system's time pass: ask somebody who never answers. */
static int say_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}
static const akt_handler mute_handlers[] = { AKT_ON(poke, say_nothing), AKT_END };
static const akt_type mute = { .name = "mute", .handlers = mute_handlers };

static void let_pass(int64_t ns)
{
	akt_ref ref;

	ck_assert_int_eq(akt_spawn(sys, &mute, NULL, &ref), 0);
	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), ns, NULL), AKT_ERR_TIMEOUT);
}

START_TEST(a_time_out_is_the_answer_and_the_descriptor_is_free)
{
	akt_ref ref;

	set_up(_i);
	connect_ends();
	ref = new_client();
	have(ref, wait_a_little, 1);
	let_pass(AKT_MS(20));
	await(&answers, 1);
	ck_assert_int_eq(error_seen, AKT_ERR_TIMEOUT);
	ck_assert_uint_eq(tag_seen, 1);
	put_byte(far, 1);
	drain(sys);
	ck_assert_uint_eq(answers, 1);
	have(ref, wait_to_read, 2);
	await(&answers, 2);
	ck_assert_int_eq(error_seen, 0);
	stop_system(sys);
	close_ends();
}
END_TEST

/* --- nobody waits any more ---------------------------------------------------------------------- */

START_TEST(who_has_cancelled_is_not_told)
{
	akt_ref ref;

	set_up(_i);
	connect_ends();
	ref = new_client();
	have(ref, wait_to_read, 1);
	have(ref, cancel_last, 0);
	have(ref, cancel_last, 1);
	put_byte(far, 1);
	drain(sys);
	ck_assert_uint_eq(answers, 0);
	ck_assert_uint_eq(dead.count[AKT_DEAD_LATE], 0);
	stop_system(sys);
	close_ends();
}
END_TEST

START_TEST(a_restart_and_the_end_wait_no_more)
{
	akt_ref ref, other;

	set_up(_i);
	connect_ends();
	ref = new_client();
	other = new_client();
	have(ref, wait_to_read, 1);
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	have(ref, wait_to_read,
	     2); /* it answers, so it has restarted: what it waited for is free */
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	while (akt_alive(sys, ref)) {
		drain(sys);
		sched_yield();
	}
	have(other, wait_to_read, 3);
	put_byte(far, 1);
	await(&answers, 1);
	ck_assert_uint_eq(tag_seen, 3);
	have(ref = new_client(), wait_to_write, 4);
	await(&answers, 2);
	stop_system(sys);
	close_ends();
}
END_TEST

/* The stop hook closes, and the number is used again at once. */
static void close_and_use_again(akt_ctx *ctx, uint64_t reason)
{
	int ends[2];

	if (reason != AKT_REASON_STOPPED)
		return;
	connect_pair(ends);
	ck_assert_int_eq(dup2(ends[0], near), near);
	ck_assert_int_eq(close(ends[0]), 0);
	close(far);
	far = ends[1];
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ, 5), 0); /* forgotten right after this */
}

START_TEST(a_stop_hook_may_close_what_was_waited_for)
{
	akt_ref ref, other;

	set_up(_i);
	connect_ends();
	ref = new_client();
	other = new_client();
	have(ref, wait_to_read, 1);
	at_stop = close_and_use_again;
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	while (akt_alive(sys, ref)) {
		drain(sys);
		sched_yield();
	}
	have(other, wait_to_read, 2);
	put_byte(far, 1);
	await(&answers, 1);
	ck_assert_uint_eq(tag_seen, 2);
	at_stop = NULL;
	stop_system(sys);
	close_ends();
}
END_TEST

START_TEST(waiting_is_nothing_to_be_drained)
{
	set_up(_i);
	connect_ends();
	have(new_client(), wait_to_read, 1);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(60)), 0);
	stop_system(sys);
	close_ends();
	ck_assert_uint_eq(answers, 0);
}
END_TEST

/* --- numbers that are used again ------------------------------------------------------------------ */

#define ROUNDS (seeded ? 20u : 300u)
static int first_number;

static int read_round(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	ck_assert_int_eq(akt_msg_error(msg), 0);
	/* What is there is what this wait was for. */
	ck_assert_uint_eq(get_byte(near), (uint8_t)akt_tag(ctx));
	tag_seen = akt_tag(ctx);
	answers++;
	return 0;
}

/* The wait of the round before may be on its way: cancel it, close, and use the number again. */
static void next_round(akt_ctx *ctx, uint64_t round)
{
	akt_pending pending;

	if (round > 1) {
		(void)akt_cancel(ctx, last);
		close_ends();
	}
	connect_ends();
	if (round == 1)
		first_number = near;
	ck_assert_int_eq(near, first_number);
	ck_assert_int_eq(akt_fd_wait(ctx, near, AKT_FD_READ, AKT_FOREVER, read_round, round,
				     &pending),
			 0);
	last = pending;
}

START_TEST(a_number_used_again_is_another_descriptor)
{
	akt_ref ref;

	set_up(_i);
	ref = new_client();
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		have(ref, next_round, round);
		put_byte(far, (uint8_t)round);
	}
	/* The last one is not cancelled, so it comes. */
	while (tag_seen < ROUNDS) {
		drain(sys);
		sched_yield();
	}
	ck_assert_uint_le(answers, ROUNDS);
	stop_system(sys);
	close_ends();
}
END_TEST

/* --- what is ready without data ------------------------------------------------------------------ */

START_TEST(a_hang_up_is_ready_for_everything)
{
	akt_ref ref;
	int ends[2];

	set_up(_i);
	connect_ends();
	ref = new_client();
	have(ref, wait_to_read, 1);
	ck_assert_int_eq(close(far), 0);
	await(&answers, 1);
	ck_assert_uint_eq(events_seen, AKT_FD_READ | AKT_FD_HANGUP);
	ck_assert_int_eq(close(near), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	near = ends[1];
	fill(near);
	have(ref, wait_to_write, 2);
	ck_assert_int_eq(close(ends[0]), 0);
	await(&answers, 2);
	ck_assert_uint_eq(events_seen, AKT_FD_WRITE | AKT_FD_ERROR);
	stop_system(sys);
	ck_assert_int_eq(close(near), 0);
}
END_TEST

/* --- many --------------------------------------------------------------------------------------- */

#define MOST_FDS 1000
#define MANY_FDS (seeded ? 50u : MOST_FDS)
static int many_near[MOST_FDS], many_far[MOST_FDS];

static void wait_for_one(akt_ctx *ctx, uint64_t i)
{
	ck_assert_int_eq(wait_for(ctx, many_near[i], AKT_FD_READ, i), 0);
}

START_TEST(a_thousand_descriptors_at_a_time)
{
	akt_ref refs[10];
	int64_t expected = 0;

	set_up(_i);
	for (unsigned i = 0; i < 10; i++)
		refs[i] = new_client();
	for (unsigned i = 0; i < MANY_FDS; i++) {
		int ends[2];

		connect_pair(ends);
		many_near[i] = ends[0];
		many_far[i] = ends[1];
		expected += many_near[i];
		have(refs[i % 10], wait_for_one, i);
	}
	ck_assert_uint_eq(answers, 0);
	for (unsigned i = 0; i < MANY_FDS; i++)
		put_byte(many_far[i * 7 % MANY_FDS], 1);
	await(&answers, MANY_FDS);
	ck_assert_int_eq(sum, expected);
	stop_system(sys);
	for (unsigned i = 0; i < MANY_FDS; i++) {
		close(many_near[i]);
		close(many_far[i]);
	}
}
END_TEST

/* --- misuse and limits -------------------------------------------------------------------------- */

static void misuse(akt_ctx *ctx, uint64_t arg)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	int closed = dup(near);
	akt_pending pending = { 0, 0 };

	(void)arg;
	ck_assert_int_eq(close(closed), 0);
	ck_assert_int_eq(akt_fd_wait(ctx, near, 0, 1, note, 0, &pending), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, near, AKT_FD_HANGUP | AKT_FD_READ, 1, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, near, AKT_FD_READ, 0, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, near, AKT_FD_READ, 1, NULL, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, -1, AKT_FD_READ, 1, note, 0, &pending), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, INT_MAX, AKT_FD_READ, 1, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, closed, AKT_FD_READ, 1, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, file, AKT_FD_READ, 1, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_fd_wait(ctx, directory, AKT_FD_READ, 1, note, 0, &pending),
			 AKT_ERR_INVALID);
	ck_assert_uint_eq(pending.id, 0);
	close(file);
	close(directory);
}

START_TEST(misuse_is_named_and_changes_nothing)
{
	akt_ref ref;

	set_up(_i);
	connect_ends();
	ref = new_client();
	have(ref, misuse, 0);
	have(ref, wait_to_read, 1);
	put_byte(far, 1);
	await(&answers, 1);
	stop_system(sys);
	close_ends();
}
END_TEST

static void wait_without_descriptors(akt_ctx *ctx, uint64_t arg)
{
	struct rlimit few, before;

	(void)arg;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ, 0), AKT_ERR_SYSTEM);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(wait_for(ctx, near, AKT_FD_READ, 1), 0);
}

START_TEST(a_process_out_of_descriptors_says_so)
{
	set_up(_i);
	connect_ends();
	have(new_client(), wait_without_descriptors, 0);
	put_byte(far, 1);
	await(&answers, 1);
	stop_system(sys);
	close_ends();
}
END_TEST

static int copies[AKT_FD_WAITS_MAX + 1];

static void wait_for_too_many(akt_ctx *ctx, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		ck_assert_int_eq(wait_for(ctx, copies[i], AKT_FD_READ, i),
				 i < AKT_FD_WAITS_MAX ? 0 : AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_cancel(ctx, last), 0);
	ck_assert_int_eq(wait_for(ctx, copies[count - 1], AKT_FD_READ, 0), 0);
}

/* The numbers of the poller itself are counted in tests/unit/io/test_poller.c: this needs a process
 * that may have as many descriptors. */
START_TEST(so_many_may_wait_and_no_more)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < AKT_FD_WAITS_MAX + 100)
		limit.rlim_max = AKT_FD_WAITS_MAX + 100; /* root may */
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
		printf("skipped: fewer than %llu descriptors here\n",
		       (unsigned long long)limit.rlim_max);
		return;
	}
	set_up(0);
	copies[0] = eventfd(0, EFD_CLOEXEC);
	for (unsigned i = 1; i <= AKT_FD_WAITS_MAX; i++)
		ck_assert_int_ge(copies[i] = dup(copies[0]), 0);
	have(new_client(), wait_for_too_many, AKT_FD_WAITS_MAX + 1);
	stop_system(sys);
	ck_assert_uint_eq(answers, 0);
}
END_TEST

/* --- a random life ------------------------------------------------------------------------------ */

#define GAMBLERS 4u

struct gambler {
	int ends[2]; /* the descriptor is the incarnation's own */
	bool open;
	bool waits;
	akt_pending last;
};

static void gambler_close(struct gambler *self)
{
	if (self->open) {
		close(self->ends[0]);
		close(self->ends[1]);
	}
	self->open = false;
}
static int gambler_on_ready(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct gambler *self = state;

	ck_assert(self->open && self->waits);
	self->waits = false;
	if (akt_msg_error(msg) == 0) {
		ck_assert_int_eq(akt_payload(msg, akt_fd_ready)->fd, self->ends[0]);
		ck_assert_uint_eq(akt_payload(msg, akt_fd_ready)->events, AKT_FD_READ);
		(void)get_byte(self->ends[0]); /* it is there */
	}
	answers++;
	return akt_random(ctx) % 8 == 0 ? akt_fail(ctx, AKT_ERR_REFUSED, "bad luck") : 0;
}
static int gambler_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct gambler *self = state;

	(void)msg;
	if (self->waits && akt_random(ctx) % 3 == 0) {
		ck_assert_int_eq(akt_cancel(ctx, self->last), 0);
		self->waits = false;
	}
	if (!self->waits && akt_random(ctx) % 3 == 0)
		gambler_close(self);
	if (!self->open)
		connect_pair(self->ends);
	self->open = true;
	if (akt_random(ctx) % 2 == 0)
		put_byte(self->ends[1], 1);
	if (self->waits)
		return 0;
	self->waits = true;
	return akt_fd_wait(ctx, self->ends[0], AKT_FD_READ,
			   (int64_t)(akt_random(ctx) % AKT_MS(2)) + 1, gambler_on_ready, 0,
			   &self->last);
}
static void gambler_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)reason;
	gambler_close(state);
}
static const akt_handler gambler_handlers[] = { AKT_ON(number, gambler_on_number), AKT_END };
static const akt_type gambler = {
	.name = "gambler",
	.state_size = sizeof(struct gambler),
	.handlers = gambler_handlers,
	.stop = gambler_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_MAX,
};

static void live_randomly(unsigned workers, uint64_t seed)
{
	akt_ref refs[GAMBLERS];
	akt_options options = AKT_OPTIONS;

	answers = 0;
	options.workers = workers;
	options.seed = workers == 0 ? seed : 0;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	for (unsigned i = 0; i < GAMBLERS; i++)
		ck_assert_int_eq(akt_spawn(sys, &gambler, NULL, &refs[i]), 0);
	for (unsigned round = 0; round < 40; round++)
		ck_assert_int_eq(akt_post(sys, refs[(seed + round) % GAMBLERS],
					  AKT_NEW(number, .value = round)),
				 0);
	if (seed % 3 == 0)
		ck_assert_int_eq(akt_stop(sys, refs[0]), 0);
	if (seed % 2 == 0)
		drain(sys);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}

#ifdef AKTI_INTERLEAVE
#define MANY 100 /* interleavings of virtual threads */
#else
#define MANY 60
#endif

static void live_seeded(uint64_t seed)
{
	live_randomly(0, seed);
}
static void live_on_threads(uint64_t seed)
{
	live_randomly((unsigned)(seed % 3) + 1, seed);
}

START_TEST(a_random_life_seeded)
{
	for_seeded(live_seeded);
}
END_TEST

START_TEST(a_random_life_on_threads)
{
	for_seeds(MANY, MANY, live_on_threads);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

#ifndef AKTI_INTERLEAVE
	tcase_add_loop_test(all, who_waits_is_told_once, 0, MODES);
	tcase_add_loop_test(all, each_direction_has_a_wait_of_its_own, 0, MODES);
	tcase_add_loop_test(all, a_wait_for_both_is_over_with_the_first, 0, MODES);
	tcase_add_loop_test(all, a_time_out_is_the_answer_and_the_descriptor_is_free, 0, MODES);
	tcase_add_loop_test(all, who_has_cancelled_is_not_told, 0, MODES);
	tcase_add_loop_test(all, a_restart_and_the_end_wait_no_more, 0, MODES);
	tcase_add_loop_test(all, a_stop_hook_may_close_what_was_waited_for, 0, MODES);
	tcase_add_loop_test(all, waiting_is_nothing_to_be_drained, 0, MODES);
	tcase_add_loop_test(all, a_number_used_again_is_another_descriptor, 0, MODES);
	tcase_add_loop_test(all, a_hang_up_is_ready_for_everything, 0, MODES);
	tcase_add_loop_test(all, a_thousand_descriptors_at_a_time, 0, MODES);
	tcase_add_loop_test(all, misuse_is_named_and_changes_nothing, 0, MODES);
	tcase_add_loop_test(all, a_process_out_of_descriptors_says_so, 0, MODES);
	tcase_add_test(all, so_many_may_wait_and_no_more);
	tcase_add_test(all, a_random_life_seeded);
#endif
	tcase_add_test(all, a_random_life_on_threads);
	return run_case("fd", all, 120);
}
