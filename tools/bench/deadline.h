/* SPDX-License-Identifier: MIT */
/*
 * deadline: -timeout. When it passes, the process says on standard error which benchmark was
 * running and for how long, and exits with status 2, from a signal handler: whatever hangs, hangs.
 */
#ifndef BENCH_DEADLINE_H
#define BENCH_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* Arm it. text is timeout_ns for people and must outlive the process's work. json: standard output
 * gets its last event too. Nothing for 0. Returns 0 or -1. */
int bench_deadline_start(int64_t timeout_ns, const char *text, bool json);

/* The benchmark that runs from now on; the string must stay. NULL: none. */
void bench_deadline_running(const char *name);

#endif
