/* SPDX-License-Identifier: MIT */
/* A crash record for people, and for programs. Threads: one; out is written to only. */
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

#include "crash/names.h"

/* all: events of all threads, not only the last ones. names may be NULL. */
void report_text(FILE *out, const struct crash *crash, struct names *names, bool all);
/* One object; keys are stable, see docs/formats/crash.md. */
void report_json(FILE *out, const struct crash *crash, struct names *names);

/* Where the CPU time of the last minute went, what memory of it was not freed, by actor type, message and
 * function, the most first, and what happened before. Nothing where the flight recorder was off. */
void report_flight(FILE *out, const struct crash *crash, struct names *names, bool all);
/* The same as members of an object: ,"cpu":[...],"recorded":[...] */
void report_flight_json(FILE *out, const struct crash *crash, struct names *names);
/* The CPU samples, or those of memory, as a profile, like a *_cpu.prof or a *_mem.prof. Errors: NOTFOUND
 * (there are none), NOMEM, IO. */
int report_profile(const char *path, const struct crash *crash, struct names *names, bool memory);

/* --- words both use ----------------------------------------------------------------------------- */

/* What is no letter as \xNN. */
void put_span(FILE *out, struct span text);
/* "key":"text" */
void put_json(FILE *out, const char *key, struct span text);
const char *recorded_word(uint32_t kind);
const char *signal_word(uint32_t signal);
/* What the signal's code says: "address not mapped"; "" for nothing. */
const char *code_word(uint32_t signal, int32_t code);
const char *event_word(uint32_t kind);
const char *part_word(uint32_t part);
/* The name of a register of the record's machine; NULL: none. */
const char *register_word(uint32_t machine, size_t index);

#endif
