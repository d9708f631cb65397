/* SPDX-License-Identifier: MIT */
/*
 * weblist: source lines with the instructions that were made of them. An instruction belongs to
 * each function of interest that it is in: that of its own source line, and those that this one was
 * inlined into, where the calls in between are listed.
 *
 *	entries (by file and line) --> instructions, with weights
 *	                  \---------> calls: from the line's function down to the instruction
 */
#ifndef PPROF_WEBLIST_H
#define PPROF_WEBLIST_H

#include "pprof/query/report.h"

struct weblist_instruction {
	uint64_t address; /* in the profile */
	uint64_t file_address;
	uint64_t size_bytes;
	char *text; /* NULL: the program is not here */
	uint32_t file;
	int64_t line;
	int64_t flat, cum;
};

struct weblist_call {
	uint32_t file;
	int64_t line;
};

struct weblist_entry {
	uint32_t file;
	uint32_t function;
	int64_t line; /* 0: unknown */
	uint32_t instruction;
	uint32_t first_call, call_count;
};

struct weblist {
	struct report *report;
	struct weblist_instruction *instructions;
	size_t instruction_count, instruction_capacity;
	struct weblist_entry *entries;
	size_t entry_count, entry_capacity;
	struct weblist_call *calls;
	size_t call_count, call_capacity;
	size_t omitted_ranges; /* beyond the limit */
};

/* The page; entries are in order. */
void weblist_write(const struct weblist *list, struct buffer *out);

#endif
