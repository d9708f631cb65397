/* SPDX-License-Identifier: MIT */
/* Proves: protobuf-c reads from akt's bytes the values that were written, and writes the same bytes;
 * what akt takes of damaged bytes, protobuf-c takes as the same; messages of protobuf-c travel as
 * objects, are freed once, and hostile bytes end in a message or in an error within the limits of
 * <akt/protobuf-c.h>. Not: the objects' way through a system (tests/unit/actor/test_object.c). */
#include "types.h"
#include "everything.pb-c.h"
#include "nested.pb-c.h"
#include <akt/akt.h>
#include <akt/protobuf-c.h>

EVERYTHING_DEFINE;
AKT_PROTOBUF_DEFINE(pb_everything, "test.wire.everything", test__wire__everything__descriptor);
AKT_PROTOBUF_DEFINE(node, "test.wire.node", test__wire__node__descriptor);

typedef Test__Wire__Everything pb_everything;
typedef Test__Wire__Node pb_node;

/* --- two implementations ------------------------------------------------------------------------ */

static void check_equal(const struct everything *m, const pb_everything *pb)
{
	akt_ref ref;

	memcpy(&ref, &m->ref, sizeof(ref));
	ck_assert_int_eq(m->yes, pb->yes);
	ck_assert_int_eq(m->i8, pb->i8);
	ck_assert_int_eq(m->i16, pb->i16);
	ck_assert_int_eq(m->i32, pb->i32);
	ck_assert_int_eq(m->i64, pb->i64);
	ck_assert_uint_eq(m->u8, pb->u8);
	ck_assert_uint_eq(m->u16, pb->u16);
	ck_assert_uint_eq(m->u32, pb->u32);
	ck_assert_uint_eq(m->u64, pb->u64);
	ck_assert(m->f32 == pb->f32 && m->f64 == pb->f64);
	ck_assert_str_eq(m->text, pb->text);
	if (pb->bytes.len > 0)
		ck_assert_mem_eq(m->bytes, pb->bytes.data, sizeof(m->bytes));
	if (pb->ref != NULL) {
		ck_assert_uint_eq(ref.slot, pb->ref->slot);
		ck_assert_uint_eq(ref.gen, pb->ref->gen);
		ck_assert_uint_eq(ref.node, pb->ref->node);
	} else {
		ck_assert(ref.slot == 0 && ref.gen == 0 && ref.node == 0);
	}
	ck_assert_int_eq(m->letter, pb->letter);
	ck_assert_int_eq(m->byte_array[0], pb->byte_array.len > 0 ? pb->byte_array.data[0] : 0);
}

START_TEST(protobuf_c_reads_and_writes_the_same_bytes)
{
	uint64_t random = 11;

	for (unsigned i = 0; i < 5000 / SLOW; i++) {
		struct everything m = draw_everything(&random);
		unsigned char bytes[EVERYTHING_MAX_BYTES], again[EVERYTHING_MAX_BYTES];
		akt_msg *msg = AKT_NEW_FROM(everything, m);
		int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
		pb_everything *pb;

		ck_assert_int_ge(size, 0);
		pb = test__wire__everything__unpack(NULL, (size_t)size, bytes);
		ck_assert_ptr_nonnull(pb);
		check_equal(&m, pb);
		ck_assert_uint_eq(pb->base.n_unknown_fields, 0);
		ck_assert_uint_eq(test__wire__everything__pack(pb, again), (size_t)size);
		ck_assert_mem_eq(bytes, again, (size_t)size);
		test__wire__everything__free_unpacked(pb, NULL);
		akt_msg_free(msg);
	}
}
END_TEST

START_TEST(damaged_bytes_that_both_take_mean_the_same)
{
	uint64_t random = 12;
	unsigned both = 0;

	for (unsigned i = 0; i < 20000 / SLOW; i++) {
		struct everything m = draw_everything(&random);
		unsigned char bytes[EVERYTHING_MAX_BYTES];
		akt_msg *msg = AKT_NEW_FROM(everything, m), *taken = NULL;
		int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
		pb_everything *pb;

		akt_msg_free(msg);
		ck_assert_int_ge(size, 0);
		for (uint64_t flips = 1 + draw(&random) % 3; size > 0 && flips > 0; flips--)
			bytes[draw(&random) % (uint64_t)size] ^=
				(unsigned char)(1u << draw(&random) % 8);
		if (akt_wire_decode(AKT_TYPE_OF(everything), bytes, (size_t)size, &taken, NULL) < 0)
			continue;
		pb = test__wire__everything__unpack(NULL, (size_t)size, bytes);
		if (pb != NULL) { /* it takes no groups */
			const struct everything *got = akt_payload(taken, everything);
			bool number = got->f32 == got->f32 && got->f64 == got->f64;

			if (number && pb->bytes.len != 0 && pb->bytes.len != sizeof(got->bytes))
				ck_assert_mem_eq(got->bytes, pb->bytes.data, pb->bytes.len);
			else if (number)
				check_equal(got, pb);
			both++;
			test__wire__everything__free_unpacked(pb, NULL);
		}
		akt_msg_free(taken);
	}
	ck_assert_uint_gt(both, 2000 / SLOW);
}
END_TEST

/* --- objects ------------------------------------------------------------------------------------- */

static int decode_node(const void *bytes, size_t size_bytes, akt_msg **ret_msg)
{
	akt_wire_fault fault = { NULL, NULL, 0 };
	int r;

	*ret_msg = NULL;
	r = akt_wire_decode(AKT_TYPE_OF(node), bytes, size_bytes, ret_msg, &fault);
	ck_assert((r == 0) == (*ret_msg != NULL) && (r == 0) == (fault.text == NULL));
	return r;
}

static akt_msg *new_tree(void)
{
	pb_node inner = TEST__WIRE__NODE__INIT, root = TEST__WIRE__NODE__INIT;
	pb_node *children[] = { &inner, &inner, &inner };
	int32_t numbers[] = { 1, -1, INT32_MIN };

	inner.name = (char *)"inner";
	inner.n_numbers = 3;
	inner.numbers = numbers;
	root.name = (char *)"root";
	root.inner = &inner;
	root.n_children = 3;
	root.children = children;
	return akt_protobuf_copy(AKT_TYPE_OF(node), &root.base);
}

static void check_tree(const akt_msg *msg)
{
	const pb_node *root = akt_msg_object(msg, AKT_TYPE_OF(node));

	ck_assert_str_eq(root->name, "root");
	ck_assert_uint_eq(root->n_children, 3);
	ck_assert_str_eq(root->children[2]->name, "inner");
	ck_assert_int_eq(root->inner->numbers[2], INT32_MIN);
}

START_TEST(a_message_of_protobuf_c_comes_back_from_its_bytes)
{
	akt_msg *msg = new_tree(), *back;
	unsigned char bytes[512];
	int size = akt_wire_size(msg, NULL);

	check_tree(msg);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, (size_t)size - 1, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_wire_encode(msg, bytes, (size_t)size, NULL), size);
	ck_assert_int_eq(decode_node(bytes, (size_t)size, &back), 0);
	check_tree(back);
	akt_msg_free(msg);
	akt_msg_free(back);
}
END_TEST

START_TEST(a_field_table_and_protobuf_c_understand_each_other)
{
	pb_everything pb = TEST__WIRE__EVERYTHING__INIT;
	unsigned char bytes[64];
	akt_msg *msg, *plain = NULL;
	int size;

	pb.i16 = -300;
	pb.text = (char *)"by hand";
	msg = akt_protobuf_copy(AKT_TYPE_OF(pb_everything), &pb.base);
	size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(akt_wire_decode(AKT_TYPE_OF(everything), bytes, (size_t)size, &plain,
					 NULL),
			 0);
	ck_assert_int_eq(akt_payload(plain, everything)->i16, -300);
	ck_assert_str_eq(akt_payload(plain, everything)->text, "by hand");
	akt_msg_free(plain);
	akt_msg_free(msg);
}
END_TEST

static unsigned handled;

static int on_node(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	check_tree(msg);
	handled++;
	return 0;
}
static const akt_handler handlers[] = { AKT_ON(node, on_node), AKT_END };
static const akt_type reader = { .name = "reader", .handlers = handlers };

START_TEST(a_message_of_protobuf_c_is_a_payload)
{
	akt_system *sys;
	akt_ref ref;

	ck_assert_int_eq(akt_system_start(&sys, NULL), 0);
	ck_assert_int_eq(akt_spawn(sys, &reader, NULL, &ref), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(akt_post(sys, ref, new_tree()), 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(30)), 0);
	ck_assert_int_eq(akt_stop(sys, ref), 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(30)), 0);
	ck_assert_int_eq(akt_post(sys, ref, new_tree()), AKT_ERR_GONE);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	ck_assert_uint_eq(handled, 10);
}
END_TEST

/* --- misuse and hostile bytes --------------------------------------------------------------------- */

START_TEST(what_is_no_such_message_is_refused)
{
	pb_everything other = TEST__WIRE__EVERYTHING__INIT;
	pb_everything *heap = malloc(sizeof(*heap));
	akt_msg *msg;

	ck_assert_int_eq(decode_node("", 0, &msg), AKT_ERR_FORMAT); /* the name is required */
	ck_assert_int_eq(decode_node("\x0a\x05x", 3, &msg), AKT_ERR_FORMAT);
	ck_assert_int_eq(decode_node("\x0a\x01x\x08\x01", 5, &msg), AKT_ERR_FORMAT);
	ck_assert_int_eq(decode_node("\x0a\x01x\x12\x01\x0a", 6, &msg), AKT_ERR_FORMAT);
	ck_assert_int_eq(decode_node("\x0a\x01x", 3, &msg), 0);
	akt_msg_free(msg);
	ck_assert_ptr_null(akt_protobuf_copy(AKT_TYPE_OF(node), &other.base));
	ck_assert_ptr_null(akt_protobuf_copy(AKT_TYPE_OF(node), NULL));
	/* Of another descriptor than its type says: it is freed, and nothing else. */
	test__wire__everything__init(heap);
	msg = akt_msg_new_object(AKT_TYPE_OF(node), heap);
	ck_assert_int_eq(akt_wire_size(msg, NULL), AKT_ERR_INVALID);
	akt_msg_free(msg);
	/* Nothing in it. */
	msg = akt_msg_blank(AKT_TYPE_OF(node));
	ck_assert_int_eq(akt_wire_size(msg, NULL), AKT_ERR_INVALID);
	akt_msg_free(msg);
}
END_TEST

/* So many nodes in each other, each with its name. */
static size_t nest(unsigned char *bytes, size_t room, unsigned depth)
{
	size_t begin = room;

	for (unsigned i = 0; i < depth; i++) {
		size_t size = room - begin;

		if (i > 0) {
			ck_assert_uint_lt(size, 1 << 14);
			bytes[--begin] = (unsigned char)(size >> 7);
			bytes[--begin] = (unsigned char)(size | 0x80);
			bytes[--begin] = 0x12;
		}
		bytes[--begin] = 'n';
		bytes[--begin] = 1;
		bytes[--begin] = 0x0a;
	}
	memmove(bytes, bytes + begin, room - begin);
	return room - begin;
}

START_TEST(messages_nest_so_deep_and_no_deeper)
{
	for (unsigned depth = AKT_WIRE_MAX_DEPTH - 1; depth <= AKT_WIRE_MAX_DEPTH + 1; depth++) {
		unsigned char bytes[8 * (AKT_WIRE_MAX_DEPTH + 1)];
		size_t size = nest(bytes, sizeof(bytes), depth);
		akt_msg *msg;

		ck_assert_int_eq(decode_node(bytes, size, &msg),
				 depth <= AKT_WIRE_MAX_DEPTH ? 0 : AKT_ERR_FORMAT);
		akt_msg_free(msg);
	}
}
END_TEST

/* Two bytes on the wire, and a struct, a pointer and a note of protobuf-c's in memory. */
START_TEST(few_bytes_that_want_much_memory_do_not_get_it)
{
	size_t size = (size_t)8 << 20;
	unsigned char *bytes = malloc(size + 3);
	akt_msg *msg;

	for (size_t i = 0; i < size; i += 2) {
		bytes[i] = 0x32;
		bytes[i + 1] = 0;
	}
	memcpy(bytes + size, "\x0a\x01x", 3);
	ck_assert_int_eq(decode_node(bytes, size + 3, &msg), AKT_ERR_LIMIT);
	ck_assert_int_eq(decode_node(bytes + size - 2000, 2003, &msg), 0);
	akt_msg_free(msg);
	free(bytes);
}
END_TEST

START_TEST(damaged_bytes_end_in_a_message_or_an_error)
{
	akt_msg *msg = new_tree(), *back;
	unsigned char bytes[512];
	int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);
	uint64_t random = 13;

	akt_msg_free(msg);
	for (int n = 0; n < size; n++) {
		(void)decode_node(bytes, (size_t)n, &back);
		akt_msg_free(back);
	}
	for (unsigned i = 0; i < 50000 / SLOW; i++) {
		unsigned char copy[512];

		memcpy(copy, bytes, (size_t)size);
		for (uint64_t flips = 1 + draw(&random) % 4; flips > 0; flips--)
			copy[draw(&random) % (uint64_t)size] = (unsigned char)draw(&random);
		(void)decode_node(copy, (size_t)size, &back);
		akt_msg_free(back);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire-protobuf-c");
	TCase *tcase = tcase_create("protobuf-c");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, protobuf_c_reads_and_writes_the_same_bytes);
	tcase_add_test(tcase, damaged_bytes_that_both_take_mean_the_same);
	tcase_add_test(tcase, a_message_of_protobuf_c_comes_back_from_its_bytes);
	tcase_add_test(tcase, a_field_table_and_protobuf_c_understand_each_other);
	tcase_add_test(tcase, a_message_of_protobuf_c_is_a_payload);
	tcase_add_test(tcase, what_is_no_such_message_is_refused);
	tcase_add_test(tcase, messages_nest_so_deep_and_no_deeper);
	tcase_add_test(tcase, few_bytes_that_want_much_memory_do_not_get_it);
	tcase_add_test(tcase, damaged_bytes_end_in_a_message_or_an_error);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
