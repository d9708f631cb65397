/* SPDX-License-Identifier: MIT */
/*
 * symbolize: `akt pprof symbolize RAW -output OUT`, the whole profile written again with the names
 * that its addresses have here. A file that a program wrote without names so becomes one that needs
 * no program beside it.
 */
#ifndef PPROF_SYMBOLIZE_COMMAND_H
#define PPROF_SYMBOLIZE_COMMAND_H

#include "pprof/args.h"

/* False with a text. Says on stderr how many locations have got names and what was missing. */
bool symbolize_command(struct args *args, struct buffer *error);

#endif
