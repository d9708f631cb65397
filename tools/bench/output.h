/* SPDX-License-Identifier: MIT */
/*
 * output: what go test -bench prints, as text or, with -json, as the events of go test -json.
 *
 * Standard output carries results only and is flushed line by line, so that a crash loses nothing.
 * While a benchmark runs, its name and size stand on standard error, if that is a terminal.
 */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_output {
	const char *package;
	int64_t started_ns; /* of the package */
	bool json;
	bool verbose;
	bool progress; /* standard error is a terminal */
	bool progress_shown;
	bool line_open; /* a name was printed, its result was not */
};

void bench_output_init(struct bench_output *output, bool json, bool verbose);

/* How a package ended. */
enum bench_ending {
	BENCH_ENDING_PASSED = 0,
	BENCH_ENDING_FAILED = 1,
	BENCH_ENDING_LISTED = 2,
	BENCH_ENDING_NOTHING = 3, /* no name matched */
};

/* The first and the last lines of a package. */
void bench_output_begin(struct bench_output *output, const char *package);
void bench_output_environment(struct bench_output *output);
void bench_output_end(struct bench_output *output, enum bench_ending ending);

/* A benchmark is about to run: its name in verbose output. */
void bench_output_run(struct bench_output *output, const char *name);
/* Its name with the number of workers, padded to width: the front of the result line. */
void bench_output_name(struct bench_output *output, const char *name, int width);
/* The rest of that line. test is the name without workers, the key of the event. */
void bench_output_result(struct bench_output *output, const char *test, const char *name, int width,
			 const char *result);
/* "--- FAIL: name" or "--- SKIP: name", and the reason. */
void bench_output_verdict(struct bench_output *output, const char *test, const char *name,
			  bool failed, const char *reason);

/* One line of -list. */
void bench_output_listed(struct bench_output *output, const char *name);

/* Tell a terminal what runs now. */
void bench_output_progress(struct bench_output *output, const char *name, uint64_t n);

/* Copy text as the inside of a JSON string. Returns text_bytes or less: what was written. */
size_t bench_output_escape(const char *text, char *ret_text, size_t text_bytes);

#endif
