/* SPDX-License-Identifier: MIT */
/*
 * Names of addresses of a process that is gone, from the files it was made of. A file is used only
 * if it has the build id of the record: names of another build are worse than none.
 */
#ifndef CRASH_NAMES_H
#define CRASH_NAMES_H

#include "crash/parse.h"
#include "profile/symbolize.h"

struct names;

/* exe, not NULL: the program's file, instead of the path in the record. NULL: memory is out. */
struct names *names_open(const struct crash *crash, const char *exe);
void names_close(struct names *names);

/* Tell fn the functions that address belongs to, innermost first, at least one; one that no file
 * names is "[module]+0x1f2" or "[unknown]". names may be NULL: then modules alone are known. */
void names_find(struct names *names, const struct crash *crash, uint64_t address,
		symbol_frame_fn fn, void *arg);

/* Why a module has no names, NULL: it has. */
const char *names_fault(const struct names *names, size_t module);

#endif
