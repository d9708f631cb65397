/* SPDX-License-Identifier: MIT */
/* Proves: the details of an actor have the functions with time of their own, and others only when there
 * are none such. Not: that the sums are right. */
#include "harness.h"

#include "top/detail.h"
#include "top/label.h"

static struct share shares[3];
static const struct sum sum = { .label = "a", .count = 20, .value_ns = 100 };

const struct sum *label_find(const struct sums *sums, const struct actor *actor)
{
	(void)actor;
	return sums->profile != NULL ? &sum : NULL;
}

struct share *sums_functions(const struct sums *sums, const char *label, size_t *ret_count)
{
	struct share *copy = malloc(sizeof(shares));

	(void)sums, (void)label;
	ck_assert_ptr_nonnull(copy);
	*ret_count = AKTI_COUNT_OF(shares);
	return memcpy(copy, shares, sizeof(shares));
}

struct share *sums_senders(const struct sums *sums, const char *label, size_t *ret_count)
{
	(void)sums, (void)label;
	*ret_count = 0;
	return NULL;
}

static void make(struct buffer *text)
{
	static const struct actor actor = {
		.ref = "#0.1", .type = "t", .name = "a", .state = "idle", .mode = "running"
	};
	static char profile; /* nobody looks into it */
	struct page page = { .has_names = true, .cpu = { .profile = (void *)&profile } };
	struct row row = { .actor = &actor, .name = "/a", .type = "t", .samples = 20 };

	buffer_clear(text);
	detail_make(text, &page, &row);
}

START_TEST(functions_without_time_of_their_own_are_shown_only_when_there_are_no_others)
{
	struct buffer text = { 0 };

	shares[0] = (struct share){ "grind", 90, 100 };
	shares[1] = (struct share){ "mix", 10, 10 };
	shares[2] = (struct share){ "runtime", 0, 100 };
	make(&text);
	ck_assert_ptr_nonnull(strstr(buffer_string(&text), "grind"));
	ck_assert_ptr_nonnull(strstr(buffer_string(&text), "mix"));
	ck_assert_ptr_null(strstr(buffer_string(&text), "runtime"));
	shares[0].flat = shares[1].flat = 0;
	make(&text);
	ck_assert_ptr_nonnull(strstr(buffer_string(&text), "runtime"));
	buffer_fini(&text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("detail");
	Suite *suite = suite_create("tools-top_detail");

	tcase_add_test(tcase,
		       functions_without_time_of_their_own_are_shown_only_when_there_are_no_others);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
