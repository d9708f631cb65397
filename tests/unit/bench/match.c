/* SPDX-License-Identifier: MIT */
/* Proves: a -bench pattern selects what Go's would: unanchored, one part per level of
 * sub-benchmark, alternatives, brackets that hold a slash. Not: the regular expressions themselves,
 * which are PCRE2's. */
#include "harness.h"
#include "match.h"

#include <stdlib.h>
#include <string.h>

static enum bench_matched verdict(const char *pattern, const char *name)
{
	struct bench_match *match;
	char error[512];
	enum bench_matched matched;

	ck_assert_msg(bench_match_create(&match, pattern, error, sizeof(error)) == 0, "%s: %s",
		      pattern, error);
	matched = bench_match_name(match, name);
	bench_match_destroy(match);
	return matched;
}

static const struct {
	const char *pattern;
	const char *name;
	enum bench_matched matched;
} cases[] = {
	{ ".", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "Tell", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "Tell", "BenchmarkTellPayload", BENCH_MATCH_FULL },
	{ "Tell$", "BenchmarkTellPayload", BENCH_MATCH_NONE },
	{ "^Tell", "BenchmarkTell", BENCH_MATCH_NONE },
	{ "^BenchmarkTell$", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "tell", "BenchmarkTell", BENCH_MATCH_NONE },
	{ "(?i)tell", "BenchmarkTell", BENCH_MATCH_FULL },
	/* levels: a part for each; names may be deeper than the pattern */
	{ "Tell", "BenchmarkTell/size=64", BENCH_MATCH_FULL },
	{ "Tell/size=64", "BenchmarkTell", BENCH_MATCH_PARTIAL },
	{ "Tell/size=64", "BenchmarkTell/size=64", BENCH_MATCH_FULL },
	{ "Tell/size=64", "BenchmarkTell/size=1024", BENCH_MATCH_NONE },
	{ "Tell/size=64$", "BenchmarkTell/size=640", BENCH_MATCH_NONE },
	{ "Tell/64", "BenchmarkTell/size=64", BENCH_MATCH_FULL },
	{ "Ask/64", "BenchmarkTell/size=64", BENCH_MATCH_NONE },
	{ "/64", "BenchmarkTell/size=64", BENCH_MATCH_FULL },
	{ "Tell/", "BenchmarkTell", BENCH_MATCH_PARTIAL },
	{ "A/B/C", "A/B", BENCH_MATCH_PARTIAL },
	{ "A/B", "A/B/C", BENCH_MATCH_FULL },
	/* alternatives split the whole pattern, levels and all */
	{ "Ask|Tell", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "Ask/x|Tell/y", "BenchmarkTell/y", BENCH_MATCH_FULL },
	{ "Ask/x|Tell/y", "BenchmarkTell/x", BENCH_MATCH_NONE },
	{ "Ask|Tell/y", "BenchmarkAsk/x", BENCH_MATCH_FULL },
	/* within brackets and groups nothing is split */
	{ "(Ask|Tell)/y", "BenchmarkAsk/y", BENCH_MATCH_FULL },
	{ "(Ask|Tell)/y", "BenchmarkAsk/x", BENCH_MATCH_NONE },
	{ "T[e/|]ll", "BenchmarkTell", BENCH_MATCH_FULL },
	{ "[(]/x", "A(/x", BENCH_MATCH_FULL },
	{ "a\\|b", "a|b", BENCH_MATCH_FULL },
	{ "a\\|b", "a", BENCH_MATCH_NONE },
	/* white space is an underscore on both sides */
	{ "two words", "Benchmark/two_words", BENCH_MATCH_NONE },
	{ "/two words", "Benchmark/two_words", BENCH_MATCH_FULL },
};

START_TEST(patterns_select_what_go_selects)
{
	enum bench_matched matched = verdict(cases[_i].pattern, cases[_i].name);

	ck_assert_msg(matched == cases[_i].matched, "%s on %s: %d, want %d", cases[_i].pattern,
		      cases[_i].name, (int)matched, (int)cases[_i].matched);
}
END_TEST

START_TEST(a_bad_pattern_is_refused_with_its_place)
{
	struct bench_match *match = NULL;
	char error[512];

	ck_assert_int_eq(bench_match_create(&match, "Tell/si(ze", error, sizeof(error)), -1);
	ck_assert_ptr_null(match);
	ck_assert_ptr_nonnull(strstr(error, "element 1"));
	ck_assert_ptr_nonnull(strstr(error, "si(ze"));
	ck_assert_int_eq(bench_match_create(&match, "*", error, sizeof(error)), -1);
}
END_TEST

START_TEST(too_long_a_pattern_is_refused)
{
	struct bench_match *match = NULL;
	char pattern[2 * BENCH_NAME_MAX];
	char error[512];

	memset(pattern, 'x', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert_int_eq(bench_match_create(&match, pattern, error, sizeof(error)), -1);
	memset(pattern, '/', 20);
	pattern[20] = '\0';
	ck_assert_int_eq(bench_match_create(&match, pattern, error, sizeof(error)), -1);
}
END_TEST

START_TEST(names_are_rewritten_for_one_line)
{
	char text[32];

	bench_match_rewrite("two words\tand\x01", text, sizeof(text));
	ck_assert_str_eq(text, "two_words_and\\x01");
	bench_match_rewrite("\xC3\xA9t\xC3\xA9", text, sizeof(text));
	ck_assert_str_eq(text, "\xC3\xA9t\xC3\xA9");
	bench_match_rewrite("long enough to be cut somewhere before the end", text, sizeof(text));
	ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench-match");
	TCase *tcase = tcase_create("match");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, patterns_select_what_go_selects, 0,
			    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, a_bad_pattern_is_refused_with_its_place);
	tcase_add_test(tcase, too_long_a_pattern_is_refused);
	tcase_add_test(tcase, names_are_rewritten_for_one_line);
	return run_suite(suite);
}
