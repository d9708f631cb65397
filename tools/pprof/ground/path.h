/* SPDX-License-Identifier: MIT */
/*
 * path: names of files, cleaned and shortened as profiles from other hosts need it. Purely on the
 * text; results are the caller's to free.
 */
#ifndef PPROF_PATH_H
#define PPROF_PATH_H

#include "pprof/ground/buffer.h"

/* The shortest name for the same file: no ".", "..", "//"; "." for nothing at all. */
char *path_clean(const char *path);

/* The last element. */
char *path_base(const char *path);

/* The rest of path after what a search for sources shall not see: a configured prefix in trim (a
 * list with ':'), or, without one, all up to the name of a directory of search. Points into path.
 */
const char *path_trim(const char *path, const char *trim, const char *search);

#endif
