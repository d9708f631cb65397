/* SPDX-License-Identifier: MIT */
/*
 * plain: pages as text, for scripts: the head as comments, a line of names, a line for each row; columns
 * apart by blanks, numbers without units, "-" for what is not known. The columns are in man akt-top.
 */
#ifndef TOP_PLAIN_H
#define TOP_PLAIN_H

#include "top/rows.h"

void plain_print(const struct source *source, const struct page *page, const struct rows *rows);

#endif
