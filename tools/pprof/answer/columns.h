/* SPDX-License-Identifier: MIT */
/*
 * columns: lines of cells ended by tabs become a table aligned to the right, one blank apart. A
 * column is as wide as its widest cell in the run of lines that have it; what follows the last tab
 * of a line is in no column. A line without tabs, and a form feed, begin a new table.
 */
#ifndef PPROF_COLUMNS_H
#define PPROF_COLUMNS_H

#include "pprof/ground/buffer.h"

void columns_align(const char *text, size_t size, struct buffer *out);

#endif
