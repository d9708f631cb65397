/* SPDX-License-Identifier: MIT */
/* Proves: a tree takes no more memory than it may, and the next one may take as much again; what is
 * missing, null or negative is not known. Not: what a server says; that is tests/system/top.sh. */
#include "harness.h"

#include "top/tree.h"

static struct buffer error;

static bool reads(struct tree *tree, const char *first, const char *repeated, unsigned times,
		  const char *last)
{
	struct buffer body = { 0 };

	buffer_clear(&error);
	buffer_text(&body, first);
	for (unsigned i = 0; i < times; i++)
		buffer_text(&body, repeated);
	buffer_text(&body, last);
	return tree_read(tree, &body, &error);
}

START_TEST(a_tree_takes_no_more_memory_than_it_may)
{
	struct tree tree;

	for (int i = 0; i < 3; i++) {
		ck_assert(!reads(&tree, "{\"format\":1,\"actors\":[", "{},", 10000, "{}]}"));
		ck_assert_str_eq(buffer_string(&error),
				 "no memory for its tree, which may take 1000000 bytes");
		tree_fini(&tree);
	}
	for (int i = 0; i < 100; i++) {
		ck_assert(reads(&tree, "{\"format\":1,\"actors\":[", "{},", 1000, "{}]}"));
		ck_assert_uint_eq(tree.actor_count, 1001);
		tree_fini(&tree);
	}
}
END_TEST

START_TEST(what_is_no_object_takes_nothing)
{
	struct tree tree;

	ck_assert(!reads(&tree, "{\"format\":1,\"actors\":[", "true,", 10000, "true]}"));
	ck_assert_str_eq(buffer_string(&error), "what answers there is no debug server of akt");
	ck_assert_ptr_null(tree.actors);
	tree_fini(&tree);
}
END_TEST

START_TEST(what_is_missing_null_or_negative_is_not_known)
{
	struct tree tree;

	ck_assert(reads(&tree,
			"{\"format\":1,\"pid\":null,\"now_ns\":7,\"new\":[{}],\"actors\":[{\"ref\":"
			"\"#0.1\","
			"\"name\":null,\"memory\":-5,\"mailbox\":3,\"mailbox_more\":true}]}",
			"", 0, ""));
	ck_assert_int_eq(tree.pid, TREE_UNKNOWN);
	ck_assert_int_eq(tree.now_ns, 7);
	ck_assert_int_eq(tree.actors_count, TREE_UNKNOWN);
	ck_assert_str_eq(tree.system, "");
	ck_assert_uint_eq(tree.actor_count, 1);
	ck_assert_str_eq(tree.actors[0].ref, "#0.1");
	ck_assert_str_eq(tree.actors[0].name, "");
	ck_assert_ptr_null(tree.actors[0].path);
	ck_assert_int_eq(tree.actors[0].memory, TREE_UNKNOWN);
	ck_assert_int_eq(tree.actors[0].mailbox, 3);
	ck_assert(tree.actors[0].mailbox_more);
	tree_fini(&tree);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tree");
	Suite *suite = suite_create("tools-top_tree");

	tcase_add_test(tcase, a_tree_takes_no_more_memory_than_it_may);
	tcase_add_test(tcase, what_is_no_object_takes_nothing);
	tcase_add_test(tcase, what_is_missing_null_or_negative_is_not_known);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
