/* SPDX-License-Identifier: MIT */
/*
 * names: what the addresses of a profile are called: first by the programs on this host (local),
 * then by the server it came from (remote); then C++ names are made readable. The modes and the
 * order are those of `go tool pprof`; what cannot be named is told on stderr and stays an address.
 */
#ifndef PPROF_NAMES_H
#define PPROF_NAMES_H

#include "pprof/load/gather.h"

/* Of so many mappings files and names are looked for: no process has more. */
#define NAMES_MAPPINGS_MAX 4096u

/* The mode is the value of -symbolize; NULL: all ways. */
void names_find(struct profile *profile, const char *mode, const struct origins *origins);

/* Mappings that are called by their server lose that name again. */
void names_forget_origins(struct profile *profile);

/* Locations that have a place but no name. */
uint32_t names_missing(const struct profile *profile);

/* From DWARF or, when fast, from symbol tables only. Without force, where no name is known. */
void names_local(struct profile *profile, bool fast, bool force);

/* From the servers that the profile came from. */
void names_remote(struct profile *profile, bool force, const struct origins *origins);

#endif
