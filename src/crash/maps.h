/* SPDX-License-Identifier: MIT */
/*
 * maps: /proc/self/maps read in a signal handler: line by line, through a buffer of the caller's.
 * What is mapped is thus known as it is now, libraries loaded a moment ago included.
 */
#ifndef AKTI_CRASH_MAPS_H
#define AKTI_CRASH_MAPS_H

#include "crash/format.h"

struct crash_map {
	uintptr_t start;
	uintptr_t end;
	uint64_t offset;
	char rights[5];
	char path[CRASH_TEXT_MAX + 1]; /* cut to fit; "" for none */
};

struct crash_maps {
	int fd;
	char bytes[4096];
	size_t at;
	size_t count;
};

/* False: it cannot be opened. Threads: any thread, signal-safe, as all here. */
bool akti_crash_maps_open(struct crash_maps *maps);
/* False: there are no more; then it is closed. */
bool akti_crash_maps_next(struct crash_maps *maps, struct crash_map *ret_map);

struct crash_module {
	uint64_t start; /* of executable code */
	uint64_t end;
	uint64_t bias;           /* address in memory less address in the file */
	const uint8_t *build_id; /* NULL: none */
	uint32_t build_id_bytes;
};

/* What the ELF file is whose first bytes lie at head; code is a mapping of its code. Reads memory. */
void akti_crash_module_of(const struct crash_map *head, const struct crash_map *code,
			  struct crash_module *ret_module);

#endif
