/* SPDX-License-Identifier: MIT */
/*
 * flags: the command line of akt bench, spelled as go test spells it.
 *
 * Each flag is -x v, -x=v, --x v or --x=v; a switch takes no separate value (-benchmem=false turns
 * it off). Flags and paths may be mixed; after "--" all are paths.
 */
#ifndef BENCH_FLAGS_H
#define BENCH_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_CPUS_MAX 64u
#define BENCH_ERROR_MAX 512u

/* -benchtime: that many operations when count is not 0, else that long. */
struct bench_time {
	uint64_t count;
	int64_t duration_ns;
};

/* -cpu: how many workers, one run for each entry. */
struct bench_cpus {
	unsigned workers[BENCH_CPUS_MAX];
	size_t count; /* 0: not given */
};

struct bench_flags {
	const char *bench; /* NULL: not given, or empty; so for the next two */
	const char *run;
	const char *list;
	struct bench_time time;
	struct bench_cpus cpus;
	unsigned count;
	int64_t timeout_ns;      /* 0: none */
	const char *profiles[3]; /* files for CPU, memory, messages; NULL: none */
	unsigned memory_every;   /* bytes from sample to sample of memory; 0: 512 KiB */
	unsigned messages_every; /* messages from one that is timed to the next; 0: 64 */
	bool with_memory;
	bool with_cpu;
	bool is_short;
	bool json;
	bool verbose;
	bool help;
	char **paths; /* the arguments that are no flags: the front of argv, which is reordered */
	size_t path_count;
};

/* Read argv[1..argc). Returns 0, or -1 with the reason in error. Strings point into argv. */
int bench_flags_parse(struct bench_flags *ret_flags, int argc, char **argv,
		      char error[BENCH_ERROR_MAX]);

/* One line for each flag. */
void bench_flags_print(FILE *out);

/* "1m30s", "1.5h", "300ms", "0", as Go's time.ParseDuration; 0 or -1. */
int bench_duration_parse(const char *text, int64_t *ret_ns);

/* Shortest of the same notation, "1m30s", "1.5s", into text. */
void bench_duration_print(int64_t duration_ns, char *text, size_t text_bytes);

#endif
