/* SPDX-License-Identifier: MIT */
/* Proves what is in the hash of a seeded system: types, failures and times, and no contents. That it
 * is the same whichever compiler built it: tests/system/seeded.sh. */
#include "fixture.h"

static akt_system *sys;

static int echo_on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)state;
	if (value == 16)
		return akt_fail(ctx, AKT_ERR_IO, "as asked");
	return value == 15 ? 0 : akt_reply(ctx, AKT_NEW(number, .value = value));
}
static const akt_handler handlers[] = { AKT_ON(number, echo_on_number), AKT_END };
static const akt_type echo = { .name = "echo", .handlers = handlers };
static const akt_type other = { .name = "other", .handlers = handlers };

/* The hash of a new system that has spawned this type, let time pass, sent it value, and rested. */
static uint64_t hash_of(const akt_type *type, uint64_t value, int64_t pause_ns)
{
	uint64_t hash;
	akt_ref ref;

	sys = start_system(0, NULL);
	ck_assert_int_eq(akt_spawn(sys, type, NULL, &ref), 0);
	if (pause_ns > 0)
		ck_assert_int_eq(akt_call(sys, ref, AKT_NEW(number, .value = 15), pause_ns, NULL),
				 AKT_ERR_TIMEOUT);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW(number, .value = value)), 0);
	drain(sys);
	hash = akt_system_trace_hash(sys);
	drain(sys);
	ck_assert_uint_eq(akt_system_trace_hash(sys), hash); /* nothing has happened */
	ck_assert_int_eq(akt_system_stop(sys), 0);
	return hash;
}

START_TEST(the_hash_tells_what_happened_and_when)
{
	uint64_t hash = hash_of(&echo, 1, 0);
	akt_system *threads;

	ck_assert_uint_ne(hash, 0);
	ck_assert_uint_eq(hash_of(&echo, 1, 0), hash);
	ck_assert_uint_eq(hash_of(&echo, 2, 0), hash); /* contents are not in it */
	ck_assert_uint_ne(hash_of(&other, 1, 0), hash);
	ck_assert_uint_ne(hash_of(&echo, 16, 0), hash); /* it fails */
	ck_assert_uint_ne(hash_of(&echo, 1, AKT_MS(1)), hash_of(&echo, 1, AKT_MS(2)));
	/* One on threads has none, and does not touch another's. */
	threads = start_system(1, NULL);
	ck_assert_uint_eq(akt_system_trace_hash(threads), 0);
	ck_assert_uint_eq(hash_of(&echo, 1, 0), hash);
	stop_system(threads);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_test(all, the_hash_tells_what_happened_and_when);
	return run_case("system-seeded", all, 60);
}
