/* SPDX-License-Identifier: MIT */
/*
 * binary: the program or library behind a mapping, opened to look into its code. One with another
 * build id than the profile's is another program and is not taken.
 */
#ifndef PPROF_BINARY_H
#define PPROF_BINARY_H

#include "pprof/ground/buffer.h"
#include "profile/model.h"
#include "profile/symbolize.h"

struct binary {
	char *path;
	struct elf_symbols *symbols;
};

/* The file that the mapping names. False with a text; one that is passed over is named in warnings,
 * a line each. */
bool binary_open(struct binary *binary, const struct profile *profile, uint32_t mapping,
		 struct buffer *warnings, struct buffer *error);
void binary_close(struct binary *binary);

#endif
