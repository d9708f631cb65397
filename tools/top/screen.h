/* SPDX-License-Identifier: MIT */
/*
 * screen: pages on a terminal, by ncurses, and keys. The terminal is given back as it was however the
 * program ends, signals included but for those that nobody can catch.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "top/args.h"

/* Returns the exit status, if it cannot begin; else it ends the process. */
int screen_run(struct args *args);

#endif
