/* SPDX-License-Identifier: MIT */
/*
 * probe: places at which bpftrace, perf and gdb can stop or count (USDT), provider "akt".
 *
 * One for each kind of event in a crash record, by the same name (CRASH_EVENT_TABLE), and `handled`. A
 * probe is a nop and a note in the file that says where its arguments are. None lies on the way of
 * a message: start, stop, handle and handled lie where handlers run while something is observed. Without
 * <sys/sdt.h> (Debian: systemtap-sdt-dev) at build time there are none.
 *
 * Arguments of all: the actor's slot, its type, the message type or 0, the handler or hook or 0, error
 * (of handled: cycles). Both types begin with the pointer to their name. docs/internals/probes.md.
 *
 * Proved by: tests/system/probes.sh.
 */
#ifndef AKTI_PROF_PROBE_H
#define AKTI_PROF_PROBE_H

#ifdef AKTI_HAVE_SDT
#include <sys/sdt.h>
#define AKTI_PROBE(name, slot, type, msg, code, error)                                             \
	STAP_PROBE5(akt, name, slot, type, msg, code, error)
#else
#define AKTI_PROBE(name, slot, type, msg, code, error) ((void)0)
#endif

#endif
