/* SPDX-License-Identifier: MIT */
/*
 * Proves: a spawn record gives the actor that was described, its argument and every number of its
 * type; an argument with a type is the actor's own, through restarts, to its end; any bytes end in an
 * actor or an error; limits. Extensions are found. Not: what the numbers do (tests of the actors).
 */
#include "fixture.h"
#include <stdio.h>

struct opening {
	int64_t cents;
	char owner[40];
};
AKT_MESSAGE_DEFINE(opening, "test.opening", AKT_FIELD(1, opening, cents),
		   AKT_FIELD(2, opening, owner));
struct local {
	void *pointer;
};
AKT_MESSAGE_DEFINE(local, "test.local", AKT_FIELD(1, local, pointer));

#define RECORD_BYTES 2048
static akt_system *sys;
static struct seen_dead dead;
static _Atomic uint64_t starts, events;
static struct opening started_with;
static unsigned char self_record[RECORD_BYTES];
static int self_size;

static void set_up(int mode)
{
	memset(&dead, 0, sizeof(dead));
	starts = events = 0;
	sys = start_system(mode_workers[mode], &dead);
}

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx, (void)state;
	started_with = *(const struct opening *)arg;
	starts++;
	return 0;
}
/* Answers with the record of itself in self_record. */
static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	self_size = akt_record_self(ctx, self_record, sizeof(self_record), NULL);
	return akt_reply(ctx, AKT_NEW(number, .value = starts));
}
static const akt_handler handlers[] = { AKT_ON(poke, on_poke), AKT_END };
static const akt_type account = { .name = "test.account",
				  .handlers = handlers,
				  .start = on_start,
				  .arg_type = AKT_TYPE_OF(opening) };
/* The same with every number another. */
static const akt_type strict = { .name = "test.account",
				 .handlers = handlers,
				 .start = on_start,
				 .arg_type = AKT_TYPE_OF(opening),
				 .on_failure = AKT_DIRECTIVE_ESCALATE,
				 .restarts_max = AKT_RESTARTS_UNLIMITED,
				 .within_ns = -1,
				 .mailbox = AKT_MAILBOX_FAIR,
				 .mailbox_messages_max = 7,
				 .mailbox_bytes_max = AKT_MAILBOX_BYTES_MAX,
				 .overflow = AKT_OVERFLOW_DROP_NEWEST,
				 .backoff_ns = 11,
				 .backoff_max_ns = INT64_MAX,
				 .strategy = AKT_REST_FOR_ONE,
				 .children_restarts_max = 13,
				 .children_within_ns = 14,
				 .asks_max = 15,
				 .stash_max = 16 };
static const struct opening ada = { -500, "Ada" };

static size_t encode(const akt_type *type, const char *name, const void *arg, unsigned char *bytes)
{
	int size = akt_record_encode(type, name, arg, bytes, RECORD_BYTES, NULL);

	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(akt_record_encode(type, name, arg, NULL, 0, NULL), size);
	return (size_t)size;
}

static uint64_t poke_it(akt_ref ref)
{
	akt_msg *reply = NULL;
	uint64_t value;

	ck_assert_int_eq(akt_call(sys, ref, AKT_NEW_SIGNAL(poke), AKT_S(60), &reply), 0);
	value = akt_payload(reply, number)->value;
	akt_msg_free(reply);
	return value;
}

static void check_self(const unsigned char *bytes, size_t size)
{
	ck_assert_int_eq(self_size, (int)size);
	ck_assert_mem_eq(self_record, bytes, size);
}

START_TEST(a_record_gives_the_actor_it_describes)
{
	const akt_type *types[] = { &account, &strict };
	const struct opening zero = { 0, "" };
	unsigned char bytes[RECORD_BYTES];
	akt_ref ref, again;
	size_t size;

	set_up(_i);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	for (int i = 0; i < 2; i++) {
		size = encode(types[i], "till", &ada, bytes);
		ck_assert_int_eq(akt_spawn_record(sys, bytes, size, &ref, NULL), 0);
		ck_assert(akt_ref_equal(akt_find(sys, "till"), ref));
		ck_assert_int_eq(akt_spawn_record(sys, bytes, size, &again, NULL), AKT_ERR_EXISTS);
		ck_assert(akt_ref_equal(again, ref));
		memset(bytes, 0xff, sizeof(bytes)); /* nobody looks there any more */
		(void)poke_it(ref);
		ck_assert_mem_eq(&started_with, &ada, sizeof(ada));
		size = encode(types[i], "till", &ada, bytes);
		check_self(bytes, size);
		ck_assert_int_eq(akt_restart(sys, ref), 0);
		while (poke_it(ref) != 2 * (uint64_t)i + 2)
			;
		ck_assert_mem_eq(&started_with, &ada, sizeof(ada));
		ck_assert_int_eq(akt_stop(sys, ref), 0);
		drain(sys);
		ck_assert(!akt_alive(sys, ref));
	}
	/* Anonymous, without an argument. */
	size = encode(&account, NULL, NULL, bytes);
	ck_assert_int_eq(akt_spawn_record(sys, bytes, size, &ref, NULL), 0);
	(void)poke_it(ref);
	ck_assert_mem_eq(&started_with, &zero, sizeof(zero));
	stop_system(sys);
}
END_TEST

static int count_event(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	ck_assert_str_eq(akt_payload(msg, akt_event)->actor_type, "test.account");
	events++;
	return 0;
}
static int subscribe(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	return akt_events_subscribe(ctx, AKT_EVENT_STARTED, &account, 0);
}
static const akt_handler listener_handlers[] = { AKT_ON(akt_event, count_event), AKT_END };
static const akt_type listener = { .name = "listener",
				   .start = subscribe,
				   .handlers = listener_handlers };

static int parent_on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	unsigned char bytes[RECORD_BYTES];
	size_t size = encode(&strict, "child", &ada, bytes);
	akt_ref child;

	(void)state, (void)msg;
	ck_assert_int_eq(akt_spawn_record_child(ctx, bytes, size, &child, NULL), 0);
	return akt_reply(ctx, AKT_NEW(number, .value = child.slot));
}
static const akt_handler parent_handlers[] = { AKT_ON(poke, parent_on_poke), AKT_END };
static const akt_type parent = { .name = "parent", .handlers = parent_handlers };

START_TEST(a_child_may_come_from_a_record_and_a_variant_is_of_its_type)
{
	akt_ref ref;

	set_up(_i);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	ck_assert_int_eq(akt_spawn(sys, &listener, NULL, &ref), 0);
	ck_assert_int_eq(akt_spawn(sys, &parent, NULL, &ref), 0);
	drain(sys);
	(void)poke_it(ref);
	drain(sys);
	ck_assert_int_eq(events, 1);
	ck_assert(akt_alive(sys, akt_find(sys, "child")));
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	drain(sys);
	ck_assert_uint_eq(akt_find(sys, "child").gen, 0);
	stop_system(sys);
}
END_TEST

/* --- argument of one's own ------------------------------------------------------------------------ */

START_TEST(an_argument_with_a_type_is_the_actors_own)
{
	struct opening opening = ada;
	akt_ref ref, holder;

	set_up(_i);
	ck_assert_int_eq(akt_spawn_named(sys, &account, "till", &opening, &ref), 0);
	/* One that is not born leaves nothing behind. */
	ck_assert_int_eq(akt_spawn_named(sys, &account, "till", &opening, &holder), AKT_ERR_EXISTS);
	memset(&opening, 0xff, sizeof(opening));
	(void)poke_it(ref);
	ck_assert_mem_eq(&started_with, &ada, sizeof(ada));
	memset(&started_with, 0, sizeof(started_with));
	ck_assert_int_eq(akt_restart(sys, ref), 0);
	while (poke_it(ref) != 2)
		;
	ck_assert_mem_eq(&started_with, &ada, sizeof(ada));
	stop_system(sys);
}
END_TEST

/* --- what is refused ----------------------------------------------------------------------------- */

START_TEST(what_no_record_can_describe_is_refused)
{
	static const akt_type with_pointer = { .name = "p", .arg_type = AKT_TYPE_OF(local) };
	static const akt_type plain = { .name = "plain" };
	static const akt_type nonsense = {
		.name = "n", .on_failure = (enum akt_directive)(AKT_DIRECTIVE_ESCALATE + 1)
	};
	struct opening no_nul;
	unsigned char bytes[RECORD_BYTES];
	char name[AKT_NAME_MAX + 2];
	akt_wire_fault fault;
	size_t size;

	memset(&no_nul, 'x', sizeof(no_nul));
	memset(name, 'n', sizeof(name));
	name[AKT_NAME_MAX] = '\0';
	size = encode(&account, name, &ada, bytes);
	ck_assert_int_eq(akt_record_encode(&account, name, &ada, bytes, size, NULL), (int)size);
	ck_assert_int_eq(akt_record_encode(&account, name, &ada, bytes, size - 1, &fault),
			 AKT_ERR_LIMIT);
	ck_assert_str_ne(fault.text, "");
	name[AKT_NAME_MAX] = 'n';
	name[AKT_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(akt_record_encode(&account, name, NULL, NULL, 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&account, "", NULL, NULL, 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(NULL, "a", NULL, NULL, 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&nonsense, "a", NULL, NULL, 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&account, "a", NULL, NULL, 9, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&account, "a", &no_nul, bytes, RECORD_BYTES, NULL),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&plain, "a", &ada, bytes, RECORD_BYTES, NULL),
			 AKT_ERR_INVALID);
	ck_assert_int_eq(akt_record_encode(&with_pointer, "a", bytes, bytes, RECORD_BYTES, NULL),
			 AKT_ERR_LOCAL);
	set_up(0);
	ck_assert_int_eq(akt_introduce(sys, &with_pointer), AKT_ERR_LOCAL);
	ck_assert_int_eq(akt_introduce(sys, &nonsense), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_introduce(sys, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	ck_assert_int_eq(akt_introduce(sys, &strict), AKT_ERR_EXISTS);
	ck_assert_ptr_eq(akt_introduced(sys, "test.account"), &account);
	ck_assert_ptr_null(akt_introduced(sys, "test.accoun"));
	ck_assert_ptr_null(akt_introduced(sys, NULL));
	stop_system(sys);
}
END_TEST

static int read_back(const unsigned char *bytes, size_t size)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	akt_ref ref = { 1, 2, 3 };
	int r = akt_spawn_record(sys, bytes, size, &ref, &fault);

	if (r == 0)
		ck_assert_int_eq(akt_stop(sys, ref), 0);
	else
		ck_assert_ptr_nonnull(fault.text);
	drain(sys);
	return r;
}

/* A number of the form's own: a tag of one byte or two, and one of seven bits. */
static size_t append(unsigned char *bytes, size_t size, unsigned number, unsigned char value)
{
	if (number > 15) {
		bytes[size++] = (unsigned char)((number << 3 & 0x7f) | 0x80);
		bytes[size++] = (unsigned char)(number >> 4);
	} else {
		bytes[size++] = (unsigned char)(number << 3);
	}
	bytes[size++] = value;
	return size;
}

START_TEST(any_bytes_end_in_an_actor_or_an_error)
{
	static const akt_type other = { .name = "test.account" };
	unsigned char good[RECORD_BYTES], bad[RECORD_BYTES];
	akt_ref ref;
	size_t size, other_size;

	one_seed();
	set_up(SEEDED);
	size = encode(&strict, "till", &ada, good);
	ck_assert_int_eq(read_back(good, size), AKT_ERR_NOTFOUND);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	ck_assert_int_eq(read_back(good, size), 0);
	ck_assert_int_eq(read_back(NULL, 0), AKT_ERR_INVALID);
	ck_assert_int_eq(read_back(good, 0), AKT_ERR_FORMAT);
	ck_assert_int_eq(read_back(good, AKT_RECORD_MAX_BYTES + 1), AKT_ERR_LIMIT);
	other_size = encode(&other, "till", NULL, bad);
	ck_assert_int_eq(read_back(bad, other_size), AKT_ERR_FORMAT);
	memcpy(bad, good, size);
	/* Unknown fields are skipped; a newer version, numbers that nobody can have, are not. */
	ck_assert_int_eq(read_back(bad, append(bad, size, 90, 1)), 0);
	ck_assert_int_eq(read_back(bad, append(bad, size, 1, AKT_RECORD_VERSION)), 0);
	ck_assert_int_eq(read_back(bad, append(bad, size, 1, AKT_RECORD_VERSION + 1)),
			 AKT_ERR_UNSUPPORTED);
	ck_assert_int_eq(read_back(bad, append(bad, size, 10, 4)), AKT_ERR_FORMAT);
	ck_assert_int_eq(read_back(bad, append(bad, size, 13, 4)), AKT_ERR_FORMAT);
	ck_assert_int_eq(read_back(bad, append(bad, size, 16, 3)), AKT_ERR_FORMAT);
	ck_assert_int_eq(read_back(bad, append(bad, size, 19, 3)), AKT_ERR_FORMAT);
	for (size_t cut = 0; cut < size; cut++)
		(void)read_back(good, cut);
	srand(7);
	for (int i = 0; i < 3000; i++) {
		memcpy(bad, good, size);
		for (int flips = rand() % 4; flips >= 0; flips--)
			bad[(size_t)rand() % size] ^= (unsigned char)(1 << rand() % 8);
		(void)read_back(bad, size);
	}
	/* All of that has harmed nobody. */
	size = encode(&account, "till", &ada, good);
	ck_assert_int_eq(akt_spawn_record(sys, good, size, &ref, NULL), 0);
	(void)poke_it(ref);
	check_self(good, size);
	stop_system(sys);
}
END_TEST

/* --- limits -------------------------------------------------------------------------------------- */

START_TEST(so_many_variants_and_no_more)
{
	akt_type type = account;
	unsigned char bytes[RECORD_BYTES];
	size_t size;

	set_up(0);
	ck_assert_int_eq(akt_introduce(sys, &account), 0);
	for (uint32_t i = 0; i <= AKT_VARIANTS_MAX; i++) {
		type.asks_max = i; /* 0 is the type itself */
		size = encode(&type, NULL, &ada, bytes);
		ck_assert_int_eq(read_back(bytes, size), 0);
	}
	ck_assert_int_eq(read_back(bytes, size), 0); /* known */
	type.asks_max = AKT_VARIANTS_MAX + 1;
	size = encode(&type, NULL, &ada, bytes);
	ck_assert_int_eq(read_back(bytes, size), AKT_ERR_LIMIT);
	stop_system(sys);
}
END_TEST

START_TEST(so_many_types_and_no_more)
{
	akt_type *types = calloc(AKT_INTRODUCED_MAX + 1, sizeof(*types));
	char(*names)[16] = calloc(AKT_INTRODUCED_MAX + 1, sizeof(*names));

	set_up(0);
	for (uint32_t i = 0; i <= AKT_INTRODUCED_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "type %u", i);
		types[i].name = names[i];
		ck_assert_int_eq(akt_introduce(sys, &types[i]),
				 i < AKT_INTRODUCED_MAX ? 0 : AKT_ERR_LIMIT);
	}
	ck_assert_ptr_eq(akt_introduced(sys, "type 17"), &types[17]);
	stop_system(sys);
	free(types);
	free(names);
}
END_TEST

START_TEST(extensions_are_found_by_their_id)
{
	static char ids[AKT_EXTENSIONS_MAX + 1][8];
	char name[AKT_NAME_MAX + 2];
	int object = 0;

	set_up(0);
	memset(name, 'x', sizeof(name));
	name[AKT_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(akt_extend(sys, name, &object), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_extend(sys, "", &object), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_extend(sys, NULL, &object), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_extend(sys, "a", NULL), AKT_ERR_INVALID);
	ck_assert_ptr_null(akt_extension(sys, "0"));
	ck_assert_ptr_null(akt_extension(sys, NULL));
	for (unsigned i = 0; i <= AKT_EXTENSIONS_MAX; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "%u", i);
		ck_assert_int_eq(akt_extend(sys, ids[i], &ids[i]),
				 i < AKT_EXTENSIONS_MAX ? 0 : AKT_ERR_LIMIT);
	}
	ck_assert_int_eq(akt_extend(sys, "5", &object), AKT_ERR_EXISTS);
	for (unsigned i = 0; i < AKT_EXTENSIONS_MAX; i++)
		ck_assert_ptr_eq(akt_extension(sys, ids[i]), &ids[i]);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, a_record_gives_the_actor_it_describes, 0, MODES);
	tcase_add_loop_test(all, a_child_may_come_from_a_record_and_a_variant_is_of_its_type, 0,
			    MODES);
	tcase_add_loop_test(all, an_argument_with_a_type_is_the_actors_own, 0, MODES);
	tcase_add_test(all, what_no_record_can_describe_is_refused);
	tcase_add_test(all, any_bytes_end_in_an_actor_or_an_error);
	tcase_add_test(all, so_many_variants_and_no_more);
	tcase_add_test(all, so_many_types_and_no_more);
	tcase_add_test(all, extensions_are_found_by_their_id);
	return run_case("record", all, 60);
}
