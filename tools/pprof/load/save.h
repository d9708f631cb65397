/* SPDX-License-Identifier: MIT */
/* save: files of which there may be many: each gets the first number that is free. */
#ifndef PPROF_SAVE_H
#define PPROF_SAVE_H

#include "pprof/ground/buffer.h"
#include "profile/model.h"

#define SAVE_NUMBERS_MAX 10000

/* A new file of the name prefix, number, ".", suffix; -1 with errno. The path, set in any case, is
 * the caller's to free. */
int save_open_numbered(const char *prefix, const char *suffix, char **ret_path);

/* Keep what was fetched: in $PPROF_TMPDIR, $HOME/pprof or the directory of temporary files. Says on
 * stderr where it is, or why not. */
void save_profile(struct profile *profile);

#endif
