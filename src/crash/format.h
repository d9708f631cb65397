/* SPDX-License-Identifier: MIT */
/*
 * format: the bytes of a crash record, for who writes and who reads it. docs/formats/crash.md is the
 * same in prose. Little endian; a head, then chunks until the end of the file. A reader skips the
 * kinds that it does not know; numbers given are for ever.
 *
 *	head    magic[8]  version u32  machine u32 (ELF's number of the processor)
 *	chunk   kind u32  size u32     then size bytes
 *	text    count u16              then count bytes, no NUL
 */
#ifndef AKTI_CRASH_FORMAT_H
#define AKTI_CRASH_FORMAT_H

#include "base/base.h"

#define CRASH_MAGIC "AKTCRASH"
#define CRASH_VERSION 1u
#define CRASH_HEAD_BYTES 16u
#define CRASH_CHUNK_HEAD_BYTES 8u
/* The largest payload that is written, and the longest text. */
#define CRASH_CHUNK_BYTES_MAX 4096u
#define CRASH_TEXT_MAX 1023

enum crash_chunk {
	CRASH_CHUNK_PROCESS = 1, /* time_ns i64, pid tid signal u32, code i32, address u64, version,
				      program and thread text */
	CRASH_CHUNK_ACTOR = 2,   /* actor u64 (slot << 32 | generation), node, code u64 */
	CRASH_CHUNK_NAME = 3,    /* actor's name text */
	CRASH_CHUNK_TYPE = 4,    /* actor type text */
	CRASH_CHUNK_MESSAGE = 5, /* message type text */
	CRASH_CHUNK_REGISTERS = 6, /* u64 each, in the processor's order (docs/formats/crash.md) */
	CRASH_CHUNK_ASSERT = 7,    /* line u32, condition, file and function text */
	CRASH_CHUNK_FRAMES = 8,    /* truncated u32, skipped u32, pcs u64: the first is where it
				      happened; those skipped lie in the middle */
	CRASH_CHUNK_MODULE =
		9, /* start, end, bias u64 of executable code, build id and path text */
	CRASH_CHUNK_THREAD =
		10, /* tid u32, crashed u32, actor, node, code u64, type, message text */
	CRASH_CHUNK_EVENT = 11, /* tid, kind u32, error i32, 0 u32, serial, time_ns, actor, node,
				      code u64, type and message text */
	CRASH_CHUNK_LOST = 12,  /* part u32, signal u32: a fault while that part was written */
	CRASH_CHUNK_END = 13,   /* empty: nothing is missing */
	/* Of the flight recorder: time_ns, count, amount i64, actor u64, what u32 (0 CPU time: ticks, ns;
	 * else memory: objects << 16, bytes), flags u32 (CRASH_SAMPLE_*), name, type, message text, pcs
	 * u64, the leaf first. */
	CRASH_CHUNK_SAMPLE = 14,
	CRASH_CHUNK_RECORDED = 15, /* likewise an event: time_ns, actor u64, kind u32 (enum
				      blackbox_event), code i32, name, type, message text */
};

#define CRASH_SAMPLE_TRUNCATED 1u /* there were more pcs */
#define CRASH_SAMPLE_ALIVE 2u     /* memory that was not freed */

/* What happened, in the order of the table in docs/formats/crash.md. X(number, NAME, name): the name is
 * that of a record's events, as `akt crash` prints them, and that of the probe (prof/probe.h).
 * error: of FAIL what the handler or hook returned, of END enum akt_reason, of DEAD enum akt_dead. */
#define CRASH_EVENT_TABLE(X)                                                                       \
	X(1, SPAWN, spawn)                                                                         \
	X(2, START, start) /* start hook */                                                        \
	X(3, HANDLE, handle)                                                                       \
	X(4, FAIL, fail)                                                                           \
	X(5, RESTART, restart)                                                                     \
	X(6, STOP, stop) /* stop hook */                                                           \
	X(7, END, end)                                                                             \
	X(8, DEAD, dead)

enum crash_event_kind {
#define X(number, NAME, name) CRASH_##NAME = number,
	CRASH_EVENT_TABLE(X)
#undef X
		CRASH_EVENT_KINDS = 9,
};

#endif
