/* SPDX-License-Identifier: MIT */
/*
 * objdump: the instructions of a range of a program with their source lines, by the program
 * objdump of binutils or of LLVM. -tools or PPROF_TOOLS say where it is, as pprof reads them:
 * directories separated by commas, one for a certain tool as "objdump:/opt/bin"; none: PATH.
 */
#ifndef PPROF_OBJDUMP_H
#define PPROF_OBJDUMP_H

#include "pprof/ground/options.h"

struct instruction {
	uint64_t address; /* of the file */
	const char *text;
	const char *function; /* "": unknown, as the others */
	const char *file;
	int64_t line;
};

struct instructions {
	struct instruction *at;
	size_t count;
	struct buffer text; /* what they point into */
};

/* Of the addresses from start to before end. False with a text. */
bool objdump_read(struct instructions *instructions, const char *path, uint64_t start, uint64_t end,
		  const struct options *options, struct buffer *error);
void objdump_free(struct instructions *instructions);

#endif
