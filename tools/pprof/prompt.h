/* SPDX-License-Identifier: MIT */
/*
 * prompt: questions one after the other. A line is a shortcut, an assignment name=value, a word of
 * its own (help, o, quit) or a command; what a command line changes lasts for that command only.
 */
#ifndef PPROF_PROMPT_H
#define PPROF_PROMPT_H

#include "pprof/command.h"

/* Until quit or the end of input; returns the exit status. */
int prompt_run(const struct profile *profile, struct options *options);

#endif
