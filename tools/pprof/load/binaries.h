/* SPDX-License-Identifier: MIT */
/*
 * binaries: the programs and libraries of a profile on this host. A mapping gets the name of the
 * file that was found for it; the search is that of `go tool pprof`, $PPROF_BINARY_PATH or
 * $HOME/pprof/binaries, except that build ids are compared.
 */
#ifndef PPROF_BINARIES_H
#define PPROF_BINARIES_H

#include "pprof/load/load.h"

/* A regular file that begins as ELF does; nothing else is opened. */
bool binaries_is_elf(const char *path);

/* Find the files of all mappings; names on the command line win for the first one. A profile without
 * mappings gets one for the program. */
void binaries_locate(struct profile *profile, const struct sources *sources);

#endif
