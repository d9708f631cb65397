/* SPDX-License-Identifier: MIT */
/*
 * A crash record as data. Whatever the bytes are, what is understood of them is returned, and what
 * is missing is said: a record that was cut short, or whose writer faulted, is still of use.
 * Texts and arrays lie in the bytes given, or are as many as they have chunks: memory follows the
 * file and not what it claims.
 */
#ifndef CRASH_PARSE_H
#define CRASH_PARSE_H

#include "crash/format.h"

#include <stdio.h>

struct span {
	const char *at; /* not terminated; NULL: none */
	size_t count;
};

struct actor {
	uint32_t slot;
	uint32_t gen;
	uint64_t node;
	uint64_t code; /* handler or hook; 0: none */
	struct span type;
	struct span message;
};

struct module {
	uint64_t start, end, bias;
	struct span build_id; /* bytes */
	struct span path;
};

struct thread {
	uint32_t tid;
	bool crashed;
	struct actor actor; /* slot and gen 0: none */
};

struct event {
	uint32_t tid;
	uint32_t kind;
	int32_t error;
	uint64_t serial;
	int64_t time_ns;
	struct actor actor;
};

/* Of the flight recorder, the last minute. */
struct sample {
	int64_t time_ns;
	int64_t count;      /* ticks, or objects << 16 */
	int64_t amount;     /* ns, or bytes */
	uint32_t what;      /* 0: CPU time; else memory */
	bool alive;         /* memory that was not freed */
	struct actor actor; /* slot and gen 0 too if it has a name */
	struct span name;
	bool truncated;
	uint64_t *pcs; /* the leaf first */
	size_t pc_count;
};

struct recorded {
	int64_t time_ns;
	uint32_t kind;
	int32_t code;
	struct actor actor;
	struct span name;
};

struct lost {
	uint32_t part;
	uint32_t signal;
};

struct crash {
	uint32_t machine;
	bool has_process;
	int64_t time_ns;
	uint32_t pid, tid, signal;
	int32_t code;
	uint64_t address;
	struct span version, program, thread_name;
	bool has_actor;
	struct actor actor;
	struct span name;
	bool has_assert;
	uint32_t assert_line;
	struct span assert_condition, assert_file, assert_function;
	uint64_t *registers;
	size_t register_count;
	uint64_t *frames;
	size_t frame_count;
	bool frames_truncated;
	uint32_t frames_skipped; /* between the two halves of frames */
	struct module *modules;
	size_t module_count;
	struct thread *threads;
	size_t thread_count;
	struct event *events; /* by time */
	size_t event_count;
	struct sample *samples; /* the newest first */
	size_t sample_count;
	uint64_t *pcs; /* of them all */
	size_t pc_count;
	struct recorded *recorded; /* the newest first */
	size_t recorded_count;
	struct lost *lost;
	size_t lost_count;
	size_t damaged; /* chunks that are shorter than what they are */
	bool complete;  /* its end is there */
};

/* Read count bytes, which must outlive the result. Errors: FORMAT (no crash record of this version:
 * *ret_why says more), NOMEM. */
int crash_parse(const void *bytes, size_t count, struct crash *ret_crash, const char **ret_why);
void crash_free(struct crash *crash);

#endif
