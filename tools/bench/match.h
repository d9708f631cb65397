/* SPDX-License-Identifier: MIT */
/*
 * match: which benchmarks a -bench pattern means, by Go's rules.
 *
 * The pattern is split at each / outside of brackets, and at each | outside of brackets into
 * alternatives; the parts are regular expressions (PCRE2), unanchored, one for each level of
 * sub-benchmark: "Tell/size=64$" runs the benchmarks whose name holds Tell, and of their
 * sub-benchmarks those that end in size=64.
 */
#ifndef BENCH_MATCH_H
#define BENCH_MATCH_H

#include <stddef.h>

#define BENCH_LEVELS_MAX 16u
#define BENCH_NAME_MAX 512u

struct bench_match;

enum bench_matched {
	BENCH_MATCH_NONE = 0,
	BENCH_MATCH_PARTIAL = 1, /* some sub-benchmark of it may match: run it only to find out */
	BENCH_MATCH_FULL = 2,
};

/* Returns 0, or -1 with the reason in error. */
int bench_match_create(struct bench_match **ret_match, const char *pattern, char *error,
		       size_t error_bytes);
void bench_match_destroy(struct bench_match *match);

/* The verdict on a full name, "BenchmarkTell/size=64". */
enum bench_matched bench_match_name(const struct bench_match *match, const char *name);

/* Copy a sub-benchmark's name as Go prints it: white space becomes _, control bytes \xNN. */
void bench_match_rewrite(const char *name, char *text, size_t text_bytes);

#endif
