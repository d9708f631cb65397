/* SPDX-License-Identifier: MIT */
/*
 * terminal: names come from anywhere, and a terminal obeys what is printed on it. What is shown on one
 * has no control characters but newlines and tabs, and no bytes that are not UTF-8; pipes and files
 * get all as it is.
 */
#ifndef PPROF_TERMINAL_H
#define PPROF_TERMINAL_H

#include "pprof/ground/buffer.h"

/* The two colours of reports, which stay. */
#define TERMINAL_GREY "\033[90m"
#define TERMINAL_PLAIN "\033[0m"

/* U+FFFD in place of each character that is not for a terminal. */
void terminal_clean(struct buffer *text);

/* From now on standard error is cleaned, if it is a terminal. */
void terminal_guard(void);

#endif
